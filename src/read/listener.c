#include "read/listener.h"

#include "base/check.h"
#include "read/bound_socket.h"
#include "read/datagram_socket.h"
#include "read/listener_core.h"
#include "read/socket_holder.h"
#include "read/stream_socket.h"
#include "read/tls_stream.h"

#include <stdlib.h>
#include <unistd.h>

#define RCVBUF_DEFAULT        ((uint32_t)4 * 1024 * 1024)
#define STREAM_RCVBUF_MIN     ((uint32_t)1024 * 1024)
#define CONNECTIONS_DEFAULT   1000
#define PEEK_DEFAULT          ((uint32_t)256 * 1024)
#define PEEK_MAX              ((uint32_t)64 * 1024 * 1024)
#define DATAGRAM_DEFAULT      ((uint32_t)64 * 1024)
#define UNIX_DATAGRAM_DEFAULT ((uint32_t)256 * 1024)
#define DATAGRAM_MAX          ((uint32_t)4 * 1024 * 1024)
#define RETRY_DEFAULT_MS      50
#define TICK_MS               1000

struct bw_listener {
    struct bw_listener_core core; /* first: the core's memory is the listener's */
    struct bw_datagram_socket *datagrams[BW_LISTEN_SOCKETS_MAX];
    size_t datagrams_count;
    struct bw_stream_socket *stream;          /* NULL: datagrams */
    uint64_t held_ids[BW_LISTEN_SOCKETS_MAX]; /* at the holder, those that are held */
    size_t held_count;
    uint16_t port;
    bool has_held;     /* a socket of an earlier daemon */
    bool is_activated; /* its place is somebody else's */
};

static void or_default(uint32_t *number, uint32_t value)
{
    if (*number == 0)
        *number = value;
}

static void fill_in_defaults(struct bw_listener_options *options, const struct bw_listen_url *url)
{
    if (url->rcvbuf_bytes != 0)
        options->rcvbuf_bytes = url->rcvbuf_bytes;
    or_default(&options->rcvbuf_bytes, RCVBUF_DEFAULT);
    or_default(&options->connections_max, CONNECTIONS_DEFAULT);
    or_default(&options->peek_bytes, PEEK_DEFAULT);
    or_default(&options->datagram_bytes,
               url->kind == BW_LISTEN_UNIXGRAM ? UNIX_DATAGRAM_DEFAULT : DATAGRAM_DEFAULT);
    or_default(&options->retry_ms, RETRY_DEFAULT_MS);
    BW_ASSERT(options->peek_bytes <= PEEK_MAX && options->datagram_bytes <= DATAGRAM_MAX);
    /* The kernel lets the low water mark be half of the buffer at most, tcp_set_rcvlowat(). */
    if (!bw_listen_kind_is_datagram(url->kind)) {
        if (options->rcvbuf_bytes < STREAM_RCVBUF_MIN)
            options->rcvbuf_bytes = STREAM_RCVBUF_MIN;
        if (options->rcvbuf_bytes < options->peek_bytes * 4)
            options->rcvbuf_bytes = options->peek_bytes * 4;
    }
}

static void offer_again(struct bw_listener *listener)
{
    for (size_t i = 0; i < listener->datagrams_count; i++)
        bw_datagram_socket_retry(listener->datagrams[i]);
    if (listener->stream != NULL)
        bw_stream_socket_retry(listener->stream);
}

static void on_retry(uv_timer_t *timer)
{
    offer_again(timer->data);
}

static void on_tick(uv_timer_t *timer)
{
    struct bw_listener *listener = timer->data;

    bw_listener_count_drops(listener);
    if (listener->stream != NULL)
        bw_stream_socket_tick(listener->stream);
}

void bw_listener_core_wait(struct bw_listener_core *core)
{
    if (!core->is_closing && !uv_is_active((const uv_handle_t *)&core->retry))
        (void)uv_timer_start(&core->retry, on_retry, core->options.retry_ms, 0);
}

void bw_listener_core_handle_closed(struct bw_listener_core *core)
{
    BW_ASSERT(core->handles > 0);
    core->handles--;
    if (core->handles == 0)
        free(core);
}

bool bw_listener_core_is_allowed(const struct bw_listener_core *core, struct bw_text peer)
{
    return core->options.allowed == NULL ||
           bw_network_list_has(core->options.allowed, BW_TEXT(""), peer);
}

/* A socket that an earlier daemon left, unless others can no longer reach it by its file. */
static bool claim(struct bw_listener *listener, struct bw_held_socket *held)
{
    struct bw_listener_core *core = &listener->core;
    struct bw_socket_holder *holder = core->options.holder;

    while (holder != NULL && bw_socket_holder_claim(holder, BW_HELD_SOCKET, core->url.name, held)) {
        if (!bw_listen_kind_is_unix(core->url.kind) || access(core->url.path, F_OK) == 0)
            return true;
        bw_socket_holder_release(holder, held->id);
        (void)close(held->fd);
    }
    return false;
}

