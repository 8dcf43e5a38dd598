/*
 * The YAML file: every key, every mistake with its place.
 */
#include "base/time_text.h"
#include "config/config_edit.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)1024 * 1024)
#define LINE_SHOWN_MAX 160

struct reader {
    struct bw_config *config;
    struct bw_problem_list *problems;
    const char *path;
    struct bw_text content;
    bool is_broken, has_no_memory;
};

static struct bw_text source_line(struct bw_text content, uint64_t line)
{
    struct bw_text found = {content.bytes, 0};

    for (uint64_t i = 0; i < line; i++) {
        if (bw_text_cut(&content, BW_TEXT("\n"), &found))
            continue;
        found = content;
        content.size = 0;
    }
    if (found.size > LINE_SHOWN_MAX)
        found.size = LINE_SHOWN_MAX;
    return found;
}

/* The first scalar at or below a node has the token that knows its place. */
static struct fy_token *token_of(struct fy_node *node)
{
    void *position = NULL;

    while (node != NULL && !fy_node_is_scalar(node)) {
        position = NULL;
        if (fy_node_is_sequence(node)) {
            node = fy_node_sequence_iterate(node, &position);
        } else {
            struct fy_node_pair *pair = fy_node_mapping_iterate(node, &position);
            node = pair == NULL ? NULL : fy_node_pair_key(pair);
        }
    }
    return node == NULL ? NULL : fy_node_get_scalar_token(node);
}

/* The sentence, then the line itself and a caret under the place. */
__attribute__((format(printf, 3, 4))) static void
complain(struct reader *reader, struct fy_node *node, const char *format, ...)
{
    char sentence[400];
    uint64_t line = 0;
    uint32_t column = 0;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    struct fy_token *token = token_of(node);
    const struct fy_mark *mark = token == NULL ? NULL : fy_token_start_mark(token);
    if (mark != NULL) {
        line = (uint64_t)mark->line + 1;
        column = (uint32_t)mark->column + 1;
    }
    const struct bw_text text = source_line(reader->content, line);
    if (line > 0)
        bw_problem_list_add(reader->problems, reader->path, line, column, "%s\n    %.*s\n    %*s^",
                            sentence, BW_TEXT_ARGS(text), (int)column - 1, "");
    else
        bw_problem_list_add(reader->problems, reader->path, 0, 0, "%s", sentence);
    reader->is_broken = true;
}

static struct bw_text scalar(struct fy_node *node)
{
    size_t size = 0;
    const char *bytes = fy_node_is_scalar(node) ? fy_node_get_scalar(node, &size) : NULL;

    return (struct bw_text){bytes == NULL ? "" : bytes, bytes == NULL ? 0 : size};
}

static char *scalar_copy(struct reader *reader, struct fy_node *node)
{
    const struct bw_text text = scalar(node);
    char *copy = strndup(text.bytes, text.size);

    reader->has_no_memory = reader->has_no_memory || copy == NULL;
    return copy;
}

static uint64_t take_count(struct reader *reader, struct fy_node *node, uint64_t low, uint64_t high)
{
    const struct bw_text text = scalar(node);
    uint64_t number = 0;
    bool is_good = text.size > 0 && text.size <= 12;

    for (size_t i = 0; is_good && i < text.size; i++) {
        is_good = text.bytes[i] >= '0' && text.bytes[i] <= '9';
        number = number * 10 + (uint64_t)(text.bytes[i] - '0');
    }
    if (!is_good || number < low || number > high)
        complain(reader, node, "\"%.*s\" is no whole number from %llu to %llu", BW_TEXT_ARGS(text),
                 (unsigned long long)low, (unsigned long long)high);
    return number;
}

static double take_fraction(struct reader *reader, struct fy_node *node)
{
    double fraction = 0.0;

    if (!bw_config_fraction(scalar(node), &fraction))
        complain(reader, node, "\"%.*s\" is no share; write 3%% or 0.03",
                 BW_TEXT_ARGS(scalar(node)));
    return fraction;
}

