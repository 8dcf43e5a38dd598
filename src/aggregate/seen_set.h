/*
 * A bounded memory of hashes: was this final outcome counted before?
 *
 * Two generations of open addressing; when the younger is full the older is forgotten, so the last
 * `limit / 2` to `limit` distinct hashes are known exactly.
 */
#ifndef BW_AGGREGATE_SEEN_SET_H
#define BW_AGGREGATE_SEEN_SET_H

#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bw_seen_set;

BW_MUST_CHECK enum bw_status bw_seen_set_create(struct bw_seen_set **created, size_t limit);
void bw_seen_set_destroy(struct bw_seen_set **owned);
/* True when `hash` (not 0) was there already; adds it otherwise. */
bool bw_seen_set_add(struct bw_seen_set *set, uint64_t hash);

#endif
