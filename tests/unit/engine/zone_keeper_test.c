/*
 * When zone and block events come, and what is in them.
 */
#include "base/time_text.h"
#include "engine/ledger.h"
#include "scanned_log.h"

#define GMAIL "gmail-smtp-in.l.google.com"

/* `sent` and `bounced` recipients from one minute of the day on, all within that minute. */
static void add_mail(struct log_text *text, int minute_of_day, const char *sender, int sent,
                     int bounced)
{
    for (int i = 0; i < sent + bounced; i++) {
        char id[32], to[64];
        const int second = minute_of_day * 60 + i * 60 / (sent + bounced);

        (void)snprintf(id, sizeof(id), "A%05d%04d", minute_of_day, i);
        (void)snprintf(to, sizeof(to), "user%d@gmail.com", i);
        log_from(text, second, id, sender);
        /* The bounces lie evenly between the deliveries. */
        if (bounced > 0 && i % ((sent + bounced) / bounced) == 0 &&
            i / ((sent + bounced) / bounced) < bounced)
            log_bounced(text, second, id, to, GMAIL);
        else
            log_sent(text, second, id, to, GMAIL);
        log_removed(text, second, id);
    }
}

static bool is_zone_event(const struct bw_event *event, enum bw_scope scope, const char *key,
                          uint32_t window_s)
{
    return event->type == BW_EVENT_ZONE && event->scope == scope && event->window_s == window_s &&
           strcmp(event->key, key) == 0;
}

static size_t zone_event_count(const struct scanned_log *log, enum bw_scope scope, const char *key,
                               uint32_t window_s)
{
    size_t count = 0;

    for (uint32_t i = 0; i < log->snapshot.event_count; i++)
        count += is_zone_event(&log->snapshot.events[i], scope, key, window_s) ? 1 : 0;
    return count;
}

/* The number-th zone event of a key and window; fails when there is none. */
static const struct bw_event *zone_event(const struct scanned_log *log, enum bw_scope scope,
                                         const char *key, uint32_t window_s, size_t number)
{
    static const struct bw_event none;

    for (uint32_t i = 0; i < log->snapshot.event_count; i++) {
        const struct bw_event *event = &log->snapshot.events[i];
        if (is_zone_event(event, scope, key, window_s) && number-- == 0)
            return event;
    }
    fail_msg("there is no such event of %s", key);
    return &none;
}

static void assert_event_time(const struct bw_event *event, const char *expected)
{
    char text[BW_TIME_TEXT_BYTES];

    bw_time_format(event->time_ms, text);
    assert_string_equal(text, expected);
}

