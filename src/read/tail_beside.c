/*
 * What stands beside the pattern: "mail.log.1" where the pattern is "mail.log". Such a file may
 * hold the rest of a log that was cut off; and it may be a log that was there under the name of the
 * pattern so shortly that nobody saw it, between two rotations or while nobody was looking.
 */
#include "read/tail_set.h"

#include <stdlib.h>

/* So long after it appeared, and after a rotation, a file may be such a log. */
#define FRESH_MS BW_TAIL_GHOST_MS

/* The entry's name is that of the file, and '.' or '-' and a digit, as logrotate(8), savelog(8) and
 * newsyslog(8) have it ("mail.log.1", "mail.log-20260501"). */
static bool is_rotation_of(const struct bw_tail_entry *entry, const struct bw_tail_file *file)
{
    const size_t size = strlen(file->path);

    return strncmp(entry->path, file->path, size) == 0 &&
           (entry->path[size] == '.' || entry->path[size] == '-') &&
           bw_is_digit(entry->path[size + 1]);
}

/* Before anything was looked at: what was written to since the last words of the log that it is
 * named after were read is younger than they are. */
static bool was_written_since(const struct bw_tail *tail, const struct bw_tail_entry *entry)
{
    bool is_rotation = false;

    if (bw_tail_modified_ns(&entry->info) < tail->oldest_read_ns)
        return false; /* as most are; they may be many */
    for (size_t i = 0; i < tail->count; i++) {
        if (!is_rotation_of(entry, tail->files[i]))
            continue;
        is_rotation = true;
        if (tail->files[i]->read_ns > bw_tail_modified_ns(&entry->info))
            return false;
    }
    return is_rotation;
}

static int compare_neighbours(const void *left, const void *right)
{
    const struct bw_tail_neighbour *a = left;
    const struct bw_tail_neighbour *b = right;

    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    return (a->inode > b->inode) - (a->inode < b->inode);
}

static int64_t since_of(const struct bw_tail *tail, const struct bw_tail_entry *entry)
{
    if (!tail->was_reconciled)
        return !tail->options.is_first_start && was_written_since(tail, entry) ? tail->now_ms
                                                                               : INT64_MIN;
    const struct bw_tail_neighbour wanted = {.device = entry->device, .inode = entry->inode};
    const struct bw_tail_neighbour *found = bsearch(
        &wanted, tail->neighbours, tail->neighbour_count, sizeof(wanted), compare_neighbours);
    return found == NULL ? tail->now_ms : found->since_ms;
}

static bool note_neighbours(struct bw_tail *tail, const struct bw_tail_listing *listing)
{
    struct bw_tail_neighbour *neighbours = calloc(listing->count + 1, sizeof(*neighbours));
    size_t count = 0;

    if (neighbours == NULL)
        return false;
    for (size_t i = 0; i < listing->count; i++) {
        const struct bw_tail_entry *entry = &listing->entries[i];
        if (entry->is_beside && !entry->is_known)
            neighbours[count++] = (struct bw_tail_neighbour){
                .device = entry->device,
                .inode = entry->inode,
                .since_ms = since_of(tail, entry),
            };
    }
    free(tail->neighbours);
    tail->neighbours = neighbours;
    tail->neighbour_count = count;
    return true;
}

/* It may be a log that nobody saw under the name of the pattern. */
static bool may_be_missed(const struct bw_tail *tail, const struct bw_tail_entry *entry)
{
    bool is_rotation = false;

    if (!tail->was_rotated || tail->now_ms - tail->rotated_ms >= FRESH_MS)
        return false;
    const int64_t since_ms = since_of(tail, entry);
    if (since_ms == INT64_MIN || tail->now_ms - since_ms >= FRESH_MS)
        return false;
    for (size_t i = 0; i < tail->count && !is_rotation; i++)
        is_rotation = is_rotation_of(entry, tail->files[i]);
    return is_rotation;
}

/* Of what is no log of its own only the rest of a ghost is wanted. False: memory is out. */
static bool look_for_rest(struct bw_tail *tail, const struct bw_tail_entry *entry)
{
    struct bw_tail_file file;
    bool is_adopted = false;

    if (!bw_tail_file_init(&file, entry->path, &entry->info))
        return false;
    file.is_compressed = file.is_only_rest =
        bw_tail_file_open(&file) && bw_tail_file_looks_compressed(&file);
    for (size_t i = 0;
         !file.is_compressed && !is_adopted && bw_tail_file_open(&file) && i < tail->count; i++) {
        struct bw_tail_file *ghost = tail->files[i];
        is_adopted = ghost->kind == BW_TAIL_GHOST && !ghost->is_over && !ghost->is_adopted &&
                     bw_tail_file_relation(&file, ghost) == BW_TAIL_HOLDS;
        if (is_adopted)
            bw_tail_adopt(tail, &file, ghost);
    }
    file.is_seen = true;
    file.changed_ms = tail->now_ms;
    if ((is_adopted || file.is_compressed) && bw_tail_add(tail, &file) != NULL)
        return true;
    const bool is_good = !is_adopted && !file.is_compressed;
    bw_tail_file_deinit(&file);
    return is_good;
}

static bool add_missed(struct bw_tail *tail, const struct bw_tail_entry *entry)
{
    struct bw_tail_file file;

    if (!bw_tail_file_init(&file, entry->path, &entry->info))
        return false;
    file.is_seen = file.is_beside = file.is_renamed = true;
    file.needs_mark = true; /* before the log is read on: then this looks old to a restart */
    file.changed_ms = tail->now_ms;
    file.kind = BW_TAIL_CANDIDATE;
    if (bw_tail_add(tail, &file) != NULL)
        return true;
    bw_tail_file_deinit(&file);
    return false;
}

bool bw_tail_look_beside(struct bw_tail *tail, struct bw_tail_listing *listing)
{
    bool has_ghost = false;
    bool is_good = true;

    for (size_t i = 0; i < tail->count; i++)
        has_ghost =
            has_ghost || (tail->files[i]->kind == BW_TAIL_GHOST && !tail->files[i]->is_remembered);
    for (size_t i = 0; is_good && i < listing->count; i++) {
        struct bw_tail_entry *entry = &listing->entries[i];
        const size_t count = tail->count;

        if (!entry->is_beside || entry->is_known)
            continue;
        if (may_be_missed(tail, entry)) {
            if (count < tail->options.files_max)
                is_good = add_missed(tail, entry);
            else
                tail->counters.refused++;
        } else if (has_ghost) {
            is_good = look_for_rest(tail, entry);
        }
        entry->is_known = tail->count > count;
    }
    return is_good && note_neighbours(tail, listing);
}
