/*
 * Numbers that are the same on every machine: xoshiro256**, seeded through splitmix64.
 * Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021.
 */
#ifndef BW_BENCH_RANDOM_H
#define BW_BENCH_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct bw_random {
    uint64_t words[4];
};

static inline void bw_random_seed(struct bw_random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t mixed = (seed ^ (seed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
        random->words[i] = mixed ^ (mixed >> 31);
    }
}

static inline uint64_t bw_random_rotate(uint64_t word, int bits)
{
    return (word << bits) | (word >> (64 - bits));
}

static inline uint64_t bw_random_next(struct bw_random *random)
{
    uint64_t *words = random->words;
    const uint64_t result = bw_random_rotate(words[1] * 5, 7) * 9;
    const uint64_t shifted = words[1] << 17;

    words[2] ^= words[0];
    words[3] ^= words[1];
    words[1] ^= words[2];
    words[0] ^= words[3];
    words[2] ^= shifted;
    words[3] = bw_random_rotate(words[3], 45);
    return result;
}

/* From 0 up to and without `limit`, which is at least 1. */
static inline uint32_t bw_random_below(struct bw_random *random, uint32_t limit)
{
    return (uint32_t)(((bw_random_next(random) >> 32) * limit) >> 32);
}

/* True in `ppm` of a million draws. */
static inline bool bw_random_chance(struct bw_random *random, uint32_t ppm)
{
    return bw_random_below(random, 1000000) < ppm;
}

#endif
