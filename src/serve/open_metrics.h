/*
 * Metrics as text: OpenMetrics 1.0, which Prometheus reads.
 */
#ifndef BW_SERVE_OPEN_METRICS_H
#define BW_SERVE_OPEN_METRICS_H

#include "base/byte_writer.h"

#define BW_OPEN_METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum bw_metric_kind { BW_METRIC_COUNTER, BW_METRIC_GAUGE };

/* A label; the list ends with a NULL name. Values may hold any bytes. */
struct bw_metric_label {
    const char *name;
    const char *value;
};

/* A family begins: "# TYPE", "# HELP". Its samples follow before the next family. `name` without
 * "_total". */
void bw_metric_family(struct bw_byte_writer *writer, enum bw_metric_kind kind, const char *name,
                      const char *help);
/* One sample; labels NULL: none. Counters get "_total". */
void bw_metric_sample(struct bw_byte_writer *writer, enum bw_metric_kind kind, const char *name,
                      const struct bw_metric_label *labels, double value);
/* A family of one sample without labels. */
void bw_metric_one(struct bw_byte_writer *writer, enum bw_metric_kind kind, const char *name,
                   const char *help, double value);
void bw_metrics_end(struct bw_byte_writer *writer);

#endif
