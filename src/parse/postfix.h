/*
 * Postfix log lines: what became of each recipient, who sent what, and when a queue id is free.
 *
 *   3F2A1C: to=<a@b.example>, orig_to=<c@d.example>, relay=mx.b.example[192.0.2.7]:25,
 *     conn_use=2, delay=1.4, delays=0.1/0/1/0.3, dsn=4.7.1, status=deferred (host ... said: 421
 * ...) 3F2A1C: from=<s@example.com>, size=2666, nrcpt=2 (queue active) 3F2A1C:
 * from=<s@example.com>, status=expired, returned to sender 3F2A1C: removed
 *
 * orig_to=, conn_use=, delays= and dsn= are optional (old releases lack the last two). The program
 * is "syslog_name/daemon" with any syslog_name. Written by postfix src/global/log_adhoc.c and
 * src/qmgr/qmgr_active.c; addresses with or without <> depending on the release.
 */
#ifndef BW_PARSE_POSTFIX_H
#define BW_PARSE_POSTFIX_H

#include "base/network_list.h"
#include "base/text_room.h"

#include <bouncewatch/delivery.h>

enum bw_parsed {
    BW_PARSED_KNOWN = 0, /* recognised, and nothing in it for us */
    BW_PARSED_UNKNOWN,   /* a line of another program */
    BW_PARSED_MALFORMED, /* looks like an outcome and cannot be read */
    BW_PARSED_OUTCOME,
    BW_PARSED_ENVELOPE,
    BW_PARSED_REMOVED,
};

/* Literals without which a line is neither outcome nor envelope nor removal. */
#define BW_POSTFIX_ANCHOR_COUNT 3
extern const struct bw_text bw_postfix_anchors[BW_POSTFIX_ANCHOR_COUNT];

/* True when the program is one of Postfix's ("anything/smtp", "postfix/relay/smtp"...). */
bool bw_postfix_is_program(struct bw_text program);

/*
 * Read a line of a Postfix program. `has_anchor` false promises that no anchor stands in it.
 * `internal` says which relays are hops inside the site. Fields of `*delivery` are set only for
 * OUTCOME, ENVELOPE (queue_id, sender) and REMOVED (queue_id).
 */
enum bw_parsed bw_postfix_parse(struct bw_text program, struct bw_text message, bool has_anchor,
                                const struct bw_network_list *internal, struct bw_text_room *room,
                                struct bw_delivery *delivery);

#endif
