#include "read/stream_connection.h"

#include "base/check.h"
#include "read/socket_holder.h"
#include "read/stream_mark.h"
#include "read/tls_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEEKS_PER_TURN 4 /* then the other sockets of the loop have their turn */
/* What is inside OpenSSL wakes nobody, so more of it is taken in a turn. */
#define TLS_PEEKS_PER_TURN 64
#define HANDSHAKE_MS       10000

/* A long incomplete unit that grows by less than this part of it is looked at by the timer, or each
 * byte of a sender of single bytes would cost a copy of the whole unit. */
#define SLOW_UNIT_BYTES ((size_t)4096)
#define SLOW_PART       16

enum step {
    STEP_AGAIN,  /* there may be more */
    STEP_WAIT,   /* look again when the socket is readable */
    STEP_TIMER,  /* look again after options.retry_ms */
    STEP_CLOSED, /* the connection is gone */
};

static void on_ready(uv_poll_t *handle, int status, int events);

static bool is_unix(const struct bw_stream_connection *connection)
{
    return connection->all->core->url.kind == BW_LISTEN_UNIX;
}

static void set_polled(struct bw_stream_connection *connection, bool is_polled)
{
    if (is_polled && !connection->is_polled)
        (void)uv_poll_start(&connection->poll, UV_READABLE | UV_DISCONNECT, on_ready);
    if (!is_polled && connection->is_polled)
        (void)uv_poll_stop(&connection->poll);
    connection->is_polled = is_polled;
}

/* Not readable below `bytes`, or an incomplete unit would wake the loop without end. */
static void set_low_water(struct bw_stream_connection *connection, size_t bytes)
{
    const int low_water = (int)bytes;

    if (low_water == connection->low_water)
        return;
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_RCVLOWAT, &low_water, sizeof(low_water));
    connection->low_water = low_water;
}

