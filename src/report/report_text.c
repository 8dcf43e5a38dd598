/*
 * The report for people: zones first, then why, then what to do.
 */
#include "report/report.h"

#include "base/time_text.h"

#include <inttypes.h>

#define WIDTH_DEFAULT 100
#define ACTIONS_MAX   5
#define EVENTS_SHOWN  12

struct printer {
    FILE *out;
    const struct bw_snapshot *snapshot;
    const struct bw_report_options *options;
    uint32_t width;
};

/* Print at most `columns` characters of a text from a log: no control characters, no broken
 * UTF-8 reach a terminal. */
static void print_text(FILE *out, struct bw_text text, size_t columns)
{
    for (size_t i = 0; i < text.size && columns > 0; i++, columns--) {
        const char byte = text.bytes[i];
        (void)fputc(byte >= 0x20 && byte < 0x7F ? byte : '?', out);
    }
}

/* 1234567 -> "1,234,567". */
static const char *grouped(uint64_t number, char text[32])
{
    char digits[24];
    const int size = snprintf(digits, sizeof(digits), "%" PRIu64, number);
    size_t at = 0;

    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

static const char *color_of(const struct printer *printer, enum bw_zone zone)
{
    if (!printer->options->has_color || zone == BW_ZONE_ACCEPTABLE)
        return "";
    return zone == BW_ZONE_BLOCKING ? "\033[1;31m" : "\033[1;33m";
}

static const char *color_end(const struct printer *printer, enum bw_zone zone)
{
    return printer->options->has_color && zone != BW_ZONE_ACCEPTABLE ? "\033[0m" : "";
}

static void heading(const struct printer *printer, const char *title)
{
    (void)fprintf(printer->out, "\n%s%s%s\n", printer->options->has_color ? "\033[1m" : "", title,
                  printer->options->has_color ? "\033[0m" : "");
}

static void print_header(const struct printer *printer)
{
    const struct bw_snapshot *snapshot = printer->snapshot;
    char first[BW_TIME_TEXT_BYTES];
    char last[BW_TIME_TEXT_BYTES];
    char number[32];
    uint64_t text_bytes = 0;

    for (uint32_t i = 0; i < snapshot->input_count; i++)
        text_bytes += snapshot->inputs[i].text_bytes;
    (void)fprintf(printer->out, "bouncewatch %s: %" PRIu32 " input%s, %s lines",
                  printer->options->version, snapshot->input_count,
                  snapshot->input_count == 1 ? "" : "s", grouped(snapshot->lines_total, number));
    if (snapshot->elapsed_s > 0.0005)
        (void)fprintf(printer->out, " in %.2f s (%.0f MB/s)", snapshot->elapsed_s,
                      (double)text_bytes / 1e6 / snapshot->elapsed_s);
    (void)fprintf(printer->out, "\n");
    if (snapshot->first_ms == INT64_MIN || snapshot->last_ms == INT64_MIN)
        return;
    bw_time_format(snapshot->first_ms, first);
    bw_time_format(snapshot->last_ms, last);
    (void)fprintf(printer->out, "from %.16s to %.16s UTC\n", first, last);
}

/* The one sentence to read when there is time for only one. */
static void print_verdict(const struct printer *printer)
{
    const struct bw_snapshot *snapshot = printer->snapshot;
    const uint32_t count = snapshot->table_counts[BW_SCOPE_PROVIDER];
    enum bw_zone worst = BW_ZONE_ACCEPTABLE;

    if (snapshot->lines_outcome == 0) {
        (void)fprintf(printer->out,
                      "\nNo delivery outcome was found. Is this a Postfix log? (%" PRIu64
                      " of %" PRIu64 " lines belong to no known program)\n",
                      snapshot->lines_unknown, snapshot->lines_total);
        return;
    }
    (void)fprintf(printer->out, "\n");
    for (uint32_t i = 0; i < count; i++) {
        const struct bw_key_row *row = &snapshot->tables[BW_SCOPE_PROVIDER][i];
        const enum bw_zone zone = (enum bw_zone)row->worst_zone;
        char time[BW_TIME_TEXT_BYTES];

        if (zone == BW_ZONE_ACCEPTABLE)
            continue;
        worst = zone > worst ? zone : worst;
        bw_time_format(row->worst_zone_ms, time);
        (void)fprintf(printer->out,
                      "%s%s%s: %s entered the %s zone at %.16s UTC; %.1f %% hard bounces over "
                      "all; now %s.\n",
                      color_of(printer, zone), zone == BW_ZONE_BLOCKING ? "BLOCKING" : "WARNING",
                      color_end(printer, zone), row->name, bw_zone_name(zone), time,
                      row->rate * 100.0, bw_zone_name((enum bw_zone)row->zone));
    }
    if (worst == BW_ZONE_ACCEPTABLE)
        (void)fprintf(printer->out, "All providers stayed acceptable.\n");
}

static void print_totals(const struct printer *printer)
{
    const struct bw_snapshot *snapshot = printer->snapshot;
    const struct bw_tally *tally = &snapshot->totals;
    char numbers[6][32];

    (void)fprintf(printer->out,
                  "%s delivered, %s hard (%.2f %%), %s deferrals, %s expired; %s recipient fault, "
                  "%s block\n",
                  grouped(tally->delivered, numbers[0]), grouped(tally->hard, numbers[1]),
                  snapshot->rate * 100.0, grouped(tally->soft, numbers[2]),
                  grouped(tally->expired, numbers[3]), grouped(tally->recipient, numbers[4]),
                  grouped(tally->block, numbers[5]));
}

static void print_zone(const struct printer *printer, const struct bw_key_row *row)
{
    const enum bw_zone zone = (enum bw_zone)row->zone;
    const enum bw_zone worst = (enum bw_zone)row->worst_zone;
    char text[32];

    if (worst > zone)
        (void)snprintf(text, sizeof(text), "was %s", bw_zone_name(worst));
    else
        (void)snprintf(text, sizeof(text), "%s", bw_zone_name(zone));
    (void)fprintf(printer->out, "%s%-12s%s", color_of(printer, worst), text,
                  color_end(printer, worst));
}

static void print_table(const struct printer *printer, enum bw_scope scope, const char *title)
{
    const struct bw_key_row *rows = printer->snapshot->tables[scope];
    const uint32_t count = printer->snapshot->table_counts[scope];
    uint32_t shown = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct bw_key_row *row = &rows[i];
        char name[512];
        char numbers[4][32];

        if (printer->options->top > 0 && shown == printer->options->top)
            break;
        if (scope != BW_SCOPE_PROVIDER && row->tally.hard + row->tally.soft == 0)
            continue;
        if (shown++ == 0) {
            heading(printer, title);
            (void)fprintf(printer->out, "  %-12s  %-28s %12s %9s %7s %9s  %s\n", "zone", "",
                          "delivered", "hard", "rate", "deferred", "mostly");
        }
        (void)snprintf(name, sizeof(name), "%s%s%s", row->name,
                       scope == BW_SCOPE_SENDER_PROVIDER ? " at " : "",
                       scope == BW_SCOPE_SENDER_PROVIDER ? row->provider : "");
        (void)fprintf(printer->out, "  ");
        print_zone(printer, row);
        (void)fprintf(printer->out, "  ");
        print_text(printer->out, bw_text_of(name), 28);
        for (size_t pad = strlen(name); pad < 28; pad++)
            (void)fputc(' ', printer->out);
        (void)fprintf(printer->out, " %12s %9s %6.2f%% %9s  %s\n",
                      grouped(row->tally.delivered, numbers[0]),
                      grouped(row->tally.hard, numbers[1]), row->rate * 100.0,
                      grouped(row->tally.soft, numbers[2]),
                      row->class_count == 0
                          ? ""
                          : bw_class_name((enum bw_class)row->classes[0].class_id));
    }
}

