#include "inflate/stream_inflater.h"

#include <zlib.h>

#include <stdlib.h>

#define WINDOW_BYTES ((size_t)32 * 1024)
/* Compressed bytes since the last block that text can be made from again. A block of zlib's holds
 * 32 Ki symbols at most (deflate.h, lit_bufsize), which is some 64 KiB. */
#define SINCE_MAX ((size_t)1024 * 1024)
/* A new beginning is noted when it spares so much. */
#define SINCE_ENOUGH ((size_t)16 * 1024)
/* No byte of deflate gives more: four symbols of two bits, 258 bytes each (RFC 1951 3.2.5); a few
 * bytes wait in the inflater. */
#define EXPANSION_MAX ((size_t)1032)
#define WAITING_MAX   ((size_t)8)

#define HEADER_BYTES  2
#define TRAILER_BYTES 4

/* Where a new inflater can begin: at the start of the stream, or between two blocks. */
struct beginning {
    char *window;       /* owned; the text before it, NULL: this is the start of the stream */
    size_t window_size; /* at most WINDOW_BYTES */
    uint32_t checksum;  /* Adler-32 of all text before it */
    uint8_t bits;       /* of the last byte before it that belong behind it */
    uint8_t last_byte;
};

/* What the bytes so far have made of the inflater. */
struct position {
    uint32_t checksum;
    uint8_t header_size, trailer_size;
    uint8_t header[HEADER_BYTES], trailer[TRAILER_BYTES];
    bool has_ended; /* the deflate part */
    bool is_broken;
};

struct bw_stream_inflater {
    z_stream stream; /* raw deflate: header and trailer are read here */
    bool has_stream;
    struct position at;
    struct beginning kept;
    char *since; /* owned; compressed bytes behind `kept` */
    size_t since_size, since_capacity;
    size_t kept_size; /* of these, those that were kept */
    struct beginning next;
    size_t next_offset; /* of `next` in `since`; SIZE_MAX: there is none */
};

enum bw_stream_kind bw_stream_kind_of(struct bw_text beginning)
{
    const unsigned char *bytes = (const unsigned char *)beginning.bytes;

    if (beginning.size > 0 && ((bytes[0] & 0x0f) != 8 || bytes[0] >> 4 > 7))
        return BW_STREAM_PLAIN;
    if (beginning.size < HEADER_BYTES)
        return BW_STREAM_UNDECIDED;
    return ((unsigned int)bytes[0] * 256 + bytes[1]) % 31 == 0 && (bytes[1] & 0x20) == 0
               ? BW_STREAM_ZLIB
               : BW_STREAM_PLAIN;
}

/* The inflater stands at `kept`. */
static enum bw_status begin(struct bw_stream_inflater *inflater)
{
    const struct beginning *kept = &inflater->kept;
    z_stream *stream = &inflater->stream;

    if (inflater->has_stream)
        (void)inflateEnd(stream);
    *stream = (z_stream){.avail_in = 0};
    inflater->has_stream = inflateInit2(stream, -MAX_WBITS) == Z_OK;
    if (!inflater->has_stream)
        return BW_ERR_NO_MEMORY;
    inflater->at = (struct position){.checksum = 1}; /* RFC 1950 9: Adler-32 begins with 1 */
    if (kept->window == NULL)
        return BW_OK;
    inflater->at.header_size = HEADER_BYTES;
    inflater->at.checksum = kept->checksum;
    if (kept->bits > 0)
        (void)inflatePrime(stream, kept->bits, kept->last_byte >> (8 - kept->bits));
    return inflateSetDictionary(stream, (const Bytef *)kept->window, (uInt)kept->window_size) ==
                   Z_OK
               ? BW_OK
               : BW_ERR_NO_MEMORY;
}

enum bw_status bw_stream_inflater_create(struct bw_stream_inflater **created)
{
    struct bw_stream_inflater *inflater = calloc(1, sizeof(*inflater));

    if (inflater == NULL)
        return BW_ERR_NO_MEMORY;
    inflater->next_offset = SIZE_MAX;
    if (begin(inflater) != BW_OK) {
        bw_stream_inflater_destroy(&inflater);
        return BW_ERR_NO_MEMORY;
    }
    *created = inflater;
    return BW_OK;
}

void bw_stream_inflater_destroy(struct bw_stream_inflater **owned)
{
    struct bw_stream_inflater *inflater = *owned;

    *owned = NULL;
    if (inflater == NULL)
        return;
    if (inflater->has_stream)
        (void)inflateEnd(&inflater->stream);
    free(inflater->kept.window);
    free(inflater->next.window);
    free(inflater->since);
    free(inflater);
}

