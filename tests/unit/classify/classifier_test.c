#include "classify/classifier.h"
#include "match/rule_file.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define FACTS "source s\nexample 550 no\n"

static const char provider_map[] = "provider alpha\ndomain alpha.example\n"
                                   "provider alpha-hosted\nlimits alpha\nrelay hosted.example\n"
                                   "provider beta\ndomain beta.example\n";

/* One rule of each level for the same failure, weakest first. */
static const char level_rules[] =
    "rule reply\nclass remote_system_error\nreply 550\n" FACTS
    "rule status\nclass policy_generic\nstatus 5.7.1\n" FACTS
    "rule text\nclass spam_content\ntext \"a rather long literal\"\n" FACTS
    "rule provider-code\nclass relay_denied\nprovider alpha\nstatus 5.7.1\n" FACTS
    "rule provider-text\nclass low_reputation\nprovider alpha\ntext \"short\"\n" FACTS;

enum { REPLY = 1, STATUS, TEXT, PROVIDER_CODE, PROVIDER_TEXT };

struct classifying {
    struct bw_rule_set *rules;
    struct bw_provider_map *map;
    struct bw_classifier *classifier;
};

static struct classifying start(const char *rules)
{
    struct classifying all = {0};
    const struct bw_rule_source rule_source = {"my.rules", bw_text_of(rules)};
    const struct bw_provider_source map_source = {"my.map", bw_text_of(provider_map)};

    assert_int_equal(bw_rule_set_create(&all.rules, &rule_source, 1, NULL), BW_OK);
    assert_int_equal(bw_provider_map_create(&all.map, &map_source, 1, NULL), BW_OK);
    assert_int_equal(bw_classifier_create(&all.classifier, all.rules, all.map, NULL), BW_OK);
    return all;
}

static void stop(struct classifying *all)
{
    bw_classifier_destroy(&all->classifier);
    bw_provider_map_destroy(&all->map);
    bw_rule_set_destroy(&all->rules);
    assert_null(all->classifier);
}

static struct bw_verdict classify(const struct classifying *all, struct bw_failure failure,
                                  const char *provider, const uint16_t *ids, size_t count)
{
    struct bw_verdict verdict;

    failure.provider = provider == NULL ? BW_PROVIDER_OTHER
                                        : bw_provider_map_find_name(all->map, bw_text_of(provider));
    bw_classify(all->classifier, &failure, ids, count, &verdict);
    assert_int_equal(verdict.provider, failure.provider);
    return verdict;
}

static void the_stronger_level_decides_and_the_next_is_runner_up(void **state)
{
    (void)state;
    static const struct {
        const char *why, *provider;
        const char *status;
        uint16_t reply;
        uint16_t ids[2];
        size_t id_count;
        uint16_t rule, runner_up;
        enum bw_basis basis;
    } cases[] = {
        {"the provider's text above all",
         "alpha",
         "5.7.1",
         550,
         {TEXT, PROVIDER_TEXT},
         2,
         PROVIDER_TEXT,
         PROVIDER_CODE,
         BW_BASIS_PROVIDER_TEXT},
        {"the provider's code above any text",
         "alpha",
         "5.7.1",
         550,
         {TEXT},
         1,
         PROVIDER_CODE,
         TEXT,
         BW_BASIS_PROVIDER_CODE},
        {"any text above the enhanced code",
         "beta",
         "5.7.1",
         550,
         {TEXT},
         1,
         TEXT,
         STATUS,
         BW_BASIS_TEXT},
        {"the enhanced code above the reply",
         "beta",
         "5.7.1",
         550,
         {0},
         0,
         STATUS,
         REPLY,
         BW_BASIS_STATUS},
        {"the reply alone", "beta", "5.1.1", 550, {0}, 0, REPLY, BW_RULE_NONE, BW_BASIS_REPLY},
        {"another provider's text does not count",
         "beta",
         "",
         550,
         {PROVIDER_TEXT},
         1,
         REPLY,
         BW_RULE_NONE,
         BW_BASIS_REPLY},
        {"nor at no provider",
         NULL,
         "",
         0,
         {PROVIDER_TEXT},
         1,
         BW_RULE_NONE,
         BW_RULE_NONE,
         BW_BASIS_NONE},
        {"a rule holds for hosted domains of the operator",
         "alpha-hosted",
         "5.7.1",
         550,
         {PROVIDER_TEXT},
         1,
         PROVIDER_TEXT,
         PROVIDER_CODE,
         BW_BASIS_PROVIDER_TEXT},
        {"nothing fits", "beta", "4.2.2", 452, {0}, 0, BW_RULE_NONE, BW_RULE_NONE, BW_BASIS_NONE},
    };
    struct classifying all = start(level_rules);

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_failure failure = {.status = bw_text_of(cases[i].status),
                                           .reply = cases[i].reply,
                                           .outcome = BW_OUTCOME_BOUNCED};
        const struct bw_verdict verdict =
            classify(&all, failure, cases[i].provider, cases[i].ids, cases[i].id_count);

        print_message("  %s\n", cases[i].why);
        assert_int_equal(verdict.rule, cases[i].rule);
        assert_int_equal(verdict.runner_up, cases[i].runner_up);
        assert_int_equal(verdict.basis, cases[i].basis);
        if (cases[i].rule != BW_RULE_NONE) {
            assert_int_equal(verdict.class_id, all.rules->rules[cases[i].rule - 1].class_id);
            assert_int_equal(verdict.fault, bw_class_fault((enum bw_class)verdict.class_id));
        }
    }
    stop(&all);
}

