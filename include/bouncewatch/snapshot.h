/*
 * The result of a scan (or of a daemon up to now) as plain rows, ready to be printed.
 *
 * Made by engine/, read by report/. Everything but the rules' names is owned by the snapshot; rows
 * are complete and sorted (see each member); the printer cuts them to the wanted number.
 */
#ifndef BOUNCEWATCH_SNAPSHOT_H
#define BOUNCEWATCH_SNAPSHOT_H

#include <bouncewatch/event.h>
#include <bouncewatch/verdict.h>

#include <stdbool.h>
#include <stdint.h>

struct bw_input_row {
    char *path;              /* as the user named it; "-" for standard input */
    const char *format;      /* "postfix"; "unknown" when no line was recognised */
    const char *compression; /* "none", "gzip" */
    char *fault;             /* why it is not complete; NULL when it is */
    uint64_t bytes;          /* read from the file */
    uint64_t text_bytes;     /* after decompression */
    uint64_t lines;
    bool complete;
};

struct bw_class_count {
    uint64_t count;
    uint8_t class_id; /* enum bw_class */
    uint8_t bounce;   /* enum bw_bounce */
    uint8_t fault;    /* enum bw_fault */
};

struct bw_tally {
    uint64_t delivered, hard, soft, expired; /* remote hop only */
    uint64_t recipient; /* part of hard: fault of the recipient or its domain */
    uint64_t block;     /* part of hard: fault of sender ip, sender domain or content */
};

struct bw_key_row {
    char *name;     /* provider, recipient domain or sender domain; sender_provider: the sender */
    char *provider; /* sender_provider: the provider; recipient_domain: its provider; else NULL */
    struct bw_class_count *classes; /* most frequent first, then by class id */
    uint32_t class_count;
    struct bw_tally tally;
    double rate;           /* hard / attempts; 0 without attempts */
    int64_t worst_zone_ms; /* log time at which worst_zone was first entered; INT64_MIN: never */
    uint8_t zone;          /* enum bw_zone at the end, worst over the windows */
    uint8_t worst_zone;    /* enum bw_zone: the worst it ever was */
};

struct bw_diagnostic_row {
    char *text; /* first text of this shape, local parts masked */
    size_t text_size;
    const char *rule; /* name, borrowed from the rules; or NULL */
    char *file;       /* where it was first seen */
    uint64_t line;
    uint64_t count;
    uint8_t class_id; /* enum bw_class */
    uint8_t bounce;   /* enum bw_bounce */
};

struct bw_snapshot {
    struct bw_input_row *inputs;    /* in the order they were read */
    struct bw_class_count *classes; /* most frequent first, then by class id and bounce */
    struct bw_key_row *tables[BW_SCOPE_COUNT]; /* by worst_zone, then hard, attempts, name */
    struct bw_diagnostic_row *diagnostics;     /* failures, most frequent first, then by text */
    struct bw_diagnostic_row *unclassified;    /* the unclassified ones among them */
    struct bw_event *events;                   /* in the order they happened */
    uint32_t input_count, class_count, table_counts[BW_SCOPE_COUNT];
    uint32_t diagnostic_count, unclassified_count, event_count;
    uint64_t lines_total, lines_outcome, lines_known, lines_malformed, lines_unknown;
    uint64_t lines_cut;  /* over the line limit; also in one of the four above */
    uint64_t late;       /* outcomes older than the longest window when they arrived */
    uint64_t duplicates; /* final outcomes seen before: not counted again */
    uint64_t keys_evicted, queue_ids_evicted, diagnostics_dropped;
    uint64_t discarded, probes; /* outcomes that are neither delivered nor failed */
    uint64_t internal, local, suppressed;
    struct bw_tally totals;
    double rate;
    int64_t first_ms, last_ms; /* log time; INT64_MIN: no time was read */
    double elapsed_s;          /* wall time; the one member that differs between equal runs */
    struct bw_malformed_sample {
        char *file;
        uint64_t line;
    } malformed[5]; /* the first malformed lines */
    uint32_t malformed_count;
};

/* Free everything the snapshot owns and zero it. */
void bw_snapshot_deinit(struct bw_snapshot *snapshot);

#endif
