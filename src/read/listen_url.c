#include "read/listen_url.h"

#include <bouncewatch/text.h>

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static enum bw_status complain(struct bw_problem *problem, const char *text, const char *what)
{
    bw_problem_set(problem, "", 0, "\"%s\": %s", text, what);
    return BW_ERR_USAGE;
}

static enum bw_status take_path(struct bw_listen_url *url, const char *text, const char *path,
                                struct bw_problem *problem)
{
    struct sockaddr_un *address = (struct sockaddr_un *)&url->address;

    if (path[0] == '\0')
        return complain(problem, text, "the path of the socket is missing: unix:/run/log.sock");
    if (strlen(path) >= sizeof(address->sun_path))
        return complain(problem, text, "the path of a socket has at most 107 bytes");
    address->sun_family = AF_UNIX;
    (void)memcpy(address->sun_path, path, strlen(path));
    url->address_size = sizeof(*address);
    return BW_OK;
}

static enum bw_status resolve(struct bw_listen_url *url, const char *text, struct bw_text host,
                              const char *port, struct bw_problem *problem)
{
    const struct addrinfo hints = {
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
        .ai_socktype = url->kind == BW_LISTEN_UDP ? SOCK_DGRAM : SOCK_STREAM,
    };
    const bool is_any = bw_text_equal(host, BW_TEXT("*"));
    struct addrinfo *found = NULL;
    char *name = strndup(host.bytes, host.size);

    if (name == NULL)
        return BW_ERR_NO_MEMORY;
    const int failure = getaddrinfo(is_any ? NULL : name, port, &hints, &found);
    free(name);
    if (failure != 0 || found == NULL)
        return complain(problem, text, "this host is not known here; write an address");
    (void)memcpy(&url->address, found->ai_addr, found->ai_addrlen);
    url->address_size = found->ai_addrlen;
    freeaddrinfo(found);
    return BW_OK;
}

static bool is_port(const char *port)
{
    unsigned long number = 0;

    for (const char *digit = port; *digit != '\0'; digit++) {
        if (!bw_is_digit(*digit) || digit - port >= 5)
            return false;
        number = number * 10 + (unsigned long)(*digit - '0');
    }
    return port[0] != '\0' && number <= 65535;
}

static enum bw_status take_host(struct bw_listen_url *url, const char *text, const char *rest,
                                struct bw_problem *problem)
{
    const char *colon = strrchr(rest, ':');

    if (colon == NULL || colon == rest || strchr(colon, ']') != NULL)
        return complain(problem, text, "host and port are needed: udp://127.0.0.1:5514");
    if (!is_port(colon + 1))
        return complain(problem, text, "the port is a number up to 65535");
    struct bw_text host = {rest, (size_t)(colon - rest)};
    if (host.bytes[0] == '[' && host.bytes[host.size - 1] == ']')
        host = (struct bw_text){host.bytes + 1, host.size - 2};
    return resolve(url, text, host, colon + 1, problem);
}

enum bw_status bw_listen_url_parse(struct bw_listen_url *url, const char *text,
                                   struct bw_problem *problem)
{
    static const struct {
        const char *head;
        enum bw_listen_kind kind;
        bool is_path;
    } kinds[] = {
        {"udp://", BW_LISTEN_UDP, false},
        {"tcp://", BW_LISTEN_TCP, false},
        {"unix:", BW_LISTEN_UNIX, true},
        {"unixgram:", BW_LISTEN_UNIXGRAM, true},
    };

    *url = (struct bw_listen_url){.address_size = 0};
    if (strncmp(text, "tls://", 6) == 0)
        return complain(problem, text, "TLS is not built in; put stunnel or rsyslog in front");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const size_t size = strlen(kinds[i].head);
        if (strncmp(text, kinds[i].head, size) != 0)
            continue;
        url->kind = kinds[i].kind;
        return kinds[i].is_path ? take_path(url, text, text + size, problem)
                                : take_host(url, text, text + size, problem);
    }
    return complain(problem, text,
                    "write it as udp://HOST:PORT, tcp://HOST:PORT, unix:PATH or unixgram:PATH");
}
