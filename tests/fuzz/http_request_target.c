/*
 * Bytes for the HTTP server, on a real unix socket: it answers with HTTP or closes, and goes on.
 */
#include "fuzz_target.h"
#include "serve/http_server.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TURNS_MAX 2000

static uv_loop_t loop;
static char path[64];

static void answer(void *context, struct bw_http_request *request)
{
    const char *top = bw_http_query(request, "top");

    (void)context;
    bw_http_answer(request, 200, "text/plain", bw_text_of(top == NULL ? "well\n" : top));
}

static void start_server(void)
{
    static const struct bw_http_route routes[] = {{"/metrics", answer}, {"/api/v1/zones", answer}};
    static char address[80];
    struct bw_http_server *server = NULL;
    struct bw_problem problem;

    (void)snprintf(path, sizeof(path), "/tmp/bw-fuzz-http-%d", getpid());
    (void)snprintf(address, sizeof(address), "unix:%s", path);
    const struct bw_http_options options = {
        .loop = &loop, .address = address, .routes = routes, .route_count = 2};
    BW_ASSERT(uv_loop_init(&loop) == 0);
    BW_ASSERT(bw_http_server_open(&server, &options, &problem) == BW_OK);
}

static int connect_to_server(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    BW_ASSERT(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_started;
    char reply[16384];
    size_t got = 0;
    ssize_t part = -1;

    if (!is_started)
        start_server();
    is_started = true;
    const int fd = connect_to_server();
    if (size > 0 && send(fd, data, size, MSG_NOSIGNAL) < 0)
        BW_ASSERT(false);
    (void)shutdown(fd, SHUT_WR);
    for (int turn = 0; turn < TURNS_MAX && part != 0; turn++) {
        (void)uv_run(&loop, UV_RUN_NOWAIT);
        part = recv(fd, reply + got, sizeof(reply) - got, MSG_DONTWAIT);
        got += part > 0 ? (size_t)part : 0;
        if (got == sizeof(reply))
            got = 5; /* the beginning stays */
    }
    BW_ASSERT(got == 0 || (got >= 5 && memcmp(reply, "HTTP/", 5) == 0));
    (void)close(fd);
    return 0;
}