static void a_zone_is_entered_at_the_end_of_the_minute_that_decided(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    add_mail(text, 9 * 60 + 10, "news@news.example", 500, 5);
    add_mail(text, 9 * 60 + 13, "news@news.example", 461, 34); /* 39 of 1000 */
    add_mail(text, 9 * 60 + 20, "news@news.example", 10, 0);
    scanned_log_run(log, text);

    static const struct {
        enum bw_scope scope;
        const char *key, *sender, *provider, *domain;
    } keys[] = {
        {BW_SCOPE_PROVIDER, "gmail", NULL, "gmail", NULL},
        {BW_SCOPE_SENDER_PROVIDER, "news.example/gmail", "news.example", "gmail", NULL},
        {BW_SCOPE_RECIPIENT_DOMAIN, "gmail.com", NULL, "gmail", "gmail.com"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        for (uint32_t window_s = 3600; window_s <= 86400; window_s += 86400 - 3600) {
            const struct bw_event *event = zone_event(log, keys[i].scope, keys[i].key, window_s, 0);
            print_message("  %s, %u s\n", keys[i].key, window_s);
            assert_event_time(event, "2026-05-01T09:14:00.000Z");
            assert_int_equal(event->zone, BW_ZONE_WARNING);
            assert_int_equal(event->previous, BW_ZONE_ACCEPTABLE);
            assert_int_equal(event->delivered, 961);
            assert_int_equal(event->hard, 39);
            assert_int_equal(event->recipient, 39);
            assert_int_equal(event->block, 0);
            assert_true(event->rate > 0.03899 && event->rate < 0.03901);
            assert_true(event->lower > 0.0341 && event->lower < 0.0342);
            assert_true(event->upper > 0.0444 && event->upper < 0.0445);
            assert_true(event->limit > 0.0299 && event->limit < 0.0301);
            assert_int_equal(event->class_count, 1);
            assert_int_equal(event->classes[0].count, 39);
            assert_int_equal(event->classes[0].class_id, BW_CLASS_USER_UNKNOWN);
            assert_int_equal(event->sample_count, 1);
            assert_int_equal(event->samples[0].count, 39);
            assert_string_equal(event->samples[0].file, "mail.log");
            assert_non_null(strstr(event->samples[0].text, "u***@gmail.com"));
            assert_null(strstr(event->samples[0].text, "user0@"));
            assert_int_equal(event->sender != NULL, keys[i].sender != NULL);
            assert_int_equal(event->provider != NULL, keys[i].provider != NULL);
            assert_int_equal(event->domain != NULL, keys[i].domain != NULL);
            if (event->sender != NULL)
                assert_string_equal(event->sender, keys[i].sender);
            if (event->provider != NULL)
                assert_string_equal(event->provider, keys[i].provider);
            assert_int_equal(zone_event_count(log, keys[i].scope, keys[i].key, window_s), 1);
        }
    }
    /* Everyone else's limit of 2 % holds for the sender as a whole. */
    assert_true(zone_event(log, BW_SCOPE_SENDER_DOMAIN, "news.example", 3600, 0)->limit < 0.021);
    assert_int_equal(bw_ledger_worst_zone(log->ledger), BW_ZONE_WARNING);
    assert_int_equal(scanned_log_row(log, BW_SCOPE_PROVIDER, "gmail", NULL)->zone, BW_ZONE_WARNING);
    scanned_log_end(log);
}

static void too_little_mail_enters_no_zone(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    add_mail(text, 9 * 60, "news@news.example", 0, 99);
    scanned_log_run(log, text);
    assert_int_equal(log->snapshot.event_count, 0);
    scanned_log_end(log);

    text = log_text_new();
    scanned_log_begin(log);
    add_mail(text, 9 * 60, "news@news.example", 0, 100);
    scanned_log_run(log, text);
    assert_int_equal(zone_event(log, BW_SCOPE_PROVIDER, "gmail", 3600, 0)->zone, BW_ZONE_BLOCKING);
    assert_int_equal(bw_ledger_worst_zone(log->ledger), BW_ZONE_BLOCKING);
    scanned_log_end(log);
}

/* The mail of 9:13 is in the window of an hour up to minute 10:12, and out at the end of 10:13. */
static void a_zone_is_left_when_the_window_no_longer_holds_the_mail(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    add_mail(text, 9 * 60 + 13, "news@news.example", 0, 200);
    add_mail(text, 12 * 60, "news@news.example", 5, 0);
    scanned_log_run(log, text);
    assert_event_time(zone_event(log, BW_SCOPE_PROVIDER, "gmail", 3600, 0),
                      "2026-05-01T09:14:00.000Z");
    const struct bw_event *left = zone_event(log, BW_SCOPE_PROVIDER, "gmail", 3600, 1);
    assert_event_time(left, "2026-05-01T10:14:00.000Z");
    assert_int_equal(left->zone, BW_ZONE_ACCEPTABLE);
    assert_int_equal(left->previous, BW_ZONE_BLOCKING);
    assert_int_equal(zone_event_count(log, BW_SCOPE_PROVIDER, "gmail", 86400), 1);
    const struct bw_key_row *row = scanned_log_row(log, BW_SCOPE_PROVIDER, "gmail", NULL);
    assert_int_equal(row->zone, BW_ZONE_BLOCKING); /* of the day's window */
    assert_int_equal(row->worst_zone, BW_ZONE_BLOCKING);
    scanned_log_end(log);
}

/* Calm at the evaluations at the end of 9:05 and of the minute after it. */
static void a_zone_is_left_at_the_second_calm_evaluation(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    add_mail(text, 9 * 60, "news@news.example", 60, 40);
    add_mail(text, 9 * 60 + 5, "news@news.example", 1900, 0); /* 2 %: below 0.8 times 3 % */
    add_mail(text, 9 * 60 + 30, "news@news.example", 1, 0);
    scanned_log_run(log, text);
    assert_event_time(zone_event(log, BW_SCOPE_PROVIDER, "gmail", 3600, 0),
                      "2026-05-01T09:01:00.000Z");
    const struct bw_event *left = zone_event(log, BW_SCOPE_PROVIDER, "gmail", 3600, 1);
    assert_event_time(left, "2026-05-01T09:07:00.000Z");
    assert_int_equal(left->zone, BW_ZONE_ACCEPTABLE);
    scanned_log_end(log);
}

/* At 9:00 all is well; the late line of 8:59 does not turn the clock back. */
static void a_late_line_is_judged_in_the_minute_it_is_read(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    add_mail(text, 9 * 60, "news@news.example", 99, 0);
    add_mail(text, 8 * 60 + 59, "late@late.example", 0, 10);
    scanned_log_run(log, text);
    assert_event_time(zone_event(log, BW_SCOPE_PROVIDER, "gmail", 3600, 0),
                      "2026-05-01T09:01:00.000Z");
    assert_int_equal(zone_event(log, BW_SCOPE_PROVIDER, "gmail", 3600, 0)->hard, 10);
    scanned_log_end(log);
}

static void equal_logs_give_equal_events_with_equal_ids(void **state)
{
    struct scanned_log *log = *state;
    struct {
        uint64_t id;
        int64_t time_ms;
    } seen[3][64] = {{{0}}};
    static const size_t lines_per_chunk[] = {0, 0, 7};
    uint32_t counts[3];

    for (size_t run = 0; run < 3; run++) {
        struct log_text *text = log_text_new();

        scanned_log_begin(log);
        add_mail(text, 9 * 60 + 13, "news@news.example", 100, 100);
        add_mail(text, 12 * 60, "shop@shop.example", 150, 6);
        log->lines_per_chunk = lines_per_chunk[run];
        scanned_log_run(log, text);
        counts[run] = log->snapshot.event_count;
        assert_in_range(counts[run], 8, 64);
        for (uint32_t i = 0; i < counts[run]; i++) {
            seen[run][i].id = log->snapshot.events[i].id;
            seen[run][i].time_ms = log->snapshot.events[i].time_ms;
        }
        scanned_log_end(log);
    }
    for (size_t run = 1; run < 3; run++) {
        assert_int_equal(counts[run], counts[0]);
        assert_memory_equal(seen[run], seen[0], sizeof(seen[0]));
    }
    for (uint32_t i = 0; i < counts[0]; i++)
        for (uint32_t j = 0; j < i; j++)
            assert_true(seen[0][i].id != seen[0][j].id);
    for (uint32_t i = 1; i < counts[0]; i++)
        assert_true(seen[0][i - 1].time_ms <= seen[0][i].time_ms);
}

static void log_blocked(struct log_text *text, int second, int number, const char *sender)
{
    char id[32];

    (void)snprintf(id, sizeof(id), "B%08d", number);
    log_from(text, second, id, sender);
    log_text_add(text, second, "smtp",
                 "%s: to=<user%d@gmail.com>, relay=" GMAIL "[192.0.2.7]:25, delay=1, dsn=5.7.1, "
                 "status=bounced (host " GMAIL "[192.0.2.7] said: 554 5.7.1 Service unavailable; "
                 "Client host [198.51.100.7] blocked using zen.spamhaus.org (in reply to RCPT TO "
                 "command))",
                 id, number);
}

static void a_block_is_told_once_per_quiet_period_of_half_an_hour(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();

    scanned_log_begin(log);
    for (int i = 0; i < 5; i++)
        log_blocked(text, AT(9, 0) + i, i, "news@news.example");
    log_blocked(text, AT(9, 29) + 59, 10, "news@news.example");
    log_blocked(text, AT(9, 30), 11, "news@news.example");
    log_blocked(text, AT(9, 31), 12, "news@news.example");
    log_blocked(text, AT(9, 32), 13, "shop@shop.example"); /* another key */
    scanned_log_run(log, text);

    static const struct {
        const char *key, *time;
    } expected[] = {
        {"news.example/gmail", "2026-05-01T09:00:00.000Z"},
        {"news.example/gmail", "2026-05-01T09:30:00.000Z"},
        {"shop.example/gmail", "2026-05-01T09:32:00.000Z"},
    };
    assert_int_equal(log->snapshot.event_count, ARRAY_COUNT(expected));
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        const struct bw_event *event = &log->snapshot.events[i];
        assert_int_equal(event->type, BW_EVENT_BLOCK);
        assert_int_equal(event->scope, BW_SCOPE_SENDER_PROVIDER);
        assert_string_equal(event->key, expected[i].key);
        assert_event_time(event, expected[i].time);
        assert_string_equal(event->notice, "dnsbl_listed");
        assert_string_equal(event->named, "spamhaus_zen");
    }
    scanned_log_end(log);
}

