#include "engine/stream_table.h"

#include "base/byte_reader.h"
#include "base/mark_kind.h"
#include "frame/gelf_message.h"
#include "inflate/message_inflater.h"
#include "inflate/stream_inflater.h"

#include <bouncewatch/chunk.h>

#include <stdlib.h>

/* Text that is at work: a frame that was not whole, and what is inflated behind it. */
#define TEXT_BYTES (BW_FRAME_BYTES_MAX * 3)

/* What a feed changes, so that it can be taken back. */
struct progress {
    struct bw_stream_framer framer;
    char *pending; /* owned; text of a frame that is not whole */
    size_t pending_size;
    uint64_t taken;
    uint64_t refused; /* frames that are no GELF */
};

struct bw_stream {
    struct bw_stream_table *table;
    uint64_t id;
    struct progress now, next;           /* next: when the last feed is kept */
    struct bw_stream_inflater *inflater; /* owned; NULL: the bytes are plain, or not decided */
    int64_t gelf_ms;                     /* not 0: its messages are GELF, and come then */
    bool is_plain;                       /* decided */
    bool is_damaged;
    bool is_open; /* in this life of the daemon */
};

struct bw_stream_table {
    struct bw_stream **streams; /* owned */
    size_t count, capacity;
    char *text;  /* owned; TEXT_BYTES, used within one call */
    char *lines; /* owned; BW_STREAM_LINES for lines that are not wanted; NULL until needed */
};

enum bw_status bw_stream_table_create(struct bw_stream_table **created)
{
    struct bw_stream_table *table = calloc(1, sizeof(*table));

    if (table != NULL)
        table->text = malloc(TEXT_BYTES);
    if (table == NULL || table->text == NULL) {
        free(table);
        return BW_ERR_NO_MEMORY;
    }
    *created = table;
    return BW_OK;
}

/* The stream at `index` is not known any more. */
static void forget(struct bw_stream_table *table, size_t index)
{
    struct bw_stream *stream = table->streams[index];

    table->streams[index] = table->streams[--table->count];
    bw_stream_inflater_destroy(&stream->inflater);
    free(stream->now.pending);
    free(stream->next.pending);
    free(stream);
}

void bw_stream_table_destroy(struct bw_stream_table **owned)
{
    struct bw_stream_table *table = *owned;

    *owned = NULL;
    if (table == NULL)
        return;
    while (table->count > 0)
        forget(table, table->count - 1);
    free(table->streams);
    free(table->text);
    free(table->lines);
    free(table);
}

static size_t index_of(const struct bw_stream_table *table, uint64_t id)
{
    size_t index = 0;

    while (index < table->count && table->streams[index]->id != id)
        index++;
    return index;
}

/* NULL: memory is out. */
static struct bw_stream *find_or_add(struct bw_stream_table *table, uint64_t id)
{
    const size_t index = index_of(table, id);

    if (index < table->count)
        return table->streams[index];
    if (table->count == table->capacity) {
        const size_t capacity = table->capacity == 0 ? 16 : table->capacity * 2;
        struct bw_stream **streams = realloc(table->streams, capacity * sizeof(struct bw_stream *));
        if (streams == NULL)
            return NULL;
        table->streams = streams;
        table->capacity = capacity;
    }
    struct bw_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL)
        return NULL;
    stream->table = table;
    stream->id = id;
    table->streams[table->count++] = stream;
    return stream;
}

struct bw_stream *bw_stream_table_open(struct bw_stream_table *table, uint64_t id)
{
    struct bw_stream *stream = find_or_add(table, id);

    if (stream != NULL)
        stream->is_open = true;
    return stream;
}

void bw_stream_table_close(struct bw_stream_table *table, uint64_t id,
                           struct bw_stream_counts *counts)
{
    const size_t index = index_of(table, id);

