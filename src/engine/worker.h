/*
 * One chunk in, its observations out. Pure: no clock, no allocation per line; one worker a thread.
 */
#ifndef BW_ENGINE_WORKER_H
#define BW_ENGINE_WORKER_H

#include "engine/knowledge.h"

#include <bouncewatch/chunk.h>

struct bw_worker;

BW_MUST_CHECK enum bw_status bw_worker_create(struct bw_worker **created,
                                              const struct bw_knowledge *knowledge);
void bw_worker_destroy(struct bw_worker **owned);

/* Fill the chunk's observations, line counts and stamps out of its bytes. */
void bw_worker_scan(struct bw_worker *worker, struct bw_chunk *chunk);

/* Verdict of a failure at a provider that is already known. */
void bw_worker_classify_as(struct bw_worker *worker, const struct bw_delivery *delivery,
                           uint16_t provider, struct bw_verdict *verdict);

/* Take one chunk's memory; BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_chunk_init(struct bw_chunk *chunk);
void bw_chunk_deinit(struct bw_chunk *chunk);

#endif
