#include "aggregate/join.h"

#include "base/check.h"
#include "base/table_memory.h"

#include <stdlib.h>

struct generation {
    struct bw_join_message *slots; /* queue_key 0: free; linear probing */
    size_t count;
};

struct bw_join {
    struct generation young, old;
    size_t slot_count; /* of each: a power of two; grows with need up to the limit */
    size_t half;
    struct bw_pending_list *pending;
    uint64_t evicted, pending_dropped;
};

#define FIRST_SLOTS ((size_t)1024)

enum bw_status bw_join_create(struct bw_join **created, size_t messages_max, size_t pending_max)
{
    BW_ASSERT(messages_max >= 16);
    struct bw_join *join = calloc(1, sizeof(*join));
    if (join == NULL)
        return BW_ERR_NO_MEMORY;
    join->half = messages_max / 2;
    join->slot_count = FIRST_SLOTS;
    join->young.slots = bw_table_memory_take(FIRST_SLOTS, sizeof(*join->young.slots));
    join->old.slots = bw_table_memory_take(FIRST_SLOTS, sizeof(*join->old.slots));
    if (join->young.slots == NULL || join->old.slots == NULL ||
        bw_pending_list_create(&join->pending, pending_max) != BW_OK) {
        bw_join_destroy(&join);
        return BW_ERR_NO_MEMORY;
    }
    *created = join;
    return BW_OK;
}

void bw_join_destroy(struct bw_join **owned)
{
    struct bw_join *join = *owned;

    *owned = NULL;
    if (join == NULL)
        return;
    bw_table_memory_give(join->young.slots, join->slot_count, sizeof(*join->young.slots));
    bw_table_memory_give(join->old.slots, join->slot_count, sizeof(*join->old.slots));
    bw_pending_list_destroy(&join->pending);
    free(join);
}

static size_t slot_of(const struct bw_join *join, const struct generation *generation, uint64_t key)
{
    size_t slot = (size_t)key & (join->slot_count - 1);

    while (generation->slots[slot].queue_key != 0 && generation->slots[slot].queue_key != key)
        slot = (slot + 1) & (join->slot_count - 1);
    return slot;
}

/* Take a slot out and close the gap, so that no probe stops early. */
static void remove_slot(struct bw_join *join, struct generation *generation, size_t hole)
{
    const size_t mask = join->slot_count - 1;

    generation->slots[hole] = (struct bw_join_message){0};
    generation->count--;
    for (size_t i = (hole + 1) & mask; generation->slots[i].queue_key != 0; i = (i + 1) & mask) {
        const size_t home = (size_t)generation->slots[i].queue_key & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        generation->slots[hole] = generation->slots[i];
        generation->slots[i] = (struct bw_join_message){0};
        hole = i;
    }
}

/* The younger generation is full: the older one is forgotten. */
static void turn_over(struct bw_join *join)
{
    for (size_t i = 0; i < join->slot_count; i++) {
        if (join->old.slots[i].queue_key == 0)
            continue;
        bw_pending_list_clear(join->pending, &join->old.slots[i].first_pending);
        join->old.slots[i] = (struct bw_join_message){0};
        join->evicted++;
    }
    const struct generation emptied = {join->old.slots, 0};
    join->old = join->young;
    join->young = emptied;
}

/* Move the messages of a generation over to `slots`. */
static void refill(const struct bw_join *join, struct generation *generation, size_t old_count,
                   struct bw_join_message *slots)
{
    struct generation grown = {slots, generation->count};

    for (size_t i = 0; i < old_count; i++) {
        const struct bw_join_message *message = &generation->slots[i];
        if (message->queue_key != 0)
            grown.slots[slot_of(join, &grown, message->queue_key)] = *message;
    }
    bw_table_memory_give(generation->slots, old_count, sizeof(*generation->slots));
    *generation = grown;
}

