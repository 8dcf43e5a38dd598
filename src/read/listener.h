/*
 * Sockets that syslog comes in by: datagrams and connections, raw bytes out.
 *
 * What a callback does not take stays where it is: in the kernel's queue of a connection (it is
 * only looked at until it is taken), and for datagrams in a bounded queue here. What the kernel had
 * to drop is counted to the datagram.
 */
#ifndef BW_READ_LISTENER_H
#define BW_READ_LISTENER_H

#include "base/network_list.h"

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <uv.h>

struct bw_listener;

struct bw_listener_callbacks {
    /* Some datagrams. Returns how many of them, from the first on, are taken for good; the others
     * cannot be taken now and come again. */
    size_t (*on_datagrams)(void *context, const struct bw_text *datagrams, size_t count);
    /* A connection begins (or goes on, see bw_listener_adopt()); what is returned comes back with
     * its bytes. NULL: it is refused. `fd` may be duplicated. */
    void *(*on_open)(void *context, const char *peer, int fd);
    /*
     * What a connection has sent and nobody has taken yet. Returns how many bytes are taken for
     * good; 0: more has to come first, or with *is_held that they cannot be taken now.
     */
    size_t (*on_stream)(void *context, void *connection, struct bw_text bytes, bool is_end,
                        bool *is_held);
    void (*on_close)(void *context, void *connection);
    void *context;
};

struct bw_listener_options {
    uv_loop_t *loop;
    const char *url;                       /* see bw_listen_url_parse() */
    int fd;                                /* a socket of this URL that is open; -1: open one */
    const struct bw_network_list *allowed; /* borrowed; NULL: everybody may send */
    uint32_t connections_max;              /* at a time; further ones are closed at once */
    uint32_t receive_bytes;                /* the kernel's buffer that is asked for */
};

struct bw_listener_counters {
    uint64_t datagrams, datagram_bytes; /* taken */
    uint64_t empty, cut, denied;        /* datagrams; cut: larger than 64 KiB */
    uint64_t queue_drops, kernel_drops; /* datagrams that were lost */
    uint64_t connections, refused, resets, stream_bytes;
    uint32_t open;
};

/* BW_ERR_USAGE, BW_ERR_IO: *problem says what to do. BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_listener_open(struct bw_listener **opened,
                                              const struct bw_listener_options *options,
                                              const struct bw_listener_callbacks *callbacks,
                                              struct bw_problem *problem);
/* The loop must turn once more. */
void bw_listener_close(struct bw_listener **owned);

/* A connection of before goes on, with this as what on_open() would return. Takes the descriptor.
 * `skip`: bytes at the front of its queue that were taken before. */
void bw_listener_adopt(struct bw_listener *listener, int fd, void *connection, uint64_t skip);
int bw_listener_fd(const struct bw_listener *listener);
/* At the close of a listener whose socket goes on elsewhere its file stays. */
void bw_listener_keep_path(struct bw_listener *listener);

/* Once a second: what could not be taken is offered again, the kernel's drops are asked for. */
void bw_listener_tick(struct bw_listener *listener);
/* What has arrived so far is taken, before the end. */
void bw_listener_drain(struct bw_listener *listener);

const char *bw_listener_url(const struct bw_listener *listener);
/* The port that was given where the URL said 0; 0 for unix sockets. */
uint16_t bw_listener_port(const struct bw_listener *listener);
void bw_listener_counters(const struct bw_listener *listener,
                          struct bw_listener_counters *counters);

#endif
