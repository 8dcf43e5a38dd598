#include "read/stream_mark.h"
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[64];

static void tcp_pair(int pair[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    const int listening = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listening, 1), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &size), 0);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(pair[0], (struct sockaddr *)&address, sizeof(address)), 0);
    pair[1] = accept(listening, NULL, NULL);
    assert_true(pair[1] >= 0);
    (void)close(listening);
}

/* Waits until so many bytes can be peeked. */
static void await_bytes(int fd, size_t size)
{
    assert_int_equal(recv(fd, buffer, size, MSG_PEEK | MSG_WAITALL), size);
}

static void knows_what_of_a_tcp_queue_is_committed(void **state)
{
    int pair[2];
    (void)state;

    tcp_pair(pair);
    assert_int_equal(bw_stream_mark_pending(pair[1], false, 0), 0);
    assert_int_equal(send(pair[0], "0123456789", 10, 0), 10);
    await_bytes(pair[1], 10);
    assert_int_equal(bw_stream_mark_pending(pair[1], false, 0), 0);
    assert_int_equal(bw_stream_mark_pending(pair[1], false, 7), 7);
    assert_true(bw_stream_mark_consume(pair[1], false, NULL, 0, 7));
    assert_int_equal(bw_stream_mark_pending(pair[1], false, 7), 0);
    assert_int_equal(bw_stream_mark_pending(pair[1], false, 9), 2);
    assert_int_equal(bw_stream_mark_pending(pair[1], false, 3), 0); /* a journal that is behind */
    assert_false(bw_stream_mark_consume(pair[1], false, NULL, 0, 4));
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void does_not_take_a_fin_or_a_reset_for_a_byte(void **state)
{
    const struct linger hard = {.l_onoff = 1, .l_linger = 0};
    (void)state;

    for (int is_reset = 0; is_reset < 2; is_reset++) {
        int pair[2], error = 0;
        socklen_t size = sizeof(error);
        tcp_pair(pair);
        assert_int_equal(send(pair[0], "0123456789", 10, 0), 10);
        await_bytes(pair[1], 10);
        if (is_reset)
            assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
        (void)close(pair[0]);
        while (is_reset && error == 0)
            assert_int_equal(getsockopt(pair[1], SOL_SOCKET, SO_ERROR, &error, &size), 0);
        if (!is_reset) /* ends short because the FIN is there */
            assert_int_equal(recv(pair[1], buffer, 11, MSG_PEEK | MSG_WAITALL), 10);

        assert_int_equal(bw_stream_mark_pending(pair[1], false, 0), 0);
        assert_int_equal(bw_stream_mark_pending(pair[1], false, 10), 10);
        assert_true(bw_stream_mark_consume(pair[1], false, NULL, 0, 4));
        assert_int_equal(bw_stream_mark_pending(pair[1], false, 4), 0);
        assert_int_equal(bw_stream_mark_pending(pair[1], false, 10), 6);
        assert_true(bw_stream_mark_consume(pair[1], false, NULL, 0, 6));
        assert_int_equal(bw_stream_mark_pending(pair[1], false, 10), 0);
        assert_int_equal(recv(pair[1], buffer, 1, 0), 0);
        assert_int_equal(bw_stream_mark_pending(pair[1], false, 10), 0);
        (void)close(pair[1]);
    }
}

/* `start`: bytes of the connection that were consumed before; over 2^29 the mark begins anew. */
static void knows_what_of_a_unix_queue_is_committed(void **state)
{
    static const uint64_t starts[] = {
        0, 1, 1000, (1U << 29) - 5, (1U << 29) - 1, 1U << 29, UINT64_C(1) << 40, UINT64_MAX / 2,
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(starts); i++) {
        const uint64_t start = starts[i];
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        assert_int_equal(bw_stream_mark_pending(pair[1], true, start), 0);
        assert_int_equal(send(pair[0], "01234", 5, 0), 5); /* in two pieces of the queue */
        assert_int_equal(send(pair[0], "56789", 5, 0), 5);
        for (int peeks = 0; peeks < 2; peeks++) {
            bw_stream_mark_peeking(pair[1]);
            assert_int_equal(recv(pair[1], buffer, sizeof(buffer), MSG_PEEK), 10);
            assert_memory_equal(buffer, "0123456789", 10);
            assert_int_equal(bw_stream_mark_pending(pair[1], true, start), 0);
            bw_stream_mark_taking(pair[1], start);
            assert_int_equal(bw_stream_mark_pending(pair[1], true, start), 0);
            assert_int_equal(bw_stream_mark_pending(pair[1], true, start + 8), 8);
        }
        assert_true(bw_stream_mark_consume(pair[1], true, buffer, 3, 6));
        assert_int_equal(bw_stream_mark_pending(pair[1], true, start + 8), 2);
        assert_true(bw_stream_mark_consume(pair[1], true, buffer, 3, 2));
        assert_int_equal(bw_stream_mark_pending(pair[1], true, start + 8), 0);
        if (start >= 8) /* a journal that is behind */
            assert_int_equal(bw_stream_mark_pending(pair[1], true, start), 0);
        bw_stream_mark_peeking(pair[1]);
        assert_int_equal(recv(pair[1], buffer, sizeof(buffer), MSG_PEEK), 2);
        assert_memory_equal(buffer, "89", 2);
        (void)close(pair[0]);
        (void)close(pair[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_of_a_tcp_queue_is_committed),
        cmocka_unit_test(does_not_take_a_fin_or_a_reset_for_a_byte),
        cmocka_unit_test(knows_what_of_a_unix_queue_is_committed),
    };

    return cmocka_run_group_tests_name("read/stream_mark", tests, NULL, NULL);
}
