/*
 * How things stand at this moment: the keys of the live ledger, window by window.
 */
#ifndef BW_ENGINE_LEDGER_VIEW_H
#define BW_ENGINE_LEDGER_VIEW_H

#include "engine/ledger.h"

#define BW_VIEW_CLASSES_MAX 3

/* One key in one window. Texts are the ledger's, good until it takes the next chunk. */
struct bw_view_row {
    struct bw_text name;       /* domain of recipient or sender; empty for providers */
    const char *provider;      /* NULL: not part of the key */
    const char *zone_name;     /* "acceptable", ... */
    double rate, lower, limit; /* fractions; limit: of the zone it is in, of warning when in none */
    uint64_t delivered, hard, recipient, block;
    int64_t worst_zone_ms; /* log time at which its worst zone was entered; INT64_MIN: never */
    uint32_t window_s;
    struct bw_event_class classes[BW_VIEW_CLASSES_MAX]; /* most frequent first */
    uint8_t class_count;
    uint8_t scope; /* enum bw_scope */
    uint8_t zone;  /* enum bw_zone */
};

/*
 * All providers in all windows, then of each other scope the `others_max` keys that are worst (by
 * zone, then by rate) among those with attempts enough for a zone, again in all windows. Calls
 * `take` for each. False: memory is out.
 */
bool bw_ledger_view(struct bw_ledger *ledger, size_t others_max,
                    void (*take)(const struct bw_view_row *row, void *context), void *context);

/* Totals since the start: of lines, and of what was lost to limits. */
struct bw_ledger_counters {
    struct bw_line_counts lines;
    struct bw_tally outcomes;
    uint64_t duplicates, late, internal, local;
    uint64_t keys, keys_evicted, queue_ids_evicted;
};
void bw_ledger_counters(const struct bw_ledger *ledger, struct bw_ledger_counters *counters);

#endif
