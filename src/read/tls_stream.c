#include "read/tls_stream.h"

#include "base/check.h"

#ifdef BW_HAS_OPENSSL

#include "base/real_place.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM_MIN ((size_t)16 * 1024) /* a record, RFC 8446 5.1 */

struct bw_tls_server {
    SSL_CTX *context;
};

struct bw_tls_stream {
    SSL *ssl;
    char *bytes; /* owned */
    size_t size, capacity;
    enum bw_tls_state state;
    bool wants_write;
    char fault[128];
};

bool bw_tls_is_built_in(void)
{
    return true;
}

/* OpenSSL's own reason, and its queue of them is empty afterwards. */
static void take_reason(char *text, size_t size)
{
    const unsigned long code = ERR_get_error();
    const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);

    (void)snprintf(text, size, "%s", reason == NULL ? "the connection was cut off" : reason);
    ERR_clear_error();
}

static enum bw_status refuse(const char *file, const char *what, struct bw_problem *problem)
{
    char reason[128];

    take_reason(reason, sizeof(reason));
    bw_problem_set(problem, file, 0, "%s: %s", what, reason);
    return BW_ERR_FORMAT;
}

static enum bw_status load(SSL_CTX *context, const char *certificate, const char *key,
                           const char *client_ca, struct bw_problem *problem)
{
    const char *const files[] = {certificate, key, client_ca};

    for (size_t i = 0; i < BW_ARRAY_COUNT(files); i++) {
        if (files[i][0] == '\0')
            continue;
        const int fd = open(files[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) {
            bw_problem_set(problem, files[i], 0, "cannot be read: %s",
                           bw_open_fault(files[i], R_OK, errno));
            return BW_ERR_IO;
        }
        (void)close(fd);
    }
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
        return refuse(certificate, "this is no certificate in PEM", problem);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return refuse(key, "this is no private key of the certificate", problem);
    if (client_ca[0] == '\0')
        return BW_OK;
    if (SSL_CTX_load_verify_file(context, client_ca) != 1)
        return refuse(client_ca, "these are no certificates of an authority", problem);
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(client_ca));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return BW_OK;
}

enum bw_status bw_tls_server_create(struct bw_tls_server **created, const char *certificate,
                                    const char *key, const char *client_ca,
                                    struct bw_problem *problem)
{
    struct bw_tls_server *server = calloc(1, sizeof(*server));

