/*
 * Addresses out of sight, and texts by their shape.
 */
#ifndef BW_BASE_MASK_H
#define BW_BASE_MASK_H

#include <bouncewatch/text.h>

#include <stdint.h>

/*
 * Copy `text` with the local part of every e-mail address as its first character and "***":
 * "jane.doe@example.com" -> "j***@example.com"; also where the '@' is written "%40", as in URLs.
 * Returns the bytes written, at most `capacity`; what does not fit is cut. The quotes of a quoted
 * local part are dropped.
 *
 * LIMITS: the whole run of bytes that may stand in a local part is taken for one, so
 * "to=jane@example.com" becomes "t***@example.com": VERP and SRS addresses hold '=' too.
 * A quoted local part of 160 bytes and more (RFC 5321 4.5.3.1.1 allows 64) is left as it is.
 */
size_t bw_mask_addresses(struct bw_text text, char *out, size_t capacity);

/*
 * Hash of the text without what varies from failure to failure: addresses, runs of digits, IP
 * addresses, tokens of six bytes or more that mix letters and digits (queue ids, host numbers,
 * hashes). A leading reply code and enhanced code ("550 5.1.1", "550-5.1.1", "5.1.1") count as they
 * are. Never 0. One pass, no allocation.
 */
uint64_t bw_shape_hash(struct bw_text text);

#endif
