/*
 * What the daemon and its socket holder say to each other, over a SOCK_SEQPACKET unix socket.
 *
 * The daemon asks, the holder answers each question once; only BW_HOLDER_TAKE has as many answers
 * as sockets are held, and one behind them with id 0, no descriptor, and its process id in `of`.
 * Both are the same program or its next version on one machine: the magic number changes with the
 * layout.
 */
#ifndef BW_READ_HOLDER_MESSAGE_H
#define BW_READ_HOLDER_MESSAGE_H

#include "read/socket_holder.h"

#include <stdbool.h>
#include <stdint.h>

#define BW_HOLDER_MAGIC 0x62776831U /* "bwh1" */

enum bw_holder_verb {
    BW_HOLDER_HOLD = 1,    /* id, kind, name, and a descriptor */
    BW_HOLDER_RELEASE = 2, /* id */
    BW_HOLDER_TAKE = 3,
    BW_HOLDER_ACCEPT = 4, /* on the socket `of`; id and name for the connection */
    BW_HOLDER_GOODBYE = 5,
    BW_HOLDER_ANSWER = 6, /* error; id, kind, name and a descriptor when one was asked for */
};

struct bw_holder_message {
    uint32_t magic;
    uint32_t verb;
    uint64_t id;
    uint64_t of;
    uint32_t kind;
    int32_t error; /* an errno, 0: done */
    char name[BW_HELD_NAME_BYTES];
};

/* `fd` -1: none goes with it. False with errno: the other end is gone or slow. */
bool bw_holder_message_send(int to, const struct bw_holder_message *message, int fd);

/*
 * Waits for a message as long as the socket's SO_RCVTIMEO says. `*fd` becomes the caller's, -1:
 * none came. False: the end, nothing came in time, or what came is no message; then no descriptor
 * stays.
 */
bool bw_holder_message_receive(int from, struct bw_holder_message *message, int *fd);

#endif
