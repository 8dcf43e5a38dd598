/*
 * The one consumer: takes chunks in order, joins, counts, evaluates zones, makes events.
 *
 *   observation -> join (queue id -> sender) -> keys (4 per outcome) -> each log minute: zones
 *
 * Everything here is told the time by the log. One thread; memory bounded by the options.
 */
#ifndef BW_ENGINE_LEDGER_H
#define BW_ENGINE_LEDGER_H

#include "base/byte_writer.h"
#include "engine/knowledge.h"

#include <bouncewatch/chunk.h>
#include <bouncewatch/event.h>
#include <bouncewatch/snapshot.h>

struct bw_ledger;

struct bw_ledger_options {
    int64_t since_ms; /* outcomes before it are not counted; INT64_MIN: all */
    int64_t until_ms; /* outcomes at or after it are not counted; INT64_MAX: all */
    int64_t year;     /* for stamps without one; 0: from the input's modification time */
    /* Outcomes before it enter windows and zones, but no table and no total: they are cleared when
     * the log's clock first reaches it; INT64_MIN: all count. */
    int64_t tables_since_ms;
    uint32_t events_max;  /* events kept for the result; 0: 10000. Then later ones are dropped */
    bool keeps_latest;    /* ... or then the oldest goes */
    bool shows_addresses; /* do not mask local parts in samples */
};

/* One outcome as it was understood, for `records`. Views live until the call returns. */
struct bw_record {
    const struct bw_observation *observation;
    const char *path;
    uint64_t line;              /* in the input, from 1 */
    int64_t time_ms;            /* BW_TIME_NONE: none */
    struct bw_text host_sender; /* sender address when it is known; empty otherwise */
    bool has_sender;
};

/* Called for each outcome in input order. */
typedef void bw_record_callback(const struct bw_record *record, void *context);
/* Called for each event when it happens; the event is the ledger's. */
typedef void bw_event_callback(const struct bw_event *event, void *context);

BW_MUST_CHECK enum bw_status bw_ledger_create(struct bw_ledger **created,
                                              const struct bw_knowledge *knowledge,
                                              const struct bw_ledger_options *options);
void bw_ledger_destroy(struct bw_ledger **owned);

void bw_ledger_on_event(struct bw_ledger *ledger, bw_event_callback *callback, void *context);
/* With a record callback the ledger keeps full sender addresses and counts nothing else. */
BW_MUST_CHECK enum bw_status bw_ledger_on_record(struct bw_ledger *ledger,
                                                 bw_record_callback *callback, void *context);

/* A new input starts; its chunks follow. `row` is copied (its path is kept). Returns its index. */
BW_MUST_CHECK enum bw_status bw_ledger_start_input(struct bw_ledger *ledger, const char *path,
                                                   int64_t modified_s, uint32_t *input);
/* Another input goes on, one that was started before: its chunks follow. */
void bw_ledger_choose_input(struct bw_ledger *ledger, uint32_t input);
/* The next chunk of the current input begins behind this many lines of it (its first: 0). */
void bw_ledger_place_input(struct bw_ledger *ledger, uint64_t line);
/* The next chunk of the current input. */
void bw_ledger_take(struct bw_ledger *ledger, const struct bw_chunk *chunk);
/* The current input has ended; `fault` NULL: it is complete. */
void bw_ledger_end_input(struct bw_ledger *ledger, const char *compression, uint64_t bytes,
                         uint64_t text_bytes, const char *fault);
/* All inputs have ended: last evaluation, notices. */
void bw_ledger_finish(struct bw_ledger *ledger);

/* The worst zone any key was in so far. */
enum bw_zone bw_ledger_worst_zone(const struct bw_ledger *ledger);
/* True when memory ran out on the way and the counts are not to be trusted. */
bool bw_ledger_is_broken(const struct bw_ledger *ledger);

/* While muted, outcomes enter the windows, but zones stay as they are and nothing is told: what is
 * counted was told of before. */
void bw_ledger_mute(struct bw_ledger *ledger, bool is_muted);
/* The log's clock goes on without a line to at least this minute (Unix minutes). */
void bw_ledger_pass_minute(struct bw_ledger *ledger, int64_t minute);
/* The minute of the last line that had a time, whatever it said; INT64_MIN: no outcome yet. */
int64_t bw_ledger_last_minute(const struct bw_ledger *ledger);
/* The minute that the log's clock is in (Unix minutes); INT64_MIN: no outcome yet. */
int64_t bw_ledger_minute(const struct bw_ledger *ledger);

/*
 * What older lines than those of the windows have left: keys in a zone, and the messages that are
 * in the queue. Appended to `writer`, which may break.
 */
void bw_ledger_save(const struct bw_ledger *ledger, struct bw_byte_writer *writer);
/* Zones instead of those that are, and messages (only with `with_messages`) on top. BW_ERR_FORMAT:
 * these bytes are not of bw_ledger_save(); BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_ledger_load(struct bw_ledger *ledger, struct bw_text bytes,
                                            bool with_messages);

/* The result so far, to be freed with bw_snapshot_deinit(). */
BW_MUST_CHECK enum bw_status bw_ledger_snapshot(struct bw_ledger *ledger,
                                                struct bw_snapshot *snapshot);

#endif
