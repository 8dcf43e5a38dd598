#include "base/time_text.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>

#define MS_PER_DAY INT64_C(86400000)

#define DAYS_PER_400_YEARS 146097
#define DAYS_PER_100_YEARS 36524 /* without the leap day of a year such as 2000 */
#define DAYS_PER_4_YEARS   1461
#define DAYS_BEFORE_1970   719162 /* from 0001-01-01 */

/* Days of a common year before each month, and in all. */
static const uint16_t days_before_month[] = {0,   31,  59,  90,  120, 151, 181,
                                             212, 243, 273, 304, 334, 365};

static bool is_leap_year(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t divide_down(int64_t number, int64_t by)
{
    return number / by - (number % by < 0 ? 1 : 0);
}

int64_t bw_days_from_civil(int64_t year, uint32_t month, uint32_t day)
{
    BW_ASSERT(month >= 1 && month <= 12);
    const int64_t before = year - 1;
    const int64_t leap_days =
        divide_down(before, 4) - divide_down(before, 100) + divide_down(before, 400);
    const int64_t leap_day = month > 2 && is_leap_year(year) ? 1 : 0;

    return before * 365 + leap_days + days_before_month[month - 1] + leap_day + (int64_t)day - 1 -
           DAYS_BEFORE_1970;
}

/* How many whole parts of `size` days are in `*rest`, at most `most`; they are taken out of it. */
static int64_t take_parts(int64_t *rest, int64_t size, int64_t most)
{
    const int64_t parts = *rest / size < most ? *rest / size : most;

    *rest -= parts * size;
    return parts;
}

void bw_civil_from_days(int64_t days, int64_t *year, uint32_t *month, uint32_t *day)
{
    const int64_t since_year_1 = days + DAYS_BEFORE_1970;
    const int64_t eras = divide_down(since_year_1, DAYS_PER_400_YEARS);
    int64_t rest = since_year_1 - eras * DAYS_PER_400_YEARS;

    /* The last day of 400 years, and of 4, would start a part of its own that does not exist. */
    const int64_t centuries = take_parts(&rest, DAYS_PER_100_YEARS, 3);
    const int64_t fours = take_parts(&rest, DAYS_PER_4_YEARS, 24);
    const int64_t ones = take_parts(&rest, 365, 3);

    *year = eras * 400 + centuries * 100 + fours * 4 + ones + 1;
    const int64_t leap_day = is_leap_year(*year) ? 1 : 0;
    uint32_t index = 11;
    while (index > 0 && rest < days_before_month[index] + (index > 1 ? leap_day : 0))
        index--;
    *month = index + 1;
    *day = (uint32_t)(rest - days_before_month[index] - (index > 1 ? leap_day : 0)) + 1;
}

void bw_time_format(int64_t unix_ms, char text[BW_TIME_TEXT_BYTES])
{
    const int64_t days = divide_down(unix_ms, MS_PER_DAY);
    const int64_t ms = unix_ms % MS_PER_DAY + (unix_ms % MS_PER_DAY < 0 ? MS_PER_DAY : 0);
    int64_t year;
    uint32_t month, day;

    bw_civil_from_days(days, &year, &month, &day);
    if (year < 0 || year > 9999) {
        (void)snprintf(text, BW_TIME_TEXT_BYTES, "%s",
                       year < 0 ? "0000-01-01T00:00:00.000Z" : "9999-12-31T23:59:59.999Z");
        return;
    }
    (void)snprintf(text, BW_TIME_TEXT_BYTES, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", (int)year,
                   month, day, (int)(ms / 3600000), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
                   (int)(ms % 1000));
}

void bw_window_format(uint32_t window_s, char text[BW_WINDOW_TEXT_BYTES])
{
    if (window_s > 86400 && window_s % 86400 == 0)
        (void)snprintf(text, BW_WINDOW_TEXT_BYTES, "%" PRIu32 "d", window_s / 86400);
    else if (window_s >= 3600 && window_s % 3600 == 0)
        (void)snprintf(text, BW_WINDOW_TEXT_BYTES, "%" PRIu32 "h", window_s / 3600);
    else if (window_s > 60 && window_s % 60 == 0)
        (void)snprintf(text, BW_WINDOW_TEXT_BYTES, "%" PRIu32 "m", window_s / 60);
    else
        (void)snprintf(text, BW_WINDOW_TEXT_BYTES, "%" PRIu32 "s", window_s);
}

/* `count` digits at the front of `*rest`, or -1. */
static int64_t take_digits(struct bw_text *rest, size_t count)
{
    int64_t number = 0;

    if (rest->size < count)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (rest->bytes[i] < '0' || rest->bytes[i] > '9')
            return -1;
        number = number * 10 + (rest->bytes[i] - '0');
    }
    *rest = bw_text_after(*rest, count);
    return number;
}

