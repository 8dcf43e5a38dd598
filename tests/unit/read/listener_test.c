#include "listening.h"
#include "read/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>

static void takes_datagrams_over_udp_with_their_peer(void **state)
{
    struct listening *at = listening_new();
    (void)state;

    listening_start(at, "udp://127.0.0.1:0");
    assert_true(bw_listener_port(at->listener) != 0);
    const int fd = sender_port(SOCK_DGRAM, bw_listener_port(at->listener));
    sender_send(fd, "one");
    sender_send(fd, "two");
    listening_until(at, &at->datagrams, 2);
    assert_memory_equal(at->text, "onetwo", 6);
    assert_string_equal(at->peer, "127.0.0.1");
    assert_int_equal(listening_counts(at)->datagrams, 2);
    assert_int_equal(listening_counts(at)->datagram_bytes, 6);
    (void)close(fd);
    listening_free(at);
}

static void listens_on_both_families_with_a_star(void **state)
{
    struct listening *at = listening_new();
    (void)state;

    listening_start(at, "udp://*:0");
    const uint16_t port = bw_listener_port(at->listener);
    int fd = sender_port(SOCK_DGRAM, port);
    sender_send(fd, "four");
    listening_until(at, &at->datagrams, 1);
    assert_string_equal(at->peer, "127.0.0.1");
    (void)close(fd);

    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    address.sin6_addr = in6addr_loopback;
    fd = socket(AF_INET6, SOCK_DGRAM, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
        sender_send(fd, "six");
        listening_until(at, &at->datagrams, 2);
        assert_string_equal(at->peer, "::1");
    }
    (void)close(fd);
    listening_free(at);
}

static void counts_empty_largest_and_truncated_datagrams(void **state)
{
    static char large[65507];
    struct listening *at = listening_new();
    (void)state;

    listening_start(at, "udp://127.0.0.1:0");
    int fd = sender_port(SOCK_DGRAM, bw_listener_port(at->listener));
    assert_int_equal(send(fd, "", 0, 0), 0);
    assert_int_equal(send(fd, "x", 1, 0), 1);
    assert_int_equal(send(fd, large, sizeof(large), 0), sizeof(large));
    listening_until(at, &at->datagrams, 2);
    assert_int_equal(listening_counts(at)->empty, 1);
    assert_int_equal(listening_counts(at)->truncated, 0);
    assert_int_equal(at->datagram_bytes, sizeof(large) + 1);
    (void)close(fd);
    listening_free(at);

    at = listening_new();
    at->options.datagram_bytes = 100;
    listening_start(at, "udp://127.0.0.1:0");
    fd = sender_port(SOCK_DGRAM, bw_listener_port(at->listener));
    assert_int_equal(send(fd, large, 100, 0), 100);
    assert_int_equal(send(fd, large, 101, 0), 101);
    listening_until(at, &at->datagrams, 2);
    assert_int_equal(listening_counts(at)->truncated, 1);
    assert_int_equal(at->truncated, 1);
    assert_int_equal(at->datagram_bytes, 200);
    (void)close(fd);
    listening_free(at);
}

static void knows_what_became_of_each_datagram_of_a_flood(void **state)
{
    static char line[300];
    struct listening *at = listening_new();
    uint64_t sent = 0;
    (void)state;

    at->options.rcvbuf_bytes = 65536;
    listening_start(at, "udp://127.0.0.1:0?sockets=2");
    const int fd = sender_port(SOCK_DGRAM, bw_listener_port(at->listener));
    const int other = sender_port(SOCK_DGRAM, bw_listener_port(at->listener));
    for (; sent < 20000; sent++) { /* with a reader that has pauses */
        const size_t size = sent % 1000 == 0 ? 0 : sizeof(line);
        assert_int_equal(send(sent % 2 ? fd : other, line, size, 0), size);
        if (sent % 700 == 0)
            (void)uv_run(&at->loop, UV_RUN_NOWAIT);
        at->is_refusing = sent % 5000 > 4000;
    }
    at->is_refusing = false;
    listening_for_ms(at, 50);
    bw_listener_count_drops(at->listener);
    const struct bw_listener_counts *counts = listening_counts(at);
    assert_true(counts->kernel_drops > 1000);
    assert_true(counts->datagrams > 1000);
    assert_int_equal(counts->datagrams, at->datagrams);
    assert_int_equal(counts->datagrams + counts->empty + counts->kernel_drops, sent);
    (void)close(fd);
    (void)close(other);
    listening_free(at);
}

