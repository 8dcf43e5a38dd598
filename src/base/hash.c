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

uint64_t bw_hash_nocase(struct bw_text text)
{
    char folded[FOLDED_BYTES_MAX];
    const size_t size = text.size < sizeof(folded) ? text.size : sizeof(folded);

    for (size_t i = 0; i < size; i++) {
        const char byte = text.bytes[i];
        folded[i] = (byte >= 'A' && byte <= 'Z') ? (char)(byte | 0x20) : byte;
    }
    return bw_hash((struct bw_text){folded, size});
}

uint64_t bw_hash_pair(uint64_t left, uint64_t right)
{
    const uint64_t both[2] = {left, right};

    return bw_hash((struct bw_text){(const char *)both, sizeof(both)});
}
