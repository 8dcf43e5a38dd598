/*
 * Events on their way out, with real files, programs and receivers.
 */
#include "base/byte_writer.h"
#include "emit/dispatcher.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1777627000000)

struct fixture {
    uv_loop_t loop;
    char directory[64];
    char path[128];
    struct bw_dispatcher *dispatcher;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    *state = &fixture;
    (void)snprintf(fixture.directory, sizeof(fixture.directory), "/tmp/bw-emit-XXXXXX");
    if (uv_loop_init(&fixture.loop) != 0 || mkdtemp(fixture.directory) == NULL)
        return -1;
    (void)snprintf(fixture.path, sizeof(fixture.path), "%s/events", fixture.directory);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    bw_dispatcher_destroy(&fixture->dispatcher);
    (void)uv_run(&fixture->loop, UV_RUN_DEFAULT);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", fixture->directory);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    return uv_loop_close(&fixture->loop) == 0 && system(command) == 0 ? 0 : -1;
}

static struct bw_dispatcher_sink sink_to(const char *name, const char *to)
{
    return (struct bw_dispatcher_sink){.name = name,
                                       .to = to,
                                       .min_zone = BW_ZONE_WARNING,
                                       .has_zones = true,
                                       .has_blocks = true,
                                       .has_notices = true};
}

static void open_dispatcher(struct fixture *fixture, const struct bw_dispatcher_sink *sinks,
                            size_t count)
{
    static const char *const muted[] = {"quiet.example", "*.test.example"};
    const struct bw_dispatcher_options options = {.loop = &fixture->loop,
                                                  .sinks = sinks,
                                                  .sink_count = count,
                                                  .muted = muted,
                                                  .muted_count = 2,
                                                  .remind_s = 3600,
                                                  .version = "test"};
    struct bw_problem problem = {.message = ""};

    if (bw_dispatcher_create(&fixture->dispatcher, &options, &problem) != BW_OK)
        fail_msg("%s", problem.message);
}

static void take(struct fixture *fixture, const char *key, enum bw_zone zone, uint64_t id)
{
    const struct bw_event event = {
        .type = BW_EVENT_ZONE,
        .scope = BW_SCOPE_RECIPIENT_DOMAIN,
        .key = (char *)(uintptr_t)key,
        .time_ms = NOW,
        .window_s = 3600,
        .zone = (uint8_t)zone,
        .previous = zone == BW_ZONE_ACCEPTABLE ? BW_ZONE_WARNING : BW_ZONE_ACCEPTABLE,
        .id = id,
    };

    bw_dispatcher_take(fixture->dispatcher, &event);
}

/* Lines of the file, and whether the last holds a text. */
static size_t count_lines(const struct fixture *fixture, const char *text, bool *has_text)
{
    char line[4096];
    size_t count = 0;
    FILE *file = fopen(fixture->path, "r");

    *has_text = false;
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        count++;
        *has_text = strstr(line, text) != NULL;
    }
    if (file != NULL)
        assert_int_equal(fclose(file), 0);
    return count;
}

static struct bw_dispatcher_row row_of(const struct fixture *fixture, size_t index)
{
    struct bw_dispatcher_row row;

    assert_true(bw_dispatcher_row(fixture->dispatcher, index, &row));
    return row;
}

/* Let the loop turn until the sink has this many good answers, or a while has passed. */
static void wait_for(struct fixture *fixture, size_t sink, uint64_t sent)
{
    for (int i = 0; i < 500 && row_of(fixture, sink).sent < sent; i++) {
        bw_dispatcher_send(fixture->dispatcher, NOW + i * INT64_C(10));
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        (void)usleep(10000);
    }
    assert_int_equal(row_of(fixture, sink).sent, sent);
}

static void tells_each_event_once_and_nothing_that_is_muted(void **state)
{
    struct fixture *fixture = *state;
    const struct bw_dispatcher_sink sink = sink_to("file", fixture->path);
    bool has_text;

    open_dispatcher(fixture, &sink, 1);
    take(fixture, "a.example", BW_ZONE_WARNING, 1);
    take(fixture, "a.example", BW_ZONE_WARNING, 1);
    take(fixture, "quiet.example", BW_ZONE_BLOCKING, 2);
    take(fixture, "x.test.example", BW_ZONE_BLOCKING, 3);
    take(fixture, "b.example", BW_ZONE_BLOCKING, 4);
    bw_dispatcher_send(fixture->dispatcher, NOW);
    assert_int_equal(count_lines(fixture, "b.example", &has_text), 2);
    assert_true(has_text);
    assert_true(bw_dispatcher_is_idle(fixture->dispatcher));
    /* The muted ones can be looked at all the same. */
    assert_true(bw_dispatcher_recent(fixture->dispatcher, 3).size > 0);
    assert_int_equal(bw_dispatcher_recent(fixture->dispatcher, 4).size, 0);
}