static bool take_byte(struct bw_text *rest, char byte)
{
    if (rest->size == 0 || rest->bytes[0] != byte)
        return false;
    *rest = bw_text_after(*rest, 1);
    return true;
}

static bool take_zone(struct bw_text *rest, int64_t *offset_ms)
{
    *offset_ms = 0;
    if (rest->size == 0 || take_byte(rest, 'Z') || take_byte(rest, 'z'))
        return true;
    const bool is_west = take_byte(rest, '-');
    if (!is_west && !take_byte(rest, '+'))
        return false;
    const int64_t hours = take_digits(rest, 2);
    (void)take_byte(rest, ':');
    const int64_t minutes = take_digits(rest, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *offset_ms = (hours * 60 + minutes) * 60000 * (is_west ? -1 : 1);
    return true;
}

/* ".5", ".123456": what is behind the milliseconds is dropped. */
static bool take_fraction(struct bw_text *rest, int64_t *ms)
{
    int64_t weight = 100;
    int64_t digit = take_digits(rest, 1);

    if (digit < 0)
        return false;
    for (; digit >= 0; digit = take_digits(rest, 1)) {
        *ms += digit * weight;
        weight /= 10;
    }
    return true;
}

static bool take_clock(struct bw_text *rest, int64_t *ms)
{
    const int64_t hour = take_digits(rest, 2);
    const int64_t minute = take_byte(rest, ':') ? take_digits(rest, 2) : -1;
    const bool has_second = take_byte(rest, ':');
    const int64_t second = has_second ? take_digits(rest, 2) : 0;

    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    *ms = ((hour * 60 + minute) * 60 + second) * 1000;
    return !has_second || !take_byte(rest, '.') || take_fraction(rest, ms);
}

static bool is_date(int64_t year, int64_t month, int64_t day)
{
    if (year < 0 || month < 1 || month > 12 || day < 1)
        return false;
    if (month == 2 && is_leap_year(year))
        return day <= 29;
    return day <= days_before_month[month] - days_before_month[month - 1];
}

bool bw_time_parse(struct bw_text text, int64_t *unix_ms)
{
    struct bw_text rest = bw_text_trim(text);
    int64_t clock_ms = 0;
    int64_t offset_ms = 0;
    const int64_t year = take_digits(&rest, 4);
    const int64_t month = take_byte(&rest, '-') ? take_digits(&rest, 2) : -1;
    const int64_t day = take_byte(&rest, '-') ? take_digits(&rest, 2) : -1;

    if (!is_date(year, month, day))
        return false;
    if (take_byte(&rest, 'T') || take_byte(&rest, 't') || take_byte(&rest, ' ')) {
        if (!take_clock(&rest, &clock_ms))
            return false;
        rest = bw_text_trim(rest);
    }
    if (!take_zone(&rest, &offset_ms) || rest.size > 0)
        return false;
    *unix_ms = bw_days_from_civil(year, (uint32_t)month, (uint32_t)day) * MS_PER_DAY + clock_ms -
               offset_ms;
    return true;
}
