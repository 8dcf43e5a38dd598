/*
 * The daemon at this moment, as JSON for `top` and pages.
 */
#include "base/time_text.h"
#include "engine/daemon_state.h"
#include "engine/ledger_view.h"

#include <stdio.h>

#define OTHERS_MAX 50

static void decimal(struct bw_json_writer *writer, const char *key, double number)
{
    bw_json_key(writer, key);
    bw_json_decimal(writer, number, 4);
}

static void put_time(struct bw_json_writer *writer, const char *key, int64_t unix_ms)
{
    bw_json_key(writer, key);
    bw_json_time(writer, unix_ms);
}

static void put_row(const struct bw_view_row *row, void *context)
{
    struct bw_json_writer *writer = context;
    const bool is_sender =
        row->scope == BW_SCOPE_SENDER_DOMAIN || row->scope == BW_SCOPE_SENDER_PROVIDER;
    char window[BW_WINDOW_TEXT_BYTES];
    char key[600];

    bw_window_format(row->window_s, window);
    if (row->scope == BW_SCOPE_PROVIDER)
        (void)snprintf(key, sizeof(key), "%s", row->provider);
    else
        (void)snprintf(key, sizeof(key), "%.*s%s%s", BW_TEXT_ARGS(row->name),
                       row->scope == BW_SCOPE_SENDER_PROVIDER ? "/" : "",
                       row->scope == BW_SCOPE_SENDER_PROVIDER ? row->provider : "");
    bw_json_begin_object(writer);
    bw_json_string_member(writer, "scope", bw_scope_name((enum bw_scope)row->scope));
    bw_json_string_member(writer, "key", key);
    bw_json_text_member(writer, "sender", is_sender ? row->name : BW_TEXT(""));
    bw_json_string_member(writer, "provider", row->provider);
    bw_json_string_member(writer, "window", window);
    bw_json_string_member(writer, "zone", row->zone_name);
    if (row->zone != BW_ZONE_ACCEPTABLE && row->worst_zone_ms != INT64_MIN)
        put_time(writer, "since", row->worst_zone_ms);
    bw_json_uint_member(writer, "delivered", row->delivered);
    bw_json_uint_member(writer, "hard", row->hard);
    bw_json_uint_member(writer, "recipient", row->recipient);
    bw_json_uint_member(writer, "block", row->block);
    decimal(writer, "rate", row->rate);
    decimal(writer, "lower", row->lower);
    decimal(writer, "limit", row->limit);
    bw_json_key(writer, "classes");
    bw_json_begin_array(writer);
    for (uint8_t i = 0; i < row->class_count; i++) {
        bw_json_begin_object(writer);
        bw_json_string_member(writer, "class",
                              bw_class_name((enum bw_class)row->classes[i].class_id));
        bw_json_uint_member(writer, "count", row->classes[i].count);
        bw_json_string_member(writer, "rule", row->classes[i].rule);
        bw_json_end_object(writer);
    }
    bw_json_end_array(writer);
    bw_json_end_object(writer);
}

static void put_file(const struct bw_tail_row *row, void *context)
{
    struct bw_json_writer *writer = context;

    bw_json_begin_object(writer);
    bw_json_string_member(writer, "path", row->path);
    bw_json_string_member(writer, "state", row->state);
    bw_json_uint_member(writer, "position", row->position);
    bw_json_uint_member(writer, "size", row->size);
    bw_json_uint_member(writer, "lag", row->size > row->position ? row->size - row->position : 0);
    bw_json_uint_member(writer, "lines", row->lines);
    bw_json_string_member(writer, "fault", row->fault);
    bw_json_end_object(writer);
}

static void put_inputs(struct bw_daemon *daemon, struct bw_json_writer *writer)
{
    bw_json_key(writer, "inputs");
    bw_json_begin_array(writer);
    bw_tail_rows(daemon->tail, put_file, writer);
    if (daemon->journal != NULL) {
        struct bw_system_journal_counts journal;
        bw_system_journal_counts(daemon->journal, &journal);
        bw_json_begin_object(writer);
        bw_json_string_member(writer, "path", "journal");
        bw_json_string_member(writer, "state", "tailed");
        bw_json_uint_member(writer, "lines", journal.lines);
        bw_json_uint_member(writer, "dropped", journal.suppressed);
        bw_json_end_object(writer);
    }
    for (size_t i = 0; i < daemon->receiver_count; i++) {
        const struct bw_listener_counts *counts = bw_listener_counts(daemon->receivers[i].listener);
        bw_json_begin_object(writer);
        bw_json_string_member(writer, "path", daemon->receivers[i].url);
        bw_json_string_member(writer, "state", "listening");
        bw_json_uint_member(writer, "datagrams", counts->datagrams);
        bw_json_uint_member(writer, "connections", counts->connections_open);
        bw_json_uint_member(writer, "dropped", counts->kernel_drops);
        bw_json_uint_member(writer, "denied", counts->denied);
        bw_json_end_object(writer);
    }
    bw_json_end_array(writer);
}

