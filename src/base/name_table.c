#include "base/name_table.h"

#include "base/check.h"

#include <stdlib.h>

#define BLOCK_BYTES ((size_t)256 * 1024)

struct name {
    char *bytes; /* in a block; NUL behind it */
    uint64_t hash;
    uint32_t size;
};

struct bw_name_table {
    struct name *names; /* id - 1 */
    uint32_t *slots;    /* id or 0 */
    char **blocks;
    size_t block_count, block_used, block_size;
    uint64_t refused;
    uint32_t count, capacity, slot_count, names_max;
};

enum bw_status bw_name_table_create(struct bw_name_table **created, uint32_t names_max)
{
    BW_ASSERT(names_max >= 1 && names_max <= (1U << 31U));
    struct bw_name_table *table = calloc(1, sizeof(*table));
    if (table == NULL)
        return BW_ERR_NO_MEMORY;
    table->names_max = names_max;
    table->slot_count = 1024;
    table->slots = calloc(table->slot_count, sizeof(*table->slots));
    if (table->slots == NULL) {
        free(table);
        return BW_ERR_NO_MEMORY;
    }
    *created = table;
    return BW_OK;
}

void bw_name_table_destroy(struct bw_name_table **owned)
{
    struct bw_name_table *table = *owned;

    *owned = NULL;
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->block_count; i++)
        free(table->blocks[i]);
    free(table->blocks);
    free(table->names);
    free(table->slots);
    free(table);
}

static bool grow_slots(struct bw_name_table *table)
{
    if (table->slot_count > UINT32_MAX / 2)
        return false;
    const uint32_t slot_count = table->slot_count * 2;
    BW_ASSERT(slot_count > 0);
    uint32_t *slots = calloc(slot_count, sizeof(*slots));
    if (slots == NULL)
        return false;
    for (uint32_t id = 1; id <= table->count; id++) {
        uint32_t slot = (uint32_t)table->names[id - 1].hash & (slot_count - 1);
        while (slots[slot] != 0)
            slot = (slot + 1) & (slot_count - 1);
        slots[slot] = id;
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = slot_count;
    return true;
}

static bool grow_names(struct bw_name_table *table)
{
    const uint32_t capacity = table->capacity == 0 ? 512 : table->capacity * 2;
    struct name *names = realloc(table->names, capacity * sizeof(*names));

    if (names == NULL)
        return false;
    table->names = names;
    table->capacity = capacity;
    return true;
}

/* `size` bytes that stay where they are. */
static char *take_bytes(struct bw_name_table *table, size_t size)
{
    if (table->block_size - table->block_used < size) {
        const size_t block_size = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        char **blocks = realloc(table->blocks, (table->block_count + 1) * sizeof(*blocks));
        if (blocks == NULL)
            return NULL;
        table->blocks = blocks;
        blocks[table->block_count] = malloc(block_size);
        if (blocks[table->block_count] == NULL)
            return NULL;
        table->block_count++;
        table->block_used = 0;
        table->block_size = block_size;
    }
    char *bytes = table->blocks[table->block_count - 1] + table->block_used;
    table->block_used += size;
    return bytes;
}

static uint32_t add(struct bw_name_table *table, uint64_t hash, struct bw_text name)
{
    if (table->count == table->names_max ||
        (table->count == table->capacity && !grow_names(table)) ||
        (table->count * 2 >= table->slot_count && !grow_slots(table))) {
        table->refused++;
        return BW_NAME_NONE;
    }
    if (name.size > 0 && name.bytes[name.size - 1] == '.')
        name.size--;
    char *bytes = take_bytes(table, name.size + 1);
    if (bytes == NULL) {
        table->refused++;
        return BW_NAME_NONE;
    }
    for (size_t i = 0; i < name.size; i++)
        bytes[i] = bw_lower(name.bytes[i]);
    bytes[name.size] = '\0';
    table->names[table->count++] = (struct name){bytes, hash, (uint32_t)name.size};
    uint32_t slot = (uint32_t)hash & (table->slot_count - 1);
    while (table->slots[slot] != 0)
        slot = (slot + 1) & (table->slot_count - 1);
    table->slots[slot] = table->count;
    return table->count;
}

uint32_t bw_name_table_intern(struct bw_name_table *table, uint64_t hash, struct bw_text name)
{
    uint32_t slot = (uint32_t)hash & (table->slot_count - 1);

    while (table->slots[slot] != 0) {
        if (table->names[table->slots[slot] - 1].hash == hash)
            return table->slots[slot];
        slot = (slot + 1) & (table->slot_count - 1);
    }
    return add(table, hash, name);
}

struct bw_text bw_name_table_name(const struct bw_name_table *table, uint32_t id)
{
    BW_ASSERT(id >= 1 && id <= table->count);
    return (struct bw_text){table->names[id - 1].bytes, table->names[id - 1].size};
}

uint32_t bw_name_table_count(const struct bw_name_table *table)
{
    return table->count;
}

uint64_t bw_name_table_refused(const struct bw_name_table *table)
{
    return table->refused;
}
