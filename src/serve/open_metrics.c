#include "serve/open_metrics.h"

#include <math.h>
#include <stdio.h>

static void put(struct bw_byte_writer *writer, const char *text)
{
    bw_put_bytes(writer, text, strlen(text));
}

/* OpenMetrics 1.0, "Escaping": backslash, line feed and, in label values, the quote. */
static void put_escaped(struct bw_byte_writer *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            put(writer, "\\n");
        else if (*text == '\\' || *text == '"') {
            bw_put_u8(writer, '\\');
            bw_put_u8(writer, (uint8_t)*text);
        } else {
            bw_put_u8(writer, (uint8_t)*text);
        }
    }
}

void bw_metric_family(struct bw_byte_writer *writer, enum bw_metric_kind kind, const char *name,
                      const char *help)
{
    put(writer, "# TYPE ");
    put(writer, name);
    put(writer, kind == BW_METRIC_COUNTER ? " counter\n# HELP " : " gauge\n# HELP ");
    put(writer, name);
    put(writer, " ");
    put_escaped(writer, help);
    put(writer, "\n");
}

void bw_metric_sample(struct bw_byte_writer *writer, enum bw_metric_kind kind, const char *name,
                      const struct bw_metric_label *labels, double value)
{
    char number[64];

    put(writer, name);
    put(writer, kind == BW_METRIC_COUNTER ? "_total" : "");
    for (size_t i = 0; labels != NULL && labels[i].name != NULL; i++) {
        put(writer, i == 0 ? "{" : ",");
        put(writer, labels[i].name);
        put(writer, "=\"");
        put_escaped(writer, labels[i].value);
        put(writer, "\"");
    }
    put(writer, labels != NULL && labels[0].name != NULL ? "} " : " ");
    /* Whole numbers as such: counters are exact up to 2^53. */
    if (floor(value) >= value && value < 9007199254740992.0 && value > -9007199254740992.0)
        (void)snprintf(number, sizeof(number), "%.0f\n", value);
    else
        (void)snprintf(number, sizeof(number), "%.9g\n", value);
    put(writer, number);
}

void bw_metric_one(struct bw_byte_writer *writer, enum bw_metric_kind kind, const char *name,
                   const char *help, double value)
{
    bw_metric_family(writer, kind, name, help);
    bw_metric_sample(writer, kind, name, NULL, value);
}

void bw_metrics_end(struct bw_byte_writer *writer)
{
    put(writer, "# EOF\n");
}