/* The socket that was handed over, or a new one. */
static enum bw_status make_socket(struct bw_listener *listener, int *fd, struct bw_problem *problem)
{
    struct bw_listener_core *core = &listener->core;

    if (core->options.activated_fd == 0)
        return bw_bound_socket_open(fd, &core->url, listener->port, core->options.rcvbuf_bytes,
                                    problem);
    *fd = core->options.activated_fd;
    core->options.activated_fd = 0;
    bw_bound_socket_set_rcvbuf(*fd, core->options.rcvbuf_bytes);
    return BW_OK;
}

/* A held socket or a new one, which is held from now on; `*held_id` 0: it is not. */
static enum bw_status get_socket(struct bw_listener *listener, int *fd, uint64_t *held_id,
                                 struct bw_problem *problem)
{
    struct bw_listener_core *core = &listener->core;
    struct bw_held_socket held;

    *held_id = 0;
    if (claim(listener, &held)) {
        *fd = held.fd;
        *held_id = held.id;
        listener->has_held = true;
        bw_bound_socket_set_rcvbuf(held.fd, core->options.rcvbuf_bytes);
    } else {
        const enum bw_status status = make_socket(listener, fd, problem);
        if (status != BW_OK)
            return status;
        const uint64_t id = bw_socket_holder_new_id();
        if (core->options.holder != NULL &&
            bw_socket_holder_hold(core->options.holder, id, BW_HELD_SOCKET, core->url.name, *fd) ==
                BW_OK)
            *held_id = id;
        else if (core->options.holder != NULL)
            core->counts.unheld++;
    }
    if (*held_id != 0)
        listener->held_ids[listener->held_count++] = *held_id;
    return BW_OK;
}

static enum bw_status open_one(struct bw_listener *listener, struct bw_problem *problem)
{
    struct bw_listener_core *core = &listener->core;
    const bool is_datagram = bw_listen_kind_is_datagram(core->url.kind);
    uint64_t held_id = 0;
    int fd = -1;

    enum bw_status status = get_socket(listener, &fd, &held_id, problem);
    if (status != BW_OK)
        return status;
    listener->port = bw_bound_socket_port(fd);
    if (is_datagram)
        status = bw_datagram_socket_open(&listener->datagrams[listener->datagrams_count], core, fd);
    else
        status = bw_stream_socket_open(&listener->stream, core, fd, held_id);
    if (status == BW_OK && is_datagram)
        listener->datagrams_count++;
    return status;
}

enum bw_status bw_listener_open(struct bw_listener **opened, uv_loop_t *loop,
                                const struct bw_listen_url *url,
                                const struct bw_listener_options *options,
                                struct bw_problem *problem)
{
    struct bw_listener *listener = calloc(1, sizeof(*listener));
    if (listener == NULL) {
        if (options->activated_fd != 0)
            (void)close(options->activated_fd);
        return BW_ERR_NO_MEMORY;
    }
    listener->core =
        (struct bw_listener_core){.options = *options, .url = *url, .loop = loop, .handles = 2};
    listener->port = url->port;
    listener->is_activated = options->activated_fd != 0;
    fill_in_defaults(&listener->core.options, url);
    (void)uv_timer_init(loop, &listener->core.retry);
    (void)uv_timer_init(loop, &listener->core.tick);
    listener->core.retry.data = listener;
    listener->core.tick.data = listener;
    (void)uv_timer_start(&listener->core.tick, on_tick, TICK_MS, TICK_MS);

    enum bw_status status = bw_listener_renew(listener, problem);
    for (uint32_t i = 0; i < url->sockets && status == BW_OK; i++)
        status = open_one(listener, problem);
    /* It was not needed: that of an earlier daemon is the same. */
    if (listener->core.options.activated_fd != 0)
        (void)close(listener->core.options.activated_fd);
    if (status != BW_OK) {
        bw_listener_close(&listener);
        return status;
    }
    *opened = listener;
    return BW_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct bw_listener *listener = handle->data;

    bw_listener_core_handle_closed(&listener->core);
}

enum bw_status bw_listener_renew(struct bw_listener *listener, struct bw_problem *problem)
{
    const struct bw_listen_url *url = &listener->core.url;
    struct bw_tls_server *server = NULL;

    if (url->kind != BW_LISTEN_TLS)
        return BW_OK;
    const enum bw_status status =
        bw_tls_server_create(&server, url->certificate, url->key, url->client_ca, problem);
    if (status != BW_OK)
        return status;
    bw_tls_server_destroy(&listener->core.tls);
    listener->core.tls = server;
    return BW_OK;
}

void bw_listener_allow(struct bw_listener *listener, const struct bw_network_list *allowed)
{
    listener->core.options.allowed = allowed;
}

