/*
 * Times as text: RFC 3339 both ways, and the civil calendar behind it.
 */
#ifndef BW_BASE_TIME_TEXT_H
#define BW_BASE_TIME_TEXT_H

#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

#define BW_TIME_TEXT_BYTES   32
#define BW_WINDOW_TEXT_BYTES 16

/* Days from 1970-01-01 in the proleptic Gregorian calendar; month 1..12, day 1..31. */
int64_t bw_days_from_civil(int64_t year, uint32_t month, uint32_t day);
void bw_civil_from_days(int64_t days, int64_t *year, uint32_t *month, uint32_t *day);

/* "2026-05-01T09:14:00.000Z" with a NUL; years 0000..9999, others are clamped. */
void bw_time_format(int64_t unix_ms, char text[BW_TIME_TEXT_BYTES]);

/* The length of a window in the largest unit that fits: "90s", "90m", "1h", "24h", "7d". */
void bw_window_format(uint32_t window_s, char text[BW_WINDOW_TEXT_BYTES]);

/* "2026-05-01T09:14:00Z", with a zone or (then UTC) without, fraction optional, 'T' or ' ', or a
 * date alone. For command-line values; false when it is no time. */
bool bw_time_parse(struct bw_text text, int64_t *unix_ms);

#endif
