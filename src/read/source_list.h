/*
 * What the user named -> inputs in the order of their time.
 */
#ifndef BW_READ_SOURCE_LIST_H
#define BW_READ_SOURCE_LIST_H

#include "base/problem_list.h"

#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bw_source {
    char *path;           /* owned; "-" is standard input */
    int64_t modified_s;   /* modification time, Unix; standard input: 0 */
    uint64_t bytes;       /* size on disk; 0 when it is not a regular file */
    int64_t sort_ms;      /* filled by the caller with the first time in it; INT64_MAX: none */
    uint32_t named_order; /* position among what was named */
};

struct bw_source_list {
    struct bw_source *sources; /* owned */
    size_t count;
};

/*
 * One source per file; a directory gives the regular files in it (not below it; dot files left
 * out). What is missing, unreadable or an empty directory becomes a problem (one sentence) and
 * the rest is still listed. Only BW_ERR_NO_MEMORY fails.
 */
BW_MUST_CHECK enum bw_status bw_source_list_create(struct bw_source_list *list,
                                                   const char *const *names, size_t count,
                                                   struct bw_problem_list *problems);
void bw_source_list_deinit(struct bw_source_list *list);

/* Stable sort by sort_ms, then named_order, then path; standard input last. */
void bw_source_list_sort(struct bw_source_list *list);

#endif
