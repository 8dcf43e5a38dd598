/*
 * The socket of a URL: bound, with as large a buffer as it gets, listening.
 */
#ifndef BW_READ_LISTEN_SOCKET_H
#define BW_READ_LISTEN_SOCKET_H

#include "read/listen_url.h"

#include <netinet/in.h>
#include <stdint.h>

bool bw_listen_is_datagram(const struct bw_listen_url *url);
bool bw_listen_is_path(const struct bw_listen_url *url);

/* A socket file that nobody listens on any more is removed first. -1 (errno): it cannot be had. */
int bw_listen_socket_open(const struct bw_listen_url *url, uint32_t receive_bytes);
/* "192.0.2.1" of a peer; "local" for unix sockets. */
void bw_listen_peer_text(const struct sockaddr_storage *address, char text[INET6_ADDRSTRLEN]);
/* Away with the file of a unix socket. */
void bw_listen_socket_unlink(const struct bw_listen_url *url);
/* The port that it is bound to; 0: none. */
uint16_t bw_listen_socket_port(int fd);

#endif
