#include "read/activation.h"

#include "read/peer_address.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

/* A whole number from the environment, which then has it no more; 0: there is none. */
static long take_number(const char *name)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread exists */
    const char *text = getenv(name);
    char *end = NULL;
    const long number = text == NULL ? 0 : strtol(text, &end, 10);
    const bool is_good = text != NULL && end != text && *end == '\0' && number > 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): likewise */
    (void)unsetenv(name);
    return is_good ? number : 0;
}

static int option_of(int fd, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);

    return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

/* The URL of a bound socket. False: it is none that can be listened on. */
static bool write_url(int fd, char *text, size_t size)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t address_size = sizeof(address);
    char host[BW_PEER_BYTES] = "";
    const int type = option_of(fd, SO_TYPE);
    const bool is_stream = type == SOCK_STREAM && option_of(fd, SO_ACCEPTCONN) == 1;

    if ((!is_stream && type != SOCK_DGRAM) ||
        getsockname(fd, (struct sockaddr *)&address, &address_size) != 0)
        return false;
    if (address.ss_family == AF_UNIX) {
        const struct sockaddr_un *path = (const struct sockaddr_un *)&address;
        (void)snprintf(text, size, "%s:%.*s", is_stream ? "unix" : "unixgram",
                       (int)sizeof(path->sun_path), path->sun_path);
        return path->sun_path[0] == '/';
    }
    const bool is_six = address.ss_family == AF_INET6;
    if (!is_six && address.ss_family != AF_INET)
        return false;
    const in_port_t port = is_six ? ((const struct sockaddr_in6 *)&address)->sin6_port
                                  : ((const struct sockaddr_in *)&address)->sin_port;
    if (bw_peer_address_text(&address, host) == 0)
        return false;
    const bool has_colon = strchr(host, ':') != NULL;
    (void)snprintf(text, size, "%s://%s%s%s:%u", is_stream ? "tcp" : "udp", has_colon ? "[" : "",
                   host, has_colon ? "]" : "", ntohs(port));
    return true;
}

size_t bw_activation_take(struct bw_activated_socket *sockets, size_t *strange)
{
    const long pid = take_number("LISTEN_PID");
    const long count = take_number("LISTEN_FDS");
    size_t taken = 0;

    *strange = 0;
    (void)take_number("LISTEN_FDNAMES");
    for (int fd = FIRST_FD; pid == getpid() && fd < FIRST_FD + count; fd++) {
        struct bw_problem problem;
        char text[BW_LISTEN_HOST_BYTES + 16];
        if (fcntl(fd, F_GETFD) < 0)
            break; /* the environment promises too much */
        if (taken == BW_ACTIVATION_MAX || !write_url(fd, text, sizeof(text)) ||
            bw_listen_url_parse(&sockets[taken].url, bw_text_of(text), &problem) != BW_OK) {
            (*strange)++;
            (void)close(fd);
            continue;
        }
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        sockets[taken++].fd = fd;
    }
    return taken;
}
