/*
 * The recipients of messages still in the queue whose last outcome is a deferral.
 *
 * Each message has a list of them (they expire with it); an index over all lists finds one
 * recipient of one message in O(1), however many a message has. Bounded.
 */
#ifndef BW_AGGREGATE_PENDING_LIST_H
#define BW_AGGREGATE_PENDING_LIST_H

#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bw_join_pending {
    uint64_t recipient_hash; /* not 0 */
    uint32_t domain;         /* name id of the recipient domain */
    uint16_t provider;
    uint16_t rule;    /* of the last deferral */
    uint8_t class_id; /* of the last deferral */
};

struct bw_pending_list;

/* The lists' first elements are kept by the caller: 0 is the empty list. */
typedef uint32_t bw_pending_id;

/* At most `limit` recipients over all lists, 1 .. 2^30. */
BW_MUST_CHECK enum bw_status bw_pending_list_create(struct bw_pending_list **created, size_t limit);
void bw_pending_list_destroy(struct bw_pending_list **owned);

/* Add to the list of `queue_key`, or replace what it has of this recipient. False: no room. */
bool bw_pending_list_put(struct bw_pending_list *list, bw_pending_id *first, uint64_t queue_key,
                         const struct bw_join_pending *pending);
/* Take this recipient out; not there: no mistake. */
void bw_pending_list_remove(struct bw_pending_list *list, bw_pending_id *first, uint64_t queue_key,
                            uint64_t recipient_hash);
/* Take the one added last out. False: the list is empty. */
bool bw_pending_list_take(struct bw_pending_list *list, bw_pending_id *first,
                          struct bw_join_pending *pending);
/* Walk the list, the one added last first: start with *position = 0. False at the end. */
bool bw_pending_list_next(const struct bw_pending_list *list, bw_pending_id first,
                          bw_pending_id *position, struct bw_join_pending *pending);
/* Empty the list. */
void bw_pending_list_clear(struct bw_pending_list *list, bw_pending_id *first);

#endif
