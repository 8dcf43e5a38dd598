#include "base/time_text.h"
#include "base/time_zone.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOUR_MS   3600000
#define MINUTE_MS 60000

static void assert_utc(const struct bw_time_zone *zone, const int32_t local[4], const char *utc)
{
    char text[BW_TIME_TEXT_BYTES];

    bw_time_format(
        bw_time_zone_utc_ms(zone, local[0], (uint32_t)local[1], (uint32_t)local[2], local[3]),
        text);
    assert_string_equal(text, utc);
}

static void reads_local_times_of_the_whole_world(void **state)
{
    (void)state;
    static const struct {
        const char *why, *zone;
        int32_t local[4]; /* year, month, day, ms of the day */
        const char *utc;
    } cases[] = {
        {"winter", "Europe/Berlin", {2026, 1, 15, 12 * HOUR_MS}, "2026-01-15T11:00:00.000Z"},
        {"summer", "Europe/Berlin", {2026, 7, 15, 12 * HOUR_MS}, "2026-07-15T10:00:00.000Z"},
        {"last moment of winter",
         "Europe/Berlin",
         {2026, 3, 29, 2 * HOUR_MS - 1},
         "2026-03-29T00:59:59.999Z"},
        {"inside the gap: as before it",
         "Europe/Berlin",
         {2026, 3, 29, 2 * HOUR_MS + 30 * MINUTE_MS},
         "2026-03-29T01:30:00.000Z"},
        {"first moment of summer",
         "Europe/Berlin",
         {2026, 3, 29, 3 * HOUR_MS},
         "2026-03-29T01:00:00.000Z"},
        {"before the hour that happens twice",
         "Europe/Berlin",
         {2026, 10, 25, 2 * HOUR_MS - 1},
         "2026-10-24T23:59:59.999Z"},
        {"twice: the first of the two",
         "Europe/Berlin",
         {2026, 10, 25, 2 * HOUR_MS + 30 * MINUTE_MS},
         "2026-10-25T00:30:00.000Z"},
        {"behind the hour that happens twice",
         "Europe/Berlin",
         {2026, 10, 25, 3 * HOUR_MS},
         "2026-10-25T02:00:00.000Z"},
        {"summer eleven years on",
         "Europe/Berlin",
         {2037, 7, 1, 12 * HOUR_MS},
         "2037-07-01T10:00:00.000Z"},
        {"before there were zones", "Europe/Berlin", {1890, 1, 1, 0}, "1889-12-31T23:06:32.000Z"},
        {"west of UTC, the gap",
         "America/New_York",
         {2026, 3, 8, 2 * HOUR_MS + 30 * MINUTE_MS},
         "2026-03-08T07:30:00.000Z"},
        {"west of UTC, behind it",
         "America/New_York",
         {2026, 3, 8, 3 * HOUR_MS},
         "2026-03-08T07:00:00.000Z"},
        {"west of UTC, twice",
         "America/New_York",
         {2026, 11, 1, HOUR_MS + 30 * MINUTE_MS},
         "2026-11-01T05:30:00.000Z"},
        {"west of UTC, behind that",
         "America/New_York",
         {2026, 11, 1, 2 * HOUR_MS},
         "2026-11-01T07:00:00.000Z"},
        {"half an hour of summer time, twice",
         "Australia/Lord_Howe",
         {2026, 4, 5, HOUR_MS + 45 * MINUTE_MS},
         "2026-04-04T14:45:00.000Z"},
        {"half an hour of summer time, behind that",
         "Australia/Lord_Howe",
         {2026, 4, 5, 2 * HOUR_MS},
         "2026-04-04T15:30:00.000Z"},
        {"no summer time, half hours",
         "Asia/Kolkata",
         {2026, 5, 1, 12 * HOUR_MS},
         "2026-05-01T06:30:00.000Z"},
        {"as far east as it goes",
         "Pacific/Kiritimati",
         {2026, 5, 1, 0},
         "2026-04-30T10:00:00.000Z"},
        {"a day that was left out",
         "Pacific/Apia",
         {2011, 12, 30, 12 * HOUR_MS},
         "2011-12-30T22:00:00.000Z"},
        {"the day behind it", "Pacific/Apia", {2011, 12, 31, 0}, "2011-12-30T10:00:00.000Z"},
        {"UTC", "UTC", {2026, 5, 1, 1}, "2026-05-01T00:00:00.001Z"},
        {"Z", "Z", {2026, 5, 1, 1}, "2026-05-01T00:00:00.001Z"},
        {"an offset", "+0200", {2026, 5, 1, HOUR_MS}, "2026-04-30T23:00:00.000Z"},
        {"an offset west, with a colon",
         "-03:30",
         {2026, 12, 31, 23 * HOUR_MS},
         "2027-01-01T02:30:00.000Z"},
        {"ms before 1970", "+0000", {1969, 12, 31, 24 * HOUR_MS - 1}, "1969-12-31T23:59:59.999Z"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_time_zone *zone = NULL;
        struct bw_problem problem = {.message = ""};

        print_message("  %s: %s\n", cases[i].zone, cases[i].why);
        assert_int_equal(bw_time_zone_create(&zone, cases[i].zone, &problem), BW_OK);
        assert_utc(zone, cases[i].local, cases[i].utc);
        bw_time_zone_destroy(&zone);
        assert_null(zone);
    }
}

static void names_a_zone_that_it_does_not_know(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",      "Nowhere/City", "Europe", "zone.tab", "/etc/localtime", "../../../etc/localtime",
        "+2",    "+25:00",       "+24:00", "+0260",    "+02-00",         "02:00",
        "+02:0", "+ 200",        "+02000",
    };

    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct bw_time_zone *zone = NULL;
        struct bw_problem problem = {.message = ""};
        char quoted[64];

        print_message("  \"%s\"\n", names[i]);
        assert_int_equal(bw_time_zone_create(&zone, names[i], &problem), BW_ERR_USAGE);
        assert_null(zone);
        (void)snprintf(quoted, sizeof(quoted), "\"%s\"", names[i]);
        assert_non_null(strstr(problem.message, quoted));
    }
}

