#include "engine/state_store.h"

#include "keep/journal.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#define MS_PER_MINUTE INT64_C(60000)
#define MS_PER_HOUR   INT64_C(3600000)

/* Segments that are not the newest: when their last record came, for their removal. */
struct closed_segment {
    uint32_t number;
    int64_t closed_ms; /* Unix ms */
};

struct bw_state_store {
    struct bw_state_store_options options;
    char *directory;
    struct bw_journal *journal;
    struct bw_ledger *ledger;
    struct bw_intake *intake;
    struct bw_state_survey survey;
    struct bw_byte_writer writer; /* of a carry-over or of what the sinks know */
    struct bw_byte_writer parts[3];
    struct closed_segment *closed; /* oldest first */
    size_t closed_count, closed_capacity;
    int64_t segment_started_ms;
    uint64_t segments_lost;
    bool has_unsynced;
};

static int64_t longest_minutes(const struct bw_knowledge *knowledge)
{
    const struct bw_key_table_options *keys = &knowledge->config->keys;

    return keys->window_minutes[keys->window_count - 1];
}

/* A ledger and an intake that know nothing yet. */
static enum bw_status make_ledger(const struct bw_state_store *store,
                                  const struct bw_knowledge *knowledge, struct bw_ledger **ledger,
                                  struct bw_intake **intake)
{
    const struct bw_ledger_options options = {
        .since_ms = INT64_MIN,
        .until_ms = INT64_MAX,
        .tables_since_ms = INT64_MIN,
        .events_max = 1,
        .keeps_latest = true,
        .shows_addresses = store->options.shows_addresses,
    };
    enum bw_status status = bw_ledger_create(ledger, knowledge, &options);

    if (status == BW_OK)
        status = bw_intake_create(intake, knowledge, *ledger);
    if (status != BW_OK)
        bw_ledger_destroy(ledger);
    return status;
}

static bool note_closed(struct bw_state_store *store, uint32_t number, int64_t closed_ms)
{
    if (store->closed_count == store->closed_capacity) {
        const size_t capacity = store->closed_capacity == 0 ? 16 : store->closed_capacity * 2;
        struct closed_segment *closed = realloc(store->closed, capacity * sizeof(*closed));
        if (closed == NULL)
            return false;
        store->closed = closed;
        store->closed_capacity = capacity;
    }
    store->closed[store->closed_count++] = (struct closed_segment){number, closed_ms};
    return true;
}

/* The first record of a segment: everything that the segments before it are needed for. */
static enum bw_status start_segment(struct bw_state_store *store, int64_t now_ms)
{
    const struct bw_state_store_options *options = &store->options;
    struct bw_carry carry = {.log_minute = bw_ledger_minute(store->ledger)};
    const uint32_t before = bw_journal_newest(store->journal);

    bw_byte_writer_clear(&store->writer);
    for (size_t i = 0; i < sizeof(store->parts) / sizeof(store->parts[0]); i++)
        bw_byte_writer_clear(&store->parts[i]);
    bw_ledger_save(store->ledger, &store->parts[0]);
    options->save_marks(&store->parts[1], options->context);
    options->save_sinks(&store->parts[2], options->context);
    carry.ledger = bw_byte_writer_text(&store->parts[0]);
    carry.sources = bw_byte_writer_text(&store->parts[1]);
    carry.sinks = bw_byte_writer_text(&store->parts[2]);
    bw_carry_encode(&carry, &store->writer);
    if (store->writer.is_broken || store->parts[0].is_broken || store->parts[1].is_broken ||
        store->parts[2].is_broken)
        return BW_ERR_NO_MEMORY;
    const struct bw_text record = bw_byte_writer_text(&store->writer);
    const enum bw_status status = bw_journal_start_segment(store->journal, BW_STATE_CARRY, record);
    if (status != BW_OK)
        return status;
    store->segment_started_ms = now_ms;
    if (before != 0 && !note_closed(store, before, now_ms))
        return BW_ERR_NO_MEMORY;
    return BW_OK;
}

