/*
 * The first of two bytes in a short text: without a call, and in steps of sixteen where the machine
 * can.
 */
#ifndef BW_BASE_FIND_EITHER_H
#define BW_BASE_FIND_EITHER_H

#include <bouncewatch/text.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Index of the first `a` or `b`; text.size when there is none. */
static inline size_t bw_find_either(struct bw_text text, char a, char b)
{
    size_t at = 0;

#if defined(__SSE2__)
    for (; at + 16 <= text.size; at += 16) {
        const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(text.bytes + at));
        const int found = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(a)),
                                                         _mm_cmpeq_epi8(block, _mm_set1_epi8(b))));
        if (found != 0)
            return at + (size_t)__builtin_ctz((unsigned)found);
    }
#endif
    while (at < text.size && text.bytes[at] != a && text.bytes[at] != b)
        at++;
    return at;
}

#endif
