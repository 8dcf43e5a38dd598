/*
 * Programs whose lines belong in a mail log without being a delivery outcome.
 */
#ifndef BW_PARSE_KNOWN_PROGRAMS_H
#define BW_PARSE_KNOWN_PROGRAMS_H

#include <bouncewatch/text.h>

/* True for filters, policy servers, mailbox servers and the loggers themselves. */
bool bw_is_mail_program(struct bw_text program);

#endif
