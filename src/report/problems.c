/*
 * What limits the trust in the numbers.
 */
#include "report/sections.h"

#define WHAT_BYTES 1024

struct problem_writer {
    const struct bw_page *page;
    bool has_title;
};

static void print_counted(struct problem_writer *writer, uint64_t count, const char *what)
{
    if (count == 0)
        return;
    if (!writer->has_title)
        bw_page_title(writer->page, "Problems");
    writer->has_title = true;
    bw_page_print(writer->page, BW_TONE_WARNING, 4, "  %s %s", bw_plain_count(count).text, what);
}

static void print_sentence(struct problem_writer *writer, const char *subject, const char *what)
{
    if (!writer->has_title)
        bw_page_title(writer->page, "Problems");
    writer->has_title = true;
    bw_page_print(writer->page, BW_TONE_WARNING, 4, "  %s: %s", subject, what);
}

static void print_inputs(struct problem_writer *writer)
{
    const struct bw_snapshot *snapshot = writer->page->snapshot;

    for (uint32_t i = 0; i < snapshot->input_count; i++) {
        const struct bw_input_row *input = &snapshot->inputs[i];
        if (!input->complete)
            print_sentence(writer, input->path == NULL ? "-" : input->path,
                           input->fault == NULL ? "not read to its end" : input->fault);
    }
}

static void print_lines(struct problem_writer *writer)
{
    const struct bw_snapshot *snapshot = writer->page->snapshot;
    char what[WHAT_BYTES];

    (void)snprintf(what, sizeof(what), "malformed lines look like an outcome and cannot be read");
    if (snapshot->malformed_count > 0)
        (void)snprintf(
            what, sizeof(what),
            "malformed lines look like an outcome and cannot be read; the first: %s:%llu",
            snapshot->malformed[0].file, (unsigned long long)snapshot->malformed[0].line);
    print_counted(writer, snapshot->lines_malformed, what);
    (void)snprintf(what, sizeof(what),
                   "unknown lines (%s of all) belong to no program that is known",
                   bw_plain_share(snapshot->lines_unknown, snapshot->lines_total).text);
    print_counted(writer, snapshot->lines_unknown, what);
    print_counted(writer, snapshot->lines_cut, "lines were over the limit of 64 KiB and were cut");
}

/* Notices that the other lines of the section do not tell in their own words. */
static void print_notices(struct problem_writer *writer)
{
    static const char *const told[] = {"source_unreadable", "unknown_lines", "input_lost",
                                       "clock_doubtful"};
    const struct bw_snapshot *snapshot = writer->page->snapshot;

    for (uint32_t i = 0; i < snapshot->event_count; i++) {
        const struct bw_event *event = &snapshot->events[i];
        bool is_told = event->type != BW_EVENT_NOTICE || event->notice == NULL;
        for (size_t k = 0; k < sizeof(told) / sizeof(told[0]) && !is_told; k++)
            is_told = strcmp(told[k], event->notice) == 0;
        if (!is_told)
            print_sentence(writer, event->key == NULL ? event->notice : event->key,
                           event->cause == NULL ? event->notice : event->cause);
    }
}

void bw_section_problems(const struct bw_page *page)
{
    const struct bw_snapshot *snapshot = page->snapshot;
    struct problem_writer writer = {.page = page};

    print_inputs(&writer);
    print_lines(&writer);
    print_counted(&writer, snapshot->late,
                  "outcomes came later than the longest window holds; they count in the totals "
                  "and in no zone: the clock, the year or the order of the files is doubtful");
    print_counted(&writer, snapshot->duplicates,
                  "outcomes stood in the logs more than once and were counted once");
    print_counted(&writer, snapshot->keys_evicted,
                  "keys were given up because the table was full; raise max_keys");
    print_counted(&writer, snapshot->queue_ids_evicted,
                  "queue ids were given up because the table was full, so their senders are not "
                  "known; raise max_queue_ids");
    print_counted(&writer, snapshot->diagnostics_dropped,
                  "failure texts are not listed because the table was full");
    print_notices(&writer);
}
