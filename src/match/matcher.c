#include "match/matcher.h"

#include "base/check.h"
#include "base/embedded.h"
#include "match/database_cache.h"
#include "match/quiet_text.h"

#include <hs.h>

#include <stdlib.h>

#define QUIET_BYTES_MAX ((size_t)64 * 1024) /* longer texts are matched as they are */

struct bw_matcher {
    hs_database_t *database; /* NULL: no rule has a pattern */
    const struct bw_rule_set *rules;
    struct bw_named_mailboxes *named;
    uint16_t *rule_of_pattern; /* rule id by Hyperscan id */
};

struct bw_matcher_scratch {
    hs_scratch_t *scratch;
    char *quiet; /* QUIET_BYTES_MAX */
};

struct pattern_list {
    const char **patterns;
    unsigned int *flags;
    unsigned int *ids;
    uint16_t *rule_of;
    uint32_t *lines;
    size_t count;
};

static void free_list(struct pattern_list *list)
{
    free(list->patterns);
    free(list->flags);
    free(list->ids);
    free(list->lines);
}

static bool collect(const struct bw_rule_set *rules, struct pattern_list *list)
{
    size_t count = 0;

    for (uint32_t i = 0; i < rules->count; i++)
        count += rules->rules[i].pattern_count;
    list->patterns = calloc(count + 1, sizeof(*list->patterns));
    list->flags = calloc(count + 1, sizeof(*list->flags));
    list->ids = calloc(count + 1, sizeof(*list->ids));
    list->rule_of = calloc(count + 1, sizeof(*list->rule_of));
    list->lines = calloc(count + 1, sizeof(*list->lines));
    if (list->patterns == NULL || list->flags == NULL || list->ids == NULL ||
        list->rule_of == NULL || list->lines == NULL)
        return false;
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct bw_rule *rule = &rules->rules[i];
        for (uint8_t j = 0; j < rule->pattern_count; j++) {
            list->patterns[list->count] = rule->patterns[j];
            list->flags[list->count] =
                HS_FLAG_SINGLEMATCH | (rule->pattern_caseless[j] != 0 ? HS_FLAG_CASELESS : 0U);
            list->ids[list->count] = (unsigned int)list->count;
            list->lines[list->count] = rule->pattern_lines[j];
            list->rule_of[list->count++] = (uint16_t)(i + 1);
        }
    }
    return true;
}

/* `platform` NULL: for this machine. */
static enum bw_status compile(const struct pattern_list *list, const struct bw_rule_set *rules,
                              const hs_platform_info_t *platform, hs_database_t **database,
                              struct bw_problem_list *problems)
{
    hs_compile_error_t *error = NULL;

    if (hs_compile_multi(list->patterns, list->flags, list->ids, (unsigned int)list->count,
                         HS_MODE_BLOCK, platform, database, &error) == HS_SUCCESS)
        return BW_OK;
    if (error != NULL && error->expression >= 0) {
        const size_t index = (size_t)error->expression;
        const struct bw_rule *rule = &rules->rules[list->rule_of[index] - 1];
        bw_problem_list_add(problems, rule->file, list->lines[index], 0,
                            "rule \"%s\": this pattern cannot be used: %s", rule->name,
                            error->message);
    } else {
        bw_problem_list_add(problems, "", 0, 0, "the rules cannot be compiled: %s",
                            error == NULL ? "unknown reason" : error->message);
    }
    hs_free_compile_error(error);
    return BW_ERR_FORMAT;
}

/* In front of the embedded database's bytes. */
struct embedded_header {
    uint64_t rules_hash, size;
};

/* NULL: it is of other rules, or of another version of the library. */
static hs_database_t *load_embedded(uint64_t rules_hash)
{
    struct embedded_header header;
    hs_database_t *database = NULL;

    if (bw_embedded_database.size < sizeof(header))
        return NULL;
    (void)memcpy(&header, bw_embedded_database.bytes, sizeof(header));
    if (header.rules_hash != rules_hash ||
        header.size != bw_embedded_database.size - sizeof(header) ||
        hs_deserialize_database(bw_embedded_database.bytes + sizeof(header), header.size,
                                &database) != HS_SUCCESS)
        return NULL;
    return database;
}

enum bw_status bw_matcher_export(const struct bw_rule_set *rules, FILE *out,
                                 struct bw_problem_list *problems)
{
    const hs_platform_info_t any_machine = {.tune = HS_TUNE_FAMILY_GENERIC};
    struct pattern_list list = {0};
    hs_database_t *database = NULL;
    char *bytes = NULL;
    size_t size = 0;
    enum bw_status status = BW_ERR_NO_MEMORY;

