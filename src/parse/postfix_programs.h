/*
 * Which daemon of Postfix a syslog tag names, and whether it can log a delivery at all.
 *
 * The tag is "syslog_name/daemon" with any syslog_name (postconf(5) syslog_name; master.cf's
 * "-o syslog_name=postfix/$service_name" makes it "postfix/submission/smtpd").
 */
#ifndef BW_PARSE_POSTFIX_PROGRAMS_H
#define BW_PARSE_POSTFIX_PROGRAMS_H

#include <bouncewatch/text.h>

enum bw_postfix_agent {
    BW_POSTFIX_AGENT_NO = 0, /* not a Postfix program */
    BW_POSTFIX_AGENT_SILENT, /* never logs what became of a recipient: smtpd(8), anvil(8) ... */
    BW_POSTFIX_AGENT_QUEUE,  /* qmgr(8), cleanup(8), bounce(8): envelopes, and bounces of their own
                              */
    BW_POSTFIX_AGENT_SMTP,
    BW_POSTFIX_AGENT_LMTP,
    BW_POSTFIX_AGENT_MAILBOX, /* local(8), virtual(8), pipe(8) */
    BW_POSTFIX_AGENT_ERROR,   /* error(8) and its twin retry(8) */
    BW_POSTFIX_AGENT_DISCARD,
};

/* `program` is the tag without "[pid]". */
enum bw_postfix_agent bw_postfix_agent_of(struct bw_text program);

#endif
