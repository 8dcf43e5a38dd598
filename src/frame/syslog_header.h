/*
 * The header of a syslog line: found by shape at line rate, its time read only when asked for.
 *
 * Read are RFC 3164 4.1 ("Jul  5 06:52:11 host tag[pid]: "; the day with blank or zero, with or
 * without a year behind it, with or without a fraction), RFC 3339 stamps in the same place
 * (rsyslog's default on Debian 12, journalctl's short-iso), RFC 5424 ("<22>1 ..."), a leading
 * "<PRI>", and the Solaris "[ID 197553 mail.info] " in front of the message.
 */
#ifndef BW_FRAME_SYSLOG_HEADER_H
#define BW_FRAME_SYSLOG_HEADER_H

#include <bouncewatch/log_line.h>

#include <stdbool.h>

struct bw_syslog_parts {
    struct bw_text stamp;   /* the time as written; has the shape of a time, is not checked */
    struct bw_text host;    /* empty: none */
    struct bw_text program; /* without "[pid]"; empty: none */
    struct bw_text message;
};

/* Stamp and host of the line before, byte by byte: neighbours often have the same. Zeroed at the
 * beginning; belongs to one reader of lines. */
struct bw_syslog_memo {
    size_t size; /* of head: up to the blank behind the host; 0: nothing is remembered */
    size_t stamp_size, host_at, host_size;
    char head[96];
};

/* False when the line does not start like a syslog line. `line` has no line end. The result does
 * not depend on what is in the memo, only the time it takes. */
bool bw_syslog_split(struct bw_text line, struct bw_syslog_memo *memo,
                     struct bw_syslog_parts *parts);

/* Read a time; kind BW_STAMP_NONE when it is none. */
void bw_stamp_parse(struct bw_text text, struct bw_stamp *stamp);

#endif
