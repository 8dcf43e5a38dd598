#include "listening.h"
#include "read/listener.h"
#include "read/socket_holder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

/* ---- a clean handover within one process ---- */

struct place {
    char directory[64], holder_path[80], url[128], file[80];
    struct bw_socket_holder *holder;
};

static struct bw_socket_holder *connected(const char *path)
{
    struct bw_problem problem = {.message = ""};
    struct bw_socket_holder *holder = NULL;

    if (bw_socket_holder_connect(&holder, path, &problem) != BW_OK)
        fail_msg("%s", problem.message);
    return holder;
}

static struct place started(void)
{
    const struct bw_socket_holder_options options = {.hold_s = 60};
    struct place place = {.directory = "/tmp/bw-held-XXXXXX"};

    assert_non_null(mkdtemp(place.directory));
    (void)snprintf(place.holder_path, sizeof(place.holder_path), "%s/holder", place.directory);
    (void)snprintf(place.file, sizeof(place.file), "%s/log", place.directory);
    assert_int_equal(bw_socket_holder_start(place.holder_path, &options, NULL), BW_OK);
    place.holder = connected(place.holder_path);
    return place;
}

static void ended(struct place *place)
{
    bw_socket_holder_goodbye(&place->holder);
    assert_int_equal(rmdir(place->directory), 0);
}

static uint64_t committed;

static uint64_t committed_of(uint32_t id, uint64_t connection, void *context)
{
    (void)id;
    (void)connection;
    (void)context;
    return committed;
}

static struct listening *listening_held(struct place *place, const char *url)
{
    struct listening *at = listening_new();

    at->options.holder = place->holder;
    at->options.callbacks.committed_of = committed_of;
    listening_start(at, url);
    return at;
}

/* As if the daemon had died: nothing is released, and the next takes over. */
static void die(struct place *place, struct listening *at)
{
    bw_listener_leave(&at->listener);
    listening_free(at);
    bw_socket_holder_close(&place->holder);
}

static void hands_a_udp_socket_over_with_its_queue_and_its_drops(void **state)
{
    static char line[300];
    struct place place = started();
    struct listening *at = listening_held(&place, "udp://127.0.0.1:0?rcvbuf=64K");
    const uint16_t port = bw_listener_port(at->listener);
    const int fd = sender_port(SOCK_DGRAM, port);
    uint64_t sent = 0;
    (void)state;

    for (; sent < 2000; sent++)
        assert_int_equal(send(fd, line, sizeof(line), 0), sizeof(line));
    listening_for_ms(at, 20);
    bw_listener_count_drops(at->listener);
    const uint64_t taken = at->datagrams;
    const uint64_t known = listening_counts(at)->kernel_drops_seen;
    assert_true(known > 0);
    assert_int_equal(taken + known, 2000);
    die(&place, at);

    for (; sent < 4000; sent++) /* nobody is there */
        assert_int_equal(send(fd, line, sizeof(line), 0), sizeof(line));
    place.holder = connected(place.holder_path);
    at = listening_new();
    at->options.holder = place.holder;
    at->options.kernel_drops_known = known;
    listening_start(at, "udp://127.0.0.1:0?rcvbuf=64K");
    assert_int_equal(bw_listener_port(at->listener), port);
    listening_for_ms(at, 20);
    bw_listener_count_drops(at->listener);
    assert_true(at->datagrams > 0);
    assert_int_equal(at->datagrams + listening_counts(at)->kernel_drops, 2000);
    (void)close(fd);
    listening_free(at);
    ended(&place);
}

/* Each state of a connection that a kill can leave behind, by the transport. */
static void resumes_connections_at_the_byte_where_the_journal_is(void **state)
{
    static const struct {
        const char *why;
        uint64_t committed;
        const char *expected;
        bool is_closed;
    } cases[] = {
        {"nothing pending", 8, "three\nfour\n", false},
        {"nothing pending, and the sender has closed", 8, "three\nfour\n", true},
        {"the journal is behind: what was consumed cannot come back", 4, "three\nfour\n", false},
    };
    (void)state;

    for (size_t i = 0; i < 2 * ARRAY_COUNT(cases); i++) {
        const size_t at_case = i / 2;
        struct place place = started();
        char url[128] = "tcp://127.0.0.1:0";
        if (i % 2 == 1)
            (void)snprintf(url, sizeof(url), "unix:%s", place.file);
        struct listening *at = listening_held(&place, url);
        const int fd = i % 2 == 0 ? sender_port(SOCK_STREAM, bw_listener_port(at->listener))
                                  : sender_path(SOCK_STREAM, place.file);
        sender_send(fd, "one\ntwo\nthr");
        listening_until(at, &listening_counts(at)->stream_bytes, 8);
        die(&place, at);
        sender_send(fd, "ee\nfour\n");
        if (cases[at_case].is_closed)
            (void)close(fd);

        committed = cases[at_case].committed;
        place.holder = connected(place.holder_path);
        at = listening_held(&place, url);
        listening_until(at, &listening_counts(at)->stream_bytes, 11);
        assert_int_equal(listening_counts(at)->resumed, 1);
        assert_int_equal(listening_counts(at)->corrected_bytes, 0);
        if (at->text_size != 11 || memcmp(at->text, cases[at_case].expected, 11) != 0)
            fail_msg("%s, %s: %.*s", url, cases[at_case].why, (int)at->text_size, at->text);
        if (!cases[at_case].is_closed)
            (void)close(fd);
        listening_until(at, &at->closed, 1);
        listening_free(at);
        ended(&place);
    }
}