static enum bw_status remember(struct bw_stream_inflater *inflater, struct bw_text bytes)
{
    if (bytes.size == 0)
        return BW_OK;
    if (inflater->since_size + bytes.size > inflater->since_capacity) {
        size_t capacity = inflater->since_capacity == 0 ? 4096 : inflater->since_capacity;
        while (capacity < inflater->since_size + bytes.size)
            capacity *= 2;
        char *since = realloc(inflater->since, capacity);
        if (since == NULL)
            return BW_ERR_NO_MEMORY;
        inflater->since = since;
        inflater->since_capacity = capacity;
    }
    (void)memcpy(inflater->since + inflater->since_size, bytes.bytes, bytes.size);
    inflater->since_size += bytes.size;
    return BW_OK;
}

/* Between two blocks: the inflater stands `offset` bytes into `since`. */
static enum bw_status note_beginning(struct bw_stream_inflater *inflater, size_t offset)
{
    struct beginning *next = &inflater->next;
    uInt size = 0;

    const size_t before = inflater->next_offset == SIZE_MAX ? 0 : inflater->next_offset;
    if (offset < before + SINCE_ENOUGH)
        return BW_OK;
    if (next->window == NULL)
        next->window = malloc(WINDOW_BYTES);
    if (next->window == NULL)
        return BW_ERR_NO_MEMORY;
    (void)inflateGetDictionary(&inflater->stream, (Bytef *)next->window, &size);
    if (size == 0)
        return BW_OK; /* blocks without text: the start of the stream does as well */
    next->window_size = size;
    next->checksum = inflater->at.checksum;
    next->bits = (uint8_t)(inflater->stream.data_type & 7);
    next->last_byte = (uint8_t)inflater->since[offset - 1];
    inflater->next_offset = offset;
    return BW_OK;
}

/* The blocks: all that the bytes give comes out at once, for there is room. `start`: where they
 * stand in `since`. Returns how many were used. */
static size_t inflate_blocks(struct bw_stream_inflater *inflater, struct bw_text bytes,
                             size_t start, char *text, size_t capacity, size_t *size)
{
    z_stream *stream = &inflater->stream;
    int result = Z_OK;

    stream->next_in = (Bytef *)(uintptr_t)bytes.bytes;
    stream->avail_in = (uInt)bytes.size;
    while (result == Z_OK) {
        stream->next_out = (Bytef *)text + *size;
        stream->avail_out = (uInt)(capacity - *size);
        const uInt avail_out = stream->avail_out;
        result = inflate(stream, Z_BLOCK);
        const uInt made = avail_out - stream->avail_out;
        inflater->at.checksum =
            (uint32_t)adler32(inflater->at.checksum, (const Bytef *)text + *size, made);
        *size += made;
        const bool is_between = (stream->data_type & 128) != 0 && (stream->data_type & 64) == 0;
        if (result == Z_OK && is_between &&
            note_beginning(inflater, start + bytes.size - stream->avail_in) != BW_OK)
            result = Z_MEM_ERROR;
    }
    inflater->at.has_ended = result == Z_STREAM_END;
    inflater->at.is_broken = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
    return bytes.size - stream->avail_in;
}

/* One piece whose text has room, whatever it is. */
static enum bw_status feed_piece(struct bw_stream_inflater *inflater, struct bw_text piece,
                                 char *text, size_t capacity, size_t *size)
{
    struct position *at = &inflater->at;
    const size_t start = inflater->since_size;
    size_t used = 0;

    if (start + piece.size > SINCE_MAX + SINCE_ENOUGH)
        return BW_ERR_LIMIT;
    const enum bw_status status = remember(inflater, piece);
    if (status != BW_OK)
        return status;
    while (used < piece.size && at->header_size < HEADER_BYTES)
        at->header[at->header_size++] = (uint8_t)piece.bytes[used++];
    if (at->header_size == HEADER_BYTES &&
        bw_stream_kind_of((struct bw_text){(const char *)at->header, HEADER_BYTES}) !=
            BW_STREAM_ZLIB &&
        inflater->kept.window == NULL)
        at->is_broken = true;
    if (used < piece.size && !at->has_ended && !at->is_broken)
        used += inflate_blocks(inflater, bw_text_after(piece, used), start + used, text, capacity,
                               size);
    while (used < piece.size && at->has_ended && at->trailer_size < TRAILER_BYTES)
        at->trailer[at->trailer_size++] = (uint8_t)piece.bytes[used++];
    if (at->has_ended && (used < piece.size || (at->trailer_size == TRAILER_BYTES &&
                                                !bw_stream_inflater_is_complete(inflater))))
        at->is_broken = true;
    return at->is_broken ? BW_ERR_FORMAT : BW_OK;
}

