#include "read/datagram_socket.h"

#include "base/check.h"
#include "read/peer_address.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH_MAX        64
#define BATCHES_PER_TURN 4    /* then the other sockets of the loop have their turn */
#define DRAIN_BATCHES    4096 /* a sender that does not stop does not hold up the end */
#define ROOM_BYTES       ((size_t)4 * 1024 * 1024)

struct bw_datagram_socket {
    uv_poll_t poll;
    struct bw_listener_core *core;
    char *room;               /* one slot for each datagram of a batch */
    size_t slots, slot_bytes; /* slots <= BATCH_MAX */
    size_t waiting;           /* items that were offered and not taken */
    uint64_t drops;           /* of the kernel, since the socket was made */
    uint32_t drops_last;      /* the kernel's counter, which wraps */
    int fd;
    struct mmsghdr headers[BATCH_MAX];
    struct iovec vectors[BATCH_MAX];
    struct sockaddr_storage addresses[BATCH_MAX];
    struct bw_datagram items[BATCH_MAX];
    char peers[BATCH_MAX][BW_PEER_BYTES];
};

static void prepare(struct bw_datagram_socket *socket)
{
    const bool has_address = socket->core->url.kind == BW_LISTEN_UDP;

    for (size_t i = 0; i < socket->slots; i++) {
        socket->vectors[i] = (struct iovec){
            .iov_base = socket->room + i * socket->slot_bytes,
            .iov_len = socket->slot_bytes,
        };
        socket->headers[i].msg_hdr = (struct msghdr){
            .msg_name = has_address ? &socket->addresses[i] : NULL,
            .msg_namelen = has_address ? sizeof(socket->addresses[i]) : 0,
            .msg_iov = &socket->vectors[i],
            .msg_iovlen = 1,
        };
    }
}

/* The peer of datagram `i`. Floods come from few senders: the text before is mostly the same. */
static struct bw_text peer_of(struct bw_datagram_socket *socket, size_t i, struct bw_text before)
{
    const socklen_t size = socket->headers[i].msg_hdr.msg_namelen;

    if (size == 0)
        return (struct bw_text){"", 0};
    if (before.size > 0 && socket->headers[i - 1].msg_hdr.msg_namelen == size &&
        memcmp(&socket->addresses[i], &socket->addresses[i - 1], size) == 0)
        return before;
    const size_t length = bw_peer_address_text(&socket->addresses[i], socket->peers[i]);
    return (struct bw_text){socket->peers[i], length};
}

/* Fills items with those of the batch that are to be handed on; returns how many. */
static size_t sort_out(struct bw_datagram_socket *socket, size_t received)
{
    struct bw_listener_counts *counts = &socket->core->counts;
    struct bw_text peer = {"", 0};
    size_t count = 0;

    for (size_t i = 0; i < received; i++) {
        const struct mmsghdr *header = &socket->headers[i];
        peer = peer_of(socket, i, peer);
        if (peer.size > 0 && !bw_listener_core_is_allowed(socket->core, peer)) {
            counts->denied++;
        } else if (header->msg_len == 0) {
            counts->empty++;
        } else {
            socket->items[count++] = (struct bw_datagram){
                .bytes = {socket->vectors[i].iov_base, header->msg_len},
                .peer = peer,
                .is_truncated = (header->msg_hdr.msg_flags & MSG_TRUNC) != 0,
            };
        }
    }
    return count;
}

static bool offer(struct bw_datagram_socket *socket, size_t count)
{
    const struct bw_listener_options *options = &socket->core->options;
    struct bw_listener_counts *counts = &socket->core->counts;

    if (count == 0)
        return true;
    if (!options->callbacks.on_datagrams(options->id, socket->items, count,
                                         options->callbacks.context))
        return false;
    counts->datagrams += count;
    for (size_t i = 0; i < count; i++) {
        counts->datagram_bytes += socket->items[i].bytes.size;
        counts->truncated += socket->items[i].is_truncated ? 1 : 0;
    }
    return true;
}