static void lets_go_of_listeners_that_are_no_longer_wanted(void **state)
{
    struct place place = started();
    struct listening *at = listening_held(&place, "tcp://127.0.0.1:0");
    const int fd = sender_port(SOCK_STREAM, bw_listener_port(at->listener));
    char byte;
    (void)state;

    listening_until(at, &at->opened, 1);
    die(&place, at);
    place.holder = connected(place.holder_path);
    assert_int_equal(bw_socket_holder_release_unclaimed(place.holder), 2);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    (void)close(fd);
    ended(&place);
}

static void makes_a_new_unix_socket_when_its_file_was_removed(void **state)
{
    struct place place = started();
    char url[128];
    (void)state;

    (void)snprintf(url, sizeof(url), "unixgram:%s", place.file);
    struct listening *at = listening_held(&place, url);
    die(&place, at);
    assert_int_equal(unlink(place.file), 0);
    place.holder = connected(place.holder_path);
    at = listening_held(&place, url);
    const int fd = sender_path(SOCK_DGRAM, place.file);
    sender_send(fd, "here");
    listening_until(at, &at->datagrams, 1);
    (void)close(fd);
    listening_free(at);
    ended(&place);
}

static void works_on_without_a_holder_that_was_killed(void **state)
{
    struct place place = started();
    struct listening *at = listening_held(&place, "tcp://127.0.0.1:0");
    (void)state;

    assert_int_equal(kill(bw_socket_holder_pid(place.holder), SIGKILL), 0);
    const int fd = sender_port(SOCK_STREAM, bw_listener_port(at->listener));
    sender_send(fd, "line\n");
    listening_until(at, &listening_counts(at)->stream_bytes, 5);
    assert_int_equal(listening_counts(at)->unheld, 1);
    (void)close(fd);
    listening_until(at, &at->closed, 1);
    listening_free(at);
    bw_socket_holder_close(&place.holder);
    (void)unlink(place.holder_path);
    assert_int_equal(rmdir(place.directory), 0);
}

/* ---- a storm of kills: a daemon process, a sender process, and the test that kills ---- */

#define SENDERS_LONG 4 /* the last of them over a unix socket */
#define SENDERS_MAX  20000
#define IDS_MAX      20000

/* Shared by the processes. */
struct storm {
    char tcp_url[64], unix_url[128], unix_path[80], journal_path[80], holder_path[80];
    volatile uint64_t sent[SENDERS_MAX]; /* lines of each sender */
    volatile uint64_t senders, lines;    /* that have begun; all lines */
    volatile uint32_t port;
    volatile uint64_t corrected, resumed, suicides, ready;
    volatile bool is_over;
    uint64_t seed;
};

static struct storm *storm;

static uint64_t random_below(uint64_t *seed, uint64_t limit)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % limit;
}

struct record {
    uint64_t connection, cumulative;
    uint32_t size, check;
};

static uint32_t check_of(const struct record *record, const char *bytes)
{
    uint32_t check = (uint32_t)(record->connection ^ record->cumulative) ^ record->size;

    for (size_t i = 0; i < record->size; i++)
        check = (check ^ (uint8_t)bytes[i]) * 16777619U;
    return check;
}

struct daemon {
    uint64_t seed;
    int journal;
    struct {
        uint64_t connection, cumulative;
    } known[IDS_MAX]; /* an open hash table */
    char bytes[sizeof(struct record) + (size_t)300 * 1024];
};

