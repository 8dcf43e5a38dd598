/*
 * The bytes of a segment of the journal: heads and records, written and found again.
 */
#ifndef BW_KEEP_SEGMENT_H
#define BW_KEEP_SEGMENT_H

#include "keep/journal.h"

#define BW_SEGMENT_HEAD_BYTES 40U
#define BW_RECORD_HEAD_BYTES  40U

/* `salt` makes the checksums of the records, so that no log line can look like a record. */
struct bw_segment_head {
    uint64_t first_record; /* number of its first record */
    uint64_t salt;
    uint32_t segment;
};

void bw_segment_head_put(const struct bw_segment_head *head, char bytes[BW_SEGMENT_HEAD_BYTES]);
/* BW_ERR_FORMAT: another version, or no head of this segment. */
BW_MUST_CHECK enum bw_status bw_segment_head_take(struct bw_text bytes, uint32_t segment,
                                                  struct bw_segment_head *head);

/* Head of a record with this payload, checksum of both included. */
void bw_record_head(const struct bw_segment_head *segment, uint8_t type, uint64_t number,
                    struct bw_text payload, char head[BW_RECORD_HEAD_BYTES]);

/* A walk over the records of a segment that is in memory. */
struct bw_segment_walk {
    struct bw_text bytes;   /* the whole file */
    size_t at;              /* where the next record is looked for */
    size_t good_end;        /* behind the last good record (or the head) */
    uint64_t skipped_bytes; /* between good records */
    size_t first_skipped;   /* where; 0: nowhere */
    uint64_t least_number;  /* lower record numbers are no records */
    struct bw_segment_head head;
};

void bw_segment_walk_begin(struct bw_segment_walk *walk, struct bw_text bytes,
                           const struct bw_segment_head *head, uint64_t least_number);
/* The next good record, however much damage is before it. False: there is none. */
bool bw_segment_walk_next(struct bw_segment_walk *walk, struct bw_journal_record *record);

#endif
