#include "cli/command.h"
#include "cli/http_get.h"
#include "cli/report_output.h"
#include "cli/setup.h"
#include "engine/state_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define REPORT_S 120L /* a daemon makes its report of what is on disk */

enum own_option {
    OPTION_STATE = BW_OPTION_OWN,
    OPTION_REPORT,
    OPTION_OUTPUT,
    OPTION_TOP,
    OPTION_SHOW_ADDRESSES,
    OPTION_URL,
};

struct report_command {
    struct bw_setup setup;
    struct bw_report_output output;
    const char *state;
    const char *url; /* NULL: from the state directory */
    bool shows_addresses;
};

static void print_help(void)
{
    (void)printf(
        "usage: bouncewatch report [OPTION]...\n\n"
        "Prints the report of a daemon: what `scan` would say of the lines of its longest window,\n"
        "from its state directory, whether the daemon runs or not, or from a running daemon.\n\n"
        "      --url URL        where the daemon serves: http://HOST:PORT or unix:PATH\n"
        "      --state DIR      the state directory (default: $STATE_DIRECTORY, else\n"
        "                       " BW_DEFAULT_STATE ")\n"
        "      --report text|json  form of the report (default: text)\n"
        "      --output FILE    write the report there instead of to standard output\n"
        "      --top N          rows per table (default: 20; 0: all)\n"
        "      --show-addresses do not mask the local parts of addresses\n%s",
        bw_setup_help);
}

static bool take_own(void *context, int option, const char *value)
{
    struct report_command *command = context;
    switch (option) {
    case OPTION_URL: command->url = value; return true;
    case OPTION_STATE: command->state = value; return true;
    case OPTION_REPORT: return bw_report_output_form(&command->output, value);
    case OPTION_TOP: return bw_report_output_top(&command->output, value);
    case OPTION_OUTPUT: command->output.path = value; return true;
    case OPTION_SHOW_ADDRESSES: command->shows_addresses = true; return true;
    default: return bw_setup_take(&command->setup, option, value);
    }
}

static int take_options(struct report_command *command, int argc, char **argv)
{
    static const struct option options[] = {
        BW_SETUP_LONG,
        {"state", required_argument, NULL, OPTION_STATE},
        {"url", required_argument, NULL, OPTION_URL},
        {"report", required_argument, NULL, OPTION_REPORT},
        {"output", required_argument, NULL, OPTION_OUTPUT},
        {"top", required_argument, NULL, OPTION_TOP},
        {"show-addresses", no_argument, NULL, OPTION_SHOW_ADDRESSES},
        {"timezone", required_argument, NULL, BW_OPTION_TIMEZONE},
        {"internal", required_argument, NULL, BW_OPTION_INTERNAL},
        {NULL, 0, NULL, 0},
    };
    const struct bw_setup_options reading = {
        .command = "report",
        .options = options,
        .print_help = print_help,
        .take = take_own,
        .context = command,
    };
    const int status = bw_setup_read_options(&reading, argc, argv);

    if (status >= 0 || optind == argc)
        return status;
    (void)fprintf(stderr,
                  "bouncewatch: report: \"%s\" is no option; the directory is named with "
                  "--state\n",
                  argv[optind]);
    return BW_EXIT_USAGE;
}

/* As the daemon itself makes it. */
static int fetch(const struct report_command *command)
{
    struct bw_http_reply reply;
    char path[100];
    int status = BW_EXIT_DONE;

    (void)snprintf(path, sizeof(path), "/api/v1/report?report=%s&top=%u",
                   command->output.is_json ? "json" : "text", command->output.top);
    if (!bw_http_get(command->url, path, REPORT_S, &reply)) {
        (void)fprintf(stderr,
                      "bouncewatch: %s: %s; start the daemon with --http there, or use --state\n",
                      command->url, reply.fault);
        status = BW_EXIT_USAGE;
    } else if (!bw_report_output_write(&command->output, reply.bytes, reply.size)) {
        status = BW_EXIT_INCOMPLETE;
    }
    free(reply.bytes);
    return status;
}

static int run(struct report_command *command)
{
    struct bw_problem problem = {.message = ""};
    struct bw_snapshot snapshot = {0};

    if (command->url != NULL && command->state != NULL) {
        (void)fprintf(stderr, "bouncewatch: report: use either --url or --state\n");
        return BW_EXIT_USAGE;
    }
    if (command->url != NULL)
        return fetch(command);
    if (!bw_setup_open(&command->setup))
        return BW_EXIT_USAGE;
    const char *state = bw_setup_state_directory(&command->setup, command->state);
    struct timespec start, end;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    const enum bw_status status = bw_state_report(command->setup.knowledge, state,
                                                  command->shows_addresses, &snapshot, &problem);
    if (status != BW_OK) {
        (void)fprintf(stderr, "bouncewatch: %s%s%s\n", problem.file,
                      problem.file[0] == '\0' ? "" : ": ",
                      problem.message[0] == '\0' ? "out of memory" : problem.message);
        return BW_EXIT_USAGE;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    snapshot.elapsed_s =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    const bool is_written = bw_report_output_print(&command->output, &snapshot);
    bw_snapshot_deinit(&snapshot);
    return is_written ? BW_EXIT_DONE : BW_EXIT_INCOMPLETE;
}

int bw_command_report(int argc, char **argv)
{
    struct report_command command = {.output = {.top = 20}};

    bw_setup_init(&command.setup);
    int status = take_options(&command, argc, argv);
    if (status < 0)
        status = run(&command);
    bw_setup_deinit(&command.setup);
    return status;
}
