/*
 * A GELF message (Graylog Extended Log Format 1.1: JSON) as a line of a log.
 *
 * "timestamp host program[pid]: message", like a file of a syslog daemon. The program is where
 * senders put it: _SYSLOG_IDENTIFIER, _application_name, _program, _ident, _tag, or `facility` of
 * GELF 1.0 unless that is a facility of syslog; its process id in _SYSLOG_PID, _process_id or _pid,
 * or in the tag ("postfix/smtp[7]:"). Without any the message is taken to begin with them. The
 * message is short_message, or full_message where that goes on from it.
 */
#ifndef BW_FRAME_GELF_MESSAGE_H
#define BW_FRAME_GELF_MESSAGE_H

#include <bouncewatch/text.h>

#include <stdint.h>

/* A message as JSON, without chunks and not compressed, is at most so long here. */
#define BW_GELF_BYTES_MAX ((size_t)256 * 1024)

/*
 * The line into `line`, with '\n'; its size, at most 64 KiB (longer messages are cut) and at most
 * `capacity`, which is at least that. 0: this is no JSON, it has no message, or it has more than
 * 1,024 values or more than 32 of them in each other. Bytes that are no UTF-8 become '?'.
 * `arrived_ms`: Unix ms, for a message without a time in seconds.
 */
size_t bw_gelf_line(struct bw_text json, int64_t arrived_ms, char *line, size_t capacity);

#endif
