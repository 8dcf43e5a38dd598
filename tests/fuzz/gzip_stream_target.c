/*
 * A gzip stream in pieces. The input's first two bytes say how large the pieces and the rooms for
 * the output are; its third byte says whether the rest is the stream itself, or plain bytes to be
 * compressed into several members first, which must then come back whole.
 */
#include "fuzz_target.h"
#include "inflate/decoder.h"

#include <zlib.h>

#define OUTPUT_BYTES_MAX ((size_t)64 * 1024) /* where a bomb is left alone */
#define GZIP_WINDOW_BITS (15 + 16)

struct result {
    char *bytes;
    size_t size;
    const char *fault;
};

/* Decode `stream` in pieces of `piece` bytes into rooms of `room` bytes. */
static struct result decode(struct bw_text stream, size_t piece, size_t room)
{
    struct result result = {.bytes = exact_room(OUTPUT_BYTES_MAX)};
    struct bw_decoder *decoder = NULL;
    char *output = exact_room(room);
    enum bw_decoded decoded = BW_DECODED_MORE;
    struct bw_text rest = {stream.bytes, 0};
    bool has_ended = false;

    BW_ASSERT(bw_decoder_create(&decoder, BW_COMPRESSION_GZIP) == BW_OK);
    while (!has_ended && decoded == BW_DECODED_MORE) {
        size_t size = 0;

        if (rest.size == 0) {
            const size_t left = stream.size - (size_t)(rest.bytes - stream.bytes);
            rest.size = left < piece ? left : piece;
        }
        const struct bw_text before = rest;
        decoded = bw_decoder_feed(decoder, &rest, output, room, &size);
        BW_ASSERT(size <= room && is_inside(rest, before));
        BW_ASSERT(rest.bytes + rest.size == before.bytes + before.size);
        /* No endless loop: with input and room something happens. */
        BW_ASSERT(before.size == 0 || rest.size < before.size || size > 0 ||
                  decoded == BW_DECODED_FAULT);
        BW_ASSERT((decoded == BW_DECODED_FAULT) == (bw_decoder_fault(decoder, false) != NULL));
        if (size > OUTPUT_BYTES_MAX - result.size)
            size = OUTPUT_BYTES_MAX - result.size;
        if (size > 0)
            memcpy(result.bytes + result.size, output, size);
        result.size += size;
        has_ended = (before.size == 0 && size == 0) || result.size == OUTPUT_BYTES_MAX;
    }
    if (decoded == BW_DECODED_FAULT) {
        size_t size = 1;
        BW_ASSERT(bw_decoder_feed(decoder, &rest, output, room, &size) == BW_DECODED_FAULT);
        BW_ASSERT(size == 0);
    }
    if (result.size < OUTPUT_BYTES_MAX)
        result.fault = bw_decoder_fault(decoder, true);
    bw_decoder_destroy(&decoder);
    BW_ASSERT(decoder == NULL);
    free(output);
    return result;
}

static void check_same(struct bw_text stream, size_t piece, size_t room)
{
    struct result whole = decode(stream, stream.size, OUTPUT_BYTES_MAX);
    struct result pieces = decode(stream, piece, room);

    BW_ASSERT(whole.size == pieces.size);
    BW_ASSERT(whole.size == 0 || memcmp(whole.bytes, pieces.bytes, whole.size) == 0);
    BW_ASSERT((whole.fault == NULL) == (pieces.fault == NULL));
    BW_ASSERT(whole.fault == NULL || strcmp(whole.fault, pieces.fault) == 0);
    free(whole.bytes);
    free(pieces.bytes);
}

/* One gzip member more behind `*size` bytes of `stream`. */
static void add_member(struct bw_text plain, char *stream, size_t capacity, size_t *size)
{
    z_stream deflater = {0};

    BW_ASSERT(deflateInit2(&deflater, 6, Z_DEFLATED, GZIP_WINDOW_BITS, 1, Z_DEFAULT_STRATEGY) ==
              Z_OK);
    deflater.next_in = (z_const Bytef *)(uintptr_t)plain.bytes;
    deflater.avail_in = (uInt)plain.size;
    deflater.next_out = (Bytef *)stream + *size;
    deflater.avail_out = (uInt)(capacity - *size);
    BW_ASSERT(deflate(&deflater, Z_FINISH) == Z_STREAM_END);
    *size = capacity - deflater.avail_out;
    (void)deflateEnd(&deflater);
}

static void check_round_trip(struct bw_text plain, size_t member_bytes, size_t piece, size_t room)
{
    const size_t members = plain.size / member_bytes + 1;
    const size_t capacity = plain.size + members * 64 + 1024;
    char *stream = exact_room(capacity);
    size_t size = 0;

    for (size_t at = 0; at <= plain.size; at += member_bytes) {
        const struct bw_text rest = bw_text_after(plain, at);
        add_member(bw_text_head(rest, rest.size < member_bytes ? rest.size : member_bytes), stream,
                   capacity, &size);
    }
    struct result result = decode((struct bw_text){stream, size}, piece, room);
    BW_ASSERT(result.fault == NULL && result.size == plain.size);
    BW_ASSERT(plain.size == 0 || memcmp(result.bytes, plain.bytes, plain.size) == 0);
    free(result.bytes);
    free(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const size_t piece = (size_t)1 + data[0];
    const size_t room = (size_t)1 + data[1] * (size_t)data[1];
    const struct bw_text rest = {(const char *)data + 3, size - 3};

    /* Rooms of a few bytes for 64 KiB would only take time. */
    if (data[2] % 2 == 0)
        check_same(rest, piece, room < 64 && rest.size > 512 ? 64 : room);
    else
        check_round_trip(rest, (size_t)16 + data[2], piece, room);
    BW_ASSERT(bw_compression_name(bw_compression_of(rest)) != NULL);
    return 0;
}
