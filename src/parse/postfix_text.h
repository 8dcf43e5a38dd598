/*
 * The text in parentheses at the end of a Postfix delivery line.
 *
 *   host mx.example[192.0.2.7] said: 550 5.1.1 no such user (in reply to RCPT TO command)
 *   host mx.example[192.0.2.7] refused to talk to me: 421 4.7.0 try later
 *   delivery temporarily suspended: connect to mx.example[192.0.2.7]:25: Connection timed out
 *   250 2.0.0 Ok: queued as 3F2A1C
 *
 * Written by postfix src/smtp/smtp_trouble.c, smtp_connect.c and the mailbox agents.
 */
#ifndef BW_PARSE_POSTFIX_TEXT_H
#define BW_PARSE_POSTFIX_TEXT_H

#include "base/text_room.h"
#include "parse/smtp_reply.h"

#include <bouncewatch/delivery.h>

/* Set text, reply, status and named_host of `delivery` (relay_host is read) out of `text`. */
void bw_postfix_text_parse(struct bw_text text, struct bw_text_room *room,
                           struct bw_delivery *delivery);

#endif
