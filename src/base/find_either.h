/* The first of two bytes in a short text, without a call. */
#ifndef BW_BASE_FIND_EITHER_H
#define BW_BASE_FIND_EITHER_H

#include "base/block.h"

#include <bouncewatch/text.h>

/* Index of the first `a` or `b`; text.size when there is none. */
static inline size_t bw_find_either(struct bw_text text, char a, char b)
{
    size_t at = 0;

    for (; at + BW_BLOCK_BYTES <= text.size; at += BW_BLOCK_BYTES) {
        const struct bw_block block = bw_block_load(text.bytes + at);
        const unsigned found = bw_block_find(block, a) | bw_block_find(block, b);
        if (found != 0)
            return at + bw_block_first(found);
    }
    while (at < text.size && text.bytes[at] != a && text.bytes[at] != b)
        at++;
    return at;
}

#endif
