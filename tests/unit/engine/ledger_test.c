/*
 * What is counted, and how often: the rules of the contract on whole log lines.
 */
#include "engine/ledger.h"
#include "scanned_log.h"

#define MX    "mx.example.org"
#define GMAIL "gmail-smtp-in.l.google.com"

static void a_final_outcome_of_a_recipient_counts_once(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    log_from(text, AT(9, 0), "A1B2C3", "news@news.example");
    for (int again = 0; again < 3; again++) {
        log_sent(text, AT(9, again), "A1B2C3", "jane@example.org", MX);
        log_bounced(text, AT(9, again), "A1B2C3", "john@example.org", MX);
    }
    log_sent(text, AT(9, 5), "A1B2C3", "jim@example.org", MX);
    scanned_log_run(log, text);
    assert_int_equal(log->snapshot.totals.delivered, 2);
    assert_int_equal(log->snapshot.totals.hard, 1);
    assert_int_equal(log->snapshot.totals.recipient, 1);
    assert_int_equal(log->snapshot.duplicates, 4);
    assert_int_equal(log->snapshot.lines_outcome, 7);
    assert_true(log->snapshot.rate > 0.3333 && log->snapshot.rate < 0.3334);
    scanned_log_end(log);
}

static void a_queue_id_that_is_used_again_is_another_message(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    log_from(text, AT(9, 0), "A1B2C3", "a@news.example");
    log_sent(text, AT(9, 0), "A1B2C3", "jane@example.org", MX);
    log_removed(text, AT(9, 0), "A1B2C3");
    log_from(text, AT(9, 10), "A1B2C3", "a@shop.example");
    log_sent(text, AT(9, 10), "A1B2C3", "jane@example.org", MX);
    log_removed(text, AT(9, 10), "A1B2C3");
    scanned_log_run(log, text);
    assert_int_equal(log->snapshot.totals.delivered, 2);
    assert_int_equal(log->snapshot.duplicates, 0);
    assert_int_equal(
        scanned_log_row(log, BW_SCOPE_SENDER_DOMAIN, "news.example", NULL)->tally.delivered, 1);
    assert_int_equal(
        scanned_log_row(log, BW_SCOPE_SENDER_DOMAIN, "shop.example", NULL)->tally.delivered, 1);
    scanned_log_end(log);
}

static void the_same_log_twice_counts_final_outcomes_once(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    for (int i = 0; i < 10; i++) {
        char id[32], to[64];
        (void)snprintf(id, sizeof(id), "A1B2C%d", i);
        (void)snprintf(to, sizeof(to), "user%d@example.org", i);
        log_from(text, AT(9, i), id, "a@news.example");
        if (i % 2 == 0)
            log_sent(text, AT(9, i), id, to, MX);
        else
            log_bounced(text, AT(9, i), id, to, MX);
        log_removed(text, AT(9, i), id);
    }
    scanned_log_begin(log);
    scanned_log_input(log, "mail.log.1", log_text_view(text));
    scanned_log_input(log, "mail.log.1.copy", log_text_view(text));
    scanned_log_finish(log);
    log_text_free(text);
    assert_int_equal(log->snapshot.totals.delivered, 5);
    assert_int_equal(log->snapshot.totals.hard, 5);
    assert_int_equal(log->snapshot.duplicates, 10);
    assert_int_equal(log->snapshot.input_count, 2);
    assert_int_equal(log->snapshot.inputs[1].lines, 30);
    scanned_log_end(log);
}

static void ten_deferrals_and_one_delivery_are_one_delivery(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    log_from(text, AT(9, 0), "A1B2C3", "a@news.example");
    for (int i = 0; i < 10; i++)
        log_deferred(text, AT(9, i), "A1B2C3", "jane@example.org", MX);
    log_sent(text, AT(10, 0), "A1B2C3", "jane@example.org", MX);
    scanned_log_run(log, text);
    assert_int_equal(log->snapshot.totals.delivered, 1);
    assert_int_equal(log->snapshot.totals.soft, 10);
    assert_int_equal(log->snapshot.totals.hard, 0);
    assert_true(log->snapshot.rate <= 0.0);
    scanned_log_end(log);
}