/* Both generations have as many slots, so that one mask serves both. */
static bool grow(struct bw_join *join)
{
    const size_t old_count = join->slot_count;
    struct bw_join_message *young = bw_table_memory_take(old_count * 2, sizeof(*young));
    struct bw_join_message *old = bw_table_memory_take(old_count * 2, sizeof(*old));

    if (young == NULL || old == NULL) {
        bw_table_memory_give(young, old_count * 2, sizeof(*young));
        bw_table_memory_give(old, old_count * 2, sizeof(*old));
        return false;
    }
    join->slot_count = old_count * 2;
    refill(join, &join->young, old_count, young);
    refill(join, &join->old, old_count, old);
    return true;
}

static struct bw_join_message *insert(struct bw_join *join, const struct bw_join_message *message)
{
    if (join->young.count >= join->half)
        turn_over(join);
    if (join->young.count * 2 >= join->slot_count && !grow(join))
        return NULL;
    struct bw_join_message *slot =
        &join->young.slots[slot_of(join, &join->young, message->queue_key)];
    *slot = *message;
    join->young.count++;
    return slot;
}

struct bw_join_message *bw_join_find(struct bw_join *join, uint64_t queue_key)
{
    BW_ASSERT(queue_key != 0);
    size_t slot = slot_of(join, &join->young, queue_key);
    if (join->young.slots[slot].queue_key != 0)
        return &join->young.slots[slot];
    if (join->old.count == 0)
        return NULL;
    slot = slot_of(join, &join->old, queue_key);
    if (join->old.slots[slot].queue_key == 0)
        return NULL;
    /* Seen again: it moves to the younger ones. */
    const struct bw_join_message message = join->old.slots[slot];
    remove_slot(join, &join->old, slot);
    return insert(join, &message);
}

void bw_join_prefetch(const struct bw_join *join, uint64_t queue_key)
{
    __builtin_prefetch(&join->young.slots[(size_t)queue_key & (join->slot_count - 1)], 1);
}

struct bw_join_message *bw_join_take(struct bw_join *join, uint64_t queue_key, int64_t now_ms)
{
    struct bw_join_message *found = bw_join_find(join, queue_key);

    if (found != NULL)
        return found;
    const struct bw_join_message message = {.queue_key = queue_key, .started_ms = now_ms};
    return insert(join, &message);
}

void bw_join_removed(struct bw_join *join, uint64_t queue_key)
{
    struct generation *generations[] = {&join->young, &join->old};

    for (size_t i = 0; i < BW_ARRAY_COUNT(generations); i++) {
        const size_t slot = slot_of(join, generations[i], queue_key);
        if (generations[i]->slots[slot].queue_key == 0)
            continue;
        bw_pending_list_clear(join->pending, &generations[i]->slots[slot].first_pending);
        remove_slot(join, generations[i], slot);
    }
}

void bw_join_defer(struct bw_join *join, struct bw_join_message *message,
                   const struct bw_join_pending *pending)
{
    if (!bw_pending_list_put(join->pending, &message->first_pending, message->queue_key, pending))
        join->pending_dropped++;
}

void bw_join_settle(struct bw_join *join, struct bw_join_message *message, uint64_t recipient_hash)
{
    bw_pending_list_remove(join->pending, &message->first_pending, message->queue_key,
                           recipient_hash);
}

bool bw_join_take_pending(struct bw_join *join, struct bw_join_message *message,
                          struct bw_join_pending *pending)
{
    return bw_pending_list_take(join->pending, &message->first_pending, pending);
}

/* The old ones first: read back in this order, the young ones are the younger again. */
const struct bw_join_message *bw_join_next(const struct bw_join *join, size_t *position)
{
    while (*position < 2 * join->slot_count) {
        const size_t at = (*position)++;
        const struct bw_join_message *message = at < join->slot_count
                                                    ? &join->old.slots[at]
                                                    : &join->young.slots[at - join->slot_count];
        if (message->queue_key != 0)
            return message;
    }
    return NULL;
}

bool bw_join_next_pending(const struct bw_join *join, const struct bw_join_message *message,
                          bw_pending_id *position, struct bw_join_pending *pending)
{
    return bw_pending_list_next(join->pending, message->first_pending, position, pending);
}

uint64_t bw_join_evicted(const struct bw_join *join)
{
    return join->evicted;
}

uint64_t bw_join_pending_dropped(const struct bw_join *join)
{
    return join->pending_dropped;
}
