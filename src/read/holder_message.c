#include "read/holder_message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    struct cmsghdr header; /* aligns the bytes */
    char bytes[CMSG_SPACE(sizeof(int))];
};

bool bw_holder_message_send(int to, const struct bw_holder_message *message, int fd)
{
    struct bw_holder_message copy = *message;
    struct iovec vector = {.iov_base = &copy, .iov_len = sizeof(copy)};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
    union control control;
    ssize_t size;

    if (fd >= 0) {
        (void)memset(&control, 0, sizeof(control));
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof(fd));
        (void)memcpy(CMSG_DATA(part), &fd, sizeof(fd));
    }
    do
        size = sendmsg(to, &header, MSG_NOSIGNAL);
    while (size < 0 && errno == EINTR);
    return size == (ssize_t)sizeof(copy);
}

/* The kernel puts no more descriptors in than there is room for, so there is one at most. */
static int descriptor_of(struct msghdr *header)
{
    const struct cmsghdr *part = CMSG_FIRSTHDR(header);
    int fd = -1;

    if (part != NULL && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS &&
        part->cmsg_len == CMSG_LEN(sizeof(fd)))
        (void)memcpy(&fd, CMSG_DATA(part), sizeof(fd));
    return fd;
}

bool bw_holder_message_receive(int from, struct bw_holder_message *message, int *fd)
{
    struct bw_holder_message copy;
    struct iovec vector = {.iov_base = &copy, .iov_len = sizeof(copy)};
    union control control;
    struct msghdr header = {
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };
    ssize_t size;

    do
        size = recvmsg(from, &header, MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return false;
    const int received = descriptor_of(&header);
    if (size != (ssize_t)sizeof(copy) || copy.magic != BW_HOLDER_MAGIC ||
        memchr(copy.name, '\0', sizeof(copy.name)) == NULL) {
        if (received >= 0)
            (void)close(received);
        return false;
    }
    *message = copy;
    *fd = received;
    return true;
}
