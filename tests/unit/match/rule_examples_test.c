/*
 * Every rule file's own tests: each `example` must reach its rule, no `not` may. And what must hold
 * over all of them: nobody is suppressed for a fault that is not his.
 */
#include "engine/classify_text.h"
#include "engine/rule_check.h"
#include "test.h"

#include <stdio.h>

struct fixture {
    struct bw_config config;
    struct bw_knowledge *knowledge;
    struct bw_worker *worker;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct bw_problem_list problems = {0};

    if (bw_config_init(&fixture.config) != BW_OK)
        return -1;
    const enum bw_status status =
        bw_knowledge_create(&fixture.knowledge, &fixture.config, NULL, &problems);
    bw_problem_list_print(&problems, stderr);
    bw_problem_list_deinit(&problems);
    *state = &fixture;
    return status == BW_OK ? bw_worker_create(&fixture.worker, fixture.knowledge) : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    bw_worker_destroy(&fixture->worker);
    bw_knowledge_destroy(&fixture->knowledge);
    bw_config_deinit(&fixture->config);
    return 0;
}

static struct bw_verdict verdict_of(struct fixture *fixture, const char *provider, const char *text)
{
    char room[4096];
    struct bw_classified_text found;

    bw_classify_text(fixture->worker, fixture->knowledge, bw_text_of(text), provider, room, &found);
    return found.verdict;
}

static const char *provider_of(const struct bw_rule *rule)
{
    return rule->provider_count == 0 ? NULL : rule->providers[0];
}

static void every_example_reaches_its_rule_and_no_counter_example_does(void **state)
{
    struct fixture *fixture = *state;
    const struct bw_rule_set *set = fixture->knowledge->rules;
    struct bw_problem_list problems = {0};

    const size_t checked = bw_rule_check(fixture->worker, fixture->knowledge, &problems);
    print_message("  %zu examples of %u rules\n", checked, set->count);
    bw_problem_list_print(&problems, stderr);
    assert_int_equal(problems.count, 0);
    assert_true(checked >= set->count);
    bw_problem_list_deinit(&problems);
}

static void every_class_has_a_rule(void **state)
{
    struct fixture *fixture = *state;
    const struct bw_rule_set *set = fixture->knowledge->rules;
    size_t missing = 0;

    for (uint32_t class_id = 1; class_id < BW_CLASS_UNCLASSIFIED_4XX; class_id++) {
        bool is_there = false;
        for (uint32_t i = 0; i < set->count; i++)
            is_there = is_there || set->rules[i].class_id == class_id;
        if (!is_there)
            print_error("no rule gives %s\n", bw_class_name((enum bw_class)class_id));
        missing += is_there ? 0 : 1;
    }
    assert_int_equal(missing, 0);
}

static void only_faults_of_the_recipient_suppress(void **state)
{
    (void)state;
    for (uint32_t class_id = 0; class_id < BW_CLASS_COUNT; class_id++) {
        const enum bw_fault fault = bw_class_fault((enum bw_class)class_id);
        if (bw_class_suppress((enum bw_class)class_id) != BW_SUPPRESS_NEVER)
            assert_true(fault == BW_FAULT_RECIPIENT || fault == BW_FAULT_RCPT_DOMAIN);
    }
}

static bool is_recipients_fault(uint8_t fault)
{
    return fault == BW_FAULT_RECIPIENT || fault == BW_FAULT_RCPT_DOMAIN;
}

