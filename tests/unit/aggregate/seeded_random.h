/*
 * Random numbers for model tests: the same seed gives the same run, and the seed is printed so
 * that a failure can be repeated with BW_TEST_SEED=... in the environment.
 */
#ifndef BW_TESTS_UNIT_AGGREGATE_SEEDED_RANDOM_H
#define BW_TESTS_UNIT_AGGREGATE_SEEDED_RANDOM_H

#include "test.h"

#include <stdlib.h>

struct seeded_random {
    uint64_t state;
};

static inline struct seeded_random seeded_random_start(uint64_t standard_seed)
{
    const char *wanted = getenv("BW_TEST_SEED");
    const uint64_t seed = wanted == NULL ? standard_seed : strtoull(wanted, NULL, 0);

    print_message("  seed %llu\n", (unsigned long long)seed);
    return (struct seeded_random){seed};
}

/* SplitMix64. */
static inline uint64_t seeded_random_next(struct seeded_random *random)
{
    uint64_t mixed = (random->state += UINT64_C(0x9E3779B97F4A7C15));

    mixed = (mixed ^ (mixed >> 30U)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27U)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31U);
}

/* 0 .. limit - 1. */
static inline uint32_t seeded_random_below(struct seeded_random *random, uint32_t limit)
{
    return (uint32_t)(seeded_random_next(random) % limit);
}

#endif
