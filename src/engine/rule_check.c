#include "engine/rule_check.h"

#include "engine/classify_text.h"

#include <stdlib.h>

/* Id of the rule that the text reaches. */
static uint16_t reached(struct bw_worker *worker, const struct bw_knowledge *knowledge,
                        const struct bw_rule *rule, const char *text)
{
    struct bw_classified_text found;
    char *room = malloc(strlen(text) + 1);

    if (room == NULL)
        return BW_RULE_NONE;
    bw_classify_text(worker, knowledge, bw_text_of(text),
                     rule->provider_count == 0 ? NULL : rule->providers[0], room, &found);
    free(room);
    return found.verdict.rule;
}

static void check_rule(struct bw_worker *worker, const struct bw_knowledge *knowledge,
                       uint16_t rule_id, struct bw_problem_list *problems)
{
    const struct bw_rule *rules = knowledge->rules->rules;
    const struct bw_rule *rule = &rules[rule_id - 1];

    for (uint8_t i = 0; i < rule->example_count; i++) {
        const uint16_t found = reached(worker, knowledge, rule, rule->examples[i]);
        if (found == BW_RULE_NONE)
            bw_problem_list_add(problems, rule->file, rule->example_lines[i], 0,
                                "this example of rule \"%s\" reaches no rule; mend the example, "
                                "the pattern or the codes",
                                rule->name);
        else if (found != rule_id)
            bw_problem_list_add(problems, rule->file, rule->example_lines[i], 0,
                                "this example of rule \"%s\" reaches \"%s\" (%s:%u); make one of "
                                "the two narrower",
                                rule->name, rules[found - 1].name, rules[found - 1].file,
                                rules[found - 1].line);
    }
    for (uint8_t i = 0; i < rule->counter_example_count; i++)
        if (reached(worker, knowledge, rule, rule->counter_examples[i]) == rule_id)
            bw_problem_list_add(problems, rule->file, rule->counter_example_lines[i], 0,
                                "rule \"%s\" says that this is `not` its own, and it reaches it",
                                rule->name);
}

size_t bw_rule_check(struct bw_worker *worker, const struct bw_knowledge *knowledge,
                     struct bw_problem_list *problems)
{
    const struct bw_rule_set *set = knowledge->rules;
    size_t count = 0;

    for (uint32_t i = 0; i < set->count; i++) {
        check_rule(worker, knowledge, (uint16_t)(i + 1), problems);
        count += set->rules[i].example_count + set->rules[i].counter_example_count;
    }
    return count;
}
