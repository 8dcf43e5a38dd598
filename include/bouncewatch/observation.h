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

/* What the consumer needs of every kind comes first: it is one cache line. */
struct bw_observation {
    uint64_t queue_key;      /* hash of host and queue id; 0: none */
    uint64_t domain_hash;    /* of the recipient domain (envelope: sender domain) without regard to
                                case; 0: none */
    uint64_t recipient_hash; /* of the recipient without regard to case; outcomes only */
    uint64_t shape_hash;     /* of a failure's text with numbers, ids and addresses masked; 0: no
                                failure */
    struct bw_stamp stamp;
    uint32_t line;               /* within the chunk, from 0 */
    uint8_t kind;                /* enum bw_observation_kind */
    bool has_unique_id;          /* the queue id is never used again: Postfix's long ids */
    struct bw_verdict verdict;   /* outcomes only */
    struct bw_delivery delivery; /* outcomes; of the others see enum bw_observation_kind */
};

#endif
