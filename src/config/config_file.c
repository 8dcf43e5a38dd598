/*
 * The YAML file: every key, every mistake with its place.
 */
#include "base/check.h"
#include "base/network_list.h"
#include "base/real_place.h"
#include "base/time_text.h"
#include "base/time_zone.h"
#include "base/utf8.h"
#include "config/config_edit.h"
#include "config/config_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)1024 * 1024)

static void take_windows(struct bw_config_reader *reader, struct fy_node *node)
{
    struct bw_key_table_options *keys = &reader->config->keys;
    void *position = NULL;
    struct fy_node *item;

    if (!fy_node_is_sequence(node) || fy_node_sequence_item_count(node) < 1 ||
        fy_node_sequence_item_count(node) > BW_WINDOWS_MAX) {
        bw_config_complain(reader, node, "windows is a list of 1 to %d lengths, such as [1h, 24h]",
                           BW_WINDOWS_MAX);
        return;
    }
    keys->window_count = 0;
    while ((item = fy_node_sequence_iterate(node, &position)) != NULL) {
        int64_t seconds = 0;
        if (!bw_config_duration(bw_config_scalar(item), &seconds) || seconds % 60 != 0 ||
            seconds > INT64_C(7) * 86400) {
            bw_config_complain(reader, item,
                               "\"%.*s\" is no window: whole minutes up to 7d, such as 1h",
                               BW_TEXT_ARGS(bw_config_scalar(item)));
            continue;
        }
        const uint32_t minutes = (uint32_t)(seconds / 60);
        uint32_t at = keys->window_count;
        for (; at > 0 && keys->window_minutes[at - 1] > minutes; at--)
            keys->window_minutes[at] = keys->window_minutes[at - 1];
        if (at > 0 && keys->window_minutes[at - 1] == minutes)
            bw_config_complain(reader, item, "this window stands twice");
        keys->window_minutes[at] = minutes;
        keys->window_count++;
    }
}

/* An item alone in a list, so that a mistake has its place. */
static void check_internal(struct bw_config_reader *reader, struct fy_node *item, const char *text)
{
    struct bw_network_list *list = NULL;
    struct bw_problem problem = {.message = ""};
    const enum bw_status status = bw_network_list_create(&list, &text, 1, &problem);

    if (status == BW_ERR_FORMAT)
        bw_config_complain(reader, item, "%s", problem.message);
    else if (status != BW_OK)
        reader->has_no_memory = true;
    bw_network_list_destroy(&list);
}

static void take_internal(struct bw_config_reader *reader, struct fy_node *node)
{
    void *position = NULL;
    struct fy_node *item;

    if (!fy_node_is_sequence(node) && !bw_text_equal(bw_config_scalar(node), BW_TEXT("none"))) {
        bw_config_complain(reader, node, "internal is a list of networks and host names, or none");
        return;
    }
    bw_config_clear_internal(reader->config);
    while (fy_node_is_sequence(node) &&
           (item = fy_node_sequence_iterate(node, &position)) != NULL) {
        char *text = bw_config_scalar_copy(reader, item);
        if (text != NULL)
            check_internal(reader, item, text);
        if (text != NULL && !bw_config_add_internal(reader->config, text))
            reader->has_no_memory = true;
        free(text);
    }
}

static void take_rules(struct bw_config_reader *reader, struct fy_node *node)
{
    const struct bw_text directory = bw_config_scalar(node);
    const char *path = reader->mistakes.path;
    const char *slash = strrchr(path, '/');

    if (directory.size == 0) {
        bw_config_complain(reader, node, "rules is the directory that holds more rule files");
        return;
    }
    const int base = slash == NULL || directory.bytes[0] == '/' ? 0 : (int)(slash - path) + 1;

    free(reader->config->rules_directory);
    reader->config->rules_directory = NULL;
    if (asprintf(&reader->config->rules_directory, "%.*s%.*s", base, path,
                 BW_TEXT_ARGS(directory)) < 0)
        reader->has_no_memory = true;
}

