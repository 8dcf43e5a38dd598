#include "test.h"
#include "zone/zone_machine.h"

#include <math.h>

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

/* Quantiles of the standard normal distribution, from any printed table. */
static void knows_the_quantiles_of_the_normal_distribution(void **state)
{
    (void)state;
    static const double table[][2] = {
        {0.0, 0.0},       {0.5, 0.0},        {0.6, 0.253347},   {0.75, 0.674490},
        {0.8, 0.841621},  {0.9, 1.281552},   {0.95, 1.644854},  {0.975, 1.959964},
        {0.99, 2.326348}, {0.995, 2.575829}, {0.999, 3.090232}, {0.9999, 3.719016},
    };

    for (size_t i = 0; i < ARRAY_COUNT(table); i++)
        assert_true(fabs(bw_confidence_z(table[i][0]) - table[i][1]) < 1e-6);
}

/* Wilson intervals as printed in R. G. Newcombe, Statistics in Medicine 17 (1998), table I,
 * method 3: two-sided 95 %, so z of 0.975. */
static void gives_the_intervals_of_the_literature(void **state)
{
    (void)state;
    static const struct {
        uint64_t hits, trials;
        double lower, upper;
    } cases[] = {
        {81, 263, 0.2553, 0.3662},
        {15, 148, 0.0624, 0.1605},
        {0, 20, 0.0000, 0.1611},
        {1, 29, 0.0061, 0.1718},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        double lower, upper;
        bw_wilson(cases[i].hits, cases[i].trials, bw_confidence_z(0.975), &lower, &upper);
        assert_true(near(lower, cases[i].lower));
        assert_true(near(upper, cases[i].upper));
    }
}

static void bounds_stay_between_none_and_all(void **state)
{
    (void)state;
    static const uint64_t trials[] = {1, 2, 100, 1000000, UINT64_C(4000000000)};

    for (size_t i = 0; i < ARRAY_COUNT(trials); i++) {
        double lower, upper;
        bw_wilson(0, trials[i], 3.0, &lower, &upper);
        assert_true(lower >= 0.0 && lower < 1e-12 && upper > 0.0 && upper < 1.0);
        bw_wilson(trials[i], trials[i], 3.0, &lower, &upper);
        assert_true(lower > 0.0 && lower < 1.0 && upper > 1.0 - 1e-12 && upper <= 1.0);
    }
}

/* More mail at the same rate says more: the bounds close in on the rate from both sides. */
static void bounds_close_in_with_more_mail(void **state)
{
    (void)state;
    double last_lower = 0.0;
    double last_upper = 1.0;

    for (uint64_t hundreds = 1; hundreds <= 100000; hundreds *= 10) {
        double lower, upper;
        bw_wilson(3 * hundreds, 100 * hundreds, bw_confidence_z(0.8), &lower, &upper);
        assert_true(lower > last_lower && lower < 0.03);
        assert_true(upper < last_upper && upper > 0.03);
        last_lower = lower;
        last_upper = upper;
    }
}

/*
 * The lower Wilson bound exceeds p exactly when the score test against p is passed:
 * hits > n p + z sqrt(n p (1 - p)). That gives the bounces that are needed by another road.
 */
static void needs_as_many_bounces_as_the_score_test_says(void **state)
{
    (void)state;
    static const uint64_t sent[] = {20, 50, 100, 200, 500, 1000, 2000, 10000};
    static const double limits[] = {0.02, 0.03, 0.05, 0.08};
    static const double confidences[] = {0.80, 0.95, 0.99};

    for (size_t c = 0; c < ARRAY_COUNT(confidences); c++) {
        for (size_t i = 0; i < ARRAY_COUNT(sent); i++) {
            for (size_t j = 0; j < ARRAY_COUNT(limits); j++) {
                const double z = bw_confidence_z(confidences[c]);
                const double n = (double)sent[i];
                const double p = limits[j];
                const uint64_t needed = (uint64_t)floor(n * p + z * sqrt(n * p * (1 - p))) + 1;
                double lower, upper;

                bw_wilson(needed, sent[i], z, &lower, &upper);
                assert_true(lower > p);
                bw_wilson(needed - 1, sent[i], z, &lower, &upper);
                assert_true(lower < p);
            }
        }
    }
}

static const struct bw_zone_limits microsoft = {0.05, 0.08};
static const struct bw_zone_limits everyone = {0.02, 0.05};

