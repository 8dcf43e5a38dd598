#include "read/listener.h"

#include "base/check.h"
#include "read/listen_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DATAGRAM_BYTES 65536
#define BATCH          64
#define BATCHES_A_TURN 8 /* then others have theirs */
#define PEEK_BYTES     ((size_t)256 * 1024)
#define BACKLOG        128
#define AGAIN_MS       200 /* what could not be taken is offered again */

struct connection {
    struct bw_listener *listener;
    struct connection *next, *previous;
    uv_poll_t poll;
    uv_timer_t again;
    void *user;
    int fd;
    uint32_t open_handles;
    bool is_ending; /* the peer sends nothing more */
};

/* Room for a batch of datagrams, and those that could not be taken: they stay in it. */
struct datagram_room {
    char *bytes; /* BATCH * DATAGRAM_BYTES */
    struct bw_text items[BATCH];
    size_t count; /* not taken yet */
};

struct bw_listener {
    struct bw_listener_callbacks callbacks;
    struct bw_listener_options options;
    struct bw_listen_url url;
    struct bw_listener_counters counters;
    struct connection *connections;
    struct datagram_room room;
    char *url_text, *peek;
    uv_poll_t poll;
    uv_timer_t again;
    int fd;
    uint32_t open_handles;
    uint32_t kernel_drops; /* as the kernel counts: modulo 2^32 */
    bool is_closing;
    bool keeps_path; /* the socket goes on elsewhere */
};

static bool is_allowed(const struct bw_listener *listener, const struct sockaddr_storage *address)
{
    char text[INET6_ADDRSTRLEN];

    if (listener->options.allowed == NULL || bw_listen_is_path(&listener->url))
        return true;
    bw_listen_peer_text(address, text);
    return bw_network_list_has(listener->options.allowed, BW_TEXT(""), bw_text_of(text));
}

/* What is in the room goes out. True: the room is free. */
static bool offer_datagrams(struct bw_listener *listener)
{
    struct datagram_room *room = &listener->room;

    if (room->count == 0)
        return true;
    const size_t taken =
        listener->callbacks.on_datagrams(listener->callbacks.context, room->items, room->count);
    BW_ASSERT(taken <= room->count);
    listener->counters.datagrams += taken;
    for (size_t i = 0; i < taken; i++)
        listener->counters.datagram_bytes += room->items[i].size;
    room->count -= taken;
    (void)memmove(room->items, room->items + taken, room->count * sizeof(room->items[0]));
    return room->count == 0;
}

/* Datagrams that are there, up to a batch. How many came; those that count are in the room. */
static int receive_batch(struct bw_listener *listener)
{
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_storage peers[BATCH];
    struct datagram_room *room = &listener->room;

    for (size_t i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){room->bytes + i * DATAGRAM_BYTES, DATAGRAM_BYTES};
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &peers[i],
                                                   .msg_namelen = sizeof(peers[i]),
                                                   .msg_iov = &parts[i],
                                                   .msg_iovlen = 1}};
    }
    const int count = recvmmsg(listener->fd, messages, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        if (!is_allowed(listener, &peers[i])) {
            listener->counters.denied++;
            continue;
        }
        if (messages[i].msg_len == 0) {
            listener->counters.empty++;
            continue;
        }
        listener->counters.cut += (messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0 ? 1 : 0;
        room->items[room->count++] =
            (struct bw_text){room->bytes + (size_t)i * DATAGRAM_BYTES, messages[i].msg_len};
    }
    return count;
}

static void offer_again(uv_timer_t *timer);

static void datagrams_ready(uv_poll_t *poll, int status, int events)
{
    struct bw_listener *listener = poll->data;

    (void)status;
    (void)events;
    for (int turn = 0; turn < BATCHES_A_TURN; turn++) {
        if (!offer_datagrams(listener)) {
            /* Until then the kernel keeps what comes, and counts what it cannot keep. */
            (void)uv_poll_stop(&listener->poll);
            (void)uv_timer_start(&listener->again, offer_again, AGAIN_MS, 0);
            return;
        }
        if (receive_batch(listener) <= 0)
            return;
        (void)offer_datagrams(listener);
    }
}

static void offer_again(uv_timer_t *timer)
{
    struct bw_listener *listener = timer->data;

    if (listener->is_closing)
        return;
    (void)uv_poll_start(&listener->poll, UV_READABLE, datagrams_ready);
    datagrams_ready(&listener->poll, 0, UV_READABLE);
}

static void connection_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;

    if (--connection->open_handles > 0)
        return;
    (void)close(connection->fd);
    free(connection);
}

static void end_connection(struct connection *connection)
{
    struct bw_listener *listener = connection->listener;

    if (uv_is_closing((uv_handle_t *)&connection->poll))
        return;
    listener->callbacks.on_close(listener->callbacks.context, connection->user);
    if (connection->previous == NULL)
        listener->connections = connection->next;
    else
        connection->previous->next = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    listener->counters.open--;
    uv_close((uv_handle_t *)&connection->poll, connection_closed);
    uv_close((uv_handle_t *)&connection->again, connection_closed);
}

