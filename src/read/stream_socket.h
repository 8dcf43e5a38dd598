/*
 * A listening socket of streams, TCP or unix, and the connections it accepted.
 */
#ifndef BW_READ_STREAM_SOCKET_H
#define BW_READ_STREAM_SOCKET_H

#include "read/listener_core.h"

struct bw_stream_socket;

/*
 * `core` outlives the socket. `held_id`: of `fd` at the holder, 0: it is not held. Goes on with the
 * connections that the holder kept for a listener of this name. Takes `fd`, also when it fails:
 * BW_ERR_NO_MEMORY.
 */
BW_MUST_CHECK enum bw_status bw_stream_socket_open(struct bw_stream_socket **opened,
                                                   struct bw_listener_core *core, int fd,
                                                   uint64_t held_id);

/* With all connections. Freed by the loop. */
void bw_stream_socket_close(struct bw_stream_socket **owned);

void bw_stream_socket_retry(struct bw_stream_socket *socket);
void bw_stream_socket_tick(struct bw_stream_socket *socket); /* once a second */

int bw_stream_socket_fd(const struct bw_stream_socket *socket);

#endif
