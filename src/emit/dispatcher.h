/*
 * Events -> sinks: what is open and what was told, a queue for each sink, again when a sink fails.
 *
 * A sink that is dead holds up nobody. Its queue is bounded; when it is full, reminders and notices
 * go first, then the oldest. What is told and what still waits survives a restart (save and load).
 */
#ifndef BW_EMIT_DISPATCHER_H
#define BW_EMIT_DISPATCHER_H

#include "emit/sink.h"

struct bw_dispatcher;
struct bw_byte_writer;

struct bw_dispatcher_sink {
    const char *name, *to, *secret; /* secret NULL: none */
    uint8_t min_zone;               /* enum bw_zone */
    bool has_zones, has_blocks, has_notices;
};

struct bw_dispatcher_options {
    uv_loop_t *loop;                        /* borrowed */
    const struct bw_dispatcher_sink *sinks; /* copied */
    size_t sink_count;
    const char *const *muted; /* copied: keys of which nothing is told; "*.example.com" too */
    size_t muted_count;
    int64_t remind_s; /* 0: never */
    const char *version;
};

/* BW_ERR_USAGE: a sink cannot be had as it is written (*problem); BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_dispatcher_create(struct bw_dispatcher **created,
                                                  const struct bw_dispatcher_options *options,
                                                  struct bw_problem *problem);
void bw_dispatcher_destroy(struct bw_dispatcher **owned);
/* Whether the sinks that `known` does not have could be used now: BW_ERR_IO, and *problem, where a
 * file cannot be opened. Those that it has may be dead, and are tried again as they always are. */
BW_MUST_CHECK enum bw_status bw_dispatcher_probe(const struct bw_dispatcher *dispatcher,
                                                 const struct bw_dispatcher *known,
                                                 struct bw_problem *problem);

/* Take an event; one that was taken before is passed over. Sends nothing yet. */
void bw_dispatcher_take(struct bw_dispatcher *dispatcher, const struct bw_event *event);
/* Send what can be sent, remind of what is open. `now_ms`: Unix ms. Often; at least once a second.
 */
void bw_dispatcher_send(struct bw_dispatcher *dispatcher, int64_t now_ms);
/* True when no sink has anything waiting that may still go. */
bool bw_dispatcher_is_idle(const struct bw_dispatcher *dispatcher);
void bw_dispatcher_reopen(struct bw_dispatcher *dispatcher);

/* All of it. */
void bw_dispatcher_save(const struct bw_dispatcher *dispatcher, struct bw_byte_writer *writer);
/* What has changed since the last _keep_changes(): empty when nothing has. Good until then. */
struct bw_text bw_dispatcher_changes(struct bw_dispatcher *dispatcher);
/* They are written down. */
void bw_dispatcher_keep_changes(struct bw_dispatcher *dispatcher);
/* What was saved, in place of all that is known; or changes, on top of it. Sinks are found by their
 * names. BW_ERR_FORMAT, BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_dispatcher_load(struct bw_dispatcher *dispatcher,
                                                struct bw_text bytes);

/* The last events, newest first, as JSON; empty behind the last. */
struct bw_text bw_dispatcher_recent(const struct bw_dispatcher *dispatcher, size_t index);

struct bw_dispatcher_row {
    const char *name;
    const char *fault; /* of the last try; NULL: it went well */
    uint64_t sent, failed, refused, dropped, queued;
};
/* False: there is no such sink. */
bool bw_dispatcher_row(const struct bw_dispatcher *dispatcher, size_t index,
                       struct bw_dispatcher_row *row);

#endif
