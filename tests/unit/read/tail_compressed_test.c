/*
 * Every line of a log once, also when its files are compressed while nobody reads them.
 */
#include "tailing.h"

#include <sys/wait.h>

static void shell(const struct scene *scene, const char *what)
{
    char command[600];

    (void)snprintf(command, sizeof(command), "cd '%s' && %s", scene->directory, what);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    assert_int_equal(system(command), 0);
}

static void assert_gaps(struct scene *scene, uint64_t gaps)
{
    struct bw_tail_counters counters;

    bw_tail_counters(scene->tail, &counters);
    assert_int_equal(counters.gaps, gaps);
}

/* Read some of the log, go away, rotate and compress in a way, come back. */
static void goes_on_inside_what_was_compressed_meanwhile(void **state)
{
    (void)state;
    static const char *const patterns[] = {"in.log*", "in.log"};
    static const struct {
        const char *why;
        const char *rotation; /* in the shell; in.log is new afterwards */
    } cases[] = {
        {"renamed and compressed", "mv in.log in.log.1 && gzip in.log.1"},
        {"compressed under another name",
         "mv in.log old && gzip -c old >in.log-20260501.gz; rm old"},
        {"copied, compressed and truncated",
         "cp in.log in.log.1 && gzip in.log.1 && truncate -s 0 in.log"},
        {"in two members", "head -c 5000 in.log | gzip >in.log.1.gz; tail -c +5001 in.log | gzip "
                           ">>in.log.1.gz; rm in.log"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases) * ARRAY_COUNT(patterns); i++) {
        struct scene *scene = scene_new(patterns[i % 2]);

        print_message("  %s, %s\n", cases[i / 2].why, patterns[i % 2]);
        open_log(scene);
        write_lines(scene, 200);
        start_reader(scene);
        settle(scene);
        kill_reader(scene);
        write_lines(scene, 3000);
        shell(scene, cases[i / 2].rotation);
        (void)close(scene->writer);
        open_log(scene);
        write_lines(scene, 50);
        start_reader(scene);
        settle(scene);
        kill_reader(scene); /* and once more: what is decided stays so */
        write_lines(scene, 5);
        start_reader(scene);
        settle(scene);
        assert_each_line_once(scene);
        assert_gaps(scene, 0);
        scene_free(scene);
    }
}

static void reads_archives_that_nobody_has_read_in_their_order(void **state)
{
    (void)state;
    struct scene *scene = scene_new("in.log*");
    static char bytes[128 * 1024];
    struct bw_tail_piece piece;
    unsigned long last = 0;

    open_log(scene);
    for (int i = 0; i < 3; i++) {
        write_lines(scene, 500);
        rename_log(scene);
    }
    write_lines(scene, 10);
    shell(scene, "touch -d '3 days ago' in.log.1; touch -d '2 days ago' in.log.2;"
                 "touch -d '1 day ago' in.log.3; gzip in.log.3; gzip in.log.1");
    start_reader(scene);
    for (int i = 0; i < 40; i++) {
        look(scene, 1000);
        while (bw_tail_read(scene->tail, bytes, sizeof(bytes), &piece)) {
            note_ids(scene, (struct bw_text){bytes, piece.size});
            if (piece.size > 0) {
                const unsigned long id = strtoul(strstr(bytes, "id=") + 3, NULL, 10);
                assert_true(id >= last);
                last = id;
            }
            bw_tail_commit(scene->tail);
        }
    }
    assert_each_line_once(scene);
    scene_free(scene);
}

static void a_log_and_its_archive_count_once(void **state)
{
    (void)state;
    for (int is_early = 0; is_early < 2; is_early++) {
        struct scene *scene = scene_new("in.log*");

        open_log(scene);
        write_lines(scene, 400);
        rename_log(scene);
        write_lines(scene, 3);
        if (is_early == 1) /* both are there when the reader sees them first */
            shell(scene, "gzip -k in.log.1; cp in.log.1.gz in.log.1.copy.gz");
        start_reader(scene);
        settle(scene);
        if (is_early == 0)
            shell(scene, "gzip -k in.log.1");
        settle(scene);
        kill_reader(scene);
        start_reader(scene);
        settle(scene);
        shell(scene, "rm in.log.1");
        settle(scene);
        assert_each_line_once(scene);
        assert_gaps(scene, 0);
        scene_free(scene);
    }
}

