#include "read/socket_holder.h"
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct place {
    char directory[64], path[80];
    struct bw_socket_holder *holder;
};

static struct bw_socket_holder *connected(const char *path)
{
    struct bw_problem problem = {.message = ""};
    struct bw_socket_holder *holder = NULL;

    if (bw_socket_holder_connect(&holder, path, &problem) != BW_OK)
        fail_msg("%s", problem.message);
    return holder;
}

static struct place started(uint32_t hold_s, uint32_t sockets_max)
{
    const struct bw_socket_holder_options options = {.hold_s = hold_s, .sockets_max = sockets_max};
    struct place place = {.directory = "/tmp/bw-holder-XXXXXX"};
    struct bw_problem problem = {.message = ""};

    assert_non_null(mkdtemp(place.directory));
    (void)snprintf(place.path, sizeof(place.path), "%s/holder", place.directory);
    if (bw_socket_holder_start(place.path, &options, &problem) != BW_OK)
        fail_msg("%s", problem.message);
    place.holder = connected(place.path);
    assert_true(bw_socket_holder_pid(place.holder) > 1);
    return place;
}

/* Two seconds at most for what another process does. */
static bool comes_true(bool (*claim)(const void *), const void *context)
{
    const struct timespec moment = {.tv_nsec = 2000000};

    for (int i = 0; i < 1000; i++) {
        if (claim(context))
            return true;
        (void)nanosleep(&moment, NULL);
    }
    return false;
}

static bool is_gone(const void *context)
{
    return access(context, F_OK) != 0;
}

static bool has_ended(const void *context)
{
    const pid_t *pid = context;

    return kill(*pid, 0) != 0 && errno == ESRCH;
}

static void ended(struct place *place)
{
    const pid_t pid = bw_socket_holder_pid(place->holder);

    bw_socket_holder_goodbye(&place->holder);
    assert_null(place->holder);
    assert_true(is_gone(place->path));
    assert_true(comes_true(has_ended, &pid));
    assert_int_equal(rmdir(place->directory), 0);
}

static bool is_at_end(int fd, int wait_ms)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    char byte;

    return poll(&look, 1, wait_ms) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void keeps_sockets_with_their_queues_while_no_daemon_is_there(void **state)
{
    struct place place = started(60, 0);
    struct bw_held_socket held;
    struct stat info;
    int pair[2], other[2];
    char text[8];
    (void)state;

    assert_int_equal(stat(place.path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, other), 0);
    assert_int_equal(
        bw_socket_holder_hold(place.holder, 11, BW_HELD_CONNECTION, "tcp://a:1", pair[0]), BW_OK);
    assert_int_equal(bw_socket_holder_hold(place.holder, 12, BW_HELD_SOCKET, "tcp://a:1", other[0]),
                     BW_OK);
    (void)close(pair[0]);
    (void)close(other[0]);
    bw_socket_holder_close(&place.holder);
    assert_int_equal(send(pair[1], "queued", 6, MSG_NOSIGNAL), 6);

    place.holder = connected(place.path);
    assert_false(bw_socket_holder_claim(place.holder, BW_HELD_CONNECTION, "tcp://b:1", &held));
    assert_true(bw_socket_holder_claim(place.holder, BW_HELD_CONNECTION, "tcp://a:1", &held));
    assert_int_equal(held.id, 11);
    assert_int_equal(recv(held.fd, text, sizeof(text), 0), 6);
    assert_memory_equal(text, "queued", 6);
    assert_false(bw_socket_holder_claim(place.holder, BW_HELD_CONNECTION, "tcp://a:1", &held));

    assert_false(is_at_end(other[1], 0));
    assert_int_equal(bw_socket_holder_release_unclaimed(place.holder), 1);
    assert_true(is_at_end(other[1], 2000));
    (void)close(held.fd);
    assert_false(is_at_end(pair[1], 0));
    bw_socket_holder_release(place.holder, 11);
    assert_true(is_at_end(pair[1], 2000));
    (void)close(pair[1]);
    (void)close(other[1]);
    ended(&place);
}

