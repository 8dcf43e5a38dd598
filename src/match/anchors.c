#include "match/anchors.h"

#include "base/check.h"

#include <hs.h>

#include <stdlib.h>

#define LITERALS_MAX 32
#define FIRST_HITS   4096

struct bw_anchors {
    hs_database_t *database;
};

struct bw_anchors_scratch {
    hs_scratch_t *scratch;
    struct bw_anchor_hit *hits;
    size_t count, capacity;
};

enum bw_status bw_anchors_create(struct bw_anchors **created, const struct bw_text *literals,
                                 size_t count)
{
    BW_ASSERT(count >= 1 && count <= LITERALS_MAX);
    const char *bytes[LITERALS_MAX];
    size_t sizes[LITERALS_MAX];
    unsigned int ids[LITERALS_MAX];
    unsigned int flags[LITERALS_MAX] = {0};
    hs_compile_error_t *error = NULL;
    struct bw_anchors *anchors = calloc(1, sizeof(*anchors));

    if (anchors == NULL)
        return BW_ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        bytes[i] = literals[i].bytes;
        sizes[i] = literals[i].size;
        ids[i] = (unsigned int)i;
    }
    if (hs_compile_lit_multi(bytes, flags, ids, sizes, (unsigned int)count, HS_MODE_BLOCK, NULL,
                             &anchors->database, &error) != HS_SUCCESS) {
        hs_free_compile_error(error);
        free(anchors);
        return BW_ERR_FORMAT;
    }
    *created = anchors;
    return BW_OK;
}

void bw_anchors_destroy(struct bw_anchors **owned)
{
    struct bw_anchors *anchors = *owned;

    *owned = NULL;
    if (anchors == NULL)
        return;
    hs_free_database(anchors->database);
    free(anchors);
}

enum bw_status bw_anchors_scratch_create(struct bw_anchors_scratch **created,
                                         const struct bw_anchors *anchors)
{
    struct bw_anchors_scratch *scratch = calloc(1, sizeof(*scratch));

    if (scratch == NULL)
        return BW_ERR_NO_MEMORY;
    scratch->capacity = FIRST_HITS;
    scratch->hits = malloc(scratch->capacity * sizeof(*scratch->hits));
    if (scratch->hits == NULL ||
        hs_alloc_scratch(anchors->database, &scratch->scratch) != HS_SUCCESS) {
        bw_anchors_scratch_destroy(&scratch);
        return BW_ERR_NO_MEMORY;
    }
    *created = scratch;
    return BW_OK;
}

void bw_anchors_scratch_destroy(struct bw_anchors_scratch **owned)
{
    struct bw_anchors_scratch *scratch = *owned;

    *owned = NULL;
    if (scratch == NULL)
        return;
    hs_free_scratch(scratch->scratch);
    free(scratch->hits);
    free(scratch);
}

static int on_hit(unsigned int id, unsigned long long from, unsigned long long to,
                  unsigned int flags, void *context)
{
    struct bw_anchors_scratch *scratch = context;

    (void)from;
    (void)flags;
    if (scratch->count == scratch->capacity) {
        struct bw_anchor_hit *hits = realloc(scratch->hits, scratch->capacity * 2 * sizeof(*hits));
        if (hits == NULL)
            return 1;
        scratch->hits = hits;
        scratch->capacity *= 2;
    }
    /* Hits come nearly in order; the few that do not are moved into their place. */
    size_t index = scratch->count++;
    while (index > 0 && scratch->hits[index - 1].end > to) {
        scratch->hits[index] = scratch->hits[index - 1];
        index--;
    }
    scratch->hits[index] = (struct bw_anchor_hit){(uint32_t)to, id};
    return 0;
}

enum bw_status bw_anchors_scan(const struct bw_anchors *anchors, struct bw_anchors_scratch *scratch,
                               struct bw_text text, const struct bw_anchor_hit **hits,
                               size_t *count)
{
    BW_ASSERT(text.size <= UINT32_MAX);
    scratch->count = 0;
    if (text.size > 0 && hs_scan(anchors->database, text.bytes, (unsigned int)text.size, 0,
                                 scratch->scratch, on_hit, scratch) != HS_SUCCESS)
        return BW_ERR_NO_MEMORY;
    *hits = scratch->hits;
    *count = scratch->count;
    return BW_OK;
}
