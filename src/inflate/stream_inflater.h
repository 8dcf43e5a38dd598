/*
 * A connection whose bytes are one zlib stream (RFC 1950), over kills of the daemon.
 *
 * rsyslog's compression.mode="stream:always" sends that: one stream for each connection, flushed
 * after each batch of messages, and never anything in clear before it. The inflater keeps what is
 * needed to begin anew in the middle: the last 32 KiB of text at the end of some block (RFC 1951
 * 3.2.3) and the compressed bytes since. So it can be written down, and what was fed since the last
 * bw_stream_inflater_keep() can be taken back.
 */
#ifndef BW_INFLATE_STREAM_INFLATER_H
#define BW_INFLATE_STREAM_INFLATER_H

#include "base/byte_reader.h"
#include "base/byte_writer.h"

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>

/* The least room for bw_stream_inflater_feed(). */
#define BW_STREAM_INFLATER_ROOM ((size_t)32 * 1024)

struct bw_stream_inflater;

/* How a connection begins. One byte may not be enough to tell. */
enum bw_stream_kind { BW_STREAM_PLAIN, BW_STREAM_ZLIB, BW_STREAM_UNDECIDED };

/* RFC 1950 2.2: deflate with a window of at most 32 KiB, a multiple of 31, no preset dictionary.
 * Neither a count, nor '<', nor 'z' begins like that. */
enum bw_stream_kind bw_stream_kind_of(struct bw_text beginning);

/* BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_stream_inflater_create(struct bw_stream_inflater **created);
void bw_stream_inflater_destroy(struct bw_stream_inflater **owned);

/*
 * Append the text of compressed bytes to `text`, which has room for `capacity` bytes from *size on,
 * at least BW_STREAM_INFLATER_ROOM. *taken: how many of `bytes` that are, fewer when the room is
 * not enough for all. BW_ERR_FORMAT: the stream is damaged, or something is behind its end; what
 * comes before that is in `text`, and nothing more can be fed. BW_ERR_LIMIT: a block of more than 1
 * MiB. BW_ERR_NO_MEMORY.
 */
BW_MUST_CHECK enum bw_status bw_stream_inflater_feed(struct bw_stream_inflater *inflater,
                                                     struct bw_text bytes, size_t *taken,
                                                     char *text, size_t capacity, size_t *size);
/* True when the stream has ended, with the right checksum. */
bool bw_stream_inflater_is_complete(const struct bw_stream_inflater *inflater);

/* What was fed is safe. */
void bw_stream_inflater_keep(struct bw_stream_inflater *inflater);
/* It is not: as if all since the last keep had not been fed. BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_stream_inflater_take_back(struct bw_stream_inflater *inflater);

/* After a keep. */
void bw_stream_inflater_save(const struct bw_stream_inflater *inflater,
                             struct bw_byte_writer *writer);
/* BW_ERR_FORMAT: these bytes are no inflater's. BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_stream_inflater_load(struct bw_stream_inflater **created,
                                                     struct bw_byte_reader *reader);

#endif
