#include "base/time_text.h"
#include "frame/syslog_header.h"
#include "test.h"

#define CLOCK(hour, minute, second) ((((hour)*60 + (minute)) * 60 + (second)) * 1000)

static void parse(struct bw_text text, struct bw_stamp *stamp)
{
    const struct bw_text copy = bw_test_exact_copy(text);

    *stamp = (struct bw_stamp){.utc_ms = 77, .day_ms = 77, .kind = 77};
    bw_stamp_parse(copy, stamp);
    bw_test_exact_free(copy);
}

static void reads_what_stands_in_the_stamp_and_no_more(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text;
        struct bw_stamp stamp;
    } cases[] = {
        {"day with a blank",
         BW_TEXT_INIT("Jul  5 06:52:11"),
         {.day_ms = CLOCK(6, 52, 11), .month = 7, .day = 5, .kind = BW_STAMP_NO_YEAR}},
        {"day with a zero",
         BW_TEXT_INIT("Jul 05 06:52:11"),
         {.day_ms = CLOCK(6, 52, 11), .month = 7, .day = 5, .kind = BW_STAMP_NO_YEAR}},
        {"day of one digit",
         BW_TEXT_INIT("Jul 5 06:52:11"),
         {.day_ms = CLOCK(6, 52, 11), .month = 7, .day = 5, .kind = BW_STAMP_NO_YEAR}},
        {"last day of the year",
         BW_TEXT_INIT("Dec 31 23:59:59"),
         {.day_ms = CLOCK(23, 59, 59), .month = 12, .day = 31, .kind = BW_STAMP_NO_YEAR}},
        {"midnight",
         BW_TEXT_INIT("Jan  1 00:00:00"),
         {.day_ms = 0, .month = 1, .day = 1, .kind = BW_STAMP_NO_YEAR}},
        {"leap day of a year not known",
         BW_TEXT_INIT("Feb 29 12:00:00"),
         {.day_ms = CLOCK(12, 0, 0), .month = 2, .day = 29, .kind = BW_STAMP_NO_YEAR}},
        {"year behind the day",
         BW_TEXT_INIT("May  1 2026 09:14:00"),
         {.day_ms = CLOCK(9, 14, 0), .year = 2026, .month = 5, .day = 1, .kind = BW_STAMP_NO_ZONE}},
        {"fraction of one digit",
         BW_TEXT_INIT("May  1 09:14:00.5"),
         {.day_ms = CLOCK(9, 14, 0) + 500, .month = 5, .day = 1, .kind = BW_STAMP_NO_YEAR}},
        {"fraction of three with a comma",
         BW_TEXT_INIT("May  1 09:14:00,042"),
         {.day_ms = CLOCK(9, 14, 0) + 42, .month = 5, .day = 1, .kind = BW_STAMP_NO_YEAR}},
        {"ISO without a zone",
         BW_TEXT_INIT("2026-05-01 09:14:00,123"),
         {.day_ms = CLOCK(9, 14, 0) + 123,
          .year = 2026,
          .month = 5,
          .day = 1,
          .kind = BW_STAMP_NO_ZONE}},
        {"ISO with T without a zone",
         BW_TEXT_INIT("2024-02-29T00:00:00"),
         {.day_ms = 0, .year = 2024, .month = 2, .day = 29, .kind = BW_STAMP_NO_ZONE}},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_stamp stamp;

        print_message("  %s\n", cases[i].why);
        parse(cases[i].text, &stamp);
        assert_int_equal(stamp.kind, cases[i].stamp.kind);
        assert_int_equal(stamp.year, cases[i].stamp.year);
        assert_int_equal(stamp.month, cases[i].stamp.month);
        assert_int_equal(stamp.day, cases[i].stamp.day);
        assert_int_equal(stamp.day_ms, cases[i].stamp.day_ms);
        assert_int_equal(stamp.utc_ms, 0);
    }
}

