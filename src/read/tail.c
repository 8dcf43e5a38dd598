/*
 * The set of files: which are there, what became of them, and whose turn it is.
 */
#include "read/tail.h"

#include "base/byte_writer.h"
#include "base/check.h"
#include "read/tail_set.h"

#include <search.h>
#include <stdlib.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

enum bw_status bw_tail_create(struct bw_tail **created, const struct bw_tail_options *options)
{
    struct bw_tail *tail = calloc(1, sizeof(*tail));

    if (tail == NULL)
        return BW_ERR_NO_MEMORY;
    tail->options = *options;
    *created = tail;
    return BW_OK;
}

static void keep_file(void *file)
{
    (void)file; /* the index does not own it */
}

void bw_tail_drop_index(struct bw_tail *tail)
{
    tdestroy(tail->restored, keep_file);
    tail->restored = NULL;
}

void bw_tail_destroy(struct bw_tail **owned)
{
    struct bw_tail *tail = *owned;

    *owned = NULL;
    if (tail == NULL)
        return;
    for (size_t i = 0; i < tail->count; i++) {
        bw_tail_file_deinit(tail->files[i]);
        free(tail->files[i]);
    }
    bw_tail_drop_index(tail);
    free(tail->files);
    free(tail->neighbours);
    bw_byte_writer_deinit(&tail->mark);
    free(tail);
}

struct bw_tail_file *bw_tail_add(struct bw_tail *tail, const struct bw_tail_file *file)
{
    if (tail->count == tail->capacity) {
        const size_t capacity = tail->capacity == 0 ? 16 : tail->capacity * 2;
        struct bw_tail_file **files = realloc(tail->files, capacity * sizeof(*files));
        if (files == NULL)
            return NULL;
        tail->files = files;
        tail->capacity = capacity;
    }
    struct bw_tail_file *copy = malloc(sizeof(*copy));
    if (copy == NULL)
        return NULL;
    *copy = *file;
    tail->files[tail->count++] = copy;
    return copy;
}

void bw_tail_forget(struct bw_tail *tail, size_t index)
{
    bw_tail_file_deinit(tail->files[index]);
    free(tail->files[index]);
    tail->files[index] = tail->files[--tail->count];
}

/* Two ghosts of the same text are one. */
static bool is_same_ghost(const struct bw_tail_file *left, const struct bw_tail_file *right)
{
    return left->position == right->position && left->head_hash == right->head_hash &&
           left->head_size == right->head_size && left->before_size == right->before_size &&
           memcmp(left->before, right->before, left->before_size) == 0;
}

struct bw_tail_file *bw_tail_find_ghost(const struct bw_tail *tail, const struct bw_tail_file *like)
{
    for (size_t i = 0; i < tail->count; i++)
        if (tail->files[i]->kind == BW_TAIL_GHOST && is_same_ghost(tail->files[i], like))
            return tail->files[i];
    return NULL;
}

int bw_tail_compare_identity(const void *left, const void *right)
{
    const struct bw_tail_file *a = left;
    const struct bw_tail_file *b = right;

    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    return (a->inode > b->inode) - (a->inode < b->inode);
}

/* Forget what is known of this file or ghost. */
static void forget_restored(struct bw_tail *tail, struct bw_tail_file *file)
{
    if (file->kind != BW_TAIL_GHOST)
        (void)tdelete(file, &tail->restored, bw_tail_compare_identity);
    for (size_t i = tail->count; i > 0; i--)
        if (tail->files[i - 1] == file) {
            bw_tail_forget(tail, i - 1);
            return;
        }
}

/* Of what it goes on from, or is the ghost of: under whatever identity that was known. */
static void forget_continued(struct bw_tail *tail, const struct bw_tail_file *file)
{
    if ((!file->has_adopted && file->kind != BW_TAIL_GHOST) || file->position == 0)
        return;
    for (size_t i = tail->count; i > 0; i--)
        if (is_same_ghost(tail->files[i - 1], file))
            forget_restored(tail, tail->files[i - 1]);
}

/* What a mark says goes over what an earlier one said. */
enum bw_status bw_tail_restore(struct bw_tail *tail, struct bw_text mark)
{
    struct bw_tail_file file;
    const enum bw_status status = bw_tail_file_from_mark(&file, mark);

