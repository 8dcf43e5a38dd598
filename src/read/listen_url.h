/*
 * "udp://127.0.0.1:5514": where syslog is received.
 */
#ifndef BW_READ_LISTEN_URL_H
#define BW_READ_LISTEN_URL_H

#include <bouncewatch/status.h>

#include <stdbool.h>
#include <sys/socket.h>

enum bw_listen_kind { BW_LISTEN_UDP, BW_LISTEN_TCP, BW_LISTEN_UNIX, BW_LISTEN_UNIXGRAM };

struct bw_listen_url {
    enum bw_listen_kind kind;
    struct sockaddr_storage address;
    socklen_t address_size;
};

/*
 * udp://HOST:PORT, tcp://HOST:PORT, unix:PATH (stream), unixgram:PATH. HOST is an address (IPv6 in
 * brackets), a name, or `*` for all. BW_ERR_USAGE: *problem says in one sentence what is wrong.
 */
BW_MUST_CHECK enum bw_status bw_listen_url_parse(struct bw_listen_url *url, const char *text,
                                                 struct bw_problem *problem);

#endif