static void take_windows(struct reader *reader, struct fy_node *node)
{
    struct bw_key_table_options *keys = &reader->config->keys;
    void *position = NULL;
    struct fy_node *item;

    if (!fy_node_is_sequence(node) || fy_node_sequence_item_count(node) < 1 ||
        fy_node_sequence_item_count(node) > BW_WINDOWS_MAX) {
        complain(reader, node, "windows is a list of 1 to %d lengths, such as [1h, 24h]",
                 BW_WINDOWS_MAX);
        return;
    }
    keys->window_count = 0;
    while ((item = fy_node_sequence_iterate(node, &position)) != NULL) {
        int64_t seconds = 0;
        if (!bw_config_duration(scalar(item), &seconds) || seconds % 60 != 0 ||
            seconds > INT64_C(7) * 86400) {
            complain(reader, item, "\"%.*s\" is no window: whole minutes up to 7d, such as 1h",
                     BW_TEXT_ARGS(scalar(item)));
            return;
        }
        const uint32_t minutes = (uint32_t)(seconds / 60);
        uint32_t at = keys->window_count;
        for (; at > 0 && keys->window_minutes[at - 1] > minutes; at--)
            keys->window_minutes[at] = keys->window_minutes[at - 1];
        if (at > 0 && keys->window_minutes[at - 1] == minutes)
            complain(reader, item, "this window stands twice");
        keys->window_minutes[at] = minutes;
        keys->window_count++;
    }
}

static void take_limits(struct reader *reader, struct fy_node *node)
{
    void *position = NULL;
    struct fy_node_pair *pair;

    if (!fy_node_is_mapping(node)) {
        complain(reader, node, "limits is a map: gmail: {warning: 3%%, blocking: 5%%}");
        return;
    }
    while ((pair = fy_node_mapping_iterate(node, &position)) != NULL) {
        struct fy_node *value = fy_node_pair_value(pair);
        struct fy_node *warning = fy_node_mapping_lookup_by_string(value, "warning", FY_NT);
        struct fy_node *blocking = fy_node_mapping_lookup_by_string(value, "blocking", FY_NT);

        if (!fy_node_is_mapping(value) || warning == NULL || blocking == NULL ||
            fy_node_mapping_item_count(value) != 2) {
            complain(reader, value, "a limit has exactly `warning` and `blocking`");
            continue;
        }
        const size_t mistakes = reader->problems->count;
        const double low = take_fraction(reader, warning);
        const double high = take_fraction(reader, blocking);
        if (low > high && reader->problems->count == mistakes)
            complain(reader, warning, "the warning limit is above the blocking limit");
        char *name = scalar_copy(reader, fy_node_pair_key(pair));
        if (name != NULL && !bw_config_set_limits(reader->config, name, low, high))
            reader->has_no_memory = true;
        free(name);
    }
}

static void append_line(struct reader *reader, const char *keyword, struct bw_text value)
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

static void take_provider_list(struct reader *reader, struct fy_node *node, const char *keyword)
{
    void *position = NULL;
    struct fy_node *item;

    if (!fy_node_is_sequence(node)) {
        complain(reader, node, "this is a list, such as [mx.example.com]");
        return;
    }
    while ((item = fy_node_sequence_iterate(node, &position)) != NULL) {
        if (scalar(item).size == 0 || memchr(scalar(item).bytes, '\n', scalar(item).size) != NULL)
            complain(reader, item, "this is no domain or host name");
        else
            append_line(reader, keyword, scalar(item));
    }
}

static void take_providers(struct reader *reader, struct fy_node *node)
{
    void *position = NULL;
    struct fy_node_pair *pair;

    if (!fy_node_is_mapping(node)) {
        complain(reader, node, "providers is a map of names to {domains: [...], relays: [...]}");
        return;
    }
    while ((pair = fy_node_mapping_iterate(node, &position)) != NULL) {
        struct fy_node *value = fy_node_pair_value(pair);
        struct fy_node_pair *inner;
        void *inner_position = NULL;

        append_line(reader, "provider", scalar(fy_node_pair_key(pair)));
        if (!fy_node_is_mapping(value)) {
            complain(reader, value, "a provider has domains, relays and limits");
            continue;
        }
        while ((inner = fy_node_mapping_iterate(value, &inner_position)) != NULL) {
            const struct bw_text key = scalar(fy_node_pair_key(inner));
            struct fy_node *list = fy_node_pair_value(inner);
            if (bw_text_equal(key, BW_TEXT("domains")))
                take_provider_list(reader, list, "domain");
            else if (bw_text_equal(key, BW_TEXT("relays")))
                take_provider_list(reader, list, "relay");
            else if (bw_text_equal(key, BW_TEXT("limits")))
                append_line(reader, "limits", scalar(list));
            else
                complain(reader, fy_node_pair_key(inner),
                         "\"%.*s\" is not known; a provider has domains, relays and limits",
                         BW_TEXT_ARGS(key));
        }
    }
}