static void within_a_level_the_longest_literal_wins_then_the_earlier_rule(void **state)
{
    (void)state;
    struct classifying all = start("rule a\nclass loop\ntext \"four\"\n" FACTS
                                   "rule b\nclass too_large\ntext \"longer\"\n" FACTS
                                   "rule c\nclass greylist\ntext \"others\"\n" FACTS
                                   "rule d\nclass loop\nstatus 5.1.1\n" FACTS
                                   "rule e\nclass too_large\nstatus 5.1.1 5.1.2\n" FACTS);
    static const struct {
        const char *why;
        const char *status;
        uint16_t ids[3];
        size_t id_count;
        uint16_t rule, runner_up;
    } cases[] = {
        {"longest", "", {1, 2}, 2, 2, 1},
        {"equally long: the earlier in the file", "", {2, 3}, 2, 2, 3},
        {"all three", "", {1, 2, 3}, 3, 2, 3},
        {"the weakest is best of none", "", {1}, 1, 1, BW_RULE_NONE},
        {"two codes: the earlier in the file", "5.1.1", {0}, 0, 4, 5},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_failure failure = {.status = bw_text_of(cases[i].status)};
        const struct bw_verdict verdict =
            classify(&all, failure, NULL, cases[i].ids, cases[i].id_count);

        print_message("  %s\n", cases[i].why);
        assert_int_equal(verdict.rule, cases[i].rule);
        assert_int_equal(verdict.runner_up, cases[i].runner_up);
    }
    stop(&all);
}

static void status_patterns_fit_with_holes_and_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *status;
        bool fits;
    } cases[] = {
        {"5.1.1", "5.1.1", true},
        {"5.1.1", "5.1.10", false},
        {"5.1.1", "4.1.1", false},
        {"5.1.1", "5.2.1", false},
        {"5.1.1", "", false},
        {"5.1.1", "5.1", false},
        {"5.1.1", "5.1.1.1", false},
        {"5.1.1", "5.1.x", false},
        {"5.1.1", "5.1.", false},
        {"5.1.1", "05.1.1", true},
        {"x.7.27", "5.7.27", true},
        {"x.7.27", "4.7.27", true},
        {"x.7.27", "5.7.26", false},
        {"x.7.27", "", false},
        {"5.x.1", "5.7.1", true},
        {"5.x.1", "5.7.2", false},
        {"5.7.x", "5.7.999", true},
        {"5.7.x", "5.7.0", true},
        {"5.7.x", "5.1.1", false},
        {"5.7.606-649", "5.7.606", true},
        {"5.7.606-649", "5.7.649", true},
        {"5.7.606-649", "5.7.605", false},
        {"5.7.606-649", "5.7.650", false},
        {"5.1.1 5.1.2", "5.1.2", true},
        {"5.1.1 5.1.2", "5.1.3", false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char rules[256];
        (void)snprintf(rules, sizeof(rules), "rule a\nclass loop\nstatus %s\n" FACTS,
                       cases[i].pattern);
        struct classifying all = start(rules);
        const struct bw_failure failure = {.status = bw_text_of(cases[i].status)};

        print_message("  %s at %s\n", cases[i].status, cases[i].pattern);
        assert_int_equal(classify(&all, failure, NULL, NULL, 0).rule, cases[i].fits ? 1 : 0);
        stop(&all);
    }
}

