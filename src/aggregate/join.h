/*
 * What is known of a message that is still in the queue: its sender, and the recipients whose
 * last outcome was a deferral (they are the ones that expire with it).
 *
 * A queue id is an entry from its first line until `removed`; a short id that is used again
 * starts a new life. Bounded: two generations of half the limit each; when the younger one is
 * full the older is dropped whole, and what was not seen since counts as evicted.
 */
#ifndef BW_AGGREGATE_JOIN_H
#define BW_AGGREGATE_JOIN_H

#include "aggregate/pending_list.h"

#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bw_join;

struct bw_join_message {
    uint64_t queue_key; /* hash of host and queue id, not 0 */
    int64_t started_ms; /* log time of the first line of this life */
    uint32_t sender;    /* name id of the sender's domain; 0: not known, or the null sender */
    bw_pending_id first_pending; /* internal */
    bool has_sender;             /* an envelope line was seen */
    bool null_sender;
};

/* Limits: queue ids held (at least 16), deferred recipients held over all of them. */
BW_MUST_CHECK enum bw_status bw_join_create(struct bw_join **created, size_t messages_max,
                                            size_t pending_max);
void bw_join_destroy(struct bw_join **owned);

/* The message of this queue id, made when it is new. NULL only when memory is out. The pointer
 * is good until the next call that is given this join. */
struct bw_join_message *bw_join_take(struct bw_join *join, uint64_t queue_key, int64_t now_ms);
/* Hint that this queue id will be asked for soon. Changes nothing. */
void bw_join_prefetch(const struct bw_join *join, uint64_t queue_key);
/* NULL: not there. */
struct bw_join_message *bw_join_find(struct bw_join *join, uint64_t queue_key);
/* Forget the message and its pending recipients. Unknown keys are no mistake. */
void bw_join_removed(struct bw_join *join, uint64_t queue_key);

/* Note that this recipient's last outcome is a deferral (replaces what was noted before). */
void bw_join_defer(struct bw_join *join, struct bw_join_message *message,
                   const struct bw_join_pending *pending);
/* The recipient has a final outcome. Not pending before: no mistake. */
void bw_join_settle(struct bw_join *join, struct bw_join_message *message, uint64_t recipient_hash);
/* Take one pending recipient out, in no particular but a repeatable order. False: none left. */
bool bw_join_take_pending(struct bw_join *join, struct bw_join_message *message,
                          struct bw_join_pending *pending);

/* Walk all messages: start with *position = 0. NULL at the end. Nothing may change on the way. */
const struct bw_join_message *bw_join_next(const struct bw_join *join, size_t *position);
/* Walk a message's pending recipients, the one noted last first: start with *position = 0. */
bool bw_join_next_pending(const struct bw_join *join, const struct bw_join_message *message,
                          bw_pending_id *position, struct bw_join_pending *pending);

/* Messages dropped for the limit without `removed`, and deferrals not noted for the limit. */
uint64_t bw_join_evicted(const struct bw_join *join);
uint64_t bw_join_pending_dropped(const struct bw_join *join);

#endif
