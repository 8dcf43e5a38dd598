#include "engine/knowledge.h"

#include "base/check.h"
#include "base/embedded.h"
#include "engine/rule_directory.h"
#include "match/rule_file.h"

#include <stdlib.h>

static enum bw_status load_rules(struct bw_knowledge *knowledge, struct bw_problem_list *problems)
{
    struct bw_rule_source *sources = NULL;
    size_t count = 0;
    size_t user_count = 0;
    const char *directory = knowledge->config->rules_directory;

    if (directory != NULL) {
        const enum bw_status status = bw_rule_directory_read(
            directory, &knowledge->owned_files, &knowledge->owned_file_count, problems);
        if (status != BW_OK)
            return status;
        user_count = knowledge->owned_file_count / 2;
    }
    sources = calloc(bw_embedded_file_count + user_count + 1, sizeof(*sources));
    if (sources == NULL)
        return BW_ERR_NO_MEMORY;
    /* The user's rules come first: at the same level and length the earlier rule wins. */
    for (size_t i = 0; i < user_count; i++)
        sources[count++] = (struct bw_rule_source){knowledge->owned_files[2 * i],
                                                   bw_text_of(knowledge->owned_files[2 * i + 1])};
    for (size_t i = 0; i < bw_embedded_file_count; i++) {
        const struct bw_embedded_file *file = &bw_embedded_files[i];
        if (bw_text_ends_with(bw_text_of(file->name), BW_TEXT(".rules")))
            sources[count++] = (struct bw_rule_source){file->name, {file->bytes, file->size}};
    }
    const enum bw_status status = bw_rule_set_create(&knowledge->rules, sources, count, problems);
    free(sources);
    return status;
}

static enum bw_status load_providers(struct bw_knowledge *knowledge,
                                     struct bw_problem_list *problems)
{
    struct bw_provider_source sources[2];
    size_t count = 0;

    for (size_t i = 0; i < bw_embedded_file_count; i++) {
        const struct bw_embedded_file *file = &bw_embedded_files[i];
        if (bw_text_equal(bw_text_of(file->name), BW_TEXT("providers.map")))
            sources[count++] = (struct bw_provider_source){file->name, {file->bytes, file->size}};
    }
    BW_ASSERT(count == 1);
    if (knowledge->config->provider_lines != NULL && knowledge->config->provider_lines[0] != '\0')
        sources[count++] = (struct bw_provider_source){
            "configuration", bw_text_of(knowledge->config->provider_lines)};
    return bw_provider_map_create(&knowledge->providers, sources, count, problems);
}

static enum bw_status load_limits(struct bw_knowledge *knowledge, struct bw_problem_list *problems)
{
    const struct bw_config *config = knowledge->config;
    const uint16_t count = bw_provider_map_count(knowledge->providers);

    knowledge->limits = calloc(count, sizeof(*knowledge->limits));
    if (knowledge->limits == NULL)
        return BW_ERR_NO_MEMORY;
    for (size_t i = 0; i < config->limit_count; i++)
        if (strcmp(config->limits[i].provider, "default") == 0)
            knowledge->general_limits = config->limits[i].limits;
    for (uint16_t provider = 0; provider < count; provider++)
        knowledge->limits[provider] = knowledge->general_limits;

    for (size_t i = 0; i < config->limit_count; i++) {
        const char *name = config->limits[i].provider;
        const uint16_t provider = bw_provider_map_find_name(knowledge->providers, bw_text_of(name));
        if (provider == BW_PROVIDER_OTHER && strcmp(name, "default") != 0 &&
            strcmp(name, "other") != 0) {
            bw_problem_list_add(
                problems, "", 0, 0,
                "limits: there is no provider \"%s\"; define it under providers:", name);
            return BW_ERR_FORMAT;
        }
        if (provider != BW_PROVIDER_OTHER)
            knowledge->limits[provider] = config->limits[i].limits;
    }
    /* Who has no limits of its own takes those of the provider it belongs to. */
    for (uint16_t provider = 0; provider < count; provider++) {
        const uint16_t leader = bw_provider_map_limits_of(knowledge->providers, provider);
        bool has_own = false;
        for (size_t i = 0; i < config->limit_count; i++)
            has_own = has_own || strcmp(config->limits[i].provider,
                                        bw_provider_map_name(knowledge->providers, provider)) == 0;
        if (!has_own)
            knowledge->limits[provider] = knowledge->limits[leader];
    }
    return BW_OK;
}

enum bw_status bw_knowledge_create(struct bw_knowledge **created, const struct bw_config *config,
                                   const char *cache_directory, struct bw_problem_list *problems)
{
    struct bw_problem problem = {0};
    enum bw_status status = BW_OK;

    struct bw_knowledge *knowledge = calloc(1, sizeof(*knowledge));
    if (knowledge == NULL)
        return BW_ERR_NO_MEMORY;
    knowledge->config = config;

    status = bw_network_list_create(&knowledge->internal, (const char *const *)config->internal,
                                    config->internal_count, &problem);
    if (status == BW_OK)
        status = bw_time_zone_create(&knowledge->zone, config->timezone, &problem);
    if (status != BW_OK) {
        bw_problem_list_add(problems, problem.file, problem.line, problem.column, "%s",
                            problem.message);
        goto fail;
    }
    status = load_providers(knowledge, problems);
    if (status == BW_OK)
        status = load_limits(knowledge, problems);
    if (status == BW_OK)
        status = load_rules(knowledge, problems);
    if (status == BW_OK)
        status = bw_classifier_create(&knowledge->classifier, knowledge->rules,
                                      knowledge->providers, problems);
    if (status == BW_OK)
        status =
            bw_matcher_create(&knowledge->matcher, knowledge->rules, cache_directory, problems);
    if (status != BW_OK)
        goto fail;
    *created = knowledge;
    return BW_OK;

fail:
    bw_knowledge_destroy(&knowledge);
    return status;
}

void bw_knowledge_destroy(struct bw_knowledge **owned)
{
    struct bw_knowledge *knowledge = *owned;

    *owned = NULL;
    if (knowledge == NULL)
        return;
    bw_matcher_destroy(&knowledge->matcher);
    bw_classifier_destroy(&knowledge->classifier);
    bw_rule_set_destroy(&knowledge->rules);
    bw_provider_map_destroy(&knowledge->providers);
    bw_network_list_destroy(&knowledge->internal);
    bw_time_zone_destroy(&knowledge->zone);
    for (size_t i = 0; i < knowledge->owned_file_count; i++)
        free(knowledge->owned_files[i]);
    free(knowledge->owned_files);
    free(knowledge->limits);
    free(knowledge);
}

struct bw_text bw_domain_of(struct bw_text address)
{
    const char *at = address.size == 0 ? NULL : memrchr(address.bytes, '@', address.size);

    if (at == NULL)
        return (struct bw_text){address.bytes, 0};
    struct bw_text domain = bw_text_after(address, (size_t)(at - address.bytes) + 1);
    if (domain.size > 0 && domain.bytes[domain.size - 1] == '.')
        domain.size--;
    return domain;
}
