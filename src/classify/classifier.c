/*
 * Which rule decides. Levels, strongest first:
 *
 *   provider text > provider code > any text > enhanced code > reply code
 *
 * Within a level the longest literal wins, then the earlier rule.
 */
#include "classify/classifier.h"

#include "classify/taxonomy.h"

#include <stdlib.h>

struct bw_classifier {
    const struct bw_rule_set *rules;
    const struct bw_provider_map *providers;
    uint16_t (*provider_ids)[BW_RULE_PROVIDERS_MAX]; /* by rule index */
    uint16_t *code_rules;                            /* ids of the rules without a pattern */
    size_t code_rule_count;
};

/* Provider ids of one rule's names; BW_ERR_FORMAT when there is no such provider. */
static enum bw_status find_providers(struct bw_classifier *classifier, uint32_t index,
                                     struct bw_problem_list *problems)
{
    const struct bw_rule *rule = &classifier->rules->rules[index];
    enum bw_status status = BW_OK;

    for (uint8_t j = 0; j < rule->provider_count; j++) {
        const uint16_t id =
            bw_provider_map_find_name(classifier->providers, bw_text_of(rule->providers[j]));
        classifier->provider_ids[index][j] = id;
        if (id != BW_PROVIDER_OTHER)
            continue;
        bw_problem_list_add(problems, rule->file, rule->provider_line, 0,
                            "rule \"%s\": there is no provider \"%s\"", rule->name,
                            rule->providers[j]);
        status = BW_ERR_FORMAT;
    }
    return status;
}

enum bw_status bw_classifier_create(struct bw_classifier **created, const struct bw_rule_set *rules,
                                    const struct bw_provider_map *providers,
                                    struct bw_problem_list *problems)
{
    struct bw_classifier *classifier = calloc(1, sizeof(*classifier));
    enum bw_status status = BW_OK;

    if (classifier == NULL)
        return BW_ERR_NO_MEMORY;
    classifier->rules = rules;
    classifier->providers = providers;
    classifier->provider_ids = calloc(rules->count + 1, sizeof(*classifier->provider_ids));
    classifier->code_rules = calloc(rules->count + 1, sizeof(*classifier->code_rules));
    if (classifier->provider_ids == NULL || classifier->code_rules == NULL)
        status = BW_ERR_NO_MEMORY;
    for (uint32_t i = 0; status != BW_ERR_NO_MEMORY && i < rules->count; i++) {
        if (find_providers(classifier, i, problems) != BW_OK)
            status = BW_ERR_FORMAT;
        if (rules->rules[i].pattern_count == 0)
            classifier->code_rules[classifier->code_rule_count++] = (uint16_t)(i + 1);
    }
    if (status != BW_OK) {
        bw_classifier_destroy(&classifier);
        return status;
    }
    *created = classifier;
    return BW_OK;
}

void bw_classifier_destroy(struct bw_classifier **owned)
{
    struct bw_classifier *classifier = *owned;

    *owned = NULL;
    if (classifier == NULL)
        return;
    free(classifier->provider_ids);
    free(classifier->code_rules);
    free(classifier);
}

struct code {
    int32_t class_digit, subject, detail; /* -1: no enhanced code */
};

static struct code read_code(struct bw_text status)
{
    struct code code = {-1, -1, -1};
    int32_t *parts[] = {&code.class_digit, &code.subject, &code.detail};
    size_t part = 0;

    for (size_t i = 0; i < status.size && part < 3; i++) {
        if (status.bytes[i] == '.') {
            part++;
            continue;
        }
        if (status.bytes[i] < '0' || status.bytes[i] > '9')
            return (struct code){-1, -1, -1};
        *parts[part] = (*parts[part] < 0 ? 0 : *parts[part] * 10) + (status.bytes[i] - '0');
    }
    return part == 2 && code.detail >= 0 ? code : (struct code){-1, -1, -1};
}

