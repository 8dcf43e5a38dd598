/*
 * A bounded memory of hashes: was this final outcome counted before?
 *
 * Two generations of open addressing; when the younger is full the older is forgotten, so the last
 * `limit / 2` to `limit` distinct hashes are known exactly. Grows with need up to the limit.
 */
#ifndef BW_AGGREGATE_SEEN_SET_H
#define BW_AGGREGATE_SEEN_SET_H

#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bw_seen_set;

/* At most `limit` hashes, 2 .. 2^31. */
BW_MUST_CHECK enum bw_status bw_seen_set_create(struct bw_seen_set **created, size_t limit);
void bw_seen_set_destroy(struct bw_seen_set **owned);

/* True when `hash` (not 0) was there already; adds it otherwise. Its low 32 bits choose the place.
 * When memory for growth is out the older hashes are forgotten early. */
bool bw_seen_set_add(struct bw_seen_set *set, uint64_t hash);

/* Hint that a hash with these low 32 bits will be added soon. Changes nothing. */
void bw_seen_set_prefetch(const struct bw_seen_set *set, uint32_t low_bits);

#endif
