/*
 * How a reader of files gets at decoders without knowing them: filled by engine/.
 */
#ifndef BW_BASE_DECODER_INTERFACE_H
#define BW_BASE_DECODER_INTERFACE_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>

/* A set of functions over decoders, which are opaque here. */
struct bw_decoder_interface {
    /* Name of the compression that the first bytes show; "none": plain; never NULL. */
    const char *(*name_of)(struct bw_text head);
    /* BW_ERR_NO_MEMORY, or BW_ERR_USAGE for a plain input. */
    enum bw_status (*create)(void **decoder, struct bw_text head);
    /* See bw_decoder_feed(): false at a fault. */
    bool (*feed)(void *decoder, struct bw_text *input, char *output, size_t capacity, size_t *size);
    /* See bw_decoder_fault(). */
    const char *(*fault)(const void *decoder, bool at_end);
    void (*destroy)(void *decoder);
};

#endif
