/*
 * UTF-8, one code point at a time, out of bytes that may be anything.
 */
#ifndef BW_BASE_UTF8_H
#define BW_BASE_UTF8_H

#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

#define BW_UTF8_REPLACEMENT 0xFFFDU

/*
 * Size in bytes (1..4) of what stands at the front of `text`, which is not empty, and its code
 * point. Of invalid bytes: the size of the maximal part that one U+FFFD stands for (Unicode 15,
 * section 3.9, table 3-7), and BW_UTF8_REPLACEMENT with *is_valid false.
 */
size_t bw_utf8_next(struct bw_text text, uint32_t *code_point, bool *is_valid);

#endif
