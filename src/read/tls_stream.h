/*
 * Syslog over TLS (RFC 5425): what a connection has sent, in clear.
 *
 * TLS 1.2 or later (RFC 5425 5.1 with RFC 9662). With `client_ca` a sender has to show a
 * certificate of that authority (RFC 5425 4.2); its name is not compared with anything.
 *
 * LIMITS: the keys of a connection die with the process, so a connection ends with the daemon, and
 * what was on the way in it is lost with a kill.
 */
#ifndef BW_READ_TLS_STREAM_H
#define BW_READ_TLS_STREAM_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stddef.h>

struct bw_tls_server; /* certificate and key */
struct bw_tls_stream; /* one connection */

/* False: the program was built without OpenSSL; then everything else here fails. */
bool bw_tls_is_built_in(void);

/*
 * Read certificate chain and key, PEM; `key` "": it is in the file of the certificate; `client_ca`
 * "": senders need no certificate. BW_ERR_IO, BW_ERR_FORMAT with *problem.
 */
BW_MUST_CHECK enum bw_status bw_tls_server_create(struct bw_tls_server **created,
                                                  const char *certificate, const char *key,
                                                  const char *client_ca,
                                                  struct bw_problem *problem);
/* Streams that are open go on. */
void bw_tls_server_destroy(struct bw_tls_server **owned);

/* `fd`: a connected socket that does not block, the caller's; not closed. BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_tls_stream_create(struct bw_tls_stream **created,
                                                  struct bw_tls_server *server, int fd);
/* Tells the peer that this is the end, when it can be told at once. */
void bw_tls_stream_destroy(struct bw_tls_stream **owned);

enum bw_tls_state {
    BW_TLS_HANDSHAKE, /* nothing can have come yet */
    BW_TLS_OPEN,
    BW_TLS_ENDED,  /* in peace: close_notify (RFC 8446 6.1) */
    BW_TLS_FAILED, /* the handshake, or a damaged record; or the connection was cut off */
};

/*
 * Take what the socket has, until `most` bytes wait. Then the socket is empty, or `most` bytes
 * wait, or the state says why no more will come. Answers of the handshake are sent on the way.
 */
enum bw_tls_state bw_tls_stream_fill(struct bw_tls_stream *stream, size_t most);
/* True while the handshake waits for room to write into the socket. */
bool bw_tls_stream_wants_write(const struct bw_tls_stream *stream);
/* What waits; good until the next call. */
struct bw_text bw_tls_stream_waiting(const struct bw_tls_stream *stream);
/* The first `size` bytes of that are taken. */
void bw_tls_stream_consume(struct bw_tls_stream *stream, size_t size);
/* Why it has failed: one short text, good until the stream is destroyed. */
const char *bw_tls_stream_fault(const struct bw_tls_stream *stream);

#endif