    if (index == table->count)
        return;
    const struct bw_stream *stream = table->streams[index];
    const struct bw_stream_framer *framer = &stream->now.framer;
    counts->messages += framer->messages;
    counts->empty += framer->empty;
    counts->cut += framer->cut;
    counts->bad_counts += framer->bad_counts;
    counts->truncated += framer->truncated;
    counts->refused += stream->now.refused;
    if (stream->inflater != NULL) {
        counts->compressed++;
        counts->damaged += stream->is_damaged ? 1 : 0;
        counts->unfinished +=
            !stream->is_damaged && !bw_stream_inflater_is_complete(stream->inflater) ? 1 : 0;
    }
    forget(table, index);
}

void bw_stream_table_close_unheld(struct bw_stream_table *table)
{
    for (size_t i = table->count; i > 0; i--)
        if (!table->streams[i - 1]->is_open)
            forget(table, i - 1);
}

void bw_stream_be_gelf(struct bw_stream *stream, int64_t now_ms)
{
    stream->gelf_ms = now_ms;
    stream->is_plain = true;
}

uint64_t bw_stream_taken(const struct bw_stream *stream)
{
    return stream->now.taken;
}

/* What the bytes of a connection are is seen from the first of them. */
static enum bw_status decide(struct bw_stream *stream, struct bw_text bytes, bool is_end)
{
    const enum bw_stream_kind kind = bw_stream_kind_of(bytes);

    if (kind == BW_STREAM_ZLIB)
        return bw_stream_inflater_create(&stream->inflater);
    stream->is_plain = kind == BW_STREAM_PLAIN || is_end;
    return BW_OK;
}

static void put_plain_mark(const struct bw_stream *stream, const struct progress *progress,
                           struct bw_byte_writer *writer)
{
    bw_put_u8(writer, BW_MARK_STREAM);
    bw_put_u64(writer, stream->id);
    bw_put_u64(writer, progress->taken);
    bw_put_u64(writer, progress->framer.skip_bytes);
    bw_put_u8(writer, progress->framer.is_skipping ? 1 : 0);
}

static void put_whole_mark(const struct bw_stream *stream, struct bw_byte_writer *writer)
{
    bw_put_u8(writer, BW_MARK_STREAM_WHOLE);
    bw_put_u64(writer, stream->id);
    bw_put_u64(writer, stream->now.taken);
    bw_put_u64(writer, stream->now.framer.skip_bytes);
    bw_put_u8(writer, stream->now.framer.is_skipping ? 1 : 0);
    bw_put_text(writer, (struct bw_text){stream->now.pending, stream->now.pending_size});
    bw_stream_inflater_save(stream->inflater, writer);
}

/* Messages up to a NUL; what is behind the last one waits, unless nothing follows. */
static void feed_gelf(struct bw_stream *stream, struct bw_text bytes, bool is_end,
                      struct bw_stream_lines *lines)
{
    struct progress *next = &stream->next;

    while (bytes.size > 0 && lines->capacity - lines->size >= BW_LINE_BYTES_MAX) {
        const char *nul = memchr(bytes.bytes, '\0', bytes.size);
        if (nul == NULL && !is_end)
            return;
        const size_t message = nul == NULL ? bytes.size : (size_t)(nul - bytes.bytes);
        const size_t line = bw_gelf_line(bw_text_head(bytes, message), stream->gelf_ms,
                                         lines->bytes + lines->size, lines->capacity - lines->size);
        lines->size += line;
        next->framer.messages += line > 0 ? 1 : 0;
        next->framer.empty += message == 0 ? 1 : 0;
        next->refused += line == 0 && message > 0 ? 1 : 0;
        const size_t taken = nul == NULL ? message : message + 1;
        next->taken += taken;
        bytes = bw_text_after(bytes, taken);
    }
}

static void feed_plain(struct bw_stream *stream, struct bw_text bytes, bool is_end,
                       struct bw_stream_lines *lines)
{
    struct progress *next = &stream->next;

    next->framer.open = bw_message_inflate;
    next->taken += bw_stream_framer_feed(&next->framer, bytes, is_end, lines->bytes,
                                         lines->capacity, &lines->size);
}

