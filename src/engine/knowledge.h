/*
 * Everything that is known before the first line is read: rules, providers, networks, zone.
 * Made once, read by all threads, never changed.
 */
#ifndef BW_ENGINE_KNOWLEDGE_H
#define BW_ENGINE_KNOWLEDGE_H

#include "base/network_list.h"
#include "base/problem_list.h"
#include "base/time_zone.h"
#include "classify/classifier.h"
#include "classify/provider_map.h"
#include "config/config.h"
#include "match/matcher.h"

#include <bouncewatch/rule.h>
#include <bouncewatch/status.h>

struct bw_knowledge {
    const struct bw_config *config; /* borrowed */
    struct bw_rule_set *rules;
    struct bw_matcher *matcher;
    struct bw_provider_map *providers;
    struct bw_classifier *classifier;
    struct bw_network_list *internal;
    struct bw_time_zone *zone;
    struct bw_zone_limits *limits; /* by provider id */
    struct bw_zone_limits general_limits;
    char **owned_files; /* contents of the user's rule files */
    size_t owned_file_count;
};

/*
 * Load the built-in data and what the configuration adds. `cache_directory` NULL: no cache.
 * Mistakes are added to `problems`: BW_ERR_FORMAT or BW_ERR_USAGE.
 */
BW_MUST_CHECK enum bw_status bw_knowledge_create(struct bw_knowledge **created,
                                                 const struct bw_config *config,
                                                 const char *cache_directory,
                                                 struct bw_problem_list *problems);
void bw_knowledge_destroy(struct bw_knowledge **owned);

/* Behind the last '@' of an address, without a trailing dot; empty: there is none. */
struct bw_text bw_domain_of(struct bw_text address);

#endif
