#include "engine/log_clock.h"

#include "base/time_text.h"

#define MS_PER_DAY  INT64_C(86400000)
#define MS_PER_HOUR INT64_C(3600000)

/* A jump of this many months backwards is New Year; forwards, a late line of last year. */
#define NEW_YEAR_MONTHS 6

void bw_log_clock_start(struct bw_log_clock *clock, const struct bw_time_zone *zone, int64_t year,
                        int64_t modified_s)
{
    *clock = (struct bw_log_clock){
        .zone = zone,
        .latest_ms = year > 0 ? INT64_MAX : modified_s * 1000 + MS_PER_DAY,
        .year = year,
        .cached_hour = -1,
        .has_year = year > 0,
    };
}

static int64_t local_ms(struct bw_log_clock *clock, int64_t year, const struct bw_stamp *stamp)
{
    const int32_t hour = stamp->day_ms / (int32_t)MS_PER_HOUR;
    const int64_t key = ((year * 16 + stamp->month) * 32 + stamp->day) * 32 + hour;

    if (key != clock->cached_hour) {
        clock->cached_utc_ms = bw_time_zone_utc_ms(clock->zone, year, stamp->month, stamp->day,
                                                   hour * (int32_t)MS_PER_HOUR);
        clock->cached_hour = key;
    }
    return clock->cached_utc_ms + stamp->day_ms % (int32_t)MS_PER_HOUR;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t guessed_year(struct bw_log_clock *clock, const struct bw_stamp *stamp)
{
    int64_t year;
    uint32_t month, day;

    bw_civil_from_days(clock->latest_ms / MS_PER_DAY, &year, &month, &day);
    /* The zone may put New Year a day later than UTC has it. */
    year++;
    while (local_ms(clock, year, stamp) > clock->latest_ms ||
           (stamp->month == 2 && stamp->day == 29 && !is_leap(year)))
        year--;
    return year;
}

static int64_t no_year_ms(struct bw_log_clock *clock, const struct bw_stamp *stamp)
{
    if (clock->month == 0) {
        if (!clock->has_year)
            clock->year = guessed_year(clock, stamp);
        clock->month = stamp->month;
    } else if (stamp->month + NEW_YEAR_MONTHS <= clock->month) {
        const int64_t next_ms = local_ms(clock, clock->year + 1, stamp);
        if (next_ms > clock->latest_ms)
            return local_ms(clock, clock->year, stamp);
        clock->year++;
        clock->month = stamp->month;
    } else if (stamp->month >= clock->month + NEW_YEAR_MONTHS) {
        return local_ms(clock, clock->year - 1, stamp);
    } else {
        clock->month = stamp->month;
    }
    return local_ms(clock, clock->year, stamp);
}

int64_t bw_log_clock_ms(struct bw_log_clock *clock, const struct bw_stamp *stamp)
{
    switch ((enum bw_stamp_kind)stamp->kind) {
    case BW_STAMP_NONE: return BW_TIME_NONE;
    case BW_STAMP_ABSOLUTE: return stamp->utc_ms;
    case BW_STAMP_NO_ZONE: return local_ms(clock, stamp->year, stamp);
    case BW_STAMP_NO_YEAR: break;
    }
    /* The same second again changes nothing in the clock. */
    if (stamp->day_ms != clock->last.day_ms || stamp->day != clock->last.day ||
        stamp->month != clock->last.month) {
        clock->last_ms = no_year_ms(clock, stamp);
        clock->last = *stamp;
    }
    return clock->last_ms;
}
