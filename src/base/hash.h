/*
 * 64-bit hashes of bytes: XXH3, stable over runs, machines and versions of the program.
 */
#ifndef BW_BASE_HASH_H
#define BW_BASE_HASH_H

#include <bouncewatch/text.h>

#include <stdint.h>

/* Never 0, so 0 can mean "none". */
uint64_t bw_hash(struct bw_text text);
uint64_t bw_hash_seeded(struct bw_text text, uint64_t seed);

/* Hash of the bytes with ASCII capitals lower-cased; texts over 1024 bytes count by their head. */
uint64_t bw_hash_nocase(struct bw_text text);

/* Mix of two hashes that depends on their order. */
uint64_t bw_hash_pair(uint64_t left, uint64_t right);

#endif