struct told {
    size_t count;
    uint64_t last_id;
};

static void note_event(const struct bw_event *event, void *context)
{
    struct told *told = context;

    told->count++;
    told->last_id = event->id;
}

static void the_callback_hears_each_event_when_it_happens(void **state)
{
    struct scanned_log *log = *state;
    struct log_text *text = log_text_new();
    struct told told = {0};

    scanned_log_begin(log);
    bw_ledger_on_event(log->ledger, note_event, &told);
    log_blocked(text, AT(9, 0), 1, "news@news.example");
    scanned_log_input(log, "mail.log.1", log_text_view(text));
    assert_int_equal(told.count, 1);
    add_mail(text, 10 * 60, "news@news.example", 0, 200);
    scanned_log_run(log, text);
    assert_int_equal(told.count, log->snapshot.event_count);
    assert_true(told.last_id == log->snapshot.events[told.count - 1].id);
    scanned_log_end(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_is_entered_at_the_end_of_the_minute_that_decided),
        cmocka_unit_test(too_little_mail_enters_no_zone),
        cmocka_unit_test(a_zone_is_left_when_the_window_no_longer_holds_the_mail),
        cmocka_unit_test(a_zone_is_left_at_the_second_calm_evaluation),
        cmocka_unit_test(a_late_line_is_judged_in_the_minute_it_is_read),
        cmocka_unit_test(equal_logs_give_equal_events_with_equal_ids),
        cmocka_unit_test(a_block_is_told_once_per_quiet_period_of_half_an_hour),
        cmocka_unit_test(the_callback_hears_each_event_when_it_happens),
    };
    return cmocka_run_group_tests_name("engine/zone_keeper", tests, scanned_log_set_up,
                                       scanned_log_tear_down);
}
