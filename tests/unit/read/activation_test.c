#include "listening.h"
#include "read/activation.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* What a child sees that was started with sockets from descriptor 3 on, as systemd does it. */
struct seen {
    size_t count, strange;
    struct bw_listen_url urls[4];
    bool are_ready; /* non-blocking, closed on exec */
    bool is_environment_clean;
};

static void bind_port(int fd, uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
}

static void look(struct seen *seen)
{
    struct bw_activated_socket sockets[BW_ACTIVATION_MAX];

    seen->count = bw_activation_take(sockets, &seen->strange);
    seen->are_ready = true;
    for (size_t i = 0; i < seen->count && i < ARRAY_COUNT(seen->urls); i++) {
        seen->urls[i] = sockets[i].url;
        if ((fcntl(sockets[i].fd, F_GETFL) & O_NONBLOCK) == 0 ||
            (fcntl(sockets[i].fd, F_GETFD) & FD_CLOEXEC) == 0)
            seen->are_ready = false;
    }
    seen->is_environment_clean = getenv("LISTEN_FDS") == NULL && getenv("LISTEN_PID") == NULL;
}

/* `fds` become 3, 4 … in a child that calls look(). `pid_lie` is added to LISTEN_PID. */
static struct seen seen_by_child(const int *fds, int count, int pid_lie)
{
    struct seen seen = {.count = 99};
    int result[2];

    assert_int_equal(pipe(result), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char text[32];
        int moved[8];
        const int out = fcntl(result[1], F_DUPFD, 100);
        for (int i = 0; i < count; i++)
            moved[i] = fcntl(fds[i], F_DUPFD, 50);
        for (int i = 0; i < count; i++)
            (void)dup2(moved[i], 3 + i);
        (void)snprintf(text, sizeof(text), "%d", getpid() + pid_lie);
        (void)setenv("LISTEN_PID", text, 1);
        (void)snprintf(text, sizeof(text), "%d", count);
        (void)setenv("LISTEN_FDS", text, 1);
        look(&seen);
        _exit(write(out, &seen, sizeof(seen)) == sizeof(seen) ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(read(result[0], &seen, sizeof(seen)), sizeof(seen));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    (void)close(result[0]);
    (void)close(result[1]);
    return seen;
}

static void takes_sockets_of_every_kind_and_closes_the_rest(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint16_t ports[2];
    char name[64];

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/bw-activation-%d", getpid());
    int fds[] = {
        socket(AF_INET, SOCK_DGRAM, 0),  socket(AF_INET, SOCK_STREAM, 0),
        socket(AF_UNIX, SOCK_DGRAM, 0),  open("/dev/null", O_RDONLY), /* no socket */
        socket(AF_INET, SOCK_STREAM, 0),                              /* nobody listens on it */
    };
    bind_port(fds[0], &ports[0]);
    bind_port(fds[1], &ports[1]);
    assert_int_equal(listen(fds[1], 1), 0);
    assert_int_equal(bind(fds[2], (struct sockaddr *)&address, sizeof(address)), 0);

    const struct seen seen = seen_by_child(fds, ARRAY_COUNT(fds), 0);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.strange, 2);
    assert_true(seen.are_ready);
    assert_true(seen.is_environment_clean);
    (void)snprintf(name, sizeof(name), "udp://127.0.0.1:%u", ports[0]);
    assert_string_equal(seen.urls[0].name, name);
    (void)snprintf(name, sizeof(name), "tcp://127.0.0.1:%u", ports[1]);
    assert_string_equal(seen.urls[1].name, name);
    assert_int_equal(strncmp(seen.urls[2].name, "unixgram:/tmp/bw-activation-", 28), 0);
    for (size_t i = 0; i < ARRAY_COUNT(fds); i++)
        (void)close(fds[i]);
    (void)unlink(address.sun_path);
}

static void takes_nothing_that_is_for_another_process(void **state)
{
    (void)state;
    const int fds[] = {socket(AF_INET, SOCK_DGRAM, 0)};
    const struct seen seen = seen_by_child(fds, 1, 1);

    assert_int_equal(seen.count, 0);
    assert_int_equal(seen.strange, 0);
    assert_true(seen.is_environment_clean);
    (void)close(fds[0]);
}

static void listens_on_a_socket_that_was_handed_over(void **state)
{
    (void)state;
    struct listening *at = listening_new();
    uint16_t port = 0;
    char url[64];

    at->options.activated_fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    bind_port(at->options.activated_fd, &port);
    (void)snprintf(url, sizeof(url), "udp://127.0.0.1:%u", port);
    listening_start(at, url);
    assert_int_equal(bw_listener_port(at->listener), port);
    const int fd = sender_port(SOCK_DGRAM, port);
    sender_send(fd, "one");
    listening_until(at, &at->datagrams, 1);
    (void)close(fd);
    listening_free(at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_sockets_of_every_kind_and_closes_the_rest),
        cmocka_unit_test(takes_nothing_that_is_for_another_process),
        cmocka_unit_test(listens_on_a_socket_that_was_handed_over),
    };

    return cmocka_run_group_tests_name("read/activation", tests, NULL, NULL);
}
