#include "base/block_pool.h"

#include "base/check.h"
#include "base/table_memory.h"

#include <stdbool.h>
#include <stdlib.h>

#define FIRST_SLAB_BYTES ((size_t)128 * 1024)
#define SLAB_BYTES       ((size_t)2 * 1024 * 1024)
#define CLASS_COUNT      12 /* 32, 64, ... 65536 */

/* The sanitizers see a misuse of a block only when each is malloc's own. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_SLABS 0
#else
#define HAS_SLABS 1
#endif

_Static_assert(BW_BLOCK_BYTES_MIN << (CLASS_COUNT - 1) == BW_BLOCK_BYTES_MAX, "the classes reach");

struct free_block {
    struct free_block *next;
};

struct slab {
    void *memory;
    size_t size;
};

struct bw_block_pool {
    struct free_block *free_blocks[CLASS_COUNT];
    char *rest; /* of the youngest slab */
    size_t rest_size;
    struct slab *slabs;
    size_t slab_count, slab_capacity;
};

static size_t class_of(size_t size)
{
    size_t index = 0;

    while (BW_BLOCK_BYTES_MIN << index < size)
        index++;
    return index;
}

enum bw_status bw_block_pool_create(struct bw_block_pool **created)
{
    struct bw_block_pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL)
        return BW_ERR_NO_MEMORY;
    *created = pool;
    return BW_OK;
}

void bw_block_pool_destroy(struct bw_block_pool **owned)
{
    struct bw_block_pool *pool = *owned;

    *owned = NULL;
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->slab_count; i++)
        bw_table_memory_give(pool->slabs[i].memory, 1, pool->slabs[i].size);
    free(pool->slabs);
    free(pool);
}

static bool add_slab(struct bw_block_pool *pool)
{
    /* A scan of a small file shall not touch a huge page. */
    const size_t size = pool->slab_count == 0 ? FIRST_SLAB_BYTES : SLAB_BYTES;

    if (pool->slab_count == pool->slab_capacity) {
        const size_t capacity = pool->slab_capacity == 0 ? 16 : pool->slab_capacity * 2;
        struct slab *slabs = realloc(pool->slabs, capacity * sizeof(*slabs));
        if (slabs == NULL)
            return false;
        pool->slabs = slabs;
        pool->slab_capacity = capacity;
    }
    void *memory = bw_table_memory_take(1, size);
    if (memory == NULL)
        return false;
    pool->slabs[pool->slab_count++] = (struct slab){memory, size};
    pool->rest = memory;
    pool->rest_size = size;
    return true;
}

void *bw_block_pool_take(struct bw_block_pool *pool, size_t size)
{
    BW_ASSERT(size >= 1);
    if (!HAS_SLABS || size > BW_BLOCK_BYTES_MAX)
        return malloc(size);
    const size_t index = class_of(size);
    const size_t room = BW_BLOCK_BYTES_MIN << index;
    struct free_block *block = pool->free_blocks[index];

    if (block != NULL) {
        pool->free_blocks[index] = block->next;
        return block;
    }
    if (pool->rest_size < room && !add_slab(pool))
        return NULL;
    char *bytes = pool->rest;
    pool->rest += room;
    pool->rest_size -= room;
    return bytes;
}

void bw_block_pool_give(struct bw_block_pool *pool, void *block, size_t size)
{
    if (block == NULL)
        return;
    if (!HAS_SLABS || size > BW_BLOCK_BYTES_MAX) {
        free(block);
        return;
    }
    struct free_block *given = block;
    const size_t index = class_of(size);
    given->next = pool->free_blocks[index];
    pool->free_blocks[index] = given;
}
