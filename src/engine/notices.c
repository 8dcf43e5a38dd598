/*
 * What the reading itself has to tell, and the book of events.
 */
#include "base/hash.h"
#include "engine/ledger_state.h"

#include <stdlib.h>

static uint64_t event_id(const struct bw_event *event)
{
    const struct {
        uint64_t key, window, time, kinds;
    } parts = {
        .key = bw_hash_pair(bw_hash(bw_text_of(event->key == NULL ? "" : event->key)),
                            bw_hash(bw_text_of(event->notice == NULL ? "" : event->notice))),
        .window = event->window_s,
        .time = (uint64_t)event->time_ms,
        .kinds = (uint64_t)event->type << 16U | (uint64_t)event->scope << 8U | event->zone,
    };

    return bw_hash((struct bw_text){(const char *)&parts, sizeof(parts)});
}

/* False: there is no room, or no memory for it. */
static bool make_event_room(struct bw_ledger *ledger)
{
    struct bw_snapshot *totals = &ledger->totals;
    const uint32_t most =
        ledger->options.events_max == 0 ? BW_EVENTS_KEPT_MAX : ledger->options.events_max;

    if (totals->event_count == most) {
        ledger->events_dropped++;
        if (!ledger->options.keeps_latest)
            return false;
        bw_event_deinit(&totals->events[0]);
        (void)memmove(totals->events, totals->events + 1, (most - 1) * sizeof(*totals->events));
        totals->event_count--;
    }
    if (totals->event_count < ledger->event_capacity)
        return true;
    const uint32_t capacity = ledger->event_capacity == 0 ? 64 : ledger->event_capacity * 2;
    struct bw_event *events = realloc(totals->events, capacity * sizeof(*events));
    if (events == NULL) {
        ledger->is_broken = true;
        return false;
    }
    totals->events = events;
    ledger->event_capacity = capacity;
    return true;
}

void bw_ledger_emit(struct bw_ledger *ledger, struct bw_event *event)
{
    if (ledger->is_muted) {
        bw_event_deinit(event);
        return;
    }
    event->id = event_id(event);
    if (ledger->on_event != NULL)
        ledger->on_event(event, ledger->event_context);
    if (make_event_room(ledger))
        ledger->totals.events[ledger->totals.event_count++] = *event;
    else
        bw_event_deinit(event);
}

static void tell(struct bw_ledger *ledger, const char *notice, const char *key, uint64_t value,
                 uint64_t threshold, const char *const words[2])
{
    const struct bw_snapshot *totals = &ledger->totals;
    struct bw_event event = {
        .type = BW_EVENT_NOTICE,
        .scope = BW_SCOPE_COUNT,
        .time_ms = totals->last_ms,
        .value = value,
        .threshold = threshold,
        .notice = bw_ledger_copy(ledger, bw_text_of(notice)),
        .key = bw_ledger_copy(ledger, bw_text_of(key)),
        .cause = bw_ledger_copy(ledger, bw_text_of(words[0])),
        .action = bw_ledger_copy(ledger, bw_text_of(words[1])),
    };

    bw_ledger_emit(ledger, &event);
}

static void tell_of_inputs(struct bw_ledger *ledger)
{
    static const char *const words[] = {
        "An input could not be read to its end; what came before the fault is counted.",
        "Fetch the file again from its source and repeat the scan.",
    };

    for (uint32_t i = 0; i < ledger->totals.input_count; i++)
        if (!ledger->totals.inputs[i].complete)
            tell(ledger, "source_unreadable", ledger->totals.inputs[i].path, 0, 0, words);
}

static void tell_of_losses(struct bw_ledger *ledger)
{
    const struct {
        const char *key;
        uint64_t count;
        const char *words[2];
    } losses[] = {
        {"lines",
         ledger->totals.lines_cut,
         {"Lines were longer than 64 KiB and were cut.",
          "Look at them; if they are no log lines, leave that file out."}},
        {"keys",
         bw_ledger_keys_lost(ledger),
         {"There were more domains and senders than the table holds; the quietest were dropped.",
          "Raise max_keys in the configuration."}},
        {"queue_ids",
         bw_ledger_queue_ids_lost(ledger),
         {"More messages were on their way than the table holds; some senders are not known.",
          "Raise max_queue_ids in the configuration."}},
    };

    for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
        if (losses[i].count > 0)
            tell(ledger, "input_lost", losses[i].key, losses[i].count, 0, losses[i].words);
}

void bw_notices_finish(struct bw_ledger *ledger)
{
    static const char *const unknown_words[] = {
        "More than 1 % of the lines belong to no program that is known.",
        "Look at some of them; if they are outcomes of another MTA, its format is not read yet.",
    };
    static const char *const clock_words[] = {
        "Outcomes came later than the longest window holds: clock, year or order is doubtful.",
        "Give --year, or scan the files of each host by themselves.",
    };
    const struct bw_snapshot *totals = &ledger->totals;

    tell_of_inputs(ledger);
    if (totals->lines_unknown * 100 > totals->lines_total)
        tell(ledger, "unknown_lines", "", totals->lines_unknown, totals->lines_total / 100,
             unknown_words);
    tell_of_losses(ledger);
    if (totals->late > 0)
        tell(ledger, "clock_doubtful", "", totals->late, 0, clock_words);
}
