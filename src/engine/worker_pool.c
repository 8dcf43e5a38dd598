#include "engine/worker_pool.h"

#include "base/check.h"

#include <uv.h>

#include <stdlib.h>

#define THREADS_MAX       63
#define CHUNKS_PER_THREAD 3
#define CHUNKS_EXTRA      2

enum slot_state { SLOT_FREE = 0, SLOT_FILLING, SLOT_READY, SLOT_SCANNING, SLOT_SCANNED, SLOT_USED };

/* States change under the mutex; the chunk belongs to whoever the state names. */
struct slot {
    struct bw_chunk chunk;
    enum slot_state state;
};

struct bw_worker_pool {
    struct slot *slots; /* a ring: chunk number modulo slot_count */
    size_t slot_count;
    uint64_t next_submit;         /* number of the next chunk to be filled */
    uint64_t next_scan;           /* the oldest that may still be SLOT_READY */
    uint64_t next_use;            /* the oldest on the way */
    struct bw_worker *own_worker; /* the owner's */
    struct bw_worker *workers[THREADS_MAX];
    uv_thread_t threads[THREADS_MAX];
    uint32_t worker_count, thread_count;
    uint64_t scan_ns;
    uv_mutex_t mutex;
    uv_cond_t has_ready;   /* a chunk waits for a worker, or the pool ends */
    uv_cond_t has_scanned; /* a chunk was scanned */
    bool has_sync;
    bool is_ending;
};

struct thread_start {
    struct bw_worker_pool *pool;
    struct bw_worker *worker;
};

static struct slot *slot_of(struct bw_worker_pool *pool, uint64_t number)
{
    return &pool->slots[number % pool->slot_count];
}

/* The oldest chunk that nobody scans yet. Under the mutex. */
static struct slot *take_ready(struct bw_worker_pool *pool)
{
    if (pool->next_scan >= pool->next_submit)
        return NULL;
    struct slot *slot = slot_of(pool, pool->next_scan++);
    BW_ASSERT(slot->state == SLOT_READY);
    slot->state = SLOT_SCANNING;
    return slot;
}

/* Without the mutex on entry and on return. */
static void scan_slot(struct bw_worker_pool *pool, struct bw_worker *worker, struct slot *slot)
{
    const uint64_t start_ns = uv_hrtime();
    bw_worker_scan(worker, &slot->chunk);
    const uint64_t spent_ns = uv_hrtime() - start_ns;

    uv_mutex_lock(&pool->mutex);
    slot->state = SLOT_SCANNED;
    pool->scan_ns += spent_ns;
    uv_cond_signal(&pool->has_scanned);
    uv_mutex_unlock(&pool->mutex);
}

static void run_worker(void *argument)
{
    struct thread_start *start = argument;
    struct bw_worker_pool *pool = start->pool;
    struct bw_worker *worker = start->worker;

    free(start);
    for (;;) {
        uv_mutex_lock(&pool->mutex);
        struct slot *slot = NULL;
        while (!pool->is_ending && (slot = take_ready(pool)) == NULL)
            uv_cond_wait(&pool->has_ready, &pool->mutex);
        uv_mutex_unlock(&pool->mutex);
        if (slot == NULL)
            return;
        scan_slot(pool, worker, slot);
    }
}

static enum bw_status start_threads(struct bw_worker_pool *pool,
                                    const struct bw_knowledge *knowledge, uint32_t threads)
{
    for (uint32_t i = 0; i < threads; i++) {
        const enum bw_status status = bw_worker_create(&pool->workers[i], knowledge);
        if (status != BW_OK)
            return status;
        pool->worker_count++;
    }
    for (uint32_t i = 0; i < threads; i++) {
        struct thread_start *start = malloc(sizeof(*start));
        if (start == NULL)
            return BW_ERR_NO_MEMORY;
        *start = (struct thread_start){pool, pool->workers[i]};
        if (uv_thread_create(&pool->threads[i], run_worker, start) != 0) {
            /* Fewer threads than wished for are slower, not wrong. */
            free(start);
            break;
        }
        pool->thread_count++;
    }
    return BW_OK;
}

