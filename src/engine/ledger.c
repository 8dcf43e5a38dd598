#include "base/check.h"
#include "base/hash.h"
#include "engine/ledger_state.h"

#include <stdlib.h>

#define MS_PER_MINUTE INT64_C(60000)
#define SENDERS_MAX   ((size_t)1 << 20)

/* Observations between asking for memory and using it: two for each outcome that goes well. */
#define PREFETCH_FAR  16
#define PREFETCH_NEAR 8
#define PREFETCH_NEXT 4

char *bw_ledger_copy(struct bw_ledger *ledger, struct bw_text text)
{
    char *copy = malloc(text.size + 1);

    if (copy == NULL) {
        ledger->is_broken = true;
        return NULL;
    }
    if (text.size > 0)
        (void)memcpy(copy, text.bytes, text.size);
    copy[text.size] = '\0';
    return copy;
}

void bw_key_list_add(struct bw_ledger *ledger, struct bw_key_list *list, struct bw_key *key)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity == 0 ? 256 : list->capacity * 2;
        struct bw_key **keys = realloc(list->keys, capacity * sizeof(*keys));
        if (keys == NULL) {
            ledger->is_broken = true;
            return;
        }
        list->keys = keys;
        list->capacity = capacity;
    }
    list->keys[list->count++] = key;
}

void bw_ledger_on_event(struct bw_ledger *ledger, bw_event_callback *callback, void *context)
{
    ledger->on_event = callback;
    ledger->event_context = context;
}

enum bw_status bw_ledger_on_record(struct bw_ledger *ledger, bw_record_callback *callback,
                                   void *context)
{
    ledger->on_record = callback;
    ledger->record_context = context;
    return bw_sender_texts_create(&ledger->senders, SENDERS_MAX);
}

static bool make_input_room(struct bw_ledger *ledger)
{
    struct bw_snapshot *totals = &ledger->totals;

    if (totals->input_count < ledger->input_capacity)
        return true;
    const uint32_t capacity = ledger->input_capacity == 0 ? 16 : ledger->input_capacity * 2;
    struct bw_input_row *rows = realloc(totals->inputs, capacity * sizeof(*rows));
    if (rows == NULL)
        return false;
    totals->inputs = rows;
    struct bw_ledger_input *inputs = realloc(ledger->inputs, capacity * sizeof(*inputs));
    if (inputs == NULL)
        return false;
    ledger->inputs = inputs;
    ledger->input_capacity = capacity;
    return true;
}

enum bw_status bw_ledger_start_input(struct bw_ledger *ledger, const char *path, int64_t modified_s,
                                     uint32_t *input)
{
    struct bw_snapshot *totals = &ledger->totals;

    if (!make_input_room(ledger))
        return BW_ERR_NO_MEMORY;
    totals->inputs[totals->input_count] =
        (struct bw_input_row){.path = bw_ledger_copy(ledger, bw_text_of(path)),
                              .format = "unknown",
                              .compression = "none"};
    ledger->inputs[totals->input_count] = (struct bw_ledger_input){0};
    bw_log_clock_start(&ledger->inputs[totals->input_count].clock, ledger->knowledge->zone,
                       ledger->options.year, modified_s);
    *input = totals->input_count++;
    bw_ledger_choose_input(ledger, *input);
    return ledger->is_broken ? BW_ERR_NO_MEMORY : BW_OK;
}

void bw_ledger_choose_input(struct bw_ledger *ledger, uint32_t input)
{
    BW_ASSERT(input < ledger->totals.input_count);
    ledger->input_index = input;
    ledger->input = &ledger->inputs[input];
}

void bw_ledger_place_input(struct bw_ledger *ledger, uint64_t line)
{
    ledger->input->line = line;
}

static bool is_final(uint8_t outcome)
{
    return outcome == BW_OUTCOME_DELIVERED || outcome == BW_OUTCOME_BOUNCED ||
           outcome == BW_OUTCOME_DISCARDED || outcome == BW_OUTCOME_SUPPRESSED;
}

/* Where the recipient of a queue id is looked for; known before the message's life is. */
static uint32_t seen_place(const struct bw_observation *observation)
{
    return (uint32_t)(observation->queue_key ^ observation->recipient_hash);
}