/* With confidence 0 the plain rate counts, so limits can be met exactly. */
static void enters_warning_at_its_limit_and_blocking_above_its_limit(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const struct bw_zone_limits *limits;
        uint64_t hard, attempts;
        int zone;
        double limit;
    } cases[] = {
        {"gmail: below 3 %", &gmail, 299, 10000, BW_ZONE_ACCEPTABLE, 0.03},
        {"gmail: 3 % reaches", &gmail, 3, 100, BW_ZONE_WARNING, 0.03},
        {"gmail: 3 % of many reaches", &gmail, 30000, 1000000, BW_ZONE_WARNING, 0.03},
        {"gmail: 5 % does not exceed", &gmail, 50, 1000, BW_ZONE_WARNING, 0.03},
        {"gmail: a little over 5 % does", &gmail, 501, 10000, BW_ZONE_BLOCKING, 0.05},
        {"microsoft: 3 % is nothing", &microsoft, 30, 1000, BW_ZONE_ACCEPTABLE, 0.05},
        {"microsoft: below 5 %", &microsoft, 499, 10000, BW_ZONE_ACCEPTABLE, 0.05},
        {"microsoft: 5 % reaches", &microsoft, 5, 100, BW_ZONE_WARNING, 0.05},
        {"microsoft: 8 % does not exceed", &microsoft, 80, 1000, BW_ZONE_WARNING, 0.05},
        {"microsoft: a little over 8 % does", &microsoft, 801, 10000, BW_ZONE_BLOCKING, 0.08},
        {"everyone else: below 2 %", &everyone, 199, 10000, BW_ZONE_ACCEPTABLE, 0.02},
        {"everyone else: 2 % reaches", &everyone, 2, 100, BW_ZONE_WARNING, 0.02},
        {"everyone else: 5 % does not exceed", &everyone, 5, 100, BW_ZONE_WARNING, 0.02},
        {"everyone else: 6 % does", &everyone, 6, 100, BW_ZONE_BLOCKING, 0.05},
        {"all of it", &gmail, 100, 100, BW_ZONE_BLOCKING, 0.05},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint8_t zone = BW_ZONE_ACCEPTABLE;
        uint8_t calm = 0;
        struct bw_zone_reading reading;

        print_message("  %s\n", cases[i].why);
        (void)bw_zone_step(&options, 0.0, cases[i].limits, cases[i].hard, cases[i].attempts, &zone,
                           &calm, &reading);
        assert_int_equal(zone, cases[i].zone);
        assert_true(fabs(reading.limit - cases[i].limit) < 1e-12);
        assert_true(fabs(reading.lower - reading.rate) < 1e-12);
        assert_true(fabs(reading.upper - reading.rate) < 1e-12);
    }
}

static void min_attempts_is_the_least_that_counts(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint64_t min_attempts, hard, attempts;
        int zone;
    } cases[] = {
        {"one too few", 100, 99, 99, BW_ZONE_ACCEPTABLE},
        {"just enough", 100, 100, 100, BW_ZONE_BLOCKING},
        {"a minimum of one", 1, 1, 1, BW_ZONE_BLOCKING},
        {"no minimum, no mail", 0, 0, 0, BW_ZONE_ACCEPTABLE},
        {"no minimum, one mail", 0, 1, 1, BW_ZONE_BLOCKING},
        {"a large minimum", 100000, 99999, 99999, BW_ZONE_ACCEPTABLE},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_zone_options own = {cases[i].min_attempts, 0.80, 0.8};
        uint8_t zone = BW_ZONE_ACCEPTABLE;
        uint8_t calm = 0;
        struct bw_zone_reading reading;

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_zone_step(&own, bw_confidence_z(0.80), &gmail, cases[i].hard,
                                      cases[i].attempts, &zone, &calm, &reading),
                         cases[i].zone != BW_ZONE_ACCEPTABLE);
        assert_int_equal(zone, cases[i].zone);
    }
}

/* A key's whole story: one evaluation a line. */
static void follows_the_rate_through_the_zones(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint64_t hard, attempts;
        int zone;
    } story[] = {
        {"well", 5, 1000, BW_ZONE_ACCEPTABLE},
        {"warning", 40, 1000, BW_ZONE_WARNING},
        {"still", 40, 1000, BW_ZONE_WARNING},
        {"above the blocking limit, not surely", 52, 1000, BW_ZONE_WARNING},
        {"surely", 70, 1000, BW_ZONE_BLOCKING},
        {"under the limit, over 0.8 of it", 45, 1000, BW_ZONE_BLOCKING},
        {"calm once", 35, 1000, BW_ZONE_BLOCKING},
        {"and again loud", 45, 1000, BW_ZONE_BLOCKING},
        {"calm once", 35, 1000, BW_ZONE_BLOCKING},
        {"calm twice: down to warning", 35, 1000, BW_ZONE_WARNING},
        {"calm for warning, once", 20, 1000, BW_ZONE_WARNING},
        {"calm for warning, twice", 20, 1000, BW_ZONE_ACCEPTABLE},
        {"up again at once", 80, 1000, BW_ZONE_BLOCKING},
        {"calm once", 1, 1000, BW_ZONE_BLOCKING},
        {"calm twice: all the way down", 1, 1000, BW_ZONE_ACCEPTABLE},
        {"warning", 40, 1000, BW_ZONE_WARNING},
        {"calm once", 1, 1000, BW_ZONE_WARNING},
        {"the mail is gone: left at once", 0, 50, BW_ZONE_ACCEPTABLE},
        {"and it is no half recovery later", 40, 1000, BW_ZONE_WARNING},
        {"calm once", 1, 1000, BW_ZONE_WARNING},
    };
    uint8_t zone = BW_ZONE_ACCEPTABLE;
    uint8_t calm = 0;

    for (size_t i = 0; i < ARRAY_COUNT(story); i++) {
        struct bw_zone_reading reading;
        const uint8_t before = zone;
        const bool changed = bw_zone_step(&options, bw_confidence_z(0.80), &gmail, story[i].hard,
                                          story[i].attempts, &zone, &calm, &reading);

        print_message("  %s\n", story[i].why);
        assert_int_equal(zone, story[i].zone);
        assert_int_equal(changed, zone != before);
    }
}

