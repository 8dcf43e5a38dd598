/*
 * Rule files -> struct bw_rule_set.
 */
#ifndef BW_MATCH_RULE_FILE_H
#define BW_MATCH_RULE_FILE_H

#include "base/problem_list.h"

#include <bouncewatch/rule.h>
#include <bouncewatch/status.h>

struct bw_rule_source {
    const char *name; /* file name or path, for messages; must outlive the rule set */
    struct bw_text content;
};

/*
 * Parse `count` sources, in order, into one set; user sources given after the built-in ones.
 * Every mistake is added to `problems`; with any mistake the status is BW_ERR_FORMAT and
 * nothing is created. `*created` is destroyed with bw_rule_set_destroy().
 */
BW_MUST_CHECK enum bw_status bw_rule_set_create(struct bw_rule_set **created,
                                                const struct bw_rule_source *sources, size_t count,
                                                struct bw_problem_list *problems);
void bw_rule_set_destroy(struct bw_rule_set **owned);

#endif
