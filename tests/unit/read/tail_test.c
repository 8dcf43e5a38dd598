/*
 * Every line of a log once, whatever becomes of the file.
 */
#include "read/tail.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MARKS_MAX 60000
#define IDS_MAX   200000
#define SEQUENCES 60
#define STEPS     120

/* A directory with a log that is written, and a reader whose marks are kept as a journal keeps
 * them. */
struct scene {
    char directory[64];
    char pattern[128];
    char *patterns[1];
    struct bw_tail *tail;
    struct bw_text marks[MARKS_MAX]; /* exact copies */
    size_t mark_count;
    uint32_t seen[IDS_MAX]; /* how often each id was read */
    uint32_t next_id;
    uint32_t junk;  /* lines without an id */
    int writer;     /* descriptor of the log */
    int old_writer; /* of a log that was renamed; -1: none */
    int rotated;    /* names given so far */
    int64_t now_ms;
    bool from_start;
};

static struct scene *scene_new(const char *pattern)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    (void)snprintf(scene->directory, sizeof(scene->directory), "/tmp/bw-tail-XXXXXX");
    assert_non_null(mkdtemp(scene->directory));
    (void)snprintf(scene->pattern, sizeof(scene->pattern), "%s/%s", scene->directory, pattern);
    scene->patterns[0] = scene->pattern;
    scene->writer = scene->old_writer = -1;
    scene->from_start = true;
    return scene;
}

static const char *path_of(const struct scene *scene, const char *name)
{
    static char paths[4][128];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    (void)snprintf(path, sizeof(paths[0]), "%s/%s", scene->directory, name);
    return path;
}

static void start_reader(struct scene *scene)
{
    const struct bw_tail_options options = {
        .patterns = (const char *const *)scene->patterns,
        .pattern_count = 1,
        .files_max = 1000,
        .from_start = scene->from_start,
        .is_first_start = scene->mark_count == 0,
    };

    assert_int_equal(bw_tail_create(&scene->tail, &options), BW_OK);
    for (size_t i = 0; i < scene->mark_count; i++)
        assert_int_equal(bw_tail_restore(scene->tail, scene->marks[i]), BW_OK);
}

static void kill_reader(struct scene *scene)
{
    bw_tail_destroy(&scene->tail);
}

static void scene_free(struct scene *scene)
{
    char command[128];

    if (scene->tail != NULL)
        bw_tail_destroy(&scene->tail);
    if (scene->writer >= 0)
        (void)close(scene->writer);
    if (scene->old_writer >= 0)
        (void)close(scene->old_writer);
    for (size_t i = 0; i < scene->mark_count; i++)
        bw_test_exact_free(scene->marks[i]);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", scene->directory);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    assert_int_equal(system(command), 0);
    free(scene);
}

