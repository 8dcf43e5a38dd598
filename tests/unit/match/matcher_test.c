#include "match/matcher.h"
#include "match/rule_file.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REST "class user_unknown\nsource a manual\nexample 550 no\n"

struct matching {
    struct bw_rule_set *rules;
    struct bw_matcher *matcher;
    struct bw_matcher_scratch *scratch;
};

static struct matching start(const char *content)
{
    struct matching matching = {0};
    const struct bw_rule_source source = {"my.rules", bw_text_of(content)};

    assert_int_equal(bw_rule_set_create(&matching.rules, &source, 1, NULL), BW_OK);
    assert_int_equal(bw_matcher_create(&matching.matcher, matching.rules, NULL, NULL), BW_OK);
    assert_int_equal(bw_matcher_scratch_create(&matching.scratch, matching.matcher), BW_OK);
    return matching;
}

static void stop(struct matching *matching)
{
    bw_matcher_scratch_destroy(&matching->scratch);
    bw_matcher_destroy(&matching->matcher);
    bw_rule_set_destroy(&matching->rules);
    assert_null(matching->matcher);
    assert_null(matching->scratch);
}

static size_t scan(struct matching *matching, struct bw_text text,
                   uint16_t ids[BW_MATCHER_HITS_MAX])
{
    const struct bw_text copy = bw_test_exact_copy(text);
    const struct bw_text quiet = bw_matcher_quiet(matching->matcher, matching->scratch, copy);
    const size_t count = bw_matcher_scan(matching->matcher, matching->scratch, quiet, ids);

    bw_test_exact_free(copy);
    return count;
}

static void gives_the_rules_ascending_and_each_once(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text;
        size_t count;
        uint16_t ids[4];
    } cases[] = {
        {"none", BW_TEXT_INIT("all is well"), 0, {0}},
        {"no text", BW_TEXT_INIT(""), 0, {0}},
        {"one", BW_TEXT_INIT("over quota"), 1, {1}},
        {"without regard to case", BW_TEXT_INIT("OVER QUOTA"), 1, {1}},
        {"with regard to case", BW_TEXT_INIT("ZEBRA zebra"), 1, {4}},
        {"case does not fit", BW_TEXT_INIT("zebra"), 0, {0}},
        {"many times one rule", BW_TEXT_INIT("over quota, over quota, full, full"), 1, {1}},
        {"the later rule's words first", BW_TEXT_INIT("ZEBRA unknown over quota"), 3, {1, 3, 4}},
        {"at the last byte", BW_TEXT_INIT("550 5.1.1 user unknown"), 1, {3}},
        {"NUL in the text", BW_TEXT_INIT("a\0unknown"), 1, {3}},
        {"no UTF-8", BW_TEXT_INIT("\xFF\xFEunknown\x80"), 1, {3}},
        {"special bytes stand for themselves", BW_TEXT_INIT("(a.b)? not (aXb)?"), 1, {5}},
        {"and for nothing else", BW_TEXT_INIT("(aXb)?"), 0, {0}},
    };
    struct matching matching = start("rule a\n" REST "text \"over quota\"\ntext \"full\"\n"
                                     "rule code-only\n" REST "reply 550\n"
                                     "rule b\n" REST "pattern /unknown/i\n"
                                     "rule c\n" REST "pattern /ZEBRA/\n"
                                     "rule d\n" REST "text \"(a.b)?\"\n");

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint16_t ids[BW_MATCHER_HITS_MAX] = {0};

        print_message("  %s\n", cases[i].why);
        assert_int_equal(scan(&matching, cases[i].text, ids), cases[i].count);
        assert_memory_equal(ids, cases[i].ids, cases[i].count * sizeof(*ids));
    }
    stop(&matching);
}

static void addresses_decide_nothing(void **state)
{
    (void)state;
    struct matching matching = start("rule a\n" REST "text \"virus\"\n"
                                     "rule b\n" REST "text \"ask virus-desk@example.com\"\n");
    uint16_t ids[BW_MATCHER_HITS_MAX];

    assert_int_equal(scan(&matching, BW_TEXT("550 <virus@example.com>: unknown"), ids), 0);
    assert_int_equal(scan(&matching, BW_TEXT("550 <joe@virus.example>: unknown"), ids), 0);
    assert_int_equal(scan(&matching, BW_TEXT("550 <joe@example.com>: virus"), ids), 1);
    assert_int_equal(scan(&matching, BW_TEXT("ask virus-desk@example.com"), ids), 2);
    stop(&matching);
}