static void put_drops(const struct bw_daemon *daemon, const struct bw_ledger_counters *ledger,
                      struct bw_json_writer *writer)
{
    uint64_t kernel = 0;
    uint64_t queue = 0;

    for (size_t i = 0; i < daemon->receiver_count; i++) {
        const struct bw_listener_counts *counts = bw_listener_counts(daemon->receivers[i].listener);
        kernel += counts->kernel_drops;
        queue += counts->abandoned;
    }
    bw_json_key(writer, "drops");
    bw_json_begin_object(writer);
    bw_json_uint_member(writer, "kernel", kernel);
    bw_json_uint_member(writer, "queue", queue);
    bw_json_uint_member(writer, "cut", ledger->lines.cut);
    bw_json_uint_member(writer, "keys", ledger->keys_evicted);
    bw_json_end_object(writer);
}

static void put_told(const struct bw_daemon *daemon, struct bw_json_writer *writer)
{
    struct bw_dispatcher_row row;
    struct bw_text event;

    bw_json_key(writer, "events");
    bw_json_begin_array(writer);
    for (size_t i = 0; (event = bw_dispatcher_recent(daemon->dispatcher, i)).size > 0; i++)
        bw_json_raw(writer, event);
    bw_json_end_array(writer);
    bw_json_key(writer, "sinks");
    bw_json_begin_array(writer);
    for (size_t i = 0; bw_dispatcher_row(daemon->dispatcher, i, &row); i++) {
        bw_json_begin_object(writer);
        bw_json_string_member(writer, "name", row.name);
        bw_json_uint_member(writer, "sent", row.sent);
        bw_json_uint_member(writer, "queued", row.queued);
        bw_json_uint_member(writer, "failed", row.failed);
        bw_json_uint_member(writer, "dropped", row.dropped + row.refused);
        bw_json_string_member(writer, "fault", row.fault);
        bw_json_end_object(writer);
    }
    bw_json_end_array(writer);
}

void bw_daemon_zones(struct bw_daemon *daemon, struct bw_json_writer *writer)
{
    struct bw_ledger *ledger = bw_state_store_ledger(daemon->store);
    const struct bw_key_table_options *keys = &daemon->config->keys;
    struct bw_ledger_counters counters;

    bw_ledger_counters(ledger, &counters);
    bw_json_begin_object(writer);
    bw_json_string_member(writer, "bouncewatch", daemon->options.version);
    put_time(writer, "time", bw_daemon_now_ms());
    put_time(writer, "started", daemon->started_ms);
    if (bw_ledger_minute(ledger) != INT64_MIN)
        put_time(writer, "log_time", bw_ledger_minute(ledger) * 60000);
    bw_json_key(writer, "lines");
    bw_json_begin_object(writer);
    bw_json_uint_member(writer, "total", counters.lines.total);
    bw_json_uint_member(writer, "outcome", counters.lines.outcome);
    bw_json_uint_member(writer, "known", counters.lines.known);
    bw_json_uint_member(writer, "malformed", counters.lines.malformed);
    bw_json_uint_member(writer, "unknown", counters.lines.unknown);
    bw_json_end_object(writer);
    decimal(writer, "lines_per_s", daemon->lines_a_second);
    decimal(writer, "outcomes_per_s", daemon->outcomes_a_second);
    bw_json_key(writer, "windows");
    bw_json_begin_array(writer);
    for (uint32_t i = 0; i < keys->window_count; i++) {
        char window[BW_WINDOW_TEXT_BYTES];
        bw_window_format(keys->window_minutes[i] * 60, window);
        bw_json_string(writer, window);
    }
    bw_json_end_array(writer);
    put_inputs(daemon, writer);
    put_drops(daemon, &counters, writer);
    bw_json_key(writer, "zones");
    bw_json_begin_array(writer);
    if (!bw_ledger_view(ledger, OTHERS_MAX, put_row, writer))
        writer->is_broken = true;
    bw_json_end_array(writer);
    put_told(daemon, writer);
    bw_json_end_object(writer);
    bw_json_newline(writer);
}
