/*
 * A failure and the rules that matched its text -> verdict.
 */
#ifndef BW_CLASSIFY_CLASSIFIER_H
#define BW_CLASSIFY_CLASSIFIER_H

#include "classify/provider_map.h"

#include <bouncewatch/delivery.h>
#include <bouncewatch/rule.h>
#include <bouncewatch/status.h>
#include <bouncewatch/verdict.h>

struct bw_classifier; /* read-only after creation */

/* `rules` and `providers` must outlive the classifier. An unknown provider name in a rule is a
 * problem with file and line: BW_ERR_FORMAT. */
BW_MUST_CHECK enum bw_status bw_classifier_create(struct bw_classifier **created,
                                                  const struct bw_rule_set *rules,
                                                  const struct bw_provider_map *providers,
                                                  struct bw_problem_list *problems);
void bw_classifier_destroy(struct bw_classifier **owned);

struct bw_failure {
    struct bw_text text;   /* the reply on one line, as bw_matcher_quiet() gives it */
    struct bw_text status; /* enhanced code or empty */
    uint16_t reply;        /* 0: none */
    uint16_t provider;     /* provider id */
    uint8_t outcome;       /* enum bw_outcome; BW_OUTCOME_NONE: only a text is known */
};

/*
 * `rule_ids` are the ids of the rules of which a pattern matched failure->text (ascending). Rules
 * without a pattern are looked up by code. Never fails: what no rule knows becomes
 * unclassified_4xx or unclassified_5xx. Pure: the same input gives the same verdict.
 */
void bw_classify(const struct bw_classifier *classifier, const struct bw_failure *failure,
                 const uint16_t *rule_ids, size_t rule_count, struct bw_verdict *verdict);

#endif
