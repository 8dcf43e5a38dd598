#include "read/source_list.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_MAX 8

static char start[4096]; /* the directory that the tests were started in */

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The tests run in a directory of their own, so that paths are short. */
static int make_directory(void **state)
{
    static char path[] = "/tmp/bouncewatch_sources_XXXXXX";

    *state = path;
    if (getcwd(start, sizeof(start)) == NULL || mkdtemp(path) == NULL || chdir(path) != 0 ||
        mkdir("logs", 0700) != 0 || mkdir("logs/below", 0700) != 0 || mkdir("empty", 0700) != 0 ||
        mkdir("dots", 0700) != 0 || symlink("nowhere", "dangling") != 0 ||
        symlink("nowhere", "logs/dangling") != 0 || symlink("../one.log", "logs/link.log") != 0 ||
        mkfifo("logs/pipe", 0600) != 0)
        return -1;
    write_file("one.log", "1234567\n");
    write_file("logs/b.log", "12\n");
    write_file("logs/a.log", "1\n");
    write_file("logs/a.log.10", "");
    write_file("logs/below/deep.log", "deep\n");
    write_file("logs/.hidden", "hidden\n");
    write_file("dots/.hidden", "hidden\n");
    return 0;
}

static int remove_directory(void **state)
{
    static const char *const files[] = {"one.log",       "dangling",      "logs/b.log",
                                        "logs/a.log",    "logs/a.log.10", "logs/below/deep.log",
                                        "logs/.hidden",  "dots/.hidden",  "logs/dangling",
                                        "logs/link.log", "logs/pipe"};
    static const char *const directories[] = {"logs/below", "logs", "empty", "dots"};
    int failures = 0;

    for (size_t i = 0; i < ARRAY_COUNT(files); i++)
        failures += unlink(files[i]) != 0 ? 1 : 0;
    for (size_t i = 0; i < ARRAY_COUNT(directories); i++)
        failures += rmdir(directories[i]) != 0 ? 1 : 0;
    failures += chdir(start) != 0 ? 1 : 0;
    failures += rmdir(*state) != 0 ? 1 : 0;
    return failures;
}

static void lists_what_was_named_and_says_what_is_missing(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *names[NAMES_MAX];
        const char *paths[NAMES_MAX];
        const char *problem_files[NAMES_MAX];
        const char *problem_part; /* what the first sentence holds */
    } cases[] = {
        {"nothing", {NULL}, {NULL}, {NULL}, NULL},
        {"a file", {"one.log"}, {"one.log"}, {NULL}, NULL},
        {"a file named twice stays twice",
         {"one.log", "one.log"},
         {"one.log", "one.log"},
         {NULL},
         NULL},
        {"standard input", {"-"}, {"-"}, {NULL}, NULL},
        {"a directory: its files, no dot files, nothing below, no pipes, no dead links",
         {"logs"},
         {"logs/a.log", "logs/a.log.10", "logs/b.log", "logs/link.log"},
         {NULL},
         NULL},
        {"a file that is not there",
         {"gone.log"},
         {NULL},
         {"gone.log"},
         "No such file or directory"},
        {"a dead link", {"dangling"}, {NULL}, {"dangling"}, "No such file or directory"},
        {"an empty directory", {"empty"}, {NULL}, {"empty"}, "no file in this directory"},
        {"a directory of dot files", {"dots"}, {NULL}, {"dots"}, "no file in this directory"},
        {"the others are still listed",
         {"gone.log", "one.log", "empty", "logs/b.log"},
         {"one.log", "logs/b.log"},
         {"gone.log", "empty"},
         "No such file or directory"},
        {"a file below a file", {"one.log/x"}, {NULL}, {"one.log/x"}, "Not a directory"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_source_list list;
        struct bw_problem_list problems = {0};
        size_t names = 0, paths = 0, files = 0;

        print_message("  %s\n", cases[i].why);
        while (names < NAMES_MAX && cases[i].names[names] != NULL)
            names++;
        assert_int_equal(bw_source_list_create(&list, cases[i].names, names, &problems), BW_OK);
        for (; paths < NAMES_MAX && cases[i].paths[paths] != NULL; paths++) {
            assert_true(paths < list.count);
            assert_string_equal(list.sources[paths].path, cases[i].paths[paths]);
        }
        assert_int_equal(list.count, paths);
        for (; files < NAMES_MAX && cases[i].problem_files[files] != NULL; files++) {
            assert_true(files < problems.count);
            assert_string_equal(problems.items[files].file, cases[i].problem_files[files]);
        }
        assert_int_equal(problems.count, files);
        if (cases[i].problem_part != NULL)
            assert_non_null(strstr(problems.items[0].message, cases[i].problem_part));
        bw_source_list_deinit(&list);
        assert_null(list.sources);
        bw_problem_list_deinit(&problems);
    }
}

