#include "base/time_text.h"
#include "engine/log_clock.h"
#include "test.h"

#include <string.h>

struct fixture {
    struct bw_time_zone *utc, *berlin, *west, *east;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    *state = &fixture;
    return bw_time_zone_create(&fixture.utc, "UTC", NULL) == BW_OK &&
                   bw_time_zone_create(&fixture.berlin, "Europe/Berlin", NULL) == BW_OK &&
                   bw_time_zone_create(&fixture.west, "-0800", NULL) == BW_OK &&
                   bw_time_zone_create(&fixture.east, "+1300", NULL) == BW_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    bw_time_zone_destroy(&fixture->utc);
    bw_time_zone_destroy(&fixture->berlin);
    bw_time_zone_destroy(&fixture->west);
    bw_time_zone_destroy(&fixture->east);
    return 0;
}

static struct bw_stamp without_year(uint8_t month, uint8_t day, int32_t hour, int32_t minute)
{
    return (struct bw_stamp){.kind = BW_STAMP_NO_YEAR,
                             .month = month,
                             .day = day,
                             .day_ms = (hour * 60 + minute) * 60000};
}

static int64_t seconds_of(const char *text)
{
    int64_t unix_ms = 0;

    assert_true(bw_time_parse(bw_text_of(text), &unix_ms));
    return unix_ms / 1000;
}

static void assert_time(struct bw_log_clock *clock, struct bw_stamp stamp, const char *expected)
{
    char text[BW_TIME_TEXT_BYTES];

    bw_time_format(bw_log_clock_ms(clock, &stamp), text);
    assert_string_equal(text, expected);
}

static void stamps_that_are_complete_are_taken_as_they_are(void **state)
{
    struct fixture *fixture = *state;
    struct bw_log_clock clock;
    const struct bw_stamp none = {.kind = BW_STAMP_NONE};
    const struct bw_stamp absolute = {.kind = BW_STAMP_ABSOLUTE, .utc_ms = 1234567890123};
    const struct bw_stamp local = {
        .kind = BW_STAMP_NO_ZONE, .year = 2026, .month = 7, .day = 1, .day_ms = 43200500};

    bw_log_clock_start(&clock, fixture->berlin, 0, seconds_of("2026-08-01T00:00:00Z"));
    assert_int_equal(bw_log_clock_ms(&clock, &none), BW_TIME_NONE);
    assert_int_equal(bw_log_clock_ms(&clock, &absolute), 1234567890123);
    assert_time(&clock, local, "2026-07-01T10:00:00.500Z"); /* summer time: two hours */
    assert_time(&clock, without_year(7, 2, 12, 0), "2026-07-02T10:00:00.000Z");
}

