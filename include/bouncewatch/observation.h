/*
 * What a worker found in one line: the line between the data plane and the control plane.
 *
 * It owns nothing; views die with its chunk.
 */
#ifndef BOUNCEWATCH_OBSERVATION_H
#define BOUNCEWATCH_OBSERVATION_H

#include <bouncewatch/delivery.h>
#include <bouncewatch/stamp.h>
#include <bouncewatch/verdict.h>

enum bw_observation_kind {
    BW_OBSERVATION_OUTCOME = 1, /* delivery and verdict are filled */
    BW_OBSERVATION_ENVELOPE,    /* queue id -> sender: delivery.queue_id, sender, null_sender */
    BW_OBSERVATION_REMOVED,     /* the queue id is free again: delivery.queue_id */
};

struct bw_observation {
    struct bw_delivery delivery;
    struct bw_verdict verdict;
    struct bw_stamp stamp;
    uint64_t queue_key; /* hash of host and queue id; 0: none */
    uint64_t
        domain_hash; /* of the lower-cased recipient domain (envelope: sender domain); 0: none */
    uint64_t recipient_hash; /* of recipient and outcome, for counting a final outcome once */
    uint64_t
        shape_hash; /* of the failure text with numbers, ids and addresses masked; 0: no failure */
    uint32_t line;  /* within the chunk, from 0 */
    uint8_t kind;   /* enum bw_observation_kind */
};

#endif
