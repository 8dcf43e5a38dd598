/*
 * Lines counted through the journal's records are counted as a scan counts them.
 */
#include "engine/intake.h"
#include "scanned_log.h"

#define MX      "mx.example.org"
#define GMAIL   "gmail-smtp-in.l.google.com"
#define RECORDS 64

/* An hour in which gmail goes from well to blocking, with lines between that do not count. */
static struct log_text *an_hour(void)
{
    struct log_text *text = log_text_new();

    for (int i = 0; i < 1200; i++) {
        char id[32], to[64];
        (void)snprintf(id, sizeof(id), "A1B%05X", (unsigned)i);
        (void)snprintf(to, sizeof(to), "user%d@gmail.com", i);
        log_text_add(text, (int)AT(9, 0) + i * 3, "smtpd", "connect from unknown[192.0.2.9]");
        log_from(text, (int)AT(9, 0) + i * 3, id, "news@news.example");
        if (i % 7 == 0)
            log_text_add(text, (int)AT(9, 0) + i * 3, "smtp", "%s: to=<cut", id);
        if (i > 300 && i % 10 == 0)
            log_bounced(text, (int)AT(9, 0) + i * 3, id, to, GMAIL);
        else if (i % 50 == 0)
            log_deferred(text, (int)AT(9, 0) + i * 3, id, to, GMAIL);
        else
            log_sent(text, (int)AT(9, 0) + i * 3, id, to, GMAIL);
        if (i % 50 != 0)
            log_removed(text, (int)AT(9, 0) + i * 3, id);
    }
    return text;
}

static void note_event(const struct bw_event *event, void *context)
{
    FILE *stream = context;

    (void)fprintf(stream, "%016llx %s %u %llu/%llu %s:%llu\n", (unsigned long long)event->id,
                  event->key, event->zone, (unsigned long long)event->hard,
                  (unsigned long long)event->delivered,
                  event->sample_count > 0 ? event->samples[0].file : "-",
                  event->sample_count > 0 ? (unsigned long long)event->samples[0].line : 0ULL);
}

/* What a ledger knows at the end, as text. */
struct outcome {
    char *text;
    size_t size;
    FILE *stream;
};

static void outcome_begin(struct outcome *outcome, struct scanned_log *log)
{
    outcome->stream = open_memstream(&outcome->text, &outcome->size);
    assert_non_null(outcome->stream);
    scanned_log_begin(log);
    bw_ledger_on_event(log->ledger, note_event, outcome->stream);
}

static void outcome_end(struct outcome *outcome, struct scanned_log *log)
{
    const struct bw_snapshot *snapshot = &log->snapshot;

    scanned_log_finish(log);
    (void)fprintf(
        outcome->stream,
        "lines %llu %llu %llu %llu %llu, totals %llu %llu %llu, first malformed %llu\n",
        (unsigned long long)snapshot->lines_total, (unsigned long long)snapshot->lines_outcome,
        (unsigned long long)snapshot->lines_known, (unsigned long long)snapshot->lines_malformed,
        (unsigned long long)snapshot->lines_unknown, (unsigned long long)snapshot->totals.delivered,
        (unsigned long long)snapshot->totals.hard, (unsigned long long)snapshot->totals.soft,
        (unsigned long long)snapshot->malformed[2].line);
    for (uint32_t scope = 0; scope < BW_SCOPE_COUNT; scope++)
        for (uint32_t i = 0; i < snapshot->table_counts[scope]; i++) {
            const struct bw_key_row *row = &snapshot->tables[scope][i];
            (void)fprintf(outcome->stream, "%s %llu %llu %llu zone %u worst %u\n", row->name,
                          (unsigned long long)row->tally.delivered,
                          (unsigned long long)row->tally.hard, (unsigned long long)row->tally.soft,
                          row->zone, row->worst_zone);
        }
    scanned_log_end(log);
    assert_int_equal(fclose(outcome->stream), 0);
}

/* The records of the text, cut after every 101 lines. */
struct records {
    struct bw_text items[RECORDS]; /* exact copies */
    size_t count;
};

static void take_live(struct scanned_log *log, struct bw_intake *intake, struct bw_text text,
                      struct records *records)
{
    struct bw_batch batch = {
        .path = BW_TEXT("mail.log"), .mark = BW_TEXT("a mark"), .modified_s = 1777680000};

    while (text.size > 0) {
        struct bw_chunk *chunk = bw_intake_chunk(intake);
        size_t size = 0;
        size_t lines = 0;
        for (; lines < 101 && size < text.size; lines++)
            size += bw_text_find(bw_text_after(text, size), BW_TEXT("\n")) + 1;
        (void)memcpy(chunk->bytes, text.bytes, size);
        chunk->size = size;
        batch.log_minute = bw_ledger_minute(log->ledger);
        const struct bw_text record = bw_intake_record(intake, &batch);
        assert_true(record.size > 0 && records->count < RECORDS);
        records->items[records->count++] = bw_test_exact_copy(record);
        assert_int_equal(bw_intake_count(intake, &batch), BW_OK);
        batch.line += lines;
        batch.text_offset += size;
        text = bw_text_after(text, size);
    }
}

static void free_records(struct records *records)
{
    for (size_t i = 0; i < records->count; i++)
        bw_test_exact_free(records->items[i]);
}