/* Frames of the text that is inflated; what is no whole frame waits as text. */
static enum bw_status feed_text(struct bw_stream *stream, struct bw_text text, bool is_end,
                                struct bw_stream_lines *lines)
{
    struct progress *next = &stream->next;

    /* Messages of a compressed stream are not compressed again: 'z' is a letter. */
    next->framer.open = NULL;
    const size_t used = bw_stream_framer_feed(&next->framer, text, is_end, lines->bytes,
                                              lines->capacity, &lines->size);
    next->pending_size = text.size - used;
    next->pending = next->pending_size > 0 ? malloc(next->pending_size) : NULL;
    if (next->pending_size > 0 && next->pending == NULL)
        return BW_ERR_NO_MEMORY;
    if (next->pending_size > 0)
        (void)memcpy(next->pending, text.bytes + used, next->pending_size);
    return BW_OK;
}

static enum bw_status feed_zlib(struct bw_stream *stream, struct bw_text bytes, bool is_end,
                                struct bw_stream_lines *lines)
{
    char *text = stream->table->text;
    size_t text_size = stream->now.pending_size;
    size_t used = 0;

    if (text_size > 0)
        (void)memcpy(text, stream->now.pending, text_size);
    enum bw_status status =
        bw_stream_inflater_feed(stream->inflater, bytes, &used, text, TEXT_BYTES, &text_size);
    stream->is_damaged = (status == BW_ERR_FORMAT || status == BW_ERR_LIMIT) && used == 0;
    if (stream->is_damaged)
        return BW_ERR_FORMAT;
    /* Damage behind good bytes: these first, and the next call finds it again. The part of a line
     * before it is not told. */
    const bool is_last = is_end && used == bytes.size && status == BW_OK;
    if (status == BW_OK || status == BW_ERR_FORMAT)
        status = feed_text(stream, (struct bw_text){text, text_size}, is_last, lines);
    stream->next.taken += used;
    return status;
}

enum bw_status bw_stream_feed(struct bw_stream *stream, struct bw_text bytes, bool is_end,
                              size_t *taken, struct bw_stream_lines *lines,
                              struct bw_byte_writer *mark)
{
    enum bw_status status = stream->is_damaged ? BW_ERR_FORMAT : BW_OK;

    *taken = 0;
    lines->size = 0;
    if (status == BW_OK && !stream->is_plain && stream->inflater == NULL)
        status = decide(stream, bytes, is_end);
    if (status != BW_OK || (!stream->is_plain && stream->inflater == NULL))
        return status;
    stream->next = (struct progress){
        .framer = stream->now.framer, .taken = stream->now.taken, .refused = stream->now.refused};
    if (stream->gelf_ms != 0)
        feed_gelf(stream, bytes, is_end, lines);
    else if (stream->is_plain)
        feed_plain(stream, bytes, is_end, lines);
    else
        status = feed_zlib(stream, bytes, is_end, lines);
    if (status != BW_OK)
        return status;
    *taken = (size_t)(stream->next.taken - stream->now.taken);
    if (mark == NULL)
        return BW_OK;
    if (stream->is_plain) {
        put_plain_mark(stream, &stream->next, mark);
        return BW_OK;
    }
    bw_put_u8(mark, BW_MARK_STREAM_MORE);
    bw_put_u64(mark, stream->id);
    bw_put_u64(mark, stream->next.taken);
    bw_put_text(mark, bw_text_head(bytes, *taken));
    return BW_OK;
}

void bw_stream_keep(struct bw_stream *stream)
{
    free(stream->now.pending);
    stream->now = stream->next;
    stream->next.pending = NULL;
    if (stream->inflater != NULL)
        bw_stream_inflater_keep(stream->inflater);
}

enum bw_status bw_stream_take_back(struct bw_stream *stream)
{
    free(stream->next.pending);
    stream->next.pending = NULL;
    return stream->inflater == NULL ? BW_OK : bw_stream_inflater_take_back(stream->inflater);
}