static void reads_the_twelve_months(void **state)
{
    (void)state;
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

    for (size_t i = 0; i < ARRAY_COUNT(months); i++) {
        char text[] = "xxx 11 22:33:44";
        struct bw_stamp stamp;

        (void)memcpy(text, months[i], 3);
        parse(bw_text_of(text), &stamp);
        assert_int_equal(stamp.month, i + 1);
        assert_int_equal(stamp.day, 11);
        assert_int_equal(stamp.day_ms, CLOCK(22, 33, 44));
    }
}

static void reads_times_with_a_zone_as_utc(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text;
        const char *utc;
    } cases[] = {
        {"UTC", BW_TEXT_INIT("2026-05-01T09:14:00Z"), "2026-05-01T09:14:00.000Z"},
        {"UTC in lower case", BW_TEXT_INIT("2026-05-01T09:14:00z"), "2026-05-01T09:14:00.000Z"},
        {"east, microseconds", BW_TEXT_INIT("2026-05-01T09:14:00.123456+02:00"),
         "2026-05-01T07:14:00.123Z"},
        {"nanoseconds", BW_TEXT_INIT("2026-05-01T09:14:00.999999999Z"), "2026-05-01T09:14:00.999Z"},
        {"west over midnight", BW_TEXT_INIT("2026-12-31T23:30:00-03:30"),
         "2027-01-01T03:00:00.000Z"},
        {"east over New Year", BW_TEXT_INIT("2026-01-01T00:30:00+01:00"),
         "2025-12-31T23:30:00.000Z"},
        {"without a colon", BW_TEXT_INIT("2026-05-01T09:14:00+0530"), "2026-05-01T03:44:00.000Z"},
        {"offset unknown (RFC 3339 4.3)", BW_TEXT_INIT("2026-05-01T09:14:00-00:00"),
         "2026-05-01T09:14:00.000Z"},
        {"before 1970", BW_TEXT_INIT("1969-12-31T23:59:59.5Z"), "1969-12-31T23:59:59.500Z"},
        {"leap day of 2000", BW_TEXT_INIT("2000-02-29T12:00:00Z"), "2000-02-29T12:00:00.000Z"},
        {"leap day", BW_TEXT_INIT("2024-02-29T12:00:00Z"), "2024-02-29T12:00:00.000Z"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_stamp stamp;
        char utc[BW_TIME_TEXT_BYTES];

        print_message("  %s\n", cases[i].why);
        parse(cases[i].text, &stamp);
        assert_int_equal(stamp.kind, BW_STAMP_ABSOLUTE);
        assert_int_equal(stamp.month, 0);
        bw_time_format(stamp.utc_ms, utc);
        assert_string_equal(utc, cases[i].utc);
    }
}

/* It may be read as the second before or the one behind; nobody needs more. */
static void takes_a_leap_second_for_a_time(void **state)
{
    (void)state;
    struct bw_stamp stamp;

    parse(BW_TEXT("Jun 30 23:59:60"), &stamp);
    assert_int_equal(stamp.kind, BW_STAMP_NO_YEAR);
    assert_int_equal(stamp.day, 30);
    assert_in_range(stamp.day_ms, CLOCK(23, 59, 59), CLOCK(23, 59, 60));
    parse(BW_TEXT("2016-12-31T23:59:60Z"), &stamp);
    assert_int_equal(stamp.kind, BW_STAMP_ABSOLUTE);
    assert_in_range(stamp.utc_ms, INT64_C(1483228799000), INT64_C(1483228800000));
}

