/*
 * The messages that are under way, and which of them is due next.
 */
#ifndef BW_BENCH_MESSAGE_QUEUE_H
#define BW_BENCH_MESSAGE_QUEUE_H

#include "message.h"

#define BW_MESSAGE_NO_SLOT UINT32_MAX

/* Ties go by slot, so that the order is always the same. */
struct bw_message_due {
    int64_t time_us;
    uint32_t slot;
};

struct bw_message_queue {
    struct bw_message *messages; /* by slot; moves when a slot is taken */
    struct bw_message_due *due;  /* heap: the first is due first; no slot is in it twice */
    uint32_t slot_count, capacity, first_free, due_count;
};

void bw_message_queue_deinit(struct bw_message_queue *queue);

/* A slot, with whatever was in it; BW_MESSAGE_NO_SLOT: memory is out. */
uint32_t bw_message_queue_take(struct bw_message_queue *queue);
void bw_message_queue_give_back(struct bw_message_queue *queue, uint32_t slot);

void bw_message_queue_push(struct bw_message_queue *queue, uint32_t slot, int64_t time_us);
/* Only when due_count is not 0. */
struct bw_message_due bw_message_queue_pop(struct bw_message_queue *queue);

#endif
