#include "aggregate/join.h"

#include "base/check.h"

#include <stdlib.h>

#define NO_NODE 0U

/* A deferred recipient in the pool; id = 1 + index. */
struct node {
    struct bw_join_pending pending;
    uint32_t next;
};

struct generation {
    struct bw_join_message *slots; /* queue_key 0: free; linear probing */
    size_t count;
};

struct bw_join {
    struct generation young, old;
    size_t slot_count; /* of each: a power of two; grows with need up to the limit */
    size_t half;
    struct node *nodes;
    size_t node_count, node_capacity, node_max;
    uint32_t first_free;
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
    join->node_max = pending_max < UINT32_MAX ? pending_max : UINT32_MAX - 1;
    join->slot_count = FIRST_SLOTS;
    join->young.slots = calloc(join->slot_count, sizeof(*join->young.slots));
    join->old.slots = calloc(join->slot_count, sizeof(*join->old.slots));
    if (join->young.slots == NULL || join->old.slots == NULL) {
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
    free(join->young.slots);
    free(join->old.slots);
    free(join->nodes);
    free(join);
}

static size_t slot_of(const struct bw_join *join, const struct generation *generation, uint64_t key)
{
    size_t slot = (size_t)key & (join->slot_count - 1);

    while (generation->slots[slot].queue_key != 0 && generation->slots[slot].queue_key != key)
        slot = (slot + 1) & (join->slot_count - 1);
    return slot;
}

static void free_pending(struct bw_join *join, struct bw_join_message *message)
{
    while (message->first_pending != NO_NODE) {
        const uint32_t id = message->first_pending;
        message->first_pending = join->nodes[id - 1].next;
        join->nodes[id - 1].next = join->first_free;
        join->first_free = id;
    }
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
        free_pending(join, &join->old.slots[i]);
        join->old.slots[i] = (struct bw_join_message){0};
        join->evicted++;
    }
    const struct generation emptied = {join->old.slots, 0};
    join->old = join->young;
    join->young = emptied;
}

static bool grow_one(const struct bw_join *join, struct generation *generation, size_t old_count)
{
    struct generation grown = {
        .slots = calloc(join->slot_count, sizeof(*grown.slots)),
        .count = generation->count,
    };
    if (grown.slots == NULL)
        return false;
    for (size_t i = 0; i < old_count; i++) {
        const struct bw_join_message *message = &generation->slots[i];
        if (message->queue_key != 0)
            grown.slots[slot_of(join, &grown, message->queue_key)] = *message;
    }
    free(generation->slots);
    *generation = grown;
    return true;
}

static bool grow(struct bw_join *join)
{
    const size_t old_count = join->slot_count;

    join->slot_count *= 2;
    if (!grow_one(join, &join->young, old_count)) {
        join->slot_count = old_count;
        return false;
    }
    /* The other must have as many slots: both are probed with one mask. */
    return grow_one(join, &join->old, old_count);
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
        free_pending(join, &generations[i]->slots[slot]);
        remove_slot(join, generations[i], slot);
    }
}

static uint32_t take_node(struct bw_join *join)
{
    if (join->first_free != NO_NODE) {
        const uint32_t id = join->first_free;
        join->first_free = join->nodes[id - 1].next;
        return id;
    }
    if (join->node_count == join->node_max)
        return NO_NODE;
    if (join->node_count == join->node_capacity) {
        const size_t capacity = join->node_capacity == 0 ? 256 : join->node_capacity * 2;
        struct node *nodes = realloc(join->nodes, capacity * sizeof(*nodes));
        if (nodes == NULL)
            return NO_NODE;
        join->nodes = nodes;
        join->node_capacity = capacity;
    }
    return (uint32_t)++join->node_count;
}

void bw_join_defer(struct bw_join *join, struct bw_join_message *message,
                   const struct bw_join_pending *pending)
{
    for (uint32_t id = message->first_pending; id != NO_NODE; id = join->nodes[id - 1].next) {
        if (join->nodes[id - 1].pending.recipient_hash != pending->recipient_hash)
            continue;
        join->nodes[id - 1].pending = *pending;
        return;
    }
    const uint32_t id = take_node(join);
    if (id == NO_NODE) {
        join->pending_dropped++;
        return;
    }
    join->nodes[id - 1] = (struct node){*pending, message->first_pending};
    message->first_pending = id;
}

void bw_join_settle(struct bw_join *join, struct bw_join_message *message, uint64_t recipient_hash)
{
    uint32_t *link = &message->first_pending;

    while (*link != NO_NODE) {
        struct node *node = &join->nodes[*link - 1];
        if (node->pending.recipient_hash == recipient_hash) {
            const uint32_t id = *link;
            *link = node->next;
            node->next = join->first_free;
            join->first_free = id;
            return;
        }
        link = &node->next;
    }
}

bool bw_join_take_pending(struct bw_join *join, struct bw_join_message *message,
                          struct bw_join_pending *pending)
{
    const uint32_t id = message->first_pending;

    if (id == NO_NODE)
        return false;
    *pending = join->nodes[id - 1].pending;
    message->first_pending = join->nodes[id - 1].next;
    join->nodes[id - 1].next = join->first_free;
    join->first_free = id;
    return true;
}

uint64_t bw_join_evicted(const struct bw_join *join)
{
    return join->evicted;
}

uint64_t bw_join_pending_dropped(const struct bw_join *join)
{
    return join->pending_dropped;
}
