/*
 * What the sockets of one listener share. Only for the files of the listener.
 */
#ifndef BW_READ_LISTENER_CORE_H
#define BW_READ_LISTENER_CORE_H

#include "read/listener.h"

#include <uv.h>

struct bw_listener_core {
    struct bw_listener_options options; /* with the defaults filled in */
    struct bw_listen_url url;
    struct bw_listener_counts counts;
    struct bw_tls_server *tls; /* owned by the listener; NULL: the connections are in clear */
    char tls_fault[128];       /* of the last handshake that failed; "": none has */
    uv_loop_t *loop;
    uv_timer_t retry; /* runs while something waits for its owner */
    uv_timer_t tick;  /* once a second */
    size_t handles;   /* that the loop has not closed yet; the memory goes with the last */
    bool is_closing;
    bool is_left; /* closing, and the holder keeps the sockets */
};

/* Asks for a retry after options.retry_ms; more than one request is one. */
void bw_listener_core_wait(struct bw_listener_core *core);

/* One handle less. */
void bw_listener_core_handle_closed(struct bw_listener_core *core);

/* Whether the allow list has the peer. */
bool bw_listener_core_is_allowed(const struct bw_listener_core *core, struct bw_text peer);

#endif