static void no_example_suppresses_for_a_fault_of_another(void **state)
{
    struct fixture *fixture = *state;
    const struct bw_rule_set *set = fixture->knowledge->rules;
    size_t wrong = 0;

    for (uint32_t i = 0; i < set->count; i++) {
        const struct bw_rule *rule = &set->rules[i];
        for (uint8_t j = 0; j < rule->example_count; j++) {
            const struct bw_verdict verdict =
                verdict_of(fixture, provider_of(rule), rule->examples[j]);
            if (verdict.suppress == BW_SUPPRESS_NEVER || is_recipients_fault(verdict.fault))
                continue;
            print_error("%s:%u: suppresses for a fault of %s\n", rule->file, rule->example_lines[j],
                        bw_fault_name((enum bw_fault)verdict.fault));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* "550 5.7.1 words" -> "words"; NULL where the code is not at the front, or repeated in it. */
static const char *words_of(const char *reply)
{
    const struct bw_text text = bw_text_of(reply);
    size_t start = 0;

    if (text.size < 5 || text.bytes[0] < '4' || text.bytes[0] > '5' || text.bytes[3] != ' ')
        return NULL;
    start = 4;
    const size_t blank = bw_text_find(bw_text_after(text, start), BW_TEXT(" "));
    if ((text.bytes[start] == '4' || text.bytes[start] == '5') && text.bytes[start + 1] == '.' &&
        start + blank < text.size)
        start += blank + 1;
    return reply + start;
}

static size_t count_suppressions(struct fixture *fixture, const struct bw_rule *rule,
                                 const char *text)
{
    const struct bw_provider_map *providers = fixture->knowledge->providers;
    size_t wrong = 0;

    for (uint16_t i = 0; i < bw_provider_map_count(providers); i++) {
        const char *provider = bw_provider_map_name(providers, i);
        const struct bw_verdict verdict = verdict_of(fixture, provider, text);
        if (verdict.suppress == BW_SUPPRESS_NEVER)
            continue;
        print_error("%s:%u: suppressed at %s: %s\n", rule->file, rule->line, provider, text);
        wrong++;
    }
    return wrong;
}

/*
 * Words about the sender count for more than a code that says the user is unknown, and than
 * whatever a provider's own rules make of it.
 */
static void a_fault_of_the_sender_never_suppresses_whatever_the_code_and_the_provider(void **state)
{
    struct fixture *fixture = *state;
    const struct bw_rule_set *set = fixture->knowledge->rules;
    size_t checked = 0;
    size_t wrong = 0;

    for (uint32_t i = 0; i < set->count; i++) {
        const struct bw_rule *rule = &set->rules[i];
        if (rule->pattern_count == 0 || rule->provider_count > 0 || rule->status_count > 0 ||
            rule->reply_count > 0 ||
            is_recipients_fault((uint8_t)bw_class_fault((enum bw_class)rule->class_id)))
            continue;
        for (uint8_t j = 0; j < rule->example_count; j++) {
            char text[2048];
            const char *words = words_of(rule->examples[j]);

            wrong += count_suppressions(fixture, rule, rule->examples[j]);
            if (words == NULL)
                continue;
            const int size = snprintf(text, sizeof(text), "550 5.1.1 %s", words);
            assert_true(size > 0 && (size_t)size < sizeof(text));
            wrong += count_suppressions(fixture, rule, text);
            checked++;
        }
    }
    print_message("  %zu examples of the sender's faults\n", checked);
    assert_true(checked > 100);
    assert_int_equal(wrong, 0);
}

/* The same code, read by who sends it: each row is one that providers give their own meaning. */
static void the_same_code_means_what_its_sender_means(void **state)
{
    static const struct {
        const char *provider, *text;
        enum bw_class class_id;
    } rows[] = {
        {"gmail", "550 5.7.27 refused", BW_CLASS_SPF_FAIL},
        {NULL, "550 5.7.27 refused", BW_CLASS_SENDER_ADDRESS_REJECTED},
        {"gmail", "550 5.7.29 refused", BW_CLASS_TLS_REQUIRED},
        {"gmail", "550 5.7.30 refused", BW_CLASS_DKIM_FAIL},
        {NULL, "550 5.7.30 refused", BW_CLASS_TLS_REQUIRED},
        {"gmail", "550 5.7.40 refused", BW_CLASS_DMARC_MISSING},
        {"gmail", "504 5.7.40 Unrecognized authentication type", BW_CLASS_PROTOCOL_ERROR},
        {"gmail", "504 5.7.4 Unrecognized authentication type", BW_CLASS_PROTOCOL_ERROR},
        {"yahoo", "550 5.7.9 refused", BW_CLASS_UNAUTHENTICATED},
        {"yahoo", "554 5.7.9 refused", BW_CLASS_POLICY_GENERIC},
        {"microsoft_365", "550 5.4.1 refused", BW_CLASS_USER_UNKNOWN},
        {"microsoft_365", "550 5.4.1 Relay access denied", BW_CLASS_RELAY_DENIED},
        {NULL, "550 5.4.1 [j@example.com]", BW_CLASS_CONNECT_FAILED},
        {"microsoft_365", "550 5.1.10 refused", BW_CLASS_USER_UNKNOWN},
        {NULL, "556 5.1.10 Recipient address has null MX", BW_CLASS_NULL_MX},
        {"gmail", "550 5.2.1 The email account that you tried to reach is inactive.",
         BW_CLASS_MAILBOX_DISABLED},
        {"gmail", "550 5.2.1 The user you are trying to contact is receiving mail at a rate that",
         BW_CLASS_RECIPIENT_RATE},
        {"comcast", "550 5.2.0 Message rejected due to DMARC.", BW_CLASS_DMARC_REJECT},
        {"orange", "550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506] mx1",
         BW_CLASS_SPAM_CONTENT},
        {"orange", "552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417] mx1",
         BW_CLASS_MAILBOX_FULL},
        {"comcast", "452 4.1.1 <j@example.net> too many recent messages", BW_CLASS_RECIPIENT_RATE},
        {"godaddy", "550 5.1.1 IB607a. Connection refused", BW_CLASS_RATE_OR_CONNECTION_LIMIT},
        {"yahoo", "552 mailbox not found", BW_CLASS_USER_UNKNOWN},
        {NULL, "552 5.2.2 refused", BW_CLASS_MAILBOX_FULL},
        {"yandex", "550 5.7.1 No such user! mx1", BW_CLASS_USER_UNKNOWN},
        {NULL, "550 5.7.1 Relaying denied to j@example.com", BW_CLASS_RELAY_DENIED},
        {NULL, "550 5.7.1 Access denied", BW_CLASS_POLICY_GENERIC},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const uint8_t found = verdict_of(fixture, rows[i].provider, rows[i].text).class_id;
        if (found != rows[i].class_id)
            print_error("%s: %s\n", rows[i].text, bw_class_name((enum bw_class)found));
        assert_int_equal(found, rows[i].class_id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_reaches_its_rule_and_no_counter_example_does),
        cmocka_unit_test(every_class_has_a_rule),
        cmocka_unit_test(only_faults_of_the_recipient_suppress),
        cmocka_unit_test(no_example_suppresses_for_a_fault_of_another),
        cmocka_unit_test(a_fault_of_the_sender_never_suppresses_whatever_the_code_and_the_provider),
        cmocka_unit_test(the_same_code_means_what_its_sender_means),
    };
    return cmocka_run_group_tests_name("match/rule_examples", tests, set_up, tear_down);
}
