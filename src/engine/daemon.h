/*
 * What stays on: sources in, the journal, the ledger, events out, and a look inside.
 *
 *   tail, sockets ──> chunk ──> record ──> journal ──> ledger ──event──> sinks
 *                                  │                     │
 *             restart: all of it again                   └──> HTTP: metrics, zones, report
 *
 * One loop, one thread (the report is computed on another). Nothing is counted that is not in the
 * journal, and nothing is taken from a source for good before it is there: a kill at any moment
 * loses and doubles nothing.
 */
#ifndef BW_ENGINE_DAEMON_H
#define BW_ENGINE_DAEMON_H

#include "config/config.h"
#include "engine/knowledge.h"

#include <bouncewatch/status.h>

struct bw_daemon;

/* Reads configuration and knowledge anew, for SIGHUP. False: both stay as they were, messages were
 * printed, and *problem is the first of them. On success the caller of `reload` owns both. */
typedef bool bw_daemon_reload(struct bw_config *config, struct bw_knowledge **knowledge,
                              struct bw_problem *problem, void *context);

struct bw_daemon_options {
    const struct bw_config *config; /* borrowed; so is knowledge, which must be made of it */
    const struct bw_knowledge *knowledge;
    const char *state_directory;
    const char *version;
    bw_daemon_reload *reload; /* NULL: SIGHUP only opens files again */
    void *reload_context;
    void (*say)(const char *sentence); /* to who has started it, on standard error */
    bool shows_addresses;
    /* Places that a reload uses; NULL: none. */
    const char *config_path, *cache_directory;
};

/*
 * Take the state directory, read the state, open sources, sinks and HTTP.
 * BW_ERR_USAGE: another daemon has the directory, or a source cannot be had as it is written;
 * BW_ERR_IO; BW_ERR_FORMAT; BW_ERR_NO_MEMORY: *problem says what to do.
 */
BW_MUST_CHECK enum bw_status bw_daemon_open(struct bw_daemon **opened,
                                            const struct bw_daemon_options *options,
                                            struct bw_problem *problem);
/* Until SIGTERM or SIGINT. BW_ERR_NO_MEMORY: the counts would not be right any more. */
BW_MUST_CHECK enum bw_status bw_daemon_run(struct bw_daemon *daemon);
void bw_daemon_close(struct bw_daemon **owned);

#endif
