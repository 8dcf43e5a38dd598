/*
 * The daemon's sockets: messages become lines of a chunk, are written down, and only then taken.
 */
#include "base/check.h"
#include "engine/daemon_state.h"
#include "frame/gelf_message.h"
#include "inflate/message_inflater.h"

#include <stdio.h>
#include <stdlib.h>

#define HOLD_S        60 /* without a daemon the sockets are held so long */
#define TELL_AGAIN_MS INT64_C(600000)

void bw_daemon_find_holder(struct bw_daemon *daemon)
{
    const struct bw_socket_holder_options options = {.hold_s = HOLD_S};
    struct bw_problem problem = {.message = ""};
    char *path = NULL;
    char *directory = realpath(daemon->options.state_directory, NULL);

    if (directory == NULL || asprintf(&path, "%s/sockets", directory) < 0) {
        free(directory);
        return;
    }
    /* Without one the sockets end with us: worse, but no reason not to begin. */
    if (bw_socket_holder_start(path, &options, &problem) != BW_OK ||
        bw_socket_holder_connect(&daemon->holder, path, &problem) != BW_OK) {
        daemon->holder = NULL;
        bw_daemon_tell(daemon, "sockets_not_held", path, problem.message,
                       "A kill now loses what senders have sent and nobody has taken; a shorter "
                       "state directory may help.");
    }
    free(path);
    free(directory);
}

/* The lines in the chunk, written down and counted. False: not now. */
static bool take_lines(struct bw_receiver *receiver, struct bw_chunk *chunk, size_t size,
                       struct bw_text mark)
{
    struct bw_daemon *daemon = receiver->daemon;
    struct bw_batch batch = {
        .path = bw_text_of(receiver->url),
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

/* A datagram of GELF, or the message that it completes, as a line; 0: it gives none. */
static size_t gelf_line(struct bw_receiver *receiver, const struct bw_datagram *datagram,
                        char *line, size_t capacity)
{
    static char json[BW_GELF_BYTES_MAX];
    const int64_t now_ms = bw_daemon_now_ms();
    struct bw_text message = datagram->bytes;

    if (bw_gelf_is_chunk(message)) {
        message = bw_gelf_chunks_take(receiver->chunks, message, datagram->peer, now_ms);
        if (message.size == 0)
            return 0;
    }
    if (bw_gelf_is_compressed(message))
        message = (struct bw_text){json, bw_gelf_inflate(message, json, sizeof(json))};
    const size_t size =
        message.size <= BW_GELF_BYTES_MAX ? bw_gelf_line(message, now_ms, line, capacity) : 0;
    receiver->gelf_refused += size == 0 ? 1 : 0;
    return size;
}

/* All or nothing: what a full chunk leaves over is written down with what is in it by the same
 * call, or by none. */
static bool take_datagrams(uint32_t listener, const struct bw_datagram *datagrams, size_t count,
                           void *context)
{
    struct bw_daemon *daemon = context;
    struct bw_receiver *receiver = &daemon->receivers[listener];
    struct bw_chunk *chunk = bw_state_store_chunk(daemon->store);
    size_t size = 0;

    for (size_t i = receiver->taken_datagrams; i < count; i++) {
        const struct bw_text message =
            bw_text_head(datagrams[i].bytes, datagrams[i].bytes.size < BW_LINE_BYTES_MAX
                                                 ? datagrams[i].bytes.size
                                                 : BW_LINE_BYTES_MAX - 1);
        /* A compressed message needs room for what it may become. */
        const size_t needed =
            message.bytes[0] == 'z' || receiver->is_gelf ? BW_FRAME_BYTES_MAX : message.size;
        if (size + needed + 1 > BW_CHUNK_BYTES) {
            if (!take_lines(receiver, chunk, size, BW_TEXT("")))
                return false;
            /* Should the rest be refused, this part does not come again. */
            receiver->taken_datagrams = i;
            size = 0;
        }
        size += receiver->is_gelf
                    ? gelf_line(receiver, &datagrams[i], chunk->bytes + size, BW_CHUNK_BYTES - size)
                    : bw_message_line(message, bw_message_inflate, chunk->bytes + size,
                                      BW_CHUNK_BYTES - size);
    }
    if (!take_lines(receiver, chunk, size, BW_TEXT("")))
        return false;
    receiver->taken_datagrams = 0;
    bw_daemon_counted(daemon);
    return true;
}

static void open_stream(uint32_t listener, uint64_t id, const char *peer, void *context)
{
    (void)listener;
    (void)peer;
    /* Without memory for it now it is made with its first bytes. */
    (void)bw_stream_table_open(((struct bw_daemon *)context)->streams, id);
}

/* Of a connection that was held: what the journal says of it. */
static uint64_t committed_of(uint32_t listener, uint64_t id, void *context)
{
    struct bw_stream *stream = bw_stream_table_open(((struct bw_daemon *)context)->streams, id);

    (void)listener;
    return stream == NULL ? 0 : bw_stream_taken(stream);
}

/* The next frames of a connection, written down and counted. *taken 0: there is none. */
static enum bw_status take_frames(struct bw_receiver *receiver, struct bw_stream *stream,
                                  struct bw_text bytes, bool is_end, size_t *taken)
{
    struct bw_daemon *daemon = receiver->daemon;
    struct bw_chunk *chunk = bw_state_store_chunk(daemon->store);
    struct bw_byte_writer mark = {0};
    struct bw_stream_lines lines = {chunk->bytes, BW_CHUNK_BYTES, 0};

