/*
 * A time as a log line wrote it, which may lack the year and the zone.
 *
 * RFC 3164 4.1.2 stamps ("Jul  5 06:52:11") have neither; workers parse them without
 * knowing either, and the one consumer, which sees lines in order, adds both.
 */
#ifndef BOUNCEWATCH_STAMP_H
#define BOUNCEWATCH_STAMP_H

#include <stdint.h>

enum bw_stamp_kind {
    BW_STAMP_NONE = 0, /* the line has no time that can be read */
    BW_STAMP_ABSOLUTE, /* utc_ms is the time */
    BW_STAMP_NO_ZONE,  /* year and the local fields are known, the zone is not */
    BW_STAMP_NO_YEAR,  /* only month, day and time of day are known */
};

struct bw_stamp {
    int64_t utc_ms; /* Unix epoch, milliseconds; only for BW_STAMP_ABSOLUTE */
    int32_t day_ms; /* 0..86400999 (a leap second is 60): time of day as written */
    int16_t year;   /* 1..9999; only for BW_STAMP_NO_ZONE */
    uint8_t month;  /* 1..12; 0 for BW_STAMP_NONE and BW_STAMP_ABSOLUTE */
    uint8_t day;    /* 1..31 */
    uint8_t kind;   /* enum bw_stamp_kind */
};

#endif