static void keeps_datagrams_that_were_refused_and_loses_none(void **state)
{
    struct listening *at = listening_new();
    (void)state;

    at->is_refusing = true;
    listening_start(at, "udp://127.0.0.1:0");
    const int fd = sender_port(SOCK_DGRAM, bw_listener_port(at->listener));
    for (int i = 0; i < 500; i++)
        sender_send(fd, "12345678");
    listening_until(at, &at->offers, 5);
    assert_int_equal(listening_counts(at)->datagrams, 0);
    listening_for_ms(at, 30);
    assert_true(at->offers < 20); /* by the timer, without a spin */
    at->is_refusing = false;
    bw_listener_retry(at->listener);
    listening_until(at, &at->datagrams, 500);
    bw_listener_count_drops(at->listener);
    assert_int_equal(listening_counts(at)->kernel_drops, 0);
    assert_int_equal(at->datagram_bytes, 4000);
    (void)close(fd);
    listening_free(at);
}

static struct bw_listener_counts final_counts;

static void on_end(uint32_t id, const struct bw_listener_counts *counts, void *context)
{
    (void)id;
    (void)context;
    final_counts = *counts;
}

static void counts_what_its_owner_never_took(void **state)
{
    struct listening *at = listening_new();
    uint64_t sent = 0;
    (void)state;

    at->is_refusing = true;
    at->options.callbacks.on_end = on_end;
    at->options.rcvbuf_bytes = 16384;
    listening_start(at, "udp://127.0.0.1:0");
    const int fd = sender_port(SOCK_DGRAM, bw_listener_port(at->listener));
    for (; sent < 10; sent++)
        sender_send(fd, "12345678");
    listening_until(at, &at->offers, 1);
    for (; sent < 1000; sent++)
        sender_send(fd, "12345678");
    const uint64_t taken_before = listening_counts(at)->datagrams;
    bw_listener_close(&at->listener);
    assert_int_equal(taken_before, 0);
    assert_true(final_counts.abandoned > 10);
    assert_true(final_counts.kernel_drops > 0);
    assert_int_equal(final_counts.abandoned + final_counts.kernel_drops, sent);
    (void)close(fd);
    listening_free(at);
}

static void refuses_whom_the_allow_list_does_not_have(void **state)
{
    static const char *const networks[] = {"192.0.2.0/24"};
    struct bw_network_list *allowed = NULL;
    struct listening *at = listening_new();
    uint64_t denied = 0;
    char byte;
    (void)state;

    assert_int_equal(bw_network_list_create(&allowed, networks, 1, NULL), BW_OK);
    at->options.allowed = allowed;
    listening_start(at, "udp://127.0.0.1:0");
    int fd = sender_port(SOCK_DGRAM, bw_listener_port(at->listener));
    sender_send(fd, "no");
    while (denied < 1) {
        (void)uv_run(&at->loop, UV_RUN_ONCE);
        denied = listening_counts(at)->denied;
    }
    assert_int_equal(at->offers, 0);
    (void)close(fd);
    listening_free(at);

    at = listening_new();
    at->options.allowed = allowed;
    listening_start(at, "tcp://127.0.0.1:0");
    fd = sender_port(SOCK_STREAM, bw_listener_port(at->listener));
    listening_until(at, &listening_counts(at)->denied, 1);
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    assert_int_equal(at->opened, 0);
    (void)close(fd);
    listening_free(at);
    bw_network_list_destroy(&allowed);
}

static void takes_lines_over_tcp_and_sees_the_end(void **state)
{
    struct listening *at = listening_new();
    (void)state;

    listening_start(at, "tcp://127.0.0.1:0");
    const int fd = sender_port(SOCK_STREAM, bw_listener_port(at->listener));
    sender_send(fd, "one\ntwo\nthr");
    listening_until(at, &listening_counts(at)->stream_bytes, 8);
    assert_string_equal(at->peer, "127.0.0.1");
    sender_send(fd, "ee\nrest");
    listening_until(at, &listening_counts(at)->stream_bytes, 14);
    (void)close(fd);
    listening_until(at, &at->closed, 1);
    assert_memory_equal(at->text, "one\ntwo\nthree\n", 14);
    assert_int_equal(at->ends, 1);
    assert_int_equal(listening_counts(at)->left_over_bytes, 4);
    assert_int_equal(listening_counts(at)->resets, 0);
    assert_int_equal(listening_counts(at)->connections_open, 0);
    listening_free(at);
}