static void expiry_counts_the_recipients_that_are_still_deferred(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    log_from(text, AT(9, 0), "A1B2C3", "a@news.example");
    log_deferred(text, AT(9, 1), "A1B2C3", "one@example.org", MX);
    log_deferred(text, AT(9, 1), "A1B2C3", "two@example.org", MX);
    log_deferred(text, AT(9, 1), "A1B2C3", "three@gmail.com", GMAIL);
    log_deferred(text, AT(9, 1), "A1B2C3", "four@example.org", MX);
    log_sent(text, AT(9, 5), "A1B2C3", "one@example.org", MX);
    log_bounced(text, AT(9, 6), "A1B2C3", "four@example.org", MX);
    log_expired(text, AT(10, 0), "A1B2C3", "a@news.example");
    log_removed(text, AT(10, 0), "A1B2C3");
    scanned_log_run(log, text);
    assert_int_equal(log->snapshot.totals.expired, 2);
    assert_int_equal(log->snapshot.totals.delivered, 1);
    assert_int_equal(log->snapshot.totals.hard, 1);
    assert_int_equal(
        scanned_log_row(log, BW_SCOPE_RECIPIENT_DOMAIN, "example.org", NULL)->tally.expired, 1);
    assert_int_equal(scanned_log_row(log, BW_SCOPE_PROVIDER, "gmail", NULL)->tally.expired, 1);
    assert_int_equal(
        scanned_log_row(log, BW_SCOPE_SENDER_PROVIDER, "news.example", "gmail")->tally.expired, 1);
    assert_true(log->snapshot.rate > 0.49 && log->snapshot.rate < 0.51); /* one of two */
    scanned_log_end(log);
}

static void mail_that_expires_without_a_deferral_in_the_log_counts_as_one(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    log_expired(text, AT(10, 0), "A1B2C3", "a@news.example");
    scanned_log_run(log, text);
    assert_int_equal(log->snapshot.totals.expired, 1);
    assert_int_equal(log->snapshot.table_counts[BW_SCOPE_RECIPIENT_DOMAIN], 0);
    scanned_log_end(log);
}

static void mail_expires_once_however_often_the_log_says_so(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    log_from(text, AT(9, 0), "A1B2C3", "a@news.example");
    log_deferred(text, AT(9, 1), "A1B2C3", "one@example.org", MX);
    log_expired(text, AT(10, 0), "A1B2C3", "a@news.example");
    log_expired(text, AT(10, 0), "A1B2C3", "a@news.example");
    log_removed(text, AT(10, 0), "A1B2C3");
    log_expired(text, AT(11, 0), "D1E2F3", "a@news.example"); /* its deferrals are not known */
    log_removed(text, AT(11, 0), "D1E2F3");
    scanned_log_begin(log);
    scanned_log_input(log, "mail.log.1", log_text_view(text));
    scanned_log_input(log, "mail.log.1.copy", log_text_view(text));
    scanned_log_finish(log);
    log_text_free(text);
    assert_int_equal(log->snapshot.totals.expired, 2);
    assert_int_equal(
        scanned_log_row(log, BW_SCOPE_RECIPIENT_DOMAIN, "example.org", NULL)->tally.expired, 1);
    assert_int_equal(log->snapshot.duplicates, 4);
    scanned_log_end(log);
}

static void expired_mail_is_an_attempt_where_the_configuration_says_so(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    log->config.count_expired = true;
    scanned_log_begin(log);
    log_from(text, AT(9, 0), "A1B2C3", "a@news.example");
    log_deferred(text, AT(9, 1), "A1B2C3", "one@example.org", MX);
    log_deferred(text, AT(9, 1), "A1B2C3", "two@example.org", MX);
    log_sent(text, AT(9, 1), "A1B2C3", "three@example.org", MX);
    log_bounced(text, AT(9, 1), "A1B2C3", "four@example.org", MX);
    log_expired(text, AT(10, 0), "A1B2C3", "a@news.example");
    scanned_log_run(log, text);
    log->config.count_expired = false;
    assert_true(log->snapshot.rate > 0.2499 && log->snapshot.rate < 0.2501); /* one of four */
    const double rate = scanned_log_row(log, BW_SCOPE_RECIPIENT_DOMAIN, "example.org", NULL)->rate;
    assert_true(rate > 0.2499 && rate < 0.2501);
    scanned_log_end(log);
}

