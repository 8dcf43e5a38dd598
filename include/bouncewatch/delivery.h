/*
 * One delivery outcome, as one MTA logged it.
 *
 * Made by parse/, read by classify/. All views point into the line it was parsed from, or
 * into the chunk's own room for derived text, and die with that chunk.
 */
#ifndef BOUNCEWATCH_DELIVERY_H
#define BOUNCEWATCH_DELIVERY_H

#include <bouncewatch/text.h>

#include <stdint.h>

enum bw_outcome {
    BW_OUTCOME_NONE = 0,
    BW_OUTCOME_DELIVERED,
    BW_OUTCOME_DEFERRED,   /* the MTA will try again */
    BW_OUTCOME_BOUNCED,    /* the MTA gave up on a permanent failure */
    BW_OUTCOME_EXPIRED,    /* the MTA gave up retrying */
    BW_OUTCOME_DISCARDED,  /* thrown away on purpose: Postfix discard(8) */
    BW_OUTCOME_SUPPRESSED, /* not tried */
    BW_OUTCOME_PROBE,      /* address verification, not mail: Postfix verify(8) */
    BW_OUTCOME_COUNT
};

enum bw_hop {
    BW_HOP_REMOTE = 0, /* to another host; the only hop that enters rates */
    BW_HOP_INTERNAL,   /* a content filter or another MTA of the same site */
    BW_HOP_LOCAL,      /* mailbox delivery */
    BW_HOP_COUNT
};

struct bw_delivery {
    struct bw_text queue_id;   /* empty: not logged */
    struct bw_text sender;     /* without angle brackets; only where the line itself has it */
    struct bw_text recipient;  /* as logged, without angle brackets; empty: the line names none */
    struct bw_text relay;      /* as logged: "host[address]:port", "none", "local"; empty: none */
    struct bw_text relay_host; /* lower or mixed case as logged; empty: no remote host known */
    struct bw_text relay_ip;   /* without brackets; empty: not logged */
    struct bw_text named_host; /* host that `text` names when the relay is none; else empty */
    struct bw_text status;     /* enhanced code "5.1.1" (RFC 3463); empty: none */
    struct bw_text text;       /* the remote's reply (or the MTA's own reason) as one line */
    int64_t delay_ms;          /* from queue entry to this outcome; -1: not logged */
    uint16_t reply;            /* RFC 5321 4.2 code of the remote, 200..599; 0: none */
    uint8_t outcome;           /* enum bw_outcome */
    uint8_t hop;               /* enum bw_hop */
    bool null_sender;          /* the line says from=<> */
    bool has_sender;           /* `sender` (or null_sender) comes from this line */
};

/* Names as in the contract: "delivered", "deferred", ...; NULL for BW_OUTCOME_NONE. */
const char *bw_outcome_name(enum bw_outcome outcome);
/* "remote", "internal", "local". */
const char *bw_hop_name(enum bw_hop hop);

#endif
