/*
 * A byte stream -> chunks that hold whole lines only.
 *
 * The part behind the last '\n' is carried into the next chunk; a line over BW_LINE_BYTES_MAX is
 * cut to BW_LINE_BYTES_MAX + 1 bytes and the rest of it dropped; at the end a missing final
 * newline is added. The lines do not depend on how the stream was cut into pieces.
 */
#ifndef BW_FRAME_LINE_CUTTER_H
#define BW_FRAME_LINE_CUTTER_H

#include <bouncewatch/chunk.h>
#include <bouncewatch/status.h>

struct bw_line_cutter; /* holds the carried part: at most BW_LINE_BYTES_MAX + 1 bytes */

BW_MUST_CHECK enum bw_status bw_line_cutter_create(struct bw_line_cutter **created);
void bw_line_cutter_destroy(struct bw_line_cutter **owned);

/* Forget what is carried: a new input starts. */
void bw_line_cutter_reset(struct bw_line_cutter *cutter);

/* Start a chunk with the carried part: sets chunk->bytes[0..size). */
void bw_line_cutter_begin(struct bw_line_cutter *cutter, struct bw_chunk *chunk);
/* Where the next bytes of the stream go, and how many fit at most (0: the chunk is full). */
char *bw_line_cutter_room(struct bw_line_cutter *cutter, struct bw_chunk *chunk, size_t *capacity);
/* `size` bytes were put there. */
void bw_line_cutter_added(struct bw_line_cutter *cutter, struct bw_chunk *chunk, size_t size);
/* End the chunk: carry the part behind the last newline, or (is_end) close the last line. */
void bw_line_cutter_finish(struct bw_line_cutter *cutter, struct bw_chunk *chunk, bool is_end);

#endif