static void an_archive_is_read_as_it_is_written(void **state)
{
    (void)state;
    struct scene *scene = scene_new("in.log*");
    struct bw_tail_counters counters;
    char bytes[100000];

    open_log(scene);
    write_lines(scene, 4000);
    shell(scene, "gzip -c in.log >../whole-$$.gz; mv ../whole-$$.gz whole; rm in.log");
    (void)close(scene->writer);
    open_log(scene);
    const int whole = open(path_of(scene, "whole"), O_RDONLY);
    const int part = open(path_of(scene, "in.log.1.gz"), O_WRONLY | O_CREAT, 0600);
    start_reader(scene);
    for (ssize_t size; (size = read(whole, bytes, 700)) > 0;) {
        assert_int_equal(write(part, bytes, (size_t)size), size);
        look(scene, 100);
        read_pieces(scene, 10);
    }
    (void)close(whole);
    (void)close(part);
    settle(scene);
    assert_each_line_once(scene);
    bw_tail_counters(scene->tail, &counters);
    assert_int_equal(counters.damaged, 0);
    assert_true(counters.compressed >= 1);
    scene_free(scene);
}

static void a_damaged_archive_gives_what_is_before_the_damage_and_is_told(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "truncate -s -2000 in.log.1.gz",
        "printf XXXX | dd of=in.log.1.gz bs=1 seek=3000 conv=notrunc 2>/dev/null",
    };

    for (size_t i = 0; i < ARRAY_COUNT(ways); i++) {
        struct scene *scene = scene_new("in.log*");
        struct bw_tail_counters counters;
        uint32_t read = 0;

        open_log(scene);
        write_lines(scene, 3000);
        shell(scene, "gzip -c in.log >in.log.1.gz && rm in.log");
        shell(scene, ways[i]);
        (void)close(scene->writer);
        open_log(scene);
        start_reader(scene);
        settle(scene);
        for (uint32_t id = 0; id < scene->next_id; id++) {
            assert_true(i == 1 || scene->seen[id] <= 1); /* damage may repeat what was before */
            read += scene->seen[id] > 0 ? 1 : 0;
        }
        assert_true(read > 100 && read < 3000);
        bw_tail_counters(scene->tail, &counters);
        assert_int_equal(counters.damaged, 1);
        scene_free(scene);
    }
}

/* As ingestion of a long archive through kills. */
static void kills_within_an_archive_lose_and_double_nothing(void **state)
{
    (void)state;
    struct scene *scene = scene_new("in.log*");

    open_log(scene);
    write_lines(scene, 60000);
    shell(scene, "gzip -1 -c in.log >in.log.1.gz && rm in.log");
    (void)close(scene->writer);
    open_log(scene);
    for (int i = 0; i < 40; i++) {
        start_reader(scene);
        look(scene, 1000);
        read_pieces(scene, 1 + i % 3);
        kill_reader(scene);
    }
    start_reader(scene);
    settle(scene);
    assert_each_line_once(scene);
    scene_free(scene);
}

static void what_cannot_be_decoded_is_passed_over_and_counted(void **state)
{
    (void)state;
    struct scene *scene = scene_new("in.log*");
    struct bw_tail_counters counters;
    static const char xz[] = "\xFD"
                             "7zXZ and something";

    open_log(scene);
    write_lines(scene, 5);
    const int fd = open(path_of(scene, "in.log.9.xz"), O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, xz, sizeof(xz)), sizeof(xz));
    (void)close(fd);
    start_reader(scene);
    settle(scene);
    assert_each_line_once(scene);
    assert_int_equal(scene->junk, 0);
    bw_tail_counters(scene->tail, &counters);
    assert_int_equal(counters.unknown_compression, 1);
    assert_int_equal(counters.compressed, 0);
    scene_free(scene);
}

