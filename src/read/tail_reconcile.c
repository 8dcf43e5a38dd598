/*
 * Looking around: what is there under the patterns, and what became of the files that are known.
 *
 * A new file is a candidate until it is clear that it is no copy: copytruncate copies a log before
 * it cuts it, gzip and cp write what is there already, and only the content tells.
 */
#include "base/check.h"
#include "read/tail_set.h"

#include <stdlib.h>
#include <unistd.h>

static int compare_files(const void *left, const void *right)
{
    return bw_tail_compare_identity(*(struct bw_tail_file *const *)left,
                                    *(struct bw_tail_file *const *)right);
}

/* The files that are known, in the order of the listing. NULL: memory is out. */
static struct bw_tail_file **sorted_files(const struct bw_tail *tail)
{
    struct bw_tail_file **sorted = calloc(tail->count + 1, sizeof(*sorted));

    if (sorted != NULL && tail->count > 0) {
        (void)memcpy(sorted, tail->files, tail->count * sizeof(*sorted));
        qsort(sorted, tail->count, sizeof(*sorted), compare_files);
    }
    return sorted;
}

static bool set_now_path(struct bw_tail *tail, struct bw_tail_file *file, const char *path)
{
    if (file->now_path != NULL && strcmp(file->now_path, path) == 0)
        return true;
    char *copy = strdup(path);
    if (copy == NULL)
        return false;
    if (file->now_path != NULL)
        tail->counters.rotations++;
    free(file->now_path);
    file->now_path = copy;
    const bool is_renamed = file->is_compressed || strcmp(file->path, path) != 0;
    file->needs_mark = file->needs_mark || is_renamed != file->is_renamed;
    if (is_renamed != file->is_renamed)
        bw_tail_note_rotation(tail);
    file->is_renamed = is_renamed;
    return true;
}

/*
 * What has the inode now is not what had it: the old text was cut off, or the file is gone and the
 * number went to another, which may well be a copy. False: memory is out.
 */
static bool be_another(struct bw_tail *tail, struct bw_tail_file *file,
                       const struct bw_tail_entry *entry)
{
    char *path = strdup(entry->path);

    if (path == NULL || !bw_tail_cut_off(tail, file)) {
        free(path);
        return false;
    }
    free(file->path);
    file->path = path;
    file->is_renamed = false;
    file->needs_mark = true;
    file->kind = BW_TAIL_CANDIDATE;
    return true;
}

/* A file that is known is there. False: memory is out. */
static bool meet_known(struct bw_tail *tail, struct bw_tail_file *file,
                       const struct bw_tail_entry *entry)
{
    if (file->is_seen)
        return true; /* under another name, too */
    const bool was_gone = file->now_path == NULL;
    file->is_seen = true;
    /* It may have been given up, with a mark that nobody took yet, before its number was taken. */
    file->is_over = false;
    if (!set_now_path(tail, file, entry->path))
        return false;
    const bool has_changed = file->size != (uint64_t)entry->info.st_size ||
                             file->modified_ns != bw_tail_modified_ns(&entry->info);
    if (has_changed)
        file->changed_ms = tail->now_ms;
    file->size = (uint64_t)entry->info.st_size;
    file->modified_ns = bw_tail_modified_ns(&entry->info);
    if (file->kind == BW_TAIL_CANDIDATE)
        return true;
    /* Of which nothing was read, nobody can tell whether it was cut in between. */
    if (has_changed && file->position == 0)
        bw_tail_note_rotation(tail);
    /* What is compressed is written once; what is not read yet is compared when it is. */
    if (file->is_compressed)
        return file->kind != BW_TAIL_DONE || !has_changed || be_another(tail, file, entry);
    /* While it is open its inode is its own; otherwise the number may have gone to another. */
    if (file->fd >= 0 && file->size >= file->position) {
        file->size_before = file->size;
        return true;
    }
    if (!bw_tail_file_open(file)) {
        tail->counters.unreadable += file->is_unreadable ? 1 : 0;
        return true;
    }
    /* Of a file that was gone and of which nothing was read, only the number is the same. */
    return (bw_tail_file_is_itself(file) && !(was_gone && file->position == 0)) ||
           be_another(tail, file, entry);
}