static void knows_size_time_and_place_of_a_file(void **state)
{
    (void)state;
    const char *const names[] = {"-", "one.log", "logs"};
    const struct timespec times[2] = {{.tv_sec = 1777626840}, {.tv_sec = 1777626840}};
    struct bw_source_list list;
    struct bw_problem_list problems = {0};

    assert_int_equal(utimensat(AT_FDCWD, "one.log", times, 0), 0);
    assert_int_equal(bw_source_list_create(&list, names, ARRAY_COUNT(names), &problems), BW_OK);
    assert_int_equal(list.count, 6);
    assert_int_equal(list.sources[0].bytes, 0);
    assert_int_equal(list.sources[0].modified_s, 0);
    assert_int_equal(list.sources[0].named_order, 0);
    assert_int_equal(list.sources[1].bytes, 8);
    assert_int_equal(list.sources[1].modified_s, 1777626840);
    assert_int_equal(list.sources[1].named_order, 1);
    assert_int_equal(list.sources[2].bytes, 2);
    assert_int_equal(list.sources[2].named_order, 2);
    assert_int_equal(list.sources[5].bytes, 8); /* the link's target */
    assert_int_equal(list.sources[5].modified_s, 1777626840);
    assert_int_equal(list.sources[5].named_order, 2);
    assert_int_equal(problems.count, 0);
    bw_source_list_deinit(&list);
    bw_problem_list_deinit(&problems);
}

static void sorts_by_time_then_as_named_and_standard_input_last(void **state)
{
    (void)state;
    struct bw_source sources[] = {
        {.path = (char[]){"-"}, .sort_ms = 1, .named_order = 0},
        {.path = (char[]){"unknown"}, .sort_ms = INT64_MAX, .named_order = 1},
        {.path = (char[]){"new"}, .sort_ms = 300, .named_order = 2},
        {.path = (char[]){"dir/b"}, .sort_ms = 200, .named_order = 4},
        {.path = (char[]){"dir/a"}, .sort_ms = 200, .named_order = 4},
        {.path = (char[]){"z-named-first"}, .sort_ms = 200, .named_order = 3},
        {.path = (char[]){"before 1970"}, .sort_ms = -5, .named_order = 5},
    };
    static const char *const order[] = {"before 1970", "z-named-first", "dir/a", "dir/b",
                                        "new",         "unknown",       "-"};
    struct bw_source_list list = {sources, ARRAY_COUNT(sources)};

    bw_source_list_sort(&list);
    for (size_t i = 0; i < ARRAY_COUNT(order); i++)
        assert_string_equal(list.sources[i].path, order[i]);
    list.count = 0;
    bw_source_list_sort(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_what_was_named_and_says_what_is_missing),
        cmocka_unit_test(knows_size_time_and_place_of_a_file),
        cmocka_unit_test(sorts_by_time_then_as_named_and_standard_input_last),
    };
    return cmocka_run_group_tests_name("read/source_list", tests, make_directory, remove_directory);
}