static void accepts_and_keeps_what_it_accepted(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    struct place place = started(60, 0);
    struct bw_held_socket held;
    int fd = -1, error = 0;
    char text[8];
    (void)state;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listening, 8), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(bw_socket_holder_hold(place.holder, 1, BW_HELD_SOCKET, "l", listening), BW_OK);
    assert_int_equal(bw_socket_holder_accept(place.holder, 1, 2, "l", &fd, &error), BW_OK);
    assert_int_equal(fd, -1);
    assert_int_equal(error, EAGAIN);
    assert_int_equal(bw_socket_holder_accept(place.holder, 99, 2, "l", &fd, &error), BW_ERR_LIMIT);

    const int sender = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(sender, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(sender, "hello", 5, 0), 5);
    assert_int_equal(bw_socket_holder_accept(place.holder, 1, 2, "l", &fd, &error), BW_OK);
    assert_int_equal(error, 0);
    assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    (void)close(fd);
    bw_socket_holder_close(&place.holder);

    place.holder = connected(place.path);
    assert_true(bw_socket_holder_claim(place.holder, BW_HELD_CONNECTION, "l", &held));
    assert_int_equal(held.id, 2);
    assert_int_equal(recv(held.fd, text, sizeof(text), 0), 5);
    (void)close(held.fd);
    (void)close(sender);
    (void)close(listening);
    ended(&place);
}

static void holds_no_more_than_its_limit(void **state)
{
    struct place place = started(60, 2);
    int pair[2];
    (void)state;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    for (uint64_t id = 1; id <= 3; id++)
        assert_int_equal(bw_socket_holder_hold(place.holder, id, BW_HELD_CONNECTION, "x", pair[0]),
                         id <= 2 ? BW_OK : BW_ERR_LIMIT);
    bw_socket_holder_release(place.holder, 1);
    assert_int_equal(bw_socket_holder_hold(place.holder, 2, BW_HELD_CONNECTION, "x", pair[0]),
                     BW_ERR_LIMIT); /* the id is taken */
    assert_int_equal(bw_socket_holder_hold(place.holder, 3, BW_HELD_CONNECTION, "x", pair[0]),
                     BW_OK);
    (void)close(pair[0]);
    (void)close(pair[1]);
    ended(&place);
}

static void serves_one_daemon_at_a_time(void **state)
{
    const struct bw_socket_holder_options options = {.hold_s = 60};
    struct place place = started(60, 0);
    struct bw_problem problem = {.message = ""};
    struct bw_socket_holder *second = NULL;
    (void)state;

    assert_int_equal(bw_socket_holder_start(place.path, &options, &problem), BW_OK);
    assert_int_equal(bw_socket_holder_connect(&second, place.path, &problem), BW_ERR_IO);
    assert_null(second);
    assert_non_null(strstr(problem.message, "does not answer"));
    ended(&place);
    assert_int_equal(bw_socket_holder_connect(&second, place.path, &problem), BW_ERR_IO);
}

static void ends_when_no_daemon_comes_back(void **state)
{
    struct place place = started(1, 0);
    int pair[2];
    (void)state;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(bw_socket_holder_hold(place.holder, 1, BW_HELD_CONNECTION, "x", pair[0]),
                     BW_OK);
    (void)close(pair[0]);
    const pid_t pid = bw_socket_holder_pid(place.holder);
    bw_socket_holder_close(&place.holder);
    assert_false(is_at_end(pair[1], 500));
    assert_true(is_at_end(pair[1], 3000));
    assert_true(comes_true(has_ended, &pid));
    assert_true(is_gone(place.path));
    (void)close(pair[1]);
    assert_int_equal(rmdir(place.directory), 0);
}