static bool meet_new(struct bw_tail *tail, const struct bw_tail_entry *entry)
{
    struct bw_tail_file file;

    if (tail->count >= tail->options.files_max) {
        tail->counters.refused++;
        return true;
    }
    if (!bw_tail_file_init(&file, entry->path, &entry->info))
        return false;
    file.is_seen = true;
    file.changed_ms = tail->now_ms;
    file.kind = BW_TAIL_CANDIDATE;
    const bool is_old =
        tail->options.is_first_start && !tail->was_reconciled && !tail->options.from_start;
    if (is_old && bw_tail_file_open(&file)) {
        file.is_compressed = file.is_at_end = bw_tail_file_looks_compressed(&file);
        if (!file.is_compressed)
            bw_tail_file_go_to_end(&file);
        file.kind = file.is_compressed ? BW_TAIL_DONE : BW_TAIL_FOLLOWED;
        file.needs_mark = true;
    }
    if (bw_tail_add(tail, &file) != NULL)
        return true;
    bw_tail_file_deinit(&file);
    return false;
}

/* Known files that no name leads to any more. */
static void miss(struct bw_tail *tail, struct bw_tail_file *file)
{
    if (file->now_path != NULL || (file->kind == BW_TAIL_FOLLOWED && file->fd < 0))
        bw_tail_note_rotation(tail);
    if (file->now_path != NULL) {
        free(file->now_path);
        file->now_path = NULL;
        file->changed_ms = tail->now_ms;
    }
    if (file->kind == BW_TAIL_CANDIDATE) {
        file->is_over = true; /* gone before anybody knew what it was; nothing was told of it */
    } else if (file->fd < 0 && file->kind == BW_TAIL_FOLLOWED && file->position == 0) {
        file->is_over = file->needs_mark = true; /* nothing of it was read */
    } else if (file->fd < 0 && file->kind == BW_TAIL_FOLLOWED) {
        file->kind = BW_TAIL_GHOST;
        file->needs_mark = true;
        /* How much text of an archive was left nobody knows: some. */
        if (file->is_compressed)
            file->size = file->position + (file->is_at_end ? 0 : 1);
        file->is_compressed = false;
        file->device = 0;
        file->inode = 0;
        file->changed_ms = tail->now_ms;
    }
}

/* What a candidate turned out to be. */
static void follow(struct bw_tail_file *file)
{
    file->kind = BW_TAIL_FOLLOWED;
    file->needs_mark = true;
}

void bw_tail_adopt(struct bw_tail *tail, struct bw_tail_file *file, struct bw_tail_file *known)
{
    bw_tail_file_continue(file, known);
    file->is_renamed = true;
    file->has_adopted = true;
    file->kind = BW_TAIL_FOLLOWED;
    tail->counters.copies++;
    /* Its mark comes first when it was not given yet, for other marks may take its identity. */
    known->is_adopted = true;
    known->is_over = !known->needs_mark;
}

enum answer { ANSWER_NEW, ANSWER_WAIT, ANSWER_DECIDED };

static enum answer compare_with(struct bw_tail *tail, struct bw_tail_file *file,
                                struct bw_tail_file *known)
{
    const bool is_quiet = tail->now_ms - file->changed_ms >= BW_TAIL_HOLD_MS;
    const enum bw_tail_relation relation = bw_tail_file_relation(file, known);

