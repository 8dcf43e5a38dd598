#include "inflate/decoder.h"

#include "base/check.h"

#include <zlib.h>

#include <stdlib.h>

#define GZIP_WINDOW_BITS (15 + 16) /* 32 KiB window, gzip wrapper */

struct bw_decoder {
    z_stream stream;
    const char *fault; /* NULL: none so far */
    bool is_in_member; /* between the first byte of a member and its trailer */
    bool had_member;
    bool is_padding; /* zero bytes were seen behind a member */
};

enum bw_compression bw_compression_of(struct bw_text head)
{
    return bw_text_starts_with(head, BW_TEXT("\x1f\x8b\x08")) ? BW_COMPRESSION_GZIP
                                                              : BW_COMPRESSION_NONE;
}

const char *bw_compression_name(enum bw_compression compression)
{
    return compression == BW_COMPRESSION_GZIP ? "gzip" : "none";
}

enum bw_status bw_decoder_create(struct bw_decoder **created, enum bw_compression compression)
{
    BW_ASSERT(compression == BW_COMPRESSION_GZIP);
    struct bw_decoder *decoder = calloc(1, sizeof(*decoder));
    if (decoder == NULL)
        return BW_ERR_NO_MEMORY;
    if (inflateInit2(&decoder->stream, GZIP_WINDOW_BITS) != Z_OK) {
        free(decoder);
        return BW_ERR_NO_MEMORY;
    }
    *created = decoder;
    return BW_OK;
}

void bw_decoder_destroy(struct bw_decoder **owned)
{
    struct bw_decoder *decoder = *owned;

    *owned = NULL;
    if (decoder == NULL)
        return;
    (void)inflateEnd(&decoder->stream);
    free(decoder);
}

static enum bw_decoded fail(struct bw_decoder *decoder, const char *fault)
{
    decoder->fault = fault;
    return BW_DECODED_FAULT;
}

/* Behind a member: zero padding is passed over, a new member begins, anything else is garbage. */
static bool begin_member(struct bw_decoder *decoder, struct bw_text *input)
{
    if (decoder->had_member) {
        while (input->size > 0 && input->bytes[0] == '\0') {
            *input = bw_text_after(*input, 1);
            decoder->is_padding = true;
        }
        if (input->size == 0)
            return true;
        if ((uint8_t)input->bytes[0] != 0x1f || decoder->is_padding) {
            decoder->fault = "there is trailing garbage behind the gzip stream";
            return false;
        }
        (void)inflateReset(&decoder->stream);
    }
    decoder->is_in_member = true;
    return true;
}

enum bw_decoded bw_decoder_feed(struct bw_decoder *decoder, struct bw_text *input, char *output,
                                size_t capacity, size_t *size)
{
    z_stream *stream = &decoder->stream;

    *size = 0;
    if (decoder->fault != NULL)
        return BW_DECODED_FAULT;
    while (input->size > 0 && *size < capacity) {
        if (!decoder->is_in_member && !begin_member(decoder, input))
            return BW_DECODED_FAULT;
        if (input->size == 0)
            break;
        const size_t room = capacity - *size < UINT32_MAX ? capacity - *size : UINT32_MAX;
        const size_t given = input->size < UINT32_MAX ? input->size : UINT32_MAX;
        stream->next_in = (z_const Bytef *)(uintptr_t)input->bytes;
        stream->avail_in = (uInt)given;
        stream->next_out = (Bytef *)output + *size;
        stream->avail_out = (uInt)room;
        const int result = inflate(stream, Z_NO_FLUSH);
        *input = bw_text_after(*input, given - stream->avail_in);
        *size += room - stream->avail_out;
        if (result == Z_STREAM_END) {
            decoder->is_in_member = false;
            decoder->had_member = true;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return fail(decoder, "the gzip stream is damaged");
        }
    }
    /* What inflate still holds in its window when the input is used up. */
    while (decoder->is_in_member && input->size == 0 && *size < capacity) {
        stream->avail_in = 0;
        stream->next_out = (Bytef *)output + *size;
        stream->avail_out = (uInt)(capacity - *size);
        const uInt room = stream->avail_out;
        const int result = inflate(stream, Z_NO_FLUSH);
        *size += room - stream->avail_out;
        if (result == Z_STREAM_END) {
            decoder->is_in_member = false;
            decoder->had_member = true;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return fail(decoder, "the gzip stream is damaged");
        } else if (room == stream->avail_out) {
            break;
        }
    }
    return BW_DECODED_MORE;
}

const char *bw_decoder_fault(const struct bw_decoder *decoder, bool at_end)
{
    if (decoder->fault != NULL)
        return decoder->fault;
    if (at_end && (decoder->is_in_member || !decoder->had_member))
        return "the gzip stream is cut off";
    return NULL;
}
