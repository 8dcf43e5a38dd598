/*
 * The failure texts, grouped by shape: what the remote side said, how often, and where first.
 */
#ifndef BW_ENGINE_DIAGNOSTIC_TABLE_H
#define BW_ENGINE_DIAGNOSTIC_TABLE_H

#include <bouncewatch/observation.h>
#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stdint.h>

#define BW_DIAGNOSTIC_NONE 0U

struct bw_diagnostic {
    uint64_t hash;
    uint64_t count;
    uint64_t line; /* where the first one stood, from 1 */
    char *text;    /* owned; local parts masked unless shown; at most 1 KiB */
    uint32_t text_size;
    uint32_t input;
    uint16_t rule;
    uint8_t class_id;
    uint8_t bounce;
};

struct bw_diagnostic_table {
    struct bw_diagnostic *rows; /* owned; id = 1 + index */
    uint32_t *slots;            /* owned; id or 0, by hash */
    uint32_t count, capacity, slot_count;
    bool shows_addresses; /* for the caller to set: texts are kept with whole addresses */
    uint64_t dropped;     /* failures of a shape for which there was no room */
};

/* At most `capacity` shapes (1 .. 2^20) are kept. */
BW_MUST_CHECK enum bw_status bw_diagnostic_table_init(struct bw_diagnostic_table *table,
                                                      uint32_t capacity);
void bw_diagnostic_table_deinit(struct bw_diagnostic_table *table);

/* Count one failure; its id, or BW_DIAGNOSTIC_NONE when there is no room for its shape. */
uint32_t bw_diagnostic_table_add(struct bw_diagnostic_table *table,
                                 const struct bw_observation *observation, uint32_t input,
                                 uint64_t line);

/* Count from 0 again; the texts and their ids stay. */
void bw_diagnostic_table_clear(struct bw_diagnostic_table *table);

/* A failure's text as it is shown: local parts masked or not, cut to `capacity`. Its size. */
size_t bw_diagnostic_text(struct bw_text text, bool shows_addresses, char *out, size_t capacity);

#endif