static void a_text_rule_can_ask_for_codes_too(void **state)
{
    (void)state;
    struct classifying all =
        start("rule a\nclass loop\ntext \"word\"\nreply 55x 421\nstatus 5.7.x\n" FACTS);
    static const uint16_t ids[] = {1};
    static const struct {
        const char *why, *status;
        uint16_t reply;
        bool fits;
    } cases[] = {
        {"both fit", "5.7.1", 550, true},
        {"the end of the reply's range", "5.7.1", 559, true},
        {"the other reply", "5.7.1", 421, true},
        {"the reply does not fit", "5.7.1", 560, false},
        {"no reply", "5.7.1", 0, false},
        {"the status does not fit", "5.1.1", 550, false},
        {"no status", "", 550, false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_failure failure = {.status = bw_text_of(cases[i].status),
                                           .reply = cases[i].reply};
        print_message("  %s\n", cases[i].why);
        assert_int_equal(classify(&all, failure, NULL, ids, 1).rule, cases[i].fits ? 1 : 0);
        /* It has a pattern: the codes alone do not reach it. */
        assert_int_equal(classify(&all, failure, NULL, NULL, 0).rule, BW_RULE_NONE);
    }
    stop(&all);
}

/* Hard is what the MTA gave up on; only without an outcome do the codes decide. */
static void the_outcome_decides_hard_or_soft_before_the_codes(void **state)
{
    (void)state;
    static const struct {
        const char *why, *status;
        uint16_t reply;
        uint8_t outcome;
        enum bw_bounce bounce;
        enum bw_class class_id;
    } cases[] = {
        {"bounced on 550", "5.1.1", 550, BW_OUTCOME_BOUNCED, BW_BOUNCE_HARD,
         BW_CLASS_UNCLASSIFIED_5XX},
        {"deferred on 450", "4.2.0", 450, BW_OUTCOME_DEFERRED, BW_BOUNCE_SOFT,
         BW_CLASS_UNCLASSIFIED_4XX},
        {"deferred on 550 (soft_bounce)", "5.1.1", 550, BW_OUTCOME_DEFERRED, BW_BOUNCE_SOFT,
         BW_CLASS_UNCLASSIFIED_5XX},
        {"bounced on 450", "4.2.0", 450, BW_OUTCOME_BOUNCED, BW_BOUNCE_HARD,
         BW_CLASS_UNCLASSIFIED_4XX},
        {"expired", "4.2.0", 450, BW_OUTCOME_EXPIRED, BW_BOUNCE_HARD, BW_CLASS_UNCLASSIFIED_4XX},
        {"a text with a reply", "", 550, BW_OUTCOME_NONE, BW_BOUNCE_HARD,
         BW_CLASS_UNCLASSIFIED_5XX},
        {"a text with a soft reply", "", 421, BW_OUTCOME_NONE, BW_BOUNCE_SOFT,
         BW_CLASS_UNCLASSIFIED_4XX},
        {"the reply over the status", "4.1.1", 550, BW_OUTCOME_NONE, BW_BOUNCE_HARD,
         BW_CLASS_UNCLASSIFIED_5XX},
        {"a text with a status", "5.1.1", 0, BW_OUTCOME_NONE, BW_BOUNCE_HARD,
         BW_CLASS_UNCLASSIFIED_5XX},
        {"a text with a soft status", "4.1.1", 0, BW_OUTCOME_NONE, BW_BOUNCE_SOFT,
         BW_CLASS_UNCLASSIFIED_4XX},
        {"bounced without a code", "", 0, BW_OUTCOME_BOUNCED, BW_BOUNCE_HARD,
         BW_CLASS_UNCLASSIFIED_5XX},
        {"deferred without a code", "", 0, BW_OUTCOME_DEFERRED, BW_BOUNCE_SOFT,
         BW_CLASS_UNCLASSIFIED_4XX},
    };
    struct classifying all = start("");

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_failure failure = {.status = bw_text_of(cases[i].status),
                                           .reply = cases[i].reply,
                                           .outcome = cases[i].outcome};
        const struct bw_verdict verdict = classify(&all, failure, NULL, NULL, 0);

        print_message("  %s\n", cases[i].why);
        assert_int_equal(verdict.bounce, cases[i].bounce);
        assert_int_equal(verdict.class_id, cases[i].class_id);
        assert_int_equal(verdict.rule, BW_RULE_NONE);
        assert_int_equal(verdict.basis, BW_BASIS_NONE);
        assert_int_equal(verdict.suppress, BW_SUPPRESS_NEVER);
    }
    stop(&all);
}

static void without_any_code_the_class_itself_decides_hard_or_soft(void **state)
{
    (void)state;
    struct classifying all = start("rule a\nclass user_unknown\ntext \"gone\"\n" FACTS
                                   "rule b\nclass greylist\ntext \"later\"\n" FACTS
                                   "rule c\nclass spam_content\ntext \"spam\"\n" FACTS);
    static const enum bw_bounce expected[] = {BW_BOUNCE_HARD, BW_BOUNCE_SOFT, BW_BOUNCE_NONE};

    for (uint16_t id = 1; id <= 3; id++) {
        const struct bw_failure failure = {.outcome = BW_OUTCOME_NONE};
        assert_int_equal(classify(&all, failure, NULL, &id, 1).bounce, expected[id - 1]);
    }
    stop(&all);
}