static void says_the_same_of_a_text_that_comes_again(void **state)
{
    (void)state;
    struct matching matching = start("rule a\n" REST "text \"full\"\n"
                                     "rule b\n" REST "pattern /unknown/i\n");

    for (size_t round = 0; round < 3; round++) {
        uint16_t ids[BW_MATCHER_HITS_MAX] = {0};

        assert_int_equal(scan(&matching, BW_TEXT("<joe@example.com>: FULL, unknown"), ids), 2);
        assert_int_equal(ids[0], 1);
        assert_int_equal(ids[1], 2);
        assert_int_equal(scan(&matching, BW_TEXT("<jane@example.org>: UNKNOWN"), ids), 1);
        assert_int_equal(ids[0], 2);
        assert_int_equal(scan(&matching, BW_TEXT("<jane@example.org>: all is well"), ids), 0);
    }
    stop(&matching);
}

static void reads_texts_that_are_longer_than_any_line(void **state)
{
    (void)state;
    struct matching matching = start("rule a\n" REST "text \"full\"\n");
    uint16_t ids[BW_MATCHER_HITS_MAX];
    const size_t size = (size_t)70 * 1024;
    char *bytes = malloc(size);

    assert_non_null(bytes);
    memset(bytes, 'x', size);
    bytes[size - 4] = 'f';
    bytes[size - 3] = 'u';
    bytes[size - 2] = 'l';
    bytes[size - 1] = 'l';
    assert_int_equal(scan(&matching, (struct bw_text){bytes, size}, ids), 1);
    free(bytes);
    stop(&matching);
}

static void gives_no_more_rules_than_there_is_room_for(void **state)
{
    (void)state;
    char *content = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&content, &size);
    uint16_t ids[BW_MATCHER_HITS_MAX + 1] = {0};

    assert_non_null(stream);
    for (size_t i = 0; i < BW_MATCHER_HITS_MAX + 40; i++)
        (void)fprintf(stream, "rule r%zu\n" REST "pattern /word ?%s/\n", i, i % 2 ? "one" : "");
    (void)fclose(stream);
    struct matching matching = start(content);
    ids[BW_MATCHER_HITS_MAX] = 0xBEEF;
    assert_int_equal(scan(&matching, BW_TEXT("word one word one"), ids), BW_MATCHER_HITS_MAX);
    assert_int_equal(ids[BW_MATCHER_HITS_MAX], 0xBEEF);
    for (size_t i = 1; i < BW_MATCHER_HITS_MAX; i++)
        assert_true(ids[i - 1] < ids[i]);
    stop(&matching);
    free(content);
}

static void rules_without_a_pattern_match_no_text(void **state)
{
    (void)state;
    struct matching matching = start("rule a\n" REST "reply 550\n");
    uint16_t ids[BW_MATCHER_HITS_MAX];

    assert_int_equal(scan(&matching, BW_TEXT("550 5.1.1 user unknown"), ids), 0);
    stop(&matching);
    matching = start("");
    assert_int_equal(scan(&matching, BW_TEXT("550"), ids), 0);
    stop(&matching);
}

static void names_the_line_of_a_pattern_that_cannot_be_used(void **state)
{
    (void)state;
    static const struct {
        const char *why, *content;
        uint64_t line;
    } cases[] = {
        {"unbalanced", "rule a\n" REST "pattern /fine/\npattern /(open/\n", 6},
        {"looks behind", "rule a\n" REST "pattern /(?<=x)y/\n", 5},
        {"back reference", "rule a\n" REST "pattern /(a)\\1/\n", 5},
        {"matches nothing at all", "rule a\n" REST "pattern /x*/\n", 5},
        {"in the second rule", "rule a\n" REST "text \"x\"\nrule b\n" REST "pattern /[/\n", 10},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_rule_source source = {"my.rules", bw_text_of(cases[i].content)};
        struct bw_problem_list problems = {0};
        struct bw_rule_set *rules = NULL;
        struct bw_matcher *matcher = NULL;

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_rule_set_create(&rules, &source, 1, &problems), BW_OK);
        assert_int_equal(bw_matcher_create(&matcher, rules, NULL, &problems), BW_ERR_FORMAT);
        assert_null(matcher);
        assert_int_equal(problems.count, 1);
        assert_string_equal(problems.items[0].file, "my.rules");
        assert_int_equal(problems.items[0].line, cases[i].line);
        assert_non_null(strstr(problems.items[0].message, "cannot be used"));
        bw_rule_set_destroy(&rules);
        bw_problem_list_deinit(&problems);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_rules_ascending_and_each_once),
        cmocka_unit_test(addresses_decide_nothing),
        cmocka_unit_test(says_the_same_of_a_text_that_comes_again),
        cmocka_unit_test(reads_texts_that_are_longer_than_any_line),
        cmocka_unit_test(gives_no_more_rules_than_there_is_room_for),
        cmocka_unit_test(rules_without_a_pattern_match_no_text),
        cmocka_unit_test(names_the_line_of_a_pattern_that_cannot_be_used),
    };
    return cmocka_run_group_tests_name("match/matcher", tests, NULL, NULL);
}
