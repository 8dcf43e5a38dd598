/*
 * GELF messages in several datagrams: 0x1e 0x0f, eight bytes of the message's id, the number of the
 * chunk, how many there are (at most 128), and the chunk. They come in any order, and all within
 * five seconds, or the message is given up (Graylog's documentation of GELF via UDP).
 *
 * Memory is bounded: 256 messages and 16 MiB; beyond that the oldest goes. Time is an argument.
 */
#ifndef BW_FRAME_GELF_CHUNKS_H
#define BW_FRAME_GELF_CHUNKS_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

struct bw_gelf_chunks;

struct bw_gelf_chunk_counts {
    uint64_t complete;   /* messages */
    uint64_t incomplete; /* messages that were given up after five seconds */
    uint64_t evicted;    /* messages for which there was no room */
    uint64_t bad;        /* chunks that make no sense */
    uint64_t repeated;   /* chunks that were there already */
};

BW_MUST_CHECK enum bw_status bw_gelf_chunks_create(struct bw_gelf_chunks **created);
void bw_gelf_chunks_destroy(struct bw_gelf_chunks **owned);

/* It begins like a chunk. */
bool bw_gelf_is_chunk(struct bw_text datagram);
/*
 * Take a chunk of a sender. `peer`: its address, for ids are only unique at one sender. The whole
 * message when it is complete now (a view that is good until the next call), else empty.
 */
struct bw_text bw_gelf_chunks_take(struct bw_gelf_chunks *chunks, struct bw_text datagram,
                                   struct bw_text peer, int64_t now_ms);
/* Give up what has waited too long; also done by a take. */
void bw_gelf_chunks_expire(struct bw_gelf_chunks *chunks, int64_t now_ms);
const struct bw_gelf_chunk_counts *bw_gelf_chunks_counts(const struct bw_gelf_chunks *chunks);

#endif
