/*
 * A small process that keeps duplicates of our sockets, so that they outlive us.
 *
 * When the daemon is killed, its connections stay open and what was sent stays in the kernel's
 * queues; the daemon that comes next takes the sockets back and goes on. Of a TCP connection the
 * kernel says how many bytes were taken from it (see bw_socket_consumed()), and the journal how
 * many were counted: what was counted and not yet taken is taken first.
 *
 * LIMITS: the holder reads nothing and accepts nothing. It ends with the daemon's goodbye, or when
 * no daemon has come for BW_HOLDER_WAIT_S. Unix streams have no such count: a kill between counting
 * and taking counts one piece of theirs twice.
 */
#ifndef BW_READ_SOCKET_HOLDER_H
#define BW_READ_SOCKET_HOLDER_H

#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stdint.h>

#define BW_HOLDER_WAIT_S     60
#define BW_HOLDER_NAME_BYTES 256 /* of a name with its NUL */

struct bw_socket_holder;

/*
 * Connect to the holder that is there under `path` (a unix socket), or start one: forks, so that no
 * thread may exist yet. BW_ERR_IO: there is none and none can be had; BW_ERR_NO_MEMORY.
 */
BW_MUST_CHECK enum bw_status bw_socket_holder_open(struct bw_socket_holder **opened,
                                                   const char *path);
/* `is_last`: nobody comes after us; the holder ends. */
void bw_socket_holder_close(struct bw_socket_holder **owned, bool is_last);

/* Everything that it holds: `take` gets descriptors of its own, with id and name as they were
 * given. False: the holder is gone. */
bool bw_socket_holder_take_all(struct bw_socket_holder *holder,
                               void (*take)(int fd, uint64_t id, const char *name, void *context),
                               void *context);
/* Keep a duplicate. What cannot be kept is simply not kept. */
void bw_socket_holder_hold(struct bw_socket_holder *holder, int fd, uint64_t id, const char *name);
void bw_socket_holder_release(struct bw_socket_holder *holder, uint64_t id);

/* Bytes that were ever taken from the receive queue of a TCP connection; false: nobody knows. */
bool bw_socket_consumed(int fd, uint64_t *bytes);

#endif
