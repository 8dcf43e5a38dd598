/*
 * Connections that bring lines: how many of their bytes are counted, and where their framing and
 * their decompression stand behind them. Over kills of the daemon, by marks in the journal.
 *
 *   bytes ──> one zlib stream? ──> frames ──> lines
 *
 * A connection is known by the id that the holder of the sockets knows it by, too.
 */
#ifndef BW_ENGINE_STREAM_TABLE_H
#define BW_ENGINE_STREAM_TABLE_H

#include "base/byte_writer.h"
#include "frame/stream_framer.h"

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bw_stream_table;
struct bw_stream;

/* Where lines go. */
struct bw_stream_lines {
    char *bytes; /* borrowed */
    size_t capacity;
    size_t size; /* what is written */
};

/* What was seen of connections that have ended. */
struct bw_stream_counts {
    uint64_t messages, empty, cut, bad_counts, truncated;
    uint64_t compressed; /* connections that are one zlib stream */
    uint64_t damaged;    /* of these, those with a damaged stream, or something behind it */
    uint64_t refused;    /* messages that are no GELF */
    uint64_t unfinished; /* of these, those that ended before their stream did */
};

BW_MUST_CHECK enum bw_status bw_stream_table_create(struct bw_stream_table **created);
void bw_stream_table_destroy(struct bw_stream_table **owned);

/* The stream of that id, made when there is none. NULL: no memory. Good until another is made or
 * closed. */
struct bw_stream *bw_stream_table_open(struct bw_stream_table *table, uint64_t id);
/* It has ended, and is not known any more. `counts`: added to. */
void bw_stream_table_close(struct bw_stream_table *table, uint64_t id,
                           struct bw_stream_counts *counts);
/* Forget those that were not opened in this life: nobody has held them. */
void bw_stream_table_close_unheld(struct bw_stream_table *table);

/* Its messages are GELF, each up to a NUL; they come now (Unix ms). Before each feed. */
void bw_stream_be_gelf(struct bw_stream *stream, int64_t now_ms);
/* Bytes of the connection that are in the journal. */
uint64_t bw_stream_taken(const struct bw_stream *stream);

/*
 * Make lines of the first bytes that are not taken yet: *taken of them, 0: they are no whole frame.
 * Again while it takes some, with the bytes behind those. `lines` has room for at
 * least BW_STREAM_LINES; its size is set. `mark` (NULL: not wanted): appended what has to be
 * written down with the lines. Each call that takes something or makes lines is answered with
 * bw_stream_keep() or bw_stream_take_back(). With `is_end` nothing comes behind `bytes`, which may
 * be empty. BW_ERR_FORMAT: the connection makes no sense any more. BW_ERR_NO_MEMORY.
 */
#define BW_STREAM_LINES (BW_FRAME_BYTES_MAX * 4)
BW_MUST_CHECK enum bw_status bw_stream_feed(struct bw_stream *stream, struct bw_text bytes,
                                            bool is_end, size_t *taken,
                                            struct bw_stream_lines *lines,
                                            struct bw_byte_writer *mark);
void bw_stream_keep(struct bw_stream *stream);
/* BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_stream_take_back(struct bw_stream *stream);

/*
 * A mark of the journal, oldest first. False: it is none of a stream's. An empty one: marks of all
 * streams that live follow, the others are over. BW_ERR_NO_MEMORY goes to *status.
 */
bool bw_stream_table_restore(struct bw_stream_table *table, struct bw_text mark,
                             enum bw_status *status);
/* A whole mark of each stream that is open, each a text. */
void bw_stream_table_save(const struct bw_stream_table *table, struct bw_byte_writer *writer);

#endif