static void ends_by_sigterm_but_not_under_a_daemon(void **state)
{
    const struct timespec moment = {.tv_nsec = 30000000};
    struct place place = started(60, 0);
    int pair[2];
    (void)state;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    const pid_t pid = bw_socket_holder_pid(place.holder);
    assert_int_equal(kill(pid, SIGHUP), 0);
    assert_int_equal(kill(pid, SIGINT), 0);
    assert_int_equal(kill(pid, SIGTERM), 0);
    (void)nanosleep(&moment, NULL);
    assert_int_equal(bw_socket_holder_hold(place.holder, 1, BW_HELD_CONNECTION, "x", pair[0]),
                     BW_OK);
    bw_socket_holder_close(&place.holder);
    assert_true(comes_true(has_ended, &pid));
    assert_true(is_gone(place.path));
    (void)close(pair[0]);
    (void)close(pair[1]);
    assert_int_equal(rmdir(place.directory), 0);
}

static void says_that_a_killed_holder_is_lost_and_starts_another_in_its_place(void **state)
{
    const struct bw_socket_holder_options options = {.hold_s = 60};
    struct place place = started(60, 0);
    int fd = -1, error = 0;
    (void)state;

    const pid_t pid = bw_socket_holder_pid(place.holder);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_true(comes_true(has_ended, &pid));
    assert_int_equal(bw_socket_holder_hold(place.holder, 1, BW_HELD_SOCKET, "x", STDIN_FILENO),
                     BW_ERR_IO);
    assert_true(bw_socket_holder_is_lost(place.holder));
    assert_int_equal(bw_socket_holder_accept(place.holder, 1, 2, "x", &fd, &error), BW_ERR_IO);
    bw_socket_holder_release(place.holder, 1);
    bw_socket_holder_close(&place.holder);

    assert_int_equal(bw_socket_holder_start(place.path, &options, NULL), BW_OK);
    place.holder = connected(place.path);
    assert_true(bw_socket_holder_pid(place.holder) != pid);
    ended(&place);
}

static void survives_nonsense(void **state)
{
    struct place place = started(60, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    static char large[4096];
    (void)state;

    bw_socket_holder_close(&place.holder);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", place.path);
    for (size_t size = 1; size < sizeof(large); size += 97) {
        const int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        (void)memset(large, (int)size, sizeof(large));
        (void)send(fd, large, size, MSG_NOSIGNAL);
        assert_true(is_at_end(fd, 2000));
        (void)close(fd);
    }
    place.holder = connected(place.path);
    ended(&place);
}

static void refuses_paths_that_cannot_be(void **state)
{
    const struct bw_socket_holder_options options = {.hold_s = 1};
    struct bw_problem problem = {.message = ""};
    char path[200];
    (void)state;

    assert_int_equal(bw_socket_holder_start("relative", &options, &problem), BW_ERR_USAGE);
    assert_non_null(strstr(problem.message, "starts with /"));
    (void)snprintf(path, sizeof(path), "/tmp/%0120d", 0);
    assert_int_equal(bw_socket_holder_start(path, &options, &problem), BW_ERR_USAGE);
    assert_int_equal(bw_socket_holder_start("/nowhere/holder", &options, &problem), BW_ERR_IO);
    assert_non_null(strstr(problem.message, strerror(ENOENT)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_sockets_with_their_queues_while_no_daemon_is_there),
        cmocka_unit_test(accepts_and_keeps_what_it_accepted),
        cmocka_unit_test(holds_no_more_than_its_limit),
        cmocka_unit_test(serves_one_daemon_at_a_time),
        cmocka_unit_test(ends_when_no_daemon_comes_back),
        cmocka_unit_test(ends_by_sigterm_but_not_under_a_daemon),
        cmocka_unit_test(says_that_a_killed_holder_is_lost_and_starts_another_in_its_place),
        cmocka_unit_test(survives_nonsense),
        cmocka_unit_test(refuses_paths_that_cannot_be),
    };

    return cmocka_run_group_tests_name("read/socket_holder", tests, NULL, NULL);
}
