/*
 * Compressed bytes -> plain bytes, chosen by the first bytes of the input, never by its name.
 */
#ifndef BW_INFLATE_DECODER_H
#define BW_INFLATE_DECODER_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bw_compression { BW_COMPRESSION_NONE = 0, BW_COMPRESSION_GZIP };

/* By magic bytes (RFC 1952 2.3.1); `head` may be shorter than a header. */
enum bw_compression bw_compression_of(struct bw_text head);
const char *bw_compression_name(enum bw_compression compression); /* "none", "gzip" */

struct bw_decoder; /* gzip with any number of members; fixed memory */

BW_MUST_CHECK enum bw_status bw_decoder_create(struct bw_decoder **created,
                                               enum bw_compression compression);
void bw_decoder_destroy(struct bw_decoder **owned);

enum bw_decoded {
    BW_DECODED_MORE = 0, /* went on as far as input or room reached */
    BW_DECODED_FAULT,    /* what follows cannot be read; what was put out before is good */
};

/*
 * Decode from `*input` (advanced past what was used) into `output` of `capacity` bytes; `*size`
 * gets how many were written. At a fault, bw_decoder_fault() says what, as a sentence part.
 */
enum bw_decoded bw_decoder_feed(struct bw_decoder *decoder, struct bw_text *input, char *output,
                                size_t capacity, size_t *size);
/*
 * The input has ended: NULL when it ended where it may, else why the content is not complete
 * ("the gzip stream is cut off", "trailing garbage behind the gzip stream", ...). Trailing zero
 * bytes are padding.
 */
const char *bw_decoder_fault(const struct bw_decoder *decoder, bool at_end);

#endif