static void tells_what_is_no_time(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text;
    } cases[] = {
        {"nothing", BW_TEXT_INIT("")},
        {"NILVALUE of RFC 5424", BW_TEXT_INIT("-")},
        {"no month", BW_TEXT_INIT("Jux  5 06:52:11")},
        {"day zero", BW_TEXT_INIT("Jul  0 06:52:11")},
        {"February has no 30th", BW_TEXT_INIT("Feb 30 06:52:11")},
        {"April has no 31st", BW_TEXT_INIT("Apr 31 06:52:11")},
        {"day 32", BW_TEXT_INIT("Jul 32 06:52:11")},
        {"24:00", BW_TEXT_INIT("Jul  5 24:00:00")},
        {"minute 60", BW_TEXT_INIT("Jul  5 06:60:11")},
        {"second 61", BW_TEXT_INIT("Jul  5 06:52:61")},
        {"letters in the time", BW_TEXT_INIT("Jul  5 06:5x:11")},
        {"more behind it", BW_TEXT_INIT("Jul  5 06:52:11 x")},
        {"ISO month 13", BW_TEXT_INIT("2026-13-01T09:14:00Z")},
        {"ISO month 0", BW_TEXT_INIT("2026-00-01T09:14:00Z")},
        {"ISO 30th of February", BW_TEXT_INIT("2026-02-30T09:14:00Z")},
        {"29th of February in a common year", BW_TEXT_INIT("2026-02-29T09:14:00Z")},
        {"the same without a zone", BW_TEXT_INIT("2026-02-29 09:14:00")},
        {"the same behind the day", BW_TEXT_INIT("Feb 29 2026 09:14:00")},
        {"1900 was no leap year", BW_TEXT_INIT("1900-02-29T09:14:00Z")},
        {"another letter than T", BW_TEXT_INIT("2026-05-01X09:14:00Z")},
        {"ISO 24:00", BW_TEXT_INIT("2026-05-01T24:00:00Z")},
        {"ISO year 0", BW_TEXT_INIT("0000-05-01T09:14:00Z")},
        {"a zone that is none", BW_TEXT_INIT("2026-05-01T09:14:00+2")},
        {"a zone of 24 hours", BW_TEXT_INIT("2026-05-01T09:14:00+24:00")},
        {"a zone of 60 minutes", BW_TEXT_INIT("2026-05-01T09:14:00+02:60")},
        {"words behind the time", BW_TEXT_INIT("2026-05-01T09:14:00 CEST")},
        {"a date alone", BW_TEXT_INIT("2026-05-01")},
        {"slashes", BW_TEXT_INIT("2026/05/01 09:14:00")},
        {"signs in place of digits", BW_TEXT_INIT("2026-05-01T+9:14:00Z")},
        {"garbage", BW_TEXT_INIT("\xFF\xFE\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_stamp stamp;

        print_message("  %s\n", cases[i].why);
        parse(cases[i].text, &stamp);
        assert_int_equal(stamp.kind, BW_STAMP_NONE);
        assert_int_equal(stamp.month, 0);
    }
}

/* No prefix may be taken for another time; only a fraction may lack digits, or all its zone. */
static void takes_no_part_of_a_stamp_for_another_time(void **state)
{
    (void)state;
    static const struct {
        struct bw_text text;
        size_t size_min; /* shorter prefixes are no time */
    } cases[] = {
        {BW_TEXT_INIT("Jul 15 06:52:11"), 15},
        {BW_TEXT_INIT("Jul 15 2026 06:52:11"), 20},
        {BW_TEXT_INIT("2026-05-01T09:14:00.123+02:00"), 19},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        for (size_t size = 0; size <= cases[i].text.size; size++) {
            struct bw_stamp stamp;

            parse(bw_text_head(cases[i].text, size), &stamp);
            if (size < cases[i].size_min)
                assert_int_equal(stamp.kind, BW_STAMP_NONE);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_stands_in_the_stamp_and_no_more),
        cmocka_unit_test(reads_the_twelve_months),
        cmocka_unit_test(reads_times_with_a_zone_as_utc),
        cmocka_unit_test(takes_a_leap_second_for_a_time),
        cmocka_unit_test(tells_what_is_no_time),
        cmocka_unit_test(takes_no_part_of_a_stamp_for_another_time),
    };
    return cmocka_run_group_tests_name("frame/stamp", tests, NULL, NULL);
}