/* Off the front of the kernel's queue with what was taken. */
static void consume(const struct connection *connection, size_t size)
{
    while (size > 0) {
        const ssize_t gone =
            connection->listener->url.kind == BW_LISTEN_TCP
                ? recv(connection->fd, NULL, size, MSG_TRUNC | MSG_DONTWAIT)
                : recv(connection->fd, connection->listener->peek, size, MSG_DONTWAIT);
        if (gone < 0 && errno == EINTR)
            continue;
        if (gone <= 0)
            return;
        size -= (size_t)gone;
    }
}

static void set_low_water(const struct connection *connection, size_t bytes)
{
    const int least = (int)bytes;

    (void)setsockopt(connection->fd, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof(least));
}

static void stream_ready(uv_poll_t *poll, int status, int events);

static void read_again(uv_timer_t *timer)
{
    struct connection *connection = timer->data;

    (void)uv_poll_start(&connection->poll, UV_READABLE | UV_DISCONNECT, stream_ready);
    stream_ready(&connection->poll, 0, 0);
}

/* Look at what is there and take what makes sense. False: not any more, or not now. */
static bool read_some(struct connection *connection)
{
    struct bw_listener *listener = connection->listener;
    bool is_held = false;

    const ssize_t got = recv(connection->fd, listener->peek, PEEK_BYTES, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (got <= 0) {
        listener->counters.resets += got < 0 ? 1 : 0;
        end_connection(connection);
        return false;
    }
    const struct bw_text bytes = {listener->peek, (size_t)got};
    /* Full to the brim it is not all that is there. */
    const bool is_end = connection->is_ending && bytes.size < PEEK_BYTES;
    const size_t taken = listener->callbacks.on_stream(listener->callbacks.context,
                                                       connection->user, bytes, is_end, &is_held);
    BW_ASSERT(taken <= bytes.size);
    consume(connection, taken);
    listener->counters.stream_bytes += taken;
    if (is_held) {
        (void)uv_poll_stop(&connection->poll);
        (void)uv_timer_start(&connection->again, read_again, AGAIN_MS, 0);
        return false;
    }
    if (taken > 0) {
        set_low_water(connection, 1);
        return true;
    }
    if (connection->is_ending) {
        end_connection(connection);
        return false;
    }
    /* An unfinished message stays in the queue: wake up when there is more than that. */
    set_low_water(connection, bytes.size + 1);
    return false;
}

static void stream_ready(uv_poll_t *poll, int status, int events)
{
    struct connection *connection = poll->data;

    if (status != 0 || (events & UV_DISCONNECT) != 0)
        connection->is_ending = true;
    for (int turn = 0; turn < BATCHES_A_TURN; turn++)
        if (!read_some(connection))
            return;
}

static bool prepare_connection(struct connection *connection)
{
    const int on = 1;

    (void)setsockopt(connection->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    if (uv_poll_init(connection->listener->options.loop, &connection->poll, connection->fd) != 0)
        return false;
    (void)uv_timer_init(connection->listener->options.loop, &connection->again);
    connection->poll.data = connection->again.data = connection;
    connection->open_handles = 2;
    return uv_poll_start(&connection->poll, UV_READABLE | UV_DISCONNECT, stream_ready) == 0;
}

/* NULL: it cannot be had; the descriptor and `user` are the caller's again. */
static struct connection *new_connection(struct bw_listener *listener, int fd, void *user)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        return NULL;
    connection->listener = listener;
    connection->fd = fd;
    connection->user = user;
    if (!prepare_connection(connection)) {
        free(connection);
        return NULL;
    }
    connection->next = listener->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    listener->connections = connection;
    listener->counters.connections++;
    listener->counters.open++;
    return connection;
}

static void take_connection(struct bw_listener *listener, int fd,
                            const struct sockaddr_storage *peer)
{
    char text[INET6_ADDRSTRLEN];
    void *user = NULL;

    bw_listen_peer_text(peer, text);
    if (listener->counters.open < listener->options.connections_max && is_allowed(listener, peer))
        user = listener->callbacks.on_open(listener->callbacks.context, text, fd);
    if (user != NULL && new_connection(listener, fd, user) != NULL)
        return;
    listener->counters.refused++;
    if (user != NULL)
        listener->callbacks.on_close(listener->callbacks.context, user);
    (void)close(fd);
}

void bw_listener_adopt(struct bw_listener *listener, int fd, void *user, uint64_t skip)
{
    struct connection *connection = new_connection(listener, fd, user);

    if (connection == NULL) {
        listener->callbacks.on_close(listener->callbacks.context, user);
        (void)close(fd);
        return;
    }
    set_low_water(connection, 1);
    consume(connection, (size_t)skip);
}

int bw_listener_fd(const struct bw_listener *listener)
{
    return listener->fd;
}

void bw_listener_keep_path(struct bw_listener *listener)
{
    listener->keeps_path = true;
}

static void connections_ready(uv_poll_t *poll, int status, int events)
{
    struct bw_listener *listener = poll->data;

    (void)status;
    (void)events;
    for (int i = 0; i < BATCH; i++) {
        struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
        socklen_t size = sizeof(peer);
        const int fd =
            accept4(listener->fd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            return;
        take_connection(listener, fd, &peer);
    }
}

static bool open_socket(struct bw_listener *listener)
{
    listener->fd = listener->options.fd >= 0
                       ? listener->options.fd
                       : bw_listen_socket_open(&listener->url, listener->options.receive_bytes);
    return listener->fd >= 0;
}

static void free_listener(struct bw_listener *listener)
{
    if (listener->fd >= 0) {
        (void)close(listener->fd);
        if (!listener->keeps_path)
            bw_listen_socket_unlink(&listener->url);
    }
    free(listener->room.bytes);
    free(listener->peek);
    free(listener->url_text);
    free(listener);
}

static bool start(struct bw_listener *listener)
{
    if (uv_poll_init(listener->options.loop, &listener->poll, listener->fd) != 0)
        return false;
    (void)uv_timer_init(listener->options.loop, &listener->again);
    listener->poll.data = listener->again.data = listener;
    listener->open_handles = 2;
    return uv_poll_start(&listener->poll, UV_READABLE,
                         bw_listen_is_datagram(&listener->url) ? datagrams_ready
                                                               : connections_ready) == 0;
}

enum bw_status bw_listener_open(struct bw_listener **opened,
                                const struct bw_listener_options *options,
                                const struct bw_listener_callbacks *callbacks,
                                struct bw_problem *problem)
{
    struct bw_listener *listener = calloc(1, sizeof(*listener));

    if (listener == NULL)
        return BW_ERR_NO_MEMORY;
    listener->fd = -1;
    listener->options = *options;
    listener->callbacks = *callbacks;
    enum bw_status status = bw_listen_url_parse(&listener->url, options->url, problem);
    if (status == BW_OK) {
        listener->url_text = strdup(options->url);
        if (bw_listen_is_datagram(&listener->url))
            listener->room.bytes = malloc((size_t)BATCH * DATAGRAM_BYTES);
        else
            listener->peek = malloc(PEEK_BYTES);
        if (listener->url_text == NULL || (listener->room.bytes == NULL && listener->peek == NULL))
            status = BW_ERR_NO_MEMORY;
    }
    if (status == BW_OK && (!open_socket(listener) || !start(listener))) {
        bw_problem_set(problem, "", 0,
                       "%s cannot be listened on: %s; is the port free, and is it "
                       "above 1023 or ours to have?",
                       options->url, strerrordesc_np(errno));
        status = BW_ERR_IO;
    }
    if (status != BW_OK) {
        free_listener(listener);
        return status;
    }
    *opened = listener;
    return BW_OK;
}

static void listener_closed(uv_handle_t *handle)
{
    struct bw_listener *listener = handle->data;

    if (--listener->open_handles == 0)
        free_listener(listener);
}

void bw_listener_close(struct bw_listener **owned)
{
    struct bw_listener *listener = *owned;

    *owned = NULL;
    if (listener == NULL)
        return;
    listener->is_closing = true;
    while (listener->connections != NULL)
        end_connection(listener->connections);
    uv_close((uv_handle_t *)&listener->poll, listener_closed);
    uv_close((uv_handle_t *)&listener->again, listener_closed);
}

static void ask_for_drops(struct bw_listener *listener)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof(info);

    if (!bw_listen_is_datagram(&listener->url) ||
        getsockopt(listener->fd, SOL_SOCKET, SO_MEMINFO, info, &size) != 0)
        return;
    listener->counters.kernel_drops += (uint32_t)(info[SK_MEMINFO_DROPS] - listener->kernel_drops);
    listener->kernel_drops = info[SK_MEMINFO_DROPS];
}

void bw_listener_tick(struct bw_listener *listener)
{
    ask_for_drops(listener);
}

void bw_listener_drain(struct bw_listener *listener)
{
    struct connection *connection = listener->connections;

    if (bw_listen_is_datagram(&listener->url)) {
        while (offer_datagrams(listener) && receive_batch(listener) > 0)
            if (!offer_datagrams(listener))
                break;
        listener->counters.queue_drops += listener->room.count;
        ask_for_drops(listener);
        return;
    }
    while (connection != NULL) {
        struct connection *next = connection->next;
        stream_ready(&connection->poll, 0, 0);
        connection = next;
    }
}

const char *bw_listener_url(const struct bw_listener *listener)
{
    return listener->url_text;
}

uint16_t bw_listener_port(const struct bw_listener *listener)
{
    return bw_listen_socket_port(listener->fd);
}

void bw_listener_counters(const struct bw_listener *listener, struct bw_listener_counters *counters)
{
    *counters = listener->counters;
}
