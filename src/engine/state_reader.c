#include "engine/state_reader.h"

#include "base/byte_reader.h"
#include "keep/journal.h"

#define CARRY_VERSION 1
#define MS_PER_MINUTE INT64_C(60000)

void bw_carry_encode(const struct bw_carry *carry, struct bw_byte_writer *writer)
{
    bw_put_u8(writer, CARRY_VERSION);
    bw_put_i64(writer, carry->log_minute);
    bw_put_text(writer, carry->ledger);
    bw_put_text(writer, carry->sources);
    bw_put_text(writer, carry->sinks);
}

enum bw_status bw_carry_decode(struct bw_text bytes, struct bw_carry *carry)
{
    struct bw_byte_reader reader = {.rest = bytes};
    struct bw_carry found;

    if (bw_take_u8(&reader) != CARRY_VERSION)
        return BW_ERR_FORMAT;
    found.log_minute = bw_take_i64(&reader);
    found.ledger = bw_take_text(&reader);
    found.sources = bw_take_text(&reader);
    found.sinks = bw_take_text(&reader);
    if (reader.is_broken)
        return BW_ERR_FORMAT;
    *carry = found;
    return BW_OK;
}

struct look {
    struct bw_state_survey *survey;
    int64_t longest_minutes;
    int64_t first_minute; /* of the oldest segment's carry-over */
    bool has_first, has_choice;
};

/* A carry-over tells where zones stood; windows are full one longest window behind the first. */
static void look_at_carry(struct look *look, const struct bw_journal_record *record)
{
    struct bw_carry carry;

    if (look->has_choice || bw_carry_decode(record->payload, &carry) != BW_OK)
        return;
    look->survey->speaks_from = record->segment;
    if (!look->has_first) {
        look->first_minute = carry.log_minute;
        look->has_first = true;
        look->has_choice = carry.log_minute == INT64_MIN;
    } else {
        look->has_choice = carry.log_minute >= look->first_minute + look->longest_minutes;
    }
}

static void look_at(const struct bw_journal_record *record, void *context)
{
    struct look *look = context;
    struct bw_batch batch;

    look->survey->records++;
    if (record->type == BW_STATE_CARRY)
        look_at_carry(look, record);
    else if (record->type == BW_STATE_BATCH && bw_batch_decode(record->payload, &batch) == BW_OK &&
             batch.log_minute > look->survey->last_minute)
        look->survey->last_minute = batch.log_minute;
}

enum bw_status bw_state_survey(const char *directory, int64_t longest_minutes,
                               struct bw_state_survey *survey, struct bw_problem *problem)
{
    struct look look = {.survey = survey, .longest_minutes = longest_minutes};
    struct bw_journal_damage damage;

    *survey = (struct bw_state_survey){.last_minute = INT64_MIN};
    const enum bw_status status = bw_journal_read(directory, look_at, &look, &damage);
    survey->damaged_records = damage.records;
    survey->damaged_bytes = damage.bytes;
    survey->damage = damage.first;
    if (status != BW_OK && problem != NULL)
        *problem = damage.first;
    return status;
}

struct reading {
    struct bw_state_survey *survey;
    const struct bw_state_target *target;
    bool is_later; /* than the first carry-over: its messages come from the lines */
    enum bw_status status;
};

static void take_marks(struct reading *reading, struct bw_text marks)
{
    struct bw_byte_reader reader = {.rest = marks};

    reading->target->on_mark(BW_TEXT(""), reading->target->context);
    while (reader.rest.size > 0 && !reader.is_broken) {
        const struct bw_text mark = bw_take_text(&reader);
        if (!reader.is_broken)
            reading->target->on_mark(mark, reading->target->context);
    }
}

static enum bw_status take_carry(struct reading *reading, const struct bw_journal_record *record)
{
    const struct bw_state_target *target = reading->target;
    struct bw_carry carry;

