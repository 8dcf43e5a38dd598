/*
 * A small mail server on loopback that answers by recipient and counts what it answered.
 *
 *   smtp_sink [SECONDS]
 *
 * Listens on 127.0.0.1 at a port of the kernel's choice and prints it as the first line. Ends at
 * SIGTERM or after SECONDS (default 170, at most 600) and prints its counts as one JSON object:
 *
 *   {"delivered":N,"hard":N,"soft":N,"answers":{"ok":N,"nouser":N,...}}
 *
 * Each count is of recipients: delivered = accepted and the message was accepted too; hard = got a
 * 5xx; soft = got a 4xx; repeated tries count each time. The kind of answer is the first label of
 * the recipient's domain (anyone@nouser.example); for the domain label "mixed" it is chosen by the
 * number in front of the local part (7user@mixed.example), so that one message gets every answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256
#define LINE_BYTES_MAX  2048
#define GREYLIST_SLOTS  32768
#define SECONDS_DEFAULT 170
#define SECONDS_MAX     600
#define WRITE_TIMEOUT_S 5
#define FNV_OFFSET      UINT64_C(14695981039346656037)
#define FNV_PRIME       UINT64_C(1099511628211)

enum answer {
    ANSWER_OK = 0,
    ANSWER_NOUSER,
    ANSWER_NOUSER_LINES, /* the same in several lines, as Gmail does */
    ANSWER_FULL,
    ANSWER_BLOCKED,
    ANSWER_GREYLIST, /* 450 at the first try of an address, then 250 */
    ANSWER_CONTENT,  /* 250 for the recipient, 554 at the end of the message */
    ANSWER_COUNT
};

/* Kinds that a message to "mixed" meets; content would refuse the others with it. */
#define ANSWER_MIXED_COUNT ANSWER_CONTENT

static const struct {
    const char *name;
    const char *reply;
} answers[ANSWER_COUNT] = {
    [ANSWER_OK] = {"ok", "250 2.1.5 Ok\r\n"},
    [ANSWER_NOUSER] = {"nouser", "550 5.1.1 <recipient>: Recipient address rejected: User "
                                 "unknown in virtual mailbox table\r\n"},
    [ANSWER_NOUSER_LINES] = {"lines", "550-5.1.1 The email account that you tried to reach does "
                                      "not exist. Please try\r\n"
                                      "550-5.1.1 double-checking the address for typos or "
                                      "unnecessary spaces.\r\n"
                                      "550 5.1.1 See https://help.example/450 in 421 seconds\r\n"},
    [ANSWER_FULL] = {"full", "452 4.2.2 The recipient's mailbox is over its storage quota\r\n"},
    [ANSWER_BLOCKED] = {"blocked", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked "
                                   "using zen.example.org\r\n"},
    [ANSWER_GREYLIST] = {"greylist", "450 4.7.1 Greylisted, please try again in 300 seconds\r\n"},
    [ANSWER_CONTENT] = {"content", "554 5.7.1 Message rejected as spam by content scanner\r\n"},
};

struct counts {
    uint64_t delivered, hard, soft;
    uint64_t of[ANSWER_COUNT];
};

struct connection {
    char line[LINE_BYTES_MAX];
    size_t size;       /* bytes in `line` */
    uint32_t accepted; /* recipients of this message that got a 250 */
    bool in_data;
    bool is_content; /* one of the recipients is of the kind ANSWER_CONTENT */
    bool is_overlong;
    bool is_done;
};

struct sink {
    struct connection *connections[CONNECTIONS_MAX]; /* parallel to polled[1...] */
    struct pollfd polled[1 + CONNECTIONS_MAX];       /* the first one listens */
    nfds_t count;
    uint64_t greylisted[GREYLIST_SLOTS]; /* hashes of addresses; 0: free */
    struct counts counts;
};

static volatile sig_atomic_t is_told_to_stop;

static void on_signal(int number)
{
    (void)number;
    is_told_to_stop = 1;
}

/* True at the first call for this address. A full table says false: the sink then accepts. */
static bool is_first_try(struct sink *sink, const char *address, size_t size)
{
    uint64_t hash = FNV_OFFSET;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)address[i]) * FNV_PRIME;
    hash |= 1; /* 0 means free */
    for (size_t i = 0; i < GREYLIST_SLOTS; i++) {
        uint64_t *slot = &sink->greylisted[(hash + i) % GREYLIST_SLOTS];
        if (*slot == hash)
            return false;
        if (*slot == 0) {
            *slot = hash;
            return true;
        }
    }
    return false;
}

