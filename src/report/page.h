/*
 * The sheet that the text report is written on: so many columns, with or without colour.
 *
 * Everything goes through bw_plain_text(), so nothing in a log reaches the terminal as a command.
 */
#ifndef BW_REPORT_PAGE_H
#define BW_REPORT_PAGE_H

#include "report/plain_text.h"
#include "report/report.h"

#define BW_PAGE_COLUMNS_MIN 60
#define BW_PAGE_COLUMNS_MAX 240

enum bw_tone { BW_TONE_PLAIN = 0, BW_TONE_TITLE, BW_TONE_DIM, BW_TONE_WARNING, BW_TONE_BLOCKING };

struct bw_page {
    const struct bw_snapshot *snapshot;
    FILE *out;
    uint32_t columns; /* BW_PAGE_COLUMNS_MIN .. BW_PAGE_COLUMNS_MAX */
    uint32_t top;     /* rows per table; UINT32_MAX: all */
    bool has_color;
    bool is_one_day; /* the log's times need no date */
    bool is_broken;  /* memory ran out */
};

void bw_page_init(struct bw_page *page, const struct bw_snapshot *snapshot,
                  const struct bw_report_options *options, FILE *out);

/* Switch the colour; BW_TONE_PLAIN switches it off. Nothing without colour. */
void bw_page_tone(const struct bw_page *page, enum bw_tone tone);
enum bw_tone bw_page_zone_tone(enum bw_zone zone);

/* An empty line and a title that starts a section. */
void bw_page_title(const struct bw_page *page, const char *title);

/* One paragraph by a printf format, broken between words; lines after the first are indented by
 * `indent` columns (at most 20). At most 4 KiB are printed. */
__attribute__((format(printf, 4, 5))) void bw_page_print(const struct bw_page *page,
                                                         enum bw_tone tone, uint32_t indent,
                                                         const char *format, ...);

/* Log time as short as the page allows: "09:14", or "2026-05-01 09:14". */
struct bw_short_text bw_page_time(const struct bw_page *page, int64_t unix_ms);

#endif
