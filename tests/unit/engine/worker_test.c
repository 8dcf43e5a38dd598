/*
 * What one chunk of lines becomes.
 */
#include "engine/worker.h"
#include "scanned_log.h"

#define SENT                                                                                       \
    "2026-05-01T09:00:00Z mx postfix/smtp[7]: A1B2C3: to=<jane@example.org>, "                     \
    "relay=mx.example.org[192.0.2.7]:25, delay=1, dsn=2.0.0, status=sent (250 ok)"
#define CUT_SHORT                                                                                  \
    "2026-05-01T09:00:00Z mx postfix/smtp[7]: A1B2C3: to=<jane@example.org>, "                     \
    "relay=mx.example.org[192.0.2.7]:25, delay=1, dsn=2.0.0, status=confused (x)"
#define FROM                                                                                       \
    "2026-05-01T09:00:00Z mx postfix/qmgr[7]: A1B2C3: from=<a@news.example>, size=1, nrcpt=1 "     \
    "(queue active)"
#define REMOVED "2026-05-01T09:00:00Z mx postfix/qmgr[7]: A1B2C3: removed"
#define KNOWN   "2026-05-01T09:00:00Z mx postfix/smtpd[7]: connect from unknown[198.51.100.7]"
#define OTHER   "2026-05-01T09:00:00Z mx kernel: something"

static struct bw_chunk *scan(struct scanned_log *log, struct bw_text text)
{
    assert_true(text.size <= BW_CHUNK_BYTES + BW_LINE_BYTES_MAX);
    if (text.size > 0)
        (void)memcpy(log->chunk.bytes, text.bytes, text.size);
    log->chunk.size = text.size;
    bw_worker_scan(log->worker, &log->chunk);
    return &log->chunk;
}

static void every_line_counts_in_exactly_one_place(void **state)
{
    static const struct {
        const char *why;
        struct bw_text text;
        struct bw_line_counts lines;
        size_t observations;
    } cases[] = {
        {"nothing", BW_TEXT_INIT(""), {0}, 0},
        {"an outcome", BW_TEXT_INIT(SENT "\n"), {.total = 1, .outcome = 1}, 1},
        {"an envelope", BW_TEXT_INIT(FROM "\n"), {.total = 1, .known = 1}, 1},
        {"a removal", BW_TEXT_INIT(REMOVED "\n"), {.total = 1, .known = 1}, 1},
        {"a line of a mail server with nothing in it for us",
         BW_TEXT_INIT(KNOWN "\n"),
         {.total = 1, .known = 1},
         0},
        {"a line of another program", BW_TEXT_INIT(OTHER "\n"), {.total = 1, .unknown = 1}, 0},
        {"no log line", BW_TEXT_INIT("hello\n"), {.total = 1, .unknown = 1}, 0},
        {"an empty line", BW_TEXT_INIT("\n"), {.total = 1, .unknown = 1}, 0},
        {"an outcome that cannot be read",
         BW_TEXT_INIT(CUT_SHORT "\n"),
         {.total = 1, .malformed = 1},
         0},
        {"all of them",
         BW_TEXT_INIT(SENT "\n" FROM "\n" OTHER "\n" KNOWN "\n" CUT_SHORT "\n" SENT "\n" REMOVED
                           "\n\n"),
         {.total = 8, .outcome = 2, .known = 3, .malformed = 1, .unknown = 2},
         4},
        {"ends of lines as Windows has them",
         BW_TEXT_INIT(SENT "\r\n" REMOVED "\r\n"),
         {.total = 2, .outcome = 1, .known = 1},
         2},
        {"NULs that a truncated file leaves in front",
         BW_TEXT_INIT("\0\0\0\0" SENT "\n"),
         {.total = 1, .outcome = 1},
         1},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        const struct bw_chunk *chunk = scan(*state, cases[i].text);
        assert_memory_equal(&chunk->lines, &cases[i].lines, sizeof(chunk->lines));
        assert_int_equal(chunk->observation_count, cases[i].observations);
    }
}