enum bw_status bw_stream_inflater_feed(struct bw_stream_inflater *inflater, struct bw_text bytes,
                                       size_t *taken, char *text, size_t capacity, size_t *size)
{
    enum bw_status status = inflater->at.is_broken ? BW_ERR_FORMAT : BW_OK;

    *taken = 0;
    while (*taken < bytes.size && status == BW_OK) {
        const size_t most = (capacity - *size) / EXPANSION_MAX;
        if (most <= WAITING_MAX)
            break;
        const struct bw_text rest = bw_text_after(bytes, *taken);
        const size_t fits = most - WAITING_MAX;
        const struct bw_text piece = bw_text_head(rest, rest.size < fits ? rest.size : fits);
        status = feed_piece(inflater, piece, text, capacity, size);
        if (status == BW_OK || status == BW_ERR_FORMAT)
            *taken += piece.size;
    }
    return status;
}

bool bw_stream_inflater_is_complete(const struct bw_stream_inflater *inflater)
{
    const struct position *at = &inflater->at;
    uint32_t told = 0;

    for (size_t i = 0; i < TRAILER_BYTES; i++)
        told = told << 8 | at->trailer[i];
    return at->has_ended && at->trailer_size == TRAILER_BYTES && told == at->checksum;
}

void bw_stream_inflater_keep(struct bw_stream_inflater *inflater)
{
    if (inflater->next_offset != SIZE_MAX) {
        inflater->since_size -= inflater->next_offset;
        (void)memmove(inflater->since, inflater->since + inflater->next_offset,
                      inflater->since_size);
        const struct beginning old = inflater->kept;
        inflater->kept = inflater->next;
        inflater->next = (struct beginning){.window = old.window};
        inflater->next_offset = SIZE_MAX;
    }
    inflater->kept_size = inflater->since_size;
}

/* As if the inflater had just come to the end of the first `size` bytes of `since`. */
static enum bw_status replay(struct bw_stream_inflater *inflater, size_t size)
{
    char *since = inflater->since;
    char *text = malloc(BW_STREAM_INFLATER_ROOM);
    enum bw_status status = text == NULL ? BW_ERR_NO_MEMORY : begin(inflater);
    size_t taken = 0;

    inflater->since = NULL;
    inflater->since_size = inflater->since_capacity = 0;
    inflater->next_offset = SIZE_MAX;
    for (size_t at = 0; at < size && status == BW_OK; at += taken) {
        size_t made = 0;
        status = bw_stream_inflater_feed(inflater, (struct bw_text){since + at, size - at}, &taken,
                                         text, BW_STREAM_INFLATER_ROOM, &made);
    }
    free(since);
    free(text);
    /* What was damaged is so again. */
    if (status == BW_OK || status == BW_ERR_FORMAT)
        bw_stream_inflater_keep(inflater);
    return status == BW_ERR_FORMAT ? BW_OK : status;
}

enum bw_status bw_stream_inflater_take_back(struct bw_stream_inflater *inflater)
{
    return replay(inflater, inflater->kept_size);
}

void bw_stream_inflater_save(const struct bw_stream_inflater *inflater,
                             struct bw_byte_writer *writer)
{
    const struct beginning *kept = &inflater->kept;

    bw_put_u8(writer, kept->window != NULL ? 1 : 0);
    bw_put_u32(writer, kept->checksum);
    bw_put_u8(writer, kept->bits);
    bw_put_u8(writer, kept->last_byte);
    bw_put_text(writer, (struct bw_text){kept->window, kept->window_size});
    bw_put_text(writer, (struct bw_text){inflater->since, inflater->kept_size});
}

enum bw_status bw_stream_inflater_load(struct bw_stream_inflater **created,
                                       struct bw_byte_reader *reader)
{
    struct beginning kept = {.window = NULL};
    struct bw_stream_inflater *inflater = NULL;

    const bool has_window = bw_take_u8(reader) != 0;
    kept.checksum = bw_take_u32(reader);
    kept.bits = bw_take_u8(reader) & 7;
    kept.last_byte = bw_take_u8(reader);
    const struct bw_text window = bw_take_text(reader);
    const struct bw_text since = bw_take_text(reader);
    if (reader->is_broken || window.size > WINDOW_BYTES || has_window != (window.size > 0) ||
        since.size > SINCE_MAX + SINCE_ENOUGH)
        return BW_ERR_FORMAT;
    enum bw_status status = bw_stream_inflater_create(&inflater);
    if (status == BW_OK && has_window) {
        kept.window = malloc(WINDOW_BYTES);
        kept.window_size = window.size;
        if (kept.window == NULL)
            status = BW_ERR_NO_MEMORY;
        else
            (void)memcpy(kept.window, window.bytes, window.size);
        inflater->kept = kept;
    }
    if (status == BW_OK)
        status = remember(inflater, since);
    if (status == BW_OK)
        status = replay(inflater, since.size);
    if (status != BW_OK) {
        bw_stream_inflater_destroy(&inflater);
        return status;
    }
    *created = inflater;
    return BW_OK;
}
