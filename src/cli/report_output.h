/*
 * Where a report goes and in which form: for the commands that print one.
 */
#ifndef BW_CLI_REPORT_OUTPUT_H
#define BW_CLI_REPORT_OUTPUT_H

#include <bouncewatch/snapshot.h>

#include <stdbool.h>
#include <stdint.h>

struct bw_report_output {
    const char *path; /* NULL: standard output */
    uint32_t top;     /* rows per table; 0: all */
    bool is_json;
};

/* Take the value of an option. False after a message. */
bool bw_report_output_form(struct bw_report_output *output, const char *value);
bool bw_report_output_top(struct bw_report_output *output, const char *value);

/* False after a message when it cannot be written. */
bool bw_report_output_print(const struct bw_report_output *output,
                            const struct bw_snapshot *snapshot);

/* A report that is text already, to where it is wanted. False after a message. */
bool bw_report_output_write(const struct bw_report_output *output, const char *bytes, size_t size);

#endif
