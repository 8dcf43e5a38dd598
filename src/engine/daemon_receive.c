/*
 * The daemon's sockets: messages become lines of a chunk, are written down, and only then taken.
 */
#include "engine/daemon_state.h"
#include "frame/stream_framer.h"

#include <stdio.h>
#include <stdlib.h>

#define CONNECTIONS_MAX 1000U
#define RECEIVE_BYTES   (4U * 1024 * 1024)

/* A sender's connection. */
struct sender {
    struct bw_stream_framer framer;
};

/* The lines in the chunk, written down and counted. False: not now. */
static bool take_lines(struct bw_receiver *receiver, struct bw_chunk *chunk, size_t size)
{
    struct bw_daemon *daemon = receiver->daemon;
    struct bw_batch batch = {
        .path = bw_text_of(bw_listener_url(receiver->listener)),
        .taken_ms = bw_daemon_now_ms(),
    };

    if (size == 0)
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
            if (!take_lines(receiver, chunk, size))
                return safe;
            safe = i;
            size = 0;
        }
        size += bw_message_line(message, chunk->bytes + size, BW_CHUNK_BYTES - size);
    }
    if (!take_lines(receiver, chunk, size))
        return safe;
    bw_daemon_counted(receiver->daemon);
    return count;
}

static void *open_sender(void *context, const char *peer)
{
    (void)context;
    (void)peer;
    return calloc(1, sizeof(struct sender));
}

static size_t take_stream(void *context, void *connection, struct bw_text bytes, bool is_end,
                          bool *is_held)
{
    struct bw_receiver *receiver = context;
    struct sender *sender = connection;
    struct bw_chunk *chunk = bw_state_store_chunk(receiver->daemon->store);
    const struct bw_stream_framer before = sender->framer;
    size_t size = 0;

    const size_t taken =
        bw_stream_framer_feed(&sender->framer, bytes, is_end, chunk->bytes, BW_CHUNK_BYTES, &size);
    if (!take_lines(receiver, chunk, size)) {
        sender->framer = before;
        *is_held = true;
        return 0;
    }
    if (size > 0)
        bw_daemon_counted(receiver->daemon);
    return taken;
}

static void close_sender(void *context, void *connection)
{
    struct bw_receiver *receiver = context;
    const struct sender *sender = connection;

    receiver->empty += sender->framer.empty;
    receiver->cut += sender->framer.cut;
    receiver->bad_counts += sender->framer.bad_counts;
    receiver->truncated += sender->framer.truncated;
    free(connection);
}

static enum bw_status open_receiver(struct bw_daemon *daemon, const char *url,
                                    struct bw_problem *problem)
{
    struct bw_receiver *receiver = &daemon->receivers[daemon->receiver_count];
    const struct bw_listener_options options = {
        .loop = &daemon->loop,
        .url = url,
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
    if (status == BW_OK)
        daemon->receiver_count++;
    return status;
}

enum bw_status bw_daemon_start_receivers(struct bw_daemon *daemon, struct bw_problem *problem)
{
    const struct bw_config_run *run = &daemon->config->run;
    enum bw_status status = BW_OK;

    daemon->receivers = calloc(run->listen.count + 1, sizeof(*daemon->receivers));
    if (daemon->receivers == NULL)
        return BW_ERR_NO_MEMORY;
    if (run->allow.count > 0)
        status = bw_network_list_create(&daemon->allowed, (const char *const *)run->allow.items,
                                        run->allow.count, problem);
    for (size_t i = 0; i < run->listen.count && status == BW_OK; i++)
        status = open_receiver(daemon, run->listen.items[i], problem);
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
}
