/*
 * Postfix log lines: what became of each recipient, who sent what, and when a queue id is free.
 *
 *   3F2A1C: to=<a@b.example>, orig_to=<c@d.example>, relay=mx.b.example[192.0.2.7]:25, conn_use=2,
 *           delay=1.4, delays=0.1/0/1/0.3, dsn=4.7.1, status=deferred (host ... said: 421 ...)
 *   3F2A1C: from=<s@example.com>, size=2666, nrcpt=2 (queue active)
 *   3F2A1C: from=<s@example.com>, status=expired, returned to sender
 *   3F2A1C: removed
 *
 * orig_to=, conn_use=, delays=, tls= and dsn= are optional (old releases lack the last three).
 * Written by postfix src/global/log_adhoc.c and src/qmgr/qmgr_active.c; addresses with or without
 * <> depending on the release.
 */
#ifndef BW_PARSE_POSTFIX_H
#define BW_PARSE_POSTFIX_H

#include "base/network_list.h"
#include "base/text_room.h"
#include "parse/postfix_programs.h"

#include <bouncewatch/delivery.h>

enum bw_parsed {
    BW_PARSED_KNOWN = 0, /* recognised, and nothing in it for us */
    BW_PARSED_UNKNOWN,   /* a line of another program */
    BW_PARSED_MALFORMED, /* looks like an outcome and cannot be read */
    BW_PARSED_OUTCOME,
    BW_PARSED_ENVELOPE,
    BW_PARSED_REMOVED,
};

/*
 * Read a line of the Postfix program `agent`. `internal` says which relays are hops inside the
 * site; texts that must be put together go to `room`. `*delivery` is filled for OUTCOME; for
 * ENVELOPE only queue_id, sender, has_sender and null_sender are set, for REMOVED only queue_id;
 * for anything else it holds nothing of use.
 */
enum bw_parsed bw_postfix_parse(enum bw_postfix_agent agent, struct bw_text message,
                                const struct bw_network_list *internal, struct bw_text_room *room,
                                struct bw_delivery *delivery);

#endif