static void reminds_of_what_is_open_until_it_is_well(void **state)
{
    struct fixture *fixture = *state;
    const struct bw_dispatcher_sink sink = sink_to("file", fixture->path);
    bool has_text;

    open_dispatcher(fixture, &sink, 1);
    take(fixture, "a.example", BW_ZONE_WARNING, 1);
    bw_dispatcher_send(fixture->dispatcher, NOW);
    bw_dispatcher_send(fixture->dispatcher, NOW + 3599999);
    assert_int_equal(count_lines(fixture, "reminder", &has_text), 1);
    bw_dispatcher_send(fixture->dispatcher, NOW + 3600000);
    assert_int_equal(count_lines(fixture, "\"reminder\":true}", &has_text), 2);
    assert_true(has_text);
    take(fixture, "a.example", BW_ZONE_ACCEPTABLE, 2);
    bw_dispatcher_send(fixture->dispatcher, NOW + 9000000);
    assert_int_equal(count_lines(fixture, "reminder", &has_text), 3);
    assert_false(has_text);
}

static void a_dead_sink_holds_up_nobody_and_gets_it_later(void **state)
{
    struct fixture *fixture = *state;
    char dead[160];
    (void)snprintf(dead, sizeof(dead), "%s/none/events", fixture->directory);
    const struct bw_dispatcher_sink sinks[] = {sink_to("dead", dead),
                                               sink_to("file", fixture->path)};
    bool has_text;

    open_dispatcher(fixture, sinks, 2);
    for (uint64_t id = 1; id <= 5; id++)
        take(fixture, "a.example", BW_ZONE_WARNING, id);
    bw_dispatcher_send(fixture->dispatcher, NOW);
    assert_int_equal(count_lines(fixture, "a.example", &has_text), 5);
    assert_int_equal(row_of(fixture, 0).queued, 5);
    assert_int_equal(row_of(fixture, 0).failed, 1);
    assert_non_null(row_of(fixture, 0).fault);
    bw_dispatcher_send(fixture->dispatcher, NOW + 500); /* too soon to try again */
    assert_int_equal(row_of(fixture, 0).failed, 1);
    (void)snprintf(dead, sizeof(dead), "%s/none", fixture->directory);
    assert_int_equal(mkdir(dead, 0700), 0);
    bw_dispatcher_send(fixture->dispatcher, NOW + 60000);
    assert_int_equal(row_of(fixture, 0).sent, 5);
    assert_null(row_of(fixture, 0).fault);
}

static void what_waits_is_known_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    char dead[160];
    (void)snprintf(dead, sizeof(dead), "%s/none/events", fixture->directory);
    const struct bw_dispatcher_sink sinks[] = {sink_to("dead", dead),
                                               sink_to("file", fixture->path)};
    struct bw_byte_writer writer = {0};
    bool has_text;

    open_dispatcher(fixture, sinks, 2);
    take(fixture, "a.example", BW_ZONE_WARNING, 1);
    bw_dispatcher_send(fixture->dispatcher, NOW);
    take(fixture, "b.example", BW_ZONE_WARNING, 2);
    bw_dispatcher_save(fixture->dispatcher, &writer);
    bw_dispatcher_destroy(&fixture->dispatcher);

    const struct bw_text saved = bw_test_exact_copy(bw_byte_writer_text(&writer));
    open_dispatcher(fixture, sinks, 2);
    for (size_t size = 0; size < saved.size; size += 5) {
        const struct bw_text cut = bw_test_exact_copy(bw_text_head(saved, size));
        assert_int_equal(bw_dispatcher_load(fixture->dispatcher, cut), BW_ERR_FORMAT);
        bw_test_exact_free(cut);
    }
    assert_int_equal(bw_dispatcher_load(fixture->dispatcher, saved), BW_OK);
    take(fixture, "a.example", BW_ZONE_WARNING, 1); /* again: the log was read again */
    take(fixture, "b.example", BW_ZONE_WARNING, 2);
    bw_dispatcher_send(fixture->dispatcher, NOW + 1);
    assert_int_equal(count_lines(fixture, "b.example", &has_text), 2);
    assert_true(has_text);
    assert_int_equal(row_of(fixture, 0).queued, 2);
    bw_test_exact_free(saved);
    bw_byte_writer_deinit(&writer);
}

