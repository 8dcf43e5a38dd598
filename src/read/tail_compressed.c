/*
 * Compressed files among those that are followed. Nearly always they hold what was read before they
 * were compressed; they are read when it was not, because nobody was there.
 */
#include "base/hash.h"
#include "read/tail_set.h"

/* Text that is decoded at a stretch; then others have their turn. */
#define BUDGET_BYTES ((size_t)8 * 1024 * 1024)

static bool open_archive(struct bw_tail *tail, struct bw_tail_file *file, enum bw_status *status)
{
    char magic[8];
    const bool was_compressed = file->is_compressed;

    if (file->archive != NULL)
        return true;
    file->is_compressed = false; /* these bytes as they are */
    const size_t size = bw_tail_file_text(file, magic, sizeof(magic), 0);
    file->is_compressed = was_compressed;
    *status = tail->options.decoders == NULL
                  ? BW_ERR_USAGE
                  : bw_tail_archive_create(&file->archive, tail->options.decoders,
                                           (struct bw_text){magic, size});
    return *status == BW_OK;
}

/* All of its text was read, or no more can be. */
static void finish(struct bw_tail_file *file)
{
    file->kind = BW_TAIL_DONE;
    file->is_at_end = true;
    file->is_renamed = true;
    file->is_only_rest = false;
    file->needs_mark = true;
    bw_tail_file_close(file);
}

/* Nothing in it is a line to us; as long as it is being written nothing else is known of it. */
static void pass_over(struct bw_tail *tail, struct bw_tail_file *file)
{
    if (tail->now_ms - file->changed_ms < BW_TAIL_HOLD_MS)
        return;
    tail->counters.unknown_compression++;
    finish(file);
}

static void finish_read(struct bw_tail *tail, struct bw_tail_file *file)
{
    tail->counters.compressed++;
    finish(file);
}

/* The text begins as that of the other does. */
static bool has_head_of(const struct bw_tail_file *file, const struct bw_tail_file *known)
{
    const struct bw_text head = bw_tail_archive_head(file->archive);
    char other[BW_TAIL_HEAD_BYTES];
    size_t size = 0;

    if (known->head_size > 0 && known->head_size <= head.size)
        return bw_hash(bw_text_head(head, known->head_size)) == known->head_hash;
    if (known->archive != NULL) {
        const struct bw_text start = bw_tail_archive_head(known->archive);
        size = start.size;
        (void)memcpy(other, start.bytes, size);
    } else if (known->fd >= 0 && !known->is_compressed) {
        size = bw_tail_file_text(known, other, sizeof(other), 0);
    } else if (known->head_size > 0) {
        size = known->head_size < sizeof(known->start) ? known->head_size : sizeof(known->start);
        (void)memcpy(other, known->start, size);
    }
    if (size > head.size)
        size = head.size;
    return size > 0 && memcmp(other, head.bytes, size) == 0;
}

/* The archive may hold what a ghost has left unread. True: the file is decided, or has to wait. */
static bool continue_ghost(struct bw_tail *tail, struct bw_tail_file *file,
                           struct bw_tail_file *ghost)
{
    /* It is not given up while this is looked at. */
    ghost->changed_ms = tail->now_ms;
    file->is_seeking =
        !bw_tail_archive_advance(file->archive, file->fd, ghost->position, BUDGET_BYTES);
    if (file->is_seeking)
        return true;
    if (bw_tail_archive_extent(file->archive) >= ghost->position) {
        if (!bw_tail_file_holds(file, ghost->position - ghost->before_size,
                                (struct bw_text){ghost->before, ghost->before_size}))
            return false;
        bw_tail_adopt(tail, file, ghost);
        file->is_verified = true;
        file->is_only_rest = false;
        return true;
    }
    /* A copy of a part, unless more of it is still being written. */
    if (bw_tail_archive_is_complete(file->archive) ||
        tail->now_ms - file->changed_ms >= BW_TAIL_COPY_MS) {
        tail->counters.copies++;
        finish_read(tail, file);
    }
    return true;
}