/*
 * True when this recipient of this message already had this final outcome. A short queue id has
 * several lives: then a repeat is the same outcome in the same life, or the same line once more
 * (a copy of a log need not begin where the life does).
 */
static bool is_repeated(struct bw_ledger *ledger, const struct bw_observation *observation,
                        const struct bw_join_message *message, int64_t time_ms)
{
    const uint64_t recipient = observation->recipient_hash ^ observation->delivery.outcome;
    const uint32_t place = seen_place(observation);

    if (!is_final(observation->delivery.outcome))
        return false;
    if (observation->has_unique_id)
        return bw_ledger_was_seen(ledger, observation->queue_key, recipient, 0, place);
    const bool is_in_life =
        bw_ledger_was_seen(ledger, observation->queue_key, recipient, message->started_ms, place);
    const bool is_same_line =
        bw_ledger_was_seen(ledger, observation->queue_key, ~recipient, time_ms, place);
    return is_in_life || is_same_line;
}

static bool count_elsewhere(struct bw_ledger *ledger, const struct bw_delivery *delivery)
{
    struct bw_snapshot *totals = &ledger->totals;

    if (delivery->outcome == BW_OUTCOME_PROBE)
        totals->probes++;
    else if (delivery->outcome == BW_OUTCOME_DISCARDED)
        totals->discarded++;
    else if (delivery->outcome == BW_OUTCOME_SUPPRESSED)
        totals->suppressed++;
    else if (delivery->hop == BW_HOP_INTERNAL)
        totals->internal++;
    else if (delivery->hop == BW_HOP_LOCAL)
        totals->local++;
    else
        return false;
    return true;
}

/* What came before the time that the tables are wanted for stays in the windows only. */
static void clear_tables(struct bw_ledger *ledger)
{
    struct bw_snapshot *totals = &ledger->totals;
    size_t position = 0;
    struct bw_key *key;

    ledger->has_cleared = true;
    if (ledger->options.tables_since_ms == INT64_MIN)
        return;
    while ((key = bw_key_table_next(ledger->keys, &position)) != NULL)
        bw_key_clear_totals(key);
    bw_diagnostic_table_clear(&ledger->diagnostics);
    (void)memset(ledger->class_counts, 0, sizeof(ledger->class_counts));
    totals->totals = (struct bw_tally){0};
    totals->internal = totals->local = totals->discarded = 0;
    totals->suppressed = totals->probes = totals->duplicates = totals->late = 0;
}

static void take_outcome(struct bw_ledger *ledger, const struct bw_observation *observation,
                         int64_t time_ms, uint64_t line)
{
    const struct bw_delivery *delivery = &observation->delivery;
    const int64_t minute = time_ms / MS_PER_MINUTE;

    /* What comes after the wanted time must not move the clock: it would make events. */
    if (time_ms >= ledger->options.until_ms)
        return;
    if (minute > ledger->now_minute)
        bw_zone_keeper_advance(ledger, minute);
    if (time_ms >= ledger->options.tables_since_ms && !ledger->has_cleared)
        clear_tables(ledger);
    struct bw_join_message *message = bw_join_take(ledger->join, observation->queue_key, time_ms);
    if (message == NULL) {
        ledger->is_broken = true;
        return;
    }
    if (time_ms < ledger->options.since_ms) {
        bw_ledger_note_outcome(ledger, observation, message);
        return;
    }
    if (delivery->outcome == BW_OUTCOME_EXPIRED && delivery->recipient.size == 0) {
        if (delivery->has_sender && !message->has_sender && delivery->sender.size > 0) {
            const struct bw_text domain = bw_domain_of(delivery->sender);
            if (domain.size > 0)
                message->sender = bw_ledger_intern(ledger, bw_hash_nocase(domain), domain);
            message->has_sender = true;
        }
        bw_ledger_count_expired(ledger, message, minute, line, ledger->input_index);
        return;
    }
    if (is_repeated(ledger, observation, message, time_ms)) {
        ledger->totals.duplicates++;
        return;
    }
    if (count_elsewhere(ledger, delivery)) {
        if (is_final(delivery->outcome))
            bw_join_settle(ledger->join, message, observation->recipient_hash);
        return;
    }
    bw_ledger_count_outcome(ledger, observation, message, time_ms, line);
}

