/*
 * A small process that keeps the daemon's sockets open while the daemon is dead.
 *
 * It holds a duplicate of each listening socket, UDP socket and accepted connection. It reads
 * nothing: what arrives while there is no daemon stays in the kernel's queues and backlogs, and a
 * sender sees a slow receiver, not a closed connection. The next daemon takes the sockets back by
 * name and goes on where its journal says it was.
 *
 * The holder is forked early, before threads exist. It is a session of its own and owns no terminal
 * or directory; it ignores SIGHUP, SIGINT and SIGPIPE. SIGTERM ends it at once when no daemon is
 * connected, or else as soon as that one is gone, so a shutdown of the machine need not wait. It
 * ends too at a goodbye (a clean stop) and when no daemon has come for hold_s; with it end the
 * sockets. Under systemd the unit needs KillMode=process or mixed, or the holder dies with the
 * daemon.
 *
 * Who may talk to it: its socket file has mode 0600, and the other end must have the same user or
 * be root (SO_PEERCRED); one daemon at a time.
 *
 * LIMITS: against the death of the process only. When the machine stops, what was in the kernel's
 * queues and already acknowledged to the sender is gone.
 */
#ifndef BW_READ_SOCKET_HOLDER_H
#define BW_READ_SOCKET_HOLDER_H

#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bw_socket_holder; /* the daemon's end */

#define BW_HELD_NAME_BYTES 288 /* with the NUL */

enum bw_held_kind {
    BW_HELD_SOCKET = 1,     /* UDP or listening */
    BW_HELD_CONNECTION = 2, /* accepted */
};

struct bw_held_socket {
    uint64_t id; /* not 0 */
    enum bw_held_kind kind;
    int fd;
    char name[BW_HELD_NAME_BYTES]; /* not unique: that of the listener */
};

struct bw_socket_holder_options {
    uint32_t hold_s;      /* 0: 60 */
    uint32_t sockets_max; /* 0: 4096; also what RLIMIT_NOFILE leaves */
};

/*
 * Forks a holder whose socket is the file `path`, absolute, at most 107 bytes; does nothing when
 * one lives there. BW_ERR_USAGE: the path. BW_ERR_IO: no file can be made there, or no fork. Not
 * for a process with threads.
 */
BW_MUST_CHECK enum bw_status bw_socket_holder_start(const char *path,
                                                    const struct bw_socket_holder_options *options,
                                                    struct bw_problem *problem);

/*
 * Connects to the holder at `path` and gets everything it holds, to be claimed. BW_ERR_IO: there is
 * none, it belongs to another user, or another daemon is connected.
 */
BW_MUST_CHECK enum bw_status bw_socket_holder_connect(struct bw_socket_holder **connected,
                                                      const char *path, struct bw_problem *problem);

/* Disconnects. The sockets stay held for hold_s; the process may close its own. */
void bw_socket_holder_close(struct bw_socket_holder **owned);

/* A clean stop: the holder closes everything, removes its file and ends. */
void bw_socket_holder_goodbye(struct bw_socket_holder **owned);

/*
 * One of the sockets that came with the connection, which then belongs to the caller; false when
 * there is none (any more).
 */
bool bw_socket_holder_claim(struct bw_socket_holder *holder, enum bw_held_kind kind,
                            const char *name, struct bw_held_socket *claimed);

/* Lets go of those that nobody claimed, e.g. of a listener that was configured away; how many. */
size_t bw_socket_holder_release_unclaimed(struct bw_socket_holder *holder);

/*
 * Each waits for the answer, two seconds at most; after a failure of the connection (BW_ERR_IO) the
 * holder counts as lost, and each later call fails at once. An id is random, see _new_id().
 */
BW_MUST_CHECK enum bw_status bw_socket_holder_hold(struct bw_socket_holder *holder, uint64_t id,
                                                   enum bw_held_kind kind, const char *name,
                                                   int fd); /* BW_ERR_LIMIT: it holds too many */
/* A lost holder has let go of everything, so this has no failure that matters. */
void bw_socket_holder_release(struct bw_socket_holder *holder, uint64_t id);

/*
 * The holder accepts a connection on the held socket `of` and keeps it as `id`, so that there is no
 * moment in which a kill would close it. `*error`: 0, or the errno of accept4(2), e.g. EAGAIN, with
 * `*fd` -1. BW_ERR_LIMIT: it holds too many, nothing was accepted.
 */
BW_MUST_CHECK enum bw_status bw_socket_holder_accept(struct bw_socket_holder *holder, uint64_t of,
                                                     uint64_t id, const char *name, int *fd,
                                                     int *error);

pid_t bw_socket_holder_pid(const struct bw_socket_holder *holder);
bool bw_socket_holder_is_lost(const struct bw_socket_holder *holder);

/* Random, not 0. */
uint64_t bw_socket_holder_new_id(void);

#endif
