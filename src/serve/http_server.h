/*
 * A look inside by HTTP/1.1: GET of a few paths, on loopback or a unix socket.
 */
#ifndef BW_SERVE_HTTP_SERVER_H
#define BW_SERVE_HTTP_SERVER_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <uv.h>

struct bw_http_server;
struct bw_http_request; /* one that is not answered yet */

/* One path. `answer` answers the request now or later, with bw_http_answer(), once. */
struct bw_http_route {
    const char *path; /* "/metrics" */
    void (*answer)(void *context, struct bw_http_request *request);
};

struct bw_http_options {
    uv_loop_t *loop;                    /* borrowed */
    const char *address;                /* "127.0.0.1:9464", "[::1]:9464", "unix:PATH" */
    const struct bw_http_route *routes; /* borrowed */
    size_t route_count;
    void *context; /* of the routes */
};

/* BW_ERR_USAGE: this is no address; BW_ERR_IO: it cannot be had; *problem. BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_http_server_open(struct bw_http_server **opened,
                                                 const struct bw_http_options *options,
                                                 struct bw_problem *problem);
/* Requests that are not answered are dropped, and must not be answered any more. The loop must
 * turn once more. */
void bw_http_server_close(struct bw_http_server **owned);

/* `body` is copied. `status` as of RFC 9110 15. On the loop's thread. */
void bw_http_answer(struct bw_http_request *request, unsigned int status, const char *type,
                    struct bw_text body);
/* The value of "name=" in the query; NULL: it is not there. Lives as long as the request. */
const char *bw_http_query(struct bw_http_request *request, const char *name);

#endif
