#include "read/listen_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

bool bw_listen_is_datagram(const struct bw_listen_url *url)
{
    return url->kind == BW_LISTEN_UDP || url->kind == BW_LISTEN_UNIXGRAM;
}

bool bw_listen_is_path(const struct bw_listen_url *url)
{
    return url->kind == BW_LISTEN_UNIX || url->kind == BW_LISTEN_UNIXGRAM;
}

static const char *path_of(const struct bw_listen_url *url)
{
    return ((const struct sockaddr_un *)&url->address)->sun_path;
}

/* A socket file that nobody listens on any more is in the way. */
static void remove_stale(const struct bw_listen_url *url)
{
    struct stat info;
    const int type = bw_listen_is_datagram(url) ? SOCK_DGRAM : SOCK_STREAM;
    const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)&url->address, url->address_size) != 0 &&
        errno == ECONNREFUSED && stat(path_of(url), &info) == 0 && S_ISSOCK(info.st_mode))
        (void)unlink(path_of(url));
    (void)close(fd);
}

static void set_buffer(int fd, uint32_t receive_bytes)
{
    const int bytes = (int)receive_bytes;

    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static bool start(int fd, const struct bw_listen_url *url)
{
    const int on = 1;

    if (url->kind == BW_LISTEN_TCP)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (const struct sockaddr *)&url->address, url->address_size) != 0)
        return false;
    if (bw_listen_is_path(url))
        (void)chmod(path_of(url), 0666); /* whoever logs may write, as to /dev/log */
    return bw_listen_is_datagram(url) || listen(fd, BACKLOG) == 0;
}

int bw_listen_socket_open(const struct bw_listen_url *url, uint32_t receive_bytes)
{
    const int type = bw_listen_is_datagram(url) ? SOCK_DGRAM : SOCK_STREAM;

    if (bw_listen_is_path(url))
        remove_stale(url);
    const int fd = socket(url->address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    set_buffer(fd, receive_bytes);
    if (start(fd, url))
        return fd;
    const int failure = errno;
    (void)close(fd);
    errno = failure;
    return -1;
}

void bw_listen_socket_unlink(const struct bw_listen_url *url)
{
    if (bw_listen_is_path(url))
        (void)unlink(path_of(url));
}

uint16_t bw_listen_socket_port(int fd)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&address)->sin_port);
    return address.ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)&address)->sin6_port)
                                         : 0;
}

void bw_listen_peer_text(const struct sockaddr_storage *address, char text[INET6_ADDRSTRLEN])
{
    const void *bytes = NULL;

    if (address->ss_family == AF_INET)
        bytes = &((const struct sockaddr_in *)address)->sin_addr;
    else if (address->ss_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)address)->sin6_addr;
    if (bytes == NULL || inet_ntop(address->ss_family, bytes, text, INET6_ADDRSTRLEN) == NULL)
        (void)memcpy(text, "local", sizeof("local"));
}
