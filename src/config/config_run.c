/*
 * The keys of the configuration file that only the daemon asks for.
 */
#include "base/network_list.h"
#include "base/real_place.h"
#include "config/config_edit.h"
#include "config/config_reader.h"
#include "read/listen_url.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool bw_config_list_add(struct bw_config_list *list, const char *item)
{
    char **items = realloc(list->items, (list->count + 1) * sizeof(*items));

    if (items == NULL)
        return false;
    list->items = items;
    items[list->count] = strdup(item);
    if (items[list->count] == NULL)
        return false;
    list->count++;
    return true;
}

void bw_config_list_clear(struct bw_config_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct bw_config_list){0};
}

bool bw_config_add_sink(struct bw_config_run *run, const char *name, const char *to)
{
    struct bw_config_sink *sinks = realloc(run->sinks, (run->sink_count + 1) * sizeof(*sinks));

    if (sinks == NULL)
        return false;
    run->sinks = sinks;
    struct bw_config_sink *sink = &sinks[run->sink_count];
    *sink = (struct bw_config_sink){
        .name = strdup(name),
        .to = strdup(to),
        .min_zone = BW_ZONE_WARNING,
        .has_zones = true,
        .has_blocks = true,
        .has_notices = true,
    };
    run->sink_count++;
    return sink->name != NULL && sink->to != NULL;
}

void bw_config_clear_sinks(struct bw_config_run *run)
{
    for (size_t i = 0; i < run->sink_count; i++) {
        free(run->sinks[i].name);
        free(run->sinks[i].to);
        free(run->sinks[i].secret);
        free(run->sinks[i].secret_file);
    }
    free(run->sinks);
    run->sinks = NULL;
    run->sink_count = 0;
}

void bw_config_run_deinit(struct bw_config_run *run)
{
    bw_config_list_clear(&run->tail);
    bw_config_list_clear(&run->listen);
    bw_config_list_clear(&run->allow);
    bw_config_list_clear(&run->mute);
    bw_config_clear_sinks(run);
    free(run->http);
    free(run->state);
    free(run->journal_directory);
    *run = (struct bw_config_run){0};
}

/* One text or a list of them; `example` is for the mistake. */
static void take_list(struct bw_config_reader *reader, struct fy_node *node,
                      struct bw_config_list *list, const char *example)
{
    void *position = NULL;
    struct fy_node *item = fy_node_is_sequence(node) ? NULL : node;

    bw_config_list_clear(list);
    if (!fy_node_is_sequence(node) && bw_config_scalar(node).size == 0) {
        bw_config_complain(reader, node, "this is a list, such as [%s]", example);
        return;
    }
    while (item != NULL || (fy_node_is_sequence(node) &&
                            (item = fy_node_sequence_iterate(node, &position)) != NULL)) {
        char *text = bw_config_scalar_copy(reader, item);
        if (text != NULL && text[0] == '\0')
            bw_config_complain(reader, item, "this is empty; write it as %s", example);
        else if (text != NULL && !bw_config_list_add(list, text))
            reader->has_no_memory = true;
        free(text);
        if (!fy_node_is_sequence(node))
            return;
        item = NULL;
    }
}

void bw_config_take_tail(struct bw_config_reader *reader, struct fy_node *node)
{
    take_list(reader, node, &reader->config->run.tail, "/var/log/mail.log*");
}

void bw_config_take_listen(struct bw_config_reader *reader, struct fy_node *node)
{
    const struct bw_config_list *list = &reader->config->run.listen;

    take_list(reader, node, &reader->config->run.listen, "udp://127.0.0.1:5514");
    for (size_t i = 0; i < list->count; i++) {
        struct bw_problem problem = {.message = ""};
        struct bw_listen_url url;
        if (bw_listen_url_parse(&url, bw_text_of(list->items[i]), &problem) != BW_OK)
            bw_config_complain(reader, node, "%s", problem.message);
    }
}

