#include "frame/line_cutter.h"

#include "base/check.h"

#include <stdlib.h>

struct bw_line_cutter {
    size_t size;      /* of the carried part */
    size_t added;     /* stream bytes in the current chunk */
    bool is_skipping; /* inside the dropped rest of a line that is over the limit */
    char carried[BW_LINE_BYTES_MAX + 1];
};

enum bw_status bw_line_cutter_create(struct bw_line_cutter **created)
{
    struct bw_line_cutter *cutter = calloc(1, sizeof(*cutter));

    if (cutter == NULL)
        return BW_ERR_NO_MEMORY;
    *created = cutter;
    return BW_OK;
}

void bw_line_cutter_destroy(struct bw_line_cutter **owned)
{
    free(*owned);
    *owned = NULL;
}

void bw_line_cutter_reset(struct bw_line_cutter *cutter)
{
    cutter->size = 0;
    cutter->is_skipping = false;
}

void bw_line_cutter_begin(struct bw_line_cutter *cutter, struct bw_chunk *chunk)
{
    if (cutter->size > 0)
        (void)memcpy(chunk->bytes, cutter->carried, cutter->size);
    chunk->size = cutter->size;
    cutter->added = 0;
}

char *bw_line_cutter_room(struct bw_line_cutter *cutter, struct bw_chunk *chunk, size_t *capacity)
{
    *capacity = BW_CHUNK_BYTES - cutter->added;
    return chunk->bytes + chunk->size;
}

void bw_line_cutter_added(struct bw_line_cutter *cutter, struct bw_chunk *chunk, size_t size)
{
    cutter->added += size;
    BW_ASSERT(cutter->added <= BW_CHUNK_BYTES);
    if (!cutter->is_skipping) {
        chunk->size += size;
        return;
    }
    /* The carried part is the kept head of the line: the rest goes up to the newline. */
    char *bytes = chunk->bytes + chunk->size;
    const char *newline = memchr(bytes, '\n', size);
    if (newline == NULL)
        return;
    const size_t kept = size - (size_t)(newline - bytes);
    (void)memmove(bytes, newline, kept);
    chunk->size += kept;
    cutter->is_skipping = false;
}

void bw_line_cutter_finish(struct bw_line_cutter *cutter, struct bw_chunk *chunk, bool is_end)
{
    const char *newline = chunk->size == 0 ? NULL : memrchr(chunk->bytes, '\n', chunk->size);
    const size_t whole = newline == NULL ? 0 : (size_t)(newline - chunk->bytes) + 1;
    size_t tail = chunk->size - whole;

    if (tail > sizeof(cutter->carried)) {
        tail = sizeof(cutter->carried);
        cutter->is_skipping = true;
    }
    cutter->size = 0;
    if (is_end && tail > 0) {
        chunk->bytes[whole + tail] = '\n';
        chunk->size = whole + tail + 1;
        cutter->is_skipping = false;
        return;
    }
    if (tail > 0)
        (void)memcpy(cutter->carried, chunk->bytes + whole, tail);
    cutter->size = tail;
    chunk->size = whole;
}
