#include "aggregate/pending_list.h"

#include "base/check.h"

#include <stdlib.h>

#define NONE           0U
#define FIRST_CAPACITY ((size_t)256)

/* Id = 1 + index. Free ones are linked by `next`. */
struct node {
    struct bw_join_pending pending;
    uint64_t place; /* hash of queue id and recipient; 0: free */
    bw_pending_id next, previous;
};

struct bw_pending_list {
    struct node *nodes;
    bw_pending_id *slots; /* ids or NONE, by place; linear probing; twice as many as nodes */
    size_t count, capacity, slot_count, limit;
    bw_pending_id first_free;
};

enum bw_status bw_pending_list_create(struct bw_pending_list **created, size_t limit)
{
    BW_ASSERT(limit >= 1 && limit <= (size_t)1 << 30);
    struct bw_pending_list *list = calloc(1, sizeof(*list));

    if (list == NULL)
        return BW_ERR_NO_MEMORY;
    list->limit = limit;
    *created = list;
    return BW_OK;
}

void bw_pending_list_destroy(struct bw_pending_list **owned)
{
    struct bw_pending_list *list = *owned;

    *owned = NULL;
    if (list == NULL)
        return;
    free(list->nodes);
    free(list->slots);
    free(list);
}

static uint64_t place_of(uint64_t queue_key, uint64_t recipient_hash)
{
    /* Both are good hashes; the factor keeps (a, b) and (b, a) apart. */
    const uint64_t place = queue_key * UINT64_C(0x9E3779B97F4A7C15) ^ recipient_hash;

    return place == 0 ? 1 : place;
}

/* Index of the slot that has the id of this place, or of the free one where it would stand. */
static size_t slot_of(const struct bw_pending_list *list, uint64_t place)
{
    const size_t mask = list->slot_count - 1;
    size_t slot = (size_t)place & mask;

    while (list->slots[slot] != NONE && list->nodes[list->slots[slot] - 1].place != place)
        slot = (slot + 1) & mask;
    return slot;
}

static bool grow(struct bw_pending_list *list)
{
    const size_t capacity = list->capacity == 0 ? FIRST_CAPACITY : list->capacity * 2;
    bw_pending_id *slots = calloc(capacity * 2, sizeof(*slots));
    struct node *nodes = realloc(list->nodes, capacity * sizeof(*nodes));

    if (nodes != NULL)
        list->nodes = nodes;
    if (nodes == NULL || slots == NULL) {
        free(slots);
        return false;
    }
    free(list->slots);
    list->slots = slots;
    list->slot_count = capacity * 2;
    list->capacity = capacity;
    for (size_t i = 0; i < list->count; i++)
        if (list->nodes[i].place != 0)
            list->slots[slot_of(list, list->nodes[i].place)] = (bw_pending_id)(i + 1);
    return true;
}

/* Take a slot out and close the gap, so that no probe stops early. */
static void remove_slot(struct bw_pending_list *list, size_t hole)
{
    const size_t mask = list->slot_count - 1;

    list->slots[hole] = NONE;
    for (size_t i = (hole + 1) & mask; list->slots[i] != NONE; i = (i + 1) & mask) {
        const size_t home = (size_t)list->nodes[list->slots[i] - 1].place & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        list->slots[hole] = list->slots[i];
        list->slots[i] = NONE;
        hole = i;
    }
}

static void drop(struct bw_pending_list *list, bw_pending_id *first, bw_pending_id id)
{
    struct node *node = &list->nodes[id - 1];

    remove_slot(list, slot_of(list, node->place));
    if (node->previous == NONE)
        *first = node->next;
    else
        list->nodes[node->previous - 1].next = node->next;
    if (node->next != NONE)
        list->nodes[node->next - 1].previous = node->previous;
    *node = (struct node){.next = list->first_free};
    list->first_free = id;
}

bool bw_pending_list_put(struct bw_pending_list *list, bw_pending_id *first, uint64_t queue_key,
                         const struct bw_join_pending *pending)
{
    const uint64_t place = place_of(queue_key, pending->recipient_hash);
    bw_pending_id id = list->slot_count == 0 ? NONE : list->slots[slot_of(list, place)];

    if (id != NONE) {
        list->nodes[id - 1].pending = *pending;
        return true;
    }
    id = list->first_free;
    if (id != NONE) {
        list->first_free = list->nodes[id - 1].next;
    } else {
        if (list->count == list->limit || (list->count == list->capacity && !grow(list)))
            return false;
        id = (bw_pending_id)++list->count;
    }
    list->nodes[id - 1] = (struct node){.pending = *pending, .place = place, .next = *first};
    if (*first != NONE)
        list->nodes[*first - 1].previous = id;
    *first = id;
    list->slots[slot_of(list, place)] = id;
    return true;
}

void bw_pending_list_remove(struct bw_pending_list *list, bw_pending_id *first, uint64_t queue_key,
                            uint64_t recipient_hash)
{
    /* Most messages have nothing deferred. */
    if (*first == NONE)
        return;
    const bw_pending_id id = list->slots[slot_of(list, place_of(queue_key, recipient_hash))];
    if (id != NONE)
        drop(list, first, id);
}

bool bw_pending_list_take(struct bw_pending_list *list, bw_pending_id *first,
                          struct bw_join_pending *pending)
{
    if (*first == NONE)
        return false;
    *pending = list->nodes[*first - 1].pending;
    drop(list, first, *first);
    return true;
}

bool bw_pending_list_next(const struct bw_pending_list *list, bw_pending_id first,
                          bw_pending_id *position, struct bw_join_pending *pending)
{
    *position = *position == NONE ? first : list->nodes[*position - 1].next;
    if (*position == NONE)
        return false;
    *pending = list->nodes[*position - 1].pending;
    return true;
}

void bw_pending_list_clear(struct bw_pending_list *list, bw_pending_id *first)
{
    struct bw_join_pending ignored;

    while (bw_pending_list_take(list, first, &ignored))
        continue;
}