enum bw_status bw_worker_pool_create(struct bw_worker_pool **created,
                                     const struct bw_knowledge *knowledge, uint32_t threads)
{
    BW_ASSERT(threads <= THREADS_MAX);
    const size_t slot_count = threads == 0 ? 1 : (size_t)threads * CHUNKS_PER_THREAD + CHUNKS_EXTRA;
    struct bw_worker_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return BW_ERR_NO_MEMORY;

    enum bw_status status = bw_worker_create(&pool->own_worker, knowledge);
    if (status != BW_OK)
        goto fail;
    status = BW_ERR_NO_MEMORY;
    pool->slots = calloc(slot_count, sizeof(*pool->slots));
    if (pool->slots == NULL)
        goto fail;
    for (; pool->slot_count < slot_count; pool->slot_count++)
        if (bw_chunk_init(&pool->slots[pool->slot_count].chunk) != BW_OK)
            goto fail;
    if (uv_mutex_init(&pool->mutex) != 0)
        goto fail;
    if (uv_cond_init(&pool->has_ready) != 0 || uv_cond_init(&pool->has_scanned) != 0)
        goto fail;
    pool->has_sync = true;
    status = start_threads(pool, knowledge, threads);
    if (status != BW_OK)
        goto fail;
    *created = pool;
    return BW_OK;

fail:
    bw_worker_pool_destroy(&pool);
    return status;
}

void bw_worker_pool_destroy(struct bw_worker_pool **owned)
{
    struct bw_worker_pool *pool = *owned;

    *owned = NULL;
    if (pool == NULL)
        return;
    if (pool->has_sync) {
        uv_mutex_lock(&pool->mutex);
        pool->is_ending = true;
        uv_cond_broadcast(&pool->has_ready);
        uv_mutex_unlock(&pool->mutex);
        for (uint32_t i = 0; i < pool->thread_count; i++)
            (void)uv_thread_join(&pool->threads[i]);
        uv_cond_destroy(&pool->has_ready);
        uv_cond_destroy(&pool->has_scanned);
        uv_mutex_destroy(&pool->mutex);
    }
    for (uint32_t i = 0; i < pool->worker_count; i++)
        bw_worker_destroy(&pool->workers[i]);
    bw_worker_destroy(&pool->own_worker);
    for (size_t i = 0; i < pool->slot_count; i++)
        bw_chunk_deinit(&pool->slots[i].chunk);
    free(pool->slots);
    free(pool);
}

struct bw_chunk *bw_worker_pool_free_chunk(struct bw_worker_pool *pool)
{
    struct slot *slot = slot_of(pool, pool->next_submit);

    uv_mutex_lock(&pool->mutex);
    const bool is_free = slot->state == SLOT_FREE;
    if (is_free)
        slot->state = SLOT_FILLING;
    uv_mutex_unlock(&pool->mutex);
    return is_free ? &slot->chunk : NULL;
}

void bw_worker_pool_submit(struct bw_worker_pool *pool, struct bw_chunk *chunk)
{
    uv_mutex_lock(&pool->mutex);
    struct slot *slot = slot_of(pool, pool->next_submit);
    BW_ASSERT(&slot->chunk == chunk && slot->state == SLOT_FILLING);
    chunk->number = pool->next_submit++;
    slot->state = SLOT_READY;
    uv_cond_signal(&pool->has_ready);
    uv_mutex_unlock(&pool->mutex);
}

struct bw_chunk *bw_worker_pool_next(struct bw_worker_pool *pool, bool may_wait)
{
    uv_mutex_lock(&pool->mutex);
    if (pool->next_use >= pool->next_submit) {
        uv_mutex_unlock(&pool->mutex);
        return NULL;
    }
    struct slot *oldest = slot_of(pool, pool->next_use);
    while (oldest->state != SLOT_SCANNED && may_wait) {
        struct slot *ready = take_ready(pool);
        if (ready == NULL) {
            uv_cond_wait(&pool->has_scanned, &pool->mutex);
            continue;
        }
        uv_mutex_unlock(&pool->mutex);
        scan_slot(pool, pool->own_worker, ready);
        uv_mutex_lock(&pool->mutex);
    }
    const bool is_scanned = oldest->state == SLOT_SCANNED;
    if (is_scanned) {
        oldest->state = SLOT_USED;
        pool->next_use++;
    }
    uv_mutex_unlock(&pool->mutex);
    return is_scanned ? &oldest->chunk : NULL;
}

void bw_worker_pool_release(struct bw_worker_pool *pool, struct bw_chunk *chunk)
{
    uv_mutex_lock(&pool->mutex);
    struct slot *slot = slot_of(pool, chunk->number);
    BW_ASSERT(&slot->chunk == chunk && slot->state == SLOT_USED);
    slot->state = SLOT_FREE;
    uv_mutex_unlock(&pool->mutex);
}

double bw_worker_pool_scan_s(struct bw_worker_pool *pool)
{
    uv_mutex_lock(&pool->mutex);
    const double seconds = (double)pool->scan_ns / 1e9;
    uv_mutex_unlock(&pool->mutex);
    return seconds;
}