/* The original is there, or was read: what it holds is read from it. */
static void be_copy(struct bw_tail *tail, struct bw_tail_file *file,
                    const struct bw_tail_file *known)
{
    const bool is_read = known->kind == BW_TAIL_DONE || !bw_tail_file_has_more(known);

    if (!is_read || tail->now_ms - file->changed_ms < BW_TAIL_HOLD_MS)
        return;
    tail->counters.copies++;
    finish_read(tail, file);
}

/* A plain file that is not decided may be the original. */
static bool has_open_question(const struct bw_tail *tail)
{
    for (size_t i = 0; i < tail->count; i++) {
        const struct bw_tail_file *other = tail->files[i];
        if (other->kind == BW_TAIL_CANDIDATE && !other->is_compressed && other->fd >= 0)
            return true;
    }
    return false;
}

void bw_tail_decide_compressed(struct bw_tail *tail, struct bw_tail_file *file)
{
    enum bw_status status = BW_OK;

    if (!open_archive(tail, file, &status)) {
        if (status == BW_ERR_USAGE)
            pass_over(tail, file);
        return;
    }
    if (bw_tail_archive_head(file->archive).size < BW_TAIL_HEAD_BYTES &&
        !bw_tail_archive_is_complete(file->archive)) {
        (void)bw_tail_archive_advance(file->archive, file->fd, 0, BUDGET_BYTES);
        const struct bw_text head = bw_tail_archive_head(file->archive);
        const bool is_short =
            head.size < BW_TAIL_HEAD_BYTES && !bw_tail_archive_is_complete(file->archive);
        if (is_short && tail->now_ms - file->changed_ms < BW_TAIL_COPY_MS)
            return;
    }
    if (has_open_question(tail))
        return;
    struct bw_tail_file *original = NULL;
    for (size_t i = 0; i < tail->count; i++) {
        struct bw_tail_file *known = tail->files[i];
        if (known == file || known->kind == BW_TAIL_CANDIDATE || known->is_over ||
            known->is_adopted || !has_head_of(file, known))
            continue;
        if (known->kind == BW_TAIL_GHOST) {
            if (continue_ghost(tail, file, known))
                return;
        } else {
            original = known;
        }
    }
    if (original != NULL) {
        be_copy(tail, file, original);
    } else if (file->is_only_rest) {
        file->is_over = true;
    } else {
        file->kind = BW_TAIL_FOLLOWED;
        file->is_verified = true;
        file->is_renamed = true;
        file->needs_mark = true;
    }
}

bool bw_tail_advance_compressed(struct bw_tail *tail, struct bw_tail_file *file, bool *is_last)
{
    enum bw_status status = BW_OK;

    if (!open_archive(tail, file, &status)) {
        /* It is no archive any more. */
        if (status == BW_ERR_USAGE) {
            bw_tail_file_restart(file);
            file->kind = BW_TAIL_CANDIDATE;
        }
        return false;
    }
    file->is_seeking =
        !bw_tail_archive_advance(file->archive, file->fd, file->position, BUDGET_BYTES);
    if (file->is_seeking)
        return false;
    if (!file->is_verified &&
        !bw_tail_file_holds(file, file->position - file->before_size,
                            (struct bw_text){file->before, file->before_size})) {
        /* Another archive under the same name and number: a file that nobody knows. */
        bw_tail_file_restart(file);
        file->kind = BW_TAIL_CANDIDATE;
        tail->counters.truncations++;
        return false;
    }
    file->is_verified = true;
    *is_last = bw_tail_archive_is_complete(file->archive);
    if (bw_tail_archive_extent(file->archive) > file->position)
        return true;
    if (*is_last)
        finish_read(tail, file);
    else
        bw_tail_give_up_compressed(tail, file);
    return false;
}

void bw_tail_give_up_compressed(struct bw_tail *tail, struct bw_tail_file *file)
{
    if (bw_tail_archive_fault(file->archive) == NULL ||
        tail->now_ms - file->changed_ms < BW_TAIL_COPY_MS)
        return;
    tail->counters.damaged++;
    finish_read(tail, file);
}