static void observations_say_their_line_and_what_belongs_together(void **state)
{
    const struct bw_chunk *chunk =
        scan(*state, BW_TEXT(OTHER "\n" FROM "\n" SENT "\n" KNOWN "\n" REMOVED "\n"));
    const struct bw_observation *found = chunk->observations;

    assert_int_equal(chunk->observation_count, 3);
    assert_int_equal(found[0].kind, BW_OBSERVATION_ENVELOPE);
    assert_int_equal(found[0].line, 1);
    assert_text_equal(found[0].delivery.sender, "a@news.example");
    assert_int_equal(found[1].kind, BW_OBSERVATION_OUTCOME);
    assert_int_equal(found[1].line, 2);
    assert_text_equal(found[1].delivery.recipient, "jane@example.org");
    assert_int_equal(found[2].kind, BW_OBSERVATION_REMOVED);
    assert_int_equal(found[2].line, 4);
    assert_int_not_equal(found[0].queue_key, 0);
    assert_true(found[0].queue_key == found[1].queue_key);
    assert_true(found[0].queue_key == found[2].queue_key);
    assert_int_not_equal(found[0].domain_hash, 0);
    assert_int_not_equal(found[1].domain_hash, 0);
    assert_int_not_equal(found[1].recipient_hash, 0);
    assert_int_equal(found[1].shape_hash, 0); /* no failure */
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(found[i].stamp.kind, BW_STAMP_ABSOLUTE);
        assert_int_equal(found[i].stamp.utc_ms, INT64_C(1777626000000));
    }
}

/* Two hosts may use the same short queue id at the same time. */
static void a_queue_id_belongs_to_its_host(void **state)
{
    const struct bw_chunk *chunk =
        scan(*state, BW_TEXT("2026-05-01T09:00:00Z mx1 postfix/qmgr[7]: A1B2C3: removed\n"
                             "2026-05-01T09:00:00Z mx2 postfix/qmgr[7]: A1B2C3: removed\n"
                             "2026-05-01T09:00:00Z mx1 postfix/qmgr[9]: A1B2C3: removed\n"));

    assert_int_equal(chunk->observation_count, 3);
    assert_true(chunk->observations[0].queue_key != chunk->observations[1].queue_key);
    assert_true(chunk->observations[0].queue_key == chunk->observations[2].queue_key);
}

static void names_the_first_five_malformed_lines(void **state)
{
    static const uint64_t expected[] = {1, 2, 4, 5, 6};
    const struct bw_chunk *chunk =
        scan(*state, BW_TEXT(SENT "\n" CUT_SHORT "\n" CUT_SHORT "\n" SENT "\n" CUT_SHORT
                                  "\n" CUT_SHORT "\n" CUT_SHORT "\n" CUT_SHORT "\n"));

    assert_int_equal(chunk->lines.malformed, 6);
    assert_memory_equal(chunk->malformed_lines, expected, sizeof(expected));
}

static void finds_the_times_of_the_first_and_the_last_line_that_has_one(void **state)
{
    static const struct {
        const char *why;
        struct bw_text text;
        int64_t first_s, last_s; /* behind 2026-05-01T09:00:00Z; -1: none */
    } cases[] = {
        {"no line", BW_TEXT_INIT(""), -1, -1},
        {"no line with a time", BW_TEXT_INIT("hello\n\n"), -1, -1},
        {"one line", BW_TEXT_INIT("2026-05-01T09:00:03Z mx kernel: x\n"), 3, 3},
        {"others around it",
         BW_TEXT_INIT("hello\n2026-05-01T09:00:03Z mx kernel: x\nhello\n"
                      "2026-05-01T09:00:05Z mx kernel: x\n\nhello\n"),
         3, 5},
        {"the last may be the earlier one",
         BW_TEXT_INIT("2026-05-01T09:00:05Z mx kernel: x\n2026-05-01T09:00:03Z mx kernel: x\n"), 5,
         3},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        const struct bw_chunk *chunk = scan(*state, cases[i].text);
        const struct bw_stamp *stamps[] = {&chunk->first_stamp, &chunk->last_stamp};
        const int64_t seconds[] = {cases[i].first_s, cases[i].last_s};
        for (size_t j = 0; j < 2; j++) {
            assert_int_equal(stamps[j]->kind, seconds[j] < 0 ? BW_STAMP_NONE : BW_STAMP_ABSOLUTE);
            if (seconds[j] >= 0)
                assert_int_equal(stamps[j]->utc_ms, INT64_C(1777626000000) + seconds[j] * 1000);
        }
    }
}

