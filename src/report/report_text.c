/*
 * The report for people: the verdict first, then the numbers behind it, then what to do.
 */
#include "base/time_text.h"
#include "report/sections.h"
#include "report/text_table.h"

/* However many events there were, at least this many of the latest are shown. */
#define TIME_LINE_ROWS_MIN 50
#define NAME_BYTES         512

static void print_header(const struct bw_page *page, const char *version)
{
    const struct bw_snapshot *snapshot = page->snapshot;
    const double seconds = snapshot->elapsed_s > 1e-6 ? snapshot->elapsed_s : 1e-6;
    uint64_t text_bytes = 0;
    char inputs[NAME_BYTES];
    char span[80] = "";

    for (uint32_t i = 0; i < snapshot->input_count; i++)
        text_bytes += snapshot->inputs[i].text_bytes;
    if (snapshot->input_count == 1)
        (void)snprintf(inputs, sizeof(inputs), "%s",
                       strcmp(snapshot->inputs[0].path, "-") == 0 ? "standard input"
                                                                  : snapshot->inputs[0].path);
    else
        (void)snprintf(inputs, sizeof(inputs), "%s inputs",
                       bw_plain_count(snapshot->input_count).text);
    if (snapshot->first_ms != INT64_MIN && snapshot->last_ms != INT64_MIN)
        (void)snprintf(span, sizeof(span), ", %s to %s UTC",
                       bw_plain_day_time(snapshot->first_ms).text,
                       bw_page_time(page, snapshot->last_ms).text);
    bw_page_print(page, BW_TONE_DIM, 2,
                  "bouncewatch %s: %s, %s lines%s; %.2f s, %s lines/s, %s MB/s",
                  version == NULL ? "" : version, inputs,
                  bw_plain_count(snapshot->lines_total).text, span, snapshot->elapsed_s,
                  bw_plain_count((uint64_t)((double)snapshot->lines_total / seconds)).text,
                  bw_plain_count((uint64_t)((double)text_bytes / 1e6 / seconds)).text);
    (void)fputc('\n', page->out);
}

static void print_outside_rate(const struct bw_page *page)
{
    const struct bw_snapshot *snapshot = page->snapshot;
    const struct {
        uint64_t count;
        const char *name;
    } parts[] = {
        {snapshot->suppressed, "suppressed"}, {snapshot->internal, "internal"},
        {snapshot->local, "local"},           {snapshot->discarded, "discarded"},
        {snapshot->probes, "probes"},
    };
    char text[256] = "";
    size_t size = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].count == 0)
            continue;
        const int written =
            snprintf(text + size, sizeof(text) - size, "%s%s %s", size == 0 ? "" : ", ",
                     bw_plain_count(parts[i].count).text, parts[i].name);
        if (written > 0 && (size_t)written < sizeof(text) - size)
            size += (size_t)written;
    }
    if (size > 0)
        bw_page_print(page, BW_TONE_DIM, 2, "Not in the rate: %s.", text);
}

static void print_totals(const struct bw_page *page)
{
    const struct bw_snapshot *snapshot = page->snapshot;
    const struct bw_tally *totals = &snapshot->totals;

    if (snapshot->lines_outcome == 0)
        return;
    if ((totals->delivered | totals->hard | totals->soft | totals->expired) != 0)
        bw_page_print(page, BW_TONE_PLAIN, 2, "%s delivered, %s hard (%s), %s soft, %s expired.",
                      bw_plain_count(totals->delivered).text, bw_plain_count(totals->hard).text,
                      bw_plain_percent(snapshot->rate).text, bw_plain_count(totals->soft).text,
                      bw_plain_count(totals->expired).text);
    if (totals->recipient + totals->block > 0)
        bw_page_print(page, BW_TONE_PLAIN, 2,
                      "Of the hard ones %s are the recipients' fault (clean the list) and %s are "
                      "blocks (stop and mend).",
                      bw_plain_count(totals->recipient).text, bw_plain_count(totals->block).text);
    print_outside_rate(page);
}

static void print_classes(struct bw_page *page)
{
    static const struct bw_table_column columns[] = {
        {.title = "count", .is_right = true},
        {.title = "share", .is_right = true},
        {.title = "class", .is_flexible = true},
        {.title = "bounce"},
        {.title = "fault"},
    };
    const struct bw_snapshot *snapshot = page->snapshot;
    struct bw_text_table table;
    uint64_t failures = 0;

    if (snapshot->class_count == 0)
        return;
    for (uint32_t i = 0; i < snapshot->class_count; i++)
        failures += snapshot->classes[i].count;
    bw_text_table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    for (uint32_t i = 0; i < snapshot->class_count; i++) {
        const struct bw_class_count *row = &snapshot->classes[i];

        bw_text_table_add_count(&table, row->count);
        bw_text_table_add_string(&table, bw_plain_share(row->count, failures).text);
        bw_text_table_add_string(&table, bw_class_name((enum bw_class)row->class_id));
        bw_text_table_add_string(&table, bw_bounce_name((enum bw_bounce)row->bounce));
        bw_text_table_add_string(&table, bw_fault_name((enum bw_fault)row->fault));
    }
    bw_page_title(page, "Why");
    bw_text_table_print(&table, page);
    page->is_broken = page->is_broken || table.is_broken;
    bw_text_table_deinit(&table);
}

