/*
 * How much of a connection was consumed, as the kernel knows it over the death of a process.
 *
 * TCP: tcp_info.tcpi_bytes_received less what FIONREAD says is still queued; the FIN counts as one
 * received byte.
 *
 * Unix streams have no such counter, so one is made: the peek offset of the socket (SO_PEEK_OFF,
 * socket(7)) goes down by each byte that is consumed, within the kernel. While bytes are offered to
 * their owner it is set to a high number that tells how many were consumed before; while nothing is
 * offered it is low, and then everything that was journaled has been consumed.
 *
 * LIMITS: a TCP peer that sends a FIN and then a reset makes the count one too high.
 */
#ifndef BW_READ_STREAM_MARK_H
#define BW_READ_STREAM_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Around a peek and an offer of a unix stream: before the peek, and between peek and offer. */
void bw_stream_mark_peeking(int fd);
void bw_stream_mark_taking(int fd, uint64_t consumed);

/*
 * Takes `bytes` off the socket, for a unix stream by way of `buffer`. False: they were not there.
 */
bool bw_stream_mark_consume(int fd, bool is_unix, char *buffer, size_t capacity, size_t bytes);

/*
 * Of `committed` bytes that the journal holds, how many are still in the queue: the head of it, to
 * be consumed without a second look. 0 when the journal is behind.
 */
uint64_t bw_stream_mark_pending(int fd, bool is_unix, uint64_t committed);

#endif
