/*
 * Times of log lines. What a stamp lacks (year, zone) is left for the reader that sees the lines
 * in order.
 */
#include "base/time_text.h"
#include "frame/syslog_header.h"

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_DAY    INT64_C(86400000)

/* Two digits (a leading blank counts as 0), or -1. */
static int32_t two_digits(const char *bytes)
{
    const int32_t high = bytes[0] == ' ' ? 0 : bytes[0] - '0';

    if (high < 0 || high > 9 || bytes[1] < '0' || bytes[1] > '9')
        return -1;
    return high * 10 + (bytes[1] - '0');
}

static int32_t four_digits(const char *bytes)
{
    const int32_t high = two_digits(bytes);
    const int32_t low = two_digits(bytes + 2);

    return high < 0 || low < 0 ? -1 : high * 100 + low;
}

static uint8_t month_of(const char *bytes)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (uint8_t month = 0; month < 12; month++) {
        const char *name = names + (size_t)month * 3;
        if ((bytes[0] | 0x20) == name[0] && (bytes[1] | 0x20) == name[1] &&
            (bytes[2] | 0x20) == name[2])
            return (uint8_t)(month + 1);
    }
    return 0;
}

/* "hh:mm:ss" and a fraction; advances `*rest` behind them. -1: no time of day. */
static int32_t take_clock(struct bw_text *rest)
{
    if (rest->size < 8)
        return -1;
    const int32_t hour = two_digits(rest->bytes);
    const int32_t minute = two_digits(rest->bytes + 3);
    const int32_t second = two_digits(rest->bytes + 6);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 ||
        rest->bytes[2] != ':' || rest->bytes[5] != ':')
        return -1;

    int32_t ms = ((hour * 60 + minute) * 60 + (second == 60 ? 59 : second)) * 1000;
    *rest = bw_text_after(*rest, 8);
    if (rest->size > 0 && (rest->bytes[0] == '.' || rest->bytes[0] == ',')) {
        int32_t weight = 100;

        *rest = bw_text_after(*rest, 1);
        while (rest->size > 0 && rest->bytes[0] >= '0' && rest->bytes[0] <= '9') {
            ms += (rest->bytes[0] - '0') * weight;
            weight /= 10;
            *rest = bw_text_after(*rest, 1);
        }
    }
    return ms;
}

/* "Z", "+02:00", "-0330": offset in ms. False when it is no zone. */
static bool read_zone(struct bw_text zone, int64_t *offset_ms)
{
    if (zone.size == 1 && (zone.bytes[0] == 'Z' || zone.bytes[0] == 'z')) {
        *offset_ms = 0;
        return true;
    }
    if ((zone.size != 5 && zone.size != 6) || (zone.bytes[0] != '+' && zone.bytes[0] != '-') ||
        (zone.size == 6 && zone.bytes[3] != ':'))
        return false;
    const int32_t hours = two_digits(zone.bytes + 1);
    const int32_t minutes = two_digits(zone.bytes + zone.size - 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    const int64_t ms = ((int64_t)hours * 60 + minutes) * 60 * MS_PER_SECOND;
    *offset_ms = zone.bytes[0] == '-' ? -ms : ms;
    return true;
}

/* `year` 0: not known, so any may be a leap year. */
static bool is_day_of(int32_t year, int32_t month, int32_t day)
{
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
           (month != 2 || day < 29 || is_leap);
}

static void parse_iso(struct bw_text text, struct bw_stamp *stamp)
{
    if (text.size < 19 || text.bytes[4] != '-' || text.bytes[7] != '-' ||
        (text.bytes[10] != 'T' && text.bytes[10] != ' '))
        return;
    const int32_t year = four_digits(text.bytes);
    const int32_t month = two_digits(text.bytes + 5);
    const int32_t day = two_digits(text.bytes + 8);
    struct bw_text rest = bw_text_after(text, 11);
    const int32_t day_ms = take_clock(&rest);
    int64_t offset_ms = 0;
    if (year < 1 || day_ms < 0 || !is_day_of(year, month, day))
        return;

    if (rest.size == 0) {
        *stamp = (struct bw_stamp){.day_ms = day_ms,
                                   .year = (int16_t)year,
                                   .month = (uint8_t)month,
                                   .day = (uint8_t)day,
                                   .kind = BW_STAMP_NO_ZONE};
    } else if (read_zone(rest, &offset_ms)) {
        const int64_t days = bw_days_from_civil(year, (uint32_t)month, (uint32_t)day);
        *stamp = (struct bw_stamp){.utc_ms = days * MS_PER_DAY + day_ms - offset_ms,
                                   .kind = BW_STAMP_ABSOLUTE};
    }
}

static void parse_named_month(struct bw_text text, struct bw_stamp *stamp)
{
    const uint8_t month = text.size < 14 ? 0 : month_of(text.bytes);
    struct bw_text rest = bw_text_trim(text.size < 14 ? text : bw_text_after(text, 3));
    int32_t day = 0;
    int32_t year = 0;

    if (month == 0)
        return;
    while (rest.size > 0 && rest.bytes[0] >= '0' && rest.bytes[0] <= '9' && day < 100) {
        day = day * 10 + (rest.bytes[0] - '0');
        rest = bw_text_after(rest, 1);
    }
    rest = bw_text_trim(rest);
    if (rest.size > 5 && rest.bytes[4] == ' ') {
        year = four_digits(rest.bytes);
        rest = bw_text_trim(bw_text_after(rest, 4));
    }
    const int32_t day_ms = take_clock(&rest);
    if (day_ms < 0 || year < 0 || rest.size > 0 || !is_day_of(year, month, day))
        return;
    *stamp = (struct bw_stamp){
        .day_ms = day_ms,
        .year = (int16_t)year,
        .month = month,
        .day = (uint8_t)day,
        .kind = (uint8_t)(year > 0 ? BW_STAMP_NO_ZONE : BW_STAMP_NO_YEAR),
    };
}

void bw_stamp_parse(struct bw_text text, struct bw_stamp *stamp)
{
    *stamp = (struct bw_stamp){.kind = BW_STAMP_NONE};
    if (text.size == 0)
        return;
    if (text.bytes[0] >= '0' && text.bytes[0] <= '9')
        parse_iso(text, stamp);
    else
        parse_named_month(text, stamp);
}
