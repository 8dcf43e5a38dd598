/*
 * The state of a daemon, read from its journal: for the daemon itself when it starts again, and
 * for a report.
 *
 *   segment 7: carry-over, batch, batch, sinks, batch, ...
 *   segment 8: carry-over, batch, ...
 *
 * Segments are kept for twice the longest window. In the first of these times windows fill and
 * zones stand still (the carry-over of each segment says where they stood); from then on the lines
 * do to the ledger what they did to the daemon's, events included.
 */
#ifndef BW_ENGINE_STATE_READER_H
#define BW_ENGINE_STATE_READER_H

#include "engine/intake.h"

#include <bouncewatch/snapshot.h>

/* What the journal's records are. */
enum bw_state_record {
    BW_STATE_CARRY = 1, /* first of a segment: what it needs of the segments before */
    BW_STATE_BATCH,     /* see engine/batch.h */
    BW_STATE_SINKS,     /* what the sinks were told, and what they still have to be told */
};

/* The parts of a carry-over; views into the record. */
struct bw_carry {
    int64_t log_minute;     /* where the log's clock stood; INT64_MIN: nothing was read before */
    struct bw_text ledger;  /* of bw_ledger_save() */
    struct bw_text sources; /* marks, each a text (see bw_put_text()) */
    struct bw_text sinks;   /* as in BW_STATE_SINKS */
};

void bw_carry_encode(const struct bw_carry *carry, struct bw_byte_writer *writer);
/* BW_ERR_FORMAT: these bytes are no carry-over. */
BW_MUST_CHECK enum bw_status bw_carry_decode(struct bw_text bytes, struct bw_carry *carry);

/* What a first look at the journal tells. */
struct bw_state_survey {
    int64_t last_minute;      /* of the log's clock; INT64_MIN: no outcome */
    uint64_t records;         /* good ones */
    uint64_t damaged_records; /* that were skipped */
    uint64_t damaged_bytes;   /* that were skipped, a torn end not counted */
    uint32_t speaks_from;     /* the segment from which on zones change and events are told */
    struct bw_problem damage; /* the first; message "": none */
};

/*
 * BW_ERR_IO: the directory cannot be read; BW_ERR_FORMAT: what is there is no journal of this
 * version; *problem (may be NULL) says it. BW_ERR_NO_MEMORY. An empty directory is BW_OK.
 */
BW_MUST_CHECK enum bw_status bw_state_survey(const char *directory, int64_t longest_minutes,
                                             struct bw_state_survey *survey,
                                             struct bw_problem *problem);

/* Where the records go; callbacks may be NULL. */
struct bw_state_target {
    struct bw_ledger *ledger;
    struct bw_intake *intake;
    /* Where a source stands now. An empty one: the marks of all sources that live follow. */
    void (*on_mark)(struct bw_text mark, void *context);
    void (*on_sinks)(struct bw_text sinks, void *context); /* what they know, in order */
    void *context;
};

/* Read all of it. As bw_state_survey(), which comes before. Records of no known form are skipped
 * and counted in *survey. */
BW_MUST_CHECK enum bw_status bw_state_read(const char *directory, struct bw_state_survey *survey,
                                           const struct bw_state_target *target,
                                           struct bw_problem *problem);

/*
 * The scan report of the longest window up to the log's last minute; a daemon may be writing the
 * journal at the same time. To be freed with bw_snapshot_deinit() before `knowledge` goes.
 * Statuses as above. Safe on any thread.
 */
BW_MUST_CHECK enum bw_status bw_state_report(const struct bw_knowledge *knowledge,
                                             const char *directory, bool shows_addresses,
                                             struct bw_snapshot *snapshot,
                                             struct bw_problem *problem);

#endif
