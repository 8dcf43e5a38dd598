/*
 * Log files that grow, are renamed, copied and truncated, deleted and made anew: every line once.
 *
 * The caller writes down each piece of text together with its mark; after a restart it gives all
 * marks back in order, and reading goes on exactly behind the last of them. A file is known by its
 * device and inode, by the bytes at its head and by the bytes before the position; when any of them
 * disagrees it is another file. Time is an argument: nothing here looks at a clock.
 *
 * Files that are compressed, as logs are when they are rotated, are read where they hold what was
 * not read before they were. Positions in them are those of their text.
 */
#ifndef BW_READ_TAIL_H
#define BW_READ_TAIL_H

#include "base/decoder_interface.h"

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The least capacity for bw_tail_read(): a line of 64 KiB, its cut and its end. */
#define BW_TAIL_BYTES_MIN ((size_t)64 * 1024 + 2)

struct bw_tail;

struct bw_tail_options {
    const char *const *patterns;                 /* as of glob(7); used until bw_tail_destroy() */
    const struct bw_decoder_interface *decoders; /* borrowed; NULL: compressed files are passed
                                                    over */
    size_t pattern_count;
    size_t files_max; /* files that are known at a time; further ones are counted as refused */
    bool
        from_start; /* files that are there at the first start are read whole, not from their end */
    bool is_first_start; /* nothing was ever read: files that are there are not new */
};

BW_MUST_CHECK enum bw_status bw_tail_create(struct bw_tail **created,
                                            const struct bw_tail_options *options);
void bw_tail_destroy(struct bw_tail **owned);

/* Before the first reconcile, oldest first. BW_ERR_FORMAT: this is no mark. */
BW_MUST_CHECK enum bw_status bw_tail_restore(struct bw_tail *tail, struct bw_text mark);

/* See what has become of the files: at the start, once a second, and when a directory has changed.
 * `now_ms` never goes back. BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_tail_reconcile(struct bw_tail *tail, int64_t now_ms);

/* True while a file is new and not decided on, or another was just cut off: look again soon, and
 * whenever anything changes. */
bool bw_tail_is_waiting(const struct bw_tail *tail);

struct bw_tail_piece {
    const char *path;    /* the first name that the file was seen under */
    struct bw_text mark; /* good until the next call */
    uint64_t line;       /* lines of the file before this piece */
    uint64_t offset;     /* bytes of the file before this piece */
    int64_t modified_s;  /* Unix seconds */
    size_t size;         /* whole lines, each with its '\n'; 0: only the mark is news */
};

/*
 * The next piece: of files that will not grow any more first, then of the others in turn.
 * `capacity` at least BW_TAIL_BYTES_MIN. False: there is nothing at the moment. Each piece is
 * answered with bw_tail_commit() or bw_tail_take_back() before the next is asked for.
 */
bool bw_tail_read(struct bw_tail *tail, char *bytes, size_t capacity, struct bw_tail_piece *piece);
/* The piece is safe. */
void bw_tail_commit(struct bw_tail *tail);
/* It is not: the same text comes again. */
void bw_tail_take_back(struct bw_tail *tail);

/* All that has to be known after a restart, as marks. */
void bw_tail_marks(struct bw_tail *tail, void (*take)(struct bw_text mark, void *context),
                   void *context);

/* One file as an operator sees it. */
struct bw_tail_row {
    const char *path;  /* as in its pieces */
    const char *state; /* "tailed", "rotated", "waiting", "unreadable" */
    const char *fault; /* NULL: none */
    uint64_t position, size, lines;
};
/* Files of interest, in no particular order. */
void bw_tail_rows(const struct bw_tail *tail,
                  void (*take)(const struct bw_tail_row *row, void *context), void *context);

struct bw_tail_counters {
    uint64_t files, rotations, truncations, copies; /* copies: continued or passed over */
    uint64_t gaps, gap_bytes;     /* truncated with text unread that no copy has shown */
    uint64_t lines_cut;           /* over 64 KiB */
    uint64_t refused;             /* files over files_max */
    uint64_t unreadable;          /* attempts to open a file that failed */
    uint64_t compressed;          /* compressed files that were read or found to be read */
    uint64_t unknown_compression; /* compressed files that cannot be read here: passed over */
    uint64_t damaged;             /* compressed files that were damaged or cut off */
};
void bw_tail_counters(const struct bw_tail *tail, struct bw_tail_counters *counters);

/* Files that are there and cannot be opened. */
struct bw_tail_trouble {
    const char *path; /* of the first; good until the next call */
    size_t count;
};
/* Those that were not told of since they could be opened last: each once. With `is_closed` those
 * that the process has given up the right to (see base/real_place.h), otherwise those that it never
 * had. False: there are none. */
bool bw_tail_take_trouble(struct bw_tail *tail, bool is_closed, struct bw_tail_trouble *trouble);

#endif