    /* What nothing was read of yet may be just what this is a copy of. */
    if (file->is_beside && known->kind == BW_TAIL_FOLLOWED && known->position == 0 &&
        bw_tail_file_has_more(known) && !is_quiet)
        return ANSWER_WAIT;
    switch (relation) {
    case BW_TAIL_OTHER: return ANSWER_NEW;
    case BW_TAIL_UNKNOWN:
        if (is_quiet)
            return ANSWER_NEW;
        break;
    case BW_TAIL_PREFIX: break;
    case BW_TAIL_HOLDS:
        if (known->kind == BW_TAIL_GHOST) {
            bw_tail_adopt(tail, file, known);
            return ANSWER_DECIDED;
        }
        break;
    }
    /* The original is there, and what it holds is read from it; the copy only goes on behind. */
    const bool is_over =
        known->now_path == NULL && !bw_tail_file_has_more(known) && known->kind == BW_TAIL_DONE;
    if (relation == BW_TAIL_HOLDS && !bw_tail_file_has_more(known) &&
        (is_over || (tail->now_ms - file->changed_ms >= BW_TAIL_COPY_MS &&
                     tail->now_ms - known->changed_ms >= BW_TAIL_HOLD_MS))) {
        bw_tail_file_continue(file, known);
        file->is_renamed = true;
        file->kind = BW_TAIL_DONE;
        tail->counters.copies++;
        return ANSWER_DECIDED;
    }
    /* A copy of a part, and left so: what it holds was or will be read from the original. */
    if (tail->now_ms - file->changed_ms >= BW_TAIL_COPY_MS && relation == BW_TAIL_PREFIX) {
        const struct bw_tail_reading all = {.taken = file->size};
        bw_tail_file_pass(file, BW_TEXT(""), &all);
        file->is_renamed = true;
        file->kind = BW_TAIL_DONE;
        file->needs_mark = true;
        tail->counters.copies++;
        return ANSWER_DECIDED;
    }
    return ANSWER_WAIT;
}

static void decide(struct bw_tail *tail, struct bw_tail_file *file)
{
    enum answer answer = ANSWER_NEW;

    if (!bw_tail_file_open(file)) {
        tail->counters.unreadable += file->is_unreadable ? 1 : 0;
        return;
    }
    file->is_compressed = file->is_compressed || bw_tail_file_looks_compressed(file);
    if (file->is_compressed)
        return; /* when all others are decided */
    for (size_t i = 0; i < tail->count && answer != ANSWER_DECIDED; i++) {
        struct bw_tail_file *known = tail->files[i];
        if (known == file || known->kind == BW_TAIL_CANDIDATE || known->is_over ||
            known->is_adopted)
            continue;
        const enum answer found = compare_with(tail, file, known);
        if (found != ANSWER_NEW)
            answer = found;
    }
    if (answer == ANSWER_NEW)
        follow(file);
}

static bool has_candidates(const struct bw_tail *tail)
{
    for (size_t i = 0; i < tail->count; i++)
        if (tail->files[i]->kind == BW_TAIL_CANDIDATE)
            return true;
    return false;
}

/* Nothing is expected of a ghost any more; but a copy of it may be met later, at a restart, say,
 * and must be known as one. Of each log the last few. */
static void remember(struct bw_tail *tail, struct bw_tail_file *ghost)
{
    struct bw_tail_file *oldest = NULL;
    size_t count = 0;

    if (ghost->size > ghost->position) {
        tail->counters.gaps++;
        tail->counters.gap_bytes += ghost->size - ghost->position;
    }
    ghost->size = ghost->position;
    ghost->is_remembered = true;
    ghost->needs_mark = true;
    for (size_t i = 0; i < tail->count; i++) {
        struct bw_tail_file *other = tail->files[i];
        if (!other->is_remembered || other->is_over || other->is_adopted ||
            strcmp(other->path, ghost->path) != 0)
            continue;
        count++;
        if (oldest == NULL || other->modified_ns < oldest->modified_ns)
            oldest = other;
    }
    if (count > BW_TAIL_REMEMBERED)
        oldest->is_over = oldest->needs_mark = true;
}

/* Time passes: ghosts are given up, what is read to its end is closed, what is long over goes. */
static void age(struct bw_tail *tail, struct bw_tail_file *file)
{
    const int64_t quiet_ms = tail->now_ms - file->changed_ms;

    if (file->kind == BW_TAIL_GHOST && !file->is_over && !file->is_adopted &&
        !file->is_remembered && quiet_ms >= BW_TAIL_GHOST_MS &&
        (!has_candidates(tail) || quiet_ms >= INT64_C(2) * BW_TAIL_COPY_MS))
        remember(tail, file);
    if (file->kind == BW_TAIL_FOLLOWED && file->now_path == NULL && file->fd >= 0 &&
        quiet_ms >= BW_TAIL_QUIET_MS && bw_tail_file_is_itself(file) &&
        !bw_tail_file_has_more(file)) {
        file->kind = BW_TAIL_DONE;
        file->needs_mark = true;
        bw_tail_file_close(file);
    }
    if (file->kind == BW_TAIL_DONE && file->now_path == NULL && !file->is_over &&
        quiet_ms >= BW_TAIL_MEMORY_MS) {
        file->is_over = true;
        file->needs_mark = true;
    }
    /* What was renamed long ago and is read needs no descriptor. */
    if (file->now_path != NULL && file->is_renamed && file->fd >= 0 && quiet_ms >= BW_TAIL_HOT_MS &&
        !bw_tail_file_has_more(file))
        bw_tail_file_close(file);
}

