/*
 * The few literals that mark a line worth parsing, looked for over whole chunks at line rate.
 */
#ifndef BW_MATCH_ANCHORS_H
#define BW_MATCH_ANCHORS_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdint.h>

struct bw_anchors;         /* read-only after creation, shared by all workers */
struct bw_anchors_scratch; /* one per worker */

struct bw_anchor_hit {
    uint32_t end;    /* offset of the byte behind the literal */
    uint32_t anchor; /* index into the literals */
};

/* `literals` (case-sensitive, at most 32) are copied. */
BW_MUST_CHECK enum bw_status bw_anchors_create(struct bw_anchors **created,
                                               const struct bw_text *literals, size_t count);
void bw_anchors_destroy(struct bw_anchors **owned);

BW_MUST_CHECK enum bw_status bw_anchors_scratch_create(struct bw_anchors_scratch **created,
                                                       const struct bw_anchors *anchors);
void bw_anchors_scratch_destroy(struct bw_anchors_scratch **owned);

/*
 * All hits in `text` (at most 4 GiB), ordered by `end`. `*hits` points into the scratch, valid
 * until the next scan with it. The hit buffer grows to its high-water mark and stays there;
 * returns BW_ERR_NO_MEMORY when it cannot grow.
 */
BW_MUST_CHECK enum bw_status bw_anchors_scan(const struct bw_anchors *anchors,
                                             struct bw_anchors_scratch *scratch,
                                             struct bw_text text, const struct bw_anchor_hit **hits,
                                             size_t *count);

#endif