static void take_envelope(struct bw_ledger *ledger, const struct bw_observation *observation,
                          int64_t time_ms)
{
    const struct bw_delivery *delivery = &observation->delivery;
    struct bw_join_message *message = bw_join_take(ledger->join, observation->queue_key, time_ms);

    if (message == NULL) {
        ledger->is_broken = true;
        return;
    }
    message->has_sender = true;
    message->null_sender = delivery->null_sender;
    message->sender =
        observation->domain_hash == 0
            ? BW_NAME_NONE
            : bw_ledger_intern(ledger, observation->domain_hash, bw_domain_of(delivery->sender));
}

/* Without counting: who sent it, and on to the callback. */
static void take_record(struct bw_ledger *ledger, const struct bw_observation *observation,
                        int64_t time_ms, uint64_t line)
{
    const struct bw_delivery *delivery = &observation->delivery;
    const uint64_t key = observation->queue_key;

    if (observation->kind == BW_OBSERVATION_ENVELOPE) {
        if (bw_sender_texts_put(ledger->senders, key, delivery->sender) != BW_OK)
            ledger->is_broken = true;
        return;
    }
    if (observation->kind == BW_OBSERVATION_REMOVED) {
        bw_sender_texts_remove(ledger->senders, key);
        return;
    }
    if (time_ms < ledger->options.since_ms || time_ms >= ledger->options.until_ms)
        return;
    struct bw_record record = {
        .observation = observation,
        .path = ledger->totals.inputs[ledger->input_index].path,
        .line = line,
        .time_ms = time_ms,
        .host_sender = delivery->sender,
        .has_sender = delivery->has_sender,
    };
    if (!record.has_sender)
        record.has_sender = bw_sender_texts_find(ledger->senders, key, &record.host_sender);
    ledger->on_record(&record, ledger->record_context);
}

static void note_time(struct bw_ledger *ledger, int64_t time_ms)
{
    struct bw_snapshot *totals = &ledger->totals;

    if (time_ms == BW_TIME_NONE)
        return;
    if (totals->first_ms == BW_TIME_NONE || time_ms < totals->first_ms)
        totals->first_ms = time_ms;
    if (totals->last_ms == BW_TIME_NONE || time_ms > totals->last_ms)
        totals->last_ms = time_ms;
}

static void take_observation(struct bw_ledger *ledger, const struct bw_observation *observation)
{
    const uint64_t line = ledger->input->line + observation->line + 1;
    const int64_t time_ms = bw_log_clock_ms(&ledger->input->clock, &observation->stamp);

    note_time(ledger, time_ms);
    if (ledger->on_record != NULL) {
        take_record(ledger, observation, time_ms, line);
        return;
    }
    switch ((enum bw_observation_kind)observation->kind) {
    case BW_OBSERVATION_OUTCOME: take_outcome(ledger, observation, time_ms, line); break;
    case BW_OBSERVATION_ENVELOPE: take_envelope(ledger, observation, time_ms); break;
    case BW_OBSERVATION_REMOVED: bw_join_removed(ledger->join, observation->queue_key); break;
    }
}

static void take_counts(struct bw_ledger *ledger, const struct bw_chunk *chunk)
{
    struct bw_snapshot *totals = &ledger->totals;
    const struct bw_line_counts *lines = &chunk->lines;
    struct bw_input_row *row = &totals->inputs[ledger->input_index];

    totals->lines_total += lines->total;
    totals->lines_outcome += lines->outcome;
    totals->lines_known += lines->known;
    totals->lines_malformed += lines->malformed;
    totals->lines_unknown += lines->unknown;
    totals->lines_cut += lines->cut;
    row->lines += lines->total;
    ledger->input->known_lines += lines->known + lines->outcome;
    for (size_t i = 0; i < BW_ARRAY_COUNT(chunk->malformed_lines) && i < lines->malformed &&
                       totals->malformed_count < BW_ARRAY_COUNT(totals->malformed);
         i++) {
        totals->malformed[totals->malformed_count].file =
            bw_ledger_copy(ledger, bw_text_of(row->path));
        totals->malformed[totals->malformed_count++].line =
            ledger->input->line + chunk->malformed_lines[i] + 1;
    }
}

/* The tables are larger than the caches: what the observations a little later need is fetched
 * now. First the slots, then the keys that they point to. */
