#include "config/config.h"
#include "test.h"

static void has_the_defaults_of_the_contract(void **state)
{
    (void)state;
    static const struct {
        const char *provider;
        double warning, blocking;
    } limits[] = {{"gmail", 0.03, 0.05},
                  {"microsoft", 0.05, 0.08},
                  {"yahoo", 0.03, 0.05},
                  {"default", 0.02, 0.05}};
    struct bw_config config;

    assert_int_equal(bw_config_init(&config), BW_OK);
    assert_int_equal(config.keys.window_count, 2);
    assert_int_equal(config.keys.window_minutes[0], 60);
    assert_int_equal(config.keys.window_minutes[1], 24 * 60);
    assert_int_equal(config.zone.min_attempts, 100);
    assert_float_equal(config.zone.confidence, 0.80, 1e-12);
    assert_float_equal(config.zone.recover, 0.8, 1e-12);
    assert_int_equal(config.limit_count, ARRAY_COUNT(limits));
    for (size_t i = 0; i < ARRAY_COUNT(limits); i++) {
        assert_string_equal(config.limits[i].provider, limits[i].provider);
        assert_float_equal(config.limits[i].limits.warning, limits[i].warning, 1e-12);
        assert_float_equal(config.limits[i].limits.blocking, limits[i].blocking, 1e-12);
    }
    assert_string_equal(config.provider_lines, "");
    assert_null(config.rules_directory);
    assert_null(config.timezone);
    assert_int_equal(config.internal_count, 3);
    assert_string_equal(config.internal[0], "127.0.0.0/8");
    assert_string_equal(config.internal[1], "::1");
    assert_string_equal(config.internal[2], "localhost");
    assert_int_equal(config.bulk_threshold, 5000);
    assert_int_equal(config.block_quiet_s, 30 * 60);
    assert_false(config.count_expired);
    bw_config_deinit(&config);
    assert_null(config.limits);
    assert_null(config.internal);
}

static void reads_durations(void **state)
{
    (void)state;
    static const struct {
        struct bw_text text;
        int64_t seconds; /* 0: none */
    } cases[] = {
        {BW_TEXT_INIT("1h"), 3600},       {BW_TEXT_INIT("24h"), 86400},
        {BW_TEXT_INIT("30m"), 1800},      {BW_TEXT_INIT("7d"), 604800},
        {BW_TEXT_INIT("90s"), 90},        {BW_TEXT_INIT(" 5 m "), 300},
        {BW_TEXT_INIT("1.5h"), 5400},     {BW_TEXT_INIT(""), 0},
        {BW_TEXT_INIT("h"), 0},           {BW_TEXT_INIT("5"), 0},
        {BW_TEXT_INIT("0m"), 0},          {BW_TEXT_INIT("-1h"), 0},
        {BW_TEXT_INIT("1w"), 0},          {BW_TEXT_INIT("1H"), 0},
        {BW_TEXT_INIT("1hh"), 0},         {BW_TEXT_INIT("1h30m"), 0},
        {BW_TEXT_INIT("0.5s"), 0},        {BW_TEXT_INIT("1.2.3h"), 0},
        {BW_TEXT_INIT("."), 0},           {BW_TEXT_INIT("99999999999999999999999999d"), 0},
        {BW_TEXT_INIT("9999999999d"), 0},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text text = bw_test_exact_copy(cases[i].text);
        int64_t seconds = 0;

        print_message("  \"%.*s\"\n", BW_TEXT_ARGS(text));
        assert_int_equal(bw_config_duration(text, &seconds), cases[i].seconds > 0);
        if (cases[i].seconds > 0)
            assert_int_equal(seconds, cases[i].seconds);
        bw_test_exact_free(text);
    }
}

static void reads_shares(void **state)
{
    (void)state;
    static const struct {
        struct bw_text text;
        double fraction; /* negative: none */
    } cases[] = {
        {BW_TEXT_INIT("3%"), 0.03},      {BW_TEXT_INIT("2.5 %"), 0.025},
        {BW_TEXT_INIT("0.03"), 0.03},    {BW_TEXT_INIT(".5"), 0.5},
        {BW_TEXT_INIT("0"), 0.0},        {BW_TEXT_INIT("1"), 1.0},
        {BW_TEXT_INIT("100%"), 1.0},     {BW_TEXT_INIT(" 4% "), 0.04},
        {BW_TEXT_INIT(""), -1},          {BW_TEXT_INIT("%"), -1},
        {BW_TEXT_INIT("3"), -1},         {BW_TEXT_INIT("101%"), -1},
        {BW_TEXT_INIT("-3%"), -1},       {BW_TEXT_INIT("3%%"), -1},
        {BW_TEXT_INIT("3 percent"), -1}, {BW_TEXT_INIT("0,03"), -1},
        {BW_TEXT_INIT("1e-2"), -1},      {BW_TEXT_INIT("nan"), -1},
        {BW_TEXT_INIT("0.0.3"), -1},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text text = bw_test_exact_copy(cases[i].text);
        double fraction = 0.0;

        print_message("  \"%.*s\"\n", BW_TEXT_ARGS(text));
        assert_int_equal(bw_config_fraction(text, &fraction), cases[i].fraction >= 0.0);
        if (cases[i].fraction >= 0.0)
            assert_float_equal(fraction, cases[i].fraction, 1e-12);
        bw_test_exact_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_defaults_of_the_contract),
        cmocka_unit_test(reads_durations),
        cmocka_unit_test(reads_shares),
    };
    return cmocka_run_group_tests_name("config/config", tests, NULL, NULL);
}
