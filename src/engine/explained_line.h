/*
 * One log line and what each room made of it, for `explain`.
 */
#ifndef BW_ENGINE_EXPLAINED_LINE_H
#define BW_ENGINE_EXPLAINED_LINE_H

#include "classify/extract.h"
#include "engine/log_clock.h"
#include "engine/worker.h"
#include "frame/syslog_header.h"
#include "parse/postfix_programs.h"

enum bw_line_counter {
    BW_LINE_OUTCOME = 0,
    BW_LINE_KNOWN,
    BW_LINE_MALFORMED,
    BW_LINE_UNKNOWN,
    BW_LINE_COUNTER_COUNT
};

/* Views point into the line or into the chunk, and live as long as both. */
struct bw_explained_line {
    struct bw_syslog_parts parts;             /* only with has_header */
    struct bw_stamp stamp;                    /* BW_STAMP_NONE: none */
    int64_t time_ms;                          /* BW_TIME_NONE: none */
    struct bw_extract extract;                /* of a failure */
    const struct bw_observation *observation; /* NULL: the line gives none */
    const struct bw_rule *rule, *runner_up;   /* NULL: none */
    enum bw_line_counter counter;
    enum bw_postfix_agent agent;
    bool has_header;
};

/*
 * Take `line` (without its end; at most BW_LINE_BYTES_MAX bytes of it are used) through the rooms.
 * `clock` was started by bw_log_clock_start(); `chunk` is scratch memory made by bw_chunk_init().
 */
void bw_explain_line(struct bw_worker *worker, const struct bw_knowledge *knowledge,
                     struct bw_text line, struct bw_log_clock *clock, struct bw_chunk *chunk,
                     struct bw_explained_line *explained);

/* "outcome", "known", "malformed", "unknown". */
const char *bw_line_counter_name(enum bw_line_counter counter);

#endif
