/*
 * A log line taken apart into the syslog header and the message.
 *
 * Made by frame/, read by parse/. Views point into the line.
 * Sources: RFC 3164 4.1, RFC 5424 6, RFC 3339 5.6; Postfix postlogd(8) writes RFC 3164 form.
 */
#ifndef BOUNCEWATCH_LOG_LINE_H
#define BOUNCEWATCH_LOG_LINE_H

#include <bouncewatch/stamp.h>
#include <bouncewatch/text.h>

struct bw_log_line {
    struct bw_text host;    /* as logged; empty when there is none */
    struct bw_text program; /* the tag without "[pid]:", e.g. "postfix/smtp"; may be empty */
    struct bw_text message; /* behind "program[pid]: " and behind a Solaris "[ID n f.p] " */
    struct bw_stamp stamp;
};

#endif
