#include "engine/ledger_view.h"

#include "engine/ledger_state.h"

#include <stdlib.h>

/* How bad a key is: its worst window. */
struct candidate {
    struct bw_key *key;
    double rate;
    uint8_t zone;
};

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;

    if (a->zone != b->zone)
        return a->zone > b->zone ? -1 : 1;
    if (a->rate > b->rate || a->rate < b->rate)
        return a->rate > b->rate ? -1 : 1;
    return (a->key->hash > b->key->hash) - (a->key->hash < b->key->hash);
}

static uint64_t attempts_of(const struct bw_ledger *ledger, const struct bw_window_counts *counts)
{
    return counts->delivered + counts->hard +
           (ledger->knowledge->config->count_expired ? counts->expired : 0);
}

static const struct bw_zone_limits *limits_of(const struct bw_ledger *ledger,
                                              const struct bw_key *key)
{
    return key->scope == BW_SCOPE_SENDER_DOMAIN ? &ledger->knowledge->general_limits
                                                : &ledger->knowledge->limits[key->provider];
}

/* Windows hold what is behind the minute that was evaluated last. */
static int64_t minute_of(const struct bw_ledger *ledger)
{
    return ledger->now_minute - 1;
}

static void name_row(const struct bw_ledger *ledger, const struct bw_key *key,
                     struct bw_view_row *row)
{
    if (key->scope != BW_SCOPE_PROVIDER)
        row->name = bw_name_table_name(ledger->names, key->name);
    if (key->scope != BW_SCOPE_SENDER_DOMAIN)
        row->provider = bw_provider_map_name(ledger->knowledge->providers, key->provider);
}

static void add_classes(struct bw_ledger *ledger, struct bw_key *key, uint32_t window,
                        struct bw_view_row *row)
{
    struct bw_key_evidence found[BW_VIEW_CLASSES_MAX];
    const size_t count =
        bw_key_classes(ledger->keys, key, window, minute_of(ledger), found, BW_VIEW_CLASSES_MAX);

    for (size_t i = 0; i < count; i++)
        row->classes[i] = (struct bw_event_class){
            .count = found[i].count,
            .rule = found[i].rule == BW_RULE_NONE
                        ? NULL
                        : ledger->knowledge->rules->rules[found[i].rule - 1].name,
            .class_id = found[i].class_id,
        };
    row->class_count = (uint8_t)count;
}

static void fill_row(struct bw_ledger *ledger, struct bw_key *key, uint32_t window,
                     struct bw_view_row *row)
{
    const struct bw_window_counts counts =
        bw_key_window(ledger->keys, key, window, minute_of(ledger));
    const uint64_t attempts = attempts_of(ledger, &counts);
    const struct bw_zone_limits *limits = limits_of(ledger, key);
    double upper = 0.0;

    *row = (struct bw_view_row){
        .scope = key->scope,
        .zone = key->zones[window].zone,
        .zone_name = bw_zone_name((enum bw_zone)key->zones[window].zone),
        .window_s = ledger->knowledge->config->keys.window_minutes[window] * 60,
        .delivered = counts.delivered,
        .hard = counts.hard,
        .recipient = counts.recipient,
        .block = counts.block,
        .worst_zone_ms = key->worst_zone == BW_ZONE_ACCEPTABLE ? INT64_MIN : key->worst_zone_ms,
    };
    row->limit = row->zone == BW_ZONE_BLOCKING ? limits->blocking : limits->warning;
    if (attempts > 0) {
        row->rate = (double)counts.hard / (double)attempts;
        bw_wilson(counts.hard, attempts, ledger->z, &row->lower, &upper);
    }
    name_row(ledger, key, row);
    add_classes(ledger, key, window, row);
}

static void tell_key(struct bw_ledger *ledger, struct bw_key *key,
                     void (*take)(const struct bw_view_row *row, void *context), void *context)
{
    struct bw_view_row row;

    for (uint32_t window = 0; window < ledger->knowledge->config->keys.window_count; window++) {
        fill_row(ledger, key, window, &row);
        take(&row, context);
    }
}

/* False: too little mail for a zone. */
static bool judge(struct bw_ledger *ledger, struct bw_key *key, struct candidate *candidate)
{
    const struct bw_config *config = ledger->knowledge->config;
    bool has_enough = false;

    *candidate = (struct candidate){.key = key};
    for (uint32_t window = 0; window < config->keys.window_count; window++) {
        if (bw_key_attempts_bound(key, window) < config->zone.min_attempts)
            continue;
        const struct bw_window_counts counts =
            bw_key_window(ledger->keys, key, window, minute_of(ledger));
        const uint64_t attempts = attempts_of(ledger, &counts);
        if (attempts < config->zone.min_attempts)
            continue;
        has_enough = true;
        const double rate = (double)counts.hard / (double)attempts;
        if (rate > candidate->rate)
            candidate->rate = rate;
        if (key->zones[window].zone > candidate->zone)
            candidate->zone = key->zones[window].zone;
    }
    return has_enough;
}

bool bw_ledger_view(struct bw_ledger *ledger, size_t others_max,
                    void (*take)(const struct bw_view_row *row, void *context), void *context)
{
    const size_t key_count = bw_key_table_count(ledger->keys);
    struct candidate *candidates = calloc(key_count + 1, sizeof(*candidates));
    size_t position = 0;
    size_t count = 0;
    struct bw_key *key;

    if (candidates == NULL)
        return false;
    while (ledger->now_minute != INT64_MIN &&
           (key = bw_key_table_next(ledger->keys, &position)) != NULL) {
        if (key->scope == BW_SCOPE_PROVIDER)
            tell_key(ledger, key, take, context);
        else if (judge(ledger, key, &candidates[count]))
            count++;
    }
    qsort(candidates, count, sizeof(*candidates), compare_candidates);
    for (uint32_t scope = BW_SCOPE_PROVIDER + 1; scope < BW_SCOPE_COUNT; scope++) {
        size_t told = 0;
        for (size_t i = 0; i < count && told < others_max; i++)
            if (candidates[i].key->scope == scope) {
                tell_key(ledger, candidates[i].key, take, context);
                told++;
            }
    }
    free(candidates);
    return true;
}

void bw_ledger_counters(const struct bw_ledger *ledger, struct bw_ledger_counters *counters)
{
    const struct bw_snapshot *totals = &ledger->totals;

    *counters = (struct bw_ledger_counters){
        .lines = {.total = totals->lines_total,
                  .outcome = totals->lines_outcome,
                  .known = totals->lines_known,
                  .malformed = totals->lines_malformed,
                  .unknown = totals->lines_unknown,
                  .cut = totals->lines_cut},
        .outcomes = totals->totals,
        .duplicates = totals->duplicates,
        .late = totals->late,
        .internal = totals->internal,
        .local = totals->local,
        .keys = bw_key_table_count(ledger->keys),
        .keys_evicted = bw_ledger_keys_lost(ledger),
        .queue_ids_evicted = bw_ledger_queue_ids_lost(ledger),
    };
}
