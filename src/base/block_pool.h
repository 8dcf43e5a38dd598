/*
 * Many small blocks that grow: the minutes and failures of keys.
 *
 * Sizes are rounded up to powers of two; a block that is given back serves the next of its size.
 * Nothing goes back to the system before the pool ends. Blocks over BW_BLOCK_BYTES_MAX come from
 * malloc(). One thread.
 */
#ifndef BW_BASE_BLOCK_POOL_H
#define BW_BASE_BLOCK_POOL_H

#include <bouncewatch/status.h>

#include <stddef.h>

#define BW_BLOCK_BYTES_MIN ((size_t)32)
#define BW_BLOCK_BYTES_MAX ((size_t)64 * 1024)

struct bw_block_pool;

BW_MUST_CHECK enum bw_status bw_block_pool_create(struct bw_block_pool **created);
/* All blocks end with it, but for those over BW_BLOCK_BYTES_MAX, which must be given back before.
 */
void bw_block_pool_destroy(struct bw_block_pool **owned);

/* At least `size` bytes (1 or more), aligned for any type, not zeroed; NULL: memory is out. */
void *bw_block_pool_take(struct bw_block_pool *pool, size_t size);
/* `size` as it was taken; NULL is allowed. */
void bw_block_pool_give(struct bw_block_pool *pool, void *block, size_t size);

#endif
