/*
 * Events as messages of the local log: RFC 5424 over its datagram socket, as syslog(3) would, with
 * the event's JSON behind one sentence.
 */
#include "base/time_text.h"
#include "emit/sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TEXT_BYTES     8192
#define FACILITY_MAIL  2U
#define SEVERITY_ALERT 1U
#define SEVERITY_WARN  4U
#define SEVERITY_NOTE  5U

struct syslog_sink {
    struct bw_sink sink;
    char *path;
    int fd; /* -1: not connected */
};

static bool connect_socket(struct syslog_sink *log)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (log->fd >= 0)
        return true;
    if (strlen(log->path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    (void)memcpy(address.sun_path, log->path, strlen(log->path));
    log->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (log->fd >= 0 && connect(log->fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return true;
    const int failure = errno;
    if (log->fd >= 0)
        (void)close(log->fd);
    log->fd = -1;
    errno = failure;
    return false;
}

static unsigned severity_of(const struct bw_message *message)
{
    if (message->type == BW_EVENT_NOTICE)
        return SEVERITY_NOTE;
    return message->type == BW_EVENT_ZONE && message->zone == BW_ZONE_BLOCKING ? SEVERITY_ALERT
                                                                               : SEVERITY_WARN;
}

static void send_message(struct bw_sink *sink, const struct bw_message *message,
                         bw_sink_answer *answer, void *context)
{
    struct syslog_sink *log = (struct syslog_sink *)sink;
    char stamp[BW_TIME_TEXT_BYTES] = "-";
    char text[TEXT_BYTES];

    if (message->time_ms != INT64_MIN)
        bw_time_format(message->time_ms, stamp);
    const int wanted = snprintf(text, sizeof(text), "<%u>1 %s - bouncewatch %ld event - %s %.*s",
                                FACILITY_MAIL * 8 + severity_of(message), stamp, (long)getpid(),
                                message->summary, (int)message->size, message->json);
    const size_t size = wanted < (int)sizeof(text) ? (size_t)wanted : sizeof(text) - 1;
    if (connect_socket(log) && send(log->fd, text, size, MSG_NOSIGNAL) == (ssize_t)size) {
        answer(context, BW_SENT_DONE, NULL, 0);
        return;
    }
    const char *fault = strerrordesc_np(errno);
    if (log->fd >= 0)
        (void)close(log->fd);
    log->fd = -1;
    answer(context, BW_SENT_LATER, fault == NULL ? "it cannot be reached" : fault, 0);
}

static void destroy(struct bw_sink *sink)
{
    struct syslog_sink *log = (struct syslog_sink *)sink;

    if (log->fd >= 0)
        (void)close(log->fd);
    free(log->path);
    free(log);
}

enum bw_status bw_sink_syslog_create(struct bw_sink **created, const char *socket_path)
{
    static const struct bw_sink_kind kind = {.send = send_message, .destroy = destroy};
    struct syslog_sink *log = calloc(1, sizeof(*log));

    if (log == NULL)
        return BW_ERR_NO_MEMORY;
    *log = (struct syslog_sink){.sink = {&kind}, .path = strdup(socket_path), .fd = -1};
    if (log->path == NULL) {
        free(log);
        return BW_ERR_NO_MEMORY;
    }
    *created = &log->sink;
    return BW_OK;
}
