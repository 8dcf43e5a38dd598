/*
 * The rules as data: what match/ compiles and classify/ decides by.
 *
 * A rule file is lines of "keyword value"; the next `rule` ends a rule; `#` starts a comment line.
 * See src/data/rules/README for the keywords.
 */
#ifndef BOUNCEWATCH_RULE_H
#define BOUNCEWATCH_RULE_H

#include <bouncewatch/text.h>
#include <bouncewatch/verdict.h>

#include <stdint.h>

/* An enhanced status code with holes: -1 stands for any value. "x.7.27" is {-1, 7, 27, 27}. */
struct bw_status_pattern {
    int16_t class_digit; /* 2, 4, 5 or -1 */
    int16_t subject;     /* 0..999 or -1 */
    int16_t detail_low;  /* 0..999 or -1 */
    int16_t detail_high; /* inclusive; equals detail_low when it is no range */
};

#define BW_RULE_PROVIDERS_MAX 8
#define BW_RULE_STATUSES_MAX  8
#define BW_RULE_REPLIES_MAX   8
#define BW_RULE_PATTERNS_MAX  16
#define BW_RULE_EXAMPLES_MAX  32

struct bw_rule {
    const char *name;
    const char *file;                             /* as given to the loader */
    const char *action;                           /* NULL: the class's own */
    const char *cause;                            /* NULL: the class's own */
    const char *source;                           /* where the fact is from */
    const char *providers[BW_RULE_PROVIDERS_MAX]; /* provider names */
    const char *patterns[BW_RULE_PATTERNS_MAX];   /* PCRE as Hyperscan reads it; any one matches */
    const char *examples[BW_RULE_EXAMPLES_MAX];   /* texts that must reach this rule */
    const char *counter_examples[BW_RULE_EXAMPLES_MAX];
    struct bw_status_pattern statuses[BW_RULE_STATUSES_MAX]; /* any one; none: any status */
    uint16_t replies_low[BW_RULE_REPLIES_MAX];  /* 550, or 500 for "5xx"; none: any reply */
    uint16_t replies_high[BW_RULE_REPLIES_MAX]; /* inclusive */
    uint32_t line;                              /* of its `rule` keyword, from 1 */
    uint32_t provider_line;                     /* of the last `provider` keyword; 0: none */
    uint32_t pattern_lines[BW_RULE_PATTERNS_MAX];
    uint32_t example_lines[BW_RULE_EXAMPLES_MAX];
    uint32_t counter_example_lines[BW_RULE_EXAMPLES_MAX];
    uint16_t literal_bytes; /* longest literal run over the patterns: the tie-breaker */
    uint16_t order;         /* position over all files, from 0 */
    uint8_t provider_count, pattern_count, status_count, reply_count;
    uint8_t example_count, counter_example_count;
    uint8_t class_id;                               /* enum bw_class */
    uint8_t pattern_caseless[BW_RULE_PATTERNS_MAX]; /* 1: the pattern ended in /i */
};

/* All rules in file order. Rule id = index + 1. Owned by whoever loaded them; never changes. */
struct bw_rule_set {
    struct bw_rule *rules;
    uint32_t count;
    uint64_t content_hash; /* of everything that decides what matches: keys the database cache */
    void *storage;         /* the strings; freed with the set */
};

#endif
