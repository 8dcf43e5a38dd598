#include "serve/http_server.h"

#include "base/check.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTIONS_MAX  64U
#define CONNECTION_BYTES ((size_t)32 * 1024)
#define CONNECTION_S     10U
#define UNIX_MODE        0660

struct bw_http_server {
    struct bw_http_options options;
    struct MHD_Daemon *daemon;
    char *unix_path; /* NULL: it is no unix socket */
    uv_poll_t poll;
    uv_timer_t timer;
    int fd;
    uint32_t open_handles;
    bool is_loopback;
};

/* Lives from the first call for a connection's request to the end of its answer. */
struct bw_http_request {
    struct bw_http_server *server;
    struct MHD_Connection *connection;
    struct MHD_Response *response;
    unsigned int status;
    bool is_asked, is_suspended, is_dropped;
};

static void run(struct bw_http_server *server);

static struct MHD_Response *response_of(const char *type, struct bw_text body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body.size, (void *)(uintptr_t)body.bytes, MHD_RESPMEM_MUST_COPY);

    if (response == NULL)
        return NULL;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    return response;
}

static void run_soon(uv_timer_t *timer)
{
    run(timer->data);
}

void bw_http_answer(struct bw_http_request *request, unsigned int status, const char *type,
                    struct bw_text body)
{
    if (request->is_dropped) {
        free(request);
        return;
    }
    request->response = response_of(type, body);
    request->status = status;
    if (!request->is_suspended)
        return;
    request->is_suspended = false;
    MHD_resume_connection(request->connection);
    (void)uv_timer_start(&request->server->timer, run_soon, 0, 0);
}

const char *bw_http_query(struct bw_http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* A page from elsewhere must not get at us through a name that leads to loopback. */
static bool is_host_good(const struct bw_http_server *server, struct MHD_Connection *connection)
{
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);

    if (!server->is_loopback || host == NULL)
        return true;
    const struct bw_text text = bw_text_of(host);
    return bw_text_starts_with(text, BW_TEXT("127.")) ||
           bw_text_starts_with(text, BW_TEXT("[::1]")) ||
           bw_text_starts_with(text, BW_TEXT("localhost"));
}

static const struct bw_http_route *find_route(const struct bw_http_server *server, const char *path)
{
    for (size_t i = 0; i < server->options.route_count; i++)
        if (strcmp(server->options.routes[i].path, path) == 0)
            return &server->options.routes[i];
    return NULL;
}

static void answer_not_found(struct bw_http_request *request)
{
    const struct bw_http_options *options = &request->server->options;
    char text[512] = "There is nothing here. Valid paths are:\n";
    size_t size = strlen(text);

    for (size_t i = 0; i < options->route_count && size < sizeof(text); i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%s\n", options->routes[i].path);
    bw_http_answer(request, MHD_HTTP_NOT_FOUND, "text/plain; charset=utf-8", bw_text_of(text));
}

/* What is asked for the first time: its route answers it, at once or later. */
static void ask(struct bw_http_request *request, const char *path, const char *method)
{
    static const char text_type[] = "text/plain; charset=utf-8";
    const struct bw_http_route *route = find_route(request->server, path);

    request->is_asked = true;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        bw_http_answer(request, MHD_HTTP_METHOD_NOT_ALLOWED, text_type,
                       BW_TEXT("Only GET and HEAD are understood.\n"));
    else if (!is_host_good(request->server, request->connection))
        bw_http_answer(request, MHD_HTTP_FORBIDDEN, text_type,
                       BW_TEXT("This Host is not served here.\n"));
    else if (route == NULL)
        answer_not_found(request);
    else
        route->answer(request->server->options.context, request);
}

/* NOLINTNEXTLINE(readability-function-size): these are libmicrohttpd's parameters */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    struct bw_http_request *request = *state;

    (void)version;
    (void)upload;
    if (request == NULL) {
        request = calloc(1, sizeof(*request));
        if (request == NULL)
            return MHD_NO;
        *request = (struct bw_http_request){.server = context, .connection = connection};
        *state = request;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0; /* a body is nothing to us */
        return MHD_YES;
    }
    BW_ASSERT(!request->is_dropped);
    if (!request->is_asked)
        ask(request, path, method);
    if (request->response == NULL) {
        request->is_suspended = true;
        MHD_suspend_connection(connection);
        return MHD_YES;
    }
    return MHD_queue_response(connection, request->status, request->response);
}

static void completed(void *context, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode code)
{
    struct bw_http_request *request = *state;

    (void)context;
    (void)connection;
    (void)code;
    *state = NULL;
    if (request == NULL)
        return;
    const bool is_pending = request->is_asked && request->response == NULL;
    if (request->response != NULL)
        MHD_destroy_response(request->response);
    request->is_dropped = true;
    if (!is_pending) /* otherwise whoever answers frees it */
        free(request);
}