    if (status != BW_OK)
        return status;
    forget_continued(tail, &file);
    struct bw_tail_file *const *found =
        file.kind == BW_TAIL_GHOST ? NULL : tfind(&file, &tail->restored, bw_tail_compare_identity);
    file.has_adopted = false;
    if (file.is_over) {
        bw_tail_file_deinit(&file);
        if (found != NULL)
            forget_restored(tail, *found);
        return BW_OK;
    }
    if (found != NULL) {
        bw_tail_file_deinit(*found);
        **found = file;
        return BW_OK;
    }
    struct bw_tail_file *added = bw_tail_add(tail, &file);
    if (added == NULL) {
        bw_tail_file_deinit(&file);
        return BW_ERR_NO_MEMORY;
    }
    return file.kind == BW_TAIL_GHOST ||
                   tsearch(added, &tail->restored, bw_tail_compare_identity) != NULL
               ? BW_OK
               : BW_ERR_NO_MEMORY;
}

/* Its text will not grow by its writer, or not for long: it is read to its end first. */
static bool is_past(const struct bw_tail_file *file)
{
    return file->now_path == NULL || file->is_renamed || file->is_compressed;
}

void bw_tail_note_rotation(struct bw_tail *tail)
{
    tail->was_rotated = true;
    tail->rotated_ms = tail->now_ms;
}

/* The file was cut, or written anew from its beginning: what was not read of the old text may be
 * in a copy. */
bool bw_tail_cut_off(struct bw_tail *tail, struct bw_tail_file *file)
{
    struct bw_tail_file ghost = *file;

    ghost.kind = BW_TAIL_GHOST;
    ghost.is_remembered = false;
    ghost.device = 0;
    ghost.inode = 0;
    ghost.fd = -1;
    ghost.archive = NULL;
    ghost.is_compressed = ghost.is_at_end = ghost.is_seeking = false;
    ghost.size = file->is_compressed ? file->position : file->size_before;
    ghost.now_path = NULL;
    ghost.path = strdup(file->path);
    ghost.changed_ms = tail->now_ms;
    ghost.needs_mark = true;
    tail->counters.truncations++;
    bw_tail_note_rotation(tail);
    if (file->position > 0 && bw_tail_find_ghost(tail, &ghost) == NULL) {
        if (ghost.path == NULL || bw_tail_add(tail, &ghost) == NULL) {
            free(ghost.path);
            return false;
        }
    } else {
        free(ghost.path);
    }
    bw_tail_file_restart(file);
    file->kind = BW_TAIL_FOLLOWED;
    file->changed_ms = tail->now_ms;
    return true;
}

/* Its mark alone is news. */
static void give_mark(struct bw_tail *tail, struct bw_tail_file *file, struct bw_tail_piece *piece)
{
    bw_byte_writer_clear(&tail->mark);
    bw_tail_file_mark(file, &tail->mark);
    tail->current = file;
    tail->saved = *file;
    tail->lines_cut = 0;
    file->needs_mark = false;
    file->has_adopted = false;
    *piece = (struct bw_tail_piece){
        .path = file->path,
        .mark = bw_byte_writer_text(&tail->mark),
        .line = file->lines,
        .offset = file->position,
        .modified_s = file->modified_ns / NS_PER_S,
    };
}

static uint64_t count_lines(struct bw_text text)
{
    uint64_t count = 0;

    for (const char *at = text.bytes;
         (at = memchr(at, '\n', text.size - (size_t)(at - text.bytes))) != NULL; at++) {
        count++;
        if (at + 1 == text.bytes + text.size)
            break;
    }
    return count;
}

/* Nobody writes to it any more: its last line may lack its end. */
static bool is_last_chance(const struct bw_tail *tail, const struct bw_tail_file *file)
{
    return file->now_path == NULL && tail->now_ms - file->changed_ms >= BW_TAIL_QUIET_MS;
}

static bool read_file(struct bw_tail *tail, struct bw_tail_file *file, struct bw_text room,
                      struct bw_tail_piece *piece)
{
    struct bw_tail_reading reading;
    char *bytes = (char *)(uintptr_t)room.bytes;
    const uint64_t size_before = file->size;
    bool is_last = is_last_chance(tail, file);

