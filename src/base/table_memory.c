#include "base/table_memory.h"

#include "base/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES ((size_t)2 * 1024 * 1024)

static size_t rounded_up(size_t bytes)
{
    return (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
}

/* Whole huge pages: one more is mapped, and what lies before and behind the aligned part goes. */
static void *map_aligned(size_t bytes)
{
    char *mapped = mmap(NULL, bytes + HUGE_PAGE_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return NULL;
    const size_t before = (HUGE_PAGE_BYTES - (uintptr_t)mapped % HUGE_PAGE_BYTES) % HUGE_PAGE_BYTES;
    if (before > 0)
        (void)munmap(mapped, before);
    (void)munmap(mapped + before + bytes, HUGE_PAGE_BYTES - before);
    /* A wish: without huge pages everything works as well, only slower. */
    (void)madvise(mapped + before, bytes, MADV_HUGEPAGE);
    return mapped + before;
}

void *bw_table_memory_take(size_t count, size_t size)
{
    BW_ASSERT(count > 0 && size > 0);
    if (count > SIZE_MAX / 2 / size)
        return NULL;
    return count * size < HUGE_PAGE_BYTES ? calloc(count, size)
                                          : map_aligned(rounded_up(count * size));
}

void bw_table_memory_give(void *memory, size_t count, size_t size)
{
    if (memory == NULL)
        return;
    if (count * size < HUGE_PAGE_BYTES)
        free(memory);
    else
        (void)munmap(memory, rounded_up(count * size));
}
