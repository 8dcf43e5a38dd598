/*
 * The rules' own tests: each `example` must reach its rule, no `not` may.
 */
#ifndef BW_ENGINE_RULE_CHECK_H
#define BW_ENGINE_RULE_CHECK_H

#include "engine/worker.h"

/*
 * Classify all examples and counter-examples as mail to the rule's first provider. Each that ends
 * at the wrong rule is added to `problems` with file, line and the rule that it reaches: so a rule
 * that another always shadows is found too. Returns how many examples were looked at.
 */
size_t bw_rule_check(struct bw_worker *worker, const struct bw_knowledge *knowledge,
                     struct bw_problem_list *problems);

#endif