static void print_diagnostics(struct bw_page *page)
{
    static const struct bw_table_column columns[] = {
        {.title = "count", .is_right = true},
        {.title = "class", .is_optional = true},
        {.title = "text", .is_flexible = true},
    };
    const struct bw_snapshot *snapshot = page->snapshot;
    struct bw_text_table table;

    if (snapshot->diagnostic_count == 0)
        return;
    bw_text_table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    for (uint32_t i = 0; i < snapshot->diagnostic_count && i < page->top; i++) {
        const struct bw_diagnostic_row *row = &snapshot->diagnostics[i];

        bw_text_table_add_count(&table, row->count);
        bw_text_table_add(&table, BW_TONE_DIM,
                          bw_text_of(bw_class_name((enum bw_class)row->class_id)));
        bw_text_table_add(&table, BW_TONE_PLAIN, (struct bw_text){row->text, row->text_size});
    }
    bw_page_title(page, "What the other side says");
    bw_text_table_print(&table, page);
    page->is_broken = page->is_broken || table.is_broken;
    bw_text_table_deinit(&table);
}

static void add_event(struct bw_text_table *table, const struct bw_event *event)
{
    const bool is_zone = event->type == BW_EVENT_ZONE;
    const enum bw_zone zone = is_zone ? (enum bw_zone)event->zone : BW_ZONE_BLOCKING;
    char window[BW_WINDOW_TEXT_BYTES] = "";
    char what[NAME_BYTES];

    if (is_zone) {
        bw_window_format(event->window_s, window);
        (void)snprintf(what, sizeof(what), "%s -> %s", bw_zone_name((enum bw_zone)event->previous),
                       bw_zone_name(zone));
    } else {
        (void)snprintf(what, sizeof(what), "says %s%s%s%s",
                       event->notice == NULL ? "block" : event->notice,
                       event->named == NULL ? "" : " (", event->named == NULL ? "" : event->named,
                       event->named == NULL ? "" : ")");
    }
    bw_text_table_add_string(table, bw_plain_day_time(event->time_ms).text);
    bw_text_table_add_string(table, event->key);
    bw_text_table_add_string(table, window);
    bw_text_table_add(table, bw_page_zone_tone(zone), bw_text_of(what));
    bw_text_table_add_string(table, is_zone ? bw_plain_percent(event->rate).text : "");
}

static void print_time_line(struct bw_page *page)
{
    static const struct bw_table_column columns[] = {
        {.title = "when (UTC)"},
        {.title = "key", .is_flexible = true},
        {.title = "window"},
        {.title = "zone", .is_flexible = true},
        {.title = "rate", .is_right = true},
    };
    const struct bw_snapshot *snapshot = page->snapshot;
    const uint32_t rows_max = page->top > TIME_LINE_ROWS_MIN ? page->top : TIME_LINE_ROWS_MIN;
    struct bw_text_table table;
    uint32_t count = 0;
    uint32_t skipped;

    for (uint32_t i = 0; i < snapshot->event_count; i++)
        count += snapshot->events[i].type != BW_EVENT_NOTICE ? 1 : 0;
    if (count == 0)
        return;
    skipped = count > rows_max ? count - rows_max : 0;
    bw_page_title(page, "Zone changes");
    if (skipped > 0)
        bw_page_print(page, BW_TONE_DIM, 4,
                      "  %s earlier events are in --events and in the JSON "
                      "report",
                      bw_plain_count(skipped).text);
    bw_text_table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    for (uint32_t i = 0; i < snapshot->event_count; i++) {
        if (snapshot->events[i].type == BW_EVENT_NOTICE)
            continue;
        if (skipped > 0)
            skipped--;
        else
            add_event(&table, &snapshot->events[i]);
    }
    bw_text_table_print(&table, page);
    page->is_broken = page->is_broken || table.is_broken;
    bw_text_table_deinit(&table);
}

bool bw_report_text(const struct bw_snapshot *snapshot, const struct bw_report_options *options,
                    FILE *out)
{
    struct bw_page page;

    bw_page_init(&page, snapshot, options, out);
    print_header(&page, options->version);
    bw_section_headline(&page);
    print_totals(&page);
    bw_section_keys(&page);
    print_classes(&page);
    bw_section_advice(&page);
    print_diagnostics(&page);
    print_time_line(&page);
    bw_section_problems(&page);
    return !page.is_broken && ferror(out) == 0;
}
