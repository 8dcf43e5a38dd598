/*
 * The header of the line that begins here, read before its end is looked for: the end then is
 * searched for behind the header only, and most lines of a log are known by their program.
 */
#ifndef BW_FRAME_LINE_START_H
#define BW_FRAME_LINE_START_H

#include "frame/syslog_header.h"

/*
 * Where the message of the line at `line` begins; the bytes up to `end` (behind `line`, a '\n'
 * before it) can be read. Fills stamp, host and program as bw_syslog_split() does, and leaves
 * parts->message alone. No '\n' lies between `line` and what is returned.
 *
 * NULL: the line is not of the plain shape "STAMP host tag[pid]: " (RFC 3164 or RFC 3339 stamp,
 * pid optional, 32 bytes at most for host and tag each), or too near to `end`. Then its end has to
 * be found first and bw_syslog_split() asked.
 */
const char *bw_line_start(const char *line, const char *end, struct bw_syslog_parts *parts);

#endif
