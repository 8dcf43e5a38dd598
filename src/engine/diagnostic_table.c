#include "engine/diagnostic_table.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/mask.h"

#include <stdlib.h>

#define TEXT_BYTES_MAX 1024

enum bw_status bw_diagnostic_table_init(struct bw_diagnostic_table *table, uint32_t capacity)
{
    BW_ASSERT(capacity >= 1 && capacity <= (1U << 20));
    uint32_t slot_count = 16;
    while (slot_count < capacity * 2)
        slot_count *= 2;
    *table = (struct bw_diagnostic_table){.capacity = capacity, .slot_count = slot_count};
    table->rows = calloc(capacity, sizeof(*table->rows));
    table->slots = calloc(slot_count, sizeof(*table->slots));
    if (table->rows != NULL && table->slots != NULL)
        return BW_OK;
    bw_diagnostic_table_deinit(table);
    return BW_ERR_NO_MEMORY;
}

void bw_diagnostic_table_deinit(struct bw_diagnostic_table *table)
{
    for (uint32_t i = 0; table->rows != NULL && i < table->count; i++)
        free(table->rows[i].text);
    free(table->rows);
    free(table->slots);
    *table = (struct bw_diagnostic_table){0};
}

void bw_diagnostic_table_clear(struct bw_diagnostic_table *table)
{
    for (uint32_t i = 0; i < table->count; i++)
        table->rows[i].count = 0;
    table->dropped = 0;
}

size_t bw_diagnostic_text(struct bw_text text, bool shows_addresses, char *out, size_t capacity)
{
    if (!shows_addresses)
        return bw_mask_addresses(text, out, capacity);
    const size_t size = text.size < capacity ? text.size : capacity;
    if (size > 0)
        (void)memcpy(out, text.bytes, size);
    return size;
}

static bool fill(const struct bw_diagnostic_table *table, struct bw_diagnostic *row,
                 const struct bw_observation *observation)
{
    char masked[TEXT_BYTES_MAX];
    const size_t size = bw_diagnostic_text(observation->delivery.text, table->shows_addresses,
                                           masked, sizeof(masked));

    row->text = malloc(size + 1);
    if (row->text == NULL)
        return false;
    (void)memcpy(row->text, masked, size);
    row->text[size] = '\0';
    row->text_size = (uint32_t)size;
    row->rule = observation->verdict.rule;
    row->class_id = observation->verdict.class_id;
    row->bounce = observation->verdict.bounce;
    return true;
}

uint32_t bw_diagnostic_table_add(struct bw_diagnostic_table *table,
                                 const struct bw_observation *observation, uint32_t input,
                                 uint64_t line)
{
    const struct bw_verdict *verdict = &observation->verdict;
    const uint64_t hash = bw_hash_pair(observation->shape_hash,
                                       (uint64_t)verdict->rule << 16U |
                                           (uint64_t)verdict->class_id << 8U | verdict->bounce);
    uint32_t slot = (uint32_t)hash & (table->slot_count - 1);

    while (table->slots[slot] != 0) {
        struct bw_diagnostic *row = &table->rows[table->slots[slot] - 1];
        if (row->hash == hash) {
            row->count++;
            return table->slots[slot];
        }
        slot = (slot + 1) & (table->slot_count - 1);
    }
    if (table->count == table->capacity || !fill(table, &table->rows[table->count], observation)) {
        table->dropped++;
        return BW_DIAGNOSTIC_NONE;
    }
    struct bw_diagnostic *row = &table->rows[table->count];
    row->hash = hash;
    row->count = 1;
    row->input = input;
    row->line = line;
    table->slots[slot] = ++table->count;
    return table->count;
}