static void print_why(const struct printer *printer)
{
    const struct bw_snapshot *snapshot = printer->snapshot;
    uint64_t all = 0;

    if (snapshot->class_count == 0)
        return;
    for (uint32_t i = 0; i < snapshot->class_count; i++)
        all += snapshot->classes[i].count;
    heading(printer, "Why");
    for (uint32_t i = 0; i < snapshot->class_count && i < 10; i++) {
        const struct bw_class_count *row = &snapshot->classes[i];
        char number[32];
        (void)fprintf(printer->out, "  %10s %5.1f%%  %-4s  %-30s fault: %s\n",
                      grouped(row->count, number), (double)row->count * 100.0 / (double)all,
                      bw_bounce_name((enum bw_bounce)row->bounce),
                      bw_class_name((enum bw_class)row->class_id),
                      bw_fault_name((enum bw_fault)row->fault));
    }
}

static bool is_new(const char *const *seen, size_t count, const char *action)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(seen[i], action) == 0)
            return false;
    return action != NULL;
}

/* What zones and blocks ask for first, then the most frequent hard classes. */
static void print_actions(const struct printer *printer)
{
    const struct bw_snapshot *snapshot = printer->snapshot;
    const char *seen[ACTIONS_MAX];
    size_t count = 0;

    for (uint32_t i = 0; i < snapshot->event_count && count < ACTIONS_MAX; i++) {
        const struct bw_event *event = &snapshot->events[i];
        if (event->type != BW_EVENT_ZONE || event->zone <= event->previous ||
            event->action == NULL || !is_new(seen, count, event->action))
            continue;
        if (count == 0)
            heading(printer, "What to do first");
        seen[count++] = event->action;
        (void)fprintf(printer->out, "  %zu. %s: %s\n     %s\n", count, event->key, event->cause,
                      event->action);
    }
    for (uint32_t i = 0; i < snapshot->class_count && count < 3; i++) {
        const enum bw_class class_id = (enum bw_class)snapshot->classes[i].class_id;
        if (snapshot->classes[i].bounce != BW_BOUNCE_HARD ||
            !is_new(seen, count, bw_class_action(class_id)))
            continue;
        if (count == 0)
            heading(printer, "What to do first");
        seen[count++] = bw_class_action(class_id);
        (void)fprintf(printer->out, "  %zu. %s: %s\n     %s\n", count, bw_class_name(class_id),
                      bw_class_cause(class_id), bw_class_action(class_id));
    }
}