    if (receiver->is_gelf)
        bw_stream_be_gelf(stream, bw_daemon_now_ms());
    enum bw_status status = bw_stream_feed(stream, bytes, is_end, taken, &lines, &mark);
    if (status == BW_OK && mark.is_broken)
        status = BW_ERR_NO_MEMORY;
    const bool has_news = status == BW_OK && (*taken > 0 || lines.size > 0);
    if (has_news && take_lines(receiver, chunk, lines.size, bw_byte_writer_text(&mark))) {
        bw_stream_keep(stream);
        daemon->has_counted = true;
    } else if (has_news) {
        const enum bw_status back = bw_stream_take_back(stream);
        status = back == BW_OK ? BW_ERR_IO : back;
    }
    bw_byte_writer_deinit(&mark);
    return status;
}

static size_t take_stream(uint32_t listener, const struct bw_stream_peek *peek, void *context)
{
    struct bw_daemon *daemon = context;
    struct bw_receiver *receiver = &daemon->receivers[listener];
    struct bw_stream *stream = bw_stream_table_open(daemon->streams, peek->connection);
    enum bw_status status;
    size_t taken = 0;

    if (stream == NULL)
        return BW_STREAM_BUSY;
    /* What was written down before the state could not be written any more comes again. */
    size_t all = (size_t)(bw_stream_taken(stream) - peek->taken);
    do {
        status =
            take_frames(receiver, stream, bw_text_after(peek->bytes, all), peek->is_end, &taken);
        all += taken;
    } while (status == BW_OK && taken > 0 && all < peek->bytes.size);
    if (daemon->has_counted)
        bw_daemon_counted(daemon);
    daemon->has_counted = false;
    if (status == BW_ERR_FORMAT)
        return BW_STREAM_REFUSED;
    return status == BW_OK ? all : BW_STREAM_BUSY;
}

/* A last frame may have no end. */
static void close_stream(uint32_t listener, uint64_t id, void *context)
{
    struct bw_daemon *daemon = context;
    struct bw_receiver *receiver = &daemon->receivers[listener];
    struct bw_stream *stream = bw_stream_table_open(daemon->streams, id);
    size_t taken = 0;

    if (stream != NULL)
        (void)take_frames(receiver, stream, BW_TEXT(""), true, &taken);
    bw_stream_table_close(daemon->streams, id, &receiver->ended);
}

static enum bw_status open_receiver(struct bw_daemon *daemon, const struct bw_listen_url *url,
                                    int activated_fd, struct bw_problem *problem)
{
    struct bw_receiver *receiver = &daemon->receivers[daemon->receiver_count];
    const struct bw_listener_options options = {
        .callbacks =
            {
                .on_datagrams = take_datagrams,
                .on_stream = take_stream,
                .on_open = open_stream,
                .on_close = close_stream,
                .committed_of = committed_of,
                .context = daemon,
            },
        .allowed = daemon->allowed,
        .holder = daemon->holder,
        .activated_fd = activated_fd,
        .id = (uint32_t)daemon->receiver_count,
    };

    receiver->daemon = daemon;
    if (url->is_gelf && bw_gelf_chunks_create(&receiver->chunks) != BW_OK)
        return BW_ERR_NO_MEMORY;
    const enum bw_status status =
        bw_listener_open(&receiver->listener, &daemon->loop, url, &options, problem);
    if (status != BW_OK) {
        bw_gelf_chunks_destroy(&receiver->chunks);
        return status;
    }
    receiver->url = bw_listener_name(receiver->listener);
    receiver->is_gelf = url->is_gelf;
    daemon->receiver_count++;
    /* Drops of a life before were told then. */
    bw_listener_count_drops(receiver->listener);
    receiver->told[0].count = bw_listener_counts(receiver->listener)->kernel_drops;
    return BW_OK;
}

/* The socket that was handed over for a place; 0: none was. */
static int activated_for(struct bw_daemon *daemon, const struct bw_listen_url *url)
{
    for (size_t i = 0; i < daemon->activated_count; i++) {
        struct bw_activated_socket *socket = &daemon->activated[i];
        const bool is_any =
            strcmp(socket->url.host, "0.0.0.0") == 0 || strcmp(socket->url.host, "::") == 0;
        if (socket->fd == 0 || socket->url.port != url->port ||
            bw_listen_kind_is_unix(socket->url.kind) != bw_listen_kind_is_unix(url->kind) ||
            bw_listen_kind_is_datagram(socket->url.kind) != bw_listen_kind_is_datagram(url->kind) ||
            strcmp(socket->url.path, url->path) != 0 ||
            (strcmp(socket->url.host, url->host) != 0 && !(is_any && strcmp(url->host, "*") == 0)))
            continue;
        const int fd = socket->fd;
        socket->fd = 0;
        return fd;
    }
    return 0;
}

/* What the configuration names, on sockets that were handed over where they are for that place;
 * then what else was handed over. */
static enum bw_status open_all(struct bw_daemon *daemon, struct bw_problem *problem)
{
    const struct bw_config_list *listen = &daemon->config->run.listen;
    enum bw_status status = BW_OK;

