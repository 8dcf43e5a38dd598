/*
 * The servers at work: messages arrive, wait, are tried again, expire, all interleaved in time.
 *
 * A failure is no die roll. Each key a reader may watch (sender, sender at provider, provider,
 * recipient domain) saves up a little with each attempt, and only one whose four keys can all pay
 * bounces. So no window of any key holds more than about rate * attempts + 2 failures, and a rate
 * of 1 % can never look like 3 % by bad luck. The incident is outside this rule.
 */
#ifndef BW_BENCH_TRAFFIC_H
#define BW_BENCH_TRAFFIC_H

#include "message.h"
#include "truth.h"

struct bw_traffic_options {
    uint64_t bytes_max;    /* the log ends behind the line that reaches it; 0: no limit */
    uint64_t arrivals_max; /* then the queue runs empty; 0: no limit */
    int64_t start_s;       /* Unix time of the first arrival */
    int64_t span_us;       /* over which the arrivals are spread */
    uint64_t arrivals_expected;
    uint32_t hosts;
    uint32_t bounce_ppm;
    uint32_t incident_ppm;
    bool has_long_ids, has_long_lines;
    struct bw_truth_incident incident;
};

/* Write the whole log. False when memory is out. */
bool bw_traffic_run(const struct bw_traffic_options *options, const struct bw_mail_world *world,
                    struct bw_random *random, struct bw_log_writer *writer, struct bw_truth *truth);

#endif
