/*
 * Stamps in the order of their lines -> times: adds the year and the zone that stamps lack.
 */
#ifndef BW_ENGINE_LOG_CLOCK_H
#define BW_ENGINE_LOG_CLOCK_H

#include "base/time_zone.h"

#include <bouncewatch/stamp.h>

#include <stdbool.h>

#define BW_TIME_NONE INT64_MIN

struct bw_log_clock {
    const struct bw_time_zone *zone; /* borrowed */
    int64_t latest_ms;     /* stamps without a year are not after this; INT64_MAX: no such bound */
    int64_t year;          /* of the stamps without one, at this point of the input */
    int64_t cached_hour;   /* year, month, day, hour as one number */
    int64_t cached_utc_ms; /* of that hour's start */
    struct bw_stamp last;  /* the last one without a year; month 0: none yet */
    int64_t last_ms;       /* what it gave */
    uint8_t month;         /* of the last stamp without a year; 0: none yet */
    bool has_year;         /* the user named the year */
};

/*
 * A new input starts. `year` 0: guess it, so that the first stamp is not after `modified_s`
 * (Unix time of the input's last change) plus a day.
 */
void bw_log_clock_start(struct bw_log_clock *clock, const struct bw_time_zone *zone, int64_t year,
                        int64_t modified_s);

/* Unix ms, or BW_TIME_NONE. Stamps without a year must come in the order of their lines: from
 * December to January the year goes on by one. */
int64_t bw_log_clock_ms(struct bw_log_clock *clock, const struct bw_stamp *stamp);

#endif