/* True when nothing comes any more behind what is in the receive queue. */
static bool is_shut(int fd)
{
    struct pollfd look = {.fd = fd, .events = POLLIN | POLLRDHUP};

    return poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static ssize_t peek(struct bw_stream_connection *connection)
{
    ssize_t size;

    if (is_unix(connection))
        bw_stream_mark_peeking(connection->fd);
    do
        size = recv(connection->fd, connection->all->buffer,
                    connection->all->core->options.peek_bytes, MSG_PEEK | MSG_DONTWAIT);
    while (size < 0 && errno == EINTR);
    return size;
}

/* Takes the bytes off the socket. False: the kernel does not have them, which nothing explains. */
static bool consume(struct bw_stream_connection *connection, size_t bytes)
{
    const struct bw_stream_connections *all = connection->all;

    if (!bw_stream_mark_consume(connection->fd, is_unix(connection), all->buffer,
                                all->core->options.peek_bytes, bytes))
        return false;
    connection->taken += bytes;
    all->core->counts.stream_bytes += bytes;
    return true;
}

static size_t offer(struct bw_stream_connection *connection, struct bw_text bytes, bool is_end)
{
    const struct bw_listener_options *options = &connection->all->core->options;
    const struct bw_stream_peek offered = {
        .connection = connection->id,
        .taken = connection->taken,
        .bytes = bytes,
        .peer = connection->peer,
        .is_end = is_end,
        .is_full = bytes.size == options->peek_bytes,
    };

    if (is_unix(connection))
        bw_stream_mark_taking(connection->fd, connection->taken);
    return options->callbacks.on_stream(options->id, &offered, options->callbacks.context);
}

static enum step close_as(struct bw_stream_connection *connection, uint64_t *count, uint64_t add)
{
    *count += add;
    bw_stream_connection_close(connection);
    return STEP_CLOSED;
}

/* After an offer of `size` bytes of which a part of `rest` bytes at the end was not taken. */
static enum step wait_for_more(struct bw_stream_connection *connection, size_t rest, size_t before)
{
    const bool is_slow =
        rest >= SLOW_UNIT_BYTES && rest > before && rest - before < rest / SLOW_PART;

    connection->seen = rest;
    if (rest == 0) {
        set_low_water(connection, 1);
        return STEP_WAIT;
    }
    if (is_unix(connection) || is_slow)
        return STEP_TIMER; /* unix(7) sockets know no low water mark when they are polled */
    set_low_water(connection, rest + 1);
    return STEP_WAIT;
}

/* Nothing has come since the last look. */
static enum step wait_again(struct bw_stream_connection *connection, size_t rest)
{
    if (connection->is_polled)
        return STEP_TIMER; /* readable below the low water mark: the kernel is short of memory */
    return wait_for_more(connection, rest, rest);
}

static enum step step(struct bw_stream_connection *connection, bool has_end)
{
    struct bw_listener_core *core = connection->all->core;
    struct bw_listener_counts *counts = &core->counts;
    const size_t before = connection->seen;
    const ssize_t peeked = peek(connection);

    if (peeked < 0 && errno == EAGAIN && !has_end)
        return wait_for_more(connection, 0, 0);
    if (peeked < 0 && errno != EAGAIN && !connection->has_error)
        counts->resets++;
    if (peeked <= 0)
        return close_as(connection, &counts->left_over_bytes, 0);

    const size_t size = (size_t)peeked;
    const bool is_end = has_end && size < core->options.peek_bytes;
    if (size > before)
        connection->active_ms = uv_now(core->loop);
    else if (!is_end && !connection->is_busy)
        return wait_again(connection, size);

    const size_t taken = offer(connection, (struct bw_text){connection->all->buffer, size}, is_end);
    connection->is_busy = taken == BW_STREAM_BUSY;
    if (taken == BW_STREAM_BUSY)
        return STEP_TIMER;
    if (taken == BW_STREAM_REFUSED)
        return close_as(connection, &counts->nonsense_closes, 1);
    BW_ASSERT(taken <= size);
    if (!consume(connection, taken))
        return close_as(connection, &counts->resets, 1);
    if (is_end)
        return close_as(connection, &counts->left_over_bytes, size - taken);
    if (size == core->options.peek_bytes && taken == 0)
        return close_as(connection, &counts->nonsense_closes, 1);
    connection->seen = 0;
    if (size == core->options.peek_bytes)
        return STEP_AGAIN;
    return wait_for_more(connection, size - taken, taken == 0 ? before : 0);
}

/* A connection of TLS has nothing more to give. */
static enum step end_tls(struct bw_stream_connection *connection, enum bw_tls_state state,
                         bool had_handshake, size_t rest)
{
    struct bw_listener_core *core = connection->all->core;

    if (state == BW_TLS_FAILED && had_handshake) {
        core->counts.resets++;
    } else if (state == BW_TLS_FAILED) {
        core->counts.tls_failures++;
        (void)snprintf(core->tls_fault, sizeof(core->tls_fault), "%s",
                       bw_tls_stream_fault(connection->tls));
    }
    return close_as(connection, &core->counts.left_over_bytes, rest);
}

static enum step step_tls(struct bw_stream_connection *connection)
{
    struct bw_listener_core *core = connection->all->core;
    const size_t most = core->options.peek_bytes;
    const enum bw_tls_state state = bw_tls_stream_fill(connection->tls, most);
    const struct bw_text waiting = bw_tls_stream_waiting(connection->tls);
    const bool is_end = state > BW_TLS_OPEN;

    connection->has_handshake = connection->has_handshake || state == BW_TLS_OPEN ||
                                state == BW_TLS_ENDED || waiting.size > 0;
    if (is_end && waiting.size == 0)
        return end_tls(connection, state, connection->has_handshake, 0);
    if (waiting.size == connection->seen && !is_end && !connection->is_busy)
        return bw_tls_stream_wants_write(connection->tls) ? STEP_TIMER : STEP_WAIT;
    if (waiting.size > connection->seen)
        connection->active_ms = uv_now(core->loop);

    const size_t taken = offer(connection, waiting, is_end);
    connection->is_busy = taken == BW_STREAM_BUSY;
    if (taken == BW_STREAM_BUSY)
        return STEP_TIMER;
    if (taken == BW_STREAM_REFUSED || (waiting.size == most && taken == 0))
        return close_as(connection, &core->counts.nonsense_closes, 1);
    BW_ASSERT(taken <= waiting.size);
    bw_tls_stream_consume(connection->tls, taken);
    connection->taken += taken;
    core->counts.stream_bytes += taken;
    if (is_end)
        return end_tls(connection, state, true, waiting.size - taken);
    connection->seen = waiting.size - taken;
    return waiting.size == most ? STEP_AGAIN : STEP_WAIT;
}

static void look(struct bw_stream_connection *connection, bool has_end)
{
    const int turns = connection->tls != NULL ? TLS_PEEKS_PER_TURN : PEEKS_PER_TURN;
    enum step next = STEP_AGAIN;

    for (int i = 0; i < turns && next == STEP_AGAIN; i++)
        next = connection->tls != NULL ? step_tls(connection) : step(connection, has_end);
    if (next == STEP_CLOSED)
        return;
    if (next == STEP_AGAIN && connection->tls != NULL)
        next = STEP_TIMER;
    if (next == STEP_AGAIN)
        set_low_water(connection, 1);
    set_polled(connection, next != STEP_TIMER);
    if (next == STEP_TIMER)
        bw_listener_core_wait(connection->all->core);
}

static void on_ready(uv_poll_t *handle, int status, int events)
{
    struct bw_stream_connection *connection = handle->data;
    int error = 0;
    socklen_t size = sizeof(error);

    if (status < 0) {
        connection->is_polled = false; /* libuv stops a handle whose socket has an error */
        (void)getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0 && !connection->has_error) {
            connection->all->core->counts.resets++;
            connection->has_error = true;
        }
    }
    look(connection, status < 0 || (events & UV_DISCONNECT) != 0);
}

