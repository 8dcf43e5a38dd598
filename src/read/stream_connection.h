/*
 * One accepted connection, whose bytes are peeked, taken, and only then consumed.
 *
 * Its bytes stay in the kernel, so an idle connection costs this struct and no buffer.
 */
#ifndef BW_READ_STREAM_CONNECTION_H
#define BW_READ_STREAM_CONNECTION_H

#include "read/listener_core.h"
#include "read/peer_address.h"

/* What all connections of a socket share; lives in the socket that accepts them. */
struct bw_stream_connections {
    struct bw_listener_core *core;
    struct bw_stream_connection *first; /* a doubly linked list */
    char *buffer;                       /* core->options.peek_bytes, used within one call only */
};

struct bw_stream_connection {
    uv_poll_t poll;
    struct bw_stream_connections *all; /* lives as long as the connection is open */
    struct bw_listener_core *core;
    struct bw_stream_connection *before, *after;
    uint64_t id, taken;        /* bytes taken: journaled and consumed */
    uint64_t active_ms;        /* loop time of the last bytes that came */
    size_t seen;               /* size of the last peek, less what was taken of it */
    struct bw_tls_stream *tls; /* owned; NULL: the connection is in clear */
    int fd, low_water;         /* SO_RCVLOWAT as it is set */
    bool is_polled;            /* else the retry timer looks at it */
    bool is_busy;              /* the owner did not want the bytes: no fault of the peer */
    bool is_held;              /* by the holder, too */
    bool has_error;            /* was counted as a reset */
    bool has_handshake;        /* of TLS: it is done */
    char peer[BW_PEER_BYTES];
};

/*
 * Takes `fd`, also when it fails. `taken`: bytes of the connection that were consumed before.
 * Calls on_open. BW_ERR_NO_MEMORY, and the holder still has it when `is_held`.
 */
BW_MUST_CHECK enum bw_status bw_stream_connection_open(struct bw_stream_connections *all, int fd,
                                                       uint64_t id, const char *peer,
                                                       uint64_t taken, bool is_held);

/* Calls on_close unless the holder keeps it. The struct is freed by the loop. */
void bw_stream_connection_close(struct bw_stream_connection *connection);

/* Looks at a connection that is not polled. May close it. */
void bw_stream_connection_retry(struct bw_stream_connection *connection);

/* Closes it when it has been idle for core->options.idle_s, not while its owner is busy; or when a
 * handshake takes too long. */
void bw_stream_connection_check_idle(struct bw_stream_connection *connection);

#endif
