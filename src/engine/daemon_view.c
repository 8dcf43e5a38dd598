/*
 * The daemon at this moment: as metrics for machines and as JSON for `top` and pages.
 */
#include "base/time_text.h"
#include "engine/daemon_state.h"
#include "engine/ledger_view.h"
#include "serve/open_metrics.h"

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

/* The rows of a view as samples of one family: the value is chosen by `which`. */
struct family {
    struct bw_byte_writer *writer;
    const char *name;
    enum { VALUE_DELIVERED, VALUE_HARD, VALUE_RATE, VALUE_ZONE } which;
};

static void put_sample(const struct bw_view_row *row, void *context)
{
    const struct family *family = context;
    char window[BW_WINDOW_TEXT_BYTES];
    double value = row->zone;

    if (row->scope != BW_SCOPE_PROVIDER)
        return;
    bw_window_format(row->window_s, window);
    if (family->which == VALUE_DELIVERED)
        value = (double)row->delivered;
    else if (family->which == VALUE_HARD)
        value = (double)row->hard;
    else if (family->which == VALUE_RATE)
        value = row->rate;
    const struct bw_metric_label labels[] = {
        {"provider", row->provider}, {"window", window}, {NULL, NULL}};
    bw_metric_sample(family->writer, BW_METRIC_GAUGE, family->name, labels, value);
}

static void put_providers(struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    static const struct {
        const char *name, *help;
    } families[] = {
        {"bouncewatch_window_delivered", "Recipients that were delivered to, in the window."},
        {"bouncewatch_window_hard", "Recipients that bounced for good, in the window."},
        {"bouncewatch_bounce_rate", "Share of the attempts in the window that bounced."},
        {"bouncewatch_zone", "0 acceptable, 1 warning, 2 blocking."},
    };

    for (unsigned i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        struct family family = {.writer = writer, .name = families[i].name};
        family.which = i;
        bw_metric_family(writer, BW_METRIC_GAUGE, families[i].name, families[i].help);
        if (!bw_ledger_view(bw_state_store_ledger(daemon->store), 0, put_sample, &family))
            writer->is_broken = true;
    }
}

static void put_lines(const struct bw_ledger_counters *counters, struct bw_byte_writer *writer)
{
    const struct {
        const char *kind;
        uint64_t count;
    } kinds[] = {
        {"outcome", counters->lines.outcome},
        {"known", counters->lines.known},
        {"malformed", counters->lines.malformed},
        {"unknown", counters->lines.unknown},
    };

    bw_metric_family(writer, BW_METRIC_COUNTER, "bouncewatch_lines",
                     "Log lines, each in exactly one kind.");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct bw_metric_label labels[] = {{"kind", kinds[i].kind}, {NULL, NULL}};
        bw_metric_sample(writer, BW_METRIC_COUNTER, "bouncewatch_lines", labels,
                         (double)kinds[i].count);
    }
}

static void put_sinks(const struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    struct bw_dispatcher_row row;

    bw_metric_family(writer, BW_METRIC_COUNTER, "bouncewatch_events_sent",
                     "Events that a sink has taken.");
    for (size_t i = 0; bw_dispatcher_row(daemon->dispatcher, i, &row); i++) {
        const struct bw_metric_label labels[] = {{"sink", row.name}, {NULL, NULL}};
        bw_metric_sample(writer, BW_METRIC_COUNTER, "bouncewatch_events_sent", labels,
                         (double)row.sent);
    }
    bw_metric_family(writer, BW_METRIC_COUNTER, "bouncewatch_events_lost",
                     "Events that a sink refused, or that had no room to wait.");
    for (size_t i = 0; bw_dispatcher_row(daemon->dispatcher, i, &row); i++) {
        const struct bw_metric_label labels[] = {{"sink", row.name}, {NULL, NULL}};
        bw_metric_sample(writer, BW_METRIC_COUNTER, "bouncewatch_events_lost", labels,
                         (double)(row.dropped + row.refused));
    }
}

