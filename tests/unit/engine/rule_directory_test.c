#include "engine/rule_directory.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int set_up(void **state)
{
    char *directory = strdup("/tmp/bouncewatch-test-XXXXXX");

    *state = directory;
    return directory != NULL && mkdtemp(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    char *directory = *state;
    DIR *opened = opendir(directory);
    const struct dirent *entry;

    while (opened != NULL && (entry = readdir(opened)) != NULL) {
        char path[512];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        (void)remove(path);
    }
    if (opened != NULL)
        (void)closedir(opened);
    const int removed = rmdir(directory);
    free(directory);
    return removed;
}

static void write_file(const char *directory, const char *name, const char *content)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

static void free_all(char **strings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(strings[i]);
    free(strings);
}

static void reads_the_rule_files_in_order_of_their_names(void **state)
{
    const char *directory = *state;
    static const char *const expected[][2] = {
        {"10-first.rules", "one\n"}, {"20-second.rules", ""}, {"a.rules", "three"}};
    struct bw_problem_list problems = {0};
    char **strings = NULL;
    size_t count = 0;

    write_file(directory, "a.rules", "three");
    write_file(directory, "20-second.rules", "");
    write_file(directory, "10-first.rules", "one\n");
    /* These are none: hidden, another ending, a name that is only the ending, an editor's. */
    write_file(directory, ".hidden.rules", "no");
    write_file(directory, "readme.txt", "no");
    write_file(directory, "x.rules~", "no");
    write_file(directory, "xrules", "no");
    assert_int_equal(bw_rule_directory_read(directory, &strings, &count, &problems), BW_OK);
    assert_int_equal(count, 6);
    for (size_t i = 0; i < 3; i++) {
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/%s", directory, expected[i][0]);
        assert_string_equal(strings[2 * i], path);
        assert_string_equal(strings[2 * i + 1], expected[i][1]);
    }
    assert_int_equal(problems.count, 0);
    free_all(strings, count);
}

static void a_directory_without_rule_files_is_a_mistake(void **state)
{
    const char *directory = *state;
    struct bw_problem_list problems = {0};
    char **strings = NULL;
    size_t count = 0;

    write_file(directory, "readme.txt", "no");
    assert_int_equal(bw_rule_directory_read(directory, &strings, &count, &problems), BW_ERR_USAGE);
    assert_int_equal(count, 0);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].file, directory);
    assert_non_null(strstr(problems.items[0].message, "no *.rules file"));
    free_all(strings, count);
    bw_problem_list_deinit(&problems);
}

static void a_directory_that_is_not_there_is_a_mistake(void **state)
{
    char path[512];
    struct bw_problem_list problems = {0};
    char **strings = NULL;
    size_t count = 0;

    (void)snprintf(path, sizeof(path), "%s/none", (const char *)*state);
    assert_int_equal(bw_rule_directory_read(path, &strings, &count, &problems), BW_ERR_USAGE);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].file, path);
    assert_non_null(strstr(problems.items[0].message, "No such file"));
    free_all(strings, count);
    bw_problem_list_deinit(&problems);
}

static void a_rule_file_that_cannot_be_read_is_a_mistake_with_its_path(void **state)
{
    const char *directory = *state;
    char path[512];
    struct bw_problem_list problems = {0};
    char **strings = NULL;
    size_t count = 0;

    write_file(directory, "a.rules", "good");
    write_file(directory, "c.rules", "good too");
    (void)snprintf(path, sizeof(path), "%s/b.rules", directory);
    assert_int_equal(mkdir(path, 0700), 0); /* a directory: nobody can read it, not even root */
    assert_int_equal(bw_rule_directory_read(directory, &strings, &count, &problems), BW_ERR_USAGE);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].file, path);
    assert_non_null(strstr(problems.items[0].message, "cannot be read"));
    free_all(strings, count);
    bw_problem_list_deinit(&problems);
}

/* What is behind a NUL would be lost without a word. */
static void a_rule_file_with_a_nul_in_it_is_a_mistake_with_its_path(void **state)
{
    const char *directory = *state;
    char path[512];
    struct bw_problem_list problems = {0};
    char **strings = NULL;
    size_t count = 0;

    (void)snprintf(path, sizeof(path), "%s/a.rules", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite("# a\0b\nbogus", 1, 11, file), 11);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(bw_rule_directory_read(directory, &strings, &count, &problems), BW_ERR_USAGE);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].file, path);
    assert_non_null(strstr(problems.items[0].message, "NUL"));
    free_all(strings, count);
    bw_problem_list_deinit(&problems);
}

static void a_rule_file_over_four_mebibytes_is_a_mistake_with_its_path(void **state)
{
    const char *directory = *state;
    char path[512];
    struct bw_problem_list problems = {0};
    char **strings = NULL;
    size_t count = 0;

    (void)snprintf(path, sizeof(path), "%s/a.rules", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < (size_t)4 * 1024 * 1024 + 1; i++)
        (void)fputc('#', file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(bw_rule_directory_read(directory, &strings, &count, &problems), BW_ERR_USAGE);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].file, path);
    assert_non_null(strstr(problems.items[0].message, "larger"));
    free_all(strings, count);
    bw_problem_list_deinit(&problems);
}

#define WITH_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIRECTORY(reads_the_rule_files_in_order_of_their_names),
        WITH_DIRECTORY(a_directory_without_rule_files_is_a_mistake),
        WITH_DIRECTORY(a_directory_that_is_not_there_is_a_mistake),
        WITH_DIRECTORY(a_rule_file_that_cannot_be_read_is_a_mistake_with_its_path),
        WITH_DIRECTORY(a_rule_file_with_a_nul_in_it_is_a_mistake_with_its_path),
        WITH_DIRECTORY(a_rule_file_over_four_mebibytes_is_a_mistake_with_its_path),
    };
    return cmocka_run_group_tests_name("engine/rule_directory", tests, NULL, NULL);
}