static void guesses_the_year_by_the_last_change_of_the_file(void **state)
{
    struct fixture *fixture = *state;
    const struct {
        const char *why;
        const struct bw_time_zone *zone;
        const char *modified;
        struct bw_stamp first;
        const char *expected;
    } cases[] = {
        {"the same day", fixture->utc, "2026-05-01T12:00:00Z", without_year(5, 1, 11, 0),
         "2026-05-01T11:00:00.000Z"},
        {"a week before", fixture->utc, "2026-05-01T12:00:00Z", without_year(4, 24, 0, 0),
         "2026-04-24T00:00:00.000Z"},
        {"a clock that is some hours ahead", fixture->utc, "2026-05-01T12:00:00Z",
         without_year(5, 2, 11, 59), "2026-05-02T11:59:00.000Z"},
        {"later in the year: it was last year", fixture->utc, "2026-05-01T12:00:00Z",
         without_year(5, 3, 0, 0), "2025-05-03T00:00:00.000Z"},
        {"December, changed in January", fixture->utc, "2026-01-02T00:00:00Z",
         without_year(12, 31, 23, 0), "2025-12-31T23:00:00.000Z"},
        {"January, changed in January", fixture->utc, "2026-01-02T00:00:00Z",
         without_year(1, 1, 0, 0), "2026-01-01T00:00:00.000Z"},
        {"New Year in the west comes later", fixture->west, "2026-01-01T04:30:00Z",
         without_year(12, 31, 20, 15), "2026-01-01T04:15:00.000Z"},
        {"New Year in the east comes sooner", fixture->east, "2025-12-31T12:00:00Z",
         without_year(1, 1, 0, 30), "2025-12-31T11:30:00.000Z"},
        {"winter time in Berlin", fixture->berlin, "2026-01-02T00:00:00Z",
         without_year(1, 1, 0, 30), "2025-12-31T23:30:00.000Z"},
        {"a leap day in its year", fixture->utc, "2024-03-05T00:00:00Z", without_year(2, 29, 12, 0),
         "2024-02-29T12:00:00.000Z"},
        {"a leap day needs a leap year", fixture->utc, "2026-03-08T00:00:00Z",
         without_year(2, 29, 12, 0), "2024-02-29T12:00:00.000Z"},
        {"and a century's is none", fixture->utc, "2101-03-08T00:00:00Z",
         without_year(2, 29, 12, 0), "2096-02-29T12:00:00.000Z"},
        {"on the leap day itself", fixture->utc, "2024-02-29T12:00:01Z", without_year(2, 29, 12, 0),
         "2024-02-29T12:00:00.000Z"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_log_clock clock;

        print_message("  %s\n", cases[i].why);
        bw_log_clock_start(&clock, cases[i].zone, 0, seconds_of(cases[i].modified));
        assert_time(&clock, cases[i].first, cases[i].expected);
    }
}

static void the_year_goes_on_at_new_year(void **state)
{
    struct fixture *fixture = *state;
    static const int64_t named[] = {0, 2025}; /* guessed, and named by the user */

    for (size_t i = 0; i < ARRAY_COUNT(named); i++) {
        struct bw_log_clock clock;

        bw_log_clock_start(&clock, fixture->utc, named[i], seconds_of("2026-01-05T00:00:00Z"));
        assert_time(&clock, without_year(12, 30, 10, 0), "2025-12-30T10:00:00.000Z");
        assert_time(&clock, without_year(12, 31, 23, 59), "2025-12-31T23:59:00.000Z");
        assert_time(&clock, without_year(1, 1, 0, 0), "2026-01-01T00:00:00.000Z");
        assert_time(&clock, without_year(1, 4, 0, 0), "2026-01-04T00:00:00.000Z");
    }
}

static void the_same_stamp_is_the_same_time_until_another_comes(void **state)
{
    struct fixture *fixture = *state;
    struct bw_log_clock clock;
    struct bw_stamp second = without_year(12, 31, 23, 59);

    bw_log_clock_start(&clock, fixture->utc, 2025, 0);
    for (int again = 0; again < 2; again++)
        assert_time(&clock, second, "2025-12-31T23:59:00.000Z");
    second.day_ms += 1000;
    for (int again = 0; again < 2; again++)
        assert_time(&clock, second, "2025-12-31T23:59:01.000Z");
    assert_time(&clock, without_year(1, 1, 0, 0), "2026-01-01T00:00:00.000Z");
    /* The same text a year later is another time. */
    for (uint8_t month = 4; month < 12; month += 4)
        (void)bw_log_clock_ms(
            &clock, &(struct bw_stamp){.kind = BW_STAMP_NO_YEAR, .month = month, .day = 1});
    for (int again = 0; again < 2; again++)
        assert_time(&clock, second, "2026-12-31T23:59:01.000Z");

    /* And another input knows nothing of it. */
    bw_log_clock_start(&clock, fixture->utc, 2020, 0);
    assert_time(&clock, second, "2020-12-31T23:59:01.000Z");
}

static void late_lines_of_december_belong_to_the_old_year(void **state)
{
    struct fixture *fixture = *state;
    struct bw_log_clock clock;

    bw_log_clock_start(&clock, fixture->utc, 0, seconds_of("2026-01-05T00:00:00Z"));
    assert_time(&clock, without_year(12, 31, 23, 58), "2025-12-31T23:58:00.000Z");
    assert_time(&clock, without_year(1, 1, 0, 1), "2026-01-01T00:01:00.000Z");
    for (int again = 0; again < 3; again++) {
        assert_time(&clock, without_year(12, 31, 23, 59), "2025-12-31T23:59:00.000Z");
        assert_time(&clock, without_year(1, 1, 0, 2), "2026-01-01T00:02:00.000Z");
    }
    assert_time(&clock, without_year(2, 1, 0, 0), "2026-02-01T00:00:00.000Z");

    /* The late line may stand first behind a beginning in January. */
    bw_log_clock_start(&clock, fixture->utc, 2026, 0);
    assert_time(&clock, without_year(1, 1, 0, 0), "2026-01-01T00:00:00.000Z");
    assert_time(&clock, without_year(12, 31, 23, 59), "2025-12-31T23:59:00.000Z");
    assert_time(&clock, without_year(1, 1, 0, 1), "2026-01-01T00:01:00.000Z");
}

static void a_log_of_many_years_counts_each_new_year(void **state)
{
    struct fixture *fixture = *state;
    struct bw_log_clock clock;

    bw_log_clock_start(&clock, fixture->utc, 2020, 0);
    for (int64_t year = 2020; year < 2030; year++)
        for (uint8_t month = 1; month <= 12; month++) {
            const struct bw_stamp stamp = without_year(month, 15, 0, 0);
            assert_int_equal(bw_log_clock_ms(&clock, &stamp),
                             bw_days_from_civil(year, month, 15) * INT64_C(86400000));
        }
}

static void out_of_order_within_the_year_changes_no_year(void **state)
{
    struct fixture *fixture = *state;
    struct bw_log_clock clock;

    bw_log_clock_start(&clock, fixture->utc, 2026, 0);
    assert_time(&clock, without_year(6, 1, 0, 0), "2026-06-01T00:00:00.000Z");
    assert_time(&clock, without_year(5, 31, 23, 59), "2026-05-31T23:59:00.000Z");
    assert_time(&clock, without_year(6, 1, 0, 1), "2026-06-01T00:01:00.000Z");
    assert_time(&clock, without_year(3, 1, 0, 0), "2026-03-01T00:00:00.000Z");
    assert_time(&clock, without_year(8, 1, 0, 0), "2026-08-01T00:00:00.000Z");
}

/* A clock that was set back from December to May must not make lines of next year. */
static void no_time_comes_after_the_file_was_changed(void **state)
{
    struct fixture *fixture = *state;
    struct bw_log_clock clock;

    bw_log_clock_start(&clock, fixture->utc, 0, seconds_of("2025-12-20T00:00:00Z"));
    assert_time(&clock, without_year(12, 1, 0, 0), "2025-12-01T00:00:00.000Z");
    assert_time(&clock, without_year(5, 1, 0, 0), "2025-05-01T00:00:00.000Z");
    assert_time(&clock, without_year(12, 2, 0, 0), "2025-12-02T00:00:00.000Z");
}

static void each_input_starts_anew(void **state)
{
    struct fixture *fixture = *state;
    struct bw_log_clock clock;

    bw_log_clock_start(&clock, fixture->utc, 0, seconds_of("2026-01-05T00:00:00Z"));
    assert_time(&clock, without_year(12, 31, 0, 0), "2025-12-31T00:00:00.000Z");
    assert_time(&clock, without_year(1, 1, 0, 0), "2026-01-01T00:00:00.000Z");
    bw_log_clock_start(&clock, fixture->utc, 0, seconds_of("2025-03-05T00:00:00Z"));
    assert_time(&clock, without_year(3, 1, 0, 0), "2025-03-01T00:00:00.000Z");
}

static void hours_are_read_with_the_offset_of_their_own_day(void **state)
{
    struct fixture *fixture = *state;
    struct bw_log_clock clock;

    bw_log_clock_start(&clock, fixture->berlin, 2026, 0);
    /* Summer time begins on March 29th at 2:00 and ends on October 25th at 3:00. */
    assert_time(&clock, without_year(3, 29, 1, 59), "2026-03-29T00:59:00.000Z");
    assert_time(&clock, without_year(3, 29, 3, 0), "2026-03-29T01:00:00.000Z");
    assert_time(&clock, without_year(3, 30, 1, 59), "2026-03-29T23:59:00.000Z");
    bw_log_clock_start(&clock, fixture->berlin, 2026, 0);
    assert_time(&clock, without_year(10, 25, 1, 0), "2026-10-24T23:00:00.000Z");
    assert_time(&clock, without_year(10, 25, 3, 0), "2026-10-25T02:00:00.000Z");
    const struct bw_stamp leap_second = {
        .kind = BW_STAMP_NO_YEAR, .month = 10, .day = 26, .day_ms = 86400000};
    assert_time(&clock, leap_second, "2026-10-26T23:00:00.000Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamps_that_are_complete_are_taken_as_they_are),
        cmocka_unit_test(guesses_the_year_by_the_last_change_of_the_file),
        cmocka_unit_test(the_year_goes_on_at_new_year),
        cmocka_unit_test(the_same_stamp_is_the_same_time_until_another_comes),
        cmocka_unit_test(late_lines_of_december_belong_to_the_old_year),
        cmocka_unit_test(a_log_of_many_years_counts_each_new_year),
        cmocka_unit_test(out_of_order_within_the_year_changes_no_year),
        cmocka_unit_test(no_time_comes_after_the_file_was_changed),
        cmocka_unit_test(each_input_starts_anew),
        cmocka_unit_test(hours_are_read_with_the_offset_of_their_own_day),
    };
    return cmocka_run_group_tests_name("engine/log_clock", tests, set_up, tear_down);
}