/* An incomplete unit must not wake the loop over and over, nor be offered when nothing has come. */
static void waits_for_the_rest_of_a_unit_without_a_spin(void **state)
{
    static const char *const urls[] = {"tcp://127.0.0.1:0", "unix"};
    char path[] = "/tmp/bw-listener-XXXXXX", file[64], url[128];
    (void)state;

    assert_non_null(mkdtemp(path));
    (void)snprintf(file, sizeof(file), "%s/log", path);
    (void)snprintf(url, sizeof(url), "unix:%s", file);
    for (size_t i = 0; i < ARRAY_COUNT(urls); i++) {
        struct listening *at = listening_new();
        listening_start(at, i == 0 ? urls[i] : url);
        const int fd = i == 0 ? sender_port(SOCK_STREAM, bw_listener_port(at->listener))
                              : sender_path(SOCK_STREAM, file);
        sender_send(fd, "half a li");
        listening_until(at, &at->offers, 1);
        listening_for_ms(at, 60);
        assert_int_equal(at->offers, 1);
        sender_send(fd, "ne\n");
        listening_until(at, &listening_counts(at)->stream_bytes, 12);
        assert_int_equal(at->offers, 2);
        (void)close(fd);
        listening_until(at, &at->closed, 1);
        listening_free(at);
    }
    (void)rmdir(path);
}

static void takes_a_sender_of_single_bytes(void **state)
{
    static const char text[] = "<22>Nov 24 02:00:00 mx postfix/smtp[1]: AB: to=<a@b>\nx\n\nlast\n";
    struct listening *at = listening_new();
    (void)state;

    listening_start(at, "tcp://127.0.0.1:0");
    const int fd = sender_port(SOCK_STREAM, bw_listener_port(at->listener));
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        assert_int_equal(send(fd, text + i, 1, 0), 1);
        (void)uv_run(&at->loop, UV_RUN_ONCE);
    }
    (void)close(fd);
    listening_until(at, &at->closed, 1);
    assert_int_equal(at->text_size, sizeof(text) - 1);
    assert_memory_equal(at->text, text, sizeof(text) - 1);
    listening_free(at);
}

static void takes_units_as_long_as_the_room_and_closes_over_longer_ones(void **state)
{
    static char unit[256 * 1024];
    struct listening *at = listening_new();
    (void)state;

    (void)memset(unit, 'u', sizeof(unit));
    unit[sizeof(unit) - 1] = '\n';
    listening_start(at, "tcp://127.0.0.1:0");
    int fd = sender_port(SOCK_STREAM, bw_listener_port(at->listener));
    for (size_t sent = 0; sent < sizeof(unit); sent += 4096) {
        assert_int_equal(send(fd, unit + sent, 4096, 0), 4096);
        (void)uv_run(&at->loop, UV_RUN_NOWAIT);
    }
    listening_until(at, &listening_counts(at)->stream_bytes, sizeof(unit));
    assert_memory_equal(at->text, unit, sizeof(unit));
    unit[sizeof(unit) - 1] = 'u';
    assert_int_equal(send(fd, unit, sizeof(unit), 0), sizeof(unit));
    listening_until(at, &at->closed, 1);
    assert_int_equal(listening_counts(at)->nonsense_closes, 1);
    (void)close(fd);
    listening_free(at);
}

