/*
 * A socket of datagrams, UDP or unix, that is read in batches.
 *
 * While its owner does not take a batch, the batch is kept and the socket is not read: the kernel's
 * receive buffer is the queue, and the kernel counts what does not fit.
 */
#ifndef BW_READ_DATAGRAM_SOCKET_H
#define BW_READ_DATAGRAM_SOCKET_H

#include "read/listener_core.h"

struct bw_datagram_socket;

/* `core` outlives the socket. Takes `fd`, also when it fails: BW_ERR_NO_MEMORY or BW_ERR_IO. */
BW_MUST_CHECK enum bw_status bw_datagram_socket_open(struct bw_datagram_socket **opened,
                                                     struct bw_listener_core *core, int fd);

/*
 * Before a close: offers a last time what was not taken, and with `is_whole` all that still waits
 * in the kernel; what is refused is counted as abandoned.
 */
void bw_datagram_socket_drain(struct bw_datagram_socket *socket, bool is_whole);

/* Freed by the loop. */
void bw_datagram_socket_close(struct bw_datagram_socket **owned);

void bw_datagram_socket_retry(struct bw_datagram_socket *socket);

/* All drops since the socket was made, as the kernel counts them; always 0 for unix sockets. */
uint64_t bw_datagram_socket_drops(struct bw_datagram_socket *socket);

int bw_datagram_socket_fd(const struct bw_datagram_socket *socket);

#endif