const char *bw_listener_tls_fault(const struct bw_listener *listener)
{
    return listener->core.tls_fault;
}

static void close_all(struct bw_listener *listener)
{
    struct bw_listener_core *core = &listener->core;
    const bool has_file = bw_listen_kind_is_unix(core->url.kind) &&
                          (listener->stream != NULL || listener->datagrams_count > 0);

    core->is_closing = true;
    for (size_t i = 0; i < listener->held_count && !core->is_left; i++)
        bw_socket_holder_release(core->options.holder, listener->held_ids[i]);
    for (size_t i = 0; i < listener->datagrams_count; i++)
        bw_datagram_socket_drain(listener->datagrams[i], !core->is_left);
    bw_listener_count_drops(listener);
    for (size_t i = 0; i < listener->datagrams_count; i++)
        bw_datagram_socket_close(&listener->datagrams[i]);
    listener->datagrams_count = 0;
    if (listener->stream != NULL)
        bw_stream_socket_close(&listener->stream);
    if (core->options.callbacks.on_end != NULL)
        core->options.callbacks.on_end(core->options.id, &core->counts,
                                       core->options.callbacks.context);
    bw_tls_server_destroy(&core->tls);
    if (has_file && !core->is_left && !listener->is_activated)
        (void)unlink(core->url.path);
    uv_close((uv_handle_t *)&core->retry, on_timer_closed);
    uv_close((uv_handle_t *)&core->tick, on_timer_closed);
}

void bw_listener_close(struct bw_listener **owned)
{
    struct bw_listener *listener = *owned;

    *owned = NULL;
    if (listener != NULL)
        close_all(listener);
}

void bw_listener_leave(struct bw_listener **owned)
{
    struct bw_listener *listener = *owned;

    *owned = NULL;
    if (listener == NULL)
        return;
    listener->core.is_left = listener->core.options.holder != NULL;
    close_all(listener);
}

void bw_listener_retry(struct bw_listener *listener)
{
    (void)uv_timer_stop(&listener->core.retry);
    offer_again(listener);
}

uint16_t bw_listener_port(const struct bw_listener *listener)
{
    return listener->port;
}

const char *bw_listener_name(const struct bw_listener *listener)
{
    return listener->core.url.name;
}

void bw_listener_count_drops(struct bw_listener *listener)
{
    struct bw_listener_counts *counts = &listener->core.counts;
    const uint64_t known = listener->has_held ? listener->core.options.kernel_drops_known : 0;
    uint64_t seen = 0;

    for (size_t i = 0; i < listener->datagrams_count; i++)
        seen += bw_datagram_socket_drops(listener->datagrams[i]);
    if (listener->datagrams_count == 0)
        return;
    counts->kernel_drops_seen = seen;
    counts->kernel_drops = seen > known ? seen - known : 0;
}

const struct bw_listener_counts *bw_listener_counts(const struct bw_listener *listener)
{
    return &listener->core.counts;
}

size_t bw_listener_rows(const struct bw_listener *listener, struct bw_listener_row *rows)
{
    const struct bw_listener_counts *counts = &listener->core.counts;
    const bool is_datagram = bw_listen_kind_is_datagram(listener->core.url.kind);
    const struct {
        const char *name;
        uint64_t value;
        bool is_datagram, is_stream;
    } all[] = {
        {"datagrams", counts->datagrams, true, false},
        {"datagram_bytes", counts->datagram_bytes, true, false},
        {"truncated", counts->truncated, true, false},
        {"empty", counts->empty, true, false},
        {"denied", counts->denied, true, true},
        {"abandoned", counts->abandoned, true, false},
        {"kernel_drops", counts->kernel_drops, true, false},
        {"connections_open", counts->connections_open, false, true},
        {"connections", counts->connections, false, true},
        {"resumed", counts->resumed, false, true},
        {"refused", counts->refused, false, true},
        {"accept_failures", counts->accept_failures, false, true},
        {"resets", counts->resets, false, true},
        {"idle_closes", counts->idle_closes, false, true},
        {"nonsense_closes", counts->nonsense_closes, false, true},
        {"stream_bytes", counts->stream_bytes, false, true},
        {"left_over_bytes", counts->left_over_bytes, false, true},
        {"corrected_bytes", counts->corrected_bytes, false, true},
        {"unheld", counts->unheld, true, true},
        {"tls_failures", counts->tls_failures, false, true},
    };
    size_t count = 0;

    _Static_assert(BW_ARRAY_COUNT(all) <= BW_LISTENER_ROWS_MAX, "the caller's rows are enough");
    for (size_t i = 0; i < BW_ARRAY_COUNT(all); i++)
        if (is_datagram ? all[i].is_datagram : all[i].is_stream)
            rows[count++] = (struct bw_listener_row){all[i].name, all[i].value};
    return count;
}
