/*
 * JSON out, straight into a growing buffer.
 *
 * Strings may hold any bytes: control characters are escaped, invalid UTF-8 becomes U+FFFD
 * (one per maximal invalid sequence, as Unicode 15 section 3.9 recommends).
 */
#ifndef BW_BASE_JSON_WRITER_H
#define BW_BASE_JSON_WRITER_H

#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct bw_json_writer {
    char *bytes; /* owned */
    size_t size, capacity;
    bool needs_comma;
    bool is_broken; /* memory ran out; everything since is ignored */
};

void bw_json_writer_deinit(struct bw_json_writer *writer);

void bw_json_begin_object(struct bw_json_writer *writer);
void bw_json_end_object(struct bw_json_writer *writer);
void bw_json_begin_array(struct bw_json_writer *writer);
void bw_json_end_array(struct bw_json_writer *writer);
void bw_json_key(struct bw_json_writer *writer, const char *key); /* plain ASCII, not escaped */

void bw_json_text(struct bw_json_writer *writer, struct bw_text text);
void bw_json_string(struct bw_json_writer *writer, const char *string);
void bw_json_uint(struct bw_json_writer *writer, uint64_t number);
void bw_json_int(struct bw_json_writer *writer, int64_t number);
void bw_json_bool(struct bw_json_writer *writer, bool claim);
/* At most `decimals` digits behind the point, trailing zeros dropped, at least one kept: 0.0,
 * 0.039. */
void bw_json_decimal(struct bw_json_writer *writer, double number, int decimals);
/* RFC 3339 UTC with milliseconds, as a string. */
void bw_json_time(struct bw_json_writer *writer, int64_t unix_ms);
/* A value that is JSON already. */
void bw_json_raw(struct bw_json_writer *writer, struct bw_text json);
/* A line end, after which the next value starts without a comma (NDJSON). */
void bw_json_newline(struct bw_json_writer *writer);

/* "key":value in one; absent (empty, NULL) values are left out. */
void bw_json_text_member(struct bw_json_writer *writer, const char *key, struct bw_text text);
void bw_json_string_member(struct bw_json_writer *writer, const char *key, const char *string);
void bw_json_uint_member(struct bw_json_writer *writer, const char *key, uint64_t number);

/* Write what is there to `out` and empty the buffer. False on a write error or when broken. */
bool bw_json_flush(struct bw_json_writer *writer, FILE *out);

#endif
