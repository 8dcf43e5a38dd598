/*
 * Zeroed memory for tables that are looked into at random places.
 *
 * Large ones lie on huge pages where the kernel gives them: a table of many megabytes on small
 * pages misses the address cache at every look.
 */
#ifndef BW_BASE_TABLE_MEMORY_H
#define BW_BASE_TABLE_MEMORY_H

#include <stddef.h>

/* `count` zeroed elements of `size` bytes each; NULL: memory is out. */
void *bw_table_memory_take(size_t count, size_t size);
/* Give it back; the arguments are those of the take. NULL is allowed. */
void bw_table_memory_give(void *memory, size_t count, size_t size);

#endif
