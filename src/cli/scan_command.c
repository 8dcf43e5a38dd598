#include "base/event_json.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/report_output.h"
#include "cli/setup.h"
#include "engine/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum own_option {
    OPTION_REPORT = BW_OPTION_OWN,
    OPTION_OUTPUT,
    OPTION_EVENTS,
    OPTION_TOP,
    OPTION_STATS,
    OPTION_FAIL_ON,
    OPTION_SHOW_ADDRESSES,
};

struct scan_command {
    struct bw_setup setup;
    struct bw_report_output output;
    const char *events_path; /* NULL: none */
    bool has_stats;
    enum bw_zone fail_on; /* BW_ZONE_ACCEPTABLE: never */
    FILE *events;
    struct bw_json_writer event_writer;
    bool has_write_error;
};

static void print_help(void)
{
    (void)printf(
        "usage: bouncewatch scan [OPTION]... [FILE|DIR|-]...\n\n"
        "Analyses log archives, plain or gzip, and prints what bounces, at whom, why, and when\n"
        "a warning or blocking zone was entered. Without an operand: standard input.\n\n"
        "      --report text|json  form of the report (default: text)\n"
        "      --output FILE    write the report there instead of to standard output\n"
        "      --events FILE    write the events there, one JSON object a line\n"
        "      --top N          rows per table (default: 20; 0: all)\n"
        "      --fail-on ZONE   exit status 3 when a key reached `warning` or `blocking`\n"
        "      --show-addresses do not mask the local parts of addresses\n"
        "      --stats          where the time went, on standard error\n%s%s",
        bw_setup_input_help, bw_setup_help);
}

static bool take_choice(const char *option, const char *value, const char *const *choices,
                        size_t *index)
{
    for (*index = 0; choices[*index] != NULL; (*index)++)
        if (strcmp(value, choices[*index]) == 0)
            return true;
    (void)fprintf(stderr, "bouncewatch: --%s: \"%s\" is not valid; use %s or %s\n", option, value,
                  choices[0], choices[1]);
    return false;
}

static bool take_own(void *context, int option, const char *value)
{
    struct scan_command *command = context;
    static const char *const zones[] = {"warning", "blocking", NULL};
    size_t index = 0;

    switch (option) {
    case OPTION_REPORT: return bw_report_output_form(&command->output, value);
    case OPTION_FAIL_ON:
        if (!take_choice("fail-on", value, zones, &index))
            return false;
        command->fail_on = index == 0 ? BW_ZONE_WARNING : BW_ZONE_BLOCKING;
        return true;
    case OPTION_TOP: return bw_report_output_top(&command->output, value);
    case OPTION_OUTPUT: command->output.path = value; return true;
    case OPTION_EVENTS: command->events_path = value; return true;
    case OPTION_STATS: command->has_stats = true; return true;
    case OPTION_SHOW_ADDRESSES: command->setup.ledger.shows_addresses = true; return true;
    default: return bw_setup_take(&command->setup, option, value);
    }
}

/* -1: go on; otherwise the exit status. */
static int take_options(struct scan_command *command, int argc, char **argv)
{
    static const struct option options[] = {
        BW_SETUP_LONG,
        BW_SETUP_INPUT_LONG,
        {"report", required_argument, NULL, OPTION_REPORT},
        {"output", required_argument, NULL, OPTION_OUTPUT},
        {"events", required_argument, NULL, OPTION_EVENTS},
        {"top", required_argument, NULL, OPTION_TOP},
        {"stats", no_argument, NULL, OPTION_STATS},
        {"fail-on", required_argument, NULL, OPTION_FAIL_ON},
        {"show-addresses", no_argument, NULL, OPTION_SHOW_ADDRESSES},
        {NULL, 0, NULL, 0},
    };
    const struct bw_setup_options reading = {
        .command = "scan",
        .options = options,
        .print_help = print_help,
        .take = take_own,
        .context = command,
    };

    return bw_setup_read_options(&reading, argc, argv);
}

static void write_event(const struct bw_event *event, void *context)
{
    struct scan_command *command = context;

    bw_event_json(&command->event_writer, event);
    bw_json_newline(&command->event_writer);
    if (!bw_json_flush(&command->event_writer, command->events))
        command->has_write_error = true;
}