/* The compressed bytes behind what is known, once more; their lines are counted already. */
static enum bw_status restore_more(struct bw_stream *stream, uint64_t taken, struct bw_text bytes)
{
    struct bw_stream_table *table = stream->table;
    enum bw_status status = BW_OK;
    size_t used = 0;

    if (table->lines == NULL)
        table->lines = malloc(BW_STREAM_LINES);
    if (table->lines == NULL)
        return BW_ERR_NO_MEMORY;
    struct bw_stream_lines lines = {table->lines, BW_STREAM_LINES, 0};
    do {
        status = bw_stream_feed(stream, bytes, false, &used, &lines, NULL);
        if (status == BW_OK && used > 0)
            bw_stream_keep(stream);
        bytes = bw_text_after(bytes, used);
    } while (status == BW_OK && used > 0 && bytes.size > 0);
    /* A mark is missing: nothing behind it can be read. */
    if (stream->now.taken != taken)
        stream->is_damaged = true;
    return status == BW_ERR_NO_MEMORY ? status : BW_OK;
}

static enum bw_status restore_whole(struct bw_stream *stream, struct bw_byte_reader *reader)
{
    struct progress *now = &stream->now;

    bw_stream_inflater_destroy(&stream->inflater);
    free(now->pending);
    now->pending = NULL;
    const struct bw_text pending = bw_take_text(reader);
    now->pending_size = pending.size;
    if (pending.size > 0 && (now->pending = malloc(pending.size)) == NULL)
        return BW_ERR_NO_MEMORY;
    if (pending.size > 0)
        (void)memcpy(now->pending, pending.bytes, pending.size);
    const enum bw_status status = pending.size > TEXT_BYTES - BW_STREAM_INFLATER_ROOM
                                      ? BW_ERR_FORMAT
                                      : bw_stream_inflater_load(&stream->inflater, reader);
    stream->is_damaged = status == BW_ERR_FORMAT;
    return status == BW_ERR_FORMAT ? BW_OK : status;
}

bool bw_stream_table_restore(struct bw_stream_table *table, struct bw_text mark,
                             enum bw_status *status)
{
    struct bw_byte_reader reader = {.rest = mark};

    if (mark.size == 0) {
        while (table->count > 0)
            forget(table, table->count - 1);
        return true;
    }
    const uint8_t kind = bw_take_u8(&reader);
    if (kind != BW_MARK_STREAM && kind != BW_MARK_STREAM_WHOLE && kind != BW_MARK_STREAM_MORE)
        return false;
    const uint64_t id = bw_take_u64(&reader);
    const uint64_t taken = bw_take_u64(&reader);
    struct bw_stream *stream = reader.is_broken ? NULL : find_or_add(table, id);
    if (stream == NULL) {
        *status = reader.is_broken ? *status : BW_ERR_NO_MEMORY;
        return true;
    }
    enum bw_status made = BW_OK;
    if (kind == BW_MARK_STREAM_MORE) {
        made = restore_more(stream, taken, bw_take_text(&reader));
    } else {
        stream->now.taken = taken;
        stream->now.framer.skip_bytes = bw_take_u64(&reader);
        stream->now.framer.is_skipping = bw_take_u8(&reader) != 0;
        stream->is_plain = kind == BW_MARK_STREAM;
        if (kind == BW_MARK_STREAM_WHOLE)
            made = restore_whole(stream, &reader);
    }
    if (made != BW_OK)
        *status = made;
    return true;
}

void bw_stream_table_save(const struct bw_stream_table *table, struct bw_byte_writer *writer)
{
    struct bw_byte_writer mark = {0};

    for (size_t i = 0; i < table->count; i++) {
        const struct bw_stream *stream = table->streams[i];
        bw_byte_writer_clear(&mark);
        if (stream->inflater != NULL)
            put_whole_mark(stream, &mark);
        else
            put_plain_mark(stream, &stream->now, &mark);
        if (stream->inflater != NULL || stream->is_plain)
            bw_put_text(writer, bw_byte_writer_text(&mark));
    }
    bw_byte_writer_deinit(&mark);
}