/* Step by step, one that is given the changes knows what the one that made them does. */
static void changes_add_up_to_the_whole(void **state)
{
    struct fixture *fixture = *state;
    char dead[160];
    (void)snprintf(dead, sizeof(dead), "%s/none/events", fixture->directory);
    const struct bw_dispatcher_sink sinks[] = {sink_to("dead", dead),
                                               sink_to("file", fixture->path)};
    static const struct {
        const char *key;
        enum bw_zone zone;
        int64_t passed_ms;
    } steps[] = {
        {"a.example", BW_ZONE_WARNING, 0},     {"quiet.example", BW_ZONE_WARNING, 1},
        {"b.example", BW_ZONE_BLOCKING, 2},    {NULL, 0, 3700000},
        {"a.example", BW_ZONE_ACCEPTABLE, 10}, {NULL, 0, 3700000},
        {"c.example", BW_ZONE_WARNING, 20},
    };
    struct bw_dispatcher *other = NULL;
    int64_t now_ms = NOW;

    open_dispatcher(fixture, sinks, 2);
    other = fixture->dispatcher;
    open_dispatcher(fixture, sinks, 2);
    bw_dispatcher_send(fixture->dispatcher, now_ms);
    bw_dispatcher_send(other, now_ms);
    assert_int_equal(bw_dispatcher_changes(fixture->dispatcher).size, 0);
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        struct bw_byte_writer mine = {0};
        struct bw_byte_writer its = {0};

        now_ms += steps[i].passed_ms;
        if (steps[i].key != NULL)
            take(fixture, steps[i].key, steps[i].zone, i + 1);
        bw_dispatcher_send(fixture->dispatcher, now_ms);
        const struct bw_text changes =
            bw_test_exact_copy(bw_dispatcher_changes(fixture->dispatcher));
        assert_true(changes.size > 0);
        bw_dispatcher_keep_changes(fixture->dispatcher);
        assert_int_equal(bw_dispatcher_changes(fixture->dispatcher).size, 0);
        assert_int_equal(bw_dispatcher_load(other, changes), BW_OK);
        bw_test_exact_free(changes);
        bw_dispatcher_save(fixture->dispatcher, &mine);
        bw_dispatcher_save(other, &its);
        assert_int_equal(mine.size, its.size);
        assert_memory_equal(mine.bytes, its.bytes, mine.size);
        bw_byte_writer_deinit(&mine);
        bw_byte_writer_deinit(&its);
    }
    assert_true(row_of(fixture, 1).sent >= 5);
    bw_dispatcher_destroy(&other);
}

/* When nothing could be written for long, all of it is written once. */
static void too_many_changes_become_the_whole(void **state)
{
    struct fixture *fixture = *state;
    const struct bw_dispatcher_sink sink = sink_to("dead", "/nowhere/at/all");
    struct bw_byte_writer whole = {0};
    char key[32];

    open_dispatcher(fixture, &sink, 1);
    for (uint64_t id = 1; id <= 30000; id++) {
        (void)snprintf(key, sizeof(key), "%lu.example", (unsigned long)id);
        take(fixture, key, BW_ZONE_WARNING, id);
    }
    const struct bw_text changes = bw_dispatcher_changes(fixture->dispatcher);
    bw_dispatcher_save(fixture->dispatcher, &whole);
    assert_int_equal(changes.size, whole.size);
    assert_memory_equal(changes.bytes, whole.bytes, whole.size);
    bw_byte_writer_deinit(&whole);
}

static void a_full_queue_lets_the_least_go_and_counts(void **state)
{
    struct fixture *fixture = *state;
    const struct bw_dispatcher_sink sink = sink_to("dead", "/nowhere/at/all");

    open_dispatcher(fixture, &sink, 1);
    for (uint64_t id = 1; id <= 1100; id++)
        take(fixture, "a.example", BW_ZONE_WARNING, id);
    assert_int_equal(row_of(fixture, 0).queued, 1000);
    assert_int_equal(row_of(fixture, 0).dropped, 100);
}

