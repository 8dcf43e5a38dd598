#include "aggregate/seen_set.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

struct generation {
    uint64_t *slots; /* hash, or 0: free */
    size_t count;
};

struct bw_seen_set {
    struct generation young, old;
    size_t slot_count; /* of each; a power of two, at least twice the half limit */
    size_t half;       /* entries in a generation at most */
};

enum bw_status bw_seen_set_create(struct bw_seen_set **created, size_t limit)
{
    BW_ASSERT(limit >= 2);
    struct bw_seen_set *set = calloc(1, sizeof(*set));
    if (set == NULL)
        return BW_ERR_NO_MEMORY;
    set->half = limit / 2;
    set->slot_count = 64;
    while (set->slot_count < set->half * 2)
        set->slot_count *= 2;
    set->young.slots = calloc(set->slot_count, sizeof(*set->young.slots));
    set->old.slots = calloc(set->slot_count, sizeof(*set->old.slots));
    if (set->young.slots == NULL || set->old.slots == NULL) {
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
    free(set->young.slots);
    free(set->old.slots);
    free(set);
}

static size_t slot_of(const struct bw_seen_set *set, const struct generation *generation,
                      uint64_t hash)
{
    size_t slot = (size_t)hash & (set->slot_count - 1);

    while (generation->slots[slot] != 0 && generation->slots[slot] != hash)
        slot = (slot + 1) & (set->slot_count - 1);
    return slot;
}

bool bw_seen_set_add(struct bw_seen_set *set, uint64_t hash)
{
    BW_ASSERT(hash != 0);
    size_t slot = slot_of(set, &set->young, hash);
    if (set->young.slots[slot] != 0)
        return true;
    const bool was_seen = set->old.count > 0 && set->old.slots[slot_of(set, &set->old, hash)] != 0;

    if (set->young.count == set->half) {
        const struct generation forgotten = set->old;
        set->old = set->young;
        set->young = forgotten;
        set->young.count = 0;
        (void)memset(set->young.slots, 0, set->slot_count * sizeof(*set->young.slots));
        slot = slot_of(set, &set->young, hash);
    }
    set->young.slots[slot] = hash;
    set->young.count++;
    return was_seen;
}
