#include "engine/decoders.h"

#include "inflate/decoder.h"

static const char *name_of(struct bw_text head)
{
    return bw_compression_name(bw_compression_of(head));
}

static enum bw_status create(void **created, struct bw_text head)
{
    struct bw_decoder *decoder = NULL;
    const enum bw_compression compression = bw_compression_of(head);

    if (compression == BW_COMPRESSION_NONE)
        return BW_ERR_USAGE;
    const enum bw_status status = bw_decoder_create(&decoder, compression);
    if (status == BW_OK)
        *created = decoder;
    return status;
}

static bool feed(void *decoder, struct bw_text *input, char *output, size_t capacity, size_t *size)
{
    return bw_decoder_feed(decoder, input, output, capacity, size) == BW_DECODED_MORE;
}

static const char *fault(const void *decoder, bool at_end)
{
    return bw_decoder_fault(decoder, at_end);
}

static void destroy(void *decoder)
{
    struct bw_decoder *owned = decoder;

    bw_decoder_destroy(&owned);
}

const struct bw_decoder_interface bw_decoders = {
    .name_of = name_of,
    .create = create,
    .feed = feed,
    .fault = fault,
    .destroy = destroy,
};
