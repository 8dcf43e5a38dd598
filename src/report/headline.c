/*
 * The one thing to read: the worst zone now, or that there is none.
 */
#include "base/time_text.h"
#include "report/sections.h"

#include <stdarg.h>

#define NAMED_MAX      3
#define SENTENCE_BYTES 1024

/* Keys that a sentence names, most general scope first: a blocking provider says more than the
 * senders that met it. */
static const enum bw_scope scope_order[] = {BW_SCOPE_PROVIDER, BW_SCOPE_SENDER_PROVIDER,
                                            BW_SCOPE_SENDER_DOMAIN, BW_SCOPE_RECIPIENT_DOMAIN};

#define SCOPE_ORDER_COUNT (sizeof(scope_order) / sizeof(scope_order[0]))

enum moment { MOMENT_NOW, MOMENT_EARLIER };

struct sentence {
    char text[SENTENCE_BYTES];
    size_t size;
    uint64_t named, more;
};

__attribute__((format(printf, 2, 3))) static void say(struct sentence *sentence, const char *format,
                                                      ...);

static void say(struct sentence *sentence, const char *format, ...)
{
    const size_t room = sizeof(sentence->text) - sentence->size;
    va_list arguments;

    va_start(arguments, format);
    const int size = vsnprintf(sentence->text + sentence->size, room, format, arguments);
    va_end(arguments);
    if (size > 0)
        sentence->size += (size_t)size < room ? (size_t)size : room - 1;
}

static bool is_key(const struct bw_event *event, enum bw_scope scope, const struct bw_key_row *row)
{
    if (event->type != BW_EVENT_ZONE || event->scope != scope)
        return false;
    if (scope != BW_SCOPE_SENDER_PROVIDER)
        return event->key != NULL && strcmp(event->key, row->name) == 0;
    return event->sender != NULL && event->provider != NULL && row->provider != NULL &&
           strcmp(event->sender, row->name) == 0 && strcmp(event->provider, row->provider) == 0;
}

/* True when a later event says that this key has left the zone in this window again. */
static bool is_over(const struct bw_snapshot *snapshot, enum bw_scope scope,
                    const struct bw_key_row *row, uint32_t index)
{
    const struct bw_event *event = &snapshot->events[index];

    for (uint32_t i = index + 1; i < snapshot->event_count; i++)
        if (snapshot->events[i].window_s == event->window_s &&
            is_key(&snapshot->events[i], scope, row))
            return true;
    return false;
}

/* The event that put the row into `zone`: the last one that still holds for now, the first one for
 * earlier. */
static const struct bw_event *find_event(const struct bw_snapshot *snapshot, enum bw_scope scope,
                                         const struct bw_key_row *row, enum moment moment)
{
    const bool is_now = moment == MOMENT_NOW;
    const uint8_t zone = is_now ? row->zone : row->worst_zone;

    for (uint32_t i = 0; i < snapshot->event_count; i++) {
        const uint32_t index = is_now ? snapshot->event_count - 1 - i : i;
        const struct bw_event *event = &snapshot->events[index];
        if (event->zone == zone && is_key(event, scope, row) &&
            !(is_now && is_over(snapshot, scope, row, index)))
            return event;
    }
    return NULL;
}

static void say_name(struct sentence *sentence, enum bw_scope scope, const struct bw_key_row *row)
{
    switch (scope) {
    case BW_SCOPE_RECIPIENT_DOMAIN: say(sentence, "mail to %s", row->name); return;
    case BW_SCOPE_SENDER_DOMAIN: say(sentence, "mail from %s", row->name); return;
    case BW_SCOPE_SENDER_PROVIDER:
        say(sentence, "%s at %s", row->name, row->provider == NULL ? "?" : row->provider);
        return;
    case BW_SCOPE_PROVIDER:
    case BW_SCOPE_COUNT: say(sentence, "%s", row->name); return;
    }
}

static void say_key(const struct bw_page *page, struct sentence *sentence, enum bw_scope scope,
                    const struct bw_key_row *row, enum moment moment)
{
    const struct bw_event *event = find_event(page->snapshot, scope, row, moment);
    uint64_t attempts = row->tally.delivered + row->tally.hard;
    double rate = row->rate;
    char window[BW_WINDOW_TEXT_BYTES] = "";

    if (event != NULL) {
        attempts = event->delivered + event->hard;
        rate = event->rate;
        bw_window_format(event->window_s, window);
    }
    say(sentence, "%s", sentence->named == 0 ? "" : "; ");
    say_name(sentence, scope, row);
    say(sentence, " %s hard bounces of %s attempts", bw_plain_percent(rate).text,
        bw_plain_count(attempts).text);
    if (event != NULL)
        say(sentence, " in %s (%s %s)", window, moment == MOMENT_NOW ? "since" : "at",
            bw_page_time(page, event->time_ms).text);
    sentence->named++;
}

/* All keys that are in the zone now, or were in it and left it. */
static void collect(const struct bw_page *page, struct sentence *sentence, enum bw_zone zone,
                    enum moment moment)
{
    const struct bw_snapshot *snapshot = page->snapshot;