static void take_internal(struct reader *reader, struct fy_node *node)
{
    void *position = NULL;
    struct fy_node *item;

    if (!fy_node_is_sequence(node) && !bw_text_equal(scalar(node), BW_TEXT("none"))) {
        complain(reader, node, "internal is a list of networks and host names, or none");
        return;
    }
    bw_config_clear_internal(reader->config);
    while (fy_node_is_sequence(node) &&
           (item = fy_node_sequence_iterate(node, &position)) != NULL) {
        char *text = scalar_copy(reader, item);
        if (text != NULL && !bw_config_add_internal(reader->config, text))
            reader->has_no_memory = true;
        free(text);
    }
}

static void take_rules(struct reader *reader, struct fy_node *node)
{
    const struct bw_text directory = scalar(node);
    const char *slash = strrchr(reader->path, '/');
    const int base =
        slash == NULL || directory.bytes[0] == '/' ? 0 : (int)(slash - reader->path) + 1;

    free(reader->config->rules_directory);
    reader->config->rules_directory = NULL;
    if (asprintf(&reader->config->rules_directory, "%.*s%.*s", base, reader->path,
                 BW_TEXT_ARGS(directory)) < 0)
        reader->has_no_memory = true;
}

static void take_timezone(struct reader *reader, struct fy_node *node)
{
    free(reader->config->timezone);
    reader->config->timezone = scalar_copy(reader, node);
}

static void take_min_attempts(struct reader *reader, struct fy_node *node)
{
    reader->config->zone.min_attempts = take_count(reader, node, 1, 1000000000);
}

static void take_confidence(struct reader *reader, struct fy_node *node)
{
    reader->config->zone.confidence = take_fraction(reader, node);
    if (reader->config->zone.confidence > 0.9999)
        complain(reader, node, "confidence is at most 0.9999");
}

static void take_recover(struct reader *reader, struct fy_node *node)
{
    reader->config->zone.recover = take_fraction(reader, node);
}

static void take_count_expired(struct reader *reader, struct fy_node *node)
{
    const struct bw_text text = scalar(node);

    reader->config->count_expired = bw_text_equal(text, BW_TEXT("true"));
    if (!reader->config->count_expired && !bw_text_equal(text, BW_TEXT("false")))
        complain(reader, node, "\"%.*s\" is neither true nor false", BW_TEXT_ARGS(text));
}

static void take_max_keys(struct reader *reader, struct fy_node *node)
{
    reader->config->keys.keys_max = (size_t)take_count(reader, node, 16, 100000000);
}

static void take_max_queue_ids(struct reader *reader, struct fy_node *node)
{
    reader->config->queue_ids_max = (size_t)take_count(reader, node, 16, 100000000);
}

static void take_bulk_threshold(struct reader *reader, struct fy_node *node)
{
    reader->config->bulk_threshold = take_count(reader, node, 0, 1000000000);
}

static void take_block_quiet(struct reader *reader, struct fy_node *node)
{
    if (!bw_config_duration(scalar(node), &reader->config->block_quiet_s))
        complain(reader, node, "\"%.*s\" is no duration such as 30m", BW_TEXT_ARGS(scalar(node)));
}

static void take_warmup(struct reader *reader, struct fy_node *node)
{
    void *position = NULL;
    struct fy_node_pair *pair;

    if (!fy_node_is_mapping(node)) {
        complain(reader, node,
                 "warmup is a map of sender domains to days: news.example: 2026-05-01");
        return;
    }
    while ((pair = fy_node_mapping_iterate(node, &position)) != NULL) {
        struct fy_node *value = fy_node_pair_value(pair);
        int64_t start_ms = 0;
        if (!bw_time_parse(scalar(value), &start_ms)) {
            complain(reader, value, "\"%.*s\" is no day such as 2026-05-01",
                     BW_TEXT_ARGS(scalar(value)));
            continue;
        }
        char *sender = scalar_copy(reader, fy_node_pair_key(pair));
        if (sender != NULL && !bw_config_add_warmup(reader->config, sender, start_ms))
            reader->has_no_memory = true;
        free(sender);
    }
}