static void runs_a_program_with_the_event_on_its_standard_input(void **state)
{
    struct fixture *fixture = *state;
    char script[96];
    char to[240];
    bool has_text;

    (void)snprintf(script, sizeof(script), "%s/take", fixture->directory);
    FILE *file = fopen(script, "w");
    assert_non_null(file);
    (void)fprintf(file, "#!/bin/sh\ncat >>\"$1\"\n");
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(script, 0700), 0);
    (void)snprintf(to, sizeof(to), "exec:%s %s", script, fixture->path);
    const struct bw_dispatcher_sink sink = sink_to("exec", to);
    open_dispatcher(fixture, &sink, 1);
    take(fixture, "a.example", BW_ZONE_WARNING, 1);
    take(fixture, "b.example", BW_ZONE_BLOCKING, 2);
    wait_for(fixture, 0, 2);
    assert_int_equal(count_lines(fixture, "b.example", &has_text), 2);
    assert_true(has_text);
}

static void a_program_that_fails_is_refused_and_told(void **state)
{
    struct fixture *fixture = *state;
    const struct bw_dispatcher_sink sinks[] = {sink_to("false", "exec:/bin/false"),
                                               sink_to("none", "exec:/no/such/program")};

    open_dispatcher(fixture, sinks, 2);
    take(fixture, "a.example", BW_ZONE_WARNING, 1);
    for (int i = 0; i < 300 && row_of(fixture, 0).refused + row_of(fixture, 1).failed < 2; i++) {
        bw_dispatcher_send(fixture->dispatcher, NOW);
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        (void)usleep(10000);
    }
    assert_int_equal(row_of(fixture, 0).refused, 1);
    assert_non_null(strstr(row_of(fixture, 0).fault, "exit status 1"));
    assert_int_equal(row_of(fixture, 1).failed, 1);
    assert_int_equal(row_of(fixture, 1).queued, 1);
}

static void writes_to_the_local_log(void **state)
{
    struct fixture *fixture = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char to[160];
    char text[4096];

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/log", fixture->directory);
    (void)snprintf(to, sizeof(to), "syslog:%s", address.sun_path);
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    const struct bw_dispatcher_sink sink = sink_to("log", to);
    open_dispatcher(fixture, &sink, 1);
    take(fixture, "a.example", BW_ZONE_BLOCKING, 1);
    bw_dispatcher_send(fixture->dispatcher, NOW);
    const ssize_t size = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
    assert_true(size > 0);
    text[size] = '\0';
    /* Facility mail, severity alert: 2 * 8 + 1. */
    assert_ptr_equal(strstr(text, "<17>1 2026-05-01T"), text);
    assert_non_null(strstr(text, "a.example"));
    assert_int_equal(close(fd), 0);
}

#if defined(BW_HAS_CURL)

/* A receiver in a process of its own: answers each request with the next status; "hang": never. */
static pid_t start_receiver(const char *const *answers, size_t count, uint16_t *port,
                            const char *log)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    const pid_t child = fork();
    if (child != 0) {
        (void)close(fd);
        return child;
    }
    for (size_t i = 0; i < count; i++) {
        char request[8192];
        size_t got = 0;
        const int peer = accept(fd, NULL, NULL);
        ssize_t part;
        while ((part = recv(peer, request + got, sizeof(request) - 1 - got, 0)) > 0) {
            got += (size_t)part;
            request[got] = '\0';
            const char *body = strstr(request, "\r\n\r\n");
            if (body != NULL && strchr(body, '}') != NULL && request[got - 1] == '}')
                break;
        }
        FILE *file = fopen(log, "a");
        (void)fprintf(file, "%s\n====\n", request);
        (void)fclose(file);
        if (send(peer, answers[i], strlen(answers[i]), 0) < 0)
            _exit(1);
        (void)close(peer);
    }
    _exit(0);
}

