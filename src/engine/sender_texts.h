/*
 * Queue id -> full sender address, for normalised records. Bounded: when it is full it forgets all
 * and counts how many that were.
 */
#ifndef BW_ENGINE_SENDER_TEXTS_H
#define BW_ENGINE_SENDER_TEXTS_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdint.h>

struct bw_sender_texts;

BW_MUST_CHECK enum bw_status bw_sender_texts_create(struct bw_sender_texts **created, size_t limit);
void bw_sender_texts_destroy(struct bw_sender_texts **owned);

/* Remember (or replace) the sender of a queue id; an empty text is the null sender. */
BW_MUST_CHECK enum bw_status bw_sender_texts_put(struct bw_sender_texts *texts, uint64_t queue_key,
                                                 struct bw_text sender);
/* False when it is not known. The view lives until the next put or removal. */
bool bw_sender_texts_find(const struct bw_sender_texts *texts, uint64_t queue_key,
                          struct bw_text *sender);
void bw_sender_texts_remove(struct bw_sender_texts *texts, uint64_t queue_key);
uint64_t bw_sender_texts_evicted(const struct bw_sender_texts *texts);

#endif