static enum bw_status read_state(struct bw_state_store *store, struct bw_problem *problem)
{
    const struct bw_state_store_options *options = &store->options;
    const struct bw_state_target target = {
        .ledger = store->ledger,
        .intake = store->intake,
        .on_mark = options->on_mark,
        .on_sinks = options->on_sinks,
        .context = options->context,
    };
    enum bw_status status = bw_state_survey(store->directory, longest_minutes(options->knowledge),
                                            &store->survey, problem);

    if (status == BW_OK) {
        bw_ledger_on_event(store->ledger, options->on_event, options->context);
        status = bw_state_read(store->directory, &store->survey, &target, problem);
    }
    return status;
}

/* Segments that are there already were closed when they were last written. */
static enum bw_status note_old_segments(struct bw_state_store *store)
{
    for (uint32_t number = bw_journal_oldest(store->journal);
         number != 0 && number < bw_journal_newest(store->journal); number++) {
        struct stat info;
        char path[PATH_MAX];

        bw_journal_path(store->journal, number, path, sizeof(path));
        if (stat(path, &info) == 0 && !note_closed(store, number, info.st_mtime * INT64_C(1000)))
            return BW_ERR_NO_MEMORY;
    }
    return BW_OK;
}

enum bw_status bw_state_store_open(struct bw_state_store **opened,
                                   const struct bw_state_store_options *options,
                                   struct bw_problem *problem)
{
    const struct bw_journal_options journal_options = {.segment_bytes = options->segment_bytes};
    struct bw_state_store *store = calloc(1, sizeof(*store));
    enum bw_status status = BW_ERR_NO_MEMORY;

    if (store == NULL)
        return status;
    store->options = *options;
    store->directory = strdup(options->directory);
    if (store->directory != NULL)
        status = bw_journal_open(&store->journal, options->directory, &journal_options, problem);
    if (status == BW_OK)
        status = make_ledger(store, options->knowledge, &store->ledger, &store->intake);
    if (status == BW_OK)
        status = read_state(store, problem);
    if (status == BW_OK)
        status = note_old_segments(store);
    if (status != BW_OK) {
        bw_state_store_close(&store);
        return status;
    }
    *opened = store;
    return BW_OK;
}

void bw_state_store_close(struct bw_state_store **owned)
{
    struct bw_state_store *store = *owned;

    *owned = NULL;
    if (store == NULL)
        return;
    bw_intake_destroy(&store->intake);
    bw_ledger_destroy(&store->ledger);
    bw_journal_close(&store->journal);
    bw_byte_writer_deinit(&store->writer);
    for (size_t i = 0; i < sizeof(store->parts) / sizeof(store->parts[0]); i++)
        bw_byte_writer_deinit(&store->parts[i]);
    free(store->closed);
    free(store->directory);
    free(store);
}

struct bw_ledger *bw_state_store_ledger(struct bw_state_store *store)
{
    return store->ledger;
}

const struct bw_state_survey *bw_state_store_survey(const struct bw_state_store *store)
{
    return &store->survey;
}

struct bw_chunk *bw_state_store_chunk(struct bw_state_store *store)
{
    return bw_intake_chunk(store->intake);
}

static enum bw_status append(struct bw_state_store *store, enum bw_state_record type,
                             struct bw_text record)
{
    const enum bw_status status = bw_journal_append(store->journal, (uint8_t)type, record);

    if (status == BW_OK)
        store->has_unsynced = true;
    return status;
}

enum bw_status bw_state_store_take(struct bw_state_store *store, struct bw_batch *batch)
{
    batch->log_minute = bw_ledger_minute(store->ledger);
    const struct bw_text record = bw_intake_record(store->intake, batch);

    if (record.size == 0)
        return BW_ERR_NO_MEMORY;
    const enum bw_status status = append(store, BW_STATE_BATCH, record);
    return status == BW_OK ? bw_intake_count(store->intake, batch) : status;
}

enum bw_status bw_state_store_note_sinks(struct bw_state_store *store, struct bw_text sinks)
{
    return append(store, BW_STATE_SINKS, sinks);
}

bool bw_state_store_place(const struct bw_state_store *store, struct bw_text path, uint64_t *line,
                          uint64_t *text_bytes)
{
    return bw_intake_place(store->intake, path, line, text_bytes);
}

