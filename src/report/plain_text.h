/*
 * Bytes from anywhere made fit for a terminal, and numbers as people write them.
 *
 * Control characters, marks that reverse or break lines, and invalid UTF-8 become U+FFFD; tabs and
 * line ends become spaces. One code point counts as one column.
 */
#ifndef BW_REPORT_PLAIN_TEXT_H
#define BW_REPORT_PLAIN_TEXT_H

#include <bouncewatch/text.h>

#include <stdint.h>

/* Bytes that `columns` columns and a NUL may take. */
#define BW_PLAIN_BYTES(columns) ((size_t)(columns)*4 + 1)

/*
 * Write the front of `text` into `out` (BW_PLAIN_BYTES(columns) bytes), NUL-terminated. A text of
 * more than `columns` columns (at least 1) ends in an ellipsis. Returns the columns written.
 */
uint32_t bw_plain_text(struct bw_text text, uint32_t columns, char *out);

/* Code points in a text that bw_plain_text() made. */
uint32_t bw_plain_columns(struct bw_text plain);

/* Returned by value, so that several may stand in one printf. */
struct bw_short_text {
    char text[32];
};

struct bw_short_text bw_plain_count(uint64_t number);   /* "1,234,567" */
struct bw_short_text bw_plain_percent(double fraction); /* 0.0623: "6.2 %" */
struct bw_short_text bw_plain_share(uint64_t part, uint64_t whole);
struct bw_short_text bw_plain_day_time(int64_t unix_ms); /* "2026-05-01 09:14", UTC */

#endif
