/*
 * Where text becomes counts: a chunk is scanned, written down, and only then counted.
 *
 *   chunk -> worker -> batch -> journal (one record: position and lines) -> ledger
 *   record -> worker -> ledger                                   the same again after a restart
 */
#ifndef BW_ENGINE_INTAKE_H
#define BW_ENGINE_INTAKE_H

#include "engine/batch.h"
#include "engine/knowledge.h"
#include "engine/ledger.h"

struct bw_intake;

/* Borrowed: both live longer than the intake. */
BW_MUST_CHECK enum bw_status bw_intake_create(struct bw_intake **created,
                                              const struct bw_knowledge *knowledge,
                                              struct bw_ledger *ledger);
void bw_intake_destroy(struct bw_intake **owned);

/* Where the next text goes: whole lines, at most BW_CHUNK_BYTES + BW_LINE_BYTES_MAX. */
struct bw_chunk *bw_intake_chunk(struct bw_intake *intake);

/*
 * Scan chunk->bytes[0 .. chunk->size) and make the record of it: the view is good until the next
 * call. Counts nothing. An empty text: memory is out.
 */
struct bw_text bw_intake_record(struct bw_intake *intake, struct bw_batch *batch);
/* Count what the last record was made of; once it is safe on disk. BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_intake_count(struct bw_intake *intake,
                                             const struct bw_batch *batch);

/*
 * Count a record read from the journal. BW_ERR_FORMAT: it is no batch (nothing was counted);
 * BW_ERR_NO_MEMORY.
 */
BW_MUST_CHECK enum bw_status bw_intake_replay(struct bw_intake *intake, struct bw_text record);

/* Lines and bytes of text counted of this source so far; false: not known. */
bool bw_intake_place(const struct bw_intake *intake, struct bw_text path, uint64_t *line,
                     uint64_t *text_bytes);

/* The log is at its end: close all inputs, for a report. */
void bw_intake_end(struct bw_intake *intake);

#endif
