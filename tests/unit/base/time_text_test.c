#include "base/time_text.h"
#include "test.h"

static void counts_days_and_back(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t days, year;
        uint32_t month, day;
    } cases[] = {
        {"the epoch", 0, 1970, 1, 1},
        {"the day before", -1, 1969, 12, 31},
        {"leap day of a year by 400", 11016, 2000, 2, 29},
        {"the day after it", 11017, 2000, 3, 1},
        {"end of a leap year", 11322, 2000, 12, 31},
        {"1900 had no leap day", -25508, 1900, 3, 1},
        {"its eve", -25509, 1900, 2, 28},
        {"a usual leap day", 19782, 2024, 2, 29},
        {"today's century", 20574, 2026, 5, 1},
        {"the first day of year 1", -719162, 1, 1, 1},
        {"the day before it", -719163, 0, 12, 31},
        {"2100 has no leap day", 47541, 2100, 3, 1},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        int64_t year;
        uint32_t month, day;

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_days_from_civil(cases[i].year, cases[i].month, cases[i].day),
                         cases[i].days);
        bw_civil_from_days(cases[i].days, &year, &month, &day);
        assert_int_equal(year, cases[i].year);
        assert_int_equal(month, cases[i].month);
        assert_int_equal(day, cases[i].day);
    }
}

static void every_day_of_900_years_follows_the_one_before(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year = 1599;
    uint32_t month = 1, day = 1;
    int64_t days = bw_days_from_civil(year, month, day);

    while (year < 2500) {
        int64_t found_year;
        uint32_t found_month, found_day;
        const bool is_leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);

        bw_civil_from_days(days, &found_year, &found_month, &found_day);
        if (found_year != year || found_month != month || found_day != day ||
            bw_days_from_civil(year, month, day) != days)
            fail_msg("day %lld is %lld-%u-%u", (long long)days, (long long)found_year, found_month,
                     found_day);
        days++;
        if (++day > lengths[month - 1] + (month == 2 && is_leap ? 1U : 0U)) {
            day = 1;
            month++;
        }
        if (month > 12) {
            month = 1;
            year++;
        }
    }
}

