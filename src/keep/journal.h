/*
 * Records on disk, in a directory, only ever added to.
 *
 *   DIRECTORY/lock, journal-0000000007, journal-0000000008, ...
 *   segment = head | record | record | ...        record = head with length and checksum | payload
 *
 * A record is there whole or not at all: a write that was cut by a kill or a full disk is found by
 * its checksum and taken away. Numbers of records go up by one, through all segments.
 * LIMITS: one record holds at most BW_JOURNAL_RECORD_BYTES_MAX bytes.
 */
#ifndef BW_KEEP_JOURNAL_H
#define BW_KEEP_JOURNAL_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

#define BW_JOURNAL_RECORD_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct bw_journal;

struct bw_journal_options {
    uint64_t segment_bytes; /* a new segment is due when the newest is this long, and five
                               times as long as what it began with */
};

/*
 * Create the directory (mode 0700; its parents are not made) when it is not there, take its lock,
 * and cut a torn end off the newest segment. BW_ERR_USAGE: another process has the lock;
 * BW_ERR_IO: it cannot be made or written; BW_ERR_FORMAT: its segments are of another version;
 * BW_ERR_NO_MEMORY. *problem says what to do.
 */
BW_MUST_CHECK enum bw_status bw_journal_open(struct bw_journal **opened, const char *directory,
                                             const struct bw_journal_options *options,
                                             struct bw_problem *problem);
void bw_journal_close(struct bw_journal **owned);

struct bw_journal_record {
    uint64_t number;        /* from 1 */
    struct bw_text payload; /* a view until the callback returns */
    uint32_t segment;
    uint8_t type; /* the caller's */
};

typedef void bw_journal_callback(const struct bw_journal_record *record, void *context);

/* What was found that is no record. An unfinished record at the very end is none of it: either it
 * is being written, or it never was. */
struct bw_journal_damage {
    uint64_t records;        /* missing numbers */
    uint64_t bytes;          /* passed over */
    struct bw_problem first; /* where; message "": no damage */
};

/*
 * All good records, oldest first. Nobody needs to have the journal open, and somebody may be
 * writing it. A directory that is empty or not there is BW_OK. BW_ERR_IO, BW_ERR_FORMAT (segments
 * of another version), BW_ERR_NO_MEMORY: damage->first says why.
 */
BW_MUST_CHECK enum bw_status bw_journal_read(const char *directory, bw_journal_callback *callback,
                                             void *context, struct bw_journal_damage *damage);

/*
 * Add one record in one write. There must be a segment.
 * BW_ERR_IO (errno): nothing was added, and what a short write has left is away again; call again
 * later. BW_ERR_LIMIT: the record is too large.
 */
BW_MUST_CHECK enum bw_status bw_journal_append(struct bw_journal *journal, uint8_t type,
                                               struct bw_text payload);
/* A new segment with this record as its first. On failure nothing has changed. */
BW_MUST_CHECK enum bw_status bw_journal_start_segment(struct bw_journal *journal, uint8_t type,
                                                      struct bw_text payload);
/* Wait until what was added is on the disk. BW_ERR_IO. */
BW_MUST_CHECK enum bw_status bw_journal_sync(struct bw_journal *journal);
/* Remove the segments before this one. BW_ERR_IO; the newest one always stays. */
BW_MUST_CHECK enum bw_status bw_journal_drop_before(struct bw_journal *journal, uint32_t segment);

bool bw_journal_is_segment_due(const struct bw_journal *journal);
uint32_t bw_journal_oldest(const struct bw_journal *journal); /* 0: there is no segment */
uint32_t bw_journal_newest(const struct bw_journal *journal); /* 0: there is no segment */
/* The file of a segment. */
void bw_journal_path(const struct bw_journal *journal, uint32_t segment, char *path,
                     size_t capacity);

struct bw_journal_numbers {
    uint64_t bytes;    /* of all segments */
    uint64_t records;  /* added since it was opened */
    uint64_t failures; /* of adding */
    uint32_t segments;
};
void bw_journal_numbers(const struct bw_journal *journal, struct bw_journal_numbers *numbers);

#endif
