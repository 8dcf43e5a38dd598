/*
 * When a key enters and leaves the warning and the blocking zone.
 */
#ifndef BW_ZONE_ZONE_MACHINE_H
#define BW_ZONE_ZONE_MACHINE_H

#include <bouncewatch/event.h>

#include <stdbool.h>
#include <stdint.h>

struct bw_zone_limits {
    double warning;  /* fraction; the zone is entered when the lower bound reaches it */
    double blocking; /* fraction; entered when the lower bound exceeds it */
};

struct bw_zone_options {
    uint64_t min_attempts; /* default 100 */
    double confidence;     /* one-sided, 0 .. 0.9999; default 0.80; 0: the plain rate */
    double recover;        /* default 0.8 */
};

struct bw_zone_reading {
    double rate, lower, upper; /* fractions */
    double limit;              /* the limit that decided: of the entered zone, or of the left one */
};

/* Wilson score bounds (one-sided each) of hits/trials at z; trials > 0. z = 0: both are the rate.
 */
void bw_wilson(uint64_t hits, uint64_t trials, double z, double *lower, double *upper);
/* z of a one-sided confidence: 0.80 -> 0.8416; 0 -> 0. Accurate to 1e-6. */
double bw_confidence_z(double confidence);

/*
 * One evaluation. `*zone` and `*calm_count` are the key's state for this window and change.
 * Returns true when the zone changed; *reading is always filled.
 *
 * Entering: attempts >= min_attempts and lower >= limits.warning (warning), lower > limits.blocking
 * (blocking, also straight from acceptable). Leaving a zone: rate < recover * that zone's limit at
 * two evaluations in a row, or attempts < min_attempts (at once). Who leaves blocking goes to
 * warning when rate >= recover * limits.warning and there are attempts enough, else to acceptable.
 */
bool bw_zone_step(const struct bw_zone_options *options, double z,
                  const struct bw_zone_limits *limits, uint64_t hard, uint64_t attempts,
                  uint8_t *zone, uint8_t *calm_count, struct bw_zone_reading *reading);

#endif
