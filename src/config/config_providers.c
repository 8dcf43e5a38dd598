/*
 * `limits:` and `providers:` of the configuration file.
 */
#include "config/config_edit.h"
#include "config/config_reader.h"

#include <stdio.h>
#include <stdlib.h>

void bw_config_take_limits(struct bw_config_reader *reader, struct fy_node *node)
{
    void *position = NULL;
    struct fy_node_pair *pair;

    if (!fy_node_is_mapping(node)) {
        bw_config_complain(reader, node, "limits is a map: gmail: {warning: 3%%, blocking: 5%%}");
        return;
    }
    while ((pair = fy_node_mapping_iterate(node, &position)) != NULL) {
        struct fy_node *value = fy_node_pair_value(pair);
        const size_t mistakes = reader->mistakes.count;
        reader->key = fy_node_pair_key(pair);
        if (!bw_config_is_word(bw_config_scalar(reader->key)))
            bw_config_complain(reader, reader->key, "this is no name of a provider");
        struct fy_node *warning = fy_node_mapping_lookup_by_string(value, "warning", FY_NT);
        struct fy_node *blocking = fy_node_mapping_lookup_by_string(value, "blocking", FY_NT);

        if (!fy_node_is_mapping(value) || warning == NULL || blocking == NULL ||
            fy_node_mapping_item_count(value) != 2) {
            bw_config_complain(reader, value, "a limit has exactly `warning` and `blocking`");
            continue;
        }
        const double low = bw_config_take_fraction(reader, warning);
        const double high = bw_config_take_fraction(reader, blocking);
        if (reader->mistakes.count > mistakes)
            continue;
        if (low > high)
            bw_config_complain(reader, warning, "the warning limit is above the blocking limit");
        char *name = bw_config_scalar_copy(reader, fy_node_pair_key(pair));
        if (name != NULL && !bw_config_set_limits(reader->config, name, low, high))
            reader->has_no_memory = true;
        free(name);
    }
}

static void append_line(struct bw_config_reader *reader, const char *keyword, struct bw_text value)
{
    char *lines = NULL;

    if (asprintf(&lines, "%s%s %.*s\n", reader->config->provider_lines, keyword,
                 BW_TEXT_ARGS(value)) < 0) {
        reader->has_no_memory = true;
        return;
    }
    free(reader->config->provider_lines);
    reader->config->provider_lines = lines;
}

static void take_provider_list(struct bw_config_reader *reader, struct fy_node *node,
                               const char *keyword)
{
    void *position = NULL;
    struct fy_node *item;

    if (!fy_node_is_sequence(node)) {
        bw_config_complain(reader, node, "this is a list, such as [mx.example.com]");
        return;
    }
    while ((item = fy_node_sequence_iterate(node, &position)) != NULL) {
        if (!bw_config_is_word(bw_config_scalar(item)))
            bw_config_complain(reader, item, "this is no domain or host name");
        else
            append_line(reader, keyword, bw_config_scalar(item));
    }
}

static void take_provider_member(struct bw_config_reader *reader, struct fy_node_pair *pair)
{
    const struct bw_text key = bw_config_scalar(fy_node_pair_key(pair));
    struct fy_node *value = fy_node_pair_value(pair);

    reader->key = fy_node_pair_key(pair);
    if (bw_text_equal(key, BW_TEXT("domains")))
        take_provider_list(reader, value, "domain");
    else if (bw_text_equal(key, BW_TEXT("relays")))
        take_provider_list(reader, value, "relay");
    else if (!bw_text_equal(key, BW_TEXT("limits")))
        bw_config_complain(reader, reader->key,
                           "\"%.*s\" is not known; a provider has domains, relays and limits",
                           BW_TEXT_ARGS(key));
    else if (bw_config_is_word(bw_config_scalar(value)))
        append_line(reader, "limits", bw_config_scalar(value));
    else
        bw_config_complain(reader, value, "this is the name of the provider whose limits count");
}

void bw_config_take_providers(struct bw_config_reader *reader, struct fy_node *node)
{
    void *position = NULL;
    struct fy_node_pair *pair;

    if (!fy_node_is_mapping(node)) {
        bw_config_complain(reader, node,
                           "providers is a map of names to {domains: [...], relays: [...]}");
        return;
    }
    while ((pair = fy_node_mapping_iterate(node, &position)) != NULL) {
        struct fy_node *value = fy_node_pair_value(pair);
        struct fy_node_pair *inner;
        void *inner_position = NULL;

        reader->key = fy_node_pair_key(pair);
        if (bw_config_is_word(bw_config_scalar(reader->key)))
            append_line(reader, "provider", bw_config_scalar(reader->key));
        else
            bw_config_complain(reader, reader->key,
                               "this is no name of a provider: it is one word");
        if (!fy_node_is_mapping(value)) {
            bw_config_complain(reader, value, "a provider has domains, relays and limits");
            continue;
        }
        while ((inner = fy_node_mapping_iterate(value, &inner_position)) != NULL)
            take_provider_member(reader, inner);
    }
}
