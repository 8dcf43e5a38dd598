/*
 * Sixteen bytes looked at in one step: every question gives a mask with a bit for each of them, bit
 * 0 for the first. Where the machine has no such steps the answers are the same.
 */
#ifndef BW_BASE_BLOCK_H
#define BW_BASE_BLOCK_H

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define BW_BLOCK_BYTES 16

struct bw_block {
#if defined(__SSE2__)
    __m128i lanes;
#else
    unsigned char lanes[BW_BLOCK_BYTES];
#endif
};

/* `bytes` need not be aligned; all sixteen are read. */
static inline struct bw_block bw_block_load(const char *bytes)
{
    struct bw_block block;

    (void)memcpy(&block.lanes, bytes, BW_BLOCK_BYTES);
    return block;
}

/* Where both hold the same byte. */
static inline unsigned bw_block_same(struct bw_block block, struct bw_block other)
{
#if defined(__SSE2__)
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block.lanes, other.lanes));
#else
    unsigned mask = 0;

    for (unsigned i = 0; i < BW_BLOCK_BYTES; i++)
        mask |= (unsigned)(block.lanes[i] == other.lanes[i]) << i;
    return mask;
#endif
}

/* Where `byte` is. */
static inline unsigned bw_block_find(struct bw_block block, char byte)
{
    struct bw_block all;

#if defined(__SSE2__)
    all.lanes = _mm_set1_epi8(byte);
#else
    (void)memset(all.lanes, byte, BW_BLOCK_BYTES);
#endif
    return bw_block_same(block, all);
}

/* Where a byte from `first` to `last` is, both below 0x80. */
static inline unsigned bw_block_between(struct bw_block block, char first, char last)
{
#if defined(__SSE2__)
    const __m128i from = _mm_cmpgt_epi8(block.lanes, _mm_set1_epi8((char)(first - 1)));
    const __m128i behind = _mm_cmpgt_epi8(block.lanes, _mm_set1_epi8(last));
    return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(behind, from));
#else
    unsigned mask = 0;

    for (unsigned i = 0; i < BW_BLOCK_BYTES; i++)
        mask |= (unsigned)(block.lanes[i] >= (unsigned char)first &&
                           block.lanes[i] <= (unsigned char)last)
                << i;
    return mask;
#endif
}

/* The lowest bit of a mask that is not 0, as a number. */
static inline size_t bw_block_first(unsigned mask)
{
    return (size_t)__builtin_ctz(mask);
}

#endif