static void take_timezone(struct bw_config_reader *reader, struct fy_node *node)
{
    struct bw_time_zone *zone = NULL;
    struct bw_problem problem = {.message = ""};

    free(reader->config->timezone);
    reader->config->timezone = bw_config_scalar_copy(reader, node);
    if (reader->config->timezone == NULL)
        return;
    const enum bw_status status = bw_time_zone_create(&zone, reader->config->timezone, &problem);
    if (status == BW_ERR_USAGE)
        bw_config_complain(reader, node, "%s", problem.message);
    else if (status != BW_OK)
        reader->has_no_memory = true;
    bw_time_zone_destroy(&zone);
}

static void take_min_attempts(struct bw_config_reader *reader, struct fy_node *node)
{
    reader->config->zone.min_attempts = bw_config_take_count(reader, node, 1, 1000000000);
}

static void take_confidence(struct bw_config_reader *reader, struct fy_node *node)
{
    reader->config->zone.confidence = bw_config_take_fraction(reader, node);
    if (reader->config->zone.confidence > 0.9999)
        bw_config_complain(reader, node, "confidence is at most 0.9999");
}

static void take_recover(struct bw_config_reader *reader, struct fy_node *node)
{
    reader->config->zone.recover = bw_config_take_fraction(reader, node);
}

static void take_count_expired(struct bw_config_reader *reader, struct fy_node *node)
{
    reader->config->count_expired = bw_config_take_bool(reader, node);
}

static void take_max_keys(struct bw_config_reader *reader, struct fy_node *node)
{
    reader->config->keys.keys_max = (size_t)bw_config_take_count(reader, node, 16, 100000000);
}

static void take_max_queue_ids(struct bw_config_reader *reader, struct fy_node *node)
{
    reader->config->queue_ids_max = (size_t)bw_config_take_count(reader, node, 16, 100000000);
}

static void take_bulk_threshold(struct bw_config_reader *reader, struct fy_node *node)
{
    reader->config->bulk_threshold = bw_config_take_count(reader, node, 0, 1000000000);
}

static void take_block_quiet(struct bw_config_reader *reader, struct fy_node *node)
{
    if (!bw_config_duration(bw_config_scalar(node), &reader->config->block_quiet_s))
        bw_config_complain(reader, node, "\"%.*s\" is no duration such as 30m",
                           BW_TEXT_ARGS(bw_config_scalar(node)));
}

static void take_warmup(struct bw_config_reader *reader, struct fy_node *node)
{
    void *position = NULL;
    struct fy_node_pair *pair;

    if (!fy_node_is_mapping(node)) {
        bw_config_complain(reader, node,
                           "warmup is a map of sender domains to days: news.example: 2026-05-01");
        return;
    }
    while ((pair = fy_node_mapping_iterate(node, &position)) != NULL) {
        struct fy_node *value = fy_node_pair_value(pair);
        int64_t start_ms = 0;
        if (!bw_time_parse(bw_config_scalar(value), &start_ms)) {
            bw_config_complain(reader, value, "\"%.*s\" is no day such as 2026-05-01",
                               BW_TEXT_ARGS(bw_config_scalar(value)));
            continue;
        }
        char *sender = bw_config_scalar_copy(reader, fy_node_pair_key(pair));
        if (sender != NULL && !bw_config_add_warmup(reader->config, sender, start_ms))
            reader->has_no_memory = true;
        free(sender);
    }
}

/* clang-format off */
static const struct bw_text names[] = {
    BW_TEXT_INIT("windows"), BW_TEXT_INIT("min_attempts"), BW_TEXT_INIT("confidence"),
    BW_TEXT_INIT("recover"), BW_TEXT_INIT("count_expired"), BW_TEXT_INIT("limits"),
    BW_TEXT_INIT("providers"), BW_TEXT_INIT("rules"), BW_TEXT_INIT("internal"),
    BW_TEXT_INIT("timezone"), BW_TEXT_INIT("max_keys"), BW_TEXT_INIT("max_queue_ids"),
    BW_TEXT_INIT("bulk_threshold"), BW_TEXT_INIT("block_quiet"), BW_TEXT_INIT("warmup"),
    BW_TEXT_INIT("tail"), BW_TEXT_INIT("listen"), BW_TEXT_INIT("allow"),
    BW_TEXT_INIT("mute"), BW_TEXT_INIT("sinks"), BW_TEXT_INIT("http"),
    BW_TEXT_INIT("state"), BW_TEXT_INIT("from"), BW_TEXT_INIT("journal"),
    BW_TEXT_INIT("remind"), BW_TEXT_INIT("max_state"), BW_TEXT_INIT("confine"),
};