static void on_unopened(uv_handle_t *handle)
{
    free(handle->data);
}

enum bw_status bw_stream_connection_open(struct bw_stream_connections *all, int fd, uint64_t id,
                                         const char *peer, uint64_t taken, bool is_held)
{
    struct bw_listener_core *core = all->core;
    struct bw_stream_connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL || uv_poll_init(core->loop, &connection->poll, fd) != 0) {
        free(connection);
        (void)close(fd);
        return BW_ERR_NO_MEMORY;
    }
    connection->poll.data = connection;
    connection->all = all;
    connection->core = core;
    connection->id = id;
    connection->taken = taken;
    connection->is_held = is_held;
    connection->fd = fd;
    connection->active_ms = uv_now(core->loop);
    if (core->tls != NULL && bw_tls_stream_create(&connection->tls, core->tls, fd) != BW_OK) {
        uv_close((uv_handle_t *)&connection->poll, on_unopened);
        (void)close(fd);
        return BW_ERR_NO_MEMORY;
    }
    BW_ASSERT(strlen(peer) < sizeof(connection->peer));
    (void)memcpy(connection->peer, peer, strlen(peer) + 1);
    connection->after = all->first;
    if (all->first != NULL)
        all->first->before = connection;
    all->first = connection;
    core->handles++;
    core->counts.connections++;
    core->counts.connections_open++;
    if (core->options.callbacks.on_open != NULL)
        core->options.callbacks.on_open(core->options.id, id, connection->peer,
                                        core->options.callbacks.context);
    set_low_water(connection, 1); /* a connection that was held may have another */
    set_polled(connection, true);
    return BW_OK;
}

static void on_closed(uv_handle_t *handle)
{
    struct bw_stream_connection *connection = handle->data;
    struct bw_listener_core *core = connection->core; /* all of them may be gone already */

    free(connection);
    bw_listener_core_handle_closed(core);
}

void bw_stream_connection_close(struct bw_stream_connection *connection)
{
    struct bw_listener_core *core = connection->all->core;
    const struct bw_listener_callbacks *callbacks = &core->options.callbacks;

    if (connection->before != NULL)
        connection->before->after = connection->after;
    else
        connection->all->first = connection->after;
    if (connection->after != NULL)
        connection->after->before = connection->before;
    core->counts.connections_open--;
    uv_close((uv_handle_t *)&connection->poll, on_closed);
    bw_tls_stream_destroy(&connection->tls);
    (void)close(connection->fd);
    connection->fd = -1;
    if (core->is_left)
        return;
    /* The peer sees the end only when the holder has let go as well; a lost one has. */
    if (connection->is_held)
        bw_socket_holder_release(core->options.holder, connection->id);
    if (callbacks->on_close != NULL)
        callbacks->on_close(core->options.id, connection->id, callbacks->context);
}

void bw_stream_connection_retry(struct bw_stream_connection *connection)
{
    if (!connection->is_polled)
        look(connection, is_shut(connection->fd));
}

void bw_stream_connection_check_idle(struct bw_stream_connection *connection)
{
    struct bw_listener_core *core = connection->all->core;
    const uint64_t idle_ms = (uint64_t)core->options.idle_s * 1000;
    int waiting = 0;

    const uint64_t quiet_ms = uv_now(core->loop) - connection->active_ms;
    if (connection->tls != NULL && !connection->has_handshake && quiet_ms >= HANDSHAKE_MS) {
        core->counts.tls_failures++;
        (void)snprintf(core->tls_fault, sizeof(core->tls_fault), "no handshake came within 10 s");
        bw_stream_connection_close(connection);
        return;
    }
    if (idle_ms == 0 || connection->is_busy || quiet_ms < idle_ms)
        return;
    core->counts.idle_closes++;
    if (ioctl(connection->fd, FIONREAD, &waiting) == 0 && waiting > 0)
        core->counts.left_over_bytes += (uint64_t)waiting;
    bw_stream_connection_close(connection);
}