static void the_null_sender_counts_for_no_sender(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    log_from(text, AT(9, 0), "A1B2C3", "");
    log_sent(text, AT(9, 0), "A1B2C3", "jane@example.org", MX);
    log_bounced(text, AT(9, 0), "A1B2C3", "john@example.org", MX);
    scanned_log_run(log, text);
    assert_int_equal(log->snapshot.totals.delivered, 1);
    assert_int_equal(log->snapshot.totals.hard, 1);
    assert_int_equal(log->snapshot.table_counts[BW_SCOPE_SENDER_DOMAIN], 0);
    assert_int_equal(log->snapshot.table_counts[BW_SCOPE_SENDER_PROVIDER], 0);
    assert_int_equal(
        scanned_log_row(log, BW_SCOPE_RECIPIENT_DOMAIN, "example.org", NULL)->tally.hard, 1);
    scanned_log_end(log);
}

static void what_does_not_leave_the_site_is_in_no_rate(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    log_from(text, AT(9, 0), "A1B2C3", "a@news.example");
    log_text_add(
        text, AT(9, 1), "smtp",
        "A1B2C3: to=<a@example.org>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, dsn=2.0.0, "
        "status=sent (250 2.0.0 Ok: queued as 4A)");
    log_text_add(text, AT(9, 2), "local",
                 "A1B2C3: to=<b@example.org>, relay=local, delay=1, dsn=2.0.0, status=sent "
                 "(delivered to mailbox)");
    log_text_add(text, AT(9, 3), "local",
                 "A1B2C3: to=<c@example.org>, relay=local, delay=1, dsn=5.1.1, status=bounced "
                 "(unknown user: \"c\")");
    log_text_add(text, AT(9, 4), "discard",
                 "A1B2C3: to=<d@example.org>, relay=none, delay=1, dsn=2.0.0, status=sent (x)");
    log_text_add(text, AT(9, 5), "smtp",
                 "A1B2C3: to=<e@example.org>, relay=mx.example.org[192.0.2.7]:25, delay=1, "
                 "dsn=5.1.1, status=undeliverable (host mx.example.org[192.0.2.7] said: 550 no)");
    scanned_log_run(log, text);
    const struct bw_tally none = {0};
    assert_memory_equal(&log->snapshot.totals, &none, sizeof(none));
    assert_int_equal(log->snapshot.internal, 1);
    assert_int_equal(log->snapshot.local, 2);
    assert_int_equal(log->snapshot.discarded, 1);
    assert_int_equal(log->snapshot.probes, 1);
    assert_int_equal(log->snapshot.lines_outcome, 5);
    for (uint32_t scope = 0; scope < BW_SCOPE_COUNT; scope++)
        assert_int_equal(log->snapshot.table_counts[scope], 0);
    scanned_log_end(log);
}

static void a_domain_keeps_the_provider_its_mail_was_seen_to_go_to(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    log_from(text, AT(9, 0), "A1B2C3", "a@news.example");
    log_sent(text, AT(9, 0), "A1B2C3", "jane@shop.example", "aspmx.l.google.com");
    log_text_add(text, AT(9, 1), "smtp",
                 "A1B2C3: to=<john@shop.example>, relay=none, delay=30, dsn=5.4.4, status=bounced "
                 "(Host or domain name not found. Name service error for name=shop.example)");
    log_text_add(text, AT(9, 2), "smtp",
                 "A1B2C3: to=<john@other.example>, relay=none, delay=30, dsn=5.4.4, status=bounced "
                 "(Host or domain name not found. Name service error for name=other.example)");
    scanned_log_run(log, text);
    const struct bw_key_row *row =
        scanned_log_row(log, BW_SCOPE_PROVIDER, "google_workspace", NULL);
    assert_int_equal(row->tally.delivered, 1);
    assert_int_equal(row->tally.hard, 1);
    assert_int_equal(scanned_log_row(log, BW_SCOPE_PROVIDER, "other", NULL)->tally.hard, 1);
    assert_string_equal(
        scanned_log_row(log, BW_SCOPE_RECIPIENT_DOMAIN, "shop.example", NULL)->provider,
        "google_workspace");
    scanned_log_end(log);
}