/* In the order of the names. */
static void (*const takes[])(struct bw_config_reader *reader, struct fy_node *node) = {
    take_windows, take_min_attempts, take_confidence,
    take_recover, take_count_expired, bw_config_take_limits,
    bw_config_take_providers, take_rules, take_internal,
    take_timezone, take_max_keys, take_max_queue_ids,
    take_bulk_threshold, take_block_quiet, take_warmup,
    bw_config_take_tail, bw_config_take_listen, bw_config_take_allow,
    bw_config_take_mute, bw_config_take_sinks, bw_config_take_http,
    bw_config_take_state, bw_config_take_from, bw_config_take_journal,
    bw_config_take_remind, bw_config_take_max_state, bw_config_take_confine,
};
/* clang-format on */

#define NAME_COUNT (sizeof(names) / sizeof(names[0]))
_Static_assert(NAME_COUNT == sizeof(takes) / sizeof(takes[0]), "each key has its function");

static void complain_of_key(struct bw_config_reader *reader, struct bw_text name)
{
    const struct bw_text *nearest = bw_nearest_name(name, names, NAME_COUNT);
    char valid[500] = "";
    size_t size = 0;

    if (nearest != NULL) {
        bw_config_complain(reader, reader->key, "\"%.*s\" is no key; did you mean %.*s?",
                           BW_TEXT_ARGS(name), BW_TEXT_ARGS(*nearest));
        return;
    }
    for (size_t i = 0; i < NAME_COUNT; i++)
        size += (size_t)snprintf(valid + size, sizeof(valid) - size, "%s%.*s", i == 0 ? "" : ", ",
                                 BW_TEXT_ARGS(names[i]));
    BW_ASSERT(size < sizeof(valid));
    bw_config_complain(reader, reader->key, "\"%.*s\" is no key; valid are %s",
                       name.size < 64 ? (int)name.size : 64, name.bytes, valid);
}

static void take_key(struct bw_config_reader *reader, struct fy_node_pair *pair)
{
    const struct bw_text name = bw_config_scalar(fy_node_pair_key(pair));
    size_t i = 0;

    reader->key = fy_node_pair_key(pair);
    while (i < NAME_COUNT && !bw_text_equal(name, names[i]))
        i++;
    if (i == NAME_COUNT)
        complain_of_key(reader, name);
    else
        takes[i](reader, fy_node_pair_value(pair));
}

/* The keys of a map and of the maps in it that stand there a second time. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the file's maps, which libfyaml bounds */
static void complain_of_duplicates(struct bw_config_reader *reader, struct fy_node *map)
{
    void *position = NULL;
    struct fy_node_pair *pair;

    while ((pair = fy_node_mapping_iterate(map, &position)) != NULL) {
        const struct bw_text key = bw_config_scalar(fy_node_pair_key(pair));
        void *earlier_position = NULL;
        struct fy_node_pair *earlier;

        while ((earlier = fy_node_mapping_iterate(map, &earlier_position)) != pair)
            if (bw_text_equal(bw_config_scalar(fy_node_pair_key(earlier)), key)) {
                bw_config_complain(reader, fy_node_pair_key(pair), "\"%.*s\" stands twice",
                                   BW_TEXT_ARGS(key));
                break;
            }
        if (fy_node_is_mapping(fy_node_pair_value(pair)))
            complain_of_duplicates(reader, fy_node_pair_value(pair));
    }
}

static void take_root(struct bw_config_reader *reader, struct fy_node *root)
{
    void *position = NULL;
    struct fy_node_pair *pair;

    if (root == NULL || fy_node_is_null(root))
        return;
    if (!fy_node_is_mapping(root)) {
        bw_config_complain(reader, root, "a configuration is a map of keys to values");
        return;
    }
    while ((pair = fy_node_mapping_iterate(root, &position)) != NULL)
        take_key(reader, pair);
    reader->key = NULL;
    complain_of_duplicates(reader, root);
}

