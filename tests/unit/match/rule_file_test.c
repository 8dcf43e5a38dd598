#include "match/rule_file.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What every rule needs besides what a test is about. */
#define REST "class user_unknown\nsource a manual\nexample 550 no\n"

static enum bw_status parse(struct bw_rule_set **set, struct bw_text content,
                            struct bw_problem_list *problems)
{
    const struct bw_text copy = bw_test_exact_copy(content);
    const struct bw_rule_source source = {"my.rules", copy};
    const enum bw_status status = bw_rule_set_create(set, &source, 1, problems);

    bw_test_exact_free(copy);
    return status;
}

static struct bw_rule_set *parse_good(const char *content)
{
    struct bw_rule_set *set = NULL;
    struct bw_problem_list problems = {0};
    const enum bw_status status = parse(&set, bw_text_of(content), &problems);

    bw_problem_list_print(&problems, stderr);
    assert_int_equal(status, BW_OK);
    assert_int_equal(problems.count, 0);
    bw_problem_list_deinit(&problems);
    return set;
}

static void fills_every_member_of_a_rule(void **state)
{
    (void)state;
    struct bw_rule_set *set = parse_good("# a comment\n"
                                         "rule first-one\n"
                                         "class mailbox_full\n"
                                         "provider gmail yahoo\n"
                                         "reply 452 55x 5xx\n"
                                         "status 4.2.2 x.2.2 5.7.606-649 4.x.1 5.7.x\n"
                                         "pattern /over (its )?quota/i\n"
                                         "pattern /FULL/\n"
                                         "text \"mailbox full\"\n"
                                         "cause It is full.\n"
                                         "action Wait.\n"
                                         "source RFC 3463, 3.3\n"
                                         "example 452 4.2.2 over quota\n"
                                         "not 550 5.1.1 no such user\n"
                                         "rule second-one\n" REST "reply 550\n");
    const struct bw_rule *rule = &set->rules[0];

    assert_int_equal(set->count, 2);
    assert_string_equal(rule->name, "first-one");
    assert_string_equal(rule->file, "my.rules");
    assert_int_equal(rule->line, 2);
    assert_int_equal(rule->order, 0);
    assert_int_equal(rule->class_id, BW_CLASS_MAILBOX_FULL);
    assert_int_equal(rule->provider_count, 2);
    assert_string_equal(rule->providers[0], "gmail");
    assert_string_equal(rule->providers[1], "yahoo");
    assert_int_equal(rule->reply_count, 3);
    assert_int_equal(rule->replies_low[0], 452);
    assert_int_equal(rule->replies_high[0], 452);
    assert_int_equal(rule->replies_low[1], 550);
    assert_int_equal(rule->replies_high[1], 559);
    assert_int_equal(rule->replies_low[2], 500);
    assert_int_equal(rule->replies_high[2], 599);
    assert_int_equal(rule->pattern_count, 3);
    assert_string_equal(rule->patterns[0], "over (its )?quota");
    assert_int_equal(rule->pattern_caseless[0], 1);
    assert_int_equal(rule->pattern_lines[0], 7);
    assert_string_equal(rule->patterns[1], "FULL");
    assert_int_equal(rule->pattern_caseless[1], 0);
    assert_string_equal(rule->patterns[2], "mailbox full");
    assert_int_equal(rule->pattern_caseless[2], 1);
    assert_string_equal(rule->cause, "It is full.");
    assert_string_equal(rule->action, "Wait.");
    assert_string_equal(rule->source, "RFC 3463, 3.3");
    assert_int_equal(rule->example_count, 1);
    assert_string_equal(rule->examples[0], "452 4.2.2 over quota");
    assert_int_equal(rule->example_lines[0], 13);
    assert_int_equal(rule->counter_example_count, 1);
    assert_string_equal(rule->counter_examples[0], "550 5.1.1 no such user");
    assert_int_equal(rule->counter_example_lines[0], 14);
    assert_int_equal(set->rules[1].order, 1);
    assert_null(set->rules[1].action);
    assert_null(set->rules[1].cause);
    bw_rule_set_destroy(&set);
    assert_null(set);
}

