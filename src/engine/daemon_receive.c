/*
 * The daemon's sockets: messages become lines of a chunk, are written down, and only then taken.
 */
#include "base/byte_reader.h"
#include "base/check.h"
#include "base/hash.h"
#include "engine/daemon_state.h"
#include "frame/stream_framer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1000U
#define RECEIVE_BYTES   (4U * 1024 * 1024)
#define INHERITED_MAX   2048

#define MARK_VERSION 2 /* the tail's marks begin with another number */

/*
 * A connection: how many of its bytes are counted, and where its framing stands behind them. Known
 * by an id that the holder of the sockets knows it by, too.
 */
struct bw_sender {
    uint64_t id;
    uint64_t taken;
    struct bw_stream_framer framer;
};

/* What an open connection is to its listener. */
struct connection {
    uint64_t id;
};

static struct bw_sender *find_sender(const struct bw_daemon *daemon, uint64_t id)
{
    for (size_t i = 0; i < daemon->sender_count; i++)
        if (daemon->senders[i].id == id)
            return &daemon->senders[i];
    return NULL;
}

/* NULL: memory is out. */
static struct bw_sender *add_sender(struct bw_daemon *daemon, uint64_t id)
{
    struct bw_sender *found = find_sender(daemon, id);

    if (found != NULL)
        return found;
    if (daemon->sender_count == daemon->sender_capacity) {
        const size_t capacity = daemon->sender_capacity == 0 ? 16 : daemon->sender_capacity * 2;
        struct bw_sender *senders = realloc(daemon->senders, capacity * sizeof(*senders));
        if (senders == NULL)
            return NULL;
        daemon->senders = senders;
        daemon->sender_capacity = capacity;
    }
    found = &daemon->senders[daemon->sender_count++];
    *found = (struct bw_sender){.id = id};
    return found;
}

static void forget_sender(struct bw_daemon *daemon, uint64_t id)
{
    struct bw_sender *found = find_sender(daemon, id);

    if (found != NULL)
        *found = daemon->senders[--daemon->sender_count];
}

static void put_mark(const struct bw_sender *sender, struct bw_byte_writer *writer)
{
    bw_put_u8(writer, MARK_VERSION);
    bw_put_u64(writer, sender->id);
    bw_put_u64(writer, sender->taken);
    bw_put_u64(writer, sender->framer.skip_bytes);
    bw_put_u8(writer, sender->framer.is_skipping ? 1 : 0);
}

bool bw_daemon_restore_sender(struct bw_daemon *daemon, struct bw_text mark)
{
    struct bw_byte_reader reader = {.rest = mark};

    if (bw_take_u8(&reader) != MARK_VERSION)
        return false;
    const uint64_t id = bw_take_u64(&reader);
    struct bw_sender *sender = reader.is_broken ? NULL : add_sender(daemon, id);
    if (sender == NULL)
        return true;
    sender->taken = bw_take_u64(&reader);
    sender->framer.skip_bytes = bw_take_u64(&reader);
    sender->framer.is_skipping = bw_take_u8(&reader) != 0;
    return true;
}

void bw_daemon_save_senders(const struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    struct bw_byte_writer mark = {0};

    for (size_t i = 0; i < daemon->sender_count; i++) {
        bw_byte_writer_clear(&mark);
        put_mark(&daemon->senders[i], &mark);
        bw_put_text(writer, bw_byte_writer_text(&mark));
    }
    bw_byte_writer_deinit(&mark);
}

void bw_daemon_find_holder(struct bw_daemon *daemon)
{
    char *path = NULL;

    if (asprintf(&path, "%s/sockets", daemon->options.state_directory) < 0)
        return;
    /* Without one the sockets end with us: worse, but no reason not to begin. */
    if (bw_socket_holder_open(&daemon->holder, path) != BW_OK)
        daemon->holder = NULL;
    free(path);
}

/* The lines in the chunk, written down and counted. False: not now. */
static bool take_lines(struct bw_receiver *receiver, struct bw_chunk *chunk, size_t size,
                       struct bw_text mark)
{
    struct bw_daemon *daemon = receiver->daemon;
    struct bw_batch batch = {
        .path = bw_text_of(bw_listener_url(receiver->listener)),
        .mark = mark,
        .taken_ms = bw_daemon_now_ms(),
    };

    if (size == 0 && mark.size == 0)
        return true;
    batch.modified_s = batch.taken_ms / 1000;
    (void)bw_state_store_place(daemon->store, batch.path, &batch.line, &batch.text_offset);
    chunk->size = size;
    return bw_daemon_is_safe(daemon, bw_state_store_take(daemon->store, &batch));
}

