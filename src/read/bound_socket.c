#include "read/bound_socket.h"

#include "base/check.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

/* Dead peers are noticed after two minutes. */
#define KEEPALIVE_IDLE_S     60
#define KEEPALIVE_INTERVAL_S 15
#define KEEPALIVE_COUNT      4

static void set_option(int fd, int level, int option, int value)
{
    /* None of those set this way changes what is right, so a kernel without one is no failure. */
    (void)setsockopt(fd, level, option, &value, sizeof(value));
}

void bw_bound_socket_set_rcvbuf(int fd, uint32_t bytes)
{
    const int value = (int)bytes;

    BW_ASSERT(bytes <= INT32_MAX);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &value, sizeof(value)) != 0)
        set_option(fd, SOL_SOCKET, SO_RCVBUF, value);
}

uint16_t bw_bound_socket_port(int fd)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    if (address.ss_family == AF_INET) {
        struct sockaddr_in ipv4;
        (void)memcpy(&ipv4, &address, sizeof(ipv4));
        return ntohs(ipv4.sin_port);
    }
    if (address.ss_family == AF_INET6) {
        struct sockaddr_in6 ipv6;
        (void)memcpy(&ipv6, &address, sizeof(ipv6));
        return ntohs(ipv6.sin6_port);
    }
    return 0;
}

static enum bw_status say(struct bw_problem *problem, const struct bw_listen_url *url,
                          const char *why)
{
    bw_problem_set(problem, "", 0, "listen: %s: %s", url->name, why);
    return BW_ERR_IO;
}

static int socket_type(const struct bw_listen_url *url)
{
    const int type = bw_listen_kind_is_datagram(url->kind) ? SOCK_DGRAM : SOCK_STREAM;

    return type | SOCK_NONBLOCK | SOCK_CLOEXEC;
}

/* The descriptor, or -1 with errno. The buffer is set first: TCP's window scale depends on it. */
static int open_internet(const struct bw_listen_url *url, const struct addrinfo *address,
                         uint32_t rcvbuf_bytes)
{
    const int fd = socket(address->ai_family, socket_type(url), 0);

    if (fd < 0)
        return -1;
    bw_bound_socket_set_rcvbuf(fd, rcvbuf_bytes);
    if (url->kind == BW_LISTEN_UDP) {
        if (url->sockets > 1)
            set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    } else {
        set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        /* Those of a connection are inherited from the socket it was accepted on. */
        set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
        set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
        set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
        /* Urgent bytes would be missing from the stream, and from the count of what was read. */
        set_option(fd, SOL_SOCKET, SO_OOBINLINE, 1);
    }
    if (address->ai_family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, strcmp(url->host, "*") == 0 ? 0 : 1);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 &&
        (url->kind == BW_LISTEN_UDP || listen(fd, BACKLOG) == 0))
        return fd;
    const int error = errno;
    (void)close(fd);
    errno = error;
    return -1;
}

static enum bw_status open_by_name(int *opened, const struct bw_listen_url *url, uint16_t port,
                                   uint32_t rcvbuf_bytes, struct bw_problem *problem)
{
    const bool is_any = strcmp(url->host, "*") == 0;
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                             .ai_family = is_any ? AF_INET6 : AF_UNSPEC,
                             .ai_socktype = url->kind == BW_LISTEN_UDP ? SOCK_DGRAM : SOCK_STREAM};
    struct addrinfo *found = NULL;
    char service[8];
    int fd = -1;

    (void)snprintf(service, sizeof(service), "%u", port);
    /* "*" is first one socket for both families, then, where there is no IPv6, for IPv4. */
    for (int attempt = 0; attempt < (is_any ? 2 : 1) && fd < 0; attempt++) {
        if (attempt == 1)
            hints.ai_family = AF_INET;
        const int error = getaddrinfo(is_any ? NULL : url->host, service, &hints, &found);
        if (error != 0 && attempt == 0 && is_any)
            continue;
        if (error != 0)
            return say(problem, url, gai_strerror(error));
        for (const struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next)
            fd = open_internet(url, at, rcvbuf_bytes);
        const int failure = errno;
        freeaddrinfo(found);
        errno = failure;
        if (fd < 0 && errno == EADDRINUSE)
            break;
    }
    if (fd < 0)
        return say(problem, url, strerror(errno));
    *opened = fd;
    return BW_OK;
}

/* True when the path is a socket that refuses connections: its process is gone. */
static bool is_stale(const struct sockaddr_un *address, int type)
{
    struct stat info;

    if (lstat(address->sun_path, &info) != 0 || !S_ISSOCK(info.st_mode))
        return false;
    const int fd = socket(AF_UNIX, type, 0);
    if (fd < 0)
        return false;
    const bool is_refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
                            errno == ECONNREFUSED;
    (void)close(fd);
    return is_refused;
}

static bool bind_unix(int fd, const struct sockaddr_un *address, const struct bw_listen_url *url)
{
    /* The kernel makes the file with the mode of the socket's own inode, less the umask. */
    (void)fchmod(fd, url->mode);
    int failed = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    if (failed != 0 && errno == EADDRINUSE) {
        if (is_stale(address, socket_type(url)))
            (void)unlink(address->sun_path);
        failed = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    }
    return failed == 0 && chmod(address->sun_path, url->mode) == 0 &&
           (url->kind == BW_LISTEN_UNIXGRAM || listen(fd, BACKLOG) == 0);
}

static enum bw_status open_unix(int *opened, const struct bw_listen_url *url, uint32_t rcvbuf_bytes,
                                struct bw_problem *problem)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, socket_type(url), 0);

    _Static_assert(sizeof(address.sun_path) == sizeof(url->path), "a path of a URL fits");
    (void)memcpy(address.sun_path, url->path, sizeof(url->path));
    if (fd < 0)
        return say(problem, url, strerror(errno));
    bw_bound_socket_set_rcvbuf(fd, rcvbuf_bytes);
    if (!bind_unix(fd, &address, url)) {
        const int error = errno;
        (void)close(fd);
        return say(problem, url,
                   error == EADDRINUSE ? "another program listens there, or it is no socket"
                                       : strerror(error));
    }
    *opened = fd;
    return BW_OK;
}

enum bw_status bw_bound_socket_open(int *opened, const struct bw_listen_url *url, uint16_t port,
                                    uint32_t rcvbuf_bytes, struct bw_problem *problem)
{
    if (bw_listen_kind_is_unix(url->kind))
        return open_unix(opened, url, rcvbuf_bytes, problem);
    return open_by_name(opened, url, port, rcvbuf_bytes, problem);
}
