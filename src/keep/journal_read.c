/*
 * Reading a journal, beside its writer or at rest.
 */
#include "keep/journal.h"
#include "keep/journal_directory.h"
#include "keep/segment.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

struct reading {
    const char *directory;
    bw_journal_callback *callback;
    void *context;
    struct bw_journal_damage *damage;
    uint64_t next_number; /* 0: any */
};

static void note_damage(struct reading *reading, uint32_t segment, size_t offset, const char *what)
{
    char path[PATH_MAX];

    if (reading->damage->first.message[0] != '\0')
        return;
    bw_journal_directory_path(reading->directory, segment, path, sizeof(path));
    bw_problem_set(&reading->damage->first, path, 0, "%s at byte %zu; what is good is used", what,
                   offset);
}

static void read_segment(struct reading *reading, struct bw_text bytes,
                         const struct bw_segment_head *head, bool is_newest)
{
    struct bw_segment_walk walk;
    struct bw_journal_record record;

    bw_segment_walk_begin(&walk, bytes, head,
                          reading->next_number > head->first_record ? reading->next_number
                                                                    : head->first_record);
    if (reading->next_number == 0)
        reading->next_number = head->first_record;
    while (bw_segment_walk_next(&walk, &record)) {
        if (record.number > reading->next_number) {
            reading->damage->records += record.number - reading->next_number;
            note_damage(reading, head->segment, walk.first_skipped, "the state is damaged");
        }
        reading->next_number = record.number + 1;
        reading->callback(&record, reading->context);
    }
    reading->damage->bytes += walk.skipped_bytes;
    /* Behind the last record of the newest segment another may be on its way. */
    if (!is_newest && walk.good_end < bytes.size) {
        reading->damage->bytes += bytes.size - walk.good_end;
        note_damage(reading, head->segment, walk.good_end, "the state is damaged");
    }
}

static enum bw_status read_numbered(struct reading *reading, uint32_t segment, bool is_newest)
{
    struct bw_segment_head head;
    struct bw_text bytes;

    enum bw_status status = bw_journal_directory_load(reading->directory, segment, &bytes);
    if (status == BW_ERR_IO && errno == ENOENT)
        return BW_OK; /* its writer has dropped it in between */
    if (status != BW_OK) {
        note_damage(reading, segment, 0, "the state cannot be read");
        return status;
    }
    status = bw_segment_head_take(bytes, segment, &head);
    if (status == BW_OK)
        read_segment(reading, bytes, &head, is_newest);
    else if (bytes.size >= BW_SEGMENT_HEAD_BYTES)
        note_damage(reading, segment, 0, "this is no segment of this version");
    else if (is_newest)
        status = BW_OK;
    free((void *)(uintptr_t)bytes.bytes);
    return status;
}

enum bw_status bw_journal_read(const char *directory, bw_journal_callback *callback, void *context,
                               struct bw_journal_damage *damage)
{
    struct reading reading = {directory, callback, context, damage, 0};
    struct bw_journal_directory list;
    size_t unknown = 0;

    *damage = (struct bw_journal_damage){0};
    enum bw_status status = bw_journal_directory_read(&list, directory);
    if (status == BW_ERR_IO && errno == ENOENT)
        return BW_OK;
    if (status != BW_OK) {
        bw_problem_set(&damage->first, directory, 0, "%s; the state must be readable",
                       strerror(errno));
        return status;
    }
    for (size_t i = 0; i < list.count && status == BW_OK; i++) {
        status = read_numbered(&reading, list.segments[i], i + 1 == list.count);
        /* One segment whose head is damaged is damage; a directory of nothing else is foreign. */
        if (status == BW_ERR_FORMAT) {
            unknown++;
            status = BW_OK;
        }
    }
    if (status == BW_OK && list.count > 0 && unknown == list.count)
        status = BW_ERR_FORMAT;
    bw_journal_directory_deinit(&list);
    return status;
}