/* One deferral is no reason to drop an address at once, whatever the words were. */
static void a_soft_failure_never_suppresses_at_once(void **state)
{
    (void)state;
    struct classifying all = start("rule a\nclass user_unknown\ntext \"unknown\"\n" FACTS);
    static const uint16_t ids[] = {1};
    const struct bw_failure hard = {.reply = 550, .outcome = BW_OUTCOME_BOUNCED};
    const struct bw_failure soft = {.reply = 450, .outcome = BW_OUTCOME_DEFERRED};

    assert_int_equal(classify(&all, hard, NULL, ids, 1).suppress, BW_SUPPRESS_NOW);
    assert_int_equal(classify(&all, soft, NULL, ids, 1).suppress, BW_SUPPRESS_AFTER_REPEAT);
    stop(&all);
}

static void names_the_row_of_the_550_matrix(void **state)
{
    (void)state;
    struct classifying all =
        start("rule unknown\nclass user_unknown\ntext \"no such user\"\n" FACTS
              "rule generic\nclass mailbox_unavailable_generic\ntext \"account off\"\n" FACTS);
    static const struct {
        const char *text, *status;
        uint16_t reply, rule;
        enum bw_variant variant;
    } cases[] = {
        {"no such user", "5.1.1", 550, 1, BW_VARIANT_550_5_1_1},
        {"no such user", "5.4.1", 550, 1, BW_VARIANT_550_5_4_1},
        {"no such user", "5.1.1", 551, 1, BW_VARIANT_NONE},
        {"no such user", "5.1.1", 0, 1, BW_VARIANT_NONE},
        {"account off", "", 550, 2, BW_VARIANT_550_MAILBOX_UNAVAILABLE},
        {"Requested action not taken: mailbox unavailable", "", 550, 0,
         BW_VARIANT_550_MAILBOX_UNAVAILABLE},
        {"rejected", "5.7.1", 550, 0, BW_VARIANT_550_5_7_1},
        {"Access denied", "", 550, 0, BW_VARIANT_550_5_7_1},
        {"Recipient address rejected: Access denied", "5.4.1", 550, 1, BW_VARIANT_550_5_4_1},
        {"something", "", 550, 0, BW_VARIANT_550_CATCH_ALL},
        {"Try again later", "", 550, 0, BW_VARIANT_550_MIXED_SIGNAL},
        {"no such user, try again later", "5.1.1", 550, 1, BW_VARIANT_550_MIXED_SIGNAL},
        {"something", "", 450, 0, BW_VARIANT_NONE},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_failure failure = {.text = bw_text_of(cases[i].text),
                                           .status = bw_text_of(cases[i].status),
                                           .reply = cases[i].reply};
        print_message("  %u %s %s\n", cases[i].reply, cases[i].status, cases[i].text);
        assert_int_equal(
            classify(&all, failure, NULL, &cases[i].rule, cases[i].rule == 0 ? 0 : 1).variant,
            cases[i].variant);
    }
    stop(&all);
}

static void an_unknown_provider_in_a_rule_is_a_mistake_with_its_line(void **state)
{
    (void)state;
    const struct bw_rule_source rule_source = {
        "my.rules", BW_TEXT_INIT("rule a\nclass loop\nreply 550\n" FACTS
                                 "rule b\nclass loop\nprovider alpha gmial\nreply 550\n" FACTS)};
    const struct bw_provider_source map_source = {"my.map", bw_text_of(provider_map)};
    struct bw_problem_list problems = {0};
    struct classifying all = {0};

    assert_int_equal(bw_rule_set_create(&all.rules, &rule_source, 1, NULL), BW_OK);
    assert_int_equal(bw_provider_map_create(&all.map, &map_source, 1, NULL), BW_OK);
    assert_int_equal(bw_classifier_create(&all.classifier, all.rules, all.map, &problems),
                     BW_ERR_FORMAT);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].file, "my.rules");
    assert_int_equal(problems.items[0].line, 8);
    assert_non_null(strstr(problems.items[0].message, "gmial"));
    bw_problem_list_deinit(&problems);
    stop(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stronger_level_decides_and_the_next_is_runner_up),
        cmocka_unit_test(within_a_level_the_longest_literal_wins_then_the_earlier_rule),
        cmocka_unit_test(status_patterns_fit_with_holes_and_ranges),
        cmocka_unit_test(a_text_rule_can_ask_for_codes_too),
        cmocka_unit_test(the_outcome_decides_hard_or_soft_before_the_codes),
        cmocka_unit_test(without_any_code_the_class_itself_decides_hard_or_soft),
        cmocka_unit_test(a_soft_failure_never_suppresses_at_once),
        cmocka_unit_test(names_the_row_of_the_550_matrix),
        cmocka_unit_test(an_unknown_provider_in_a_rule_is_a_mistake_with_its_line),
    };
    return cmocka_run_group_tests_name("classify/classifier", tests, NULL, NULL);
}
