/*
 * What happened to one key, minute by minute, as far back as the longest window reaches.
 */
#ifndef BW_AGGREGATE_KEY_HISTORY_H
#define BW_AGGREGATE_KEY_HISTORY_H

#include "aggregate/key_table.h"

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

struct bw_key_history {
    struct bw_minute *minutes;           /* [start, end), ascending by minute */
    struct bw_minute_failures *failures; /* [failure_start, failure_end), ascending by minute */
    struct bw_class_count *classes;      /* since the start, ascending by class, bounce */
    struct bw_window_counts sums[BW_WINDOWS_MAX]; /* minutes [tail, end) of each window */
    uint32_t tails[BW_WINDOWS_MAX];
    uint32_t start, end, capacity;
    uint32_t failure_start, failure_end, failure_capacity;
    uint32_t class_count, class_capacity;
};

/* False when memory is out. */
bool bw_key_history_add(struct bw_key_history *history, const struct bw_key_table_options *options,
                        int64_t minute, int64_t now_minute, const struct bw_count *count);
/* Count a failure class since the start. */
bool bw_key_history_class(struct bw_key_history *history, const struct bw_count *count);
/* Drop from the windows what is before them when `minute` is the last one they hold. */
void bw_key_history_advance(struct bw_key_history *history,
                            const struct bw_key_table_options *options, int64_t minute);
void bw_key_history_deinit(struct bw_key_history *history);

#endif