static enum answer answer_for(const char *address, size_t size)
{
    const char *at = memrchr(address, '@', size);
    if (at == NULL)
        return ANSWER_OK;
    const char *label = at + 1;
    const size_t label_size = strcspn(label, ".>");

    for (int kind = 0; kind < ANSWER_COUNT; kind++)
        if (strlen(answers[kind].name) == label_size &&
            strncasecmp(label, answers[kind].name, label_size) == 0)
            return (enum answer)kind;
    if (label_size == strlen("mixed") && strncasecmp(label, "mixed", label_size) == 0)
        return (enum answer)(strtoul(address, NULL, 10) % ANSWER_MIXED_COUNT);
    return ANSWER_OK;
}

static void reply(struct connection *connection, int fd, const char *text)
{
    const size_t size = strlen(text);

    /* The peer reads replies at once and the send has a time limit: a short write ends it. */
    if (send(fd, text, size, MSG_NOSIGNAL) != (ssize_t)size)
        connection->is_done = true;
}

static void take_recipient(struct sink *sink, struct connection *connection, int fd,
                           const char *line)
{
    const char *address = strchr(line, '<');
    const char *end = address == NULL ? NULL : strchr(address, '>');
    if (end == NULL) {
        reply(connection, fd, "501 5.5.4 Syntax: RCPT TO:<address>\r\n");
        return;
    }
    address++;
    const size_t size = (size_t)(end - address);
    enum answer kind = answer_for(address, size);
    if (kind == ANSWER_GREYLIST && !is_first_try(sink, address, size))
        kind = ANSWER_OK;

    if (kind == ANSWER_OK || kind == ANSWER_CONTENT) {
        connection->accepted++;
        connection->is_content = connection->is_content || kind == ANSWER_CONTENT;
        reply(connection, fd, answers[ANSWER_OK].reply);
        return;
    }
    sink->counts.of[kind]++;
    if (answers[kind].reply[0] == '4')
        sink->counts.soft++;
    else
        sink->counts.hard++;
    reply(connection, fd, answers[kind].reply);
}

static void end_message(struct sink *sink, struct connection *connection, int fd)
{
    const enum answer kind = connection->is_content ? ANSWER_CONTENT : ANSWER_OK;

    sink->counts.of[kind] += connection->accepted;
    if (kind == ANSWER_CONTENT)
        sink->counts.hard += connection->accepted;
    else
        sink->counts.delivered += connection->accepted;
    connection->in_data = false;
    connection->is_content = false;
    connection->accepted = 0;
    reply(connection, fd,
          kind == ANSWER_OK ? "250 2.0.0 Ok: queued as SINK\r\n" : answers[kind].reply);
}

static void take_line(struct sink *sink, struct connection *connection, int fd, const char *line)
{
    if (connection->in_data) {
        if (strcmp(line, ".") == 0)
            end_message(sink, connection, fd);
        return;
    }
    if (strncasecmp(line, "EHLO", 4) == 0) {
        reply(connection, fd,
              "250-sink.example\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n"
              "250 8BITMIME\r\n");
    } else if (strncasecmp(line, "RCPT TO:", 8) == 0) {
        take_recipient(sink, connection, fd, line);
    } else if (strncasecmp(line, "DATA", 4) == 0) {
        connection->in_data = connection->accepted > 0;
        reply(connection, fd,
              connection->in_data ? "354 End data with <CR><LF>.<CR><LF>\r\n"
                                  : "554 5.5.1 Error: no valid recipients\r\n");
    } else if (strncasecmp(line, "QUIT", 4) == 0) {
        reply(connection, fd, "221 2.0.0 Bye\r\n");
        connection->is_done = true;
    } else {
        /* MAIL, RSET and a repeated HELO begin anew. */
        connection->accepted = 0;
        connection->is_content = false;
        reply(connection, fd, "250 2.0.0 Ok\r\n");
    }
}

/* Cut what came into lines. Overlong lines can only be message text, and are thrown away. */
static void take_bytes(struct sink *sink, struct connection *connection, int fd, const char *bytes,
                       size_t size)
{
    for (size_t i = 0; i < size && !connection->is_done; i++) {
        if (bytes[i] != '\n') {
            if (connection->size < sizeof(connection->line) - 1)
                connection->line[connection->size++] = bytes[i];
            else
                connection->is_overlong = true;
            continue;
        }
        if (connection->size > 0 && connection->line[connection->size - 1] == '\r')
            connection->size--;
        connection->line[connection->size] = '\0';
        if (!connection->is_overlong)
            take_line(sink, connection, fd, connection->line);
        connection->size = 0;
        connection->is_overlong = false;
    }
}