static void read_batches(struct bw_datagram_socket *socket)
{
    for (int batch = 0; batch < BATCHES_PER_TURN; batch++) {
        prepare(socket);
        const int received =
            recvmmsg(socket->fd, socket->headers, (unsigned int)socket->slots, MSG_DONTWAIT, NULL);
        if (received <= 0)
            return; /* EAGAIN; after ENOMEM the socket stays readable and is tried again */
        const size_t count = sort_out(socket, (size_t)received);
        if (!offer(socket, count)) {
            socket->waiting = count;
            (void)uv_poll_stop(&socket->poll);
            bw_listener_core_wait(socket->core);
            return;
        }
        if ((size_t)received < socket->slots)
            return;
    }
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    struct bw_datagram_socket *socket = handle->data;

    (void)events;
    if (status < 0) {
        /* libuv stops a handle whose socket has an error; reading takes the error away. */
        (void)uv_poll_start(handle, UV_READABLE, on_readable);
    }
    read_batches(socket);
}

enum bw_status bw_datagram_socket_open(struct bw_datagram_socket **opened,
                                       struct bw_listener_core *core, int fd)
{
    struct bw_datagram_socket *socket = calloc(1, sizeof(*socket));
    const size_t slot_bytes = core->options.datagram_bytes;
    const size_t fitting = ROOM_BYTES / slot_bytes;

    if (socket == NULL)
        goto fail;
    socket->core = core;
    socket->fd = fd;
    socket->slot_bytes = slot_bytes;
    socket->slots = fitting < 1 ? 1 : fitting < BATCH_MAX ? fitting : BATCH_MAX;
    /* Only pages that a datagram was written to take memory: one for each slot with short ones. */
    socket->room = malloc(socket->slots * slot_bytes);
    if (socket->room == NULL || uv_poll_init(core->loop, &socket->poll, fd) != 0)
        goto fail;
    socket->poll.data = socket;
    core->handles++;
    (void)uv_poll_start(&socket->poll, UV_READABLE, on_readable);
    *opened = socket;
    return BW_OK;

fail:
    if (socket != NULL)
        free(socket->room);
    free(socket);
    (void)close(fd);
    return BW_ERR_NO_MEMORY;
}

static void on_closed(uv_handle_t *handle)
{
    struct bw_datagram_socket *socket = handle->data;
    struct bw_listener_core *core = socket->core;

    free(socket->room);
    free(socket);
    bw_listener_core_handle_closed(core);
}

static void offer_last(struct bw_datagram_socket *socket, size_t count)
{
    if (!offer(socket, count))
        socket->core->counts.abandoned += count;
}

void bw_datagram_socket_drain(struct bw_datagram_socket *socket, bool is_whole)
{
    offer_last(socket, socket->waiting);
    socket->waiting = 0;
    for (int batch = 0; batch < DRAIN_BATCHES && is_whole; batch++) {
        prepare(socket);
        const int received =
            recvmmsg(socket->fd, socket->headers, (unsigned int)socket->slots, MSG_DONTWAIT, NULL);
        if (received <= 0)
            return;
        offer_last(socket, sort_out(socket, (size_t)received));
    }
}

void bw_datagram_socket_close(struct bw_datagram_socket **owned)
{
    struct bw_datagram_socket *socket = *owned;

    *owned = NULL;
    uv_close((uv_handle_t *)&socket->poll, on_closed);
    (void)close(socket->fd);
    socket->fd = -1;
}

void bw_datagram_socket_retry(struct bw_datagram_socket *socket)
{
    if (socket->waiting == 0)
        return;
    if (!offer(socket, socket->waiting)) {
        bw_listener_core_wait(socket->core);
        return;
    }
    socket->waiting = 0;
    (void)uv_poll_start(&socket->poll, UV_READABLE, on_readable);
}

uint64_t bw_datagram_socket_drops(struct bw_datagram_socket *socket)
{
    uint32_t numbers[SK_MEMINFO_VARS];
    socklen_t size = sizeof(numbers);

    if (socket->core->url.kind != BW_LISTEN_UDP)
        return 0;
    if (getsockopt(socket->fd, SOL_SOCKET, SO_MEMINFO, numbers, &size) == 0 &&
        size > SK_MEMINFO_DROPS * sizeof(numbers[0])) {
        socket->drops += numbers[SK_MEMINFO_DROPS] - socket->drops_last;
        socket->drops_last = numbers[SK_MEMINFO_DROPS];
    }
    return socket->drops;
}

int bw_datagram_socket_fd(const struct bw_datagram_socket *socket)
{
    return socket->fd;
}