static void prefetch(const struct bw_ledger *ledger, const struct bw_chunk *chunk, size_t index)
{
    if (index + PREFETCH_FAR < chunk->observation_count) {
        const struct bw_observation *far = &chunk->observations[index + PREFETCH_FAR];
        bw_join_prefetch(ledger->join, far->queue_key);
        if (far->kind == BW_OBSERVATION_OUTCOME) {
            bw_seen_set_prefetch(ledger->seen, seen_place(far));
            bw_key_table_prefetch(ledger->keys, BW_SCOPE_RECIPIENT_DOMAIN, far->domain_hash);
        }
    }
    if (index + PREFETCH_NEAR < chunk->observation_count &&
        chunk->observations[index + PREFETCH_NEAR].kind == BW_OBSERVATION_OUTCOME)
        bw_key_table_prefetch_key(ledger->keys, BW_SCOPE_RECIPIENT_DOMAIN,
                                  chunk->observations[index + PREFETCH_NEAR].domain_hash);
    if (index + PREFETCH_NEXT < chunk->observation_count &&
        chunk->observations[index + PREFETCH_NEXT].kind == BW_OBSERVATION_OUTCOME)
        bw_key_table_prefetch_minute(ledger->keys, BW_SCOPE_RECIPIENT_DOMAIN,
                                     chunk->observations[index + PREFETCH_NEXT].domain_hash);
}

void bw_ledger_take(struct bw_ledger *ledger, const struct bw_chunk *chunk)
{
    if (!ledger->input->has_first && chunk->first_stamp.kind != BW_STAMP_NONE) {
        note_time(ledger, bw_log_clock_ms(&ledger->input->clock, &chunk->first_stamp));
        ledger->input->has_first = true;
    }
    take_counts(ledger, chunk);
    for (size_t i = 0; i < chunk->observation_count; i++) {
        prefetch(ledger, chunk, i);
        take_observation(ledger, &chunk->observations[i]);
    }
    ledger->input->line += chunk->lines.total;
    if (chunk->last_stamp.kind != BW_STAMP_NONE)
        ledger->input->last_stamp = chunk->last_stamp;
}

void bw_ledger_end_input(struct bw_ledger *ledger, const char *compression, uint64_t bytes,
                         uint64_t text_bytes, const char *fault)
{
    struct bw_snapshot *totals = &ledger->totals;
    struct bw_input_row *row = &totals->inputs[ledger->input_index];

    note_time(ledger, bw_log_clock_ms(&ledger->input->clock, &ledger->input->last_stamp));
    row->compression = compression;
    row->bytes = bytes;
    row->text_bytes = text_bytes;
    row->complete = fault == NULL;
    row->fault = fault == NULL ? NULL : bw_ledger_copy(ledger, bw_text_of(fault));
    row->format = ledger->input->known_lines > 0 ? "postfix" : "unknown";
}

void bw_ledger_finish(struct bw_ledger *ledger)
{
    if (ledger->on_record != NULL)
        return;
    bw_zone_keeper_finish(ledger);
    bw_notices_finish(ledger);
}

void bw_ledger_mute(struct bw_ledger *ledger, bool is_muted)
{
    ledger->is_muted = is_muted;
}

void bw_ledger_pass_minute(struct bw_ledger *ledger, int64_t minute)
{
    if (ledger->now_minute != INT64_MIN && minute > ledger->now_minute)
        bw_zone_keeper_advance(ledger, minute);
}

int64_t bw_ledger_last_minute(const struct bw_ledger *ledger)
{
    int64_t last = ledger->now_minute;

    for (uint32_t i = 0; i < ledger->totals.input_count; i++) {
        struct bw_ledger_input *input = &ledger->inputs[i];
        const int64_t time_ms = bw_log_clock_ms(&input->clock, &input->last_stamp);
        if (time_ms != BW_TIME_NONE && time_ms / MS_PER_MINUTE > last)
            last = time_ms / MS_PER_MINUTE;
    }
    return last;
}

int64_t bw_ledger_minute(const struct bw_ledger *ledger)
{
    return ledger->now_minute;
}

enum bw_zone bw_ledger_worst_zone(const struct bw_ledger *ledger)
{
    return ledger->worst_zone;
}

bool bw_ledger_is_broken(const struct bw_ledger *ledger)
{
    return ledger->is_broken;
}
