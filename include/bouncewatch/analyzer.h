/*
 * The product as a library: log text in, the result and its events out.
 *
 *   struct bw_analyzer *analyzer = NULL;
 *   struct bw_problem problem;
 *   const struct bw_analyzer_options options = {.timezone = "UTC"};
 *
 *   if (bw_analyzer_create(&analyzer, &options, &problem) != BW_OK) ... problem.message
 *   bw_analyzer_start_input(analyzer, "mail.log", modified_s);
 *   while (... read some bytes ...)
 *       bw_analyzer_feed(analyzer, (struct bw_text){bytes, size});
 *   bw_analyzer_end_input(analyzer);
 *   bw_analyzer_finish(analyzer, &snapshot);
 *
 * The text may be cut anywhere; the result does not depend on it. Time is the log's: nothing here
 * looks at a clock. One thread per analyzer; several analyzers do not know of each other.
 */
#ifndef BOUNCEWATCH_ANALYZER_H
#define BOUNCEWATCH_ANALYZER_H

#include <bouncewatch/event.h>
#include <bouncewatch/snapshot.h>
#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

struct bw_analyzer;

/* Zeroed, these are the defaults. Strings are used during bw_analyzer_create() only. */
struct bw_analyzer_options {
    const char *config_path;     /* the YAML file; NULL: defaults */
    const char *rules_directory; /* more rules, *.rules; NULL: the built-in ones */
    const char *cache_directory; /* where the compiled rules are kept; NULL: nowhere */
    const char *timezone;        /* of stamps without one: "Europe/Berlin", "+0200", "UTC"; NULL:
                                    the configuration's, else the machine's */
    const char *internal;        /* "10.0.0.0/8,mx.example.com": relays that are hops inside the
                                    site; "none"; NULL: the configuration's, else loopback */
    int64_t year;                /* of stamps without one; 0: from each input's modified_s */
    bool shows_addresses;        /* do not mask local parts in samples */
};

/* Called when an event happens, from bw_analyzer_feed() or bw_analyzer_finish(); the event lives
 * until the call returns. */
typedef void bw_analyzer_event_callback(const struct bw_event *event, void *context);

/*
 * BW_ERR_FORMAT, BW_ERR_USAGE or BW_ERR_IO: *problem (may be NULL) says what is wrong with which
 * file, the first of possibly several mistakes; BW_ERR_NO_MEMORY.
 */
BW_MUST_CHECK enum bw_status bw_analyzer_create(struct bw_analyzer **created,
                                                const struct bw_analyzer_options *options,
                                                struct bw_problem *problem);
void bw_analyzer_destroy(struct bw_analyzer **owned);

/* Before the first input; NULL: nobody is told. */
void bw_analyzer_on_event(struct bw_analyzer *analyzer, bw_analyzer_event_callback *callback,
                          void *context);

/* A new input: its name for samples and messages (copied), and when it was last changed (Unix
 * seconds), from which the year of stamps without one is guessed. Inputs come oldest first. */
BW_MUST_CHECK enum bw_status bw_analyzer_start_input(struct bw_analyzer *analyzer, const char *name,
                                                     int64_t modified_s);
/* The next bytes of the input, plain text, cut anywhere. BW_ERR_NO_MEMORY: the result is lost. */
BW_MUST_CHECK enum bw_status bw_analyzer_feed(struct bw_analyzer *analyzer, struct bw_text text);
/* The input has ended; a last line without its newline counts. */
BW_MUST_CHECK enum bw_status bw_analyzer_end_input(struct bw_analyzer *analyzer);

/* All inputs have ended: the last evaluation, and the result, to be freed with
 * bw_snapshot_deinit() before the analyzer is destroyed: the rules' names in it are the
 * analyzer's. Once. */
BW_MUST_CHECK enum bw_status bw_analyzer_finish(struct bw_analyzer *analyzer,
                                                struct bw_snapshot *snapshot);

#endif