    if (server != NULL)
        server->context = SSL_CTX_new(TLS_server_method());
    if (server == NULL || server->context == NULL) {
        free(server);
        return BW_ERR_NO_MEMORY;
    }
    (void)SSL_CTX_set_min_proto_version(server->context, TLS1_2_VERSION);
    /* Nothing is ever sent after the handshake, and an idle connection keeps no buffer. */
    (void)SSL_CTX_set_mode(server->context, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_num_tickets(server->context, 0);
    (void)SSL_CTX_set_session_cache_mode(server->context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_options(server->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    const enum bw_status status =
        load(server->context, certificate, key[0] == '\0' ? certificate : key, client_ca, problem);
    if (status != BW_OK) {
        bw_tls_server_destroy(&server);
        return status;
    }
    *created = server;
    return BW_OK;
}

void bw_tls_server_destroy(struct bw_tls_server **owned)
{
    struct bw_tls_server *server = *owned;

    *owned = NULL;
    if (server == NULL)
        return;
    SSL_CTX_free(server->context); /* counted: streams have it too */
    free(server);
}

enum bw_status bw_tls_stream_create(struct bw_tls_stream **created, struct bw_tls_server *server,
                                    int fd)
{
    struct bw_tls_stream *stream = calloc(1, sizeof(*stream));

    if (stream != NULL)
        stream->ssl = SSL_new(server->context);
    if (stream == NULL || stream->ssl == NULL || SSL_set_fd(stream->ssl, fd) != 1) {
        bw_tls_stream_destroy(&stream);
        return BW_ERR_NO_MEMORY;
    }
    SSL_set_accept_state(stream->ssl);
    *created = stream;
    return BW_OK;
}

void bw_tls_stream_destroy(struct bw_tls_stream **owned)
{
    struct bw_tls_stream *stream = *owned;

    *owned = NULL;
    if (stream == NULL)
        return;
    if (stream->ssl != NULL && (stream->state == BW_TLS_OPEN || stream->state == BW_TLS_ENDED))
        (void)SSL_shutdown(stream->ssl);
    ERR_clear_error();
    SSL_free(stream->ssl);
    free(stream->bytes);
    free(stream);
}

/* Room for a record more. False: there is no memory. */
static bool make_room(struct bw_tls_stream *stream)
{
    if (stream->capacity - stream->size >= ROOM_MIN)
        return true;
    const size_t capacity = stream->capacity * 2 + ROOM_MIN;
    char *bytes = realloc(stream->bytes, capacity);
    if (bytes == NULL)
        return false;
    stream->bytes = bytes;
    stream->capacity = capacity;
    return true;
}

/* After a read that gave nothing. False: there is nothing more at the moment, or ever. */
static void settle(struct bw_tls_stream *stream, int result)
{
    switch (SSL_get_error(stream->ssl, result)) {
    case SSL_ERROR_WANT_READ: break;
    case SSL_ERROR_WANT_WRITE: stream->wants_write = true; break;
    case SSL_ERROR_ZERO_RETURN: stream->state = BW_TLS_ENDED; break;
    default: take_reason(stream->fault, sizeof(stream->fault)); stream->state = BW_TLS_FAILED;
    }
    if (stream->state == BW_TLS_HANDSHAKE && SSL_is_init_finished(stream->ssl))
        stream->state = BW_TLS_OPEN;
}

enum bw_tls_state bw_tls_stream_fill(struct bw_tls_stream *stream, size_t most)
{
    stream->wants_write = false;
    while (stream->state <= BW_TLS_OPEN && stream->size < most) {
        if (!make_room(stream)) {
            (void)snprintf(stream->fault, sizeof(stream->fault), "out of memory");
            stream->state = BW_TLS_FAILED;
            break;
        }
        const size_t room = stream->capacity - stream->size;
        const size_t left = most - stream->size;
        ERR_clear_error();
        errno = 0;
        const int result =
            SSL_read(stream->ssl, stream->bytes + stream->size, (int)(left < room ? left : room));
        if (result <= 0) {
            settle(stream, result);
            break;
        }
        stream->state = BW_TLS_OPEN;
        stream->size += (size_t)result;
    }
    return stream->state;
}

bool bw_tls_stream_wants_write(const struct bw_tls_stream *stream)
{
    return stream->wants_write;
}

struct bw_text bw_tls_stream_waiting(const struct bw_tls_stream *stream)
{
    return (struct bw_text){stream->bytes, stream->size};
}

void bw_tls_stream_consume(struct bw_tls_stream *stream, size_t size)
{
    stream->size -= size;
    if (stream->size > 0) {
        (void)memmove(stream->bytes, stream->bytes + size, stream->size);
        return;
    }
    free(stream->bytes);
    stream->bytes = NULL;
    stream->capacity = 0;
}

const char *bw_tls_stream_fault(const struct bw_tls_stream *stream)
{
    return stream->fault;
}

#else

#include <stdlib.h>

bool bw_tls_is_built_in(void)
{
    return false;
}

enum bw_status bw_tls_server_create(struct bw_tls_server **created, const char *certificate,
                                    const char *key, const char *client_ca,
                                    struct bw_problem *problem)
{
    (void)created;
    (void)key;
    (void)client_ca;
    bw_problem_set(problem, certificate, 0, "this build has no TLS (OpenSSL)");
    return BW_ERR_USAGE;
}

void bw_tls_server_destroy(struct bw_tls_server **owned)
{
    *owned = NULL;
}

enum bw_status bw_tls_stream_create(struct bw_tls_stream **created, struct bw_tls_server *server,
                                    int fd)
{
    (void)created;
    (void)server;
    (void)fd;
    return BW_ERR_USAGE;
}

void bw_tls_stream_destroy(struct bw_tls_stream **owned)
{
    *owned = NULL;
}

enum bw_tls_state bw_tls_stream_fill(struct bw_tls_stream *stream, size_t most)
{
    (void)stream;
    (void)most;
    return BW_TLS_FAILED;
}

bool bw_tls_stream_wants_write(const struct bw_tls_stream *stream)
{
    (void)stream;
    return false;
}

struct bw_text bw_tls_stream_waiting(const struct bw_tls_stream *stream)
{
    (void)stream;
    return BW_TEXT("");
}

void bw_tls_stream_consume(struct bw_tls_stream *stream, size_t size)
{
    (void)stream;
    (void)size;
}

const char *bw_tls_stream_fault(const struct bw_tls_stream *stream)
{
    (void)stream;
    return "";
}

#endif