static const struct {
    struct bw_text name;
    void (*take)(struct reader *reader, struct fy_node *node);
} keys[] = {
    {BW_TEXT_INIT("windows"), take_windows},
    {BW_TEXT_INIT("min_attempts"), take_min_attempts},
    {BW_TEXT_INIT("confidence"), take_confidence},
    {BW_TEXT_INIT("recover"), take_recover},
    {BW_TEXT_INIT("count_expired"), take_count_expired},
    {BW_TEXT_INIT("limits"), take_limits},
    {BW_TEXT_INIT("providers"), take_providers},
    {BW_TEXT_INIT("rules"), take_rules},
    {BW_TEXT_INIT("internal"), take_internal},
    {BW_TEXT_INIT("timezone"), take_timezone},
    {BW_TEXT_INIT("max_keys"), take_max_keys},
    {BW_TEXT_INIT("max_queue_ids"), take_max_queue_ids},
    {BW_TEXT_INIT("bulk_threshold"), take_bulk_threshold},
    {BW_TEXT_INIT("block_quiet"), take_block_quiet},
    {BW_TEXT_INIT("warmup"), take_warmup},
};

static void take_key(struct reader *reader, struct fy_node_pair *pair)
{
    const struct bw_text name = scalar(fy_node_pair_key(pair));

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!bw_text_equal(name, keys[i].name))
            continue;
        keys[i].take(reader, fy_node_pair_value(pair));
        return;
    }
    complain(reader, fy_node_pair_key(pair),
             "\"%.*s\" is no key; valid are windows, min_attempts, confidence, recover, "
             "count_expired, limits, providers, rules, internal, timezone, max_keys, "
             "max_queue_ids, bulk_threshold, block_quiet, warmup",
             BW_TEXT_ARGS(name));
}

/* libfyaml's own words on a syntax mistake become a problem, not output. */
static void on_diagnostic(struct fy_diag *diag, void *user, const char *bytes, size_t size)
{
    struct reader *reader = user;
    struct bw_text text = bw_text_trim((struct bw_text){bytes, size});

    (void)diag;
    reader->is_broken = true;
    if (text.size > 0)
        bw_problem_list_add(reader->problems, reader->path, 0, 0, "%.*s", BW_TEXT_ARGS(text));
}

static void read_document(struct reader *reader)
{
    const struct fy_diag_cfg diag_options = {
        .output_fn = on_diagnostic,
        .user = reader,
        .level = FYET_ERROR,
        .module_mask = ~0U,
        .show_position = true,
    };
    struct fy_diag *diag = fy_diag_create(&diag_options);
    const struct fy_parse_cfg options = {.flags = FYPCF_QUIET, .diag = diag};
    struct fy_document *document =
        fy_document_build_from_string(&options, reader->content.bytes, reader->content.size);
    struct fy_node *root = document == NULL ? NULL : fy_document_root(document);
    struct fy_node_pair *pair;
    void *position = NULL;

    if (document == NULL && !reader->is_broken && bw_text_trim(reader->content).size > 0)
        complain(reader, NULL, "this is no YAML");
    else if (root != NULL && !fy_node_is_mapping(root) && !fy_node_is_null(root))
        complain(reader, root, "a configuration is a map of keys to values");
    while (root != NULL && fy_node_is_mapping(root) &&
           (pair = fy_node_mapping_iterate(root, &position)) != NULL)
        take_key(reader, pair);
    fy_document_destroy(document);
    fy_diag_destroy(diag);
}

enum bw_status bw_config_load(struct bw_config *config, const char *path,
                              struct bw_problem_list *problems)
{
    struct reader reader = {.config = config, .problems = problems, .path = path};
    enum bw_status status = bw_config_init(config);

    if (status != BW_OK)
        return status;
    FILE *file = fopen(path, "re");
    char *content = malloc(FILE_BYTES_MAX + 1);
    if (file == NULL || content == NULL) {
        bw_problem_list_add(problems, path, 0, 0, "cannot be read: %s", strerror(errno));
        status = BW_ERR_IO;
    } else {
        reader.content = (struct bw_text){content, fread(content, 1, FILE_BYTES_MAX + 1, file)};
        if (ferror(file) != 0 || reader.content.size > FILE_BYTES_MAX ||
            memchr(content, '\0', reader.content.size) != NULL)
            complain(&reader, NULL, "this is no configuration: unreadable, over 1 MiB, or binary");
        else
            read_document(&reader);
        if (reader.is_broken)
            status = BW_ERR_FORMAT;
        if (reader.has_no_memory)
            status = BW_ERR_NO_MEMORY;
    }
    if (file != NULL)
        (void)fclose(file);
    free(content);
    if (status != BW_OK)
        bw_config_deinit(config);
    return status;
}
