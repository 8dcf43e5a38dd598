/*
 * Failure texts without what must not decide about them: addresses and identifiers.
 */
#ifndef BW_MATCH_QUIET_TEXT_H
#define BW_MATCH_QUIET_TEXT_H

#include <bouncewatch/rule.h>
#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

/* Local parts that a rule names, such as a postmaster's desk; read-only after creation. */
struct bw_named_mailboxes;

/* Every "word@" in the patterns of `rules`, which need not outlive it. */
BW_MUST_CHECK enum bw_status bw_named_mailboxes_create(struct bw_named_mailboxes **created,
                                                       const struct bw_rule_set *rules);
void bw_named_mailboxes_destroy(struct bw_named_mailboxes **owned);

/*
 * Copy `text` to `out` (room for text.size bytes) with
 *
 *   x@x   for every e-mail address (RFC 5321 4.1.2, quoted local parts too) whose local part is
 *         not in `named`: "<virus-lab@example.com>: User unknown" is no word about a virus
 *   x[x]  for every host that is written with its address, "mx1.example.com[192.0.2.1]" (Postfix,
 *         Sendmail): "connect to spam-filter.example[192.0.2.1]:25: refused" is no word about spam
 *   0a0   for every identifier of a message, a session or a machine: words of seven bytes and more
 *         that mix letters and digits as no word or code does, and times (RFC 3339)
 *
 * Returns the bytes written, never more than text.size. Reply codes, enhanced codes, and other
 * IP addresses, host names and URLs stay, but for identifiers in them.
 */
size_t bw_quiet_text(struct bw_text text, const struct bw_named_mailboxes *named, char *out);

#endif
