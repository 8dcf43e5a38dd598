/*
 * The report for programs: one object, members in the order of the contract's section "scan".
 */
#include "base/event_json.h"
#include "report/report.h"

/* Rows are written out now and then, so a report of a million domains takes no memory. */
#define FLUSH_BYTES ((size_t)64 * 1024)

struct json_report {
    const struct bw_snapshot *snapshot;
    const struct bw_report_options *options;
    struct bw_json_writer writer;
    FILE *out;
    bool has_failed;
};

static void flush(struct json_report *report)
{
    if (!bw_json_flush(&report->writer, report->out))
        report->has_failed = true;
}

static void end_row(struct json_report *report)
{
    bw_json_end_object(&report->writer);
    if (report->writer.size >= FLUSH_BYTES)
        flush(report);
}

/* How many of `count` rows a table shows. */
static uint32_t shown(const struct json_report *report, uint32_t count)
{
    const uint32_t top = report->options->top;

    return top == 0 || count < top ? count : top;
}

static void begin_rows(struct json_report *report, const char *key)
{
    bw_json_key(&report->writer, key);
    bw_json_begin_array(&report->writer);
}

static void rate_member(struct bw_json_writer *writer, double rate)
{
    bw_json_key(writer, "rate");
    bw_json_decimal(writer, rate, 4);
}

static void write_inputs(struct json_report *report)
{
    struct bw_json_writer *writer = &report->writer;

    begin_rows(report, "inputs");
    for (uint32_t i = 0; i < report->snapshot->input_count; i++) {
        const struct bw_input_row *input = &report->snapshot->inputs[i];

        bw_json_begin_object(writer);
        bw_json_string_member(writer, "path", input->path);
        bw_json_string_member(writer, "format", input->format);
        bw_json_string_member(writer, "compression", input->compression);
        bw_json_uint_member(writer, "bytes", input->bytes);
        bw_json_uint_member(writer, "text_bytes", input->text_bytes);
        bw_json_uint_member(writer, "lines", input->lines);
        bw_json_key(writer, "complete");
        bw_json_bool(writer, input->complete);
        bw_json_string_member(writer, "fault", input->fault);
        end_row(report);
    }
    bw_json_end_array(writer);
}

static void write_lines(struct json_report *report)
{
    struct bw_json_writer *writer = &report->writer;
    const struct bw_snapshot *snapshot = report->snapshot;

    bw_json_key(writer, "lines");
    bw_json_begin_object(writer);
    bw_json_uint_member(writer, "total", snapshot->lines_total);
    bw_json_uint_member(writer, "outcome", snapshot->lines_outcome);
    bw_json_uint_member(writer, "known", snapshot->lines_known);
    bw_json_uint_member(writer, "malformed", snapshot->lines_malformed);
    bw_json_uint_member(writer, "unknown", snapshot->lines_unknown);
    if (snapshot->lines_cut > 0)
        bw_json_uint_member(writer, "cut", snapshot->lines_cut);
    bw_json_end_object(writer);
}

static void write_span(struct json_report *report)
{
    struct bw_json_writer *writer = &report->writer;
    const struct bw_snapshot *snapshot = report->snapshot;

    if (snapshot->first_ms == INT64_MIN || snapshot->last_ms == INT64_MIN)
        return;
    bw_json_key(writer, "span");
    bw_json_begin_object(writer);
    bw_json_key(writer, "first");
    bw_json_time(writer, snapshot->first_ms);
    bw_json_key(writer, "last");
    bw_json_time(writer, snapshot->last_ms);
    bw_json_end_object(writer);
}

