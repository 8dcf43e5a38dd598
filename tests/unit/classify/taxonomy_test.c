#include "classify/taxonomy.h"
#include "test.h"

#include <string.h>

static void every_class_has_a_name_a_cause_and_an_action(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < BW_CLASS_COUNT; i++) {
        const enum bw_class class_id = (enum bw_class)i;
        const char *const sentences[] = {bw_class_cause(class_id), bw_class_action(class_id)};

        assert_non_null(bw_class_name(class_id));
        for (const char *byte = bw_class_name(class_id); *byte != '\0'; byte++)
            assert_true((*byte >= 'a' && *byte <= 'z') || (*byte >= '0' && *byte <= '9') ||
                        *byte == '_');
        assert_true(strlen(bw_class_name(class_id)) >= 4);
        for (size_t j = 0; j < 2; j++) {
            print_message("  %s: %s\n", bw_class_name(class_id), sentences[j]);
            assert_non_null(sentences[j]);
            assert_in_range(sentences[j][0], 'A', 'Z');
            assert_int_equal(sentences[j][strlen(sentences[j]) - 1], '.');
        }
    }
}

static void a_name_leads_back_to_its_class(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < BW_CLASS_COUNT; i++)
        assert_int_equal(bw_class_find(bw_text_of(bw_class_name((enum bw_class)i))), i);
}

static void what_is_no_class_name_is_not_found(void **state)
{
    (void)state;
    static const char *const names[] = {
        "", "none", "user_unknow", "user_unknown2", "User_Unknown", "user unknown", " loop"};

    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        assert_int_equal(bw_class_find(bw_text_of(names[i])), BW_CLASS_NONE);
    assert_int_equal(bw_class_find((struct bw_text){NULL, 0}), BW_CLASS_NONE);
    assert_string_equal(bw_class_name(BW_CLASS_NONE), "");
}

/* An address must never be taken off a list because the sender is blocked. */
static void only_what_is_the_recipients_fault_suppresses(void **state)
{
    (void)state;
    size_t suppressing = 0;

    for (uint32_t i = 0; i < BW_CLASS_COUNT; i++) {
        const enum bw_fault fault = bw_class_fault((enum bw_class)i);
        if (bw_class_suppress((enum bw_class)i) == BW_SUPPRESS_NEVER)
            continue;
        assert_true(fault == BW_FAULT_RECIPIENT || fault == BW_FAULT_RCPT_DOMAIN);
        suppressing++;
    }
    assert_true(suppressing >= 5);
    assert_int_equal(bw_class_suppress(BW_CLASS_USER_UNKNOWN), BW_SUPPRESS_NOW);
    assert_int_equal(bw_class_suppress(BW_CLASS_DOMAIN_UNKNOWN), BW_SUPPRESS_NOW);
    assert_int_equal(bw_class_suppress(BW_CLASS_MAILBOX_FULL), BW_SUPPRESS_AFTER_REPEAT);
}

static void a_soft_class_suppresses_only_after_repeats(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < BW_CLASS_COUNT; i++)
        if (bw_class_nature((enum bw_class)i) == BW_BOUNCE_SOFT)
            assert_int_not_equal(bw_class_suppress((enum bw_class)i), BW_SUPPRESS_NOW);
}

/* A block is what a provider does to the sender; the contract names four of them. */
static void a_block_is_the_senders_fault(void **state)
{
    (void)state;
    static const enum bw_class named[] = {BW_CLASS_PROVIDER_IP_BLOCK, BW_CLASS_DNSBL_LISTED,
                                          BW_CLASS_DIRECTORY_HARVEST_BLOCK, BW_CLASS_DMARC_REJECT};

    for (size_t i = 0; i < ARRAY_COUNT(named); i++)
        assert_true(bw_class_is_block(named[i]));
    for (uint32_t i = 0; i < BW_CLASS_COUNT; i++)
        if (bw_class_is_block((enum bw_class)i))
            assert_true(bw_class_fault((enum bw_class)i) == BW_FAULT_SENDER_IP ||
                        bw_class_fault((enum bw_class)i) == BW_FAULT_SENDER_DOMAIN);
    assert_false(bw_class_is_block(BW_CLASS_NONE));
    assert_false(bw_class_is_block(BW_CLASS_USER_UNKNOWN));
    assert_false(bw_class_is_block(BW_CLASS_GREYLIST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_has_a_name_a_cause_and_an_action),
        cmocka_unit_test(a_name_leads_back_to_its_class),
        cmocka_unit_test(what_is_no_class_name_is_not_found),
        cmocka_unit_test(only_what_is_the_recipients_fault_suppresses),
        cmocka_unit_test(a_soft_class_suppresses_only_after_repeats),
        cmocka_unit_test(a_block_is_the_senders_fault),
    };
    return cmocka_run_group_tests_name("classify/taxonomy", tests, NULL, NULL);
}
