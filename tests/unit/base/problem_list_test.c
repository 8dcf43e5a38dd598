#include "base/problem_list.h"
#include "test.h"

#include <stdlib.h>

static void assert_printed(const struct bw_problem_list *list, const char *expected)
{
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);

    assert_non_null(out);
    bw_problem_list_print(list, out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(printed, expected);
    free(printed);
}

static void prints_each_problem_with_the_place_it_has(void **state)
{
    (void)state;
    struct bw_problem_list list = {0};

    assert_printed(&list, "");
    bw_problem_list_add(&list, "a.yaml", 7, 3, "%s is %d", "x", 5);
    bw_problem_list_add(&list, "a.yaml", 7, 0, "no column");
    bw_problem_list_add(&list, "mail.log", 0, 0, "no line");
    bw_problem_list_add(&list, NULL, 0, 0, "no file");
    assert_int_equal(list.count, 4);
    assert_string_equal(list.items[0].file, "a.yaml");
    assert_string_equal(list.items[0].message, "x is 5");
    assert_int_equal(list.items[0].line, 7);
    assert_int_equal(list.items[0].column, 3);
    assert_printed(&list, "bouncewatch: a.yaml:7:3: x is 5\n"
                          "bouncewatch: a.yaml:7: no column\n"
                          "bouncewatch: mail.log: no line\n"
                          "bouncewatch: no file\n");
    bw_problem_list_deinit(&list);
    assert_int_equal(list.count, 0);
    assert_null(list.items);
}

static void counts_what_it_does_not_keep(void **state)
{
    (void)state;
    struct bw_problem_list list = {0};
    char *printed = NULL;
    size_t size = 0;

    for (int i = 0; i < BW_PROBLEMS_MAX + 3; i++)
        bw_problem_list_add(&list, "f", 0, 0, "%d", i);
    assert_int_equal(list.count, BW_PROBLEMS_MAX);
    assert_int_equal(list.dropped, 3);
    FILE *out = open_memstream(&printed, &size);
    assert_non_null(out);
    bw_problem_list_print(&list, out);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(printed, "bouncewatch: f: 99\nbouncewatch: and 3 more mistakes\n"));
    free(printed);
    bw_problem_list_deinit(&list);
}

static void cuts_what_is_too_long(void **state)
{
    (void)state;
    struct bw_problem_list list = {0};
    char name[2000];

    (void)memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    bw_problem_list_add(&list, name, 1, 1, "%s", name);
    assert_int_equal(strlen(list.items[0].file), BW_PROBLEM_FILE_BYTES - 1);
    assert_int_equal(strlen(list.items[0].message), BW_PROBLEM_MESSAGE_BYTES - 1);
    bw_problem_list_deinit(&list);
}

static void does_without_a_list_or_a_problem(void **state)
{
    (void)state;
    struct bw_problem problem = {.column = 9};

    bw_problem_list_add(NULL, "f", 1, 1, "nobody wants to know");
    bw_problem_set(NULL, "f", 1, "nobody wants to know");
    bw_problem_set(&problem, NULL, 4, "%s", "message");
    assert_string_equal(problem.file, "");
    assert_string_equal(problem.message, "message");
    assert_int_equal(problem.line, 4);
    assert_int_equal(problem.column, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_each_problem_with_the_place_it_has),
        cmocka_unit_test(counts_what_it_does_not_keep),
        cmocka_unit_test(cuts_what_is_too_long),
        cmocka_unit_test(does_without_a_list_or_a_problem),
    };
    return cmocka_run_group_tests_name("base/problem_list", tests, NULL, NULL);
}