static void forget_silently(struct bw_tail *tail)
{
    for (size_t i = tail->count; i > 0; i--)
        if (tail->files[i - 1]->is_over && !tail->files[i - 1]->needs_mark)
            bw_tail_forget(tail, i - 1);
}

/* Both lists are in the same order: one walk. */
static bool meet_all(struct bw_tail *tail, struct bw_tail_listing *listing)
{
    const size_t known_count = tail->count;
    struct bw_tail_file **known = sorted_files(tail);
    bool is_good = known != NULL;
    size_t at = 0;

    for (size_t i = 0; is_good && i < listing->count; i++) {
        struct bw_tail_entry *entry = &listing->entries[i];
        const struct bw_tail_entry *before = i == 0 ? NULL : entry - 1;
        const struct bw_tail_file like = {.device = entry->device, .inode = entry->inode};
        const struct bw_tail_file *wanted = &like;

        while (at < known_count && compare_files(&known[at], &wanted) < 0)
            at++;
        if (at < known_count && compare_files(&known[at], &wanted) == 0) {
            entry->is_known = true;
            is_good = meet_known(tail, known[at], entry);
        } else if (before != NULL && before->inode == entry->inode &&
                   before->device == entry->device) {
            entry->is_known = before->is_known;
        } else if (!entry->is_beside) {
            entry->is_known = true;
            is_good = meet_new(tail, entry);
        }
    }
    free(known);
    return is_good;
}

static void begin_look(struct bw_tail *tail)
{
    bw_tail_drop_index(tail);
    if (!tail->was_reconciled && !tail->options.is_first_start)
        bw_tail_note_rotation(tail); /* while nobody was there, perhaps */
    for (size_t i = 0; i < tail->count && !tail->was_reconciled; i++)
        if (i == 0 || tail->files[i]->read_ns < tail->oldest_read_ns)
            tail->oldest_read_ns = tail->files[i]->read_ns;
    for (size_t i = 0; i < tail->count; i++) {
        tail->files[i]->is_seen = false;
        if (!tail->was_reconciled && tail->files[i]->kind == BW_TAIL_GHOST)
            tail->files[i]->changed_ms = tail->now_ms; /* nobody has looked for its rest yet */
    }
}

enum bw_status bw_tail_reconcile(struct bw_tail *tail, int64_t now_ms)
{
    struct bw_tail_listing listing;

    BW_ASSERT(tail->current == NULL);
    tail->now_ms = now_ms;
    enum bw_status status = bw_tail_list(&tail->options, &listing);
    if (status != BW_OK)
        return status;
    begin_look(tail);
    if (!meet_all(tail, &listing))
        status = BW_ERR_NO_MEMORY;
    for (size_t i = 0; status == BW_OK && i < tail->count; i++)
        if (!tail->files[i]->is_seen && tail->files[i]->kind != BW_TAIL_GHOST)
            miss(tail, tail->files[i]);
    for (size_t i = 0; status == BW_OK && i < tail->count; i++)
        if (tail->files[i]->kind == BW_TAIL_CANDIDATE && !tail->files[i]->is_over)
            decide(tail, tail->files[i]);
    for (size_t i = 0; status == BW_OK && i < tail->count; i++)
        if (tail->files[i]->kind == BW_TAIL_CANDIDATE && tail->files[i]->is_compressed &&
            !tail->files[i]->is_over && bw_tail_file_open(tail->files[i]))
            bw_tail_decide_compressed(tail, tail->files[i]);
    if (status == BW_OK && !bw_tail_look_beside(tail, &listing))
        status = BW_ERR_NO_MEMORY;
    for (size_t i = 0; status == BW_OK && i < tail->count; i++)
        age(tail, tail->files[i]);
    forget_silently(tail);
    tail->was_reconciled = true;
    bw_tail_listing_deinit(&listing);
    return status;
}
