/*
 * A listener with an owner that writes down what it takes, and senders. One source file each.
 */
#ifndef BW_TESTS_READ_LISTENING_H
#define BW_TESTS_READ_LISTENING_H

#include "read/listener.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct listening {
    uv_loop_t loop;
    uv_timer_t clock; /* wakes the loop so that a test can look */
    struct bw_listener *listener;
    struct bw_listener_options options;
    uint64_t datagrams, datagram_bytes, truncated, offers, opened, closed, ends;
    size_t unit_bytes;  /* of a stream; 0: lines */
    size_t answer;      /* not 0: what on_stream returns instead */
    bool is_refusing;   /* datagrams */
    char text[1 << 20]; /* all that came, the last of it */
    size_t text_size;
    char peer[64];
};

static inline void listening_note(struct listening *at, struct bw_text bytes)
{
    if (bytes.size > sizeof(at->text) - at->text_size)
        at->text_size = 0;
    if (bytes.size > sizeof(at->text))
        return;
    (void)memcpy(at->text + at->text_size, bytes.bytes, bytes.size);
    at->text_size += bytes.size;
}

static inline bool listening_on_datagrams(uint32_t id, const struct bw_datagram *items,
                                          size_t count, void *context)
{
    struct listening *at = context;

    assert_int_equal(id, 7);
    at->offers++;
    if (at->is_refusing)
        return false;
    for (size_t i = 0; i < count; i++) {
        assert_true(items[i].bytes.size > 0);
        at->datagrams++;
        at->datagram_bytes += items[i].bytes.size;
        at->truncated += items[i].is_truncated;
        listening_note(at, items[i].bytes);
        (void)snprintf(at->peer, sizeof(at->peer), "%.*s", BW_TEXT_ARGS(items[i].peer));
    }
    return true;
}

static inline size_t listening_on_stream(uint32_t id, const struct bw_stream_peek *peek,
                                         void *context)
{
    struct listening *at = context;
    size_t taken = peek->bytes.size;

    assert_int_equal(id, 7);
    at->offers++;
    at->ends += peek->is_end;
    (void)snprintf(at->peer, sizeof(at->peer), "%s", peek->peer);
    if (at->answer != 0)
        return at->answer;
    while (taken > 0 && peek->bytes.bytes[taken - 1] != '\n')
        taken--;
    if (at->unit_bytes != 0)
        taken = peek->bytes.size - peek->bytes.size % at->unit_bytes;
    if (taken > 0)
        listening_note(at, bw_text_head(peek->bytes, taken));
    return taken;
}

static inline void listening_on_open(uint32_t id, uint64_t connection, const char *peer,
                                     void *context)
{
    (void)id;
    (void)peer;
    assert_true(connection != 0);
    ((struct listening *)context)->opened++;
}

static inline void listening_on_close(uint32_t id, uint64_t connection, void *context)
{
    (void)id;
    assert_true(connection != 0);
    ((struct listening *)context)->closed++;
}

static inline void listening_on_clock(uv_timer_t *timer)
{
    (void)timer;
}

static inline struct listening *listening_new(void)
{
    struct listening *at = calloc(1, sizeof(*at));

    assert_non_null(at);
    assert_int_equal(uv_loop_init(&at->loop), 0);
    assert_int_equal(uv_timer_init(&at->loop, &at->clock), 0);
    assert_int_equal(uv_timer_start(&at->clock, listening_on_clock, 1, 1), 0);
    at->options = (struct bw_listener_options){
        .callbacks =
            {
                .on_datagrams = listening_on_datagrams,
                .on_stream = listening_on_stream,
                .on_open = listening_on_open,
                .on_close = listening_on_close,
                .context = at,
            },
        .id = 7,
        .retry_ms = 5,
    };
    return at;
}

static inline struct bw_listen_url listening_url(const char *text)
{
    struct bw_problem problem = {.message = ""};
    struct bw_listen_url url;

    if (bw_listen_url_parse(&url, bw_text_of(text), &problem) != BW_OK)
        fail_msg("%s", problem.message);
    return url;
}

static inline void listening_start(struct listening *at, const char *text)
{
    const struct bw_listen_url url = listening_url(text);
    struct bw_problem problem = {.message = ""};

    if (bw_listener_open(&at->listener, &at->loop, &url, &at->options, &problem) != BW_OK)
        fail_msg("%s", problem.message);
}

static inline const struct bw_listener_counts *listening_counts(struct listening *at)
{
    return bw_listener_counts(at->listener);
}

/* Runs the loop until *number is at least `value`; fails after ten seconds. */
static inline void listening_until(struct listening *at, const uint64_t *number, uint64_t value)
{
    const uint64_t started = uv_hrtime();

    while (*number < value) {
        if (uv_hrtime() - started > UINT64_C(10000000000))
            fail_msg("%lu instead of %lu after ten seconds", (unsigned long)*number,
                     (unsigned long)value);
        (void)uv_run(&at->loop, UV_RUN_ONCE);
    }
}

static inline void listening_for_ms(struct listening *at, uint64_t ms)
{
    const uint64_t started = uv_hrtime();

    while (uv_hrtime() - started < ms * 1000000)
        (void)uv_run(&at->loop, UV_RUN_ONCE);
}

static inline void listening_free(struct listening *at)
{
    bw_listener_close(&at->listener);
    uv_close((uv_handle_t *)&at->clock, NULL);
    assert_int_equal(uv_run(&at->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&at->loop), 0);
    free(at);
}

/* A socket connected to the listener on 127.0.0.1, or on its path. */
static inline int sender_port(int type, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static inline int sender_path(int type, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static inline void sender_send(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

#endif
