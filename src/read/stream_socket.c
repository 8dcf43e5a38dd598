#include "read/stream_socket.h"

#include "read/peer_address.h"
#include "read/socket_holder.h"
#include "read/stream_connection.h"
#include "read/stream_mark.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_PER_TURN 64 /* then the connections have their turn */

struct bw_stream_socket {
    uv_poll_t poll;
    struct bw_listener_core *core;
    struct bw_stream_connections connections;
    uint64_t held_id; /* of `fd` at the holder; 0: not held */
    int fd;
    bool is_paused; /* accepting has failed: not polled until the retry */
};

/* A connection that was accepted just now, or by a daemon before. */
struct arrival {
    uint64_t id;
    int fd;
    bool is_held;
};

static void let_go(struct bw_stream_socket *socket, const struct arrival *arrival)
{
    /* A lost holder has let go of everything. */
    if (arrival->is_held)
        bw_socket_holder_release(socket->core->options.holder, arrival->id);
}

static void add(struct bw_stream_socket *socket, const struct arrival *arrival, uint64_t taken,
                bool is_resumed)
{
    struct bw_listener_core *core = socket->core;
    const bool is_unix = core->url.kind == BW_LISTEN_UNIX;
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(address);
    char peer[BW_PEER_BYTES] = "";

    if (!is_unix && getpeername(arrival->fd, (struct sockaddr *)&address, &size) == 0)
        (void)bw_peer_address_text(&address, peer);
    /* One that was let in stays in: when its peer is gone, the kernel has no address any more. */
    if (!is_unix && !is_resumed && !bw_listener_core_is_allowed(core, bw_text_of(peer))) {
        core->counts.denied++;
        let_go(socket, arrival);
        (void)close(arrival->fd);
        return;
    }
    if (bw_stream_connection_open(&socket->connections, arrival->fd, arrival->id, peer, taken,
                                  arrival->is_held) != BW_OK) {
        core->counts.accept_failures++;
        let_go(socket, arrival);
    }
}

/* What was journaled and not consumed before the kill is taken off the queue now. */
static void resume(struct bw_stream_socket *socket, const struct bw_held_socket *held)
{
    struct bw_listener_core *core = socket->core;
    const struct bw_listener_callbacks *callbacks = &core->options.callbacks;
    const bool is_unix = core->url.kind == BW_LISTEN_UNIX;
    const struct arrival arrival = {.id = held->id, .fd = held->fd, .is_held = true};
    uint64_t committed = 0;

    if (callbacks->committed_of != NULL)
        committed = callbacks->committed_of(core->options.id, held->id, callbacks->context);
    const uint64_t pending = bw_stream_mark_pending(held->fd, is_unix, committed);
    if (!bw_stream_mark_consume(held->fd, is_unix, socket->connections.buffer,
                                core->options.peek_bytes, (size_t)pending))
        core->counts.resets++; /* the queue is shorter: the rest finds its end at the first peek */
    core->counts.corrected_bytes += pending;
    core->counts.resumed++;
    add(socket, &arrival, committed, true);
}

/* Of a held socket the holder accepts, and keeps what it accepts. `*error` 0 or an errno. */
static struct arrival accept_one(struct bw_stream_socket *socket, int *error)
{
    struct bw_listener_core *core = socket->core;
    struct arrival arrival = {.id = bw_socket_holder_new_id(), .fd = -1};

