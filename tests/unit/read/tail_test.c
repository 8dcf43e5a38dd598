/*
 * Every line of a log once, whatever becomes of the file.
 */
#include "tailing.h"

#define SEQUENCES 60
#define STEPS     120

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

/* On many file systems the inode of a deleted file goes to the next one that is made. */
static void a_log_that_takes_the_number_of_one_given_up_is_read_at_once(void **state)
{
    (void)state;
    struct scene *scene = scene_new("in.log");

    open_log(scene);
    write_lines(scene, 5);
    start_reader(scene);
    look(scene, 0);
    while (scene->mark_count == 0) /* that it is followed; nothing of it is read */
        read_pieces(scene, 1);
    assert_int_equal(scene->seen[0], 0);
    kill_reader(scene);
    start_reader(scene);
    assert_int_equal(unlink(path_of(scene, "in.log")), 0);
    (void)close(scene->writer);
    look(scene, 1000); /* gives it up; nobody takes the mark that says so */
    open_log(scene);
    write_lines(scene, 3);
    look(scene, 100);
    read_pieces(scene, 100);
    for (uint32_t id = 5; id < 8; id++)
        assert_int_equal(scene->seen[id], 1);
    scene_free(scene);
}

/* Random operations against the list of what was written. */
static void a_storm_of_everything_loses_and_doubles_nothing(void **state)
{
    (void)state;
    const unsigned seed = bw_test_seed();
    unsigned random = seed;

    print_message("  seed %u\n", seed);
    for (int sequence = 0; sequence < SEQUENCES; sequence++) {
        struct scene *scene = scene_new(sequence % 2 == 0 ? "in.log*" : "in.log");
        const unsigned sequence_seed = random;

        open_log(scene);
        write_lines(scene, 1);
        start_reader(scene);
        look(scene, 0);
        while (scene->mark_count == 0) /* else a restart would be a first start */
            read_pieces(scene, 1);
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
                if (scene->old_writer >= 0 && sequence % 2 == 1) {
                    /* Nor by that when it is beside the pattern and empty. */
                    (void)close(scene->old_writer);
                    scene->old_writer = -1;
                }
                kill_reader(scene);
                for (int turn = 0; turn < amount % 3; turn++) {
                    if (amount % 2 == 0)
                        rename_log(scene);
                    else
                        copy_and_truncate(scene);
                    write_lines(scene, amount);
                }
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
        cmocka_unit_test(a_log_that_takes_the_number_of_one_given_up_is_read_at_once),
        cmocka_unit_test(a_storm_of_everything_loses_and_doubles_nothing),
    };

    return cmocka_run_group_tests_name("read/tail", tests, NULL, NULL);
}
