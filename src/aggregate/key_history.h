/*
 * What happened to one key, minute by minute, as far back as the longest window reaches.
 */
#ifndef BW_AGGREGATE_KEY_HISTORY_H
#define BW_AGGREGATE_KEY_HISTORY_H

#include "aggregate/key_table.h"
#include "base/block_pool.h"

struct bw_minute {
    int64_t minute;
    uint32_t delivered, hard, expired, recipient, block;
};

/* Failures of one minute that look alike. */
struct bw_minute_failures {
    int64_t minute;
    uint64_t line;
    uint32_t input, diagnostic, count;
    uint16_t rule;
    uint8_t class_id;
};

struct bw_window {
    struct bw_window_counts sum; /* of minutes [tail, end): what has left is taken out late */
    int64_t tail_minute;         /* of minutes[tail]; INT64_MAX: tail == end */
    uint32_t tail;
};

/* Lies behind its key in the same block of memory: what every outcome touches comes first. */
struct bw_key_history {
    int64_t advanced_minute;   /* the last one of bw_key_history_advance() */
    int64_t newest_minute;     /* of minutes[end - 1]; INT64_MIN: there is none */
    struct bw_minute *minutes; /* [start, end), ascending by minute */
    uint32_t start, end, capacity;
    uint32_t failure_start, failure_end, failure_capacity;
    struct bw_minute_failures *failures; /* [failure_start, failure_end), ascending by minute */
    struct bw_class_count *classes;      /* since the start, in the order of their first */
    uint32_t class_count, class_capacity;
    struct bw_window windows[]; /* as many as the table's options say */
};

/* What all histories of a table share. */
struct bw_history_means {
    struct bw_key_table_options options;
    struct bw_block_pool *pool; /* owned by the table */
};

/* `history` is zeroed memory for as many windows as the options say. */
void bw_key_history_init(struct bw_key_history *history, const struct bw_history_means *means);
/* False when memory is out. */
bool bw_key_history_add(struct bw_key_history *history, const struct bw_history_means *means,
                        int64_t minute, int64_t now_minute, const struct bw_count *count);
/* Count a failure class since the start. False when memory is out. */
bool bw_key_history_class(struct bw_key_history *history, const struct bw_history_means *means,
                          const struct bw_count *count);
/* Drop from the windows what is before them when `minute` is the last one they hold. */
void bw_key_history_advance(struct bw_key_history *history, const struct bw_history_means *means,
                            int64_t minute);
void bw_key_history_deinit(struct bw_key_history *history, const struct bw_history_means *means);

#endif