static void records_give_the_ledger_what_the_lines_gave_it(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = an_hour();
    struct outcome scanned, live, replayed;
    struct records records = {.count = 0};
    struct bw_intake *intake = NULL;
    uint64_t line = 0;
    uint64_t bytes = 0;

    outcome_begin(&scanned, log);
    scanned_log_input(log, "mail.log", log_text_view(text));
    outcome_end(&scanned, log);

    outcome_begin(&live, log);
    assert_int_equal(bw_intake_create(&intake, log->knowledge, log->ledger), BW_OK);
    take_live(log, intake, log_text_view(text), &records);
    bw_intake_end(intake);
    bw_intake_destroy(&intake);
    outcome_end(&live, log);

    outcome_begin(&replayed, log);
    assert_int_equal(bw_intake_create(&intake, log->knowledge, log->ledger), BW_OK);
    for (size_t i = 0; i < records.count; i++)
        assert_int_equal(bw_intake_replay(intake, records.items[i]), BW_OK);
    assert_true(bw_intake_place(intake, BW_TEXT("mail.log"), &line, &bytes));
    assert_int_equal(bytes, log_text_view(text).size);
    assert_false(bw_intake_place(intake, BW_TEXT("other.log"), &line, &bytes));
    bw_intake_end(intake);
    bw_intake_destroy(&intake);
    outcome_end(&replayed, log);

    assert_non_null(strstr(scanned.text, "gmail 2 ")); /* the story has a blocking zone */
    assert_string_equal(live.text, scanned.text);
    assert_string_equal(replayed.text, scanned.text);
    free(scanned.text);
    free(live.text);
    free(replayed.text);
    free_records(&records);
    log_text_free(text);
}

static void a_record_that_is_cut_off_counts_nothing(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();
    struct records records = {.count = 0};
    struct bw_intake *intake = NULL;

    log_from(text, AT(9, 0), "A1B2C3", "a@news.example");
    log_sent(text, AT(9, 0), "A1B2C3", "jane@example.org", MX);
    scanned_log_begin(log);
    assert_int_equal(bw_intake_create(&intake, log->knowledge, log->ledger), BW_OK);
    take_live(log, intake, log_text_view(text), &records);
    for (size_t size = 0; size < records.items[0].size; size++) {
        const struct bw_text cut = bw_test_exact_copy(bw_text_head(records.items[0], size));
        assert_int_equal(bw_intake_replay(intake, cut), BW_ERR_FORMAT);
        bw_test_exact_free(cut);
    }
    bw_intake_destroy(&intake);
    free_records(&records);
    log_text_free(text);
    scanned_log_finish(log);
    assert_int_equal(log->snapshot.totals.delivered, 1);
    scanned_log_end(log);
}

static void zones_and_waiting_messages_are_carried_over(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *before = an_hour();
    struct log_text *after = log_text_new();
    struct bw_byte_writer carry = {0};

    log_deferred(before, AT(9, 59), "A1BFFFFF", "late@example.org", MX);
    scanned_log_begin(log);
    scanned_log_input(log, "mail.log", log_text_view(before));
    bw_ledger_save(log->ledger, &carry);
    const int64_t minute = bw_ledger_minute(log->ledger);
    scanned_log_finish(log);
    assert_int_equal(scanned_log_row(log, BW_SCOPE_PROVIDER, "gmail", NULL)->zone,
                     BW_ZONE_BLOCKING);
    scanned_log_end(log);

    const struct bw_text copy = bw_test_exact_copy(bw_byte_writer_text(&carry));
    for (size_t size = 0; size < copy.size; size += 7) {
        const struct bw_text cut = bw_test_exact_copy(bw_text_head(copy, size));
        scanned_log_begin(log);
        assert_int_equal(bw_ledger_load(log->ledger, cut, true), BW_ERR_FORMAT);
        scanned_log_finish(log);
        scanned_log_end(log);
        bw_test_exact_free(cut);
    }
    scanned_log_begin(log);
    assert_int_equal(bw_ledger_load(log->ledger, copy, true), BW_OK);
    assert_true(bw_ledger_minute(log->ledger) == minute);
    bw_ledger_mute(log->ledger, true);
    log_expired(after, AT(10, 5), "A1BFFFFF", "news@news.example");
    scanned_log_input(log, "mail.log", log_text_view(after));
    scanned_log_finish(log);
    /* The deferral stood in lines that are not read again; its expiry is counted where it was. */
    assert_int_equal(log->snapshot.totals.expired, 1);
    assert_int_equal(
        scanned_log_row(log, BW_SCOPE_RECIPIENT_DOMAIN, "example.org", NULL)->tally.expired, 1);
    assert_int_equal(scanned_log_row(log, BW_SCOPE_PROVIDER, "gmail", NULL)->zone,
                     BW_ZONE_BLOCKING);
    assert_int_equal(log->snapshot.event_count, 0);
    scanned_log_end(log);
    bw_test_exact_free(copy);
    bw_byte_writer_deinit(&carry);
    log_text_free(before);
    log_text_free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_give_the_ledger_what_the_lines_gave_it),
        cmocka_unit_test(a_record_that_is_cut_off_counts_nothing),
        cmocka_unit_test(zones_and_waiting_messages_are_carried_over),
    };

    return cmocka_run_group_tests_name("engine/intake", tests, scanned_log_set_up,
                                       scanned_log_tear_down);
}