static void reads_holes_and_ranges_of_enhanced_codes(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        struct bw_status_pattern expected;
    } cases[] = {
        {"5.1.1", {5, 1, 1, 1}},           {"x.7.27", {-1, 7, 27, 27}},
        {"5.x.1", {5, -1, 1, 1}},          {"5.7.x", {5, 7, -1, -1}},
        {"x.7.x", {-1, 7, -1, -1}},        {"5.7.606-649", {5, 7, 606, 649}},
        {"4.7.650-650", {4, 7, 650, 650}}, {"2.0.0", {2, 0, 0, 0}},
        {"5.7.999", {5, 7, 999, 999}},     {"5.7.0-999", {5, 7, 0, 999}},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char content[256];
        (void)snprintf(content, sizeof(content), "rule a\n" REST "status %s\n", cases[i].word);
        struct bw_rule_set *set = parse_good(content);
        print_message("  %s\n", cases[i].word);
        assert_int_equal(set->rules[0].status_count, 1);
        assert_memory_equal(&set->rules[0].statuses[0], &cases[i].expected,
                            sizeof(cases[i].expected));
        bw_rule_set_destroy(&set);
    }
}

static void a_text_stands_for_itself(void **state)
{
    (void)state;
    static const struct {
        const char *why, *value, *pattern;
    } cases[] = {
        {"plain", "\"user unknown\"", "user unknown"},
        {"all that has a meaning in a pattern", "\"a.b^c$d*e+f?g(h)i[j]k{l}m|n\\o/p\"",
         "a\\.b\\^c\\$d\\*e\\+f\\?g\\(h\\)i\\[j\\]k\\{l\\}m\\|n\\\\o\\/p"},
        {"a quotation mark inside", "\"say \"no\" twice\"", "say \"no\" twice"},
        {"one byte", "\"x\"", "x"},
        {"bytes above ASCII", "\"Bo\xC3\xAEte\"", "Bo\xC3\xAEte"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char content[256];
        (void)snprintf(content, sizeof(content), "rule a\n" REST "text %s\n", cases[i].value);
        struct bw_rule_set *set = parse_good(content);
        print_message("  %s\n", cases[i].why);
        assert_string_equal(set->rules[0].patterns[0], cases[i].pattern);
        assert_int_equal(set->rules[0].pattern_caseless[0], 1);
        bw_rule_set_destroy(&set);
    }
}

/* The tie-breaker: bytes that must stand there in a row. */
static void measures_the_longest_literal(void **state)
{
    (void)state;
    static const struct {
        const char *why, *line;
        uint16_t bytes;
    } cases[] = {
        {"a text counts whole", "text \"user.unknown\"", 12},
        {"a pattern without specials", "pattern /user unknown/", 12},
        {"a dot cuts", "pattern /abc.defgh/", 5},
        {"an escaped dot does not", "pattern /abc\\.defgh/", 9},
        {"a class of bytes cuts", "pattern /ab[cdefghij]kl/", 2},
        {"what may be missing is not in it", "pattern /abcde?/", 4},
        {"nor what may be there often or never", "pattern /abcde*f/", 4},
        {"nor what has a count", "pattern /abcde{0,3}f/", 4},
        {"what stands there once at least is", "pattern /abcde+f/", 5},
        {"an escape with a meaning cuts", "pattern /abc\\d+defg/", 4},
        {"the longest of several patterns", "pattern /ab/\npattern /abcdef/\npattern /abc/", 6},
        {"no pattern", "reply 550", 0},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char content[256];
        (void)snprintf(content, sizeof(content), "rule a\n" REST "%s\n", cases[i].line);
        struct bw_rule_set *set = parse_good(content);
        print_message("  %s\n", cases[i].why);
        assert_int_equal(set->rules[0].literal_bytes, cases[i].bytes);
        bw_rule_set_destroy(&set);
    }
}

#define MISTAKE(why, line, reason, text)                                                           \
    {                                                                                              \
        why, line, reason, BW_TEXT_INIT(text)                                                      \
    }

static void names_file_line_and_reason_of_each_mistake(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint64_t line;
        const char *reason; /* words of the message */
        struct bw_text content;
    } cases[] = {
        MISTAKE("unknown keyword", 5, "no keyword", "rule a\n" REST "patern /x/\nreply 550\n"),
        MISTAKE("unknown class", 2, "no class \"user_unknwon\"",
                "rule a\nclass user_unknwon\nsource s\nexample e\nreply 550\n"),
        MISTAKE("keyword before a rule", 1, "before the first", "class user_unknown\n"),
        MISTAKE("keyword without a value", 5, "has no value", "rule a\n" REST "pattern\n"),
        MISTAKE("rule without a name", 1, "has no value", "rule\n"),
        MISTAKE("name with a space", 1, "a-z", "rule a b\n" REST "reply 550\n"),
        MISTAKE("name with a capital", 1, "a-z", "rule Gmail\n" REST "reply 550\n"),
        MISTAKE("the same name again", 6, "my.rules:1",
                "rule a\n" REST "reply 550\nrule a\n" REST "reply 551\n"),
        MISTAKE("no class", 1, "no class", "rule a\nsource s\nexample e\nreply 550\n"),
        MISTAKE("no source", 1, "no source", "rule a\nclass loop\nexample e\nreply 550\n"),
        MISTAKE("no example", 1, "no example", "rule a\nclass loop\nsource s\nreply 550\n"),
        MISTAKE("nothing to match by", 1, "neither pattern", "rule a\n" REST),
        MISTAKE("pattern without slashes", 5, "between slashes", "rule a\n" REST "pattern x y\n"),
        MISTAKE("pattern without its end", 5, "between slashes", "rule a\n" REST "pattern /x\n"),
        MISTAKE("empty pattern", 5, "between slashes", "rule a\n" REST "pattern //\n"),
        MISTAKE("empty caseless pattern", 5, "between slashes", "rule a\n" REST "pattern //i\n"),
        MISTAKE("one slash", 5, "between slashes", "rule a\n" REST "pattern /\n"),
        MISTAKE("unknown flag", 5, "between slashes", "rule a\n" REST "pattern /x/s\n"),
        MISTAKE("text without quotation marks", 5, "quotation", "rule a\n" REST "text x y\n"),
        MISTAKE("empty text", 5, "quotation", "rule a\n" REST "text \"\"\n"),
        MISTAKE("one quotation mark", 5, "quotation", "rule a\n" REST "text \"\n"),
        MISTAKE("reply of two digits", 5, "no reply code", "rule a\n" REST "reply 55\n"),
        MISTAKE("reply with a letter", 5, "no reply code", "rule a\n" REST "reply 5a0\n"),
        MISTAKE("reply of no SMTP class", 5, "no reply code", "rule a\n" REST "reply 650\n"),
        MISTAKE("hole in the middle of a reply", 5, "no reply code", "rule a\n" REST "reply 5x0\n"),
        MISTAKE("enhanced code of two parts", 5, "no enhanced code",
                "rule a\n" REST "status 5.1\n"),
        MISTAKE("of four", 5, "no enhanced code", "rule a\n" REST "status 5.1.1.1\n"),
        MISTAKE("with a dot at its end", 5, "no enhanced code", "rule a\n" REST "status 5.1.1.\n"),
        MISTAKE("with nothing but holes", 5, "no enhanced code", "rule a\n" REST "status 5.x.x\n"),
        MISTAKE("over 999", 5, "no enhanced code", "rule a\n" REST "status 5.1.1000\n"),
        MISTAKE("of no class of RFC 3463", 5, "no enhanced code", "rule a\n" REST "status 3.1.1\n"),
        MISTAKE("range of the class", 5, "no enhanced code", "rule a\n" REST "status 4-5.1.1\n"),
        MISTAKE("range of the subject", 5, "no enhanced code", "rule a\n" REST "status 5.1-2.1\n"),
        MISTAKE("range backwards", 5, "no enhanced code", "rule a\n" REST "status 5.7.9-1\n"),
        MISTAKE("range without its end", 5, "no enhanced code", "rule a\n" REST "status 5.7.0-\n"),
        MISTAKE("range of three", 5, "no enhanced code", "rule a\n" REST "status 5.7.1-2-3\n"),
        MISTAKE("letters", 5, "no enhanced code", "rule a\n" REST "status 5.y.1\n"),
        MISTAKE("NUL", 5, "NUL", "rule a\n" REST "te\0xt \"x\"\nreply 550\n"),
        MISTAKE("NUL in a value", 5, "NUL", "rule a\n" REST "text \"a\0b\"\nreply 550\n"),
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_rule_set *set = NULL;
        struct bw_problem_list problems = {0};

        print_message("  %s\n", cases[i].why);
        assert_int_equal(parse(&set, cases[i].content, &problems), BW_ERR_FORMAT);
        assert_null(set);
        assert_true(problems.count >= 1);
        assert_string_equal(problems.items[0].file, "my.rules");
        assert_int_equal(problems.items[0].line, cases[i].line);
        if (strstr(problems.items[0].message, cases[i].reason) == NULL)
            print_error("\"%s\" does not say \"%s\"\n", problems.items[0].message, cases[i].reason);
        assert_non_null(strstr(problems.items[0].message, cases[i].reason));
        bw_problem_list_deinit(&problems);
    }
}

