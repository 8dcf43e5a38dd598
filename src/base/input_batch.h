/*
 * What a live source (a tailed file, a socket, the journal) hands to the engine.
 *
 * The engine makes the lines' counts and the source's position durable in one record before it
 * returns. So a source consumes (moves its own position, takes bytes off its socket) only after the
 * call, and after a kill it goes on at the position it is given back: nothing is lost or doubled.
 */
#ifndef BW_BASE_INPUT_BATCH_H
#define BW_BASE_INPUT_BATCH_H

#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

/* A position is opaque to the engine; a source writes and reads it itself. */
#define BW_POSITION_BYTES_MAX ((size_t)1024)

/* Text in one batch: whole lines, each ending in '\n', none over BW_LINE_BYTES_MAX. */
#define BW_BATCH_BYTES_MAX ((size_t)256 * 1024)

struct bw_input_batch {
    uint64_t source;         /* the same over restarts, e.g. a hash of what identifies it; not 0 */
    const char *name;        /* for samples and messages: path, "udp://127.0.0.1:514" */
    struct bw_text lines;    /* may be empty: only the position has changed */
    struct bw_text position; /* behind these lines, at most BW_POSITION_BYTES_MAX; empty: the source
                                has none (UDP) */
    int64_t modified_s;      /* Unix time that years are guessed from: the file's, or now */
    uint64_t cut;            /* lines cut to the limit in this batch */
    bool is_gone;            /* the source will not come again: its position is forgotten */
};

/*
 * Takes a batch; views live until it returns. False: it was not taken (the state cannot be written,
 * or there is no credit), nothing has happened; offer it again when the source is resumed.
 */
typedef bool bw_batch_callback(const struct bw_input_batch *batch, void *context);

#endif
