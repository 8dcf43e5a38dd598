/*
 * Every rule file's own tests: each `example` must reach its rule, no `not` may.
 */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_reaches_its_rule_and_no_counter_example_does),
        cmocka_unit_test(every_class_has_a_rule),
        cmocka_unit_test(only_faults_of_the_recipient_suppress),
    };
    return cmocka_run_group_tests_name("match/rule_examples", tests, set_up, tear_down);
}