static void open_log(struct scene *scene)
{
    scene->writer = open(path_of(scene, "in.log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(scene->writer >= 0);
}

static void write_line_to(struct scene *scene, int fd)
{
    char line[200];
    const int size = snprintf(line, sizeof(line),
                              "May  1 09:14:00 mx1 postfix/smtp[7]: id=%06u to=<a@example.com>, "
                              "relay=none, delay=1, dsn=2.0.0, status=sent (250 OK)\n",
                              scene->next_id);

    assert_true(scene->next_id < IDS_MAX);
    assert_int_equal(write(fd, line, (size_t)size), size);
    scene->next_id++;
}

static void write_lines(struct scene *scene, int count)
{
    for (int i = 0; i < count; i++)
        write_line_to(scene, scene->writer);
}

static void note_ids(struct scene *scene, struct bw_text text)
{
    while (text.size > 0) {
        const size_t end = bw_text_find(text, BW_TEXT("\n"));
        const struct bw_text line = bw_text_head(text, end);
        const size_t at = bw_text_find(line, BW_TEXT("id="));
        assert_true(end < text.size);
        if (at < line.size) {
            const unsigned long id = strtoul(line.bytes + at + 3, NULL, 10);
            assert_true(id < scene->next_id);
            scene->seen[id]++;
        } else {
            scene->junk++;
        }
        text = bw_text_after(text, end + 1);
    }
}

/* Take up to `pieces`; every seventh is refused once. */
static void read_pieces(struct scene *scene, int pieces)
{
    static char bytes[128 * 1024];
    static unsigned turn;
    struct bw_tail_piece piece;

    for (int i = 0; i < pieces && bw_tail_read(scene->tail, bytes, sizeof(bytes), &piece); i++) {
        if (++turn % 7 == 0) {
            bw_tail_take_back(scene->tail);
            continue;
        }
        assert_true(scene->mark_count < MARKS_MAX);
        scene->marks[scene->mark_count++] = bw_test_exact_copy(piece.mark);
        note_ids(scene, (struct bw_text){bytes, piece.size});
        bw_tail_commit(scene->tail);
    }
}

static void look(struct scene *scene, int64_t passed_ms)
{
    scene->now_ms += passed_ms;
    assert_int_equal(bw_tail_reconcile(scene->tail, scene->now_ms), BW_OK);
}

/* Until everything has come to rest. */
static void settle(struct scene *scene)
{
    for (int i = 0; i < 40; i++) {
        look(scene, 1000);
        read_pieces(scene, 1000);
    }
}

static void assert_each_line_once(const struct scene *scene)
{
    uint32_t lost = 0;
    uint32_t doubled = 0;

    for (uint32_t id = 0; id < scene->next_id; id++) {
        lost += scene->seen[id] == 0 ? 1 : 0;
        doubled += scene->seen[id] > 1 ? 1 : 0;
    }
    if (lost + doubled > 0)
        fail_msg("of %u lines %u were lost and %u doubled", scene->next_id, lost, doubled);
}

static void rename_log(struct scene *scene)
{
    char name[32];

    (void)snprintf(name, sizeof(name), "in.log.%d", ++scene->rotated);
    assert_int_equal(rename(path_of(scene, "in.log"), path_of(scene, name)), 0);
    if (scene->old_writer >= 0)
        (void)close(scene->old_writer);
    scene->old_writer = scene->writer;
    open_log(scene);
}

static void copy_and_truncate(struct scene *scene)
{
    char command[400];

    ++scene->rotated;
    (void)snprintf(command, sizeof(command), "cp '%s/in.log' '%s/in.log.%d'", scene->directory,
                   scene->directory, scene->rotated);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    assert_int_equal(system(command), 0);
    assert_int_equal(ftruncate(scene->writer, 0), 0);
}

static void delete_and_create(struct scene *scene)
{
    assert_int_equal(unlink(path_of(scene, "in.log")), 0);
    (void)close(scene->writer);
    open_log(scene);
}

static void reads_what_grows_and_starts_where_it_was_told(void **state)
{
    (void)state;
    for (int from_start = 0; from_start < 2; from_start++) {
        struct scene *scene = scene_new("in.log");

        scene->from_start = from_start == 1;
        open_log(scene);
        write_lines(scene, 10);
        start_reader(scene);
        look(scene, 0);
        read_pieces(scene, 100);
        for (uint32_t id = 0; id < 10; id++)
            assert_int_equal(scene->seen[id], from_start);
        kill_reader(scene);
        write_lines(scene, 5); /* while nobody reads */
        start_reader(scene);
        look(scene, 1000);
        read_pieces(scene, 100);
        write_lines(scene, 5);
        read_pieces(scene, 100);
        for (uint32_t id = 10; id < 20; id++)
            assert_int_equal(scene->seen[id], 1);
        scene_free(scene);
    }
}

static void a_line_is_read_when_it_is_whole(void **state)
{
    (void)state;
    static const char line[] = "id=000000 a line\n";
    struct scene *scene = scene_new("in.log");

    open_log(scene);
    scene->next_id = 1;
    start_reader(scene);
    for (size_t i = 0; i + 1 < sizeof(line); i++) {
        assert_int_equal(scene->seen[0], 0);
        assert_int_equal(write(scene->writer, line + i, 1), 1);
        look(scene, 300);
        read_pieces(scene, 10);
        if (i % 3 == 0) {
            kill_reader(scene);
            start_reader(scene);
            look(scene, 300);
        }
    }
    settle(scene);
    assert_int_equal(scene->seen[0], 1);
    scene_free(scene);
}

static void long_lines_are_cut_and_the_next_one_is_whole(void **state)
{
    (void)state;
    static char filling[100000];
    struct scene *scene = scene_new("in.log");
    struct bw_tail_counters counters;

    memset(filling, 'x', sizeof(filling));
    open_log(scene);
    write_lines(scene, 1);
    start_reader(scene);
    look(scene, 0);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(write(scene->writer, filling, sizeof(filling)), sizeof(filling));
        look(scene, 10);
        read_pieces(scene, 100);
        if (i == 3) {
            kill_reader(scene);
            start_reader(scene);
        }
    }
    assert_int_equal(write(scene->writer, "\n", 1), 1);
    write_lines(scene, 3);
    settle(scene);
    assert_each_line_once(scene);
    bw_tail_counters(scene->tail, &counters);
    assert_int_equal(counters.lines_cut, 0); /* it was cut before the restart */
    scene_free(scene);
}

/* The rotations by name, each alone, with a pattern that holds the rotated files and without. */
static void each_rotation_keeps_every_line(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *pattern;
        void (*rotate)(struct scene *scene);
        bool is_down; /* the reader is not there meanwhile */
    } cases[] = {
        {"renamed", "in.log*", rename_log, false},
        {"renamed, one name", "in.log", rename_log, false},
        {"renamed while down", "in.log*", rename_log, true},
        {"renamed while down, one name", "in.log", rename_log, true},
        {"copied and truncated", "in.log*", copy_and_truncate, false},
        {"copied and truncated, one name", "in.log", copy_and_truncate, false},
        {"copied and truncated while down", "in.log*", copy_and_truncate, true},
        {"copied and truncated while down, one name", "in.log", copy_and_truncate, true},
        {"deleted and made anew", "in.log*", delete_and_create, false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct scene *scene = scene_new(cases[i].pattern);

        print_message("  %s\n", cases[i].why);
        open_log(scene);
        write_lines(scene, 20);
        start_reader(scene);
        look(scene, 0);
        read_pieces(scene, 100);
        for (int round = 0; round < 6; round++) {
            write_lines(scene, 10);
            read_pieces(scene, round % 3);
            if (cases[i].is_down)
                kill_reader(scene);
            if (!cases[i].is_down)
                read_pieces(scene, cases[i].rotate == delete_and_create ? 100 : round);
            cases[i].rotate(scene);
            if (scene->old_writer >= 0)
                for (int late = 0; late < 5; late++)
                    write_line_to(scene, scene->old_writer);
            write_lines(scene, round % 2 == 0 ? 3 : 40);
            if (cases[i].is_down)
                start_reader(scene);
            look(scene, 200);
            read_pieces(scene, 2);
            if (scene->old_writer >= 0)
                for (int late = 0; late < 5; late++)
                    write_line_to(scene, scene->old_writer);
            look(scene, 900);
            read_pieces(scene, 100);
        }
        settle(scene);
        assert_each_line_once(scene);
        scene_free(scene);
    }
}

static void a_copy_that_somebody_keeps_is_not_read_again(void **state)
{
    (void)state;
    struct scene *scene = scene_new("in.log*");
    struct bw_tail_counters counters;
    char command[400];

    open_log(scene);
    write_lines(scene, 200);
    start_reader(scene);
    look(scene, 0);
    read_pieces(scene, 100);
    (void)snprintf(command, sizeof(command), "cp '%s/in.log' '%s/in.log.bak'", scene->directory,
                   scene->directory);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    assert_int_equal(system(command), 0);
    settle(scene);
    write_lines(scene, 10);
    settle(scene);
    kill_reader(scene);
    start_reader(scene);
    settle(scene);
    assert_each_line_once(scene);
    bw_tail_counters(scene->tail, &counters);
    assert_int_equal(counters.gaps, 0);
    scene_free(scene);
}

static void what_was_compressed_is_not_taken_for_lines(void **state)
{
    (void)state;
    struct scene *scene = scene_new("in.log*");
    struct bw_tail_counters counters;
    char command[400];

    open_log(scene);
    write_lines(scene, 200);
    start_reader(scene);
    look(scene, 0);
    read_pieces(scene, 100);
    rename_log(scene);
    look(scene, 1000);
    read_pieces(scene, 100);
    (void)snprintf(command, sizeof(command), "gzip '%s/in.log.1'", scene->directory);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    assert_int_equal(system(command), 0);
    write_lines(scene, 10);
    settle(scene);
    kill_reader(scene);
    start_reader(scene);
    settle(scene);
    assert_each_line_once(scene);
    assert_int_equal(scene->junk, 0);
    bw_tail_counters(scene->tail, &counters);
    assert_int_equal(counters.gaps, 0);
    scene_free(scene);
}

static void text_that_was_cut_off_unread_is_told(void **state)
{
    (void)state;
    struct scene *scene = scene_new("in.log");
    struct bw_tail_counters counters;

    open_log(scene);
    write_lines(scene, 5);
    start_reader(scene);
    look(scene, 0);
    read_pieces(scene, 100);
    write_lines(scene, 3);
    look(scene, 1000); /* sees that it has grown */
    assert_int_equal(ftruncate(scene->writer, 0), 0);
    write_lines(scene, 2);
    settle(scene);
    bw_tail_counters(scene->tail, &counters);
    assert_int_equal(counters.truncations, 1);
    assert_int_equal(counters.gaps, 1);
    assert_true(counters.gap_bytes > 300);
    scene_free(scene);
}

/* Random operations against the list of what was written. */
static void a_storm_of_everything_loses_and_doubles_nothing(void **state)
{
    (void)state;
    const char *wanted = getenv("BW_SEED");
    const unsigned seed =
        wanted != NULL ? (unsigned)strtoul(wanted, NULL, 10) : (unsigned)time(NULL);
    unsigned random = seed;

    print_message("  seed %u\n", seed);
    for (int sequence = 0; sequence < SEQUENCES; sequence++) {
        struct scene *scene = scene_new("in.log*");
        const unsigned sequence_seed = random;

        open_log(scene);
        start_reader(scene);
        look(scene, 0);
        for (int step = 0; step < STEPS; step++) {
            random = random * 1103515245U + 12345U;
            const unsigned choice = (random >> 16U) % 100;
            const int amount = (int)(random >> 24U) % 30;
            if (choice < 45) {
                write_lines(scene, amount);
            } else if (choice < 65) {
                read_pieces(scene, amount % 4);
            } else if (choice < 75) {
                look(scene, INT64_C(40) * amount);
            } else if (choice < 80 && scene->old_writer >= 0) {
                write_line_to(scene, scene->old_writer);
            } else if (choice < 86) {
                rename_log(scene);
                look(scene, INT64_C(10) * amount);
            } else if (choice < 92) {
                copy_and_truncate(scene);
                look(scene, INT64_C(10) * amount);
                read_pieces(scene, 1000);
            } else if (choice < 94) {
                /* What is in it must have been read: nobody can read it behind the unlink and a
                 * restart. */
                look(scene, 100);
                read_pieces(scene, 1000);
                delete_and_create(scene);
                look(scene, 500);
            } else if (choice < 98) {
                if (scene->old_writer >= 0) /* its file may be known by name only */
                    look(scene, 100);
                kill_reader(scene);
                start_reader(scene);
                look(scene, INT64_C(20) * amount);
            } else {
                settle(scene);
            }
        }
        settle(scene);
        if (scene->next_id > 0) {
            uint32_t wrong = 0;
            for (uint32_t id = 0; id < scene->next_id; id++)
                wrong += scene->seen[id] != 1 ? 1 : 0;
            if (wrong > 0)
                print_message("  sequence %d began with %u\n", sequence, sequence_seed);
        }
        assert_each_line_once(scene);
        scene_free(scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_grows_and_starts_where_it_was_told),
        cmocka_unit_test(a_line_is_read_when_it_is_whole),
        cmocka_unit_test(long_lines_are_cut_and_the_next_one_is_whole),
        cmocka_unit_test(each_rotation_keeps_every_line),
        cmocka_unit_test(a_copy_that_somebody_keeps_is_not_read_again),
        cmocka_unit_test(what_was_compressed_is_not_taken_for_lines),
        cmocka_unit_test(text_that_was_cut_off_unread_is_told),
        cmocka_unit_test(a_storm_of_everything_loses_and_doubles_nothing),
    };

    return cmocka_run_group_tests_name("read/tail", tests, NULL, NULL);
}