static void reports_every_mistake_of_every_file(void **state)
{
    (void)state;
    static const char first[] = "rule a\nclass nonsense\nreply 999\n";
    static const char second[] = "bogus x\nrule b\n" REST "reply 550\nstatus 5\n";
    const struct bw_rule_source sources[] = {{"first.rules", bw_text_of(first)},
                                             {"second.rules", bw_text_of(second)}};
    static const struct {
        const char *file;
        uint64_t line;
    } expected[] = {
        {"first.rules", 2},  {"first.rules", 3}, /* class, reply */
        {"first.rules", 1}, /* no source; a class line was there, so there is no word of none */
        {"first.rules", 1},  {"first.rules", 1}, /* no example, nothing to match by */
        {"second.rules", 1}, {"second.rules", 7},
    };
    struct bw_rule_set *set = NULL;
    struct bw_problem_list problems = {0};

    assert_int_equal(bw_rule_set_create(&set, sources, 2, &problems), BW_ERR_FORMAT);
    assert_int_equal(problems.count, ARRAY_COUNT(expected));
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        assert_string_equal(problems.items[i].file, expected[i].file);
        assert_int_equal(problems.items[i].line, expected[i].line);
    }
    bw_problem_list_deinit(&problems);
}

/* Builds "rule a", what every rule needs, and `count` lines or words made from `format`. */
static char *repeat(const char *head, const char *format, size_t count)
{
    char *content = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&content, &size);

    assert_non_null(stream);
    (void)fprintf(stream, "rule a\n" REST "%s", head);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(stream, "%s", format);
    (void)fprintf(stream, "\n");
    (void)fclose(stream);
    return content;
}