static void print_diagnostics(const struct printer *printer)
{
    const struct bw_snapshot *snapshot = printer->snapshot;

    if (snapshot->diagnostic_count == 0)
        return;
    heading(printer, "What they say");
    for (uint32_t i = 0; i < snapshot->diagnostic_count && i < 8; i++) {
        const struct bw_diagnostic_row *row = &snapshot->diagnostics[i];
        char number[32];
        (void)fprintf(printer->out, "  %10s  ", grouped(row->count, number));
        print_text(printer->out, (struct bw_text){row->text, row->text_size},
                   printer->width - 14);
        (void)fprintf(printer->out, "\n");
    }
}

static void print_events(const struct printer *printer)
{
    const struct bw_snapshot *snapshot = printer->snapshot;
    uint32_t shown = 0;

    for (uint32_t i = 0; i < snapshot->event_count && shown < EVENTS_SHOWN; i++) {
        const struct bw_event *event = &snapshot->events[i];
        const enum bw_zone zone = (enum bw_zone)event->zone;
        char time[BW_TIME_TEXT_BYTES];

        if (event->type != BW_EVENT_ZONE || (event->scope != BW_SCOPE_PROVIDER &&
                                             event->scope != BW_SCOPE_SENDER_PROVIDER))
            continue;
        if (shown++ == 0)
            heading(printer, "When (UTC)");
        bw_time_format(event->time_ms, time);
        (void)fprintf(printer->out, "  %.10s %.5s  %-32.32s %3" PRIu32 "h  %s -> %s%s%s  %.2f %%\n",
                      time, time + 11, event->key, event->window_s / 3600,
                      bw_zone_name((enum bw_zone)event->previous), color_of(printer, zone),
                      bw_zone_name(zone), color_end(printer, zone), event->rate * 100.0);
    }
}

static void print_problems(const struct printer *printer)
{
    const struct bw_snapshot *snapshot = printer->snapshot;
    FILE *out = printer->out;

    for (uint32_t i = 0; i < snapshot->input_count; i++) {
        if (snapshot->inputs[i].complete)
            continue;
        (void)fprintf(out, "\nNot complete: ");
        print_text(out, bw_text_of(snapshot->inputs[i].path), printer->width);
        (void)fprintf(out, ": %s\n", snapshot->inputs[i].fault);
    }
    if (snapshot->lines_malformed > 0)
        (void)fprintf(out, "\n%" PRIu64 " lines look like outcomes and cannot be read, first at %s:%" PRIu64 "\n",
                      snapshot->lines_malformed, snapshot->malformed[0].file,
                      snapshot->malformed[0].line);
    if (snapshot->lines_unknown * 100 > snapshot->lines_total)
        (void)fprintf(out, "\n%" PRIu64 " of %" PRIu64 " lines belong to no known program\n",
                      snapshot->lines_unknown, snapshot->lines_total);
    if (snapshot->late + snapshot->keys_evicted + snapshot->queue_ids_evicted > 0)
        (void)fprintf(out,
                      "\nLimits reached: %" PRIu64 " late outcomes, %" PRIu64
                      " keys and %" PRIu64 " queue ids dropped\n",
                      snapshot->late, snapshot->keys_evicted, snapshot->queue_ids_evicted);
}

bool bw_report_text(const struct bw_snapshot *snapshot, const struct bw_report_options *options,
                    FILE *out)
{
    const struct printer printer = {
        .out = out,
        .snapshot = snapshot,
        .options = options,
        .width = options->width < 60 ? WIDTH_DEFAULT : options->width,
    };

    print_header(&printer);
    print_verdict(&printer);
    if (snapshot->lines_outcome > 0) {
        print_totals(&printer);
        print_table(&printer, BW_SCOPE_PROVIDER, "Providers");
        print_actions(&printer);
        print_why(&printer);
        print_table(&printer, BW_SCOPE_SENDER_PROVIDER, "Senders at providers");
        print_table(&printer, BW_SCOPE_RECIPIENT_DOMAIN, "Recipient domains");
        print_table(&printer, BW_SCOPE_SENDER_DOMAIN, "Sender domains");
        print_diagnostics(&printer);
        print_events(&printer);
    }
    print_problems(&printer);
    return fflush(out) == 0 && ferror(out) == 0;
}