/* What libfyaml says to a mistake in the syntax; it stops at the first. */
static void take_syntax_mistakes(struct bw_config_reader *reader, struct fy_diag *diag)
{
    const struct fy_diag_error *error;
    void *position = NULL;
    const size_t mistakes = reader->mistakes.count;

    while ((error = fy_diag_errors_iterate(diag, &position)) != NULL)
        if (error->line > 0)
            bw_mistake_add(&reader->mistakes, (uint64_t)error->line, (uint32_t)error->column, "%s",
                           error->msg);
    if (reader->mistakes.count == mistakes)
        bw_config_complain(reader, NULL, "this is no YAML");
}

/*
 * Whether the file is UTF-8 (YAML 1.2 5.2); else the first place where it is not is a mistake.
 * libfyaml 0.7 never comes back from a directive ("%") that is not.
 */
static bool is_utf8(struct bw_config_reader *reader)
{
    struct bw_text rest = reader->mistakes.content;
    uint64_t line = 1;
    uint32_t column = 1;

    while (rest.size > 0) {
        uint32_t code_point;
        bool is_valid;
        const size_t size = bw_utf8_next(rest, &code_point, &is_valid);
        if (!is_valid) {
            bw_mistake_add(&reader->mistakes, line, column,
                           "this byte is not UTF-8; save the file as UTF-8");
            return false;
        }
        column = code_point == '\n' ? 1 : column + 1;
        line += code_point == '\n' ? 1 : 0;
        rest = bw_text_after(rest, size);
    }
    return true;
}

static void read_document(struct bw_config_reader *reader)
{
    const struct fy_diag_cfg diag_options = {.level = FYET_ERROR, .module_mask = ~0U};
    struct fy_diag *diag = fy_diag_create(&diag_options);
    const struct fy_parse_cfg options = {.flags = FYPCF_QUIET | FYPCF_ALLOW_DUPLICATE_KEYS,
                                         .diag = diag};
    struct fy_parser *parser = diag == NULL ? NULL : fy_parser_create(&options);

    if (parser == NULL || fy_parser_set_string(parser, reader->mistakes.content.bytes,
                                               reader->mistakes.content.size) != 0) {
        reader->has_no_memory = true;
    } else {
        fy_diag_set_collect_errors(diag, true);
        /* No document at all is a file of comments: the defaults. */
        struct fy_document *document = fy_parse_load_document(parser);
        struct fy_document *second = document == NULL ? NULL : fy_parse_load_document(parser);
        if (document != NULL)
            take_root(reader, fy_document_root(document));
        if (second != NULL)
            bw_config_complain(reader, fy_document_root(second), "a configuration is one document");
        if (fy_parser_get_stream_error(parser))
            take_syntax_mistakes(reader, diag);
        fy_parse_document_destroy(parser, second);
        fy_parse_document_destroy(parser, document);
    }
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
}

enum bw_status bw_config_load(struct bw_config *config, const char *path,
                              struct bw_problem_list *problems)
{
    struct bw_config_reader reader = {.config = config,
                                      .mistakes = {.problems = problems, .path = path}};
    enum bw_status status = bw_config_init(config);

    if (status != BW_OK)
        return status;
    FILE *file = fopen(path, "re");
    const int error = errno;
    char *content = malloc(FILE_BYTES_MAX + 1);
    if (file == NULL || content == NULL) {
        bw_problem_list_add(problems, path, 0, 0, "cannot be read: %s",
                            file == NULL ? bw_open_fault(path, R_OK, error) : "out of memory");
        status = BW_ERR_IO;
    } else {
        reader.mistakes.content =
            (struct bw_text){content, fread(content, 1, FILE_BYTES_MAX + 1, file)};
        if (ferror(file) != 0 || reader.mistakes.content.size > FILE_BYTES_MAX ||
            memchr(content, '\0', reader.mistakes.content.size) != NULL)
            bw_config_complain(&reader, NULL,
                               "this is no configuration: unreadable, over 1 MiB, or binary");
        else if (is_utf8(&reader))
            read_document(&reader);
        if (reader.mistakes.count > 0)
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
