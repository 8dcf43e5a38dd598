#include "base/hash.h"

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

/* The high bit of each byte that is 'A' .. 'Z'; eight bytes at once. */
static uint64_t capitals_of(uint64_t word)
{
    const uint64_t low_bits = word & LANES(0x7F);
    const uint64_t from_a = low_bits + LANES(0x80 - 'A');
    const uint64_t behind_z = low_bits + LANES(0x80 - 'Z' - 1);

    return from_a & ~behind_z & ~word & LANES(0x80);
}

static uint64_t load(const char *bytes, size_t size)
{
    uint64_t word = 0;

    (void)memcpy(&word, bytes, size);
    return word;
}

uint64_t bw_hash_nocase(struct bw_text text)
{
    char folded[FOLDED_BYTES_MAX];
    const size_t size = text.size < sizeof(folded) ? text.size : sizeof(folded);
    uint64_t capitals = 0;
    size_t at = 0;

    for (; at + 8 <= size; at += 8)
        capitals |= capitals_of(load(text.bytes + at, 8));
    /* The last eight once more, or the few that there are. */
    if (size >= 8)
        capitals |= capitals_of(load(text.bytes + size - 8, 8));
    else if (size > 0)
        capitals |= capitals_of(load(text.bytes, size));
    if (capitals == 0)
        return bw_hash((struct bw_text){text.bytes, size});
    for (size_t i = 0; i < size; i++)
        folded[i] = bw_lower(text.bytes[i]);
    return bw_hash((struct bw_text){folded, size});
}

uint64_t bw_hash_pair(uint64_t left, uint64_t right)
{
    const uint64_t both[2] = {left, right};

    return bw_hash((struct bw_text){(const char *)both, sizeof(both)});
}