static void prints_times(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t unix_ms;
        const char *text;
    } cases[] = {
        {"the epoch", 0, "1970-01-01T00:00:00.000Z"},
        {"a millisecond before", -1, "1969-12-31T23:59:59.999Z"},
        {"a whole day before", -86400000, "1969-12-31T00:00:00.000Z"},
        {"a zone event", INT64_C(1777626840000), "2026-05-01T09:14:00.000Z"},
        {"milliseconds", INT64_C(1777626840007), "2026-05-01T09:14:00.007Z"},
        {"last second of a leap day", INT64_C(1709251199999), "2024-02-29T23:59:59.999Z"},
        {"too late is clamped", INT64_MAX, "9999-12-31T23:59:59.999Z"},
        {"too early is clamped", INT64_MIN, "0000-01-01T00:00:00.000Z"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char text[BW_TIME_TEXT_BYTES];

        print_message("  %s\n", cases[i].why);
        bw_time_format(cases[i].unix_ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void reads_times_of_a_command_line(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text;
        int64_t unix_ms;
    } cases[] = {
        {"UTC", BW_TEXT_INIT("2026-05-01T09:14:00Z"), INT64_C(1777626840000)},
        {"fraction", BW_TEXT_INIT("2026-05-01T09:14:00.5Z"), INT64_C(1777626840500)},
        {"microseconds are cut", BW_TEXT_INIT("2026-05-01T09:14:00.123987Z"),
         INT64_C(1777626840123)},
        {"east", BW_TEXT_INIT("2026-05-01T11:14:00+02:00"), INT64_C(1777626840000)},
        {"west without colon", BW_TEXT_INIT("2026-05-01T05:44:00-0330"), INT64_C(1777626840000)},
        {"space before the zone", BW_TEXT_INIT("2026-05-01 11:14:00 +02:00"),
         INT64_C(1777626840000)},
        {"no zone is UTC", BW_TEXT_INIT("2026-05-01 09:14:00"), INT64_C(1777626840000)},
        {"no seconds", BW_TEXT_INIT("2026-05-01 09:14"), INT64_C(1777626840000)},
        {"small letters", BW_TEXT_INIT("2026-05-01t09:14:00z"), INT64_C(1777626840000)},
        {"spaces around", BW_TEXT_INIT(" 2026-05-01 "), INT64_C(1777593600000)},
        {"a leap day", BW_TEXT_INIT("2024-02-29"), INT64_C(1709164800000)},
        {"a leap second is the next", BW_TEXT_INIT("2016-12-31T23:59:60Z"), INT64_C(1483228800000)},
        {"before 1970", BW_TEXT_INIT("1969-12-31T23:59:59.999Z"), -1},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text text = bw_test_exact_copy(cases[i].text);
        int64_t unix_ms = 77;

        print_message("  %s\n", cases[i].why);
        assert_true(bw_time_parse(text, &unix_ms));
        assert_int_equal(unix_ms, cases[i].unix_ms);
        bw_test_exact_free(text);
    }
}

static void refuses_what_is_no_time(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text;
    } cases[] = {
        {"nothing", BW_TEXT_INIT("")},
        {"a word", BW_TEXT_INIT("yesterday")},
        {"no day", BW_TEXT_INIT("2026-05")},
        {"month 13", BW_TEXT_INIT("2026-13-01")},
        {"month 0", BW_TEXT_INIT("2026-00-01")},
        {"day 0", BW_TEXT_INIT("2026-05-00")},
        {"day 31 of April", BW_TEXT_INIT("2026-04-31")},
        {"no leap year", BW_TEXT_INIT("2026-02-29")},
        {"1900 was none either", BW_TEXT_INIT("1900-02-29")},
        {"day 32 of December", BW_TEXT_INIT("2026-12-32")},
        {"hour 24", BW_TEXT_INIT("2026-05-01T24:00:00Z")},
        {"minute 60", BW_TEXT_INIT("2026-05-01T09:60:00Z")},
        {"second 61", BW_TEXT_INIT("2026-05-01T09:14:61Z")},
        {"T and nothing", BW_TEXT_INIT("2026-05-01T")},
        {"point and nothing", BW_TEXT_INIT("2026-05-01T09:14:00.")},
        {"half a zone", BW_TEXT_INIT("2026-05-01T09:14:00+02")},
        {"more behind it", BW_TEXT_INIT("2026-05-01T09:14:00Zx")},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text text = bw_test_exact_copy(cases[i].text);
        int64_t unix_ms = 77;

        print_message("  %s\n", cases[i].why);
        assert_false(bw_time_parse(text, &unix_ms));
        assert_int_equal(unix_ms, 77);
        bw_test_exact_free(text);
    }
}

static void names_windows_by_the_unit_an_operator_would(void **state)
{
    (void)state;
    static const struct {
        uint32_t window_s;
        const char *text;
    } cases[] = {
        {3600, "1h"},
        {86400, "24h"},
        {7 * 86400, "7d"},
        {5400, "90m"},
        {600, "10m"},
        {172800, "2d"},
        {90, "90s"},
        {60, "60s"},
        {7200, "2h"},
        {0, "0s"},
        {UINT32_MAX, "4294967295s"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char text[BW_WINDOW_TEXT_BYTES];

        bw_window_format(cases[i].window_s, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_days_and_back),
        cmocka_unit_test(every_day_of_900_years_follows_the_one_before),
        cmocka_unit_test(prints_times),
        cmocka_unit_test(reads_times_of_a_command_line),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(names_windows_by_the_unit_an_operator_would),
    };
    return cmocka_run_group_tests_name("base/time_text", tests, NULL, NULL);
}
