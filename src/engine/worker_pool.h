/*
 * A fixed set of chunks and the threads that scan them.
 *
 * The owner takes a free chunk, fills and submits it; gets chunks back in the order in which they
 * were submitted, uses them and releases them. With no threads the owner scans them itself.
 */
#ifndef BW_ENGINE_WORKER_POOL_H
#define BW_ENGINE_WORKER_POOL_H

#include "engine/worker.h"

struct bw_worker_pool;

/* `threads` workers beside the owner, 0 .. 63. */
BW_MUST_CHECK enum bw_status bw_worker_pool_create(struct bw_worker_pool **created,
                                                   const struct bw_knowledge *knowledge,
                                                   uint32_t threads);
/* Ends and joins the threads; chunks that are on the way are dropped. */
void bw_worker_pool_destroy(struct bw_worker_pool **owned);

/* A chunk to fill, or NULL when all are on the way. */
struct bw_chunk *bw_worker_pool_free_chunk(struct bw_worker_pool *pool);
void bw_worker_pool_submit(struct bw_worker_pool *pool, struct bw_chunk *chunk);

/*
 * The oldest chunk on the way, once it is scanned; NULL when none is on the way, or when
 * `may_wait` is false and it is not scanned yet. While it waits, the owner scans chunks too.
 */
struct bw_chunk *bw_worker_pool_next(struct bw_worker_pool *pool, bool may_wait);
void bw_worker_pool_release(struct bw_worker_pool *pool, struct bw_chunk *chunk);

/* Time that all threads spent scanning, in seconds. */
double bw_worker_pool_scan_s(struct bw_worker_pool *pool);

#endif
