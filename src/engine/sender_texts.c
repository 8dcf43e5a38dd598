#include "engine/sender_texts.h"

#include "base/check.h"

#include <stdlib.h>

struct entry {
    uint64_t queue_key; /* 0: the slot is free */
    char *text;         /* owned */
    size_t size;
};

struct bw_sender_texts {
    struct entry *entries; /* open addressing, linear probing */
    size_t slot_count;     /* a power of two */
    size_t count, limit;
    uint64_t evicted;
};

enum bw_status bw_sender_texts_create(struct bw_sender_texts **created, size_t limit)
{
    BW_ASSERT(limit >= 1);
    struct bw_sender_texts *texts = calloc(1, sizeof(*texts));
    if (texts == NULL)
        return BW_ERR_NO_MEMORY;
    texts->limit = limit;
    texts->slot_count = 1024;
    texts->entries = calloc(texts->slot_count, sizeof(*texts->entries));
    if (texts->entries == NULL) {
        free(texts);
        return BW_ERR_NO_MEMORY;
    }
    *created = texts;
    return BW_OK;
}

static void forget_all(struct bw_sender_texts *texts)
{
    for (size_t i = 0; i < texts->slot_count; i++) {
        free(texts->entries[i].text);
        texts->entries[i] = (struct entry){0};
    }
    texts->count = 0;
}

void bw_sender_texts_destroy(struct bw_sender_texts **owned)
{
    struct bw_sender_texts *texts = *owned;

    *owned = NULL;
    if (texts == NULL)
        return;
    forget_all(texts);
    free(texts->entries);
    free(texts);
}

static size_t slot_of(const struct bw_sender_texts *texts, uint64_t queue_key)
{
    const size_t mask = texts->slot_count - 1;
    size_t slot = (size_t)queue_key & mask;

    while (texts->entries[slot].queue_key != 0 && texts->entries[slot].queue_key != queue_key)
        slot = (slot + 1) & mask;
    return slot;
}

static enum bw_status grow(struct bw_sender_texts *texts)
{
    struct entry *old = texts->entries;
    const size_t old_count = texts->slot_count;

    struct entry *entries = calloc(old_count * 2, sizeof(*entries));
    if (entries == NULL)
        return BW_ERR_NO_MEMORY;
    texts->entries = entries;
    texts->slot_count = old_count * 2;
    for (size_t i = 0; i < old_count; i++)
        if (old[i].queue_key != 0)
            entries[slot_of(texts, old[i].queue_key)] = old[i];
    free(old);
    return BW_OK;
}

enum bw_status bw_sender_texts_put(struct bw_sender_texts *texts, uint64_t queue_key,
                                   struct bw_text sender)
{
    char *text = malloc(sender.size + 1);
    if (text == NULL)
        return BW_ERR_NO_MEMORY;
    if (sender.size > 0)
        (void)memcpy(text, sender.bytes, sender.size);

    const bool is_new = texts->entries[slot_of(texts, queue_key)].queue_key == 0;
    if (is_new && texts->count == texts->limit) {
        texts->evicted += texts->count;
        forget_all(texts);
    }
    if (texts->count * 2 >= texts->slot_count && grow(texts) != BW_OK) {
        free(text);
        return BW_ERR_NO_MEMORY;
    }
    struct entry *entry = &texts->entries[slot_of(texts, queue_key)];
    if (entry->queue_key == 0)
        texts->count++;
    free(entry->text);
    *entry = (struct entry){queue_key, text, sender.size};
    return BW_OK;
}

bool bw_sender_texts_find(const struct bw_sender_texts *texts, uint64_t queue_key,
                          struct bw_text *sender)
{
    const struct entry *entry = &texts->entries[slot_of(texts, queue_key)];

    if (entry->queue_key == 0)
        return false;
    *sender = (struct bw_text){entry->text, entry->size};
    return true;
}

void bw_sender_texts_remove(struct bw_sender_texts *texts, uint64_t queue_key)
{
    const size_t mask = texts->slot_count - 1;
    size_t hole = slot_of(texts, queue_key);

    if (texts->entries[hole].queue_key == 0)
        return;
    free(texts->entries[hole].text);
    texts->entries[hole] = (struct entry){0};
    texts->count--;
    /* Close the gap, so that a probe never stops early: move back what the hole cuts off. */
    for (size_t i = (hole + 1) & mask; texts->entries[i].queue_key != 0; i = (i + 1) & mask) {
        const size_t home = (size_t)texts->entries[i].queue_key & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        texts->entries[hole] = texts->entries[i];
        texts->entries[i] = (struct entry){0};
        hole = i;
    }
}

uint64_t bw_sender_texts_evicted(const struct bw_sender_texts *texts)
{
    return texts->evicted;
}
