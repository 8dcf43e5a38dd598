#include "read/stream_mark.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define CYCLE     ((uint64_t)1 << 29) /* the high mark tells the count modulo this */
#define MARK_HIGH ((uint64_t)(1 << 30) + CYCLE - 1)
#define MARK_LOW  CYCLE /* below: nothing is offered */

/* States of tcp(7) after a FIN has come, as numbered by the kernel's include/net/tcp_states.h. */
#define STATE_CLOSE_WAIT 8
#define STATE_LAST_ACK   9
#define STATE_CLOSING    11

static void set_peek_offset(int fd, uint64_t offset)
{
    const int value = (int)offset;

    (void)setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &value, sizeof(value));
}

void bw_stream_mark_peeking(int fd)
{
    set_peek_offset(fd, 0);
}

void bw_stream_mark_taking(int fd, uint64_t consumed)
{
    set_peek_offset(fd, MARK_HIGH - consumed % CYCLE);
}

bool bw_stream_mark_consume(int fd, bool is_unix, char *buffer, size_t capacity, size_t bytes)
{
    while (bytes > 0) {
        const size_t part = is_unix && bytes > capacity ? capacity : bytes;
        /* TCP forgets the bytes without a copy, tcp(7). */
        const ssize_t size = is_unix ? recv(fd, buffer, part, MSG_DONTWAIT)
                                     : recv(fd, NULL, part, MSG_DONTWAIT | MSG_TRUNC);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return false;
        bytes -= (size_t)size;
    }
    return true;
}

static bool tcp_received(int fd, struct tcp_info *info)
{
    socklen_t size = sizeof(*info);

    *info = (struct tcp_info){.tcpi_state = 0};
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &size) == 0 &&
           size >=
               offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(info->tcpi_bytes_received);
}

/* Bytes may arrive between the two questions, so the first is asked again until it is stable. */
static bool tcp_consumed(int fd, uint64_t *consumed)
{
    struct tcp_info before, after;
    int queued = 0;

    if (!tcp_received(fd, &after))
        return false;
    do {
        before = after;
        if (ioctl(fd, FIONREAD, &queued) != 0 || !tcp_received(fd, &after))
            return false;
    } while (before.tcpi_bytes_received != after.tcpi_bytes_received ||
             before.tcpi_state != after.tcpi_state);
    const bool has_fin = after.tcpi_state == STATE_CLOSE_WAIT ||
                         after.tcpi_state == STATE_LAST_ACK || after.tcpi_state == STATE_CLOSING;
    const uint64_t received = after.tcpi_bytes_received;
    const uint64_t rest = (uint64_t)queued + (has_fin ? 1U : 0U);
    *consumed = received > rest ? received - rest : 0;
    return true;
}

static uint64_t unix_pending(int fd, uint64_t committed)
{
    int value = 0;
    socklen_t size = sizeof(value);

    if (getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &value, &size) != 0 || value < 0 ||
        (uint64_t)value < MARK_LOW)
        return 0;
    const uint64_t consumed = MARK_HIGH - (uint64_t)value; /* modulo CYCLE, plus this offer's */
    const uint64_t pending = (committed % CYCLE + CYCLE * 4 - consumed) % CYCLE;
    return pending < CYCLE / 2 ? pending : 0;
}

uint64_t bw_stream_mark_pending(int fd, bool is_unix, uint64_t committed)
{
    uint64_t consumed = 0;

    if (is_unix)
        return unix_pending(fd, committed);
    if (!tcp_consumed(fd, &consumed) || consumed >= committed)
        return 0;
    return committed - consumed;
}