static void print_stats(const struct bw_scan_stats *stats)
{
    const double seconds = stats->elapsed_s > 0.0 ? stats->elapsed_s : 1e-9;

    (void)fprintf(stderr,
                  "read and decode %.3f s, match and parse %.3f s (all threads), count %.3f s, "
                  "wait %.3f s, elapsed %.3f s\n"
                  "%.1f MB of text, %.1f MB/s, %.0f lines/s, %llu outcomes, %llu chunks\n",
                  stats->read_s, stats->scan_s, stats->count_s, stats->wait_s, stats->elapsed_s,
                  (double)stats->text_bytes / 1e6, (double)stats->text_bytes / 1e6 / seconds,
                  (double)stats->lines / seconds, (unsigned long long)stats->outcomes,
                  (unsigned long long)stats->chunks);
}

/* Everything between the options and the exit status. */
static int scan_sources(struct scan_command *command, struct bw_ledger *ledger,
                        const struct bw_source_list *sources, struct bw_problem_list *problems)
{
    const struct bw_scan_options options = {
        .threads = command->setup.threads,
        .on_progress = bw_progress_bar(),
    };
    struct bw_scan_stats stats;
    struct bw_snapshot snapshot = {0};
    const size_t missing = problems->count;

    enum bw_status status =
        bw_scan(ledger, command->setup.knowledge, sources, &options, problems, &stats);
    const enum bw_zone worst_zone = bw_ledger_worst_zone(ledger);
    if (status == BW_OK)
        status = bw_ledger_snapshot(ledger, &snapshot);
    bw_progress_clear();
    bw_problem_list_print(problems, stderr);
    if (status != BW_OK) {
        (void)fprintf(stderr, "bouncewatch: out of memory; lower max_keys or max_queue_ids\n");
        return BW_EXIT_USAGE;
    }
    snapshot.elapsed_s = stats.elapsed_s;
    const bool is_written = bw_report_output_print(&command->output, &snapshot);
    bw_snapshot_deinit(&snapshot);
    if (command->has_stats)
        print_stats(&stats);
    if (!is_written || command->has_write_error || !stats.is_complete || missing > 0)
        return BW_EXIT_INCOMPLETE;
    if (command->fail_on != BW_ZONE_ACCEPTABLE && worst_zone >= command->fail_on)
        return BW_EXIT_ZONE;
    return BW_EXIT_DONE;
}

static int run(struct scan_command *command, const char *const *names, size_t count)
{
    struct bw_problem_list problems = {0};
    struct bw_source_list sources = {0};
    struct bw_ledger *ledger = NULL;
    int status = BW_EXIT_USAGE;

    if (!bw_setup_open(&command->setup))
        return BW_EXIT_USAGE;
    if (command->events_path != NULL) {
        command->events =
            strcmp(command->events_path, "-") == 0 ? stdout : fopen(command->events_path, "we");
        if (command->events == NULL) {
            (void)fprintf(stderr, "bouncewatch: %s: %s; choose a place that can be written\n",
                          command->events_path, strerror(errno));
            return BW_EXIT_USAGE;
        }
    }
    if (bw_ledger_create(&ledger, command->setup.knowledge, &command->setup.ledger) != BW_OK ||
        bw_source_list_create(&sources, names, count, &problems) != BW_OK) {
        (void)fprintf(stderr, "bouncewatch: out of memory\n");
        goto done;
    }
    if (command->events != NULL)
        bw_ledger_on_event(ledger, write_event, command);
    bw_scan_order(&sources, command->setup.knowledge, command->setup.ledger.year);
    status = scan_sources(command, ledger, &sources, &problems);

done:
    if (command->events != NULL && command->events != stdout && fclose(command->events) != 0)
        status = BW_EXIT_INCOMPLETE;
    bw_json_writer_deinit(&command->event_writer);
    bw_ledger_destroy(&ledger);
    bw_source_list_deinit(&sources);
    bw_problem_list_deinit(&problems);
    return status;
}

int bw_command_scan(int argc, char **argv)
{
    static const char *const standard_input[] = {"-"};
    struct scan_command command = {.output = {.top = 20}};

    bw_setup_init(&command.setup);
    int status = take_options(&command, argc, argv);
    if (status >= 0)
        return status;
    if (optind == argc && isatty(STDIN_FILENO)) {
        (void)fprintf(stderr, "bouncewatch: scan: name a log file or a directory, for example "
                              "`bouncewatch scan /var/log/mail.log*`\n");
        return BW_EXIT_USAGE;
    }
    if (optind == argc)
        status = run(&command, standard_input, 1);
    else
        status = run(&command, (const char *const *)argv + optind, (size_t)(argc - optind));
    bw_setup_deinit(&command.setup);
    return status;
}