/* A TZif file (RFC 8536) of the second version: UTC until 2026-01-01T00:00:00Z, then UTC+3. */
static const char tzif[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
                           "\0\0\0\0\0\0UTC\0"
                           "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0\4"
                           "\0\0\0\0\x69\x55\xB9\0" /* 1767225600 */
                           "\1"
                           "\0\0\0\0\0\0"
                           "\0\0\x2A\x30\0\0" /* 10800 */
                           "UTC\0"
                           "\n\n";

#define TZIF_SIZE       (sizeof(tzif) - 1)
#define TZIF_FOOTER     2
#define TZIF_INDEX_AT   (44 + 10 + 44 + 8)
#define TZIF_VERSION_AT 4

/* UTC of 2026-05-01 12:00 in the zone that $TZ gives, when it names a file of these bytes. */
static void assert_noon_by_file(const char *bytes, size_t size, const char *utc)
{
    static const int32_t noon[] = {2026, 5, 1, 12 * HOUR_MS};
    char path[] = "/tmp/bouncewatch_zone_XXXXXX";
    struct bw_time_zone *zone = NULL;
    struct bw_problem problem = {.message = ""};

    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    assert_int_equal(close(fd), 0);
    assert_int_equal(setenv("TZ", path, 1), 0);
    assert_int_equal(bw_time_zone_create(&zone, NULL, &problem), BW_OK);
    assert_utc(zone, noon, utc);
    bw_time_zone_destroy(&zone);
    assert_int_equal(unlink(path), 0);
}

static void takes_utc_for_a_machine_whose_zone_file_is_damaged(void **state)
{
    (void)state;
    char bytes[TZIF_SIZE];

    assert_noon_by_file(tzif, TZIF_SIZE, "2026-05-01T09:00:00.000Z");
    for (size_t size = 0; size < TZIF_SIZE - TZIF_FOOTER; size++)
        assert_noon_by_file(tzif, size, "2026-05-01T12:00:00.000Z");

    (void)memcpy(bytes, tzif, TZIF_SIZE);
    bytes[TZIF_INDEX_AT] = 2; /* there are two types, so 1 is the last index */
    assert_noon_by_file(bytes, TZIF_SIZE, "2026-05-01T12:00:00.000Z");
    (void)memcpy(bytes, tzif, TZIF_SIZE);
    bytes[TZIF_VERSION_AT] = '\0'; /* the first version has no 64-bit times */
    assert_noon_by_file(bytes, TZIF_SIZE, "2026-05-01T12:00:00.000Z");
    for (size_t i = 0; i < TZIF_SIZE; i++) { /* the sanitizers watch */
        struct bw_time_zone *zone = NULL;
        char path[] = "/tmp/bouncewatch_zone_XXXXXX";
        const int fd = mkstemp(path);

        (void)memcpy(bytes, tzif, TZIF_SIZE);
        bytes[i] = (char)0xFF;
        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes, TZIF_SIZE), TZIF_SIZE);
        assert_int_equal(close(fd), 0);
        assert_int_equal(setenv("TZ", path, 1), 0);
        assert_int_equal(bw_time_zone_create(&zone, NULL, NULL), BW_OK);
        bw_time_zone_destroy(&zone);
        assert_int_equal(unlink(path), 0);
    }
}

static void follows_the_environment_for_the_machines_zone(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *utc;
    } cases[] = {
        {"Europe/Berlin", "2026-05-01T10:00:00.000Z"},
        {":Europe/Berlin", "2026-05-01T10:00:00.000Z"},
        {"UTC", "2026-05-01T12:00:00.000Z"},
        {"Nowhere/City", "2026-05-01T12:00:00.000Z"},
    };
    static const int32_t noon[] = {2026, 5, 1, 12 * HOUR_MS};

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_time_zone *zone = NULL;

        print_message("  %s\n", cases[i].zone);
        assert_int_equal(setenv("TZ", cases[i].zone, 1), 0);
        assert_int_equal(bw_time_zone_create(&zone, NULL, NULL), BW_OK);
        assert_utc(zone, noon, cases[i].utc);
        bw_time_zone_destroy(&zone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_local_times_of_the_whole_world),
        cmocka_unit_test(names_a_zone_that_it_does_not_know),
        cmocka_unit_test(takes_utc_for_a_machine_whose_zone_file_is_damaged),
        cmocka_unit_test(follows_the_environment_for_the_machines_zone),
    };
    return cmocka_run_group_tests_name("base/time_zone", tests, NULL, NULL);
}
