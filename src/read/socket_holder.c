#include "read/socket_holder.h"

#include "base/check.h"
#include "read/holder_message.h"
#include "read/holder_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HOLD_DEFAULT_S  60
#define SOCKETS_DEFAULT 4096
#define ANSWER_WAIT_S   2

struct bw_socket_holder {
    struct bw_held_socket *unclaimed; /* an array */
    size_t count, capacity;
    pid_t pid;
    int fd; /* -1: lost */
};

static enum bw_status say(struct bw_problem *problem, const char *path, const char *what, int error)
{
    bw_problem_set(problem, path, 0, "%s: %s", what, strerror(error));
    return BW_ERR_IO;
}

static bool address_of(const char *path, struct sockaddr_un *address, struct bw_problem *problem)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (path[0] != '/' || strlen(path) >= sizeof(address->sun_path)) {
        bw_problem_set(problem, path, 0,
                       "the socket holder's path starts with / and has at most %zu bytes",
                       sizeof(address->sun_path) - 1);
        return false;
    }
    (void)memcpy(address->sun_path, path, strlen(path));
    return true;
}

uint64_t bw_socket_holder_new_id(void)
{
    uint64_t id = 0;

    while (id == 0) {
        struct timespec now;
        if (getrandom(&id, sizeof(id), GRND_NONBLOCK) == sizeof(id))
            continue;
        (void)clock_gettime(CLOCK_REALTIME, &now); /* before the pool is filled at boot */
        id = (uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 48;
    }
    return id;
}

/* True when a holder, or whatever it is, takes connections there. */
static bool is_alive(const struct sockaddr_un *address)
{
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return false;
    const bool is_connected = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
    (void)close(fd);
    return is_connected;
}

/* The listening socket, or -1 with errno. */
static int listen_at(const struct sockaddr_un *address)
{
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    (void)fchmod(fd, S_IRUSR | S_IWUSR); /* the file's mode, from its first moment on */
    int failed = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    if (failed != 0 && errno == EADDRINUSE) {
        (void)unlink(address->sun_path); /* nobody lives there, or it would have been found */
        failed = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    }
    if (failed == 0 && listen(fd, 16) == 0)
        return fd;
    const int error = errno;
    (void)close(fd);
    errno = error;
    return -1;
}

enum bw_status bw_socket_holder_start(const char *path,
                                      const struct bw_socket_holder_options *options,
                                      struct bw_problem *problem)
{
    struct bw_socket_holder_options filled = *options;
    struct sockaddr_un address;
    int ended = 0;

    if (filled.hold_s == 0)
        filled.hold_s = HOLD_DEFAULT_S;
    if (filled.sockets_max == 0)
        filled.sockets_max = SOCKETS_DEFAULT;
    if (!address_of(path, &address, problem))
        return BW_ERR_USAGE;
    if (is_alive(&address))
        return BW_OK;
    const int fd = listen_at(&address);
    if (fd < 0)
        return say(problem, path, "the socket holder cannot listen", errno);

    /* Twice, so that the holder is a child of init and never a zombie of ours. */
    const pid_t child = fork();
    if (child == 0) {
        const pid_t grandchild = fork();
        if (grandchild == 0)
            bw_holder_process_run(fd, path, &filled);
        _exit(grandchild < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
    }
    (void)close(fd);
    while (child > 0 && waitpid(child, &ended, 0) < 0 && errno == EINTR)
        continue;
    if (child < 0 || !WIFEXITED(ended) || WEXITSTATUS(ended) != EXIT_SUCCESS) {
        (void)unlink(path);
        return say(problem, path, "the socket holder cannot be started", EAGAIN);
    }
    return BW_OK;
}

static void lose(struct bw_socket_holder *holder)
{
    if (holder->fd >= 0)
        (void)close(holder->fd);
    holder->fd = -1;
}

/* One question, one answer; `*received` is the caller's. */
static enum bw_status ask(struct bw_socket_holder *holder, struct bw_holder_message *message,
                          int fd, int *received)
{
    const uint64_t id = message->id;

    if (holder->fd < 0)
        return BW_ERR_IO;
    message->magic = BW_HOLDER_MAGIC;
    if (!bw_holder_message_send(holder->fd, message, fd) ||
        !bw_holder_message_receive(holder->fd, message, received)) {
        lose(holder);
        return BW_ERR_IO;
    }
    if (message->verb == BW_HOLDER_ANSWER && message->id == id)
        return BW_OK;
    if (*received >= 0)
        (void)close(*received);
    lose(holder);
    return BW_ERR_IO;
}

static enum bw_status add_unclaimed(struct bw_socket_holder *holder,
                                    const struct bw_holder_message *message, int fd)
{
    if (holder->count == holder->capacity) {
        const size_t capacity = holder->capacity == 0 ? 16 : holder->capacity * 2;
        struct bw_held_socket *larger =
            realloc(holder->unclaimed, capacity * sizeof(*holder->unclaimed));
        if (larger == NULL)
            return BW_ERR_NO_MEMORY;
        holder->unclaimed = larger;
        holder->capacity = capacity;
    }
    struct bw_held_socket *held = &holder->unclaimed[holder->count++];
    held->id = message->id;
    held->kind = message->kind == BW_HELD_SOCKET ? BW_HELD_SOCKET : BW_HELD_CONNECTION;
    held->fd = fd;
    (void)memcpy(held->name, message->name, sizeof(held->name));
    return BW_OK;
}

/* Gets all that is held. */
static enum bw_status take(struct bw_socket_holder *holder)
{
    struct bw_holder_message message = {.magic = BW_HOLDER_MAGIC, .verb = BW_HOLDER_TAKE};
    enum bw_status status = BW_OK;

    if (!bw_holder_message_send(holder->fd, &message, -1))
        return BW_ERR_IO;
    while (status == BW_OK) {
        int fd = -1;
        if (!bw_holder_message_receive(holder->fd, &message, &fd))
            return BW_ERR_IO;
        if (fd < 0 && message.id == 0) {
            holder->pid = (pid_t)message.of;
            return BW_OK;
        }
        /* Without its descriptor, as when this process may have no more, it stays held. */
        if (fd < 0)
            continue;
        status = add_unclaimed(holder, &message, fd);
        if (status != BW_OK)
            (void)close(fd);
    }
    return status;
}

enum bw_status bw_socket_holder_connect(struct bw_socket_holder **connected, const char *path,
                                        struct bw_problem *problem)
{
    const struct timeval wait = {.tv_sec = ANSWER_WAIT_S};
    struct sockaddr_un address;

    if (!address_of(path, &address, problem))
        return BW_ERR_USAGE;
    struct bw_socket_holder *holder = calloc(1, sizeof(*holder));
    if (holder == NULL)
        return BW_ERR_NO_MEMORY;
    holder->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    enum bw_status status = BW_ERR_IO;
    int error = errno;
    if (holder->fd >= 0 &&
        connect(holder->fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
        (void)setsockopt(holder->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
        (void)setsockopt(holder->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
        if (bw_holder_process_is_trusted(holder->fd))
            status = take(holder);
        error = EBUSY; /* it hung up: another daemon is connected, or it is of another user */
    } else if (holder->fd >= 0) {
        error = errno;
    }
    if (status != BW_OK) {
        bw_socket_holder_close(&holder);
        if (status == BW_ERR_IO)
            (void)say(problem, path, "the socket holder does not answer", error);
        return status;
    }
    *connected = holder;
    return BW_OK;
}

void bw_socket_holder_close(struct bw_socket_holder **owned)
{
    struct bw_socket_holder *holder = *owned;

    *owned = NULL;
    if (holder == NULL)
        return;
    for (size_t i = 0; i < holder->count; i++)
        (void)close(holder->unclaimed[i].fd);
    free(holder->unclaimed);
    lose(holder);
    free(holder);
}

void bw_socket_holder_goodbye(struct bw_socket_holder **owned)
{
    struct bw_holder_message message = {.verb = BW_HOLDER_GOODBYE};
    int fd = -1;

    if (*owned != NULL)
        (void)ask(*owned, &message, -1, &fd); /* a lost one ends by itself */
    bw_socket_holder_close(owned);
}

bool bw_socket_holder_claim(struct bw_socket_holder *holder, enum bw_held_kind kind,
                            const char *name, struct bw_held_socket *claimed)
{
    for (size_t i = 0; i < holder->count; i++) {
        if (holder->unclaimed[i].kind != kind || strcmp(holder->unclaimed[i].name, name) != 0)
            continue;
        *claimed = holder->unclaimed[i];
        holder->unclaimed[i] = holder->unclaimed[--holder->count];
        return true;
    }
    return false;
}

size_t bw_socket_holder_release_unclaimed(struct bw_socket_holder *holder)
{
    const size_t count = holder->count;

    while (holder->count > 0) {
        const struct bw_held_socket *held = &holder->unclaimed[--holder->count];
        bw_socket_holder_release(holder, held->id);
        (void)close(held->fd);
    }
    return count;
}

static void set_name(struct bw_holder_message *message, const char *name)
{
    BW_ASSERT(strlen(name) < sizeof(message->name));
    (void)memcpy(message->name, name, strlen(name) + 1);
}

enum bw_status bw_socket_holder_hold(struct bw_socket_holder *holder, uint64_t id,
                                     enum bw_held_kind kind, const char *name, int fd)
{
    struct bw_holder_message message = {.verb = BW_HOLDER_HOLD, .id = id, .kind = (uint32_t)kind};
    int received = -1;

    set_name(&message, name);
    const enum bw_status status = ask(holder, &message, fd, &received);
    if (status != BW_OK)
        return status;
    return message.error == 0 ? BW_OK : BW_ERR_LIMIT;
}

void bw_socket_holder_release(struct bw_socket_holder *holder, uint64_t id)
{
    struct bw_holder_message message = {.verb = BW_HOLDER_RELEASE, .id = id};
    int received = -1;

    (void)ask(holder, &message, -1, &received);
}

enum bw_status bw_socket_holder_accept(struct bw_socket_holder *holder, uint64_t of, uint64_t id,
                                       const char *name, int *fd, int *error)
{
    struct bw_holder_message message = {
        .verb = BW_HOLDER_ACCEPT, .id = id, .of = of, .kind = BW_HELD_CONNECTION};
    int received = -1;

    /* A connection whose descriptor finds no room here could only be closed: ask before. */
    const int room = holder->fd < 0 ? -1 : fcntl(holder->fd, F_DUPFD_CLOEXEC, 0);
    if (room < 0 && holder->fd >= 0) {
        *fd = -1;
        *error = errno;
        return BW_OK;
    }
    if (room >= 0)
        (void)close(room);
    set_name(&message, name);
    const enum bw_status status = ask(holder, &message, -1, &received);
    if (status != BW_OK)
        return status;
    if (message.error == ENOSPC || message.error == ENOENT)
        return BW_ERR_LIMIT;
    if (message.error == 0 && received < 0) {
        /* Another thread took the room. Without this the connection would stay there unseen. */
        bw_socket_holder_release(holder, id);
        message.error = EMFILE;
    }
    *fd = received;
    *error = message.error;
    return BW_OK;
}

pid_t bw_socket_holder_pid(const struct bw_socket_holder *holder)
{
    return holder->pid;
}

bool bw_socket_holder_is_lost(const struct bw_socket_holder *holder)
{
    return holder->fd < 0;
}
