/*
 * Rule files. A form feed in the input begins the next file.
 */
#include "fuzz_target.h"
#include "match/rule_file.h"

#define SOURCES_MAX 4

static void check_texts(const char *const *texts, const uint32_t *lines, size_t count,
                        const struct bw_rule *rule)
{
    for (size_t i = 0; i < count; i++) {
        BW_ASSERT(texts[i] != NULL && strchr(texts[i], '\n') == NULL);
        BW_ASSERT(lines == NULL || lines[i] > rule->line);
    }
}

static void check_rule(const struct bw_rule *rule)
{
    BW_ASSERT(rule->name[0] != '\0' && rule->file != NULL && rule->source[0] != '\0');
    BW_ASSERT(rule->class_id > BW_CLASS_NONE && rule->class_id < BW_CLASS_COUNT);
    BW_ASSERT(rule->provider_count <= BW_RULE_PROVIDERS_MAX);
    BW_ASSERT(rule->pattern_count <= BW_RULE_PATTERNS_MAX);
    BW_ASSERT(rule->status_count <= BW_RULE_STATUSES_MAX);
    BW_ASSERT(rule->reply_count <= BW_RULE_REPLIES_MAX);
    BW_ASSERT(rule->example_count >= 1 && rule->example_count <= BW_RULE_EXAMPLES_MAX);
    BW_ASSERT(rule->counter_example_count <= BW_RULE_EXAMPLES_MAX);
    BW_ASSERT(rule->pattern_count + rule->status_count + rule->reply_count > 0);
    check_texts(rule->providers, NULL, rule->provider_count, rule);
    check_texts(rule->patterns, rule->pattern_lines, rule->pattern_count, rule);
    check_texts(rule->examples, rule->example_lines, rule->example_count, rule);
    check_texts(rule->counter_examples, rule->counter_example_lines, rule->counter_example_count,
                rule);
    for (size_t i = 0; i < rule->reply_count; i++)
        BW_ASSERT(rule->replies_low[i] >= 200 && rule->replies_high[i] <= 599 &&
                  rule->replies_low[i] <= rule->replies_high[i]);
    for (size_t i = 0; i < rule->status_count; i++) {
        const struct bw_status_pattern *status = &rule->statuses[i];
        BW_ASSERT(status->class_digit == -1 || status->class_digit == 2 ||
                  status->class_digit == 4 || status->class_digit == 5);
        BW_ASSERT(status->subject >= -1 && status->subject <= 999);
        BW_ASSERT(status->detail_low >= -1 && status->detail_low <= status->detail_high);
        BW_ASSERT(status->detail_high <= 999);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[SOURCES_MAX] = {"a.rules", "b.rules", "c.rules", "d.rules"};
    struct bw_rule_source sources[SOURCES_MAX];
    struct bw_text rest = {(const char *)data, size};
    struct bw_problem_list problems = {0};
    struct bw_rule_set *rules = NULL;
    struct bw_rule_set *again = NULL;
    size_t count = 0;

    for (; count + 1 < SOURCES_MAX && bw_text_cut(&rest, BW_TEXT("\f"), &sources[count].content);
         count++)
        sources[count].name = names[count];
    sources[count] = (struct bw_rule_source){names[count], rest};
    count++;

    const enum bw_status status = bw_rule_set_create(&rules, sources, count, &problems);
    if (status != BW_OK) {
        BW_ASSERT(status == BW_ERR_FORMAT && rules == NULL && problems.count > 0);
        for (size_t i = 0; i < problems.count; i++)
            BW_ASSERT(problems.items[i].message[0] != '\0' && problems.items[i].line > 0);
        bw_problem_list_deinit(&problems);
        return 0;
    }
    BW_ASSERT(problems.count == 0 && problems.dropped == 0);
    for (uint32_t i = 0; i < rules->count; i++) {
        check_rule(&rules->rules[i]);
        BW_ASSERT(rules->rules[i].order == i);
        for (uint32_t k = 0; k < i; k++)
            BW_ASSERT(strcmp(rules->rules[i].name, rules->rules[k].name) != 0);
    }
    BW_ASSERT(bw_rule_set_create(&again, sources, count, NULL) == BW_OK);
    BW_ASSERT(again->count == rules->count && again->content_hash == rules->content_hash);
    bw_rule_set_destroy(&again);
    bw_rule_set_destroy(&rules);
    BW_ASSERT(rules == NULL);
    return 0;
}
