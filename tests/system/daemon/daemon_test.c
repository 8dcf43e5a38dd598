/*
 * The daemon as it is run: killed, its logs rotated in every way, its sockets flooded; and then its
 * report must count every line once.
 *
 *   daemon_test PROGRAM DIRECTORY LINES EVENTS SEED KIND
 *
 * KIND: kill, rename, copytruncate, delete, kill+rename, tcp, kill+tcp, udp, relay+kill+tcp; with
 * one-name the pattern is the name of the log and the rotated files are beside it. LINES
 * are written at some thousands a second, EVENTS things happen at random lines on the way. Exit
 * status 0: each line was counted once.
 *
 * relay: the lines go to the unix socket DIRECTORY/relay, where a log daemon takes them and sends
 * them on by TCP, to the port that BW_TEST_PORT names. It may start when there is a file
 * DIRECTORY/ready.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LATE_LINES     40 /* through the old descriptor of a log that was renamed */
#define LINES_A_SECOND 4000
#define SETTLE_MS      4000

struct scene {
    const char *program, *kind;
    char log[200], state[200], pattern[200], events[200], url[64];
    uint32_t random;
    pid_t daemon;
    int writer, old_writer, rotated, late;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void pause_ms(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    (void)nanosleep(&pause, NULL);
}

static uint32_t next_random(struct scene *scene)
{
    scene->random = scene->random * 1103515245U + 12345U;
    return scene->random >> 8U;
}

static bool is_kind(const struct scene *scene, const char *part)
{
    return strstr(scene->kind, part) != NULL;
}

static void start_daemon(struct scene *scene)
{
    scene->daemon = fork();
    if (scene->daemon < 0)
        die("fork");
    if (scene->daemon > 0)
        return;
    if (is_kind(scene, "tcp") || is_kind(scene, "udp"))
        execl(scene->program, scene->program, "run", "--state", scene->state, "--listen",
              scene->url, "--events", scene->events, "--timezone", "UTC", (char *)NULL);
    else
        execl(scene->program, scene->program, "run", "--state", scene->state, "--tail",
              scene->pattern, "--from", "start", "--events", scene->events, "--timezone", "UTC",
              (char *)NULL);
    die("exec");
}

static void stop_daemon(struct scene *scene, int number)
{
    int status = 0;

    (void)kill(scene->daemon, number);
    if (waitpid(scene->daemon, &status, 0) != scene->daemon)
        die("waitpid");
    if (number == SIGTERM && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        (void)fprintf(stderr, "the daemon did not end well: status %d\n", status);
        exit(1);
    }
}

static void open_log(struct scene *scene)
{
    scene->writer = open(scene->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (scene->writer < 0)
        die(scene->log);
}

static void rename_log(struct scene *scene)
{
    char name[220];

    (void)snprintf(name, sizeof(name), "%s.%d", scene->log, ++scene->rotated);
    if (rename(scene->log, name) != 0)
        die("rename");
    if (scene->old_writer >= 0)
        (void)close(scene->old_writer);
    scene->old_writer = scene->writer;
    scene->late = is_kind(scene, "kill") ? 0 : LATE_LINES;
    open_log(scene);
}

static void copy_and_truncate(struct scene *scene)
{
    static char bytes[1 << 16];
    char name[220];
    ssize_t size;

    (void)snprintf(name, sizeof(name), "%s.%d", scene->log, ++scene->rotated);
    const int from = open(scene->log, O_RDONLY | O_CLOEXEC);
    const int to = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (from < 0 || to < 0)
        die("copy");
    while ((size = read(from, bytes, sizeof(bytes))) > 0)
        if (write(to, bytes, (size_t)size) != size)
            die("write");
    (void)close(from);
    (void)close(to);
    if (ftruncate(scene->writer, 0) != 0)
        die("ftruncate");
}

static void happen(struct scene *scene)
{
    const bool is_kill = is_kind(scene, "kill");

    if (is_kill)
        stop_daemon(scene, SIGKILL);
    if (is_kind(scene, "rename"))
        rename_log(scene);
    if (is_kind(scene, "copytruncate"))
        copy_and_truncate(scene);
    if (is_kind(scene, "delete")) {
        pause_ms(500);
        (void)unlink(scene->log);
        (void)close(scene->writer);
        open_log(scene);
    }
    if (is_kill) {
        pause_ms(next_random(scene) % 50);
        start_daemon(scene);
    }
}

static void connect_to(struct scene *scene, int type, uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };

    for (int i = 0; i < 100; i++) {
        scene->writer = socket(AF_INET, type | SOCK_CLOEXEC, 0);
        if (scene->writer >= 0 &&
            connect(scene->writer, (const struct sockaddr *)&address, sizeof(address)) == 0)
            return;
        (void)close(scene->writer);
        pause_ms(50);
    }
    die("connect");
}

static void connect_to_relay(struct scene *scene, const char *directory)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/ready", directory);
    const int ready = open(address.sun_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    (void)close(ready);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/relay", directory);
    scene->writer = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (int i = 0; i < 200; i++) {
        if (connect(scene->writer, (const struct sockaddr *)&address, sizeof(address)) == 0)
            return;
        pause_ms(50);
    }
    die(address.sun_path);
}

static void write_line(struct scene *scene, int number)
{
    char line[256];
    const bool is_datagram = is_kind(scene, "udp");
    const bool is_relayed = is_kind(scene, "relay");
    const int size = snprintf(
        line, sizeof(line),
        "%sMay  1 09:%02d:%02d %spostfix/smtp[7]: 4g%08X: to=<user%06d@company%d.example>, "
        "relay=mx.company.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 OK)%s",
        is_relayed ? "<22>" : "", number / 1000 % 60, number / 17 % 60, is_relayed ? "" : "mx1 ",
        (unsigned)number, number, number % 300, is_datagram || is_relayed ? "" : "\n");
    int writer = scene->writer;

    if (scene->late > 0 && number % 2 == 0) {
        writer = scene->old_writer;
        scene->late--;
    }
    if (write(writer, line, (size_t)size) != size)
        die("write");
}

/* What the report says of a number, `name` being its key. */
static long report_number(const struct scene *scene, const char *name)
{
    char command[900];
    char text[64] = "";

    (void)snprintf(command, sizeof(command),
                   "%s report --state %s --timezone UTC --report json | jq '%s'", scene->program,
                   scene->state, name);
    FILE *stream = popen(command, "r");
    if (stream == NULL || fgets(text, sizeof(text), stream) == NULL || pclose(stream) != 0)
        die("report");
    return strtol(text, NULL, 10);
}

static void set_up(struct scene *scene, const char *directory)
{
    const char *wanted = getenv("BW_TEST_PORT");
    const uint16_t port =
        wanted != NULL ? (uint16_t)strtoul(wanted, NULL, 10) : (uint16_t)(20000 + getpid() % 20000);

    (void)snprintf(scene->log, sizeof(scene->log), "%s/in.log", directory);
    (void)snprintf(scene->pattern, sizeof(scene->pattern), "%s/in.log%s", directory,
                   is_kind(scene, "one-name") ? "" : "*");
    (void)snprintf(scene->state, sizeof(scene->state), "%s/state", directory);
    (void)snprintf(scene->events, sizeof(scene->events), "%s/events", directory);
    (void)snprintf(scene->url, sizeof(scene->url), "%s://127.0.0.1:%u",
                   is_kind(scene, "udp") ? "udp" : "tcp", port);
    if (is_kind(scene, "relay")) {
        start_daemon(scene);
        connect_to(scene, SOCK_STREAM, port);
        (void)close(scene->writer);
        connect_to_relay(scene, directory);
        return;
    }
    if (is_kind(scene, "tcp") || is_kind(scene, "udp")) {
        start_daemon(scene);
        if (is_kind(scene, "udp"))
            pause_ms(700); /* nobody says when a datagram socket is there */
        connect_to(scene, is_kind(scene, "udp") ? SOCK_DGRAM : SOCK_STREAM, port);
        return;
    }
    open_log(scene);
    start_daemon(scene);
}

int main(int argc, char **argv)
{
    if (argc != 7)
        return 2;
    struct scene scene = {.program = argv[1], .kind = argv[6], .writer = -1, .old_writer = -1};
    const int lines = (int)strtol(argv[3], NULL, 10);
    const int events = (int)strtol(argv[4], NULL, 10);
    scene.random = (uint32_t)strtoul(argv[5], NULL, 10);
    if (scene.random == 0)
        scene.random = (uint32_t)time(NULL);
    (void)printf("%s: seed %u, %d lines, %d events\n", scene.kind, scene.random, lines, events);
    (void)fflush(stdout);
    (void)signal(SIGPIPE, SIG_IGN);
    set_up(&scene, argv[2]);
    int next = lines / (events + 1);
    for (int number = 0; number < lines; number++) {
        write_line(&scene, number);
        if (events > 0 && number == next) {
            happen(&scene);
            next += 1 + (int)(next_random(&scene) % (unsigned)(2 * lines / (events + 1)));
        }
        if (number % (LINES_A_SECOND / 100) == 0)
            pause_ms(10);
    }
    if (is_kind(&scene, "tcp"))
        (void)close(scene.writer);
    pause_ms(SETTLE_MS);
    stop_daemon(&scene, SIGTERM);
    const long counted = report_number(&scene, ".lines.total");
    const long delivered = report_number(&scene, ".totals.delivered");
    (void)printf("%s: %d lines written, %ld counted, %ld delivered\n", scene.kind, lines, counted,
                 delivered);
    return counted == lines && delivered == lines ? 0 : 1;
}