static void takes_as_many_as_the_limit_and_names_it_when_there_are_more(void **state)
{
    (void)state;
    static const struct {
        const char *why, *head, *repeated;
        size_t limit;
    } cases[] = {
        {"patterns", "reply 550", "\npattern /ab/", BW_RULE_PATTERNS_MAX},
        {"texts", "reply 550", "\ntext \"ab\"", BW_RULE_PATTERNS_MAX},
        {"providers", "reply 550\nprovider", " gmail", BW_RULE_PROVIDERS_MAX},
        {"replies", "text \"ab\"\nreply", " 550", BW_RULE_REPLIES_MAX},
        {"statuses", "text \"ab\"\nstatus", " 5.1.1", BW_RULE_STATUSES_MAX},
        {"examples", "reply 550", "\nexample 550 no", BW_RULE_EXAMPLES_MAX - 1}, /* REST has one */
        {"counter-examples", "reply 550", "\nnot 550 no", BW_RULE_EXAMPLES_MAX},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_rule_set *set = NULL;
        struct bw_problem_list problems = {0};
        char *content = repeat(cases[i].head, cases[i].repeated, cases[i].limit);

        print_message("  %s\n", cases[i].why);
        assert_int_equal(parse(&set, bw_text_of(content), &problems), BW_OK);
        bw_rule_set_destroy(&set);
        free(content);

        content = repeat(cases[i].head, cases[i].repeated, cases[i].limit + 1);
        assert_int_equal(parse(&set, bw_text_of(content), &problems), BW_ERR_FORMAT);
        assert_int_equal(problems.count, 1);
        assert_non_null(strstr(problems.items[0].message, "more than"));
        free(content);
        bw_problem_list_deinit(&problems);
    }
}

