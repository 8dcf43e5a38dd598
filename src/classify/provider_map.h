/*
 * Who runs the mailbox: by relay host name first, by recipient domain second. No DNS.
 */
#ifndef BW_CLASSIFY_PROVIDER_MAP_H
#define BW_CLASSIFY_PROVIDER_MAP_H

#include "base/problem_list.h"

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>
#include <bouncewatch/verdict.h>

#include <stdint.h>

struct bw_provider_map; /* read-only after creation */

struct bw_provider_source {
    const char *name; /* for messages */
    struct bw_text content;
};

/* Parse sources in order; a later one adds to or overrides an earlier one. */
BW_MUST_CHECK enum bw_status bw_provider_map_create(struct bw_provider_map **created,
                                                    const struct bw_provider_source *sources,
                                                    size_t count, struct bw_problem_list *problems);
void bw_provider_map_destroy(struct bw_provider_map **owned);

/* Number of providers, "other" (id 0) included. */
uint16_t bw_provider_map_count(const struct bw_provider_map *map);
/* Name of an id below the count; lives as long as the map. */
const char *bw_provider_map_name(const struct bw_provider_map *map, uint16_t provider);
/* Id of a name, or BW_PROVIDER_OTHER when there is none. */
uint16_t bw_provider_map_find_name(const struct bw_provider_map *map, struct bw_text name);

/*
 * Longest suffix of `host` on a label boundary that the map has, without regard to case and to
 * one trailing dot; BW_PROVIDER_OTHER when there is none or `host` is empty.
 */
uint16_t bw_provider_map_find_relay(const struct bw_provider_map *map, struct bw_text host);
/* The recipient domain itself (no suffixes, unless the map says so with a leading dot). */
uint16_t bw_provider_map_find_domain(const struct bw_provider_map *map, struct bw_text domain);
/* The same for who has the domain's bw_hash_nocase() at hand; `domain` has no trailing dot. */
uint16_t bw_provider_map_find_hashed_domain(const struct bw_provider_map *map, uint64_t hash,
                                            struct bw_text domain);

/* Id whose limits count for this one: google_workspace -> gmail, microsoft_365 -> microsoft,
 * otherwise the id itself. */
uint16_t bw_provider_map_limits_of(const struct bw_provider_map *map, uint16_t provider);
/* True for filters in front (Proofpoint, Mimecast ...), which hold no mailboxes. */
bool bw_provider_map_is_filter(const struct bw_provider_map *map, uint16_t provider);

#endif