static void accept_connection(struct sink *sink)
{
    const struct timeval timeout = {.tv_sec = WRITE_TIMEOUT_S};
    const int fd = accept(sink->polled[0].fd, NULL, NULL);
    if (fd == -1)
        return;
    struct connection *connection =
        sink->count > CONNECTIONS_MAX ? NULL : calloc(1, sizeof(*connection));
    if (connection == NULL) {
        (void)close(fd);
        return;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    sink->connections[sink->count - 1] = connection;
    sink->polled[sink->count] = (struct pollfd){.fd = fd, .events = POLLIN};
    sink->count++;
    reply(connection, fd, "220 sink.example ESMTP\r\n");
}

static void close_connection(struct sink *sink, nfds_t index)
{
    (void)close(sink->polled[index].fd);
    free(sink->connections[index - 1]);
    sink->count--;
    sink->polled[index] = sink->polled[sink->count];
    sink->connections[index - 1] = sink->connections[sink->count - 1];
}

static void read_connection(struct sink *sink, nfds_t index)
{
    char bytes[16384];
    struct connection *connection = sink->connections[index - 1];
    const int fd = sink->polled[index].fd;
    const ssize_t size = recv(fd, bytes, sizeof(bytes), 0);

    if (size > 0)
        take_bytes(sink, connection, fd, bytes, (size_t)size);
    else if (size == 0 || errno != EINTR)
        connection->is_done = true;
    if (connection->is_done)
        close_connection(sink, index);
}

/* The port that was bound, or 0 after a message. */
static uint16_t listen_on_loopback(int *listener)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*listener == -1 ||
        bind(*listener, (const struct sockaddr *)&address, sizeof(address)) == -1 ||
        listen(*listener, CONNECTIONS_MAX) == -1 ||
        getsockname(*listener, (struct sockaddr *)&address, &size) == -1) {
        perror("smtp_sink");
        return 0;
    }
    return ntohs(address.sin_port);
}

static int64_t now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static void serve(struct sink *sink, int64_t until_s, const sigset_t *signals_while_waiting)
{
    const struct timespec tick = {.tv_sec = 1};

    while (is_told_to_stop == 0 && now_s() < until_s) {
        if (ppoll(sink->polled, sink->count, &tick, signals_while_waiting) <= 0)
            continue;
        /* From the end, because closing moves the last connection into the gap. */
        for (nfds_t i = sink->count - 1; i > 0; i--)
            if (sink->polled[i].revents != 0)
                read_connection(sink, i);
        if (sink->polled[0].revents != 0)
            accept_connection(sink);
    }
    while (sink->count > 1)
        close_connection(sink, sink->count - 1);
}

static void print_counts(const struct counts *counts)
{
    (void)printf("{\"delivered\":%" PRIu64 ",\"hard\":%" PRIu64 ",\"soft\":%" PRIu64
                 ",\"answers\":{",
                 counts->delivered, counts->hard, counts->soft);
    for (int kind = 0; kind < ANSWER_COUNT; kind++)
        (void)printf("%s\"%s\":%" PRIu64, kind == 0 ? "" : ",", answers[kind].name,
                     counts->of[kind]);
    (void)printf("}}\n");
}

int main(int argc, char **argv)
{
    const struct sigaction action = {.sa_handler = on_signal};
    sigset_t blocked, before;
    long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : SECONDS_DEFAULT;

    if (seconds < 1 || seconds > SECONDS_MAX)
        seconds = SECONDS_DEFAULT;
    /* The signal is let in only while waiting, so it cannot slip in before the wait. */
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &before);
    (void)sigaction(SIGTERM, &action, NULL);

    struct sink *sink = calloc(1, sizeof(*sink));
    if (sink == NULL)
        return EXIT_FAILURE;
    int listener;
    const uint16_t port = listen_on_loopback(&listener);
    if (port == 0) {
        free(sink);
        return EXIT_FAILURE;
    }
    sink->polled[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    sink->count = 1;
    (void)printf("%u\n", (unsigned)port);
    (void)fflush(stdout);

    serve(sink, now_s() + seconds, &before);
    print_counts(&sink->counts);
    (void)close(listener);
    free(sink);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