static bool fits_status(const struct bw_rule *rule, struct code code)
{
    if (rule->status_count == 0)
        return true;
    for (uint8_t i = 0; i < rule->status_count; i++) {
        const struct bw_status_pattern *status = &rule->statuses[i];
        if (code.class_digit >= 0 &&
            (status->class_digit < 0 || status->class_digit == code.class_digit) &&
            (status->subject < 0 || status->subject == code.subject) &&
            (status->detail_low < 0 ||
             (status->detail_low <= code.detail && code.detail <= status->detail_high)))
            return true;
    }
    return false;
}

static bool fits_reply(const struct bw_rule *rule, uint16_t reply)
{
    if (rule->reply_count == 0)
        return true;
    for (uint8_t i = 0; i < rule->reply_count; i++)
        if (rule->replies_low[i] <= reply && reply <= rule->replies_high[i])
            return true;
    return false;
}

/* A rule for gmail holds for the hosted domains of the same operator, and the other way round. */
static bool fits_provider(const struct bw_classifier *classifier, uint16_t rule_id,
                          uint16_t provider)
{
    const struct bw_rule *rule = &classifier->rules->rules[rule_id - 1];

    if (rule->provider_count == 0)
        return true;
    const uint16_t leader = bw_provider_map_limits_of(classifier->providers, provider);
    for (uint8_t i = 0; i < rule->provider_count; i++) {
        const uint16_t named = classifier->provider_ids[rule_id - 1][i];
        if (named == provider ||
            (provider != BW_PROVIDER_OTHER &&
             bw_provider_map_limits_of(classifier->providers, named) == leader))
            return true;
    }
    return false;
}

static enum bw_basis basis_of(const struct bw_rule *rule)
{
    if (rule->pattern_count > 0)
        return rule->provider_count > 0 ? BW_BASIS_PROVIDER_TEXT : BW_BASIS_TEXT;
    if (rule->provider_count > 0)
        return BW_BASIS_PROVIDER_CODE;
    return rule->status_count > 0 ? BW_BASIS_STATUS : BW_BASIS_REPLY;
}

static bool is_better(const struct bw_rule *left, const struct bw_rule *right)
{
    const enum bw_basis left_basis = basis_of(left);
    const enum bw_basis right_basis = basis_of(right);

    if (left_basis != right_basis)
        return left_basis < right_basis;
    if (left->literal_bytes != right->literal_bytes)
        return left->literal_bytes > right->literal_bytes;
    return left->order < right->order;
}

struct choice {
    uint16_t best, second;
};

static void consider(const struct bw_classifier *classifier, const struct bw_failure *failure,
                     struct code code, uint16_t rule_id, struct choice *choice)
{
    const struct bw_rule *rules = classifier->rules->rules;
    const struct bw_rule *rule = &rules[rule_id - 1];

    if (!fits_provider(classifier, rule_id, failure->provider) || !fits_status(rule, code) ||
        !fits_reply(rule, failure->reply))
        return;
    if (choice->best == BW_RULE_NONE || is_better(rule, &rules[choice->best - 1])) {
        choice->second = choice->best;
        choice->best = rule_id;
    } else if (choice->second == BW_RULE_NONE || is_better(rule, &rules[choice->second - 1])) {
        choice->second = rule_id;
    }
}

static enum bw_bounce bounce_of(const struct bw_failure *failure, struct code code,
                                enum bw_class class_id)
{
    switch ((enum bw_outcome)failure->outcome) {
    case BW_OUTCOME_BOUNCED:
    case BW_OUTCOME_EXPIRED: return BW_BOUNCE_HARD;
    case BW_OUTCOME_DEFERRED: return BW_BOUNCE_SOFT;
    case BW_OUTCOME_NONE:
    case BW_OUTCOME_DELIVERED:
    case BW_OUTCOME_DISCARDED:
    case BW_OUTCOME_SUPPRESSED:
    case BW_OUTCOME_PROBE:
    case BW_OUTCOME_COUNT: break;
    }
    if (failure->reply >= 500)
        return BW_BOUNCE_HARD;
    if (failure->reply >= 400)
        return BW_BOUNCE_SOFT;
    if (code.class_digit == 5)
        return BW_BOUNCE_HARD;
    if (code.class_digit == 4)
        return BW_BOUNCE_SOFT;
    return bw_class_nature(class_id);
}

