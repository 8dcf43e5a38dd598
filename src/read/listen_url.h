/*
 * Where to listen, as an operator writes it.
 *
 *   udp://HOST:PORT  tcp://HOST:PORT  tls://HOST:PORT  unix:PATH  unixgram:PATH
 *
 * HOST is a name, an IPv4 address, an IPv6 address in brackets, or * for every address of the
 * machine. Port 0 lets the system choose. PATH is absolute. A query may follow, its options joined
 * with &:
 *
 *   format=WORD   what the messages are: syslog (when not given) or gelf
 *   rcvbuf=BYTES  receive buffer of the socket, 4096 to 1 GiB; K and M may follow the number
 *   mode=OCTAL    permissions of a unix socket's file, 0 to 0777
 *   sockets=N     udp: 1 to 16 sockets that share the port (SO_REUSEPORT)
 *   cert=PATH     tls, and needed there: file of the certificate chain, PEM
 *   key=PATH      tls: file of the private key; when not given it is in that of the certificate
 *   ca=PATH       tls: senders need a certificate of an authority in that file
 *
 * LIMITS: nothing is percent-decoded, so a path cannot hold '?'.
 */
#ifndef BW_READ_LISTEN_URL_H
#define BW_READ_LISTEN_URL_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

enum bw_listen_kind {
    BW_LISTEN_UDP,
    BW_LISTEN_TCP,
    BW_LISTEN_TLS,
    BW_LISTEN_UNIX,
    BW_LISTEN_UNIXGRAM,
};

#define BW_LISTEN_HOST_BYTES  256 /* RFC 1035 2.3.4: 255, and a NUL */
#define BW_LISTEN_PATH_BYTES  108 /* sun_path of unix(7), with its NUL */
#define BW_LISTEN_SOCKETS_MAX 16
#define BW_LISTEN_FILE_BYTES  512

struct bw_listen_url {
    /* The URL without its query: names the listener in reports and over restarts. */
    char name[BW_LISTEN_HOST_BYTES + 16];
    char host[BW_LISTEN_HOST_BYTES]; /* without brackets; "*": all; "" with unix sockets */
    char path[BW_LISTEN_PATH_BYTES]; /* "" unless a unix socket */
    bool is_gelf;                    /* the messages are GELF, not syslog */
    char certificate[BW_LISTEN_FILE_BYTES], key[BW_LISTEN_FILE_BYTES]; /* "": not given */
    char client_ca[BW_LISTEN_FILE_BYTES];
    enum bw_listen_kind kind;
    uint32_t rcvbuf_bytes; /* 0: not given */
    uint32_t mode;         /* only with unix sockets; 0660 when not given */
    uint32_t sockets;      /* 1 when not given */
    uint16_t port;         /* 0: the system chooses */
};

/* BW_ERR_FORMAT with one sentence in *problem (no file, no line), which quotes the URL. */
BW_MUST_CHECK enum bw_status bw_listen_url_parse(struct bw_listen_url *url, struct bw_text text,
                                                 struct bw_problem *problem);

/* "udp", "tcp", "tls", "unix", "unixgram"; static. */
const char *bw_listen_kind_name(enum bw_listen_kind kind);

static inline bool bw_listen_kind_is_unix(enum bw_listen_kind kind)
{
    return kind == BW_LISTEN_UNIX || kind == BW_LISTEN_UNIXGRAM;
}

static inline bool bw_listen_kind_is_datagram(enum bw_listen_kind kind)
{
    return kind == BW_LISTEN_UDP || kind == BW_LISTEN_UNIXGRAM;
}

#endif
