/*
 * The daemon's state: the ledger, and the journal that it comes from.
 *
 * Every change goes through here: written down first, counted then.
 */
#ifndef BW_ENGINE_STATE_STORE_H
#define BW_ENGINE_STATE_STORE_H

#include "engine/intake.h"
#include "engine/state_reader.h"

struct bw_state_store;

struct bw_state_store_options {
    const struct bw_knowledge *knowledge; /* borrowed until it is changed */
    const char *directory;                /* copied */
    uint64_t segment_bytes;               /* a segment is closed when it is this long */
    uint64_t bytes_max;                   /* older segments than needed go, then needed ones */
    bool shows_addresses;
    bw_event_callback *on_event;                           /* of lines read again, too */
    void (*on_mark)(struct bw_text mark, void *context);   /* only while the state is read */
    void (*on_sinks)(struct bw_text sinks, void *context); /* likewise */
    /* What a new segment is to begin with: marks (each a text), and what on_sinks() was given. */
    void (*save_marks)(struct bw_byte_writer *writer, void *context);
    void (*save_sinks)(struct bw_byte_writer *writer, void *context);
    void *context;
};

/* Opens the journal, taking its lock, and reads it. Statuses as bw_journal_open() and
 * bw_state_read(), with *problem. */
BW_MUST_CHECK enum bw_status bw_state_store_open(struct bw_state_store **opened,
                                                 const struct bw_state_store_options *options,
                                                 struct bw_problem *problem);
void bw_state_store_close(struct bw_state_store **owned);

struct bw_ledger *bw_state_store_ledger(struct bw_state_store *store);
/* What was wrong with the state that was read. */
const struct bw_state_survey *bw_state_store_survey(const struct bw_state_store *store);

/* Where the next text goes; see bw_intake_chunk(). */
struct bw_chunk *bw_state_store_chunk(struct bw_state_store *store);
/*
 * Write the chunk's lines and the batch down and count them. BW_ERR_IO (errno): the state cannot
 * be written; nothing is counted, the source keeps the text. BW_ERR_NO_MEMORY.
 */
BW_MUST_CHECK enum bw_status bw_state_store_take(struct bw_state_store *store,
                                                 struct bw_batch *batch);
/* Write down what the sinks know now, or what has changed of it: on_sinks() is given it again.
 * BW_ERR_IO, BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_state_store_note_sinks(struct bw_state_store *store,
                                                       struct bw_text sinks);
/* Lines and bytes of text of a source so far; see bw_intake_place(). */
bool bw_state_store_place(const struct bw_state_store *store, struct bw_text path, uint64_t *line,
                          uint64_t *text_bytes);

/* Once a second: to disk with what was written; a new segment when one is due (at once with
 * `is_wanted`), and away with those that are too old. `now_ms`: Unix ms. BW_ERR_IO: alarm. */
BW_MUST_CHECK enum bw_status bw_state_store_tick(struct bw_state_store *store, int64_t now_ms,
                                                 bool is_wanted);

/*
 * Other rules, limits or providers: the ledger is made anew from the journal, with the zones that
 * are. On failure everything stays as it was.
 */
BW_MUST_CHECK enum bw_status bw_state_store_change(struct bw_state_store *store,
                                                   const struct bw_knowledge *knowledge,
                                                   struct bw_problem *problem);

/* Of the journal: bytes on disk, records written since the start, segments removed for bytes_max
 * though they were needed. */
struct bw_state_store_numbers {
    uint64_t bytes, records, segments, segments_lost;
};
void bw_state_store_numbers(const struct bw_state_store *store,
                            struct bw_state_store_numbers *numbers);

#endif