static void posts_signs_and_tries_again(void **state)
{
    struct fixture *fixture = *state;
    static const char *const answers[] = {
        "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 204 Taken\r\n\r\n",
        "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n",
    };
    char to[64];
    char text[30000];
    uint16_t port;

    const pid_t receiver = start_receiver(answers, 3, &port, fixture->path);
    (void)snprintf(to, sizeof(to), "http://127.0.0.1:%u/hook", port);
    struct bw_dispatcher_sink sink = sink_to("hook", to);
    sink.secret = "key";
    open_dispatcher(fixture, &sink, 1);
    take(fixture, "a.example", BW_ZONE_WARNING, 0x0123456789ABCDEF);
    wait_for(fixture, 0, 1);
    assert_int_equal(row_of(fixture, 0).failed, 1);
    take(fixture, "b.example", BW_ZONE_WARNING, 2);
    for (int i = 0; i < 300 && row_of(fixture, 0).refused == 0; i++) {
        bw_dispatcher_send(fixture->dispatcher, NOW + 60000);
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        (void)usleep(10000);
    }
    assert_int_equal(row_of(fixture, 0).refused, 1);
    assert_non_null(strstr(row_of(fixture, 0).fault, "400"));
    assert_int_equal(row_of(fixture, 0).queued, 0);
    assert_true(waitpid(receiver, NULL, 0) == receiver);
    FILE *file = fopen(fixture->path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(text, "POST /hook HTTP/1.1"));
    assert_non_null(strstr(text, "Content-Type: application/json"));
    assert_non_null(strstr(text, "Idempotency-Key: 0123456789abcdef"));
    assert_non_null(strstr(text, "X-Bouncewatch-Signature: sha256="));
    assert_non_null(strstr(text, "\"key\":\"a.example\""));
}

#endif

static void says_what_is_no_place_for_events(void **state)
{
    struct fixture *fixture = *state;
    static const char *const wrong[] = {"", "ftp://example.com", "events", "exec:relative"};

    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        const struct bw_dispatcher_sink sink = sink_to("wrong", wrong[i]);
        const struct bw_dispatcher_options options = {
            .loop = &fixture->loop, .sinks = &sink, .sink_count = 1, .version = "test"};
        struct bw_problem problem = {.message = ""};
        assert_int_equal(bw_dispatcher_create(&fixture->dispatcher, &options, &problem),
                         BW_ERR_USAGE);
        assert_non_null(strstr(problem.message, "is no place for events"));
    }
}

static void a_new_file_that_cannot_be_written_is_found_and_an_old_one_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    char closed[160];
    struct bw_problem problem = {.message = ""};

    (void)snprintf(closed, sizeof(closed), "%s/none/events", fixture->directory);
    const struct bw_dispatcher_sink both[] = {sink_to("good", fixture->path),
                                              sink_to("closed", closed)};
    open_dispatcher(fixture, both, 1);
    struct bw_dispatcher *known = fixture->dispatcher;
    open_dispatcher(fixture, both, 2);
    assert_int_equal(bw_dispatcher_probe(known, fixture->dispatcher, &problem), BW_OK);
    assert_int_equal(bw_dispatcher_probe(fixture->dispatcher, fixture->dispatcher, &problem),
                     BW_OK);
    assert_int_equal(access(fixture->path, F_OK), -1);
    assert_int_equal(bw_dispatcher_probe(fixture->dispatcher, known, &problem), BW_ERR_IO);
    assert_non_null(strstr(problem.message, closed));
    assert_non_null(strstr(problem.message, "No such file or directory"));
    bw_dispatcher_destroy(&known);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    { cmocka_unit_test_setup_teardown(tells_each_event_once_and_nothing_that_is_muted, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(reminds_of_what_is_open_until_it_is_well, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_dead_sink_holds_up_nobody_and_gets_it_later, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(what_waits_is_known_after_a_restart, set_up, tear_down),
      cmocka_unit_test_setup_teardown(changes_add_up_to_the_whole, set_up, tear_down),
      cmocka_unit_test_setup_teardown(too_many_changes_become_the_whole, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_full_queue_lets_the_least_go_and_counts, set_up, tear_down),
      cmocka_unit_test_setup_teardown(runs_a_program_with_the_event_on_its_standard_input, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(a_program_that_fails_is_refused_and_told, set_up, tear_down),
      cmocka_unit_test_setup_teardown(writes_to_the_local_log, set_up, tear_down),
#if defined(BW_HAS_CURL)
      cmocka_unit_test_setup_teardown(posts_signs_and_tries_again, set_up, tear_down),
#endif
      cmocka_unit_test_setup_teardown(says_what_is_no_place_for_events, set_up, tear_down),
      cmocka_unit_test_setup_teardown(
          a_new_file_that_cannot_be_written_is_found_and_an_old_one_is_left_alone, set_up,
          tear_down),
    };

    /* As in the daemon: a program may leave without reading what it is given. */
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("emit/dispatcher", tests, NULL, NULL);
}