static void run(struct bw_http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;

    if (server->daemon == NULL)
        return;
    (void)MHD_run(server->daemon);
    if (MHD_get_timeout(server->daemon, &wait_ms) == MHD_YES)
        (void)uv_timer_start(&server->timer, run_soon, wait_ms, 0);
    else
        (void)uv_timer_stop(&server->timer);
}

static void readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

static bool listen_on(struct bw_http_server *server, const struct sockaddr *address, socklen_t size)
{
    const int on = 1;

    server->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->fd < 0)
        return false;
    (void)setsockopt(server->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    return bind(server->fd, address, size) == 0 && listen(server->fd, (int)CONNECTIONS_MAX) == 0;
}

static enum bw_status open_unix(struct bw_http_server *server, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (path[0] == '\0' || strlen(path) >= sizeof(address.sun_path))
        return BW_ERR_USAGE;
    (void)memcpy(address.sun_path, path, strlen(path));
    server->unix_path = strdup(path);
    if (server->unix_path == NULL)
        return BW_ERR_NO_MEMORY;
    (void)unlink(path); /* the state directory's lock says that nobody else is here */
    if (!listen_on(server, (const struct sockaddr *)&address, sizeof(address)))
        return BW_ERR_IO;
    (void)chmod(path, UNIX_MODE);
    return BW_OK;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >>
                24U) == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static enum bw_status open_port(struct bw_http_server *server, const char *text)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    const char *colon = strrchr(text, ':');
    struct addrinfo *found = NULL;

    if (colon == NULL || colon == text || colon[1] == '\0')
        return BW_ERR_USAGE;
    const bool is_bracketed = text[0] == '[' && colon[-1] == ']';
    char *host = is_bracketed ? strndup(text + 1, (size_t)(colon - text) - 2)
                              : strndup(text, (size_t)(colon - text));
    if (host == NULL)
        return BW_ERR_NO_MEMORY;
    const char *name = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    const int failure = getaddrinfo(name, colon + 1, &hints, &found);
    free(host);
    if (failure != 0 || found == NULL)
        return BW_ERR_USAGE;
    server->is_loopback = is_loopback(found->ai_addr);
    const bool is_good = listen_on(server, found->ai_addr, found->ai_addrlen);
    const int error = errno;
    freeaddrinfo(found);
    errno = error;
    return is_good ? BW_OK : BW_ERR_IO;
}

static bool start(struct bw_http_server *server)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, server,
        MHD_OPTION_LISTEN_SOCKET, server->fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        CONNECTION_S, MHD_OPTION_NOTIFY_COMPLETED, completed, server, MHD_OPTION_END);
    if (server->daemon == NULL)
        return false;
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || uv_poll_init(server->options.loop, &server->poll, info->epoll_fd) != 0)
        return false;
    (void)uv_timer_init(server->options.loop, &server->timer);
    server->poll.data = server->timer.data = server;
    server->open_handles = 2;
    return uv_poll_start(&server->poll, UV_READABLE, readable) == 0;
}

static void free_server(struct bw_http_server *server)
{
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon); /* closes the socket, too */
    else if (server->fd >= 0)
        (void)close(server->fd);
    if (server->unix_path != NULL)
        (void)unlink(server->unix_path);
    free(server->unix_path);
    free(server);
}

static void closed(uv_handle_t *handle)
{
    struct bw_http_server *server = handle->data;

    if (--server->open_handles == 0)
        free_server(server);
}

enum bw_status bw_http_server_open(struct bw_http_server **opened,
                                   const struct bw_http_options *options,
                                   struct bw_problem *problem)
{
    struct bw_http_server *server = calloc(1, sizeof(*server));

    if (server == NULL)
        return BW_ERR_NO_MEMORY;
    server->fd = -1;
    server->options = *options;
    enum bw_status status = strncmp(options->address, "unix:", 5) == 0
                                ? open_unix(server, options->address + 5)
                                : open_port(server, options->address);
    if (status == BW_OK && !start(server))
        status = BW_ERR_IO;
    if (status == BW_ERR_USAGE)
        bw_problem_set(problem, "", 0,
                       "http: \"%s\" is no address; write 127.0.0.1:9464, [::1]:9464 or unix:PATH",
                       options->address);
    else if (status == BW_ERR_IO)
        bw_problem_set(problem, "", 0, "http: %s cannot be had: %s; choose another with --http",
                       options->address, strerrordesc_np(errno));
    if (status == BW_OK) {
        *opened = server;
        return BW_OK;
    }
    if (server->open_handles > 0)
        bw_http_server_close(&server);
    else
        free_server(server);
    return status;
}

/* Whoever waits for an answer must not wait any longer. */
void bw_http_server_close(struct bw_http_server **owned)
{
    struct bw_http_server *server = *owned;

    *owned = NULL;
    if (server == NULL)
        return;
    uv_close((uv_handle_t *)&server->poll, closed);
    uv_close((uv_handle_t *)&server->timer, closed);
}