static void every_table_adds_up_to_the_totals(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    for (int i = 0; i < 600; i++) {
        char id[32], to[64], from[64];
        (void)snprintf(id, sizeof(id), "A1B2C%03d", i);
        (void)snprintf(to, sizeof(to), "user@d%d.example", i % 7);
        (void)snprintf(from, sizeof(from), "news@s%d.example", i % 3);
        log_from(text, AT(9, 0) + i, id, from);
        if (i % 5 == 0)
            log_bounced(text, AT(9, 0) + i, id, to, i % 2 == 0 ? GMAIL : MX);
        else if (i % 5 == 1)
            log_deferred(text, AT(9, 0) + i, id, to, MX);
        else
            log_sent(text, AT(9, 0) + i, id, to, MX);
        log_text_add(text, AT(9, 0) + i, "smtpd", "connect from unknown[198.51.100.7]");
    }
    scanned_log_run(log, text);
    const struct bw_snapshot *snapshot = &log->snapshot;
    for (uint32_t scope = 0; scope < BW_SCOPE_COUNT; scope++) {
        struct bw_tally sum = {0};
        for (uint32_t i = 0; i < snapshot->table_counts[scope]; i++) {
            const struct bw_tally *row = &snapshot->tables[scope][i].tally;
            sum.delivered += row->delivered;
            sum.hard += row->hard;
            sum.soft += row->soft;
            sum.expired += row->expired;
            sum.recipient += row->recipient;
            sum.block += row->block;
        }
        assert_memory_equal(&sum, &snapshot->totals, sizeof(sum));
    }
    assert_int_equal(snapshot->totals.hard, 120);
    assert_int_equal(snapshot->totals.soft, 120);
    assert_int_equal(snapshot->totals.delivered, 360);
    uint64_t failures = 0;
    for (uint32_t i = 0; i < snapshot->class_count; i++)
        failures += snapshot->classes[i].count;
    assert_int_equal(failures, 240);
    failures = 0;
    for (uint32_t i = 0; i < snapshot->diagnostic_count; i++)
        failures += snapshot->diagnostics[i].count;
    assert_int_equal(failures, 240);
    assert_int_equal(snapshot->lines_total, snapshot->lines_outcome + snapshot->lines_known +
                                                snapshot->lines_malformed +
                                                snapshot->lines_unknown);
    assert_int_equal(snapshot->lines_total, 1800);
    assert_int_equal(snapshot->lines_outcome, 600);
    scanned_log_end(log);
}

static void only_outcomes_between_since_and_until_count(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();
    const int64_t day_ms = INT64_C(1777593600000); /* 2026-05-01T00:00:00Z */
    const struct bw_ledger_options options = {.since_ms = day_ms + AT(9, 1) * INT64_C(1000),
                                              .until_ms = day_ms + AT(9, 3) * INT64_C(1000)};

    scanned_log_begin_with(log, &options);
    log_from(text, AT(8, 0), "A1B2C3", "a@news.example");
    for (int minute = 0; minute < 5; minute++) {
        char to[64];
        (void)snprintf(to, sizeof(to), "user%d@example.org", minute);
        log_sent(text, AT(9, minute), "A1B2C3", to, MX);
    }
    scanned_log_run(log, text);
    assert_int_equal(log->snapshot.totals.delivered, 2); /* 9:01 and 9:02, not 9:03 */
    assert_int_equal(
        scanned_log_row(log, BW_SCOPE_SENDER_DOMAIN, "news.example", NULL)->tally.delivered, 2);
    scanned_log_end(log);
}

/* Left alone, the lines behind the end would let the window run empty and tell of it. */
static void nothing_happens_after_until(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();
    const int64_t until_ms = INT64_C(1777593600000) + AT(9, 30) * INT64_C(1000);
    const struct bw_ledger_options options = {.since_ms = INT64_MIN, .until_ms = until_ms};

    scanned_log_begin_with(log, &options);
    for (int i = 0; i < 200; i++) {
        char id[32], to[64];
        (void)snprintf(id, sizeof(id), "A1B2C%03d", i);
        (void)snprintf(to, sizeof(to), "user%d@example.org", i);
        log_from(text, AT(9, 0), id, "a@news.example");
        log_bounced(text, AT(9, 1), id, to, MX);
    }
    log_sent(text, AT(23, 0), "D1E2F3", "x@example.org", MX);
    scanned_log_run(log, text);
    assert_true(log->snapshot.event_count >= 8);
    for (uint32_t i = 0; i < log->snapshot.event_count; i++)
        assert_true(log->snapshot.events[i].time_ms <= until_ms);
    scanned_log_end(log);
}

