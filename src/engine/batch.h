/*
 * What the daemon writes down of one chunk: where its source stands behind it, how its lines were
 * counted, and the lines that count: outcomes, envelopes, removals.
 *
 * Read again, the batch gives the ledger what the chunk gave it. So the state of a daemon is what
 * came out of its batches, and its report is a scan of them.
 */
#ifndef BW_ENGINE_BATCH_H
#define BW_ENGINE_BATCH_H

#include "base/byte_writer.h"

#include <bouncewatch/chunk.h>
#include <bouncewatch/status.h>

struct bw_batch {
    struct bw_text path;  /* of the source, as events and reports name it */
    struct bw_text mark;  /* where the source stands behind these lines; its reader's own bytes */
    int64_t modified_s;   /* when the source was last changed, Unix seconds */
    int64_t taken_ms;     /* when the lines came, Unix ms */
    int64_t log_minute;   /* where the log's clock stood before them; INT64_MIN: nowhere yet */
    uint64_t line;        /* lines of the source before them */
    uint64_t text_offset; /* bytes of text of the source before them */
    uint64_t text_bytes;  /* bytes of their text, those that do not count too */
};

/* Append to `writer` (which may break) the batch of a scanned chunk. */
void bw_batch_encode(const struct bw_batch *batch, const struct bw_chunk *chunk,
                     struct bw_byte_writer *writer);

/*
 * The batch alone, without the lines; texts are views into `bytes`.
 * BW_ERR_FORMAT: these bytes are no batch.
 */
BW_MUST_CHECK enum bw_status bw_batch_decode(struct bw_text bytes, struct bw_batch *batch);

/*
 * The lines too, for a worker to scan, after which bw_batch_restore() puts the counts and the
 * places in the source back. BW_ERR_FORMAT.
 */
BW_MUST_CHECK enum bw_status bw_batch_fill(struct bw_text bytes, struct bw_chunk *chunk);
void bw_batch_restore(struct bw_text bytes, struct bw_chunk *chunk);

#endif