void bw_config_take_allow(struct bw_config_reader *reader, struct fy_node *node)
{
    struct bw_config_list *list = &reader->config->run.allow;
    struct bw_network_list *networks = NULL;
    struct bw_problem problem = {.message = ""};

    take_list(reader, node, list, "10.0.0.0/8");
    const enum bw_status status =
        bw_network_list_create(&networks, (const char *const *)list->items, list->count, &problem);
    if (status == BW_ERR_FORMAT)
        bw_config_complain(reader, node, "allow%s", strchr(problem.message, ':'));
    else if (status != BW_OK)
        reader->has_no_memory = true;
    bw_network_list_destroy(&networks);
}

void bw_config_take_mute(struct bw_config_reader *reader, struct fy_node *node)
{
    take_list(reader, node, &reader->config->run.mute, "example.com");
}

static void take_string(struct bw_config_reader *reader, struct fy_node *node, char **string,
                        const char *what)
{
    free(*string);
    *string = NULL;
    if (bw_config_scalar(node).size == 0)
        bw_config_complain(reader, node, "%s", what);
    else
        *string = bw_config_scalar_copy(reader, node);
}

void bw_config_take_http(struct bw_config_reader *reader, struct fy_node *node)
{
    take_string(reader, node, &reader->config->run.http,
                "http is an address and port, such as 127.0.0.1:9464, or unix:PATH");
}

void bw_config_take_state(struct bw_config_reader *reader, struct fy_node *node)
{
    take_string(reader, node, &reader->config->run.state,
                "state is a directory, such as /var/lib/bouncewatch");
}

void bw_config_take_from(struct bw_config_reader *reader, struct fy_node *node)
{
    const struct bw_text text = bw_config_scalar(node);

    reader->config->run.from_start = bw_text_equal(text, BW_TEXT("start"));
    if (!reader->config->run.from_start && !bw_text_equal(text, BW_TEXT("end")))
        bw_config_complain(reader, node, "\"%.*s\" is neither start nor end", BW_TEXT_ARGS(text));
}

void bw_config_take_journal(struct bw_config_reader *reader, struct fy_node *node)
{
    struct bw_config_run *run = &reader->config->run;
    const struct bw_text text = bw_config_scalar(node);

    free(run->journal_directory);
    run->journal_directory = NULL;
    run->reads_journal = true;
    if (bw_text_starts_with(text, BW_TEXT("/")))
        run->journal_directory = bw_config_scalar_copy(reader, node);
    else
        run->reads_journal = bw_config_take_bool(reader, node);
}

void bw_config_take_confine(struct bw_config_reader *reader, struct fy_node *node)
{
    reader->config->run.is_unconfined = !bw_config_take_bool(reader, node);
}

void bw_config_take_remind(struct bw_config_reader *reader, struct fy_node *node)
{
    const struct bw_text text = bw_config_scalar(node);

    reader->config->run.remind_s = 0;
    if (!bw_text_equal(text, BW_TEXT("never")) &&
        !bw_config_duration(text, &reader->config->run.remind_s))
        bw_config_complain(reader, node, "\"%.*s\" is neither a duration such as 24h nor never",
                           BW_TEXT_ARGS(text));
}

void bw_config_take_max_state(struct bw_config_reader *reader, struct fy_node *node)
{
    reader->config->run.state_bytes_max =
        bw_config_take_count(reader, node, 1, 1000000) * 1000 * 1000;
}

static void take_min_zone(struct bw_config_reader *reader, struct fy_node *node,
                          struct bw_config_sink *sink)
{
    const struct bw_text text = bw_config_scalar(node);

    sink->min_zone = bw_text_equal(text, BW_TEXT("blocking")) ? BW_ZONE_BLOCKING : BW_ZONE_WARNING;
    if (sink->min_zone == BW_ZONE_WARNING && !bw_text_equal(text, BW_TEXT("warning")))
        bw_config_complain(reader, node, "\"%.*s\" is neither warning nor blocking",
                           BW_TEXT_ARGS(text));
}

static void take_types(struct bw_config_reader *reader, struct fy_node *node,
                       struct bw_config_sink *sink)
{
    struct bw_config_list list = {0};

