/*
 * Local civil time -> Unix time, without the C library's global zone.
 *
 * Zones are fixed offsets, or read from the tz database (TZif files, RFC 8536). Debian's files
 * hold every transition up to 2037; later times keep the last offset.
 */
#ifndef BW_BASE_TIME_ZONE_H
#define BW_BASE_TIME_ZONE_H

#include <bouncewatch/status.h>

#include <stdint.h>

struct bw_time_zone; /* read-only after creation */

/*
 * `name`: NULL for the machine's zone ($TZ, else /etc/localtime, else UTC), "UTC", "Z", "+0200",
 * "-03:30", or a name such as "Europe/Berlin". Unknown: BW_ERR_USAGE and a sentence.
 */
BW_MUST_CHECK enum bw_status bw_time_zone_create(struct bw_time_zone **created, const char *name,
                                                 struct bw_problem *problem);
void bw_time_zone_destroy(struct bw_time_zone **owned);

/*
 * Unix ms of a local time; month 1..12, day 1..31, day_ms 0..86399999. A time that happens twice
 * is the first of the two; one that never happens is read with the offset before the gap.
 */
int64_t bw_time_zone_utc_ms(const struct bw_time_zone *zone, int64_t year, uint32_t month,
                            uint32_t day, int32_t day_ms);

#endif
