/*
 * The bounce rules as one Hyperscan database over failure texts.
 */
#ifndef BW_MATCH_MATCHER_H
#define BW_MATCH_MATCHER_H

#include "base/problem_list.h"

#include <bouncewatch/rule.h>
#include <bouncewatch/status.h>

struct bw_matcher;         /* read-only after creation, shared by all workers */
struct bw_matcher_scratch; /* one per worker */

/*
 * Compile all patterns of `rules` (which must outlive the matcher), or take them from
 * bw_embedded_database when they are the built-in ones, or load them from
 * `cache_directory` (NULL: no cache; made when it is missing) when a database of the same rules,
 * library version and CPU is there. A damaged cache is replaced, one that cannot be written is
 * ignored. Mistakes in patterns are added to `problems` with file and line: BW_ERR_FORMAT.
 */
BW_MUST_CHECK enum bw_status bw_matcher_create(struct bw_matcher **created,
                                               const struct bw_rule_set *rules,
                                               const char *cache_directory,
                                               struct bw_problem_list *problems);
/*
 * Write the rules' database, compiled for any machine of this kind, for
 * bw_embedded_database: a program that has it need not compile its own rules.
 * BW_ERR_FORMAT with problems; BW_ERR_IO: `out` could not be written.
 */
BW_MUST_CHECK enum bw_status bw_matcher_export(const struct bw_rule_set *rules, FILE *out,
                                               struct bw_problem_list *problems);
void bw_matcher_destroy(struct bw_matcher **owned);

BW_MUST_CHECK enum bw_status bw_matcher_scratch_create(struct bw_matcher_scratch **created,
                                                       const struct bw_matcher *matcher);
void bw_matcher_scratch_destroy(struct bw_matcher_scratch **owned);

#define BW_MATCHER_HITS_MAX 64

/*
 * `text` as the rules see it: bw_quiet_text() of it (match/quiet_text.h); texts over 64 KiB as they
 * are. The view lies in `scratch` (or is `text`) and is good until the next call with it.
 */
struct bw_text bw_matcher_quiet(const struct bw_matcher *matcher,
                                struct bw_matcher_scratch *scratch, struct bw_text text);

/*
 * Ids (1 + index) of the rules of which a pattern matches anywhere in `quiet`, a text that
 * bw_matcher_quiet() gave, ascending, each once, at most BW_MATCHER_HITS_MAX of them, into
 * `rule_ids`. Returns how many.
 */
size_t bw_matcher_scan(const struct bw_matcher *matcher, struct bw_matcher_scratch *scratch,
                       struct bw_text quiet, uint16_t rule_ids[BW_MATCHER_HITS_MAX]);

#endif
