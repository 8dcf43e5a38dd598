#include "test.h"
#include "zone/zone_machine.h"

static const struct bw_zone_options options = {100, 0.80, 0.8};
static const struct bw_zone_limits gmail = {0.03, 0.05};

static bool near(double left, double right)
{
    return left - right < 0.00005 && right - left < 0.00005;
}

static void gives_the_bounds_of_the_contract(void **state)
{
    (void)state;
    double lower, upper;

    assert_true(near(bw_confidence_z(0.80), 0.84162));
    assert_true(near(bw_confidence_z(0.0), 0.0));
    bw_wilson(39, 1000, bw_confidence_z(0.80), &lower, &upper);
    assert_true(near(lower, 0.03416));
    assert_true(near(upper, 0.04449));
}

static void enters_and_leaves_by_the_rules(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint64_t hard, attempts;
        int zone_before, zone_after, calm_before, calm_after;
    } cases[] = {
        {"too little mail", 50, 99, BW_ZONE_ACCEPTABLE, BW_ZONE_ACCEPTABLE, 0, 0},
        {"lower bound reaches the warning limit", 39, 1000, BW_ZONE_ACCEPTABLE, BW_ZONE_WARNING, 0,
         0},
        {"rate above it, lower bound below", 31, 1000, BW_ZONE_ACCEPTABLE, BW_ZONE_ACCEPTABLE, 0,
         0},
        {"straight into blocking", 100, 1000, BW_ZONE_ACCEPTABLE, BW_ZONE_BLOCKING, 0, 0},
        {"stays between recovery and limit", 25, 1000, BW_ZONE_WARNING, BW_ZONE_WARNING, 1, 0},
        {"one calm evaluation is not enough", 20, 1000, BW_ZONE_WARNING, BW_ZONE_WARNING, 0, 1},
        {"two are", 20, 1000, BW_ZONE_WARNING, BW_ZONE_ACCEPTABLE, 1, 0},
        {"blocking goes to warning first", 30, 1000, BW_ZONE_BLOCKING, BW_ZONE_WARNING, 1, 0},
        {"blocking goes to acceptable when all is well", 1, 1000, BW_ZONE_BLOCKING,
         BW_ZONE_ACCEPTABLE, 1, 0},
        {"left at once when the mail is gone", 90, 99, BW_ZONE_BLOCKING, BW_ZONE_ACCEPTABLE, 0, 0},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint8_t zone = (uint8_t)cases[i].zone_before;
        uint8_t calm = (uint8_t)cases[i].calm_before;
        struct bw_zone_reading reading;
        const bool changed = bw_zone_step(&options, bw_confidence_z(0.80), &gmail, cases[i].hard,
                                          cases[i].attempts, &zone, &calm, &reading);

        print_message("  %s\n", cases[i].why);
        assert_int_equal(zone, cases[i].zone_after);
        assert_int_equal(calm, cases[i].calm_after);
        assert_int_equal(changed, cases[i].zone_before != cases[i].zone_after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_bounds_of_the_contract),
        cmocka_unit_test(enters_and_leaves_by_the_rules),
    };
    return cmocka_run_group_tests_name("zone/zone_machine", tests, NULL, NULL);
}
