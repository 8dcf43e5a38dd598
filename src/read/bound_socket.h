/*
 * Sockets that are bound to the place of a URL.
 */
#ifndef BW_READ_BOUND_SOCKET_H
#define BW_READ_BOUND_SOCKET_H

#include "read/listen_url.h"

#include <bouncewatch/status.h>

#include <stdint.h>

/*
 * A non-blocking socket of the URL's kind, which listens when it is a stream; `port` instead of the
 * URL's. A name that resolves to several addresses is bound to the first that works. The file of a
 * unix socket gets the URL's mode before anybody can connect; one that is left over, where nobody
 * listens, is replaced. BW_ERR_IO with a sentence.
 */
BW_MUST_CHECK enum bw_status bw_bound_socket_open(int *opened, const struct bw_listen_url *url,
                                                  uint16_t port, uint32_t rcvbuf_bytes,
                                                  struct bw_problem *problem);

/* The port a socket is bound to; 0 with unix sockets. */
uint16_t bw_bound_socket_port(int fd);

/* SO_RCVBUFFORCE, which ignores net.core.rmem_max and needs CAP_NET_ADMIN, or else SO_RCVBUF. */
void bw_bound_socket_set_rcvbuf(int fd, uint32_t bytes);

#endif
