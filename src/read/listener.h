/*
 * One place of a URL where syslog arrives: datagrams or connections.
 *
 * The listener hands raw bytes to its owner and takes them off the sockets only when the owner says
 * that they are durable. What a stream brings is first peeked, then journaled by the owner, then
 * consumed, so that a kill at any moment leaves the bytes either in the kernel or in the journal;
 * with a socket holder (read/socket_holder.h) the kernel's queues outlive the daemon.
 *
 * Datagrams are read before they are handed on. LIMITS: those of the batch that is being taken when
 * the daemon is killed are lost, 64 at most; what waits in the kernel is not.
 *
 * Everything runs on the thread of the loop. No callback may close the listener it is called by.
 */
#ifndef BW_READ_LISTENER_H
#define BW_READ_LISTENER_H

#include "base/network_list.h"
#include "read/listen_url.h"

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <uv.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bw_listener;
struct bw_socket_holder;

struct bw_datagram {
    struct bw_text bytes; /* not empty */
    struct bw_text peer;  /* "192.0.2.7", "2001:db8::1"; empty with unix sockets */
    bool is_truncated;    /* the datagram was longer than the room for it */
};

struct bw_stream_peek {
    uint64_t connection; /* never given twice, also not by a later daemon; not 0 */
    uint64_t taken;      /* bytes of this connection that were taken before `bytes` */
    struct bw_text bytes;
    const char *peer; /* as in bw_datagram, "" with unix sockets */
    bool is_end;      /* nothing comes behind `bytes`; what is not taken is counted as left over */
    bool is_full;     /* no more can be peeked: something must be taken now */
};

/* Instead of a number of bytes: offer them again in a moment; the connection makes no progress. */
#define BW_STREAM_BUSY SIZE_MAX
/* Instead of a number of bytes: the stream makes no sense (any more), close the connection. */
#define BW_STREAM_REFUSED (SIZE_MAX - 1)

struct bw_listener_counts;

struct bw_listener_callbacks {
    /*
     * Takes all of the datagrams, or none of them (false: they are kept, the socket is not read
     * until they are taken, and they are offered again in a moment).
     */
    bool (*on_datagrams)(uint32_t listener, const struct bw_datagram *items, size_t count,
                         void *context);
    /*
     * Returns how many of the bytes, from the first on, were taken and are durable; 0: the unit in
     * them is not complete. Take all complete units: what stays is peeked again with the next.
     */
    size_t (*on_stream)(uint32_t listener, const struct bw_stream_peek *peek, void *context);
    /* Both may be NULL. on_close: the id is not used again, the journal may forget it. */
    void (*on_open)(uint32_t listener, uint64_t connection, const char *peer, void *context);
    void (*on_close)(uint32_t listener, uint64_t connection, void *context);
    /* How many bytes of the connection the journal holds; asked for connections that a holder kept.
     * May be NULL without a holder. */
    uint64_t (*committed_of)(uint32_t listener, uint64_t connection, void *context);
    /* The last counts, from within _close() and _leave(). May be NULL. */
    void (*on_end)(uint32_t listener, const struct bw_listener_counts *counts, void *context);
    void *context;
};

struct bw_listener_options {
    struct bw_listener_callbacks callbacks;
    const struct bw_network_list *allowed; /* NULL: everyone; unix sockets are not asked */
    struct bw_socket_holder *holder;       /* NULL: sockets end with the process */
    uint64_t kernel_drops_known; /* of a held udp socket: bw_listener_counts.kernel_drops_seen as
                                    journaled last; 0 counts all drops since it was made */
    int activated_fd;         /* a bound socket to be used, taken in any case; 0: there is none */
    uint32_t id;              /* the caller's, handed to every callback */
    uint32_t rcvbuf_bytes;    /* 0: 4 MiB; rcvbuf= of the URL goes first; streams: >= 1 MiB */
    uint32_t connections_max; /* 0: 1000 */
    uint32_t idle_s;          /* close a connection that sent nothing for so long; 0: never */
    uint32_t peek_bytes;      /* the longest unit of a stream; 0: 256 KiB */
    uint32_t datagram_bytes;  /* room for one; 0: 64 KiB, unixgram: 256 KiB */
    uint32_t retry_ms;        /* how long "in a moment" is; 0: 50 */
};