    for (size_t i = 0; i < listen->count && status == BW_OK; i++) {
        struct bw_listen_url url;
        status = bw_listen_url_parse(&url, bw_text_of(listen->items[i]), problem);
        if (status == BW_OK)
            status = open_receiver(daemon, &url, activated_for(daemon, &url), problem);
    }
    for (size_t i = 0; i < daemon->activated_count && status == BW_OK; i++) {
        struct bw_activated_socket *socket = &daemon->activated[i];
        const int fd = socket->fd;
        socket->fd = 0;
        if (fd != 0)
            status = open_receiver(daemon, &socket->url, fd, problem);
    }
    return status;
}

enum bw_status bw_daemon_start_receivers(struct bw_daemon *daemon, struct bw_problem *problem)
{
    const struct bw_config_run *run = &daemon->config->run;
    enum bw_status status = BW_OK;

    daemon->receivers =
        calloc(run->listen.count + daemon->activated_count + 1, sizeof(*daemon->receivers));
    if (daemon->receivers == NULL)
        return BW_ERR_NO_MEMORY;
    if (run->allow.count > 0)
        status = bw_network_list_create(&daemon->allowed, (const char *const *)run->allow.items,
                                        run->allow.count, problem);
    if (status == BW_OK)
        status = open_all(daemon, problem);
    if (status == BW_OK && daemon->holder != NULL)
        (void)bw_socket_holder_release_unclaimed(daemon->holder);
    /* Connections that nobody has held are over. */
    bw_stream_table_close_unheld(daemon->streams);
    return status;
}

/* What is lost at a listener is lost bounces: whoever loses it is told, at once and then at most
 * every TELL_AGAIN_MS. */
static const struct {
    const char *notice, *cause, *action;
} losses[BW_RECEIVER_LOSSES] = {
    {"datagrams_dropped", "datagrams were lost because they came faster than they could be taken",
     "Raise net.core.rmem_max, or send by TCP, where the sender waits."},
    {"datagrams_cut", "datagrams were longer than the room for one, and were cut",
     "Send long messages by TCP."},
    {"datagrams_abandoned", "datagrams were read but could not be written down",
     "Make room on the disk of the state directory; datagrams cannot wait long."},
    {"senders_denied", "datagrams or connections came from outside the allow list",
     "Add the network to `allow`, or stop that sender."},
    {"connections_refused", "connections were refused because too many were open",
     "Look for senders that connect again and again; 1000 may be open at a time."},
    {"connections_failed", "connections could not be accepted for want of descriptors or memory",
     "Raise LimitNOFILE of the service."},
    {"connections_nonsense", "connections were closed because what they sent makes no sense",
     "Send syslog in frames of RFC 6587, or messages up to 64 KiB."},
    {"messages_cut", "messages of connections were over 64 KiB, or ended within, and were cut",
     "Look at the sender: mail-server lines are far shorter."},
    {"gelf_refused", "messages were no GELF that can be read, or not all of their chunks came",
     "Look at the sender: UDP loses chunks, TCP does not."},
    {"tls_failed", "TLS handshakes failed", "Look at the certificates of both sides."},
    {"streams_damaged", "compressed connections were damaged or ended before their stream did",
     "Nothing if the sender was killed; else look at it and at the network between."},
};

#define LOSS_TLS 9

static void count_losses(const struct bw_receiver *receiver, uint64_t *counts)
{
    const struct bw_listener_counts *sockets = bw_listener_counts(receiver->listener);
    const struct bw_stream_counts *ended = &receiver->ended;

    counts[0] = sockets->kernel_drops;
    counts[1] = sockets->truncated;
    counts[2] = sockets->abandoned;
    counts[3] = sockets->denied;
    counts[4] = sockets->refused;
    counts[5] = sockets->accept_failures;
    counts[6] = sockets->nonsense_closes + ended->bad_counts;
    counts[7] = ended->cut + ended->truncated;
    counts[8] = receiver->gelf_refused + ended->refused;
    if (receiver->chunks != NULL) {
        const struct bw_gelf_chunk_counts *chunks = bw_gelf_chunks_counts(receiver->chunks);
        counts[8] += chunks->incomplete + chunks->evicted + chunks->bad;
    }
    counts[9] = sockets->tls_failures;
    counts[10] = ended->damaged + ended->unfinished;
}

static void tell_losses(struct bw_receiver *receiver, int64_t now_ms)
{
    uint64_t counts[BW_RECEIVER_LOSSES];
    char cause[400];

    bw_listener_count_drops(receiver->listener);
    if (receiver->chunks != NULL)
        bw_gelf_chunks_expire(receiver->chunks, now_ms);
    count_losses(receiver, counts);
    for (size_t i = 0; i < BW_RECEIVER_LOSSES; i++) {
        struct bw_told_loss *told = &receiver->told[i];
        if (counts[i] <= told->count ||
            (told->time_ms != 0 && now_ms - told->time_ms < TELL_AGAIN_MS))
            continue;
        const char *fault = i == LOSS_TLS ? bw_listener_tls_fault(receiver->listener) : "";
        (void)snprintf(cause, sizeof(cause), "%llu %s%s%s; %llu since the start.",
                       (unsigned long long)(counts[i] - told->count), losses[i].cause,
                       fault[0] == '\0' ? "" : ", the last: ", fault,
                       (unsigned long long)counts[i]);
        *told = (struct bw_told_loss){.count = counts[i], .time_ms = now_ms};
        bw_daemon_tell(receiver->daemon, losses[i].notice, receiver->url, cause, losses[i].action);
    }
}

void bw_daemon_tick_receivers(struct bw_daemon *daemon)
{
    const int64_t now_ms = bw_daemon_now_ms();

    for (size_t i = 0; i < daemon->receiver_count; i++)
        tell_losses(&daemon->receivers[i], now_ms);
}

void bw_daemon_renew_receivers(struct bw_daemon *daemon)
{
    const struct bw_config_list *allow = &daemon->config->run.allow;
    struct bw_network_list *allowed = NULL;
    struct bw_problem problem = {.message = ""};

    if (allow->count > 0 && bw_network_list_create(&allowed, (const char *const *)allow->items,
                                                   allow->count, &problem) != BW_OK) {
        bw_daemon_tell(daemon, "reload_failed", "allow", "There is no memory for the allow list.",
                       "Send SIGHUP again.");
        return;
    }
    for (size_t i = 0; i < daemon->receiver_count; i++) {
        struct bw_receiver *receiver = &daemon->receivers[i];
        bw_listener_allow(receiver->listener, allowed);
        if (bw_listener_renew(receiver->listener, &problem) == BW_OK)
            continue;
        char cause[sizeof(problem.file) + sizeof(problem.message) + 2];
        (void)snprintf(cause, sizeof(cause), "%s: %s", problem.file, problem.message);
        bw_daemon_tell(daemon, "certificate_kept", receiver->url, cause,
                       "Mend the file and send SIGHUP again; the certificate from before stays "
                       "meanwhile.");
    }
    bw_network_list_destroy(&daemon->allowed);
    daemon->allowed = allowed;
}

void bw_daemon_stop_receivers(struct bw_daemon *daemon)
{
    /* An end in peace takes what waits, and nobody needs to hold anything; otherwise somebody may
     * come after us. */
    for (size_t i = 0; i < daemon->receiver_count; i++) {
        if (daemon->has_run)
            bw_listener_close(&daemon->receivers[i].listener);
        else
            bw_listener_leave(&daemon->receivers[i].listener);
        bw_gelf_chunks_destroy(&daemon->receivers[i].chunks);
    }
    daemon->receiver_count = 0;
    if (daemon->holder != NULL && daemon->has_run)
        bw_socket_holder_goodbye(&daemon->holder);
    else if (daemon->holder != NULL)
        bw_socket_holder_close(&daemon->holder);
}
