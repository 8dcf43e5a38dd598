/*
 * Where events go: one way out. Sending may take its time; the answer comes by a callback.
 */
#ifndef BW_EMIT_SINK_H
#define BW_EMIT_SINK_H

#include "emit/message.h"

#include <bouncewatch/status.h>

#include <uv.h>

enum bw_sent {
    BW_SENT_DONE,    /* it has arrived */
    BW_SENT_LATER,   /* it has not; the same again later may help */
    BW_SENT_REFUSED, /* it has not, and will not */
};

/* How one sending ended. `fault` lives until the call returns; NULL when it is done. `wait_s`: the
 * receiver asks for so long a pause; 0: it does not. */
typedef void bw_sink_answer(void *context, enum bw_sent sent, const char *fault, int64_t wait_s);

struct bw_sink;

/* What each kind of sink does. One message at a time: the next when the answer has come. */
struct bw_sink_kind {
    /* The answer may come before this returns. */
    void (*send)(struct bw_sink *sink, const struct bw_message *message, bw_sink_answer *answer,
                 void *context);
    void (*reopen)(struct bw_sink *sink); /* NULL: nothing to open again */
    /* Whether it can be opened now: NULL, or why not (static). NULL: only sending shows it. */
    const char *(*probe)(struct bw_sink *sink);
    /* No answer comes any more. Handles of the loop are closed; the loop must turn once more. */
    void (*destroy)(struct bw_sink *sink);
};

/* The first member of each kind's own struct. */
struct bw_sink {
    const struct bw_sink_kind *kind;
};

struct bw_sink_options {
    uv_loop_t *loop;    /* borrowed */
    const char *to;     /* see bw_sink_create() */
    const char *secret; /* NULL: bodies are not signed */
    const char *version;
    int64_t remind_s; /* an open zone is told again after so long; 0: never */
};

/*
 * "-": standard output; "/PATH" or "file:PATH": one JSON object a line; "http://..." and
 * "https://...": POST of the object; "alertmanager:http://..." and "alertmanager:https://...": an
 * Alertmanager of Prometheus, by its API v2; "exec:PATH ARGUMENT...": a program with the object on
 * its standard input; "syslog:": the local log, RFC 5424. BW_ERR_USAGE: it is none of these, or not
 * built in: *problem says so. BW_ERR_NO_MEMORY.
 */
BW_MUST_CHECK enum bw_status bw_sink_create(struct bw_sink **created,
                                            const struct bw_sink_options *options,
                                            struct bw_problem *problem);
void bw_sink_destroy(struct bw_sink **owned);

/* The kinds, for bw_sink_create(). */
BW_MUST_CHECK enum bw_status bw_sink_file_create(struct bw_sink **created, const char *path);
BW_MUST_CHECK enum bw_status bw_sink_exec_create(struct bw_sink **created, uv_loop_t *loop,
                                                 const char *command);
BW_MUST_CHECK enum bw_status bw_sink_syslog_create(struct bw_sink **created, const char *socket);
BW_MUST_CHECK enum bw_status bw_sink_webhook_create(struct bw_sink **created,
                                                    const struct bw_sink_options *options,
                                                    struct bw_problem *problem);

#endif
