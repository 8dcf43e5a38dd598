/*
 * What a connection brings, plain or as one zlib stream, in pieces: lines are whole, and a table
 * that is written down and read again after each piece gives the same ones.
 *
 * The first byte chooses the sizes of the pieces.
 */
#include "base/byte_reader.h"
#include "engine/stream_table.h"
#include "fuzz_target.h"

#define ID 7

struct side {
    struct bw_stream_table *table;
    char *lines;
    size_t size;
    uint64_t taken;
    enum bw_status status;
};

static void feed(struct side *side, struct bw_text bytes, bool is_end, bool is_taken_back)
{
    static char lines[BW_STREAM_LINES];
    struct bw_stream *stream = bw_stream_table_open(side->table, ID);
    size_t taken = 0;
    size_t size = 0;

    BW_ASSERT(stream != NULL);
    side->taken = bw_stream_taken(stream);
    bytes = bw_text_after(bytes, (size_t)side->taken);
    do {
        struct bw_byte_writer mark = {0};
        struct bw_stream_lines room = {lines, sizeof(lines), 0};
        side->status = bw_stream_feed(stream, bytes, is_end, &taken, &room, &mark);
        size = room.size;
        bw_byte_writer_deinit(&mark);
        if (side->status != BW_OK)
            return;
        BW_ASSERT(taken <= bytes.size && size <= sizeof(lines));
        BW_ASSERT(size == 0 || lines[size - 1] == '\n');
        if (is_taken_back) {
            BW_ASSERT(taken + size == 0 || bw_stream_take_back(stream) == BW_OK);
            is_taken_back = false;
            taken = taken == 0 ? 0 : 1; /* once more */
            continue;
        }
        if (taken + size == 0)
            return;
        bw_stream_keep(stream);
        side->lines = realloc(side->lines, side->size + size + 1);
        BW_ASSERT(side->lines != NULL);
        (void)memcpy(side->lines + side->size, lines, size);
        side->size += size;
        bytes = bw_text_after(bytes, taken);
        side->taken += taken;
    } while (taken > 0);
}

static void write_down_and_read(struct side *side)
{
    struct bw_byte_writer writer = {0};
    enum bw_status status = BW_OK;

    bw_stream_table_save(side->table, &writer);
    bw_stream_table_destroy(&side->table);
    BW_ASSERT(bw_stream_table_create(&side->table) == BW_OK);
    struct bw_byte_reader reader = {.rest = bw_byte_writer_text(&writer)};
    while (reader.rest.size > 0)
        BW_ASSERT(bw_stream_table_restore(side->table, bw_take_text(&reader), &status));
    BW_ASSERT(status == BW_OK && !reader.is_broken);
    bw_byte_writer_deinit(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct side whole = {.taken = 0};
    struct side pieces = {.taken = 0};

    if (size < 2)
        return 0;
    const struct bw_text bytes = {(const char *)data + 1, size - 1};
    const size_t step = 1 + data[0] % 61;
    BW_ASSERT(bw_stream_table_create(&whole.table) == BW_OK);
    BW_ASSERT(bw_stream_table_create(&pieces.table) == BW_OK);
    feed(&whole, bytes, true, false);
    for (size_t end = step; end - step < bytes.size && pieces.status == BW_OK; end += step) {
        const bool is_end = end >= bytes.size;
        feed(&pieces, bw_text_head(bytes, is_end ? bytes.size : end), is_end, data[0] % 2 == 1);
        write_down_and_read(&pieces);
    }
    BW_ASSERT(whole.size == pieces.size);
    BW_ASSERT(whole.size == 0 || memcmp(whole.lines, pieces.lines, whole.size) == 0);
    bw_stream_table_destroy(&whole.table);
    bw_stream_table_destroy(&pieces.table);
    free(whole.lines);
    free(pieces.lines);
    return 0;
}
