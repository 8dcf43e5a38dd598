/*
 * The keys that rates are kept for (provider, recipient domain, sender domain, sender at provider),
 * each with its totals since the start and with sliding windows by log time.
 *
 *    minutes:  ... | 540 | 541 | 543 | 560 |          only minutes in which something happened
 *                    ^tail of 24h  ^tail of 1h  ^head
 *
 * Windows are made of minutes: at minute m (the minute that has just ended) the window of w minutes
 * holds minutes m-w+1 .. m. An observation is added to the sums; what has left a window is taken
 * out when somebody asks for it, which for a key with little mail is never: see
 * bw_key_attempts_bound(). A minute older than the longest window is `late` and goes into the
 * totals only. Memory of a key follows its activity: a quiet one costs tens of bytes besides its
 * row.
 */
#ifndef BW_AGGREGATE_KEY_TABLE_H
#define BW_AGGREGATE_KEY_TABLE_H

#include <bouncewatch/event.h>
#include <bouncewatch/snapshot.h>
#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BW_WINDOWS_MAX 8

struct bw_key_table_options {
    uint32_t window_minutes[BW_WINDOWS_MAX]; /* ascending, 1 .. 10080 */
    uint32_t window_count;                   /* 1 .. BW_WINDOWS_MAX */
    size_t keys_max;                         /* over all scopes; at least 16 */
};

struct bw_window_counts {
    uint64_t delivered, hard, expired, recipient, block; /* recipient and block are parts of hard */
};

/* One countable thing. Exactly one of delivered, hard, soft, expired is meant by `what`. */
enum bw_count_kind { BW_COUNT_DELIVERED = 0, BW_COUNT_HARD, BW_COUNT_SOFT, BW_COUNT_EXPIRED };

struct bw_count {
    uint64_t line;       /* evidence: line in the input, from 1 */
    uint32_t input;      /* evidence: index of the input */
    uint32_t diagnostic; /* evidence: id of the failure text's shape; 0: none */
    uint16_t rule;
    uint8_t kind;     /* enum bw_count_kind */
    uint8_t class_id; /* enum bw_class; failures only */
    uint8_t fault;    /* enum bw_fault; failures only */
};

/* What the zone machine remembers per window; zone/ defines how it changes. */
struct bw_key_zone {
    uint8_t zone;       /* enum bw_zone */
    uint8_t calm_count; /* evaluations in a row below the recovery limit */
};

struct bw_key {
    uint64_t hash;         /* of the name; with the scope it identifies the key */
    uint32_t name;         /* name id (recipient or sender domain); 0 for providers */
    uint16_t provider;     /* provider id: the key's own, or the last one seen of the domain */
    uint8_t scope;         /* enum bw_scope */
    bool is_touched;       /* counted since its last evaluation, on the caller's list: is kept */
    bool is_watched;       /* in a zone, on the caller's list: is kept */
    uint8_t worst_zone;    /* for the caller */
    int64_t worst_zone_ms; /* for the caller; INT64_MIN: never */
    struct bw_tally tally; /* since the start */
    struct bw_key_zone zones[BW_WINDOWS_MAX]; /* for the caller; zeroed at birth */
    struct bw_key_history *history;           /* internal: minutes, sums, failures */
};

struct bw_key_table;

BW_MUST_CHECK enum bw_status bw_key_table_create(struct bw_key_table **created,
                                                 const struct bw_key_table_options *options);
void bw_key_table_destroy(struct bw_key_table **owned);

/*
 * The key of (scope, hash), made when it is new (then name and provider are taken from the
 * arguments). When the table is full the quietest keys that are neither touched nor watched go
 * first (least attempts in the longest window, then the ones counted longest ago), found in
 * amortised O(1) by clearing several at once. NULL when none can go (counted as evicted) or memory
 * is out (bw_key_table_is_broken()). Pointers are stable until the key is evicted, which can only
 * happen inside this function.
 */
struct bw_key *bw_key_table_take(struct bw_key_table *table, enum bw_scope scope, uint64_t hash,
                                 uint32_t name, uint16_t provider);
struct bw_key *bw_key_table_find(struct bw_key_table *table, enum bw_scope scope, uint64_t hash);

/* Hints that the key will be counted soon: first the slot, then, once that has arrived, the key
 * itself, then its newest minute. They change nothing. */
void bw_key_table_prefetch(const struct bw_key_table *table, enum bw_scope scope, uint64_t hash);
void bw_key_table_prefetch_key(const struct bw_key_table *table, enum bw_scope scope,
                               uint64_t hash);
void bw_key_table_prefetch_minute(const struct bw_key_table *table, enum bw_scope scope,
                                  uint64_t hash);
/* The minutes that leave the key's windows next. */
void bw_key_table_prefetch_tails(const struct bw_key_table *table, const struct bw_key *key);

/*
 * Count one thing at `minute` (Unix minutes of its own log time) while the log's clock stands in
 * minute `now_minute` (not before `minute`). Returns false when the minute is older than the
 * longest window: totals only. Also keeps, per minute and (rule, diagnostic), how many failures
 * there were and where the last was.
 */
bool bw_key_count(struct bw_key_table *table, struct bw_key *key, int64_t minute,
                  int64_t now_minute, const struct bw_count *count);

/* Counts of window `index` when `minute` is the last complete minute. Minutes only move forward. */
struct bw_window_counts bw_key_window(struct bw_key_table *table, struct bw_key *key,
                                      uint32_t index, int64_t minute);

/* Not less than delivered + hard + expired of that window at any minute not yet asked for. Cheap.
 */
uint64_t bw_key_attempts_bound(const struct bw_key *key, uint32_t index);
/* The same of hard. */
uint64_t bw_key_hard_bound(const struct bw_key *key, uint32_t index);

struct bw_key_evidence {
    uint64_t count;
    uint64_t line; /* of the last of them */
    uint32_t input;
    uint32_t diagnostic;
    uint16_t rule;
    uint8_t class_id;
};

/* Hard failures in window `index` grouped by (class, rule) or by diagnostic, most frequent first
 * (ties: lower class, rule, diagnostic first), at most `capacity`. Returns how many. */
size_t bw_key_classes(struct bw_key_table *table, struct bw_key *key, uint32_t index,
                      int64_t minute, struct bw_key_evidence *evidence, size_t capacity);
size_t bw_key_samples(struct bw_key_table *table, struct bw_key *key, uint32_t index,
                      int64_t minute, struct bw_key_evidence *evidence, size_t capacity);

/* All failure classes of the key since the start (hard and soft), most frequent first. */
size_t bw_key_class_totals(const struct bw_key *key, struct bw_class_count *counts,
                           size_t capacity);

/* Forget the tally and the classes since the start, not the windows. */
void bw_key_clear_totals(struct bw_key *key);

/* Walk all keys in the order they were made: start with *position = 0. NULL at the end. */
struct bw_key *bw_key_table_next(struct bw_key_table *table, size_t *position);
size_t bw_key_table_count(const struct bw_key_table *table);
/* Keys that were dropped, or not made, because the table was full. */
uint64_t bw_key_table_evicted(const struct bw_key_table *table);
/* True when memory has run out: counts are missing. */
bool bw_key_table_is_broken(const struct bw_key_table *table);

#endif
