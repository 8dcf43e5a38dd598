#include "base/mark_kind.h"
#include "read/system_journal.h"
#include "test.h"

#include <bouncewatch/chunk.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef BW_HAS_SYSTEMD

#define ROOM   ((size_t)256 * 1024)
#define REMOTE "/lib/systemd/systemd-journal-remote"

/* A journal that is written by systemd's own program, from its export format on a pipe. */
struct writer {
    char directory[64];
    pid_t pid;
    int pipe;
    unsigned number;
};

static void start_writer(struct writer *writer)
{
    char output[120];
    int ends[2];

    (void)snprintf(output, sizeof(output), "--output=%s/mail.journal", writer->directory);
    assert_int_equal(pipe(ends), 0);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    writer->pid = fork();
    assert_true(writer->pid >= 0);
    if (writer->pid == 0) {
        (void)dup2(ends[0], STDIN_FILENO);
        (void)execl(REMOTE, REMOTE, output, "-", (char *)NULL);
        _exit(127);
    }
    (void)close(ends[0]);
    writer->pipe = ends[1];
}

/* All that was written is in the journal when the program has ended. */
static void stop_writer(struct writer *writer)
{
    int status = 0;

    (void)close(writer->pipe);
    assert_int_equal(waitpid(writer->pid, &status, 0), writer->pid);
    if (status != 0)
        fail_msg("%s ended with %d; samples/install.sh --tests installs it", REMOTE, status);
}

static void write_entry(struct writer *writer, const char *fields)
{
    char entry[4096];
    const unsigned number = writer->number++;
    const int size = snprintf(entry, sizeof(entry),
                              "__REALTIME_TIMESTAMP=%llu\n__MONOTONIC_TIMESTAMP=%u\n"
                              "_BOOT_ID=11111111111111111111111111111111\n_HOSTNAME=mx1\n%s\n",
                              1795485600000000ULL + number * 1000000ULL, number + 1000U, fields);

    assert_int_equal(write(writer->pipe, entry, (size_t)size), size);
}

static void write_mail(struct writer *writer, const char *message)
{
    char fields[2048];

    (void)snprintf(fields, sizeof(fields),
                   "SYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=postfix/smtp\nSYSLOG_PID=7\n_PID=9\n"
                   "MESSAGE=%s\n",
                   message);
    write_entry(writer, fields);
}

static struct writer new_writer(void)
{
    struct writer writer = {.directory = "/tmp/bw-sysjournal-XXXXXX"};

    assert_non_null(mkdtemp(writer.directory));
    start_writer(&writer);
    return writer;
}

static void remove_all(const struct writer *writer)
{
    char command[120];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", writer->directory);
    assert_int_equal(system(command), 0);
}

static struct bw_system_journal *open_at(const struct writer *writer, struct bw_text mark,
                                         bool from_start)
{
    struct bw_system_journal *journal = NULL;
    struct bw_problem problem = {.message = ""};

    if (bw_system_journal_open(&journal, writer->directory, mark, from_start, &problem) != BW_OK)
        fail_msg("%s: %s", problem.file, problem.message);
    return journal;
}

/* All lines there are at the moment, committed, as one text. */
static size_t read_all(struct bw_system_journal *journal, char *text, char *mark, size_t mark_room)
{
    struct bw_system_journal_piece piece;
    size_t size = 0;

    bw_system_journal_notice(journal);
    while (bw_system_journal_read(journal, text + size, ROOM - size, &piece)) {
        size += piece.size;
        assert_true(piece.mark.size < mark_room);
        (void)memcpy(mark, piece.mark.bytes, piece.mark.size);
        mark[piece.mark.size] = '\0';
        bw_system_journal_commit(journal);
    }
    text[size] = '\0';
    return size;
}

static char text[ROOM + 1], mark[600];