    *error = 0;
    /* Nobody else could go on with a connection of TLS. */
    if (socket->held_id != 0 && core->tls == NULL &&
        bw_socket_holder_accept(core->options.holder, socket->held_id, arrival.id, core->url.name,
                                &arrival.fd, error) == BW_OK) {
        arrival.is_held = true;
        return arrival;
    }
    arrival.fd = accept4(socket->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (arrival.fd < 0)
        *error = errno;
    else if (core->options.holder != NULL && core->tls == NULL)
        core->counts.unheld++;
    return arrival;
}

/* Accepted and closed at once: the peer learns it, and the backlog stays free for others. */
static bool refuse_one(struct bw_stream_socket *socket, int *error)
{
    const int fd = accept4(socket->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    *error = fd < 0 ? errno : 0;
    if (fd < 0)
        return false;
    (void)close(fd);
    socket->core->counts.refused++;
    return true;
}

static bool welcome_one(struct bw_stream_socket *socket, int *error)
{
    const struct bw_listener_core *core = socket->core;

    if (core->counts.connections_open >= core->options.connections_max)
        return refuse_one(socket, error);
    const struct arrival arrival = accept_one(socket, error);
    if (arrival.fd >= 0)
        add(socket, &arrival, 0, false);
    return arrival.fd >= 0;
}

/* Of accept(2)'s errors those that a new try may find gone, but not at once. */
static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void on_acceptable(uv_poll_t *handle, int status, int events)
{
    struct bw_stream_socket *socket = handle->data;
    struct bw_listener_core *core = socket->core;

    (void)events;
    socket->is_paused = status < 0;
    for (int i = 0; i < ACCEPTS_PER_TURN && !socket->is_paused; i++) {
        int error = 0;
        if (welcome_one(socket, &error))
            continue;
        if (error == EAGAIN)
            return;
        /* What is not a shortage was an error of that connection, accept(2). */
        core->counts.accept_failures++;
        socket->is_paused = is_shortage(error);
    }
    if (socket->is_paused) {
        (void)uv_poll_stop(handle);
        bw_listener_core_wait(core);
    }
}

enum bw_status bw_stream_socket_open(struct bw_stream_socket **opened,
                                     struct bw_listener_core *core, int fd, uint64_t held_id)
{
    struct bw_stream_socket *socket = calloc(1, sizeof(*socket));
    struct bw_held_socket held;

    if (socket == NULL)
        goto fail;
    socket->core = core;
    socket->fd = fd;
    socket->held_id = held_id;
    socket->connections = (struct bw_stream_connections){
        .core = core,
        .buffer = malloc(core->options.peek_bytes),
    };
    if (socket->connections.buffer == NULL || uv_poll_init(core->loop, &socket->poll, fd) != 0)
        goto fail;
    socket->poll.data = socket;
    core->handles++;
    (void)uv_poll_start(&socket->poll, UV_READABLE, on_acceptable);
    while (core->options.holder != NULL &&
           bw_socket_holder_claim(core->options.holder, BW_HELD_CONNECTION, core->url.name, &held))
        resume(socket, &held);
    *opened = socket;
    return BW_OK;

fail:
    if (socket != NULL)
        free(socket->connections.buffer);
    free(socket);
    (void)close(fd);
    return BW_ERR_NO_MEMORY;
}

static void on_closed(uv_handle_t *handle)
{
    struct bw_stream_socket *socket = handle->data;
    struct bw_listener_core *core = socket->core;

    free(socket->connections.buffer);
    free(socket);
    bw_listener_core_handle_closed(core);
}

void bw_stream_socket_close(struct bw_stream_socket **owned)
{
    struct bw_stream_socket *socket = *owned;

    *owned = NULL;
    while (socket->connections.first != NULL)
        bw_stream_connection_close(socket->connections.first);
    uv_close((uv_handle_t *)&socket->poll, on_closed);
    (void)close(socket->fd);
    socket->fd = -1;
}

void bw_stream_socket_retry(struct bw_stream_socket *socket)
{
    struct bw_stream_connection *after;

    if (socket->is_paused) {
        socket->is_paused = false;
        (void)uv_poll_start(&socket->poll, UV_READABLE, on_acceptable);
    }
    for (struct bw_stream_connection *at = socket->connections.first; at != NULL; at = after) {
        after = at->after;
        bw_stream_connection_retry(at);
    }
}

void bw_stream_socket_tick(struct bw_stream_socket *socket)
{
    struct bw_stream_connection *after;

    for (struct bw_stream_connection *at = socket->connections.first; at != NULL; at = after) {
        after = at->after;
        bw_stream_connection_check_idle(at);
    }
}

int bw_stream_socket_fd(const struct bw_stream_socket *socket)
{
    return socket->fd;
}