    if (!bw_tail_file_open(file))
        return false;
    if (!bw_tail_file_is_itself(file))
        return bw_tail_cut_off(tail, file) && false;
    if (file->size != size_before)
        file->changed_ms = tail->now_ms;
    const int64_t modified_ns = file->modified_ns; /* of nothing that is not there yet */
    if (file->is_compressed && !bw_tail_advance_compressed(tail, file, &is_last))
        return false;
    if (!bw_tail_file_has_more(file) ||
        !bw_tail_file_read(file, bytes, room.size, is_last, &reading)) {
        if (file->is_compressed)
            bw_tail_give_up_compressed(tail, file);
        return false;
    }
    /* Should it have been cut and written beyond the position in between, this was other text. */
    if (!bw_tail_file_is_itself(file))
        return bw_tail_cut_off(tail, file) && false;

    tail->current = file;
    tail->saved = *file;
    tail->lines_cut = reading.lines_cut;
    *piece = (struct bw_tail_piece){
        .path = file->path,
        .line = file->lines,
        .offset = file->position,
        .modified_s = file->modified_ns / NS_PER_S,
        .size = reading.size,
    };
    const bool is_plain = reading.lines_cut == 0 && !tail->saved.is_skipping;
    bw_tail_file_pass(file, (struct bw_text){bytes, is_plain ? (size_t)reading.taken : 0},
                      &reading);
    file->read_ns = modified_ns;
    file->lines += count_lines((struct bw_text){bytes, reading.size});
    file->needs_mark = false;
    file->has_adopted = false;
    bw_byte_writer_clear(&tail->mark);
    bw_tail_file_mark(file, &tail->mark);
    piece->mark = bw_byte_writer_text(&tail->mark);
    return true;
}

static bool is_readable(const struct bw_tail *tail, const struct bw_tail_file *file)
{
    if (file->kind != BW_TAIL_FOLLOWED && file->kind != BW_TAIL_DONE)
        return false;
    if (file->is_compressed)
        return file->kind == BW_TAIL_FOLLOWED && (file->now_path != NULL || file->fd >= 0);
    if (file->now_path == NULL)
        return file->fd >= 0;
    /* Long quiet files are looked at when they are seen to have grown. */
    return file->size > file->position || tail->now_ms - file->changed_ms < BW_TAIL_HOT_MS;
}

/* The order in which files are read: by the time of their last change, for logs are read in their
 * order; of the same second those first that will not grow any more. */
static bool is_before(const struct bw_tail *tail, size_t left, size_t right)
{
    const struct bw_tail_file *a = tail->files[left];
    const struct bw_tail_file *b = tail->files[right];

    if (a->modified_ns / NS_PER_S != b->modified_ns / NS_PER_S)
        return a->modified_ns < b->modified_ns;
    if (is_past(a) != is_past(b))
        return is_past(a);
    return left < right;
}

/* The next file with text unread behind the one at `last` (SIZE_MAX: the first of all); SIZE_MAX:
 * there is none. */
static size_t next_by_age(const struct bw_tail *tail, size_t last)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < tail->count; i++)
        if (is_readable(tail, tail->files[i]) && bw_tail_file_has_more(tail->files[i]) &&
            (last == SIZE_MAX || is_before(tail, last, i)) &&
            (found == SIZE_MAX || is_before(tail, i, found)))
            found = i;
    return found;
}

bool bw_tail_read(struct bw_tail *tail, char *bytes, size_t capacity, struct bw_tail_piece *piece)
{
    const struct bw_text room = {bytes, capacity};

    BW_ASSERT(tail->current == NULL);
    /* Of what was cut off or is gone first: the mark of a new file may take its identity. */
    for (int turn = 0; turn < 3; turn++)
        for (size_t i = 0; i < tail->count; i++) {
            struct bw_tail_file *file = tail->files[i];
            if (file->needs_mark && (turn == 2 || (turn == 0 && file->kind == BW_TAIL_GHOST) ||
                                     (turn == 1 && file->has_adopted))) {
                give_mark(tail, file, piece);
                return true;
            }
        }
    for (size_t i = next_by_age(tail, SIZE_MAX); i != SIZE_MAX; i = next_by_age(tail, i)) {
        if (read_file(tail, tail->files[i], room, piece))
            return true;
        /* What is younger waits until the place in the archive is found. */
        if (tail->files[i]->is_seeking)
            return false;
    }
    /* Files that may have grown since they were looked at. */
    for (size_t i = 0; i < tail->count; i++) {
        const size_t index = (tail->turn + i) % tail->count;
        if (!is_readable(tail, tail->files[index]) || bw_tail_file_has_more(tail->files[index]) ||
            !read_file(tail, tail->files[index], room, piece))
            continue;
        tail->turn = index + 1;
        return true;
    }
    /* What was found out just now is to be told at once. */
    for (size_t i = 0; i < tail->count; i++)
        if (tail->files[i]->needs_mark) {
            give_mark(tail, tail->files[i], piece);
            return true;
        }
    return false;
}