static void writes_lines_of_the_mail_facility_alone(void **state)
{
    (void)state;
    struct writer writer = new_writer();

    write_mail(&writer, "4Z1: to=<a@b.example>, status=sent (250 ok)");
    write_entry(&writer, "SYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=cron\nMESSAGE=no mail\n");
    write_entry(&writer, "SYSLOG_FACILITY=2\n_COMM=exim4\n_PID=12\n"
                         "_SOURCE_REALTIME_TIMESTAMP=1795485000123456\nMESSAGE=own time\n");
    write_entry(&writer, "SYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=a\n"); /* no message */
    write_entry(&writer, "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\nN_DROPPED=117\n"
                         "MESSAGE=Suppressed 117 messages from postfix@-.service\n");
    stop_writer(&writer);

    struct bw_system_journal *journal = open_at(&writer, BW_TEXT(""), true);
    struct bw_system_journal_counts counts;
    (void)read_all(journal, text, mark, sizeof(mark));
    assert_string_equal(text, "2026-11-24T02:00:00.000000+00:00 mx1 postfix/smtp[7]: 4Z1: "
                              "to=<a@b.example>, status=sent (250 ok)\n"
                              "2026-11-24T01:50:00.123456+00:00 mx1 exim4[12]: own time\n");
    bw_system_journal_counts(journal, &counts);
    assert_int_equal(counts.lines, 2);
    assert_int_equal(counts.suppressed, 117);
    assert_int_equal(counts.gaps, 0);
    bw_system_journal_close(&journal);
    remove_all(&writer);
}

static void goes_on_behind_its_mark(void **state)
{
    (void)state;
    struct writer writer = new_writer();
    char expected[40];

    for (unsigned life = 0; life < 4; life++) {
        if (life > 0)
            start_writer(&writer);
        (void)snprintf(expected, sizeof(expected), "message %u", life);
        write_mail(&writer, expected);
        stop_writer(&writer);
        struct bw_system_journal *journal = open_at(&writer, bw_text_of(mark), true);
        if (life == 0) {
            bw_system_journal_close(&journal);
            journal = open_at(&writer, BW_TEXT(""), true);
        }
        const size_t size = read_all(journal, text, mark, sizeof(mark));
        (void)snprintf(expected, sizeof(expected), "[7]: message %u\n", life);
        assert_non_null(strstr(text, expected));
        assert_ptr_equal(strchr(text, '\n'), text + size - 1); /* and nothing else */
        assert_int_equal(read_all(journal, text, mark, sizeof(mark)), 0);
        bw_system_journal_close(&journal);
    }
    remove_all(&writer);
}

static void follows_entries_as_they_come(void **state)
{
    (void)state;
    struct writer writer = new_writer();
    struct bw_system_journal *journal = NULL;
    size_t lines = 0;

    write_mail(&writer, "old");
    stop_writer(&writer);
    journal = open_at(&writer, BW_TEXT(""), false); /* from the end */
    assert_int_equal(read_all(journal, text, mark, sizeof(mark)), 0);
    assert_true(mark[0] == BW_MARK_JOURNAL && mark[1] != '\0');
    start_writer(&writer);
    for (int i = 0; i < 50; i++)
        write_mail(&writer, "new");
    for (int tries = 0; tries < 500 && lines < 50; tries++) {
        const size_t size = read_all(journal, text, mark, sizeof(mark));
        for (size_t i = 0; i < size; i++)
            lines += text[i] == '\n' ? 1 : 0;
        assert_null(strstr(text, "old"));
        (void)usleep(10000);
    }
    assert_int_equal(lines, 50);
    stop_writer(&writer);
    bw_system_journal_close(&journal);
    remove_all(&writer);
}

static void gives_again_what_was_taken_back(void **state)
{
    (void)state;
    struct writer writer = new_writer();
    struct bw_system_journal_piece piece;
    struct bw_system_journal_counts counts;

    write_mail(&writer, "one");
    write_mail(&writer, "two");
    stop_writer(&writer);
    struct bw_system_journal *journal = open_at(&writer, BW_TEXT(""), true);
    for (int i = 0; i < 3; i++) {
        assert_true(bw_system_journal_read(journal, text, ROOM, &piece));
        bw_system_journal_take_back(journal);
    }
    assert_true(bw_system_journal_read(journal, text, ROOM, &piece));
    bw_system_journal_commit(journal);
    text[piece.size] = '\0';
    assert_non_null(strstr(text, "one\n"));
    assert_non_null(strstr(text, "two\n"));
    start_writer(&writer);
    write_mail(&writer, "three");
    stop_writer(&writer);
    bw_system_journal_notice(journal);
    for (int i = 0; i < 3; i++) {
        assert_true(bw_system_journal_read(journal, text, ROOM, &piece));
        text[piece.size] = '\0';
        assert_null(strstr(text, "two"));
        assert_non_null(strstr(text, "three"));
        bw_system_journal_take_back(journal);
    }
    bw_system_journal_counts(journal, &counts);
    assert_int_equal(counts.lines, 2);
    bw_system_journal_close(&journal);
    remove_all(&writer);
}

