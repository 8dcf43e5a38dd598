#include "zone/zone_machine.h"

#include "base/check.h"

#include <math.h>

#define CALM_EVALUATIONS 2 /* in a row, to leave a zone */

double bw_confidence_z(double confidence)
{
    BW_ASSERT(confidence >= 0.0 && confidence < 1.0);
    if (confidence <= 0.0)
        return 0.0;
    /* Bisection over the normal distribution's own function: once a run, so simple beats fast. */
    double low = -1.0;
    double high = 9.0;
    for (int i = 0; i < 80; i++) {
        const double middle = (low + high) / 2;
        if (0.5 * erfc(-middle / sqrt(2.0)) < confidence)
            low = middle;
        else
            high = middle;
    }
    return low < 0.0 ? 0.0 : low;
}

void bw_wilson(uint64_t hits, uint64_t trials, double z, double *lower, double *upper)
{
    BW_ASSERT(trials > 0 && hits <= trials);
    const double n = (double)trials;
    const double p = (double)hits / n;
    const double z2 = z * z;
    const double center = (p + z2 / (2 * n)) / (1 + z2 / n);
    const double margin = z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);

    *lower = center - margin > 0.0 ? center - margin : 0.0;
    *upper = center + margin < 1.0 ? center + margin : 1.0;
    if (z2 <= 0.0) {
        *lower = p;
        *upper = p;
    }
}

/* Far below one bounce in all mail there is, far above what a product loses in rounding: 0.8 times
 * 5 % comes out a trifle above 4 %, and a rate of just 4 % is not below it. */
#define RATE_ROUNDING 1e-12

static bool is_calm(const struct bw_zone_options *options, double rate, double limit)
{
    return rate < options->recover * limit - RATE_ROUNDING;
}

static double limit_of(const struct bw_zone_limits *limits, uint8_t zone)
{
    return zone == BW_ZONE_BLOCKING ? limits->blocking : limits->warning;
}

static bool enter(uint8_t *zone, uint8_t *calm_count, uint8_t next,
                  const struct bw_zone_limits *limits, struct bw_zone_reading *reading)
{
    /* The limit that decided: of the higher zone of the two. */
    reading->limit = limit_of(limits, next > *zone ? next : *zone);
    *calm_count = 0;
    if (next == *zone)
        return false;
    *zone = next;
    return true;
}

/* The state of the machine is a row of the caller's, so its two bytes come one by one. */
/* NOLINTNEXTLINE(readability-function-size) */
bool bw_zone_step(const struct bw_zone_options *options, double z,
                  const struct bw_zone_limits *limits, uint64_t hard, uint64_t attempts,
                  uint8_t *zone, uint8_t *calm_count, struct bw_zone_reading *reading)
{
    BW_ASSERT(*zone < BW_ZONE_COUNT);
    *reading = (struct bw_zone_reading){.limit = limit_of(limits, *zone)};
    if (attempts > 0) {
        reading->rate = (double)hard / (double)attempts;
        bw_wilson(hard, attempts, z, &reading->lower, &reading->upper);
    }
    if (attempts < options->min_attempts || attempts == 0)
        return enter(zone, calm_count, BW_ZONE_ACCEPTABLE, limits, reading);

    uint8_t reached = BW_ZONE_ACCEPTABLE;
    if (reading->lower > limits->blocking)
        reached = BW_ZONE_BLOCKING;
    else if (reading->lower >= limits->warning)
        reached = BW_ZONE_WARNING;
    if (reached > *zone)
        return enter(zone, calm_count, reached, limits, reading);

    if (*zone == BW_ZONE_ACCEPTABLE || !is_calm(options, reading->rate, limit_of(limits, *zone))) {
        *calm_count = 0;
        return false;
    }
    if (++*calm_count < CALM_EVALUATIONS)
        return false;
    const bool stays_warned =
        *zone == BW_ZONE_BLOCKING && !is_calm(options, reading->rate, limits->warning);
    return enter(zone, calm_count, stays_warned ? BW_ZONE_WARNING : BW_ZONE_ACCEPTABLE, limits,
                 reading);
}