static void write_totals(struct json_report *report)
{
    struct bw_json_writer *writer = &report->writer;
    const struct bw_snapshot *snapshot = report->snapshot;

    bw_json_key(writer, "totals");
    bw_json_begin_object(writer);
    bw_json_uint_member(writer, "delivered", snapshot->totals.delivered);
    bw_json_uint_member(writer, "hard", snapshot->totals.hard);
    bw_json_uint_member(writer, "soft", snapshot->totals.soft);
    bw_json_uint_member(writer, "expired", snapshot->totals.expired);
    bw_json_uint_member(writer, "suppressed", snapshot->suppressed);
    bw_json_uint_member(writer, "internal", snapshot->internal);
    bw_json_uint_member(writer, "local", snapshot->local);
    rate_member(writer, snapshot->rate);
    bw_json_uint_member(writer, "discarded", snapshot->discarded);
    bw_json_uint_member(writer, "probes", snapshot->probes);
    bw_json_end_object(writer);
}

static void write_classes(struct json_report *report)
{
    struct bw_json_writer *writer = &report->writer;

    begin_rows(report, "classes");
    for (uint32_t i = 0; i < report->snapshot->class_count; i++) {
        const struct bw_class_count *row = &report->snapshot->classes[i];

        bw_json_begin_object(writer);
        bw_json_string_member(writer, "class", bw_class_name((enum bw_class)row->class_id));
        bw_json_string_member(writer, "bounce", bw_bounce_name((enum bw_bounce)row->bounce));
        bw_json_string_member(writer, "fault", bw_fault_name((enum bw_fault)row->fault));
        bw_json_uint_member(writer, "count", row->count);
        end_row(report);
    }
    bw_json_end_array(writer);
}

/* A class may stand in a row twice, as hard and as soft, but a member name only once. */
static void write_row_classes(struct bw_json_writer *writer, const struct bw_key_row *row)
{
    uint64_t counts[BW_CLASS_COUNT] = {0};

    for (uint32_t i = 0; i < row->class_count; i++)
        counts[row->classes[i].class_id] += row->classes[i].count;
    counts[BW_CLASS_NONE] = 0;
    bw_json_key(writer, "classes");
    bw_json_begin_object(writer);
    for (;;) {
        uint32_t most = 0;
        for (uint32_t class_id = 1; class_id < BW_CLASS_COUNT; class_id++)
            if (counts[class_id] > counts[most])
                most = class_id;
        if (most == 0)
            break;
        bw_json_uint_member(writer, bw_class_name((enum bw_class)most), counts[most]);
        counts[most] = 0;
    }
    bw_json_end_object(writer);
}

static void write_key_row(struct json_report *report, const struct bw_key_row *row)
{
    struct bw_json_writer *writer = &report->writer;
    const struct bw_tally *tally = &row->tally;

    bw_json_uint_member(writer, "delivered", tally->delivered);
    bw_json_uint_member(writer, "hard", tally->hard);
    bw_json_uint_member(writer, "soft", tally->soft);
    bw_json_uint_member(writer, "expired", tally->expired);
    bw_json_uint_member(writer, "recipient", tally->recipient);
    bw_json_uint_member(writer, "block", tally->block);
    rate_member(writer, row->rate);
    bw_json_string_member(writer, "zone", bw_zone_name((enum bw_zone)row->zone));
    if (row->worst_zone != BW_ZONE_ACCEPTABLE) {
        bw_json_string_member(writer, "worst_zone", bw_zone_name((enum bw_zone)row->worst_zone));
        if (row->worst_zone_ms != INT64_MIN) {
            bw_json_key(writer, "worst_zone_time");
            bw_json_time(writer, row->worst_zone_ms);
        }
    }
    write_row_classes(writer, row);
}

static void write_tables(struct json_report *report)
{
    static const struct {
        const char *key, *name, *provider; /* provider NULL: the rows have none */
    } tables[BW_SCOPE_COUNT] = {
        [BW_SCOPE_PROVIDER] = {"providers", "provider", NULL},
        [BW_SCOPE_RECIPIENT_DOMAIN] = {"recipient_domains", "domain", "provider"},
        [BW_SCOPE_SENDER_DOMAIN] = {"sender_domains", "domain", NULL},
        [BW_SCOPE_SENDER_PROVIDER] = {"sender_providers", "sender", "provider"},
    };
    struct bw_json_writer *writer = &report->writer;

    for (uint32_t scope = 0; scope < BW_SCOPE_COUNT; scope++) {
        const uint32_t count = shown(report, report->snapshot->table_counts[scope]);

        begin_rows(report, tables[scope].key);
        for (uint32_t i = 0; i < count; i++) {
            const struct bw_key_row *row = &report->snapshot->tables[scope][i];

            bw_json_begin_object(writer);
            bw_json_string_member(writer, tables[scope].name, row->name);
            if (tables[scope].provider != NULL)
                bw_json_string_member(writer, tables[scope].provider, row->provider);
            write_key_row(report, row);
            end_row(report);
        }
        bw_json_end_array(writer);
    }
}

