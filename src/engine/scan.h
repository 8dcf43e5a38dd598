/*
 * Inputs in, one result out: reads, decodes and cuts on the calling thread, matches and parses on
 * workers, counts on the calling thread again in the order of the chunks.
 *
 *   read -> cut -> [ chunk 7 | chunk 8 | chunk 9 | ... ] -> workers -> in order -> ledger
 *                    fixed pool: when no chunk is free, reading waits
 */
#ifndef BW_ENGINE_SCAN_H
#define BW_ENGINE_SCAN_H

#include "base/problem_list.h"
#include "engine/ledger.h"
#include "read/source_list.h"

#include <bouncewatch/status.h>

#define BW_SCAN_THREADS_MAX 64U

/* One per core that this process may use, at most BW_SCAN_THREADS_MAX. */
uint32_t bw_scan_default_threads(void);

struct bw_scan_progress {
    uint64_t bytes, bytes_total; /* on disk; total 0: not known (standard input) */
    uint64_t lines;
    double elapsed_s;
};

struct bw_scan_options {
    uint32_t threads; /* 1: everything on the calling thread; at most 64 */
    /* Called a few times a second from the calling thread; may be NULL. */
    void (*on_progress)(const struct bw_scan_progress *progress, void *context);
    void *progress_context;
};

/* How it went: time spent, for people who ask where it goes, and whether all was read. */
struct bw_scan_stats {
    double read_s, scan_s, count_s, wait_s; /* of the calling thread; scan_s: all workers summed */
    uint64_t bytes, text_bytes, lines, outcomes, chunks;
    double elapsed_s;
    bool is_complete; /* false when an input could not be read to its end */
};

/*
 * Put the sources in order of the time of their first line: a rotated set from the oldest on,
 * however its files are named.
 */
void bw_scan_order(struct bw_source_list *sources, const struct bw_knowledge *knowledge,
                   int64_t year);

/*
 * Read all sources into the ledger and finish it. Inputs that cannot be opened are added to
 * `problems` and left out.
 * BW_ERR_NO_MEMORY, and then the ledger is not to be used.
 */
BW_MUST_CHECK enum bw_status bw_scan(struct bw_ledger *ledger, const struct bw_knowledge *knowledge,
                                     const struct bw_source_list *sources,
                                     const struct bw_scan_options *options,
                                     struct bw_problem_list *problems, struct bw_scan_stats *stats);

#endif