/*
 * Away with the segments that closed before the windows that are wanted were filled: twice the
 * longest window, see state_reader.h. And with more when the journal is over its size.
 */
static enum bw_status drop_old(struct bw_state_store *store, int64_t now_ms)
{
    const int64_t kept_ms = 2 * longest_minutes(store->options.knowledge) * MS_PER_MINUTE;
    struct bw_journal_numbers numbers;
    size_t gone = 0;

    bw_journal_numbers(store->journal, &numbers);
    uint64_t bytes = numbers.bytes;
    while (gone < store->closed_count) {
        const bool is_old = store->closed[gone].closed_ms < now_ms - kept_ms;
        if (!is_old && bytes <= store->options.bytes_max)
            break;
        if (!is_old)
            store->segments_lost++;
        const enum bw_status status =
            bw_journal_drop_before(store->journal, store->closed[gone].number + 1);
        if (status != BW_OK)
            return status;
        gone++;
        bw_journal_numbers(store->journal, &numbers);
        bytes = numbers.bytes;
    }
    store->closed_count -= gone;
    if (gone > 0)
        (void)memmove(store->closed, store->closed + gone,
                      store->closed_count * sizeof(*store->closed));
    return BW_OK;
}

enum bw_status bw_state_store_tick(struct bw_state_store *store, int64_t now_ms, bool is_wanted)
{
    /* A small segment is closed by the hour, so that what is too old goes by the hour. */
    const int64_t age_max_ms =
        longest_minutes(store->options.knowledge) * MS_PER_MINUTE / 4 > MS_PER_HOUR
            ? longest_minutes(store->options.knowledge) * MS_PER_MINUTE / 4
            : MS_PER_HOUR;
    enum bw_status status = BW_OK;

    if (store->segment_started_ms == 0)
        store->segment_started_ms = now_ms;
    if (is_wanted || bw_journal_newest(store->journal) == 0 ||
        bw_journal_is_segment_due(store->journal) ||
        now_ms - store->segment_started_ms >= age_max_ms)
        status = start_segment(store, now_ms);
    if (status == BW_OK && store->has_unsynced) {
        status = bw_journal_sync(store->journal);
        store->has_unsynced = status != BW_OK;
    }
    return status == BW_OK ? drop_old(store, now_ms) : status;
}

enum bw_status bw_state_store_change(struct bw_state_store *store,
                                     const struct bw_knowledge *knowledge,
                                     struct bw_problem *problem)
{
    struct bw_state_target target = {.ledger = NULL};
    struct bw_state_survey survey;
    struct bw_byte_writer zones = {0};

    bw_ledger_save(store->ledger, &zones);
    enum bw_status status = zones.is_broken ? BW_ERR_NO_MEMORY : BW_OK;
    if (status == BW_OK)
        status = bw_state_survey(store->directory, longest_minutes(knowledge), &survey, problem);
    if (status == BW_OK)
        status = make_ledger(store, knowledge, &target.ledger, &target.intake);
    if (status == BW_OK)
        status = bw_state_read(store->directory, &survey, &target, problem);
    /* What was told stays told: zones change by the new limits, from the next minute on. */
    if (status == BW_OK)
        status = bw_ledger_load(target.ledger, bw_byte_writer_text(&zones), false);
    bw_byte_writer_deinit(&zones);
    if (status != BW_OK) {
        bw_intake_destroy(&target.intake);
        bw_ledger_destroy(&target.ledger);
        return status;
    }
    bw_intake_destroy(&store->intake);
    bw_ledger_destroy(&store->ledger);
    store->ledger = target.ledger;
    store->intake = target.intake;
    store->options.knowledge = knowledge;
    bw_ledger_on_event(store->ledger, store->options.on_event, store->options.context);
    return BW_OK;
}

void bw_state_store_numbers(const struct bw_state_store *store,
                            struct bw_state_store_numbers *numbers)
{
    struct bw_journal_numbers journal;

    bw_journal_numbers(store->journal, &journal);
    *numbers = (struct bw_state_store_numbers){
        .bytes = journal.bytes,
        .records = journal.records,
        .segments = journal.segments,
        .segments_lost = store->segments_lost,
    };
}