    take_list(reader, node, &list, "zone, block, notice");
    sink->has_zones = sink->has_blocks = sink->has_notices = false;
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.items[i], "zone") == 0)
            sink->has_zones = true;
        else if (strcmp(list.items[i], "block") == 0)
            sink->has_blocks = true;
        else if (strcmp(list.items[i], "notice") == 0)
            sink->has_notices = true;
        else
            bw_config_complain(reader, node, "\"%s\" is no type; valid are zone, block, notice",
                               list.items[i]);
    }
    bw_config_list_clear(&list);
}

/* The secret is the first line of a file, which others need not be able to read. */
static void take_secret_file(struct bw_config_reader *reader, struct fy_node *node,
                             struct bw_config_sink *sink)
{
    char *path = bw_config_scalar_copy(reader, node);
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    char *line = NULL;
    size_t capacity = 0;

    if (file == NULL && path != NULL && bw_is_given_up(path, R_OK, errno)) {
        bw_config_complain(reader, node, "the secret cannot be read: %s",
                           bw_open_fault(path, R_OK, EACCES));
    } else if (file == NULL || getline(&line, &capacity, file) <= 0 || strcspn(line, "\r\n") == 0) {
        bw_config_complain(reader, node,
                           "the secret cannot be read: the file must be there, readable, "
                           "and begin with the secret");
    } else {
        line[strcspn(line, "\r\n")] = '\0';
        if (!bw_config_set_string(&sink->secret, line) ||
            !bw_config_set_string(&sink->secret_file, path))
            reader->has_no_memory = true;
    }
    if (file != NULL)
        (void)fclose(file);
    free(line);
    free(path);
}

static void take_sink_member(struct bw_config_reader *reader, struct fy_node_pair *pair,
                             struct bw_config_sink *sink)
{
    const struct bw_text key = bw_config_scalar(fy_node_pair_key(pair));
    struct fy_node *value = fy_node_pair_value(pair);

    reader->key = fy_node_pair_key(pair);
    if (bw_text_equal(key, BW_TEXT("name")))
        take_string(reader, value, &sink->name, "a sink's name is a word");
    else if (bw_text_equal(key, BW_TEXT("to")))
        take_string(reader, value, &sink->to, "`to` says where the events go");
    else if (bw_text_equal(key, BW_TEXT("secret")))
        take_string(reader, value, &sink->secret, "a secret is a text");
    else if (bw_text_equal(key, BW_TEXT("secret_file")))
        take_secret_file(reader, value, sink);
    else if (bw_text_equal(key, BW_TEXT("min_zone")))
        take_min_zone(reader, value, sink);
    else if (bw_text_equal(key, BW_TEXT("types")))
        take_types(reader, value, sink);
    else
        bw_config_complain(reader, reader->key,
                           "\"%.*s\" is no key of a sink; valid are name, to, secret, secret_file, "
                           "min_zone, types",
                           BW_TEXT_ARGS(key));
}

void bw_config_take_sinks(struct bw_config_reader *reader, struct fy_node *node)
{
    struct bw_config_run *run = &reader->config->run;
    void *position = NULL;
    struct fy_node *item;

    bw_config_clear_sinks(run);
    if (!fy_node_is_sequence(node)) {
        bw_config_complain(reader, node, "sinks is a list of maps: - {to: /var/log/events.ndjson}");
        return;
    }
    while ((item = fy_node_sequence_iterate(node, &position)) != NULL) {
        void *member = NULL;
        struct fy_node_pair *pair;

        if (!fy_node_is_mapping(item) ||
            fy_node_mapping_lookup_by_string(item, "to", FY_NT) == NULL) {
            bw_config_complain(reader, item, "a sink is a map with at least `to`");
            continue;
        }
        if (!bw_config_add_sink(run, "", "")) {
            reader->has_no_memory = true;
            return;
        }
        struct bw_config_sink *sink = &run->sinks[run->sink_count - 1];
        while ((pair = fy_node_mapping_iterate(item, &member)) != NULL)
            take_sink_member(reader, pair, sink);
        if (sink->name != NULL && sink->name[0] == '\0' && sink->to != NULL &&
            !bw_config_set_string(&sink->name, sink->to))
            reader->has_no_memory = true;
    }
}
