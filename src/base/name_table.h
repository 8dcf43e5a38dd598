/*
 * Names (domains) interned once, lower-cased: hash in, small id out.
 */
#ifndef BW_BASE_NAME_TABLE_H
#define BW_BASE_NAME_TABLE_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdint.h>

#define BW_NAME_NONE 0U /* ids start at 1 */

struct bw_name_table;

/* At most `names_max` names are held (1 .. 2^31). */
BW_MUST_CHECK enum bw_status bw_name_table_create(struct bw_name_table **created,
                                                  uint32_t names_max);
void bw_name_table_destroy(struct bw_name_table **owned);

/*
 * Id of the name whose bw_hash_nocase() is `hash`; added, ASCII-lower-cased and without a trailing
 * dot, when it is new. BW_NAME_NONE when the table is full or memory is out;
 * bw_name_table_refused() counts those. One probe in the usual case.
 */
uint32_t bw_name_table_intern(struct bw_name_table *table, uint64_t hash, struct bw_text name);

/* The name of an id from 1 to the count; NUL-terminated too; lives as long as the table. */
struct bw_text bw_name_table_name(const struct bw_name_table *table, uint32_t id);
uint32_t bw_name_table_count(const struct bw_name_table *table);
uint64_t bw_name_table_refused(const struct bw_name_table *table);

#endif