static uint64_t *count_of(struct daemon *daemon, uint64_t connection)
{
    size_t at = connection % IDS_MAX;

    while (daemon->known[at].connection != 0 && daemon->known[at].connection != connection)
        at = (at + 1) % IDS_MAX;
    daemon->known[at].connection = connection;
    return &daemon->known[at].cumulative;
}

/* Calls `each` (may be NULL) for whole records; returns the size of the file up to the last. */
static off_t read_journal(int fd, struct daemon *daemon,
                          void (*each)(const struct record *record, const char *bytes))
{
    struct record record;
    off_t at = 0;

    while (pread(fd, &record, sizeof(record), at) == sizeof(record)) {
        if (record.size > sizeof(daemon->bytes) ||
            pread(fd, daemon->bytes, record.size, at + (off_t)sizeof(record)) !=
                (ssize_t)record.size ||
            record.check != check_of(&record, daemon->bytes))
            break;
        if (each != NULL)
            each(&record, daemon->bytes);
        uint64_t *count = count_of(daemon, record.connection);
        if (*count + record.size != record.cumulative)
            break; /* shows as lost lines */
        *count = record.cumulative;
        at += (off_t)sizeof(record) + record.size;
    }
    return at;
}

static uint64_t daemon_committed_of(uint32_t id, uint64_t connection, void *context)
{
    (void)id;
    return *count_of(context, connection);
}

static void maybe_die(struct daemon *daemon)
{
    if (random_below(&daemon->seed, 60) == 0) {
        storm->suicides++;
        (void)raise(SIGKILL);
    }
}

static size_t daemon_on_stream(uint32_t id, const struct bw_stream_peek *peek, void *context)
{
    struct daemon *daemon = context;
    struct record record = {.connection = peek->connection};
    size_t size = peek->bytes.size;

    (void)id;
    while (size > 0 && peek->bytes.bytes[size - 1] != '\n')
        size--;
    if (size == 0)
        return 0;
    maybe_die(daemon); /* before the record */
    uint64_t *count = count_of(daemon, peek->connection);
    if (*count != peek->taken)
        _exit(3);
    record.size = (uint32_t)size;
    record.cumulative = *count + size;
    record.check = check_of(&record, peek->bytes.bytes);
    (void)memcpy(daemon->bytes, &record, sizeof(record));
    (void)memcpy(daemon->bytes + sizeof(record), peek->bytes.bytes, size);
    if (write(daemon->journal, daemon->bytes, sizeof(record) + size) !=
        (ssize_t)(sizeof(record) + size))
        _exit(4);
    *count = record.cumulative;
    maybe_die(daemon); /* behind the record, the bytes still in the queue */
    return size;
}

static bool no_datagrams(uint32_t id, const struct bw_datagram *items, size_t count, void *context)
{
    (void)id;
    (void)items;
    (void)count;
    (void)context;
    return true;
}

static void open_or_exit(struct bw_listener **listener, uv_loop_t *loop, const char *text,
                         const struct bw_listener_options *options)
{
    struct bw_problem problem = {.message = ""};
    struct bw_listen_url url;

    if (bw_listen_url_parse(&url, bw_text_of(text), &problem) != BW_OK ||
        bw_listener_open(listener, loop, &url, options, &problem) != BW_OK) {
        (void)fprintf(stderr, "daemon: %s\n", problem.message);
        _exit(5);
    }
}