static void a_mark_that_has_vanished_is_a_gap(void **state)
{
    (void)state;
    struct writer writer = new_writer();
    struct bw_system_journal_counts counts;

    write_mail(&writer, "kept");
    stop_writer(&writer);
    struct bw_system_journal *journal = open_at(
        &writer,
        BW_TEXT("\5s=0123456789abcdef0123456789abcdef;i=1;b=11111111111111111111111111111111;m=1;"
                "t=5e0a0b8f0a000;x=1"),
        true);
    (void)read_all(journal, text, mark, sizeof(mark));
    assert_non_null(strstr(text, "kept\n"));
    bw_system_journal_counts(journal, &counts);
    assert_int_equal(counts.gaps, 1);
    bw_system_journal_close(&journal);
    remove_all(&writer);
}

static void a_long_message_is_cut_and_ends_of_lines_are_blanks(void **state)
{
    (void)state;
    struct writer writer = new_writer();
    struct bw_system_journal_counts counts;
    static char entry[100000];
    char head[300];
    /* The binary form of a field: its name, its size in 64 bits, its bytes. */
    const uint64_t size = 80000;
    const int head_size =
        snprintf(head, sizeof(head),
                 "__REALTIME_TIMESTAMP=1795485600000000\n__MONOTONIC_TIMESTAMP=1\n"
                 "_BOOT_ID=11111111111111111111111111111111\nSYSLOG_FACILITY=2\nMESSAGE\n");

    (void)memcpy(entry, head, (size_t)head_size);
    (void)memcpy(entry + head_size, &size, sizeof(size));
    (void)memset(entry + head_size + sizeof(size), 'x', size);
    entry[head_size + 12] = '\n';
    (void)memset(entry + head_size + sizeof(size) + size, '\n', 2);
    const size_t all = (size_t)head_size + sizeof(size) + size + 2;
    for (size_t at = 0; at < all;) {
        const ssize_t written = write(writer.pipe, entry + at, all - at);
        assert_true(written > 0);
        at += (size_t)written;
    }
    stop_writer(&writer);
    struct bw_system_journal *journal = open_at(&writer, BW_TEXT(""), true);
    assert_int_equal(read_all(journal, text, mark, sizeof(mark)), BW_LINE_BYTES_MAX);
    assert_ptr_equal(strchr(text, '\n'), text + BW_LINE_BYTES_MAX - 1);
    bw_system_journal_counts(journal, &counts);
    assert_int_equal(counts.cut, 1);
    bw_system_journal_close(&journal);
    remove_all(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_lines_of_the_mail_facility_alone),
        cmocka_unit_test(goes_on_behind_its_mark),
        cmocka_unit_test(follows_entries_as_they_come),
        cmocka_unit_test(gives_again_what_was_taken_back),
        cmocka_unit_test(a_mark_that_has_vanished_is_a_gap),
        cmocka_unit_test(a_long_message_is_cut_and_ends_of_lines_are_blanks),
    };

    return cmocka_run_group_tests_name("read/system_journal", tests, NULL, NULL);
}

#else

static void is_not_built_in_and_says_so(void **state)
{
    (void)state;
    struct bw_system_journal *journal = NULL;
    struct bw_problem problem = {.message = ""};

    assert_false(bw_system_journal_is_built_in());
    assert_int_equal(bw_system_journal_open(&journal, NULL, BW_TEXT(""), true, &problem),
                     BW_ERR_USAGE);
    assert_true(problem.message[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_not_built_in_and_says_so)};

    return cmocka_run_group_tests_name("read/system_journal", tests, NULL, NULL);
}

#endif