/* A zone is left below 0.8 of its limit. At exactly that rate it is not left. */
static void does_not_recover_at_exactly_the_recovery_limit(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const struct bw_zone_limits *limits;
        double recover;
        uint64_t hard, attempts;
        int zone;
    } cases[] = {
        {"4 % of a blocking limit of 5 %", &gmail, 0.8, 40, 1000, BW_ZONE_BLOCKING},
        {"the same with little mail", &gmail, 0.8, 4, 100, BW_ZONE_BLOCKING},
        {"2.4 % of a warning limit of 3 %", &gmail, 0.8, 24, 1000, BW_ZONE_WARNING},
        {"6.4 % of a blocking limit of 8 %", &microsoft, 0.8, 64, 1000, BW_ZONE_BLOCKING},
        {"4 % of a warning limit of 5 %", &microsoft, 0.8, 400, 10000, BW_ZONE_WARNING},
        {"1.6 % of a warning limit of 2 %", &everyone, 0.8, 16, 1000, BW_ZONE_WARNING},
        {"1.8 % of 2 % at a recovery of 0.9", &everyone, 0.9, 18, 1000, BW_ZONE_WARNING},
        {"4.5 % of 5 % at a recovery of 0.9", &everyone, 0.9, 9, 200, BW_ZONE_BLOCKING},
        {"7.2 % of 8 % at a recovery of 0.9", &microsoft, 0.9, 72, 1000, BW_ZONE_BLOCKING},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_zone_options own = {100, 0.0, cases[i].recover};
        struct bw_zone_reading reading;
        uint8_t zone = (uint8_t)cases[i].zone;
        uint8_t calm = 0;

        print_message("  %s\n", cases[i].why);
        for (int evaluation = 0; evaluation < 3; evaluation++)
            assert_false(bw_zone_step(&own, 0.0, cases[i].limits, cases[i].hard, cases[i].attempts,
                                      &zone, &calm, &reading));
        /* One bounce less is below it: left at the second evaluation. */
        assert_false(bw_zone_step(&own, 0.0, cases[i].limits, cases[i].hard - 1, cases[i].attempts,
                                  &zone, &calm, &reading));
        assert_true(bw_zone_step(&own, 0.0, cases[i].limits, cases[i].hard - 1, cases[i].attempts,
                                 &zone, &calm, &reading));
    }
}

static void tells_the_limit_that_decided(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint64_t hard;
        int zone_before, calm_before;
        double limit;
    } cases[] = {
        {"of the entered zone", 40, BW_ZONE_ACCEPTABLE, 0, 0.03},
        {"of the higher zone when it is entered straight", 100, BW_ZONE_ACCEPTABLE, 0, 0.05},
        {"of the zone that is left", 1, BW_ZONE_WARNING, 1, 0.03},
        {"of blocking when it is left to warning", 30, BW_ZONE_BLOCKING, 1, 0.05},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint8_t zone = (uint8_t)cases[i].zone_before;
        uint8_t calm = (uint8_t)cases[i].calm_before;
        struct bw_zone_reading reading;

        print_message("  %s\n", cases[i].why);
        assert_true(bw_zone_step(&options, bw_confidence_z(0.80), &gmail, cases[i].hard, 1000,
                                 &zone, &calm, &reading));
        assert_true(fabs(reading.limit - cases[i].limit) < 1e-12);
        assert_true(fabs(reading.rate - (double)cases[i].hard / 1000) < 1e-12);
        assert_true(reading.lower < reading.rate && reading.rate < reading.upper);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_bounds_of_the_contract),
        cmocka_unit_test(enters_and_leaves_by_the_rules),
        cmocka_unit_test(knows_the_quantiles_of_the_normal_distribution),
        cmocka_unit_test(gives_the_intervals_of_the_literature),
        cmocka_unit_test(bounds_stay_between_none_and_all),
        cmocka_unit_test(bounds_close_in_with_more_mail),
        cmocka_unit_test(needs_as_many_bounces_as_the_score_test_says),
        cmocka_unit_test(enters_warning_at_its_limit_and_blocking_above_its_limit),
        cmocka_unit_test(min_attempts_is_the_least_that_counts),
        cmocka_unit_test(follows_the_rate_through_the_zones),
        cmocka_unit_test(does_not_recover_at_exactly_the_recovery_limit),
        cmocka_unit_test(tells_the_limit_that_decided),
    };
    return cmocka_run_group_tests_name("zone/zone_machine", tests, NULL, NULL);
}
