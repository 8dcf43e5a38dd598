#include "read/socket_holder.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELD_MAX 4096

enum word { WORD_HOLD = 1, WORD_RELEASE, WORD_TAKE_ALL, WORD_GOODBYE, WORD_ITEM, WORD_END };

/* One message between daemon and holder; a descriptor goes with HOLD and ITEM. */
struct message {
    uint64_t id;
    uint8_t word;
    char name[BW_HOLDER_NAME_BYTES];
};

struct bw_socket_holder {
    int fd;
};

struct held {
    uint64_t id;
    int fd;
    char name[BW_HOLDER_NAME_BYTES];
};

static bool send_message(int fd, const struct message *message, int passed)
{
    char room[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {(void *)(uintptr_t)message, sizeof(*message)};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

    if (passed >= 0) {
        header.msg_control = room;
        header.msg_controllen = sizeof(room);
        struct cmsghdr *control = CMSG_FIRSTHDR(&header);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(sizeof(int));
        (void)memcpy(CMSG_DATA(control), &passed, sizeof(int));
    }
    ssize_t sent;
    do
        sent = sendmsg(fd, &header, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof(*message);
}

/* `*passed` -1: no descriptor came with it. */
static bool receive_message(int fd, struct message *message, int *passed)
{
    char room[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {message, sizeof(*message)};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    ssize_t got;

    *passed = -1;
    do
        got = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof(*message))
        return false;
    const struct cmsghdr *control = CMSG_FIRSTHDR(&header);
    if (control != NULL && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS)
        (void)memcpy(passed, CMSG_DATA(control), sizeof(int));
    message->name[sizeof(message->name) - 1] = '\0';
    return true;
}

static void add(struct held *held, size_t *count, const struct message *message, int fd)
{
    if (fd < 0)
        return;
    if (*count == HELD_MAX) {
        (void)close(fd);
        return;
    }
    held[*count] = (struct held){.id = message->id, .fd = fd};
    (void)memcpy(held[*count].name, message->name, sizeof(message->name));
    (*count)++;
}

static void release(struct held *held, size_t *count, uint64_t id)
{
    for (size_t i = 0; i < *count; i++)
        if (held[i].id == id) {
            (void)close(held[i].fd);
            held[i] = held[--*count];
            return;
        }
}

static bool give_all(int client, const struct held *held, size_t count)
{
    struct message message = {.word = WORD_ITEM};

    for (size_t i = 0; i < count; i++) {
        message.id = held[i].id;
        (void)memcpy(message.name, held[i].name, sizeof(message.name));
        if (!send_message(client, &message, held[i].fd))
            return false;
    }
    message.word = WORD_END;
    return send_message(client, &message, -1);
}

/* What one daemon says, until it is gone. False: it said goodbye. */
static bool serve(int client, struct held *held, size_t *count)
{
    struct message message;
    int passed;

    while (receive_message(client, &message, &passed)) {
        switch ((enum word)message.word) {
        case WORD_HOLD: add(held, count, &message, passed); break;
        case WORD_RELEASE: release(held, count, message.id); break;
        case WORD_TAKE_ALL:
            if (!give_all(client, held, *count))
                return true;
            break;
        case WORD_GOODBYE: return false;
        case WORD_ITEM:
        case WORD_END: break;
        }
    }
    return true;
}

/* The process: one daemon after another, and a while without any. */
static void run_holder(int listener, const char *path)
{
    struct held *held = calloc(HELD_MAX, sizeof(*held));
    size_t count = 0;
    struct pollfd waiting = {.fd = listener, .events = POLLIN};

    while (held != NULL && poll(&waiting, 1, BW_HOLDER_WAIT_S * 1000) > 0) {
        const int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0)
            continue;
        const bool goes_on = serve(client, held, &count);
        (void)close(client);
        if (!goes_on)
            break;
    }
    (void)unlink(path);
    _exit(0);
}

/* Nothing of the daemon's stays with it: no descriptor, no session, no signal meant for others. */
static void become_holder(int listener, const char *path)
{
    (void)setsid();
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGUSR1, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_NAME, "bw-sockets");
    if (dup2(listener, 3) != 3)
        _exit(1);
    (void)close(0);
    (void)close(1);
    (void)close(2);
    if (close_range(4, ~0U, 0) != 0)
        _exit(1);
    if (chdir("/") != 0)
        _exit(1);
    run_holder(3, path);
}

