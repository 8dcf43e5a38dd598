/* The library's own header holds all of it: calls and the choice by length are gone where the
 * length is known. */
#define XXH_INLINE_ALL
#include "base/hash.h"

#include "base/block.h"

#include <xxhash.h>

#define FOLDED_BYTES_MAX 1024

static uint64_t never_zero(uint64_t hash)
{
    return hash == 0 ? 1 : hash;
}

uint64_t bw_hash(struct bw_text text)
{
    return never_zero(XXH3_64bits(text.bytes, text.size));
}

uint64_t bw_hash_seeded(struct bw_text text, uint64_t seed)
{
    return never_zero(XXH3_64bits_withSeed(text.bytes, text.size, seed));
}

#define LANES(byte) (UINT64_C(0x0101010101010101) * (byte))

/* True when one of the eight bytes is 'A' .. 'Z'. */
static bool has_capital(uint64_t word)
{
    const uint64_t low_bits = word & LANES(0x7F);
    const uint64_t from_a = low_bits + LANES(0x80 - 'A');
    const uint64_t behind_z = low_bits + LANES(0x80 - 'Z' - 1);

    return (from_a & ~behind_z & ~word & LANES(0x80)) != 0;
}

static uint64_t load(const char *bytes, size_t size)
{
    uint64_t word = 0;

    (void)memcpy(&word, bytes, size);
    return word;
}

static bool has_capitals(struct bw_text text)
{
    size_t at = 0;

    if (text.size < 8)
        return text.size > 0 && has_capital(load(text.bytes, text.size));
    for (; at + BW_BLOCK_BYTES <= text.size; at += BW_BLOCK_BYTES)
        if (bw_block_between(bw_block_load(text.bytes + at), 'A', 'Z') != 0)
            return true;
    for (; at + 8 <= text.size; at += 8)
        if (has_capital(load(text.bytes + at, 8)))
            return true;
    return has_capital(load(text.bytes + text.size - 8, 8));
}

/* Apart, so that the usual case pays nothing for the room. */
static __attribute__((noinline)) uint64_t hash_folded(struct bw_text text)
{
    char folded[FOLDED_BYTES_MAX];

    for (size_t i = 0; i < text.size; i++)
        folded[i] = bw_lower(text.bytes[i]);
    return bw_hash((struct bw_text){folded, text.size});
}

uint64_t bw_hash_nocase(struct bw_text text)
{
    if (text.size > FOLDED_BYTES_MAX)
        text.size = FOLDED_BYTES_MAX;
    return has_capitals(text) ? hash_folded(text) : bw_hash(text);
}

uint64_t bw_hash_pair(uint64_t left, uint64_t right)
{
    const uint64_t both[2] = {left, right};

    return bw_hash((struct bw_text){(const char *)both, sizeof(both)});
}