static void a_log_that_takes_the_inode_of_an_archive_is_read(void **state)
{
    (void)state;
    struct scene *scene = scene_new("in.log*");

    open_log(scene);
    write_lines(scene, 300);
    rename_log(scene);
    (void)close(scene->old_writer);
    scene->old_writer = -1;
    compress_rotated(scene, 1);
    start_reader(scene);
    settle(scene);
    /* The same inode, with other content, and under another name. */
    shell(scene, "mv in.log.1.gz in.log.2 && : >in.log.2");
    const int fd = open(path_of(scene, "in.log.2"), O_WRONLY | O_APPEND);
    for (int i = 0; i < 20; i++)
        write_line_to(scene, fd);
    (void)close(fd);
    settle(scene);
    assert_each_line_once(scene);
    scene_free(scene);
}

/* Random rotations, each compressed at once, later, or while nobody reads. */
static void a_storm_of_compressed_rotations_loses_and_doubles_nothing(void **state)
{
    (void)state;
    const unsigned seed = bw_test_seed();
    unsigned random = seed;

    print_message("  seed %u\n", seed);
    for (int sequence = 0; sequence < 20; sequence++) {
        struct scene *scene = scene_new(sequence % 2 == 0 ? "in.log*" : "in.log");
        const unsigned sequence_seed = random;
        int compressed = 0; /* rotated names up to this one */

        open_log(scene);
        write_lines(scene, 20);
        start_reader(scene);
        look(scene, 0);
        read_pieces(scene, 1000);
        for (int step = 0; step < 40; step++) {
            random = random * 1103515245U + 12345U;
            const unsigned choice = (random >> 16U) % 100;
            const int amount = (int)(random >> 24U) % 200;
            if (choice < 35) {
                write_lines(scene, amount);
            } else if (choice < 55) {
                read_pieces(scene, amount % 5);
            } else if (choice < 70) {
                look(scene, INT64_C(20) * amount);
            } else if (choice < 80) {
                write_lines(scene, 1); /* no two logs begin alike */
                look(scene, 100);
                rename_log(scene);
                (void)close(scene->old_writer);
                scene->old_writer = -1;
                write_lines(scene, 1);
                look(scene, 100);
                if (sequence % 2 == 1)
                    read_pieces(scene, 1000);
            } else if (choice < 88 && compressed < scene->rotated) {
                compress_rotated(scene, ++compressed);
                look(scene, INT64_C(10) * amount);
            } else if (choice < 95) {
                kill_reader(scene);
                write_lines(scene, amount);
                if (amount % 2 == 0) {
                    rename_log(scene);
                    (void)close(scene->old_writer);
                    scene->old_writer = -1;
                    write_lines(scene, 1);
                }
                while (amount % 3 == 0 && compressed < scene->rotated)
                    compress_rotated(scene, ++compressed);
                start_reader(scene);
                look(scene, INT64_C(20) * amount);
                /* A log that is known by one name must be seen between two rotations. */
                if (sequence % 2 == 1) {
                    look(scene, 100);
                    read_pieces(scene, 1000);
                }
            } else {
                settle(scene);
            }
        }
        settle(scene);
        for (uint32_t id = 0; id < scene->next_id; id++)
            if (scene->seen[id] != 1) {
                print_message("  sequence %d began with %u\n", sequence, sequence_seed);
                break;
            }
        assert_each_line_once(scene);
        scene_free(scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on_inside_what_was_compressed_meanwhile),
        cmocka_unit_test(reads_archives_that_nobody_has_read_in_their_order),
        cmocka_unit_test(a_log_and_its_archive_count_once),
        cmocka_unit_test(an_archive_is_read_as_it_is_written),
        cmocka_unit_test(a_damaged_archive_gives_what_is_before_the_damage_and_is_told),
        cmocka_unit_test(kills_within_an_archive_lose_and_double_nothing),
        cmocka_unit_test(what_cannot_be_decoded_is_passed_over_and_counted),
        cmocka_unit_test(a_log_that_takes_the_inode_of_an_archive_is_read),
        cmocka_unit_test(a_storm_of_compressed_rotations_loses_and_doubles_nothing),
    };

    return cmocka_run_group_tests_name("read/tail_compressed", tests, NULL, NULL);
}