static void slows_a_tcp_sender_while_the_owner_is_busy(void **state)
{
    static char block[65536];
    struct listening *at = listening_new();
    uint64_t sent = 0;
    ssize_t size;
    (void)state;

    (void)memset(block, '\n', sizeof(block));
    at->answer = BW_STREAM_BUSY;
    at->options.idle_s = 1; /* which does not count while the owner is busy */
    listening_start(at, "tcp://127.0.0.1:0");
    const int fd = sender_port(SOCK_STREAM, bw_listener_port(at->listener));
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    while ((size = send(fd, block, sizeof(block), 0)) > 0) {
        sent += (uint64_t)size;
        assert_true(sent < (uint64_t)256 * 1024 * 1024);
        (void)uv_run(&at->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(errno, EAGAIN);
    listening_until(at, &at->offers, 3);
    listening_for_ms(at, 2100);
    assert_true(at->offers < 600);
    assert_int_equal(listening_counts(at)->stream_bytes, 0);
    at->answer = 0;
    (void)close(fd);
    listening_until(at, &at->closed, 1);
    assert_int_equal(listening_counts(at)->stream_bytes, sent);
    listening_free(at);
}

static void counts_resets_and_refusals_and_idle_ones(void **state)
{
    const struct linger hard = {.l_onoff = 1, .l_linger = 0};
    struct listening *at = listening_new();
    char byte;
    (void)state;

    at->options.connections_max = 2;
    at->options.idle_s = 1;
    listening_start(at, "tcp://127.0.0.1:0");
    const uint16_t port = bw_listener_port(at->listener);
    int fd = sender_port(SOCK_STREAM, port);
    sender_send(fd, "whole\npart");
    listening_until(at, &listening_counts(at)->stream_bytes, 6);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
    (void)close(fd);
    listening_until(at, &at->closed, 1);
    assert_int_equal(listening_counts(at)->resets, 1);
    assert_int_equal(listening_counts(at)->left_over_bytes, 4);

    fd = sender_port(SOCK_STREAM, port);
    const int second = sender_port(SOCK_STREAM, port);
    const int third = sender_port(SOCK_STREAM, port);
    listening_until(at, &listening_counts(at)->refused, 1);
    assert_int_equal(listening_counts(at)->connections_open, 2);
    assert_true(recv(third, &byte, 1, 0) <= 0);
    sender_send(fd, "still\n");
    listening_until(at, &listening_counts(at)->stream_bytes, 12);

    listening_until(at, &at->closed, 3);
    assert_int_equal(listening_counts(at)->idle_closes, 2);
    assert_int_equal(at->opened, 3);
    (void)close(fd);
    (void)close(second);
    (void)close(third);

    fd = sender_port(SOCK_STREAM, port);
    at->answer = BW_STREAM_REFUSED;
    sender_send(fd, "?");
    listening_until(at, &at->closed, 4);
    assert_int_equal(listening_counts(at)->nonsense_closes, 1);
    (void)close(fd);
    listening_free(at);
}

static void takes_all_of_two_hundred_connections(void **state)
{
    enum { CONNECTIONS = 200, LINES = 50 };
    struct listening *at = listening_new();
    int fds[CONNECTIONS];
    char line[64];
    uint64_t bytes = 0;
    (void)state;

    listening_start(at, "tcp://127.0.0.1:0");
    for (int i = 0; i < CONNECTIONS; i++)
        fds[i] = sender_port(SOCK_STREAM, bw_listener_port(at->listener));
    for (int number = 0; number < LINES; number++) {
        for (int i = 0; i < CONNECTIONS; i++) {
            bytes += (uint64_t)snprintf(line, sizeof(line), "connection %d line %d\n", i, number);
            sender_send(fds[i], line);
        }
        (void)uv_run(&at->loop, UV_RUN_NOWAIT);
    }
    for (int i = 0; i < CONNECTIONS; i++)
        (void)close(fds[i]);
    listening_until(at, &at->closed, CONNECTIONS);
    assert_int_equal(listening_counts(at)->stream_bytes, bytes);
    assert_int_equal(listening_counts(at)->left_over_bytes, 0);
    assert_int_equal(listening_counts(at)->connections, CONNECTIONS);
    listening_free(at);
}

static void takes_from_unix_sockets_and_removes_their_files(void **state)
{
    static char large[200 * 1024];
    char directory[] = "/tmp/bw-listener-XXXXXX", file[64], url[128];
    struct listening *at = listening_new();
    struct stat info;
    (void)state;

    assert_non_null(mkdtemp(directory));
    (void)snprintf(file, sizeof(file), "%s/log", directory);
    (void)snprintf(url, sizeof(url), "unixgram:%s?mode=0606", file);
    listening_start(at, url);
    assert_int_equal(bw_listener_port(at->listener), 0);
    assert_int_equal(stat(file, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0606);
    int fd = sender_path(SOCK_DGRAM, file);
    assert_int_equal(send(fd, large, sizeof(large), 0), sizeof(large));
    listening_until(at, &at->datagrams, 1); /* more would not fit into the sender's buffer */
    sender_send(fd, "small");
    listening_until(at, &at->datagrams, 2);
    assert_int_equal(at->datagram_bytes, sizeof(large) + 5);
    assert_string_equal(at->peer, "");
    (void)close(fd);
    listening_free(at);
    assert_int_equal(stat(file, &info), -1);

    at = listening_new();
    (void)snprintf(url, sizeof(url), "unix:%s", file);
    listening_start(at, url);
    assert_int_equal(stat(file, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0660);
    fd = sender_path(SOCK_STREAM, file);
    sender_send(fd, "one\ntw");
    listening_until(at, &listening_counts(at)->stream_bytes, 4);
    sender_send(fd, "o\nthree\n");
    (void)close(fd);
    listening_until(at, &at->closed, 1);
    assert_memory_equal(at->text, "one\ntwo\nthree\n", 14);
    listening_free(at);
    assert_int_equal(stat(file, &info), -1);
    assert_int_equal(rmdir(directory), 0);
}

static void replaces_the_file_of_a_dead_socket_only(void **state)
{
    char directory[] = "/tmp/bw-listener-XXXXXX", file[64], text[128];
    struct bw_problem problem = {.message = ""};
    struct bw_listener *second = NULL;
    struct listening *at = listening_new();
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;

    assert_non_null(mkdtemp(directory));
    (void)snprintf(file, sizeof(file), "%s/log", directory);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", file);
    (void)snprintf(text, sizeof(text), "unix:%s", file);
    const struct bw_listen_url url = listening_url(text);
    const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(dead, (struct sockaddr *)&address, sizeof(address)), 0);
    (void)close(dead);
    listening_start(at, text);

    assert_int_equal(bw_listener_open(&second, &at->loop, &url, &at->options, &problem), BW_ERR_IO);
    assert_non_null(strstr(problem.message, "another program listens there"));
    assert_null(second);
    const int fd = sender_path(SOCK_STREAM, file);
    sender_send(fd, "still here\n");
    listening_until(at, &listening_counts(at)->stream_bytes, 11);
    (void)close(fd);
    listening_free(at);

    at = listening_new();
    const int plain = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(plain >= 0);
    (void)close(plain);
    assert_int_equal(bw_listener_open(&second, &at->loop, &url, &at->options, &problem), BW_ERR_IO);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(directory), 0);
    listening_free(at);
}

static void says_why_it_cannot_listen(void **state)
{
    struct listening *at = listening_new();
    struct bw_problem problem = {.message = ""};
    struct bw_listener *second = NULL;
    char text[64];
    (void)state;

    listening_start(at, "tcp://127.0.0.1:0");
    (void)snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", bw_listener_port(at->listener));
    struct bw_listen_url url = listening_url(text);
    assert_int_equal(bw_listener_open(&second, &at->loop, &url, &at->options, &problem), BW_ERR_IO);
    assert_non_null(strstr(problem.message, text));
    assert_non_null(strstr(problem.message, strerror(EADDRINUSE)));

    url = listening_url("udp://192.0.2.1:0"); /* of no machine, RFC 5737 */
    assert_int_equal(bw_listener_open(&second, &at->loop, &url, &at->options, &problem), BW_ERR_IO);
    assert_null(second);
    listening_free(at);
}

static void reports_the_rows_of_its_kind(void **state)
{
    struct listening *at = listening_new();
    struct bw_listener_row rows[BW_LISTENER_ROWS_MAX];
    bool has_drops = false;
    (void)state;

    listening_start(at, "udp://127.0.0.1:0");
    const int fd = sender_port(SOCK_DGRAM, bw_listener_port(at->listener));
    sender_send(fd, "one");
    listening_until(at, &at->datagrams, 1);
    const size_t count = bw_listener_rows(at->listener, rows);
    assert_string_equal(rows[0].name, "datagrams");
    assert_int_equal(rows[0].value, 1);
    for (size_t i = 0; i < count; i++) {
        assert_null(strstr(rows[i].name, "connections"));
        has_drops = has_drops || strcmp(rows[i].name, "kernel_drops") == 0;
    }
    assert_true(has_drops);
    assert_string_equal(bw_listener_name(at->listener), "udp://127.0.0.1:0");
    (void)close(fd);
    listening_free(at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_datagrams_over_udp_with_their_peer),
        cmocka_unit_test(listens_on_both_families_with_a_star),
        cmocka_unit_test(counts_empty_largest_and_truncated_datagrams),
        cmocka_unit_test(knows_what_became_of_each_datagram_of_a_flood),
        cmocka_unit_test(keeps_datagrams_that_were_refused_and_loses_none),
        cmocka_unit_test(counts_what_its_owner_never_took),
        cmocka_unit_test(refuses_whom_the_allow_list_does_not_have),
        cmocka_unit_test(takes_lines_over_tcp_and_sees_the_end),
        cmocka_unit_test(waits_for_the_rest_of_a_unit_without_a_spin),
        cmocka_unit_test(takes_a_sender_of_single_bytes),
        cmocka_unit_test(takes_units_as_long_as_the_room_and_closes_over_longer_ones),
        cmocka_unit_test(slows_a_tcp_sender_while_the_owner_is_busy),
        cmocka_unit_test(counts_resets_and_refusals_and_idle_ones),
        cmocka_unit_test(takes_all_of_two_hundred_connections),
        cmocka_unit_test(takes_from_unix_sockets_and_removes_their_files),
        cmocka_unit_test(replaces_the_file_of_a_dead_socket_only),
        cmocka_unit_test(says_why_it_cannot_listen),
        cmocka_unit_test(reports_the_rows_of_its_kind),
    };

    return cmocka_run_group_tests_name("read/listener", tests, NULL, NULL);
}