static void write_diagnostics(struct json_report *report)
{
    struct bw_json_writer *writer = &report->writer;
    const struct bw_snapshot *snapshot = report->snapshot;
    uint32_t count = shown(report, snapshot->diagnostic_count);

    begin_rows(report, "diagnostics");
    for (uint32_t i = 0; i < count; i++) {
        const struct bw_diagnostic_row *row = &snapshot->diagnostics[i];

        bw_json_begin_object(writer);
        bw_json_text_member(writer, "text", (struct bw_text){row->text, row->text_size});
        bw_json_uint_member(writer, "count", row->count);
        bw_json_string_member(writer, "class", bw_class_name((enum bw_class)row->class_id));
        bw_json_string_member(writer, "rule", row->rule);
        end_row(report);
    }
    bw_json_end_array(writer);

    begin_rows(report, "unclassified");
    count = shown(report, snapshot->unclassified_count);
    for (uint32_t i = 0; i < count; i++) {
        const struct bw_diagnostic_row *row = &snapshot->unclassified[i];

        bw_json_begin_object(writer);
        bw_json_text_member(writer, "text", (struct bw_text){row->text, row->text_size});
        bw_json_uint_member(writer, "count", row->count);
        end_row(report);
    }
    bw_json_end_array(writer);
}

static void write_events(struct json_report *report)
{
    begin_rows(report, "events");
    for (uint32_t i = 0; i < report->snapshot->event_count; i++) {
        bw_event_json(&report->writer, &report->snapshot->events[i]);
        if (report->writer.size >= FLUSH_BYTES)
            flush(report);
    }
    bw_json_end_array(&report->writer);
}

/* What was left out of the counts, and only when there is such a thing. */
static void write_limits(struct json_report *report)
{
    struct bw_json_writer *writer = &report->writer;
    const struct bw_snapshot *snapshot = report->snapshot;

    if ((snapshot->late | snapshot->duplicates | snapshot->keys_evicted |
         snapshot->queue_ids_evicted | snapshot->diagnostics_dropped) == 0)
        return;
    bw_json_key(writer, "limits");
    bw_json_begin_object(writer);
    bw_json_uint_member(writer, "late", snapshot->late);
    bw_json_uint_member(writer, "duplicates", snapshot->duplicates);
    bw_json_uint_member(writer, "keys_evicted", snapshot->keys_evicted);
    bw_json_uint_member(writer, "queue_ids_evicted", snapshot->queue_ids_evicted);
    bw_json_uint_member(writer, "diagnostics_dropped", snapshot->diagnostics_dropped);
    bw_json_end_object(writer);
}

bool bw_report_json(const struct bw_snapshot *snapshot, const struct bw_report_options *options,
                    FILE *out)
{
    struct json_report report = {.snapshot = snapshot, .options = options, .out = out};
    struct bw_json_writer *writer = &report.writer;

    bw_json_begin_object(writer);
    bw_json_string_member(writer, "bouncewatch", options->version);
    bw_json_key(writer, "elapsed_s");
    bw_json_decimal(writer, snapshot->elapsed_s, 3);
    write_inputs(&report);
    write_lines(&report);
    write_span(&report);
    write_totals(&report);
    write_classes(&report);
    write_tables(&report);
    write_diagnostics(&report);
    write_events(&report);
    write_limits(&report);
    bw_json_end_object(writer);
    bw_json_newline(writer);
    flush(&report);
    bw_json_writer_deinit(writer);
    return !report.has_failed && ferror(out) == 0;
}
