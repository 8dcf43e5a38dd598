#include "engine/batch.h"

#include "base/byte_reader.h"
#include "base/check.h"

#define BATCH_VERSION 1

static void put_stamp(struct bw_byte_writer *writer, const struct bw_stamp *stamp)
{
    bw_put_i64(writer, stamp->utc_ms);
    bw_put_u32(writer, (uint32_t)stamp->day_ms);
    bw_put_u16(writer, (uint16_t)stamp->year);
    bw_put_u8(writer, stamp->month);
    bw_put_u8(writer, stamp->day);
    bw_put_u8(writer, stamp->kind);
}

static struct bw_stamp take_stamp(struct bw_byte_reader *reader)
{
    struct bw_stamp stamp = {.utc_ms = bw_take_i64(reader)};

    stamp.day_ms = (int32_t)bw_take_u32(reader);
    stamp.year = (int16_t)bw_take_u16(reader);
    stamp.month = bw_take_u8(reader);
    stamp.day = bw_take_u8(reader);
    stamp.kind = bw_take_u8(reader);
    if (stamp.kind > BW_STAMP_NO_YEAR || stamp.month > 12 || stamp.day > 31)
        reader->is_broken = true;
    return stamp;
}

static void put_counts(struct bw_byte_writer *writer, const struct bw_chunk *chunk)
{
    const struct bw_line_counts *lines = &chunk->lines;

    bw_put_u64(writer, lines->total);
    bw_put_u64(writer, lines->outcome);
    bw_put_u64(writer, lines->known);
    bw_put_u64(writer, lines->malformed);
    bw_put_u64(writer, lines->unknown);
    bw_put_u64(writer, lines->cut);
    for (size_t i = 0; i < BW_ARRAY_COUNT(chunk->malformed_lines); i++)
        bw_put_u64(writer, i < lines->malformed ? chunk->malformed_lines[i] : 0);
}

static void take_counts(struct bw_byte_reader *reader, struct bw_chunk *chunk)
{
    struct bw_line_counts *lines = &chunk->lines;

    lines->total = bw_take_u64(reader);
    lines->outcome = bw_take_u64(reader);
    lines->known = bw_take_u64(reader);
    lines->malformed = bw_take_u64(reader);
    lines->unknown = bw_take_u64(reader);
    lines->cut = bw_take_u64(reader);
    for (size_t i = 0; i < BW_ARRAY_COUNT(chunk->malformed_lines); i++)
        chunk->malformed_lines[i] = bw_take_u64(reader);
}

/* The line that an observation came from: its queue id or recipient lies in it. */
static struct bw_text line_of(const struct bw_chunk *chunk,
                              const struct bw_observation *observation)
{
    const struct bw_delivery *delivery = &observation->delivery;
    const char *inside =
        delivery->queue_id.size > 0 ? delivery->queue_id.bytes : delivery->recipient.bytes;

    BW_ASSERT(inside >= chunk->bytes && inside < chunk->bytes + chunk->size);
    const size_t before = (size_t)(inside - chunk->bytes);
    const char *previous = before == 0 ? NULL : memrchr(chunk->bytes, '\n', before);
    const char *start = previous == NULL ? chunk->bytes : previous + 1;
    const char *end = memchr(inside, '\n', chunk->size - before);
    BW_ASSERT(end != NULL);
    return (struct bw_text){start, (size_t)(end + 1 - start)};
}

void bw_batch_encode(const struct bw_batch *batch, const struct bw_chunk *chunk,
                     struct bw_byte_writer *writer)
{
    size_t text_size = 0;

    bw_put_u8(writer, BATCH_VERSION);
    bw_put_text(writer, batch->path);
    bw_put_text(writer, batch->mark);
    bw_put_i64(writer, batch->modified_s);
    bw_put_i64(writer, batch->taken_ms);
    bw_put_i64(writer, batch->log_minute);
    bw_put_u64(writer, batch->line);
    bw_put_u64(writer, batch->text_offset);
    bw_put_u64(writer, batch->text_bytes);
    put_counts(writer, chunk);
    put_stamp(writer, &chunk->first_stamp);
    put_stamp(writer, &chunk->last_stamp);
    bw_put_u32(writer, (uint32_t)chunk->observation_count);
    for (size_t i = 0; i < chunk->observation_count; i++)
        bw_put_u32(writer, chunk->observations[i].line);
    for (size_t i = 0; i < chunk->observation_count; i++) {
        const struct bw_text line = line_of(chunk, &chunk->observations[i]);
        bw_put_bytes(writer, line.bytes, line.size);
        text_size += line.size;
    }
    bw_put_u32(writer, (uint32_t)text_size);
}

static void take_head(struct bw_byte_reader *reader, struct bw_batch *batch)
{
    if (bw_take_u8(reader) != BATCH_VERSION)
        reader->is_broken = true;
    batch->path = bw_take_text(reader);
    batch->mark = bw_take_text(reader);
    batch->modified_s = bw_take_i64(reader);
    batch->taken_ms = bw_take_i64(reader);
    batch->log_minute = bw_take_i64(reader);
    batch->line = bw_take_u64(reader);
    batch->text_offset = bw_take_u64(reader);
    batch->text_bytes = bw_take_u64(reader);
}

enum bw_status bw_batch_decode(struct bw_text bytes, struct bw_batch *batch)
{
    struct bw_byte_reader reader = {.rest = bytes};
    struct bw_batch found;

    take_head(&reader, &found);
    if (reader.is_broken)
        return BW_ERR_FORMAT;
    *batch = found;
    return BW_OK;
}

/* What stands behind the head: the places of the lines (32 bits each), the lines, their size. */
struct body {
    struct bw_text places, text;
    size_t count;
};

static bool take_body(struct bw_text bytes, struct bw_chunk *chunk, struct body *body)
{
    struct bw_byte_reader reader = {.rest = bytes};
    struct bw_batch batch;

    take_head(&reader, &batch);
    take_counts(&reader, chunk);
    chunk->first_stamp = take_stamp(&reader);
    chunk->last_stamp = take_stamp(&reader);
    body->count = bw_take_u32(&reader);
    body->places = bw_take_bytes(&reader, body->count * sizeof(uint32_t));
    if (reader.rest.size < sizeof(uint32_t))
        return false;
    body->text = bw_take_bytes(&reader, reader.rest.size - sizeof(uint32_t));
    return bw_take_u32(&reader) == body->text.size && !reader.is_broken &&
           body->text.size <= BW_CHUNK_BYTES + BW_LINE_BYTES_MAX &&
           (body->text.size == 0 || body->text.bytes[body->text.size - 1] == '\n');
}

enum bw_status bw_batch_fill(struct bw_text bytes, struct bw_chunk *chunk)
{
    struct body body;

    if (!take_body(bytes, chunk, &body))
        return BW_ERR_FORMAT;
    if (body.text.size > 0)
        (void)memcpy(chunk->bytes, body.text.bytes, body.text.size);
    chunk->size = body.text.size;
    return BW_OK;
}

void bw_batch_restore(struct bw_text bytes, struct bw_chunk *chunk)
{
    struct body body;

    if (!take_body(bytes, chunk, &body))
        return;
    struct bw_byte_reader places = {.rest = body.places};
    size_t place = 0;
    uint32_t line = 0;

    /* The n-th line of the batch is line places[n] of the chunk; rules that have changed since may
     * see fewer outcomes than lines. */
    for (size_t i = 0; i < chunk->observation_count; i++) {
        struct bw_observation *observation = &chunk->observations[i];
        for (; place <= observation->line && place < body.count; place++)
            line = bw_take_u32(&places);
        observation->line = line;
    }
}