static void run_daemon(uint64_t seed)
{
    struct daemon *daemon = calloc(1, sizeof(*daemon));
    struct bw_listener *tcp = NULL, *local = NULL;
    struct bw_problem problem = {.message = ""};
    struct bw_listener_options options = {.retry_ms = 5};
    uv_loop_t loop;

    if (daemon == NULL || uv_loop_init(&loop) != 0)
        _exit(6);
    daemon->seed = seed;
    daemon->journal = open(storm->journal_path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (ftruncate(daemon->journal, read_journal(daemon->journal, daemon, NULL)) != 0 ||
        bw_socket_holder_connect(&options.holder, storm->holder_path, &problem) != BW_OK) {
        (void)fprintf(stderr, "daemon: %s\n", problem.message);
        _exit(7);
    }
    options.callbacks = (struct bw_listener_callbacks){
        .on_datagrams = no_datagrams,
        .on_stream = daemon_on_stream,
        .committed_of = daemon_committed_of,
        .context = daemon,
    };
    open_or_exit(&tcp, &loop, storm->tcp_url, &options);
    open_or_exit(&local, &loop, storm->unix_url, &options);
    storm->corrected +=
        bw_listener_counts(tcp)->corrected_bytes + bw_listener_counts(local)->corrected_bytes;
    storm->resumed += bw_listener_counts(tcp)->resumed + bw_listener_counts(local)->resumed;
    if (bw_listener_counts(tcp)->unheld != 0)
        _exit(8);
    storm->port = bw_listener_port(tcp);
    storm->ready++;
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    _exit(9);
}

static void send_lines(int fd, uint64_t sender, uint64_t lines, uint64_t *seed)
{
    char text[8192];
    size_t size = 0;

    for (uint64_t i = 0; i < lines; i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, "s%lu %lu %.*s\n",
                                 (unsigned long)sender, (unsigned long)(storm->sent[sender] + i),
                                 (int)random_below(seed, 40),
                                 "to=<a@example.org>, status=deferred (busy)");
    for (size_t at = 0; at < size;) {
        const size_t part = 1 + random_below(seed, size - at);
        const ssize_t sent = send(fd, text + at, part, MSG_NOSIGNAL);
        if (sent <= 0)
            _exit(10); /* a connection was closed under the sender */
        at += (size_t)sent;
    }
    storm->sent[sender] += lines;
    storm->lines += lines;
}

static void run_sender(void)
{
    const struct timespec moment = {.tv_nsec = 200000};
    uint64_t seed = storm->seed ^ 1;
    int fds[SENDERS_LONG];

    for (int i = 0; i < SENDERS_LONG; i++)
        fds[i] = i == SENDERS_LONG - 1 ? sender_path(SOCK_STREAM, storm->unix_path)
                                       : sender_port(SOCK_STREAM, (uint16_t)storm->port);
    storm->senders = SENDERS_LONG;
    while (!storm->is_over && storm->senders < SENDERS_MAX) {
        for (int i = 0; i < SENDERS_LONG; i++)
            send_lines(fds[i], (uint64_t)i, 1 + random_below(&seed, 60), &seed);
        if (random_below(&seed, 4) == 0) { /* a short one, often accepted after a kill */
            const uint64_t sender = storm->senders++;
            const int fd = sender_port(SOCK_STREAM, (uint16_t)storm->port);
            send_lines(fd, sender, 1 + random_below(&seed, 5), &seed);
            (void)close(fd);
        }
        (void)nanosleep(&moment, NULL);
    }
    for (int i = 0; i < SENDERS_LONG; i++)
        (void)close(fds[i]);
    _exit(0);
}

static uint64_t next_line[SENDERS_MAX], lines_read, lines_wrong;

static void check_lines(const struct record *record, const char *bytes)
{
    const char *end = bytes + record->size;

    while (bytes < end) {
        char *rest = NULL;
        const uint64_t sender = *bytes == 's' ? strtoul(bytes + 1, &rest, 10) : SENDERS_MAX;
        const uint64_t number = sender < SENDERS_MAX ? strtoul(rest, &rest, 10) : 0;
        if (sender >= SENDERS_MAX || number != next_line[sender])
            lines_wrong++;
        else
            next_line[sender]++;
        lines_read++;
        bytes = (const char *)memchr(bytes, '\n', (size_t)(end - bytes)) + 1;
    }
}

static void read_all_lines(struct daemon *daemon)
{
    const int fd = open(storm->journal_path, O_RDONLY | O_CLOEXEC);

    lines_read = lines_wrong = 0;
    (void)memset(next_line, 0, sizeof(next_line));
    (void)memset(daemon, 0, sizeof(*daemon));
    if (fd >= 0)
        (void)read_journal(fd, daemon, check_lines);
    (void)close(fd);
}

/* A child that does not outlive the test, however that ends. */
static pid_t fork_child(void)
{
    const pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

static pid_t fork_daemon(uint64_t seed)
{
    const pid_t pid = fork_child();

    if (pid == 0)
        run_daemon(seed);
    return pid;
}

/* The daemon was killed, by us or by itself; anything else is a failure of it. */
static void kill_daemon(pid_t pid)
{
    int result = 0;

    (void)kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    if (!WIFSIGNALED(result) || WTERMSIG(result) != SIGKILL)
        fail_msg("the daemon ended by itself: %d (seed %lu)", WEXITSTATUS(result),
                 (unsigned long)storm->seed);
}

static void storm_of_kills(uint64_t kills, uint64_t seed)
{
    const struct bw_socket_holder_options holder = {.hold_s = 60};
    struct place place = {.directory = "/tmp/bw-storm-XXXXXX"};
    struct daemon *daemon = calloc(1, sizeof(*daemon));
    int result = 0;
    pid_t sender = -1;

    storm = mmap(NULL, sizeof(*storm), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(storm != MAP_FAILED);
    if (daemon == NULL)
        abort();
    assert_non_null(mkdtemp(place.directory));
    storm->seed = seed;
    (void)snprintf(storm->tcp_url, sizeof(storm->tcp_url), "tcp://127.0.0.1:0");
    (void)snprintf(storm->unix_path, sizeof(storm->unix_path), "%s/log", place.directory);
    (void)snprintf(storm->unix_url, sizeof(storm->unix_url), "unix:%s", storm->unix_path);
    (void)snprintf(storm->journal_path, sizeof(storm->journal_path), "%s/j", place.directory);
    (void)snprintf(storm->holder_path, sizeof(storm->holder_path), "%s/h", place.directory);
    assert_int_equal(bw_socket_holder_start(storm->holder_path, &holder, NULL), BW_OK);

    for (uint64_t i = 0; i < kills; i++) {
        const uint64_t ready = storm->ready;
        const pid_t pid = fork_daemon(random_below(&seed, UINT32_MAX));
        /* Some are killed while they start. */
        const int wait_ms = sender < 0 ? 10000 : random_below(&seed, 4) == 0 ? 0 : 200;
        for (int ms = 0; ms < wait_ms && storm->ready == ready; ms++)
            (void)usleep(1000);
        if (sender < 0 && (sender = fork_child()) == 0)
            run_sender();
        (void)usleep((useconds_t)random_below(&seed, 15000));
        kill_daemon(pid);
    }
    storm->is_over = true;
    pid_t pid = fork_daemon(1);
    bool is_sending = true;
    for (int i = 0; i < 2000; i++) { /* it may still kill itself */
        if (is_sending && waitpid(sender, &result, WNOHANG) == sender)
            is_sending = false;
        if (waitpid(pid, NULL, WNOHANG) == pid)
            pid = fork_daemon((uint64_t)i);
        read_all_lines(daemon);
        if (!is_sending && lines_read >= storm->lines)
            break;
        (void)usleep(5000);
    }
    assert_false(is_sending);
    assert_int_equal(WEXITSTATUS(result), 0);
    (void)usleep(20000); /* a doubled line would come now */
    kill_daemon(pid);
    read_all_lines(daemon);
    print_message("seed %lu: %lu kills, %lu by itself, %lu connections, %lu resumed, %lu lines, "
                  "%lu bytes corrected\n",
                  (unsigned long)storm->seed, (unsigned long)kills, (unsigned long)storm->suicides,
                  (unsigned long)storm->senders, (unsigned long)storm->resumed,
                  (unsigned long)storm->lines, (unsigned long)storm->corrected);
    for (uint64_t i = 0; i < storm->senders; i++)
        if (next_line[i] != storm->sent[i])
            fail_msg("sender %lu: %lu instead of %lu lines (seed %lu)", (unsigned long)i,
                     (unsigned long)next_line[i], (unsigned long)storm->sent[i],
                     (unsigned long)storm->seed);
    assert_int_equal(lines_wrong, 0);
    assert_int_equal(lines_read, storm->lines);
    assert_true(storm->lines > 100 && storm->resumed > 0);

    place.holder = connected(storm->holder_path);
    bw_socket_holder_goodbye(&place.holder);
    (void)unlink(storm->unix_path);
    (void)unlink(storm->journal_path);
    assert_int_equal(rmdir(place.directory), 0);
    free(daemon);
    (void)munmap(storm, sizeof(*storm));
}

/* BW_STORM_KILLS and BW_STORM_SEED ask for more, or for the same again. */
static void loses_and_doubles_nothing_in_a_storm_of_kills(void **state)
{
    const char *kills = getenv("BW_STORM_KILLS");
    const char *seed = getenv("BW_STORM_SEED");
    (void)state;

    storm_of_kills(kills != NULL ? strtoul(kills, NULL, 10) : 50,
                   seed != NULL ? strtoul(seed, NULL, 10) : (uint64_t)time(NULL) * 1000 + getpid());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_a_udp_socket_over_with_its_queue_and_its_drops),
        cmocka_unit_test(resumes_connections_at_the_byte_where_the_journal_is),
        cmocka_unit_test(lets_go_of_listeners_that_are_no_longer_wanted),
        cmocka_unit_test(makes_a_new_unix_socket_when_its_file_was_removed),
        cmocka_unit_test(works_on_without_a_holder_that_was_killed),
        cmocka_unit_test(loses_and_doubles_nothing_in_a_storm_of_kills),
    };

    return cmocka_run_group_tests_name("read/held_listener", tests, NULL, NULL);
}
