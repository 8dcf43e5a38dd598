/*
 * Which segments lie in the directory of a journal.
 */
#ifndef BW_KEEP_JOURNAL_DIRECTORY_H
#define BW_KEEP_JOURNAL_DIRECTORY_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

struct bw_journal_directory {
    uint32_t *segments; /* owned; ascending */
    size_t count;
};

/* BW_ERR_IO (errno; ENOENT: there is no directory), BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_journal_directory_read(struct bw_journal_directory *list,
                                                       const char *directory);
void bw_journal_directory_deinit(struct bw_journal_directory *list);

/* "DIRECTORY/journal-0000000007" */
void bw_journal_directory_path(const char *directory, uint32_t segment, char *path,
                               size_t capacity);

/* The whole file on the heap. BW_ERR_IO (errno), BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_journal_directory_load(const char *directory, uint32_t segment,
                                                       struct bw_text *bytes);

#endif