bool bw_tail_is_waiting(const struct bw_tail *tail)
{
    for (size_t i = 0; i < tail->count; i++)
        if (tail->files[i]->is_seeking ||
            ((tail->files[i]->kind == BW_TAIL_CANDIDATE || tail->files[i]->kind == BW_TAIL_GHOST) &&
             tail->now_ms - tail->files[i]->changed_ms < BW_TAIL_WAITING_MS))
            return true;
    return false;
}

void bw_tail_commit(struct bw_tail *tail)
{
    BW_ASSERT(tail->current != NULL);
    tail->counters.lines_cut += tail->lines_cut;
    const bool is_over = tail->current->is_over || tail->current->is_adopted;
    for (size_t i = 0; is_over && i < tail->count; i++)
        if (tail->files[i] == tail->current) {
            bw_tail_forget(tail, i);
            break;
        }
    tail->current = NULL;
}

void bw_tail_take_back(struct bw_tail *tail)
{
    BW_ASSERT(tail->current != NULL);
    const int fd = tail->current->fd;
    *tail->current = tail->saved;
    tail->current->fd = fd;
    tail->current = NULL;
}

void bw_tail_marks(struct bw_tail *tail, void (*take)(struct bw_text mark, void *context),
                   void *context)
{
    struct bw_byte_writer mark = {0};

    for (size_t i = 0; i < tail->count; i++) {
        /* A candidate under a pattern has told nothing yet: it will be a candidate again. */
        if (tail->files[i]->kind == BW_TAIL_CANDIDATE && !tail->files[i]->is_beside)
            continue;
        bw_byte_writer_clear(&mark);
        bw_tail_file_mark(tail->files[i], &mark);
        if (!mark.is_broken)
            take(bw_byte_writer_text(&mark), context);
    }
    bw_byte_writer_deinit(&mark);
}

static const char *state_of(const struct bw_tail_file *file)
{
    if (file->is_unreadable)
        return "unreadable";
    if (file->kind == BW_TAIL_CANDIDATE)
        return "waiting";
    return is_past(file) || file->kind == BW_TAIL_DONE ? "rotated" : "tailed";
}

static const char *fault_of(const struct bw_tail_file *file)
{
    if (!file->is_unreadable)
        return NULL;
    return file->is_closed ? "it lies outside of what bouncewatch kept the right to read; restart "
                             "bouncewatch"
                           : "it cannot be opened; give bouncewatch the right to read it";
}

void bw_tail_rows(const struct bw_tail *tail,
                  void (*take)(const struct bw_tail_row *row, void *context), void *context)
{
    for (size_t i = 0; i < tail->count; i++) {
        const struct bw_tail_file *file = tail->files[i];
        if (file->kind == BW_TAIL_GHOST)
            continue;
        const struct bw_tail_row row = {
            .path = file->now_path == NULL ? file->path : file->now_path,
            .state = state_of(file),
            .fault = fault_of(file),
            .position = file->position,
            .size = file->size,
            .lines = file->lines,
        };
        take(&row, context);
    }
}

void bw_tail_counters(const struct bw_tail *tail, struct bw_tail_counters *counters)
{
    *counters = tail->counters;
    counters->files = 0;
    for (size_t i = 0; i < tail->count; i++)
        counters->files += tail->files[i]->kind != BW_TAIL_GHOST ? 1 : 0;
}

bool bw_tail_take_trouble(struct bw_tail *tail, bool is_closed, struct bw_tail_trouble *trouble)
{
    *trouble = (struct bw_tail_trouble){.path = NULL};
    for (size_t i = 0; i < tail->count; i++) {
        struct bw_tail_file *file = tail->files[i];
        if (!file->is_unreadable || file->is_trouble_told || file->now_path == NULL ||
            file->is_closed != is_closed)
            continue;
        file->is_trouble_told = true;
        if (trouble->count++ == 0)
            trouble->path = file->now_path;
    }
    return trouble->count > 0;
}
