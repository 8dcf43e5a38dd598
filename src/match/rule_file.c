#include "match/rule_file.h"

#include "base/check.h"
#include "base/hash.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define RULES_MAX 60000U

/* Strings of the set: blocks in a list, so that pointers stay. */
struct block {
    struct block *next;
    char bytes[];
};

struct parser {
    struct bw_rule_set *set;
    struct bw_problem_list *problems;
    struct bw_rule *rule; /* NULL: none begun */
    const char *file;
    bool has_class; /* the rule has a `class` line, good or not */
    uint32_t line, capacity;
    bool is_broken, has_no_memory;
};

__attribute__((format(printf, 2, 3))) static void complain(struct parser *parser,
                                                           const char *format, ...)
{
    char message[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    bw_problem_list_add(parser->problems, parser->file, parser->line, 0, "%s", message);
    parser->is_broken = true;
}

static char *keep(struct parser *parser, struct bw_text text)
{
    struct block *block = malloc(sizeof(*block) + text.size + 1);

    if (block == NULL) {
        parser->has_no_memory = true;
        return NULL;
    }
    block->next = parser->set->storage;
    parser->set->storage = block;
    if (text.size > 0)
        (void)memcpy(block->bytes, text.bytes, text.size);
    block->bytes[text.size] = '\0';
    return block->bytes;
}

static struct bw_text take_word(struct bw_text *rest)
{
    size_t size = 0;

    while (size < rest->size && rest->bytes[size] != ' ' && rest->bytes[size] != '\t')
        size++;
    const struct bw_text word = bw_text_head(*rest, size);
    *rest = bw_text_trim(bw_text_after(*rest, size));
    return word;
}

/* "606" at the front; false when there is none or it is over 999. */
static bool take_number(struct bw_text *rest, int16_t *number)
{
    int32_t value = 0;
    size_t size = 0;

    for (; size < rest->size && rest->bytes[size] >= '0' && rest->bytes[size] <= '9'; size++) {
        value = value * 10 + (rest->bytes[size] - '0');
        if (value > 999)
            return false;
    }
    if (size == 0)
        return false;
    *number = (int16_t)value;
    *rest = bw_text_after(*rest, size);
    return true;
}

static bool take_byte(struct bw_text *rest, char byte)
{
    if (rest->size == 0 || rest->bytes[0] != byte)
        return false;
    *rest = bw_text_after(*rest, 1);
    return true;
}

/* "5" or "x" at the front; -1 for "x". */
static bool take_part(struct bw_text *rest, int16_t *number)
{
    if (!take_byte(rest, 'x'))
        return take_number(rest, number);
    *number = -1;
    return true;
}

/* "5.1.1", "x.7.27", "5.7.606-649" */
static bool read_status(struct bw_text word, struct bw_status_pattern *status)
{
    if (!take_part(&word, &status->class_digit) || !take_byte(&word, '.') ||
        !take_part(&word, &status->subject) || !take_byte(&word, '.') ||
        !take_part(&word, &status->detail_low))
        return false;
    status->detail_high = status->detail_low;
    if (status->detail_low >= 0 && take_byte(&word, '-') &&
        (!take_number(&word, &status->detail_high) || status->detail_high < status->detail_low))
        return false;
    const bool has_class = status->class_digit == -1 || status->class_digit == 2 ||
                           status->class_digit == 4 || status->class_digit == 5;
    return word.size == 0 && has_class && !(status->subject == -1 && status->detail_low == -1);
}

/* "550", "55x", "5xx". */
static bool read_reply(struct bw_text word, uint16_t *low, uint16_t *high)
{
    uint16_t from = 0;
    uint16_t to = 0;

    if (word.size != 3 || word.bytes[0] < '2' || word.bytes[0] > '5')
        return false;
    for (size_t i = 0; i < 3; i++) {
        const char byte = word.bytes[i];
        /* Behind a hole only holes: "5x0" would be no range. */
        if (byte != 'x' && (byte < '0' || byte > '9' || (i > 0 && word.bytes[i - 1] == 'x')))
            return false;
        from = (uint16_t)(from * 10 + (byte == 'x' ? 0 : byte - '0'));
        to = (uint16_t)(to * 10 + (byte == 'x' ? 9 : byte - '0'));
    }
    *low = from;
    *high = to;
    return true;
}

static bool is_one_of(const char *bytes, char byte)
{
    return byte != '\0' && strchr(bytes, byte) != NULL;
}

/* Longest run of bytes that stand for themselves: a rough measure, never too long by much. */
static size_t literal_run(struct bw_text pattern)
{
    size_t longest = 0;
    size_t run = 0;

    for (size_t i = 0; i < pattern.size; i++) {
        const char byte = pattern.bytes[i];
        bool is_literal = !is_one_of(".^$*+?()[]{}|", byte);

        if (byte == '\\' && i + 1 < pattern.size) {
            i++;
            const char next = pattern.bytes[i];
            is_literal = !((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') ||
                           (next >= '0' && next <= '9'));
        } else if (byte == '[' || byte == '{') {
            while (i + 1 < pattern.size && pattern.bytes[i] != (byte == '[' ? ']' : '}'))
                i++;
        }
        /* What may be missing does not have to stand there. */
        if (i + 1 < pattern.size && is_one_of("*?{", pattern.bytes[i + 1]))
            is_literal = false;
        run = is_literal ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void add_pattern(struct parser *parser, struct bw_text pattern, bool is_caseless)
{
    struct bw_rule *rule = parser->rule;
    const size_t run = literal_run(pattern);

    if (rule->pattern_count == BW_RULE_PATTERNS_MAX) {
        complain(parser, "more than %d patterns in one rule; make two rules of it",
                 BW_RULE_PATTERNS_MAX);
        return;
    }
    rule->pattern_lines[rule->pattern_count] = parser->line;
    rule->pattern_caseless[rule->pattern_count] = is_caseless ? 1 : 0;
    rule->patterns[rule->pattern_count++] = keep(parser, pattern);
    if (run > rule->literal_bytes)
        rule->literal_bytes = (uint16_t)(run < UINT16_MAX ? run : UINT16_MAX);
    parser->set->content_hash =
        bw_hash_pair(parser->set->content_hash, bw_hash(pattern) + (is_caseless ? 1 : 0));
}

static void take_pattern(struct parser *parser, struct bw_text value)
{
    const bool is_caseless = bw_text_ends_with(value, BW_TEXT("/i"));

    if (value.size < (is_caseless ? 4 : 3) || value.bytes[0] != '/' ||
        value.bytes[value.size - (is_caseless ? 2 : 1)] != '/') {
        complain(parser, "a pattern stands between slashes: /words/ or /words/i");
        return;
    }
    add_pattern(parser, (struct bw_text){value.bytes + 1, value.size - (is_caseless ? 3 : 2)},
                is_caseless);
}

/* text "words": a caseless literal. */
static void take_text(struct parser *parser, struct bw_text value)
{
    char escaped[1024];
    size_t size = 0;

    if (value.size < 3 || value.bytes[0] != '"' || value.bytes[value.size - 1] != '"') {
        complain(parser, "a text stands between quotation marks: text \"user unknown\"");
        return;
    }
    if (value.size > sizeof(escaped) / 2) {
        complain(parser, "this text is too long; %zu bytes are the most", sizeof(escaped) / 2 - 2);
        return;
    }
    for (size_t i = 1; i + 1 < value.size; i++) {
        if (strchr(".^$*+?()[]{}|\\/", value.bytes[i]) != NULL)
            escaped[size++] = '\\';
        escaped[size++] = value.bytes[i];
    }
    add_pattern(parser, (struct bw_text){escaped, size}, true);
}

static void take_reply(struct parser *parser, struct bw_text word)
{
    struct bw_rule *rule = parser->rule;
    const uint8_t index = rule->reply_count;

    if (index == BW_RULE_REPLIES_MAX)
        complain(parser, "more than %d replies in one rule", BW_RULE_REPLIES_MAX);
    else if (!read_reply(word, &rule->replies_low[index], &rule->replies_high[index]))
        complain(parser, "\"%.*s\" is no reply code such as 550, 55x or 5xx", BW_TEXT_ARGS(word));
    else
        rule->reply_count++;
}

static void take_status(struct parser *parser, struct bw_text word)
{
    struct bw_rule *rule = parser->rule;

    if (rule->status_count == BW_RULE_STATUSES_MAX)
        complain(parser, "more than %d enhanced codes in one rule", BW_RULE_STATUSES_MAX);
    else if (!read_status(word, &rule->statuses[rule->status_count]))
        complain(parser, "\"%.*s\" is no enhanced code such as 5.7.1, x.7.27 or 5.7.606-649",
                 BW_TEXT_ARGS(word));
    else
        rule->status_count++;
}

static void take_words(struct parser *parser, struct bw_text keyword, struct bw_text value)
{
    struct bw_rule *rule = parser->rule;

    while (value.size > 0) {
        const struct bw_text word = take_word(&value);

        if (bw_text_equal(keyword, BW_TEXT("reply")))
            take_reply(parser, word);
        else if (bw_text_equal(keyword, BW_TEXT("status")))
            take_status(parser, word);
        else if (rule->provider_count == BW_RULE_PROVIDERS_MAX)
            complain(parser, "more than %d providers in one rule", BW_RULE_PROVIDERS_MAX);
        else
            rule->providers[rule->provider_count++] = keep(parser, word);
        if (bw_text_equal(keyword, BW_TEXT("provider")))
            rule->provider_line = parser->line;
    }
}

static void finish_rule(struct parser *parser)
{
    struct bw_rule *rule = parser->rule;
    const uint32_t line = parser->line;

    if (rule == NULL)
        return;
    parser->line = rule->line;
    if (!parser->has_class)
        complain(parser, "rule \"%s\" has no class", rule->name);
    if (rule->source == NULL)
        complain(parser, "rule \"%s\" has no source; say where the fact is from", rule->name);
    if (rule->example_count == 0)
        complain(parser, "rule \"%s\" has no example; give a reply that it is for", rule->name);
    if (rule->pattern_count == 0 && rule->status_count == 0 && rule->reply_count == 0)
        complain(parser, "rule \"%s\" has neither pattern nor status nor reply", rule->name);
    parser->line = line;
    parser->rule = NULL;
}

static bool is_name(struct bw_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!((text.bytes[i] >= 'a' && text.bytes[i] <= 'z') ||
              (text.bytes[i] >= '0' && text.bytes[i] <= '9') || text.bytes[i] == '-'))
            return false;
    return text.size > 0;
}

static void begin_rule(struct parser *parser, struct bw_text name)
{
    struct bw_rule_set *set = parser->set;

    finish_rule(parser);
    if (!is_name(name))
        complain(parser, "a rule's name is made of a-z, 0-9 and -");
    for (uint32_t i = 0; i < set->count; i++)
        if (bw_text_equal(name, bw_text_of(set->rules[i].name)))
            complain(parser, "there is a rule \"%.*s\" already, at %s:%u", BW_TEXT_ARGS(name),
                     set->rules[i].file, set->rules[i].line);
    if (set->count == RULES_MAX) {
        complain(parser, "more than %u rules", RULES_MAX);
        return;
    }
    if (set->count == parser->capacity) {
        const uint32_t capacity = parser->capacity == 0 ? 256 : parser->capacity * 2;
        struct bw_rule *rules = realloc(set->rules, capacity * sizeof(*rules));
        if (rules == NULL) {
            parser->has_no_memory = true;
            return;
        }
        set->rules = rules;
        parser->capacity = capacity;
    }
    parser->has_class = false;
    parser->rule = &set->rules[set->count];
    *parser->rule = (struct bw_rule){
        .name = keep(parser, name),
        .file = parser->file,
        .line = parser->line,
        .order = (uint16_t)set->count,
    };
    if (parser->rule->name != NULL)
        set->count++;
}

static void take_example(struct parser *parser, struct bw_text value, bool is_counter)
{
    struct bw_rule *rule = parser->rule;
    uint8_t *count = is_counter ? &rule->counter_example_count : &rule->example_count;

    if (*count == BW_RULE_EXAMPLES_MAX) {
        complain(parser, "more than %d examples in one rule", BW_RULE_EXAMPLES_MAX);
        return;
    }
    (is_counter ? rule->counter_example_lines : rule->example_lines)[*count] = parser->line;
    (is_counter ? rule->counter_examples : rule->examples)[(*count)++] = keep(parser, value);
}

static void take_value(struct parser *parser, struct bw_text keyword, struct bw_text value)
{
    struct bw_rule *rule = parser->rule;

    if (bw_text_equal(keyword, BW_TEXT("class"))) {
        parser->has_class = true;
        rule->class_id = (uint8_t)bw_class_find(value);
        if (rule->class_id == BW_CLASS_NONE)
            complain(parser, "there is no class \"%.*s\"", BW_TEXT_ARGS(value));
    } else if (bw_text_equal(keyword, BW_TEXT("provider")) ||
               bw_text_equal(keyword, BW_TEXT("reply")) ||
               bw_text_equal(keyword, BW_TEXT("status"))) {
        take_words(parser, keyword, value);
    } else if (bw_text_equal(keyword, BW_TEXT("pattern"))) {
        take_pattern(parser, value);
    } else if (bw_text_equal(keyword, BW_TEXT("text"))) {
        take_text(parser, value);
    } else if (bw_text_equal(keyword, BW_TEXT("action"))) {
        rule->action = keep(parser, value);
    } else if (bw_text_equal(keyword, BW_TEXT("cause"))) {
        rule->cause = keep(parser, value);
    } else if (bw_text_equal(keyword, BW_TEXT("source"))) {
        rule->source = keep(parser, value);
    } else if (bw_text_equal(keyword, BW_TEXT("example"))) {
        take_example(parser, value, false);
    } else if (bw_text_equal(keyword, BW_TEXT("not"))) {
        take_example(parser, value, true);
    } else {
        complain(parser,
                 "\"%.*s\" is no keyword; use rule, class, provider, reply, status, pattern, text, "
                 "action, cause, source, example or not",
                 BW_TEXT_ARGS(keyword));
    }
}

static void take_line(struct parser *parser, struct bw_text line)
{
    struct bw_text value = bw_text_trim(line);

    if (value.size == 0 || value.bytes[0] == '#')
        return;
    if (memchr(value.bytes, '\0', value.size) != NULL) {
        complain(parser, "there is a NUL byte in this line; is this a rule file?");
        return;
    }
    const struct bw_text keyword = take_word(&value);
    if (value.size == 0)
        complain(parser, "\"%.*s\" has no value", BW_TEXT_ARGS(keyword));
    else if (bw_text_equal(keyword, BW_TEXT("rule")))
        begin_rule(parser, value);
    else if (parser->rule == NULL)
        complain(parser, "this stands before the first `rule` line");
    else
        take_value(parser, keyword, value);
}

static void take_source(struct parser *parser, const struct bw_rule_source *source)
{
    struct bw_text rest = source->content;
    struct bw_text line;

    parser->file = source->name;
    parser->line = 0;
    while (rest.size > 0 && !parser->has_no_memory) {
        parser->line++;
        if (!bw_text_cut(&rest, BW_TEXT("\n"), &line)) {
            line = rest;
            rest.size = 0;
        }
        take_line(parser, line);
    }
    finish_rule(parser);
}

enum bw_status bw_rule_set_create(struct bw_rule_set **created,
                                  const struct bw_rule_source *sources, size_t count,
                                  struct bw_problem_list *problems)
{
    struct parser parser = {.problems = problems, .set = calloc(1, sizeof(struct bw_rule_set))};

    if (parser.set == NULL)
        return BW_ERR_NO_MEMORY;
    parser.set->content_hash = 1;
    for (size_t i = 0; i < count && !parser.has_no_memory; i++)
        take_source(&parser, &sources[i]);
    if (parser.has_no_memory || parser.is_broken) {
        bw_rule_set_destroy(&parser.set);
        return parser.has_no_memory ? BW_ERR_NO_MEMORY : BW_ERR_FORMAT;
    }
    *created = parser.set;
    return BW_OK;
}

void bw_rule_set_destroy(struct bw_rule_set **owned)
{
    struct bw_rule_set *set = *owned;

    *owned = NULL;
    if (set == NULL)
        return;
    for (struct block *block = set->storage; block != NULL;) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    free(set->rules);
    free(set);
}
