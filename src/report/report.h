/*
 * A snapshot as text for people and as JSON for programs.
 */
#ifndef BW_REPORT_REPORT_H
#define BW_REPORT_REPORT_H

#include "base/json_writer.h"

#include <bouncewatch/snapshot.h>

#include <stdbool.h>
#include <stdio.h>

struct bw_report_options {
    uint32_t top;   /* rows per table; 0: all */
    bool has_color; /* the output is a terminal that takes colour */
    uint32_t width; /* columns of the terminal, at least 60; 0: no terminal, 160 */
    const char *version;
};

/* The text report: aligned, short, zones first, then what to do. Never a control character from
 * a log. False on a write error. */
bool bw_report_text(const struct bw_snapshot *snapshot, const struct bw_report_options *options,
                    FILE *out);
/* One JSON object and a newline, as the contract's section "scan" says. */
bool bw_report_json(const struct bw_snapshot *snapshot, const struct bw_report_options *options,
                    FILE *out);

#endif
