#include "aggregate/seen_set.h"

#include "base/check.h"
#include "base/table_memory.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS ((size_t)1024)

struct generation {
    uint64_t *slots; /* hash, or 0: free; linear probing */
    size_t slot_count;
    size_t count;
};

struct bw_seen_set {
    struct generation young, old;
    size_t half; /* entries in a generation at most */
};

static void give(struct generation *generation)
{
    bw_table_memory_give(generation->slots, generation->slot_count, sizeof(*generation->slots));
}

enum bw_status bw_seen_set_create(struct bw_seen_set **created, size_t limit)
{
    BW_ASSERT(limit >= 2 && limit <= (size_t)1 << 31);
    struct bw_seen_set *set = calloc(1, sizeof(*set));
    if (set == NULL)
        return BW_ERR_NO_MEMORY;
    set->half = limit / 2;
    set->young.slot_count = FIRST_SLOTS;
    set->young.slots = bw_table_memory_take(FIRST_SLOTS, sizeof(*set->young.slots));
    if (set->young.slots == NULL) {
        bw_seen_set_destroy(&set);
        return BW_ERR_NO_MEMORY;
    }
    *created = set;
    return BW_OK;
}

void bw_seen_set_destroy(struct bw_seen_set **owned)
{
    struct bw_seen_set *set = *owned;

    *owned = NULL;
    if (set == NULL)
        return;
    give(&set->young);
    give(&set->old);
    free(set);
}

/* Where the hash is, or the free slot where it would stand. */
static uint64_t *slot_of(const struct generation *generation, uint64_t hash)
{
    size_t slot = (size_t)hash & (generation->slot_count - 1);

    while (generation->slots[slot] != 0 && generation->slots[slot] != hash)
        slot = (slot + 1) & (generation->slot_count - 1);
    return &generation->slots[slot];
}

static bool grow(struct generation *generation)
{
    struct generation grown = {
        .slots = bw_table_memory_take(generation->slot_count * 2, sizeof(*grown.slots)),
        .slot_count = generation->slot_count * 2,
        .count = generation->count,
    };

    if (grown.slots == NULL)
        return false;
    for (size_t i = 0; i < generation->slot_count; i++)
        if (generation->slots[i] != 0)
            *slot_of(&grown, generation->slots[i]) = generation->slots[i];
    give(generation);
    *generation = grown;
    return true;
}

/* The younger generation becomes the older one; the memory of that one is used again. */
static void turn_over(struct bw_seen_set *set)
{
    struct generation emptied = set->old;

    if (emptied.slot_count < set->young.slot_count) {
        give(&emptied);
        emptied.slots = bw_table_memory_take(set->young.slot_count, sizeof(*emptied.slots));
        emptied.slot_count = set->young.slot_count;
        if (emptied.slots == NULL) {
            /* Out of memory: better to forget everything than to stop. */
            emptied = set->young;
            set->old = (struct generation){0};
        } else {
            set->old = set->young;
        }
    } else {
        set->old = set->young;
    }
    (void)memset(emptied.slots, 0, emptied.slot_count * sizeof(*emptied.slots));
    emptied.count = 0;
    set->young = emptied;
}

bool bw_seen_set_add(struct bw_seen_set *set, uint64_t hash)
{
    BW_ASSERT(hash != 0);
    uint64_t *slot = slot_of(&set->young, hash);
    if (*slot != 0)
        return true;
    const bool was_seen = set->old.count > 0 && *slot_of(&set->old, hash) != 0;

    const bool is_crowded = set->young.count * 2 >= set->young.slot_count;
    if (set->young.count == set->half || (is_crowded && !grow(&set->young)))
        turn_over(set);
    *slot_of(&set->young, hash) = hash;
    set->young.count++;
    return was_seen;
}

void bw_seen_set_prefetch(const struct bw_seen_set *set, uint32_t low_bits)
{
    __builtin_prefetch(&set->young.slots[low_bits & (set->young.slot_count - 1)], 1);
    if (set->old.count > 0)
        __builtin_prefetch(&set->old.slots[low_bits & (set->old.slot_count - 1)]);
}