static void what_is_older_than_the_longest_window_is_late_and_in_the_totals(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    log_from(text, AT(9, 0), "A1B2C3", "a@news.example");
    log_sent(text, AT(24 + 9, 0), "A1B2C3", "now@example.org", MX);
    log_sent(text, AT(9, 1), "A1B2C3", "in-time@example.org", MX); /* the window's first minute */
    log_sent(text, AT(9, 0), "A1B2C3", "late@example.org", MX);
    scanned_log_run(log, text);
    assert_int_equal(log->snapshot.late, 1);
    assert_int_equal(log->snapshot.totals.delivered, 3);
    scanned_log_end(log);
}

struct seen_records {
    char text[2048];
};

static void note_record(const struct bw_record *record, void *context)
{
    struct seen_records *seen = context;
    const size_t size = strlen(seen->text);
    const struct bw_delivery *delivery = &record->observation->delivery;

    (void)snprintf(seen->text + size, sizeof(seen->text) - size, "%s:%u %s <%.*s>%s <%.*s>\n",
                   record->path, (unsigned)record->line,
                   bw_outcome_name((enum bw_outcome)delivery->outcome),
                   BW_TEXT_ARGS(record->host_sender), record->has_sender ? "" : "?",
                   BW_TEXT_ARGS(delivery->recipient));
}

static void records_come_in_order_with_file_line_and_sender(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();
    struct seen_records seen = {""};

    scanned_log_begin(log);
    assert_int_equal(bw_ledger_on_record(log->ledger, note_record, &seen), BW_OK);
    log_sent(text, AT(9, 0), "F0B1C2", "early@example.org", MX);
    log_from(text, AT(9, 0), "A1B2C3", "news@news.example");
    log_from(text, AT(9, 0), "B1B2C3", "");
    log_sent(text, AT(9, 0), "A1B2C3", "jane@example.org", MX);
    log_sent(text, AT(9, 0), "A1B2C3", "jane@example.org", MX);
    log_bounced(text, AT(9, 0), "B1B2C3", "john@example.org", MX);
    log_removed(text, AT(9, 0), "A1B2C3");
    log_deferred(text, AT(9, 1), "A1B2C3", "jim@example.org", MX);
    log->lines_per_chunk = 3;
    scanned_log_run(log, text);
    assert_string_equal(seen.text, "mail.log:1 delivered <>? <early@example.org>\n"
                                   "mail.log:4 delivered <news@news.example> <jane@example.org>\n"
                                   "mail.log:5 delivered <news@news.example> <jane@example.org>\n"
                                   "mail.log:6 bounced <> <john@example.org>\n"
                                   "mail.log:8 deferred <>? <jim@example.org>\n");
    scanned_log_end(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_final_outcome_of_a_recipient_counts_once),
        cmocka_unit_test(a_queue_id_that_is_used_again_is_another_message),
        cmocka_unit_test(the_same_log_twice_counts_final_outcomes_once),
        cmocka_unit_test(ten_deferrals_and_one_delivery_are_one_delivery),
        cmocka_unit_test(expiry_counts_the_recipients_that_are_still_deferred),
        cmocka_unit_test(mail_that_expires_without_a_deferral_in_the_log_counts_as_one),
        cmocka_unit_test(mail_expires_once_however_often_the_log_says_so),
        cmocka_unit_test(expired_mail_is_an_attempt_where_the_configuration_says_so),
        cmocka_unit_test(the_null_sender_counts_for_no_sender),
        cmocka_unit_test(what_does_not_leave_the_site_is_in_no_rate),
        cmocka_unit_test(a_domain_keeps_the_provider_its_mail_was_seen_to_go_to),
        cmocka_unit_test(every_table_adds_up_to_the_totals),
        cmocka_unit_test(only_outcomes_between_since_and_until_count),
        cmocka_unit_test(nothing_happens_after_until),
        cmocka_unit_test(what_is_older_than_the_longest_window_is_late_and_in_the_totals),
        cmocka_unit_test(records_come_in_order_with_file_line_and_sender),
    };
    return cmocka_run_group_tests_name("engine/ledger", tests, scanned_log_set_up,
                                       scanned_log_tear_down);
}
