#include "config/mistake.h"
#include "test.h"

static void shows_the_line_and_points_at_the_place(void **state)
{
    (void)state;
    static const char content[] = "first: 1\n  second: x\tyz\nlast";
    static const struct {
        const char *why;
        uint64_t line;
        uint32_t column;
        const char *message;
    } cases[] = {
        {"the first line", 1, 8, "bad 7\n    first: 1\n           ^"},
        {"a tab becomes a blank", 2, 13, "bad 7\n      second: x yz\n                ^"},
        {"the last has no line end", 3, 1, "bad 7\n    last\n    ^"},
        {"behind the end", 4, 1, "bad 7\n    \n    ^"},
        {"no column", 1, 0, "bad 7\n    first: 1"},
        {"no place", 0, 0, "bad 7"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text copy = bw_test_exact_copy(bw_text_of(content));
        struct bw_problem_list problems = {0};
        struct bw_mistakes mistakes = {&problems, "a.yaml", copy, 0};

        print_message("  %s\n", cases[i].why);
        bw_mistake_add(&mistakes, cases[i].line, cases[i].column, "bad %d", 7);
        assert_int_equal(mistakes.count, 1);
        assert_int_equal(problems.count, 1);
        assert_string_equal(problems.items[0].file, "a.yaml");
        assert_int_equal(problems.items[0].line, cases[i].line);
        assert_int_equal(problems.items[0].column, cases[i].column);
        assert_string_equal(problems.items[0].message, cases[i].message);
        bw_problem_list_deinit(&problems);
        bw_test_exact_free(copy);
    }
}

static void prints_no_control_character_and_no_endless_line(void **state)
{
    (void)state;
    static char content[5000];
    struct bw_problem_list problems = {0};
    struct bw_mistakes mistakes = {&problems, "a.yaml", {content, sizeof(content)}, 0};

    (void)memset(content, 'x', sizeof(content));
    content[0] = '\x1b';
    content[1] = '\x7f';
    bw_mistake_add(&mistakes, 1, 1, "\"%s\" is bad", "\x1b[31m");
    bw_mistake_add(&mistakes, 1, 4000, "far away");
    assert_int_equal(strncmp(problems.items[0].message, "\" [31m\" is bad\n      xxx", 23), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_null(strchr(problems.items[i].message, '\x1b'));
        assert_null(strchr(problems.items[i].message, '\x7f'));
        assert_true(strlen(problems.items[i].message) < 250);
    }
    bw_problem_list_deinit(&problems);
    mistakes.problems = NULL;
    bw_mistake_add(&mistakes, 1, 1, "nobody wants to know");
    assert_int_equal(mistakes.count, 3);
}

static void finds_the_name_that_was_meant(void **state)
{
    (void)state;
    static const struct bw_text names[] = {BW_TEXT_INIT("windows"), BW_TEXT_INIT("max_keys"),
                                           BW_TEXT_INIT("limits"), BW_TEXT_INIT("rules"),
                                           BW_TEXT_INIT("tz")};
    static const struct {
        const char *why;
        struct bw_text word;
        const char *name; /* NULL: none */
    } cases[] = {
        {"itself", BW_TEXT_INIT("limits"), "limits"},
        {"a letter missing", BW_TEXT_INIT("limit"), "limits"},
        {"a letter too many", BW_TEXT_INIT("limmits"), "limits"},
        {"another letter", BW_TEXT_INIT("max-keys"), "max_keys"},
        {"two letters swapped", BW_TEXT_INIT("wnidows"), "windows"},
        {"swapped and short", BW_TEXT_INIT("ruels"), "rules"},
        {"two letters swapped are one change", BW_TEXT_INIT("zt"), "tz"},
        {"nothing alike", BW_TEXT_INIT("colour"), NULL},
        {"empty", BW_TEXT_INIT(""), NULL},
        {"too short to be meant", BW_TEXT_INIT("x"), NULL},
        {"longer than any name", BW_TEXT_INIT("windowswindowswindowswindowswindowswindowswindows"),
         NULL},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text word = bw_test_exact_copy(cases[i].word);
        const struct bw_text *nearest = bw_nearest_name(word, names, ARRAY_COUNT(names));

        print_message("  %s\n", cases[i].why);
        if (cases[i].name == NULL) {
            assert_null(nearest);
        } else {
            assert_non_null(nearest);
            assert_text_equal(*nearest, cases[i].name);
        }
        bw_test_exact_free(word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_the_line_and_points_at_the_place),
        cmocka_unit_test(prints_no_control_character_and_no_endless_line),
        cmocka_unit_test(finds_the_name_that_was_meant),
    };
    return cmocka_run_group_tests_name("config/mistake", tests, NULL, NULL);
}
