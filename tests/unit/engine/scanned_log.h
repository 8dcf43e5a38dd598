/*
 * A ledger that is fed with text: scans it with a worker, takes the chunks, gives the result.
 * Rules are compiled once for all tests of a program.
 */
#ifndef BW_TESTS_UNIT_ENGINE_SCANNED_LOG_H
#define BW_TESTS_UNIT_ENGINE_SCANNED_LOG_H

#include "engine/ledger.h"
#include "engine/worker.h"
#include "test.h"

#include <bouncewatch/chunk.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scanned_log {
    struct bw_config config; /* may be changed before scanned_log_begin() */
    struct bw_knowledge *knowledge;
    struct bw_worker *worker;
    struct bw_chunk chunk;
    struct bw_ledger *ledger;
    struct bw_snapshot snapshot; /* filled by scanned_log_end() */
    size_t lines_per_chunk;      /* 0: as many as fit */
};

static int scanned_log_set_up(void **state)
{
    static struct scanned_log log;
    struct bw_problem_list problems = {0};

    *state = &log;
    if (bw_config_init(&log.config) != BW_OK)
        return -1;
    free(log.config.timezone);
    log.config.timezone = strdup("UTC");
    const enum bw_status status = bw_knowledge_create(&log.knowledge, &log.config, NULL, &problems);
    bw_problem_list_print(&problems, stderr);
    bw_problem_list_deinit(&problems);
    return status == BW_OK && bw_worker_create(&log.worker, log.knowledge) == BW_OK
               ? bw_chunk_init(&log.chunk)
               : -1;
}

static int scanned_log_tear_down(void **state)
{
    struct scanned_log *log = *state;

    bw_chunk_deinit(&log->chunk);
    bw_worker_destroy(&log->worker);
    bw_knowledge_destroy(&log->knowledge);
    bw_config_deinit(&log->config);
    return 0;
}

static inline void scanned_log_begin_with(struct scanned_log *log,
                                          const struct bw_ledger_options *options)
{
    assert_int_equal(bw_ledger_create(&log->ledger, log->knowledge, options), BW_OK);
}

static inline void scanned_log_begin(struct scanned_log *log)
{
    const struct bw_ledger_options all = {.since_ms = INT64_MIN, .until_ms = INT64_MAX};

    scanned_log_begin_with(log, &all);
}

static inline void scanned_log_take_chunk(struct scanned_log *log, struct bw_text lines)
{
    assert_true(lines.size <= BW_CHUNK_BYTES);
    if (lines.size > 0)
        (void)memcpy(log->chunk.bytes, lines.bytes, lines.size);
    log->chunk.size = lines.size;
    bw_worker_scan(log->worker, &log->chunk);
    bw_ledger_take(log->ledger, &log->chunk);
}

/* One input, all of whose lines end in '\n'. */
static inline void scanned_log_input(struct scanned_log *log, const char *path, struct bw_text text)
{
    const struct bw_text whole = text;
    uint32_t input = 0;

    assert_int_equal(bw_ledger_start_input(log->ledger, path, 1777680000, &input), BW_OK);
    while (text.size > 0) {
        size_t size = 0;
        for (size_t lines = 0;
             size < text.size && (log->lines_per_chunk == 0 || lines < log->lines_per_chunk);
             lines++) {
            const struct bw_text rest = bw_text_after(text, size);
            const size_t line_size = bw_text_find(rest, BW_TEXT("\n")) + 1;
            if (size + line_size > BW_CHUNK_BYTES)
                break;
            size += line_size;
        }
        scanned_log_take_chunk(log, bw_text_head(text, size));
        text = bw_text_after(text, size);
    }
    bw_ledger_end_input(log->ledger, "none", whole.size, whole.size, NULL);
}

static inline void scanned_log_finish(struct scanned_log *log)
{
    bw_ledger_finish(log->ledger);
    assert_int_equal(bw_ledger_snapshot(log->ledger, &log->snapshot), BW_OK);
    assert_false(bw_ledger_is_broken(log->ledger));
}

static inline void scanned_log_end(struct scanned_log *log)
{
    bw_snapshot_deinit(&log->snapshot);
    bw_ledger_destroy(&log->ledger);
    log->lines_per_chunk = 0;
}