    for (size_t k = 0; k < SCOPE_ORDER_COUNT; k++) {
        const enum bw_scope scope = scope_order[k];
        for (uint32_t i = 0; i < snapshot->table_counts[scope]; i++) {
            const struct bw_key_row *row = &snapshot->tables[scope][i];
            const bool is_meant = moment == MOMENT_NOW
                                      ? row->zone == zone
                                      : row->worst_zone == zone && row->zone < row->worst_zone;
            if (is_meant && sentence->named < NAMED_MAX)
                say_key(page, sentence, scope, row, moment);
            else if (is_meant)
                sentence->more++;
        }
    }
}

static bool print_zone(const struct bw_page *page, enum bw_zone zone, enum moment moment)
{
    const char *name = zone == BW_ZONE_BLOCKING ? "BLOCKING" : "WARNING";
    const bool is_now = moment == MOMENT_NOW;
    struct sentence sentence = {0};

    collect(page, &sentence, zone, moment);
    if (sentence.named == 0)
        return false;
    if (sentence.more > 0)
        say(&sentence, "; and %s more", bw_plain_count(sentence.more).text);
    bw_page_print(page, is_now ? bw_page_zone_tone(zone) : BW_TONE_WARNING, 2, "%s%s: %s.",
                  is_now ? "" : "Was ", name, sentence.text);
    return true;
}

static bool is_block(const struct bw_event *event)
{
    return event->type == BW_EVENT_BLOCK && event->key != NULL && event->notice != NULL;
}

static bool is_repeated(const struct bw_snapshot *snapshot, uint32_t index)
{
    const struct bw_event *event = &snapshot->events[index];

    for (uint32_t i = index + 1; i < snapshot->event_count; i++) {
        const struct bw_event *later = &snapshot->events[i];
        if (is_block(later) && later->scope == event->scope &&
            strcmp(later->key, event->key) == 0 && strcmp(later->notice, event->notice) == 0)
            return true;
    }
    return false;
}

/* Providers that say themselves that they block us, the latest first. */
static void print_blocks(const struct bw_page *page)
{
    const struct bw_snapshot *snapshot = page->snapshot;
    struct sentence sentence = {0};

    for (uint32_t i = snapshot->event_count; i > 0 && sentence.named < NAMED_MAX; i--) {
        const struct bw_event *event = &snapshot->events[i - 1];
        if (!is_block(event) || is_repeated(snapshot, i - 1))
            continue;
        say(&sentence, "%s%s %s", sentence.named == 0 ? "" : "; ", event->key, event->notice);
        if (event->named != NULL)
            say(&sentence, " (%s)", event->named);
        say(&sentence, " at %s", bw_page_time(page, event->time_ms).text);
        sentence.named++;
    }
    if (sentence.named > 0)
        bw_page_print(page, BW_TONE_BLOCKING, 2, "Blocked, as the other side says: %s.",
                      sentence.text);
}

/* True when it was said why there is no verdict. */
static bool print_nothing_sent(const struct bw_page *page)
{
    const struct bw_snapshot *snapshot = page->snapshot;
    const struct bw_tally *totals = &snapshot->totals;

    if (snapshot->lines_total == 0) {
        bw_page_print(page, BW_TONE_WARNING, 2,
                      "no delivery outcome was found: the input holds no line.");
        return true;
    }
    if (snapshot->lines_outcome == 0) {
        bw_page_print(page, BW_TONE_WARNING, 2,
                      "no delivery outcome was found: %s lines were read, %s of them of a known "
                      "mail program; is this a Postfix log?",
                      bw_plain_count(snapshot->lines_total).text,
                      bw_plain_count(snapshot->lines_known).text);
        return true;
    }
    if ((totals->delivered | totals->hard | totals->soft | totals->expired) != 0)
        return false;
    bw_page_print(page, BW_TONE_PLAIN, 2, "No mail went to a remote host.");
    return true;
}

static bool was_in_a_zone(const struct bw_snapshot *snapshot)
{
    for (uint32_t scope = 0; scope < BW_SCOPE_COUNT; scope++)
        for (uint32_t i = 0; i < snapshot->table_counts[scope]; i++)
            if (snapshot->tables[scope][i].worst_zone != BW_ZONE_ACCEPTABLE)
                return true;
    return false;
}

void bw_section_headline(const struct bw_page *page)
{
    if (print_nothing_sent(page))
        return;
    const bool is_blocking = print_zone(page, BW_ZONE_BLOCKING, MOMENT_NOW);
    const bool is_warning = print_zone(page, BW_ZONE_WARNING, MOMENT_NOW);
    const bool is_acceptable = !is_blocking && !is_warning;

    if (is_acceptable)
        bw_page_print(page, BW_TONE_PLAIN, 2, "All providers acceptable%s.",
                      was_in_a_zone(page->snapshot) ? " at the end of the log" : "");
    /* A warning that passed is news only when there is nothing worse. */
    if (!print_zone(page, BW_ZONE_BLOCKING, MOMENT_EARLIER) && is_acceptable)
        (void)print_zone(page, BW_ZONE_WARNING, MOMENT_EARLIER);
    print_blocks(page);
}