static void put_receivers(const struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    bw_metric_family(writer, BW_METRIC_COUNTER, "bouncewatch_datagrams_dropped",
                     "Datagrams that were lost because they came too fast.");
    for (size_t i = 0; i < daemon->receiver_count; i++) {
        const struct bw_metric_label labels[] = {{"listener", daemon->receivers[i].url},
                                                 {NULL, NULL}};
        bw_metric_sample(writer, BW_METRIC_COUNTER, "bouncewatch_datagrams_dropped", labels,
                         (double)bw_listener_counts(daemon->receivers[i].listener)->kernel_drops);
    }
}

void bw_daemon_metrics(struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    struct bw_ledger_counters counters;
    struct bw_tail_counters tail;
    struct bw_state_store_numbers state;

    bw_ledger_counters(bw_state_store_ledger(daemon->store), &counters);
    bw_tail_counters(daemon->tail, &tail);
    bw_state_store_numbers(daemon->store, &state);
    const struct {
        enum bw_metric_kind kind;
        const char *name, *help;
        double value;
    } ones[] = {
        {BW_METRIC_COUNTER, "bouncewatch_lines_cut", "Lines over 64 KiB.",
         (double)counters.lines.cut},
        {BW_METRIC_COUNTER, "bouncewatch_duplicates", "Final outcomes that were counted before.",
         (double)counters.duplicates},
        {BW_METRIC_COUNTER, "bouncewatch_late", "Outcomes older than the longest window.",
         (double)counters.late},
        {BW_METRIC_GAUGE, "bouncewatch_keys", "Keys that rates are kept for.",
         (double)counters.keys},
        {BW_METRIC_COUNTER, "bouncewatch_keys_evicted", "Keys dropped for max_keys.",
         (double)counters.keys_evicted},
        {BW_METRIC_COUNTER, "bouncewatch_queue_ids_evicted", "Messages dropped for max_queue_ids.",
         (double)counters.queue_ids_evicted},
        {BW_METRIC_GAUGE, "bouncewatch_files", "Log files that are followed.", (double)tail.files},
        {BW_METRIC_COUNTER, "bouncewatch_file_rotations", "Files seen under another name.",
         (double)tail.rotations},
        {BW_METRIC_COUNTER, "bouncewatch_file_truncations", "Files that were cut or rewritten.",
         (double)tail.truncations},
        {BW_METRIC_COUNTER, "bouncewatch_file_gaps", "Truncations that took unread text away.",
         (double)tail.gaps},
        {BW_METRIC_COUNTER, "bouncewatch_file_gap_bytes", "Bytes of text that were lost so.",
         (double)tail.gap_bytes},
        {BW_METRIC_COUNTER, "bouncewatch_files_compressed",
         "Compressed files that appeared and were passed over.", (double)tail.compressed},
        {BW_METRIC_COUNTER, "bouncewatch_files_refused", "Files over the limit of files.",
         (double)tail.refused},
        {BW_METRIC_GAUGE, "bouncewatch_state_bytes", "Size of the journal on disk.",
         (double)state.bytes},
        {BW_METRIC_COUNTER, "bouncewatch_state_failures", "Writes of the state that failed.",
         (double)daemon->state_failures},
        {BW_METRIC_COUNTER, "bouncewatch_state_segments_lost",
         "Parts of the journal removed for max_state though a window needed them.",
         (double)state.segments_lost},
        {BW_METRIC_GAUGE, "bouncewatch_start_time_seconds", "When the daemon began, Unix time.",
         (double)daemon->started_ms / 1000.0},
    };

    put_lines(&counters, writer);
    for (size_t i = 0; i < sizeof(ones) / sizeof(ones[0]); i++)
        bw_metric_one(writer, ones[i].kind, ones[i].name, ones[i].help, ones[i].value);
    put_providers(daemon, writer);
    put_receivers(daemon, writer);
    put_sinks(daemon, writer);
    bw_metrics_end(writer);
}