static bool address_of(const char *path, struct sockaddr_un *address)
{
    const size_t size = strlen(path);

    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (size >= sizeof(address->sun_path))
        return false;
    (void)memcpy(address->sun_path, path, size);
    return true;
}

static bool connect_to(struct bw_socket_holder *holder, const struct sockaddr_un *address)
{
    holder->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (holder->fd < 0)
        return false;
    if (connect(holder->fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
        return true;
    (void)close(holder->fd);
    holder->fd = -1;
    return false;
}

/* The child of the child is the holder: nobody has to wait for it. */
static bool start_holder(const char *path, const struct sockaddr_un *address)
{
    const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (listener < 0)
        return false;
    (void)unlink(path);
    if (bind(listener, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
        listen(listener, 4) != 0) {
        (void)close(listener);
        return false;
    }
    const pid_t child = fork();
    if (child == 0) {
        if (fork() == 0)
            become_holder(listener, path);
        _exit(0);
    }
    (void)close(listener);
    return child > 0 && waitpid(child, NULL, 0) == child;
}

enum bw_status bw_socket_holder_open(struct bw_socket_holder **opened, const char *path)
{
    struct bw_socket_holder *holder = calloc(1, sizeof(*holder));
    struct sockaddr_un address;

    if (holder == NULL)
        return BW_ERR_NO_MEMORY;
    if (address_of(path, &address) &&
        (connect_to(holder, &address) ||
         (start_holder(path, &address) && connect_to(holder, &address)))) {
        *opened = holder;
        return BW_OK;
    }
    free(holder);
    return BW_ERR_IO;
}

void bw_socket_holder_close(struct bw_socket_holder **owned, bool is_last)
{
    struct bw_socket_holder *holder = *owned;
    const struct message goodbye = {.word = WORD_GOODBYE};

    *owned = NULL;
    if (holder == NULL)
        return;
    if (is_last)
        (void)send_message(holder->fd, &goodbye, -1);
    (void)close(holder->fd);
    free(holder);
}

bool bw_socket_holder_take_all(struct bw_socket_holder *holder,
                               void (*take)(int fd, uint64_t id, const char *name, void *context),
                               void *context)
{
    struct message message = {.word = WORD_TAKE_ALL};
    int passed;

    if (!send_message(holder->fd, &message, -1))
        return false;
    while (receive_message(holder->fd, &message, &passed)) {
        if (message.word == WORD_END)
            return true;
        if (message.word == WORD_ITEM && passed >= 0)
            take(passed, message.id, message.name, context);
    }
    return false;
}

void bw_socket_holder_hold(struct bw_socket_holder *holder, int fd, uint64_t id, const char *name)
{
    struct message message = {.id = id, .word = WORD_HOLD};

    (void)snprintf(message.name, sizeof(message.name), "%s", name);
    if (holder != NULL)
        (void)send_message(holder->fd, &message, fd);
}

void bw_socket_holder_release(struct bw_socket_holder *holder, uint64_t id)
{
    const struct message message = {.id = id, .word = WORD_RELEASE};

    if (holder != NULL)
        (void)send_message(holder->fd, &message, -1);
}

/* What has arrived less what still waits. Both change while data comes in: asked for until the
 * first is the same before and behind the second. */
bool bw_socket_consumed(int fd, uint64_t *bytes)
{
    for (int attempt = 0; attempt < 1000; attempt++) {
        struct tcp_info before;
        struct tcp_info behind;
        socklen_t size = sizeof(before);
        int waiting = 0;

        (void)memset(&before, 0, sizeof(before));
        (void)memset(&behind, 0, sizeof(behind));
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &before, &size) != 0 ||
            ioctl(fd, SIOCINQ, &waiting) != 0)
            return false;
        size = sizeof(behind);
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &behind, &size) != 0)
            return false;
        if (before.tcpi_bytes_received != behind.tcpi_bytes_received)
            continue;
        *bytes = (uint64_t)before.tcpi_bytes_received - (unsigned int)waiting;
        return true;
    }
    return false;
}