static void a_line_over_the_limit_is_cut_and_counted(void **state)
{
    struct scanned_log *log = *state;
    const size_t capacity = BW_LINE_BYTES_MAX + 1000;
    char *text = malloc(capacity);

    assert_non_null(text);
    (void)memset(text, 'x', capacity);
    for (size_t size = BW_LINE_BYTES_MAX - 1; size <= BW_LINE_BYTES_MAX + 2; size++) {
        text[size] = '\n';
        const struct bw_chunk *chunk = scan(log, (struct bw_text){text, size + 1});
        assert_int_equal(chunk->lines.cut, size > BW_LINE_BYTES_MAX ? 1 : 0);
        assert_int_equal(chunk->lines.total, 1);
        text[size] = 'x';
    }
    free(text);
}

/* Lines as short as they get, as many as fit: there is room for what they give. */
static void a_full_chunk_of_the_shortest_lines_has_room(void **state)
{
    struct scanned_log *log = *state;
    static const char line[] = "Jan  1 00:00:00 m postfix/qmgr: A1B2C3: removed\n";
    char *text = malloc(BW_CHUNK_BYTES);
    size_t size = 0;

    assert_non_null(text);
    for (; size + sizeof(line) - 1 <= BW_CHUNK_BYTES; size += sizeof(line) - 1)
        (void)memcpy(text + size, line, sizeof(line) - 1);
    const struct bw_chunk *chunk = scan(log, (struct bw_text){text, size});
    assert_int_equal(chunk->lines.total, size / (sizeof(line) - 1));
    assert_int_equal(chunk->lines.known, chunk->lines.total);
    assert_int_equal(chunk->observation_count, chunk->lines.total);
    free(text);
}

/* A worker remembers nothing of the chunk before. */
static void the_same_chunk_gives_the_same_whatever_came_before(void **state)
{
    struct scanned_log *log = *state;
    struct bw_observation first;
    const struct bw_chunk *chunk = scan(log, BW_TEXT(SENT "\n"));

    first = chunk->observations[0];
    (void)scan(log, BW_TEXT(CUT_SHORT "\nhello\n" FROM "\n" KNOWN "\n"));
    chunk = scan(log, BW_TEXT(SENT "\n"));
    assert_int_equal(chunk->lines.total, 1);
    assert_int_equal(chunk->observation_count, 1);
    assert_memory_equal(&chunk->observations[0].stamp, &first.stamp, sizeof(first.stamp));
    assert_true(chunk->observations[0].queue_key == first.queue_key);
    assert_true(chunk->observations[0].recipient_hash == first.recipient_hash);
    assert_int_equal(chunk->observations[0].line, 0);
}

