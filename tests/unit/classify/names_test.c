/*
 * The names that records, reports and events are written with: fixed to the letter.
 */
#include "test.h"

#include <bouncewatch/delivery.h>
#include <bouncewatch/verdict.h>

static void outcomes_and_hops_are_called_as_in_the_contract(void **state)
{
    (void)state;
    static const char *const outcomes[BW_OUTCOME_COUNT] = {
        NULL, "delivered", "deferred", "bounced", "expired", "discarded", "suppressed", "probe"};
    static const char *const hops[BW_HOP_COUNT] = {"remote", "internal", "local"};

    assert_null(bw_outcome_name(BW_OUTCOME_NONE));
    for (size_t i = 1; i < BW_OUTCOME_COUNT; i++)
        assert_string_equal(bw_outcome_name((enum bw_outcome)i), outcomes[i]);
    for (size_t i = 0; i < BW_HOP_COUNT; i++)
        assert_string_equal(bw_hop_name((enum bw_hop)i), hops[i]);
}

static void verdicts_are_called_as_in_the_contract(void **state)
{
    (void)state;
    static const char *const faults[BW_FAULT_COUNT] = {
        "unknown", "recipient",     "rcpt_domain", "sender_ip", "sender_domain",
        "content", "remote_system", "transport",   "local"};
    static const char *const variants[BW_VARIANT_COUNT] = {"",
                                                           "550 5.1.1",
                                                           "550 5.7.1",
                                                           "550 5.4.1",
                                                           "550 mailbox-unavailable",
                                                           "550 catch-all",
                                                           "550 mixed-signal"};

    for (size_t i = 0; i < BW_FAULT_COUNT; i++)
        assert_string_equal(bw_fault_name((enum bw_fault)i), faults[i]);
    for (size_t i = 0; i < BW_VARIANT_COUNT; i++)
        assert_string_equal(bw_variant_name((enum bw_variant)i), variants[i]);
    assert_string_equal(bw_bounce_name(BW_BOUNCE_NONE), "");
    assert_string_equal(bw_bounce_name(BW_BOUNCE_HARD), "hard");
    assert_string_equal(bw_bounce_name(BW_BOUNCE_SOFT), "soft");
    assert_string_equal(bw_suppress_name(BW_SUPPRESS_NEVER), "never");
    assert_string_equal(bw_suppress_name(BW_SUPPRESS_NOW), "now");
    assert_string_equal(bw_suppress_name(BW_SUPPRESS_AFTER_REPEAT), "after_repeat");
}

static void every_basis_but_none_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(bw_basis_name(BW_BASIS_NONE), "");
    assert_string_equal(bw_basis_name(BW_BASIS_PROVIDER_TEXT), "text");
    assert_string_equal(bw_basis_name(BW_BASIS_TEXT), "text");
    assert_string_not_equal(bw_basis_name(BW_BASIS_PROVIDER_CODE), "");
    assert_string_not_equal(bw_basis_name(BW_BASIS_STATUS), "");
    assert_string_not_equal(bw_basis_name(BW_BASIS_REPLY), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_and_hops_are_called_as_in_the_contract),
        cmocka_unit_test(verdicts_are_called_as_in_the_contract),
        cmocka_unit_test(every_basis_but_none_has_a_name),
    };
    return cmocka_run_group_tests_name("classify/names", tests, NULL, NULL);
}