static bool has(struct bw_text text, const char *words)
{
    return bw_text_find_nocase(text, bw_text_of(words)) < text.size;
}

/* The row of the 550 decision matrix. */
static enum bw_variant variant_of(const struct bw_failure *failure, enum bw_class class_id)
{
    if (failure->reply != 550)
        return BW_VARIANT_NONE;
    if (has(failure->text, "try again later"))
        return BW_VARIANT_550_MIXED_SIGNAL;
    if (bw_text_equal(failure->status, BW_TEXT("5.4.1")))
        return BW_VARIANT_550_5_4_1;
    if (class_id == BW_CLASS_USER_UNKNOWN)
        return BW_VARIANT_550_5_1_1;
    if (has(failure->text, "mailbox unavailable") ||
        class_id == BW_CLASS_MAILBOX_UNAVAILABLE_GENERIC)
        return BW_VARIANT_550_MAILBOX_UNAVAILABLE;
    if (bw_text_equal(failure->status, BW_TEXT("5.7.1")) || has(failure->text, "access denied") ||
        has(failure->text, "message refused"))
        return BW_VARIANT_550_5_7_1;
    if (has(failure->text, "address rejected"))
        return BW_VARIANT_550_5_4_1;
    return class_id == BW_CLASS_UNCLASSIFIED_5XX ? BW_VARIANT_550_CATCH_ALL : BW_VARIANT_NONE;
}

void bw_classify(const struct bw_classifier *classifier, const struct bw_failure *failure,
                 const uint16_t *rule_ids, size_t rule_count, struct bw_verdict *verdict)
{
    const struct code code = read_code(failure->status);
    struct choice choice = {BW_RULE_NONE, BW_RULE_NONE};

    for (size_t i = 0; i < rule_count; i++)
        consider(classifier, failure, code, rule_ids[i], &choice);
    /* A provider's text is above all codes: then only the runner-up could change. */
    for (size_t i = 0; i < classifier->code_rule_count; i++)
        consider(classifier, failure, code, classifier->code_rules[i], &choice);

    *verdict = (struct bw_verdict){
        .rule = choice.best,
        .runner_up = choice.second,
        .provider = failure->provider,
    };
    enum bw_class class_id = BW_CLASS_UNCLASSIFIED_5XX;
    if (choice.best != BW_RULE_NONE) {
        const struct bw_rule *rule = &classifier->rules->rules[choice.best - 1];
        class_id = (enum bw_class)rule->class_id;
        verdict->basis = (uint8_t)basis_of(rule);
    }
    verdict->bounce = (uint8_t)bounce_of(failure, code, class_id);
    if (choice.best == BW_RULE_NONE &&
        (failure->reply / 100 == 4 ||
         (failure->reply < 500 &&
          (code.class_digit == 4 || (code.class_digit != 5 && verdict->bounce != BW_BOUNCE_HARD)))))
        class_id = BW_CLASS_UNCLASSIFIED_4XX;
    verdict->class_id = (uint8_t)class_id;
    verdict->fault = (uint8_t)bw_class_fault(class_id);
    verdict->suppress = (uint8_t)bw_class_suppress(class_id);
    if (verdict->suppress == BW_SUPPRESS_NOW && verdict->bounce == BW_BOUNCE_SOFT)
        verdict->suppress = BW_SUPPRESS_AFTER_REPEAT;
    verdict->variant = (uint8_t)variant_of(failure, class_id);
}
