/*
 * What the remote server answered, out of the words an MTA wraps around it.
 *
 * A reply line is a three-digit code, '-' or blank, and text (RFC 5321 4.2); the text may begin
 * with an enhanced status code (RFC 2034 4, RFC 3463 2). MTAs log a reply of several lines as one,
 * with the code repeated in the middle: "550-5.1.1 no such 550 5.1.1 user".
 */
#ifndef BW_PARSE_SMTP_REPLY_H
#define BW_PARSE_SMTP_REPLY_H

#include "base/text_room.h"

#include <bouncewatch/text.h>

#include <stdint.h>

struct bw_smtp_reply {
    struct bw_text text; /* the reply with its codes, as one line */
    /* The first enhanced code behind a reply code, or qmail's "(#5.1.1)"; empty: none. */
    struct bw_text status;
    uint16_t code; /* 200..599; 0: the text does not begin with a reply code */
};

/*
 * Read `text`, which begins where the remote's words begin. A reply of several lines is joined in
 * `room` (needs at most text.size bytes; without room the text stays as it is).
 */
void bw_smtp_reply_parse(struct bw_text text, struct bw_text_room *room,
                         struct bw_smtp_reply *reply);

/* Size of an enhanced status code ("5.7.26") at the beginning of `text`; 0: there is none. */
size_t bw_enhanced_status_size(struct bw_text text);

#endif