static void says_of_a_text_that_is_too_long_that_it_is(void **state)
{
    (void)state;
    char content[2048];
    struct bw_rule_set *set = NULL;
    struct bw_problem_list problems = {0};

    (void)snprintf(content, sizeof(content), "rule a\n" REST "text \"%0500d\"\n", 0);
    assert_int_equal(parse(&set, bw_text_of(content), &problems), BW_OK);
    bw_rule_set_destroy(&set);
    (void)snprintf(content, sizeof(content), "rule a\n" REST "text \"%01000d\"\n", 0);
    assert_int_equal(parse(&set, bw_text_of(content), &problems), BW_ERR_FORMAT);
    assert_int_equal(problems.items[0].line, 5);
    assert_non_null(strstr(problems.items[0].message, "long"));
    bw_problem_list_deinit(&problems);
}

static void line_ends_and_space_do_not_matter(void **state)
{
    (void)state;
    struct bw_rule_set *set = parse_good("rule a\r\n  class loop\r\n\tsource\ts  \r\n"
                                         "example 554 loop \r\n   # a comment\r\nreply  554");

    assert_int_equal(set->count, 1);
    assert_string_equal(set->rules[0].source, "s");
    assert_string_equal(set->rules[0].examples[0], "554 loop");
    assert_int_equal(set->rules[0].replies_low[0], 554);
    bw_rule_set_destroy(&set);
}

static void no_rules_are_no_mistake(void **state)
{
    (void)state;
    struct bw_rule_set *set = parse_good("");

    assert_int_equal(set->count, 0);
    bw_rule_set_destroy(&set);
    set = parse_good("# nothing\n\n");
    assert_int_equal(set->count, 0);
    bw_rule_set_destroy(&set);
}

static void the_content_hash_follows_what_is_matched(void **state)
{
    (void)state;
    static const struct {
        const char *why, *left, *right;
        bool is_equal;
    } cases[] = {
        {"the same", "text \"ab\"\n", "text \"ab\"\n", true},
        {"another pattern", "text \"ab\"\n", "text \"ac\"\n", false},
        {"case matters or not", "pattern /ab/\n", "pattern /ab/i\n", false},
        {"another order", "text \"ab\"\ntext \"cd\"\n", "text \"cd\"\ntext \"ab\"\n", false},
        {"one more", "text \"ab\"\n", "text \"ab\"\ntext \"ab\"\n", false},
        {"what a person reads does not count", "text \"ab\"\naction x\n", "text \"ab\"\naction y\n",
         true},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char content[2][256];
        (void)snprintf(content[0], sizeof(content[0]), "rule a\n" REST "%s", cases[i].left);
        (void)snprintf(content[1], sizeof(content[1]), "rule a\n" REST "%s", cases[i].right);
        struct bw_rule_set *left = parse_good(content[0]);
        struct bw_rule_set *right = parse_good(content[1]);
        print_message("  %s\n", cases[i].why);
        assert_int_equal(left->content_hash == right->content_hash, cases[i].is_equal);
        bw_rule_set_destroy(&left);
        bw_rule_set_destroy(&right);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_every_member_of_a_rule),
        cmocka_unit_test(reads_holes_and_ranges_of_enhanced_codes),
        cmocka_unit_test(a_text_stands_for_itself),
        cmocka_unit_test(measures_the_longest_literal),
        cmocka_unit_test(names_file_line_and_reason_of_each_mistake),
        cmocka_unit_test(reports_every_mistake_of_every_file),
        cmocka_unit_test(takes_as_many_as_the_limit_and_names_it_when_there_are_more),
        cmocka_unit_test(says_of_a_text_that_is_too_long_that_it_is),
        cmocka_unit_test(line_ends_and_space_do_not_matter),
        cmocka_unit_test(no_rules_are_no_mistake),
        cmocka_unit_test(the_content_hash_follows_what_is_matched),
    };
    return cmocka_run_group_tests_name("match/rule_file", tests, NULL, NULL);
}