/* A text that grows by printf. */
struct log_text {
    char *bytes;
    size_t size;
    FILE *stream;
};

static inline struct log_text *log_text_new(void)
{
    struct log_text *text = calloc(1, sizeof(*text));

    assert_non_null(text);
    text->stream = open_memstream(&text->bytes, &text->size);
    assert_non_null(text->stream);
    return text;
}

/* "2026-05-01T09:00:00Z mx postfix/PROGRAM[7]: REST" at a minute (and second) of that day, which
 * may go on into the next days. */
__attribute__((format(printf, 4, 5))) static inline void
log_text_add(struct log_text *text, int second, const char *program, const char *format, ...)
{
    const int minute = second / 60;
    va_list arguments;

    (void)fprintf(text->stream,
                  "2026-05-%02dT%02d:%02d:%02dZ mx postfix/%s[7]: ", 1 + minute / 1440,
                  minute / 60 % 24, minute % 60, second % 60, program);
    va_start(arguments, format);
    (void)vfprintf(text->stream, format, arguments);
    va_end(arguments);
    (void)fputc('\n', text->stream);
}

#define AT(hour, minute) ((INT64_C(60) * (hour) + (minute)) * 60)

/* The lines that most tests are made of. `id` is the queue id, `to` the recipient. */
static inline void log_from(struct log_text *text, int second, const char *id, const char *sender)
{
    log_text_add(text, second, "qmgr", "%s: from=<%s>, size=100, nrcpt=1 (queue active)", id,
                 sender);
}

static inline void log_sent(struct log_text *text, int second, const char *id, const char *to,
                            const char *relay)
{
    log_text_add(text, second, "smtp",
                 "%s: to=<%s>, relay=%s[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, "
                 "status=sent (250 2.0.0 OK)",
                 id, to, relay);
}

static inline void log_bounced(struct log_text *text, int second, const char *id, const char *to,
                               const char *relay)
{
    log_text_add(text, second, "smtp",
                 "%s: to=<%s>, relay=%s[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, "
                 "status=bounced (host %s[192.0.2.7] said: 550 5.1.1 <%s>: Recipient address "
                 "rejected: User unknown (in reply to RCPT TO command))",
                 id, to, relay, relay, to);
}

static inline void log_deferred(struct log_text *text, int second, const char *id, const char *to,
                                const char *relay)
{
    log_text_add(text, second, "smtp",
                 "%s: to=<%s>, relay=%s[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=4.2.2, "
                 "status=deferred (host %s[192.0.2.7] said: 452 4.2.2 <%s>: Mailbox full (in reply "
                 "to RCPT TO command))",
                 id, to, relay, relay, to);
}

static inline void log_expired(struct log_text *text, int second, const char *id,
                               const char *sender)
{
    log_text_add(text, second, "qmgr", "%s: from=<%s>, status=expired, returned to sender", id,
                 sender);
}

static inline void log_removed(struct log_text *text, int second, const char *id)
{
    log_text_add(text, second, "qmgr", "%s: removed", id);
}

/* The text so far; it may go on growing. */
static inline struct bw_text log_text_view(struct log_text *text)
{
    assert_int_equal(fflush(text->stream), 0);
    return (struct bw_text){text->bytes, text->size};
}

static inline void log_text_free(struct log_text *text)
{
    (void)fclose(text->stream);
    free(text->bytes);
    free(text);
}

/* Scan the text as the only input and free it. */
static inline void scanned_log_run(struct scanned_log *log, struct log_text *text)
{
    scanned_log_input(log, "mail.log", log_text_view(text));
    scanned_log_finish(log);
    log_text_free(text);
}

/* The row of a table; fails when there is none. `provider` NULL: any. */
static inline const struct bw_key_row *scanned_log_row(const struct scanned_log *log,
                                                       enum bw_scope scope, const char *name,
                                                       const char *provider)
{
    static const struct bw_key_row none;

    for (uint32_t i = 0; i < log->snapshot.table_counts[scope]; i++) {
        const struct bw_key_row *row = &log->snapshot.tables[scope][i];
        if (strcmp(row->name, name) == 0 &&
            (provider == NULL || strcmp(row->provider, provider) == 0))
            return row;
    }
    fail_msg("there is no row of %s", name);
    return &none;
}

#endif
