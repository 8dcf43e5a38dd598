/*
 * The address of a sender as text, without its port.
 */
#ifndef BW_READ_PEER_ADDRESS_H
#define BW_READ_PEER_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

#define BW_PEER_BYTES 64 /* an IPv6 address with its zone, and a NUL */

/* IPv4-mapped IPv6 addresses as IPv4; "" for what is neither. Returns the length. */
size_t bw_peer_address_text(const struct sockaddr_storage *address, char text[BW_PEER_BYTES]);

#endif