static size_t take_datagrams(void *context, const struct bw_text *datagrams, size_t count)
{
    struct bw_receiver *receiver = context;
    struct bw_chunk *chunk = bw_state_store_chunk(receiver->daemon->store);
    size_t safe = 0;
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        const struct bw_text message = bw_text_head(
            datagrams[i],
            datagrams[i].size < BW_LINE_BYTES_MAX ? datagrams[i].size : BW_LINE_BYTES_MAX - 1);
        if (size + message.size + 1 > BW_CHUNK_BYTES) {
            if (!take_lines(receiver, chunk, size, BW_TEXT("")))
                return safe;
            safe = i;
            size = 0;
        }
        size += bw_message_line(message, chunk->bytes + size, BW_CHUNK_BYTES - size);
    }
    if (!take_lines(receiver, chunk, size, BW_TEXT("")))
        return safe;
    bw_daemon_counted(receiver->daemon);
    return count;
}

static void *open_sender(void *context, const char *peer, int fd)
{
    struct bw_receiver *receiver = context;
    struct connection *connection = calloc(1, sizeof(*connection));
    char name[BW_HOLDER_NAME_BYTES];

    (void)peer;
    if (connection == NULL)
        return NULL;
    if (getrandom(&connection->id, sizeof(connection->id), 0) != (ssize_t)sizeof(connection->id) ||
        add_sender(receiver->daemon, connection->id) == NULL) {
        free(connection);
        return NULL;
    }
    (void)snprintf(name, sizeof(name), "connection %s", bw_listener_url(receiver->listener));
    bw_socket_holder_hold(receiver->daemon->holder, fd, connection->id, name);
    return connection;
}

static size_t take_stream(void *context, void *opened, struct bw_text bytes, bool is_end,
                          bool *is_held)
{
    struct bw_receiver *receiver = context;
    struct bw_daemon *daemon = receiver->daemon;
    const struct connection *connection = opened;
    struct bw_sender *sender = find_sender(daemon, connection->id);
    struct bw_chunk *chunk = bw_state_store_chunk(daemon->store);
    struct bw_byte_writer mark = {0};
    size_t size = 0;

    BW_ASSERT(sender != NULL);
    const struct bw_sender before = *sender;
    const size_t taken =
        bw_stream_framer_feed(&sender->framer, bytes, is_end, chunk->bytes, BW_CHUNK_BYTES, &size);
    if (taken == 0)
        return 0;
    sender->taken += taken;
    put_mark(sender, &mark);
    const bool is_safe = take_lines(receiver, chunk, size, bw_byte_writer_text(&mark));
    bw_byte_writer_deinit(&mark);
    if (!is_safe) {
        *sender = before;
        *is_held = true;
        return 0;
    }
    bw_daemon_counted(daemon);
    return taken;
}

static void close_sender(void *context, void *opened)
{
    struct bw_receiver *receiver = context;
    struct connection *connection = opened;
    const struct bw_sender *sender = find_sender(receiver->daemon, connection->id);

    if (sender != NULL) {
        receiver->empty += sender->framer.empty;
        receiver->cut += sender->framer.cut;
        receiver->bad_counts += sender->framer.bad_counts;
        receiver->truncated += sender->framer.truncated;
    }
    forget_sender(receiver->daemon, connection->id);
    bw_socket_holder_release(receiver->daemon->holder, connection->id);
    free(connection);
}

/* Sockets of the daemon before us. */
struct inherited {
    struct bw_daemon *daemon;
    struct {
        uint64_t id;
        int fd; /* -1: it has found its place */
        char name[BW_HOLDER_NAME_BYTES];
    } items[INHERITED_MAX];
    size_t count;
};

static void inherit(int fd, uint64_t id, const char *name, void *context)
{
    struct inherited *inherited = context;

    if (inherited->count == INHERITED_MAX) {
        (void)close(fd);
        return;
    }
    inherited->items[inherited->count].id = id;
    inherited->items[inherited->count].fd = fd;
    (void)snprintf(inherited->items[inherited->count].name, BW_HOLDER_NAME_BYTES, "%s", name);
    inherited->count++;
}

/* The descriptor of this name, out of the list; -1: there is none. */
static int take_inherited(struct inherited *inherited, const char *kind, const char *url,
                          uint64_t *id)
{
    char name[BW_HOLDER_NAME_BYTES];

    (void)snprintf(name, sizeof(name), "%s %s", kind, url);
    for (size_t i = 0; i < inherited->count; i++) {
        const int fd = inherited->items[i].fd;
        if (fd < 0 || strcmp(inherited->items[i].name, name) != 0)
            continue;
        inherited->items[i].fd = -1;
        *id = inherited->items[i].id;
        return fd;
    }
    return -1;
}

/* Goes on with what was counted and not yet taken off the queue taken off it. */
static void adopt(struct bw_receiver *receiver, int fd, uint64_t id)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    struct bw_sender *sender = add_sender(receiver->daemon, id);
    uint64_t consumed = 0;

    if (connection == NULL || sender == NULL) {
        free(connection);
        (void)close(fd);
        return;
    }
    connection->id = id;
    const uint64_t skip = bw_socket_consumed(fd, &consumed) && sender->taken > consumed
                              ? sender->taken - consumed
                              : 0;
    if (consumed > sender->taken)
        sender->taken = consumed;
    bw_listener_adopt(receiver->listener, fd, connection, skip);
}

