/*
 * What a reader of the log must find: counted when a line is written, told as JSON.
 */
#ifndef BW_BENCH_TRUTH_H
#define BW_BENCH_TRUTH_H

#include "mail_world.h"

#include <stdio.h>

#define BW_TRUTH_NO_SENDER UINT32_MAX

enum bw_truth_outcome {
    BW_TRUTH_DELIVERED,
    BW_TRUTH_HARD,
    BW_TRUTH_SOFT,
    BW_TRUTH_EXPIRED,
    BW_TRUTH_OUTCOME_COUNT
};

struct bw_truth_tally {
    uint64_t counts[BW_TRUTH_OUTCOME_COUNT];
};

struct bw_truth {
    const struct bw_mail_world *world;
    struct bw_truth_tally totals;
    struct bw_truth_tally providers[BW_WORLD_PROVIDER_COUNT];
    struct bw_truth_tally *domains;          /* with the senders' own behind */
    struct bw_truth_tally *senders;          /* by sender */
    struct bw_truth_tally *sender_providers; /* by sender * BW_WORLD_PROVIDER_COUNT + provider */
    uint64_t classes[BW_WORLD_CLASS_COUNT][BW_TRUTH_OUTCOME_COUNT];
    uint64_t internal, local, discarded, probes;
    uint64_t outcome_lines;
    uint64_t incident_attempts, incident_hard;
};

struct bw_truth_incident {
    int provider;    /* -1: none */
    uint32_t sender; /* whose mail it is */
    int64_t start_s; /* Unix time; it lasts an hour */
};

bool bw_truth_init(struct bw_truth *truth, const struct bw_mail_world *world);
void bw_truth_deinit(struct bw_truth *truth);

/* One outcome of a remote hop. `class_id` counts for hard and soft ones. */
void bw_truth_count(struct bw_truth *truth, uint32_t sender, uint32_t domain,
                    enum bw_truth_outcome outcome, uint8_t class_id);

/* False when it could not be written. */
bool bw_truth_write(const struct bw_truth *truth, const struct bw_truth_incident *incident,
                    uint64_t lines, uint64_t bytes, FILE *out);

#endif