static void the_provider_is_the_relay_s_then_the_named_host_s_then_the_domain_s(void **state)
{
    static const struct {
        const char *why, *domain, *fields, *provider;
    } cases[] = {
        {"relay", "outlook.com",
         "relay=gmail-smtp-in.l.google.com[192.0.2.1]:25, delay=1, status=sent (250 ok)", "gmail"},
        {"an unknown relay says nothing", "outlook.com",
         "relay=mx.example.org[192.0.2.1]:25, delay=1, status=sent (250 ok)", "microsoft"},
        {"the host that the text names", "outlook.com",
         "relay=none, delay=1, status=deferred (connect to mta5.am0.yahoodns.net[192.0.2.1]:25: "
         "Connection timed out)",
         "yahoo"},
        {"domain", "outlook.com", "relay=none, delay=1, status=deferred (x)", "microsoft"},
        {"a filter in front is its own provider", "gmail.com",
         "relay=mx0a-00000000.pphosted.com[192.0.2.1]:25, delay=1, status=sent (250 ok)",
         "proofpoint"},
        {"a hosted domain is known by its relay only", "shop.example",
         "relay=aspmx.l.google.com[192.0.2.1]:25, delay=1, status=sent (250 ok)",
         "google_workspace"},
        {"nobody", "example.org", "relay=mx.example.org[192.0.2.1]:25, delay=1, status=sent (ok)",
         "other"},
    };
    struct scanned_log *log = *state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char line[512];
        (void)snprintf(line, sizeof(line),
                       "May  1 09:14:00 mx1 postfix/smtp[7]: 3F2A1C04: to=<a@%s>, %s\n",
                       cases[i].domain, cases[i].fields);
        print_message("  %s\n", cases[i].why);
        const struct bw_chunk *chunk = scan(log, bw_text_of(line));
        assert_int_equal(chunk->observation_count, 1);
        assert_string_equal(bw_provider_map_name(log->knowledge->providers,
                                                 chunk->observations[0].verdict.provider),
                            cases[i].provider);
    }
}

/* A worker remembers what it said of a text; the codes, the provider and the outcome belong to it.
 */
static void the_same_text_is_judged_with_its_own_codes_and_provider(void **state)
{
    static const struct {
        const char *relay, *fields, *provider;
        enum bw_class class_id;
    } cases[] = {
        {"mx.example.com", "dsn=5.1.1, status=bounced (no thanks)", "other", BW_CLASS_USER_UNKNOWN},
        {"mx.example.com", "dsn=5.2.2, status=bounced (no thanks)", "other", BW_CLASS_MAILBOX_FULL},
        {"mta5.am0.yahoodns.net", "dsn=5.2.2, status=bounced (no thanks)", "yahoo",
         BW_CLASS_MAILBOX_FULL},
    };
    struct scanned_log *log = *state;

    for (size_t i = 0; i < 2 * ARRAY_COUNT(cases); i++) {
        const size_t which = i % ARRAY_COUNT(cases);
        char line[512];
        (void)snprintf(line, sizeof(line),
                       "May  1 09:14:00 mx1 postfix/smtp[7]: 3F2A1C04: to=<a@example.com>, "
                       "relay=%s[192.0.2.1]:25, delay=1, %s\n",
                       cases[which].relay, cases[which].fields);
        print_message("  %s", line);
        const struct bw_chunk *chunk = scan(log, bw_text_of(line));
        assert_int_equal(chunk->observation_count, 1);
        const struct bw_verdict *verdict = &chunk->observations[0].verdict;
        assert_int_equal(verdict->class_id, cases[which].class_id);
        assert_string_equal(bw_provider_map_name(log->knowledge->providers, verdict->provider),
                            cases[which].provider);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_counts_in_exactly_one_place),
        cmocka_unit_test(observations_say_their_line_and_what_belongs_together),
        cmocka_unit_test(a_queue_id_belongs_to_its_host),
        cmocka_unit_test(names_the_first_five_malformed_lines),
        cmocka_unit_test(finds_the_times_of_the_first_and_the_last_line_that_has_one),
        cmocka_unit_test(a_line_over_the_limit_is_cut_and_counted),
        cmocka_unit_test(a_full_chunk_of_the_shortest_lines_has_room),
        cmocka_unit_test(the_provider_is_the_relay_s_then_the_named_host_s_then_the_domain_s),
        cmocka_unit_test(the_same_text_is_judged_with_its_own_codes_and_provider),
        cmocka_unit_test(the_same_chunk_gives_the_same_whatever_came_before),
    };
    return cmocka_run_group_tests_name("engine/worker", tests, scanned_log_set_up,
                                       scanned_log_tear_down);
}
