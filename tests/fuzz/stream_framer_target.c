/*
 * What a syslog connection brings: the lines do not depend on how it was cut.
 */
#include "frame/stream_framer.h"
#include "fuzz_target.h"

struct lines {
    char *bytes;
    size_t size, capacity;
};

/* All of it, the first `cut` bytes first, as a caller with a socket would. */
static void frame(struct bw_text bytes, size_t cut, struct lines *lines)
{
    struct bw_stream_framer framer = {.messages = 0};
    size_t taken = bw_stream_framer_feed(&framer, bw_text_head(bytes, cut), false, lines->bytes,
                                         lines->capacity, &lines->size);

    BW_ASSERT(taken <= cut);
    taken += bw_stream_framer_feed(&framer, bw_text_after(bytes, taken), true, lines->bytes,
                                   lines->capacity, &lines->size);
    BW_ASSERT(taken == bytes.size);
    BW_ASSERT(lines->size <= lines->capacity);
    BW_ASSERT(lines->size == 0 || lines->bytes[lines->size - 1] == '\n');
    size_t count = 0;
    for (size_t i = 0; i < lines->size; i++)
        count += lines->bytes[i] == '\n' ? 1 : 0;
    BW_ASSERT(count == framer.messages);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct bw_text bytes = {(const char *)data + 2, size - 2};
    const size_t cut = (data[0] | (size_t)data[1] << 8U) % (bytes.size + 1);
    const size_t capacity = 2 * bytes.size + 1;
    struct lines whole = {exact_room(capacity), 0, capacity};
    struct lines pieces = {exact_room(capacity), 0, capacity};

    frame(bytes, 0, &whole);
    frame(bytes, cut, &pieces);
    BW_ASSERT(bw_text_equal((struct bw_text){whole.bytes, whole.size},
                            (struct bw_text){pieces.bytes, pieces.size}));
    free(whole.bytes);
    free(pieces.bytes);
    return 0;
}