/*
 * Datagrams: sent = datagrams + empty + denied + abandoned + kernel_drops, exactly, once the queue
 * is read out and bw_listener_count_drops() was called (udp; unix senders wait instead).
 */
struct bw_listener_counts {
    uint64_t datagrams, datagram_bytes; /* taken by the owner */
    uint64_t truncated;                 /* of the datagrams, those longer than the room */
    uint64_t empty;                     /* of no bytes, not handed on */
    uint64_t denied;                    /* datagrams or connections from outside the allow list */
    uint64_t abandoned;                 /* read, refused by the owner, and still so at the close */
    uint64_t kernel_drops;              /* no room in the receive buffer, or damaged */
    uint64_t kernel_drops_seen;         /* the kernel's own counter, for kernel_drops_known */
    uint64_t connections_open;          /* now */
    uint64_t connections;               /* ever, without those denied and refused */
    uint64_t resumed;                   /* of the connections, those that a holder kept */
    uint64_t refused;                   /* connections over connections_max */
    uint64_t accept_failures;           /* no descriptors or no memory left; tried again */
    uint64_t resets;                    /* connections that ended with an error, e.g. ECONNRESET */
    uint64_t idle_closes;               /* closed after idle_s */
    uint64_t nonsense_closes;           /* closed by BW_STREAM_REFUSED, or full and nothing taken */
    uint64_t stream_bytes;              /* taken by the owner */
    uint64_t left_over_bytes;           /* of incomplete units at the end of connections */
    uint64_t corrected_bytes;           /* journaled before a kill, dropped from a queue after it */
    uint64_t unheld;                    /* sockets the holder could not keep */
    uint64_t tls_failures;              /* handshakes that failed, or took over 10 s */
};

/* A number of bw_listener_counts and its name as reports print it. */
struct bw_listener_row {
    const char *name; /* static */
    uint64_t value;
};

#define BW_LISTENER_ROWS_MAX 24

/*
 * `options` and `url` are copied; what they point to must live until the listener is closed.
 * BW_ERR_USAGE: tls, when it is not built in; BW_ERR_FORMAT: a certificate or key that is none.
 * BW_ERR_IO, with a sentence: the name does not resolve,
 * the place is taken, not permitted. BW_ERR_NO_MEMORY.
 */
BW_MUST_CHECK enum bw_status bw_listener_open(struct bw_listener **opened, uv_loop_t *loop,
                                              const struct bw_listen_url *url,
                                              const struct bw_listener_options *options,
                                              struct bw_problem *problem);

/*
 * A clean stop: takes the datagrams that wait in the kernel, closes the sockets, also at the
 * holder, and removes the file of a unix socket. Calls on_close for each connection. The memory is
 * freed by the loop, which has to run until then.
 */
void bw_listener_close(struct bw_listener **owned);

/* The same, but the holder keeps all sockets for a daemon that follows. */
void bw_listener_leave(struct bw_listener **owned);

/* Offers at once what was refused, e.g. when the owner has room again. Not from a callback. */
void bw_listener_retry(struct bw_listener *listener);

/* tls: read certificate, key and authority again, for connections from now on. On failure those
 * from before stay: statuses and *problem as of bw_tls_server_create(). BW_OK for other kinds. */
BW_MUST_CHECK enum bw_status bw_listener_renew(struct bw_listener *listener,
                                               struct bw_problem *problem);
/* Who may send from now on: as options.allowed. */
void bw_listener_allow(struct bw_listener *listener, const struct bw_network_list *allowed);
/* Why the last handshake has failed; "": none has. */
const char *bw_listener_tls_fault(const struct bw_listener *listener);

/* The port that is bound, e.g. when the URL has port 0; 0 with unix sockets. */
uint16_t bw_listener_port(const struct bw_listener *listener);
const char *bw_listener_name(const struct bw_listener *listener); /* of the URL */

/* Asks the kernel for its drops now; done once a second and at the close anyway. */
void bw_listener_count_drops(struct bw_listener *listener);
const struct bw_listener_counts *bw_listener_counts(const struct bw_listener *listener);

/* Fills `rows`, of BW_LISTENER_ROWS_MAX, with what the kind of socket can count; returns how many.
 */
size_t bw_listener_rows(const struct bw_listener *listener, struct bw_listener_row *rows);

#endif
