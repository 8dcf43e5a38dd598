#include "message_queue.h"

#include <stdlib.h>

static bool grow(struct bw_message_queue *queue)
{
    const uint32_t capacity = queue->capacity == 0 ? 1024 : queue->capacity * 2;
    struct bw_message *messages = realloc(queue->messages, capacity * sizeof(*messages));
    if (messages != NULL)
        queue->messages = messages;
    struct bw_message_due *due = realloc(queue->due, capacity * sizeof(*due));
    if (due != NULL)
        queue->due = due;
    if (messages == NULL || due == NULL)
        return false;
    queue->capacity = capacity;
    return true;
}

void bw_message_queue_deinit(struct bw_message_queue *queue)
{
    free(queue->messages);
    free(queue->due);
    *queue = (struct bw_message_queue){.first_free = BW_MESSAGE_NO_SLOT};
}

uint32_t bw_message_queue_take(struct bw_message_queue *queue)
{
    const uint32_t slot = queue->first_free;

    if (slot != BW_MESSAGE_NO_SLOT) {
        queue->first_free = queue->messages[slot].next_free;
        return slot;
    }
    if (queue->slot_count == queue->capacity && !grow(queue))
        return BW_MESSAGE_NO_SLOT;
    return queue->slot_count++;
}

void bw_message_queue_give_back(struct bw_message_queue *queue, uint32_t slot)
{
    queue->messages[slot].next_free = queue->first_free;
    queue->first_free = slot;
}

static bool is_before(const struct bw_message_due *left, const struct bw_message_due *right)
{
    return left->time_us != right->time_us ? left->time_us < right->time_us
                                           : left->slot < right->slot;
}

void bw_message_queue_push(struct bw_message_queue *queue, uint32_t slot, int64_t time_us)
{
    struct bw_message_due *heap = queue->due;
    const struct bw_message_due due = {time_us, slot};
    uint32_t at = queue->due_count++;

    while (at > 0 && is_before(&due, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = due;
}

struct bw_message_due bw_message_queue_pop(struct bw_message_queue *queue)
{
    struct bw_message_due *heap = queue->due;
    const struct bw_message_due first = heap[0];
    const struct bw_message_due last = heap[--queue->due_count];
    uint32_t at = 0;

    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= queue->due_count)
            break;
        if (child + 1 < queue->due_count && is_before(&heap[child + 1], &heap[child]))
            child++;
        if (!is_before(&heap[child], &last))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return first;
}
