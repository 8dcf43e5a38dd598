#include "read/holder_process.h"

#include "base/check.h"
#include "read/holder_message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FDS_SPARE   16 /* of RLIMIT_NOFILE, for what is not held */
#define SEND_WAIT_S 5  /* a daemon that does not read its answers is dropped */

struct holder {
    struct bw_held_socket *held; /* an array, in the order they came */
    size_t count, capacity;
    const char *path;
    int64_t deadline_ms; /* of the next daemon's arrival */
    uint32_t hold_s;
    int listening, daemon; /* daemon -1: none is connected */
    bool is_done, has_file;
};

static volatile sig_atomic_t is_terminated;

static void on_terminate(int number)
{
    (void)number;
    is_terminated = 1;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool bw_holder_process_is_trusted(int fd)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static struct bw_held_socket *find(struct holder *holder, uint64_t id)
{
    for (size_t i = 0; i < holder->count; i++)
        if (holder->held[i].id == id)
            return &holder->held[i];
    return NULL;
}

/* 0 or an errno; takes `fd` only with 0. */
static int keep(struct holder *holder, const struct bw_holder_message *message, int fd)
{
    if (message->id == 0 || fd < 0 || find(holder, message->id) != NULL)
        return EINVAL;
    if (holder->count == holder->capacity)
        return EMFILE;
    struct bw_held_socket *held = &holder->held[holder->count++];
    held->id = message->id;
    held->kind = message->kind == BW_HELD_SOCKET ? BW_HELD_SOCKET : BW_HELD_CONNECTION;
    held->fd = fd;
    (void)memcpy(held->name, message->name, sizeof(held->name));
    return 0;
}

static int let_go(struct holder *holder, uint64_t id)
{
    struct bw_held_socket *held = find(holder, id);

    if (held == NULL)
        return ENOENT;
    (void)close(held->fd);
    *held = holder->held[--holder->count];
    return 0;
}

static void drop_daemon(struct holder *holder)
{
    if (holder->daemon >= 0)
        (void)close(holder->daemon);
    holder->daemon = -1;
    holder->deadline_ms = now_ms() + (int64_t)holder->hold_s * 1000;
}

static void answer(struct holder *holder, struct bw_holder_message *message, int error, int fd)
{
    message->verb = BW_HOLDER_ANSWER;
    message->error = error;
    if (!bw_holder_message_send(holder->daemon, message, fd))
        drop_daemon(holder);
}

static void answer_take(struct holder *holder)
{
    struct bw_holder_message message = {.magic = BW_HOLDER_MAGIC};

    for (size_t i = 0; i < holder->count && holder->daemon >= 0; i++) {
        const struct bw_held_socket *held = &holder->held[i];
        message.id = held->id;
        message.kind = (uint32_t)held->kind;
        (void)memcpy(message.name, held->name, sizeof(message.name));
        answer(holder, &message, 0, held->fd);
    }
    message = (struct bw_holder_message){.magic = BW_HOLDER_MAGIC, .of = (uint64_t)getpid()};
    if (holder->daemon >= 0)
        answer(holder, &message, 0, -1);
}

static void answer_accept(struct holder *holder, struct bw_holder_message *message)
{
    const struct bw_held_socket *socket = find(holder, message->of);
    int fd = -1, error = ENOENT;

    if (holder->count == holder->capacity) {
        error = ENOSPC; /* told from the EMFILE of accept4() */
    } else if (socket != NULL) {
        fd = accept4(socket->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        error = fd < 0 ? errno : keep(holder, message, fd);
    }
    if (error != 0 && fd >= 0) {
        (void)close(fd);
        fd = -1;
    }
    answer(holder, message, error, fd);
}

static void serve(struct holder *holder)
{
    struct bw_holder_message message;
    int fd = -1, error = 0;

    if (!bw_holder_message_receive(holder->daemon, &message, &fd)) {
        drop_daemon(holder);
        return;
    }
    switch ((enum bw_holder_verb)message.verb) {
    case BW_HOLDER_HOLD:
        error = keep(holder, &message, fd);
        if (error == 0)
            fd = -1;
        answer(holder, &message, error, -1);
        break;
    case BW_HOLDER_RELEASE: answer(holder, &message, let_go(holder, message.id), -1); break;
    case BW_HOLDER_TAKE: answer_take(holder); break;
    case BW_HOLDER_ACCEPT: answer_accept(holder, &message); break;
    case BW_HOLDER_GOODBYE:
        holder->is_done = true;
        /* Before the answer, so that the next holder finds no file whose owner is about to end. */
        (void)unlink(holder->path);
        holder->has_file = false;
        answer(holder, &message, 0, -1);
        break;
    case BW_HOLDER_ANSWER: drop_daemon(holder); break;
    }
    if (fd >= 0)
        (void)close(fd);
}

/* A second daemon is turned away: it finds its connection closed. */
static void welcome(struct holder *holder)
{
    const struct timeval wait = {.tv_sec = SEND_WAIT_S};
    const int fd = accept4(holder->listening, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (holder->daemon >= 0 || !bw_holder_process_is_trusted(fd)) {
        (void)close(fd);
        return;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    holder->daemon = fd;
}

/* The daemon first, for it may just have died, which makes room for the next. */
static void turn(struct holder *holder, const sigset_t *unblocked)
{
    struct pollfd looks[] = {
        {.fd = holder->daemon, .events = POLLIN},
        {.fd = holder->listening, .events = POLLIN},
    };
    const int64_t left_ms = holder->deadline_ms - now_ms();
    const struct timespec wait = {.tv_sec = left_ms > 0 ? left_ms / 1000 + 1 : 0};

    const int ready =
        ppoll(looks, BW_ARRAY_COUNT(looks), holder->daemon >= 0 ? NULL : &wait, unblocked);
    if (ready > 0 && looks[0].revents != 0)
        serve(holder);
    else if (ready > 0 && looks[1].revents != 0)
        welcome(holder);
    if (holder->daemon < 0 && (is_terminated || now_ms() >= holder->deadline_ms))
        holder->is_done = true;
}

static void become_quiet(int listening)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    const struct sigaction terminate = {.sa_handler = on_terminate};
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)setsid();
    (void)prctl(PR_SET_NAME, "bw-holder");
    (void)sigaction(SIGHUP, &ignore, NULL);
    (void)sigaction(SIGINT, &ignore, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGTERM, &terminate, NULL);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO && nothing >= 0; fd++)
        (void)dup2(nothing, fd);
    if (listening > STDERR_FILENO + 1)
        (void)close_range(STDERR_FILENO + 1, (unsigned int)listening - 1, 0);
    (void)close_range((unsigned int)listening + 1, ~0U, 0);
    if (chdir("/") != 0)
        _exit(EXIT_FAILURE);
}

static size_t descriptors_max(size_t wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return wanted;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < wanted + FDS_SPARE)
        return limit.rlim_cur > FDS_SPARE ? (size_t)limit.rlim_cur - FDS_SPARE : 1;
    return wanted;
}

void bw_holder_process_run(int fd, const char *path, const struct bw_socket_holder_options *options)
{
    struct holder holder = {
        .path = path,
        .hold_s = options->hold_s,
        .listening = fd,
        .daemon = -1,
        .has_file = true,
    };
    sigset_t all, unblocked;

    (void)sigfillset(&all);
    (void)sigemptyset(&unblocked);
    (void)sigprocmask(SIG_BLOCK, &all, NULL);
    become_quiet(fd);
    holder.capacity = descriptors_max(options->sockets_max);
    holder.held = calloc(holder.capacity, sizeof(*holder.held));
    if (holder.held == NULL)
        _exit(EXIT_FAILURE);
    drop_daemon(&holder);
    while (!holder.is_done)
        turn(&holder, &unblocked);
    if (holder.has_file) /* else it may be the file of another by now */
        (void)unlink(path);
    _exit(EXIT_SUCCESS);
}