    if (bw_carry_decode(record->payload, &carry) != BW_OK)
        return BW_ERR_FORMAT;
    bw_ledger_mute(target->ledger, record->segment < reading->survey->speaks_from);
    /* From where the ledger speaks on, its zones are what the lines have made of them. */
    enum bw_status status = BW_OK;
    if (record->segment <= reading->survey->speaks_from && carry.log_minute != INT64_MIN)
        status = bw_ledger_load(target->ledger, carry.ledger, !reading->is_later);
    reading->is_later = true;
    if (target->on_mark != NULL)
        take_marks(reading, carry.sources);
    if (target->on_sinks != NULL)
        target->on_sinks(carry.sinks, target->context);
    return status;
}

static enum bw_status take_batch(struct reading *reading, const struct bw_journal_record *record)
{
    const struct bw_state_target *target = reading->target;
    struct bw_batch batch;

    const enum bw_status status = bw_intake_replay(target->intake, record->payload);
    if (status == BW_OK && target->on_mark != NULL &&
        bw_batch_decode(record->payload, &batch) == BW_OK && batch.mark.size > 0)
        target->on_mark(batch.mark, target->context);
    return status;
}

static void take_record(const struct bw_journal_record *record, void *context)
{
    struct reading *reading = context;
    enum bw_status status = BW_OK;

    if (reading->status != BW_OK)
        return;
    switch (record->type) {
    case BW_STATE_CARRY: status = take_carry(reading, record); break;
    case BW_STATE_BATCH: status = take_batch(reading, record); break;
    case BW_STATE_SINKS:
        if (reading->target->on_sinks != NULL)
            reading->target->on_sinks(record->payload, reading->target->context);
        break;
    default: status = BW_ERR_FORMAT;
    }
    if (status == BW_ERR_NO_MEMORY)
        reading->status = status;
    else if (status != BW_OK)
        reading->survey->damaged_records++;
}

enum bw_status bw_state_read(const char *directory, struct bw_state_survey *survey,
                             const struct bw_state_target *target, struct bw_problem *problem)
{
    struct reading reading = {.survey = survey, .target = target};
    struct bw_journal_damage damage;

    const enum bw_status status = bw_journal_read(directory, take_record, &reading, &damage);
    bw_ledger_mute(target->ledger, false);
    if (status != BW_OK && problem != NULL)
        *problem = damage.first;
    return status != BW_OK ? status : reading.status;
}

enum bw_status bw_state_report(const struct bw_knowledge *knowledge, const char *directory,
                               bool shows_addresses, struct bw_snapshot *snapshot,
                               struct bw_problem *problem)
{
    const struct bw_key_table_options *keys = &knowledge->config->keys;
    const int64_t longest = keys->window_minutes[keys->window_count - 1];
    struct bw_state_survey survey;
    struct bw_state_target target = {.ledger = NULL};

    enum bw_status status = bw_state_survey(directory, longest, &survey, problem);
    if (status != BW_OK)
        return status;
    const struct bw_ledger_options options = {
        .since_ms = INT64_MIN,
        .until_ms = INT64_MAX,
        .tables_since_ms = survey.last_minute == INT64_MIN
                               ? INT64_MIN
                               : (survey.last_minute + 1 - longest) * MS_PER_MINUTE,
        .shows_addresses = shows_addresses,
    };
    status = bw_ledger_create(&target.ledger, knowledge, &options);
    if (status == BW_OK)
        status = bw_intake_create(&target.intake, knowledge, target.ledger);
    if (status == BW_OK)
        status = bw_state_read(directory, &survey, &target, problem);
    if (status == BW_OK) {
        bw_intake_end(target.intake);
        bw_ledger_finish(target.ledger);
        status = bw_ledger_snapshot(target.ledger, snapshot);
    }
    bw_intake_destroy(&target.intake);
    bw_ledger_destroy(&target.ledger);
    return status;
}