static enum bw_status open_receiver(struct bw_daemon *daemon, struct inherited *inherited,
                                    const char *url, struct bw_problem *problem)
{
    struct bw_receiver *receiver = &daemon->receivers[daemon->receiver_count];
    char name[BW_HOLDER_NAME_BYTES];
    uint64_t id = 0;
    const struct bw_listener_options options = {
        .loop = &daemon->loop,
        .url = url,
        .fd = take_inherited(inherited, "socket", url, &id),
        .allowed = daemon->allowed,
        .connections_max = CONNECTIONS_MAX,
        .receive_bytes = RECEIVE_BYTES,
    };
    const struct bw_listener_callbacks callbacks = {
        .on_datagrams = take_datagrams,
        .on_open = open_sender,
        .on_stream = take_stream,
        .on_close = close_sender,
        .context = receiver,
    };

    receiver->daemon = daemon;
    const enum bw_status status =
        bw_listener_open(&receiver->listener, &options, &callbacks, problem);
    if (status != BW_OK)
        return status;
    daemon->receiver_count++;
    (void)snprintf(name, sizeof(name), "socket %s", url);
    if (options.fd < 0)
        bw_socket_holder_hold(daemon->holder, bw_listener_fd(receiver->listener),
                              bw_hash(bw_text_of(url)), name);
    for (int fd; (fd = take_inherited(inherited, "connection", url, &id)) >= 0;)
        adopt(receiver, fd, id);
    return BW_OK;
}

/* What is not configured any more is let go; connections that nobody holds are over. */
static void drop_rest(struct bw_daemon *daemon, const struct inherited *inherited)
{
    for (size_t i = 0; i < inherited->count; i++)
        if (inherited->items[i].fd >= 0) {
            bw_socket_holder_release(daemon->holder, inherited->items[i].id);
            (void)close(inherited->items[i].fd);
        }
    for (size_t i = daemon->sender_count; i > 0; i--) {
        bool is_there = false;
        for (size_t j = 0; j < inherited->count; j++)
            is_there = is_there || (inherited->items[j].id == daemon->senders[i - 1].id &&
                                    inherited->items[j].fd < 0);
        if (!is_there)
            forget_sender(daemon, daemon->senders[i - 1].id);
    }
}

enum bw_status bw_daemon_start_receivers(struct bw_daemon *daemon, struct bw_problem *problem)
{
    const struct bw_config_run *run = &daemon->config->run;
    struct inherited *inherited = calloc(1, sizeof(*inherited));
    enum bw_status status = BW_OK;

    daemon->receivers = calloc(run->listen.count + 1, sizeof(*daemon->receivers));
    if (daemon->receivers == NULL || inherited == NULL) {
        free(inherited);
        return BW_ERR_NO_MEMORY;
    }
    inherited->daemon = daemon;
    if (daemon->holder != NULL)
        (void)bw_socket_holder_take_all(daemon->holder, inherit, inherited);
    if (run->allow.count > 0)
        status = bw_network_list_create(&daemon->allowed, (const char *const *)run->allow.items,
                                        run->allow.count, problem);
    for (size_t i = 0; i < run->listen.count && status == BW_OK; i++)
        status = open_receiver(daemon, inherited, run->listen.items[i], problem);
    drop_rest(daemon, inherited);
    free(inherited);
    return status;
}

/* Lost datagrams are lost bounces: whoever loses them is told, once for each time it gets worse. */
static void tell_drops(struct bw_receiver *receiver)
{
    struct bw_listener_counters counters;
    char cause[160];

    bw_listener_counters(receiver->listener, &counters);
    const uint64_t drops = counters.kernel_drops + counters.queue_drops;
    if (drops == receiver->told_drops)
        return;
    (void)snprintf(cause, sizeof(cause),
                   "%llu datagrams were lost because they came faster than they could be taken; "
                   "%llu in all.",
                   (unsigned long long)(drops - receiver->told_drops), (unsigned long long)drops);
    receiver->told_drops = drops;
    bw_daemon_tell(receiver->daemon, "datagrams_dropped", bw_listener_url(receiver->listener),
                   cause, "Raise net.core.rmem_max, or send by TCP, where the sender waits.");
}

void bw_daemon_tick_receivers(struct bw_daemon *daemon)
{
    for (size_t i = 0; i < daemon->receiver_count; i++) {
        bw_listener_tick(daemon->receivers[i].listener);
        tell_drops(&daemon->receivers[i]);
    }
}

void bw_daemon_drain_receivers(struct bw_daemon *daemon)
{
    for (size_t i = 0; i < daemon->receiver_count; i++) {
        bw_listener_drain(daemon->receivers[i].listener);
        tell_drops(&daemon->receivers[i]);
    }
}

void bw_daemon_stop_receivers(struct bw_daemon *daemon)
{
    for (size_t i = 0; i < daemon->receiver_count; i++)
        bw_listener_close(&daemon->receivers[i].listener);
    bw_socket_holder_close(&daemon->holder, daemon->has_run);
}
