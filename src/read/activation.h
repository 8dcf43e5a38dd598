/*
 * Sockets that were opened before the program was started, as systemd does for a .socket unit:
 * sd_listen_fds(3), environment variables LISTEN_PID and LISTEN_FDS, descriptors from 3 on.
 */
#ifndef BW_READ_ACTIVATION_H
#define BW_READ_ACTIVATION_H

#include "read/listen_url.h"

#include <stddef.h>

#define BW_ACTIVATION_MAX 64

struct bw_activated_socket {
    struct bw_listen_url url; /* as it would be written: where the socket is bound */
    int fd;                   /* the caller's from now on; non-blocking, closed on exec */
};

/*
 * Take all sockets that were handed over to this process; the environment says nothing of them
 * afterwards. Returns how many. What is no socket that can be listened on is closed and counted in
 * *strange, as are those over BW_ACTIVATION_MAX. Before any thread exists.
 */
size_t bw_activation_take(struct bw_activated_socket *sockets, size_t *strange);

#endif