    if (collect(rules, &list))
        status = compile(&list, rules, &any_machine, &database, problems);
    if (status == BW_OK && hs_serialize_database(database, &bytes, &size) != HS_SUCCESS)
        status = BW_ERR_NO_MEMORY;
    if (status == BW_OK) {
        const struct embedded_header header = {rules->content_hash, size};
        if (fwrite(&header, sizeof(header), 1, out) != 1 || fwrite(bytes, 1, size, out) != size)
            status = BW_ERR_IO;
    }
    free(bytes);
    hs_free_database(database);
    free_list(&list);
    free(list.rule_of);
    return status;
}

enum bw_status bw_matcher_create(struct bw_matcher **created, const struct bw_rule_set *rules,
                                 const char *cache_directory, struct bw_problem_list *problems)
{
    struct pattern_list list = {0};
    struct bw_matcher *matcher = calloc(1, sizeof(*matcher));
    enum bw_status status = BW_ERR_NO_MEMORY;

    if (matcher == NULL)
        return BW_ERR_NO_MEMORY;
    matcher->rules = rules;
    const bool has_list =
        collect(rules, &list) && bw_named_mailboxes_create(&matcher->named, rules) == BW_OK;
    matcher->rule_of_pattern = list.rule_of;
    if (has_list) {
        status = BW_OK;
        if (list.count > 0)
            matcher->database = load_embedded(rules->content_hash);
        if (list.count > 0 && matcher->database == NULL)
            matcher->database = bw_database_cache_load(cache_directory, rules->content_hash);
        if (list.count > 0 && matcher->database == NULL) {
            status = compile(&list, rules, NULL, &matcher->database, problems);
            if (status == BW_OK)
                bw_database_cache_store(cache_directory, rules->content_hash, matcher->database);
        }
    }
    free_list(&list);
    if (status != BW_OK) {
        bw_matcher_destroy(&matcher);
        return status;
    }
    *created = matcher;
    return BW_OK;
}

void bw_matcher_destroy(struct bw_matcher **owned)
{
    struct bw_matcher *matcher = *owned;

    *owned = NULL;
    if (matcher == NULL)
        return;
    hs_free_database(matcher->database);
    bw_named_mailboxes_destroy(&matcher->named);
    free(matcher->rule_of_pattern);
    free(matcher);
}

enum bw_status bw_matcher_scratch_create(struct bw_matcher_scratch **created,
                                         const struct bw_matcher *matcher)
{
    struct bw_matcher_scratch *scratch = calloc(1, sizeof(*scratch));

    if (scratch == NULL)
        return BW_ERR_NO_MEMORY;
    scratch->quiet = malloc(QUIET_BYTES_MAX);
    if (scratch->quiet == NULL ||
        (matcher->database != NULL &&
         hs_alloc_scratch(matcher->database, &scratch->scratch) != HS_SUCCESS)) {
        bw_matcher_scratch_destroy(&scratch);
        return BW_ERR_NO_MEMORY;
    }
    *created = scratch;
    return BW_OK;
}

void bw_matcher_scratch_destroy(struct bw_matcher_scratch **owned)
{
    struct bw_matcher_scratch *scratch = *owned;

    *owned = NULL;
    if (scratch == NULL)
        return;
    hs_free_scratch(scratch->scratch);
    free(scratch->quiet);
    free(scratch);
}

struct hits {
    const struct bw_matcher *matcher;
    uint16_t *rule_ids;
    size_t count;
};

static int on_hit(unsigned int id, unsigned long long from, unsigned long long to,
                  unsigned int flags, void *context)
{
    struct hits *hits = context;
    const uint16_t rule = hits->matcher->rule_of_pattern[id];
    size_t index = hits->count;

    (void)from;
    (void)to;
    (void)flags;
    while (index > 0 && hits->rule_ids[index - 1] > rule)
        index--;
    if (index > 0 && hits->rule_ids[index - 1] == rule)
        return 0;
    if (hits->count == BW_MATCHER_HITS_MAX)
        return 1;
    (void)memmove(&hits->rule_ids[index + 1], &hits->rule_ids[index],
                  (hits->count - index) * sizeof(*hits->rule_ids));
    hits->rule_ids[index] = rule;
    hits->count++;
    return 0;
}

struct bw_text bw_matcher_quiet(const struct bw_matcher *matcher,
                                struct bw_matcher_scratch *scratch, struct bw_text text)
{
    if (text.size == 0 || text.size > QUIET_BYTES_MAX)
        return text;
    return (struct bw_text){scratch->quiet, bw_quiet_text(text, matcher->named, scratch->quiet)};
}

size_t bw_matcher_scan(const struct bw_matcher *matcher, struct bw_matcher_scratch *scratch,
                       struct bw_text quiet, uint16_t rule_ids[BW_MATCHER_HITS_MAX])
{
    struct hits hits = {.matcher = matcher, .rule_ids = rule_ids};

    if (matcher->database == NULL || quiet.size == 0)
        return 0;
    (void)hs_scan(matcher->database, quiet.bytes, (unsigned int)quiet.size, 0, scratch->scratch,
                  on_hit, &hits);
    return hits.count;
}
