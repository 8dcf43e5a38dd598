/*
 * What waits for one sink, in order, bounded.
 */
#ifndef BW_EMIT_OUTBOX_H
#define BW_EMIT_OUTBOX_H

#include "emit/message.h"

#include <bouncewatch/status.h>

#define BW_OUTBOX_MESSAGES_MAX 1000

struct bw_outbox {
    struct bw_message *messages[BW_OUTBOX_MESSAGES_MAX]; /* owned references, oldest first */
    size_t count;
    uint64_t dropped; /* for want of room */
};

/* Add a reference of the outbox's own; when it is full, one that matters less goes. */
void bw_outbox_put(struct bw_outbox *outbox, struct bw_message *message);
/* The oldest of this id goes, when there is one. */
void bw_outbox_drop(struct bw_outbox *outbox, uint64_t id);
void bw_outbox_clear(struct bw_outbox *outbox);

#endif
