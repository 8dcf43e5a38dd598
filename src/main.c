/*
 * bouncewatch: reads mail-server logs and says when mail starts to bounce.
 *
 * The map, in the order in which a log line travels:
 *
 *   src/read/       files, logs that grow, sockets: bytes in
 *   src/inflate/    compressed bytes -> plain bytes
 *   src/frame/      whole lines out of a byte stream; syslog headers
 *   src/match/      rule files and the one Hyperscan database over failure texts
 *   src/parse/      one file per MTA dialect: line -> delivery
 *   src/classify/   providers, rules -> verdict
 *   src/aggregate/  queue id -> sender, sliding windows, key table
 *   src/zone/       limits, confidence, hysteresis
 *   src/engine/     joins the rooms: worker (per chunk), ledger (in order), scan (threads), daemon
 *   src/keep/       the daemon's journal: records on disk, whole or not at all
 *   src/emit/       events out: files, programs, the local log, webhooks
 *   src/serve/      a look inside by HTTP
 *   src/report/     the result as text and JSON
 *   src/config/     the YAML file
 *   src/cli/        one file per command
 *   src/base/       nouns that know no mail
 *   src/data/       rules and providers, compiled in
 *
 * The doors between the rooms are the headers in include/bouncewatch/.
 */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"scan", bw_command_scan, "analyse log archives and print a report; the main job"},
    {"records", bw_command_records, "one JSON record per delivery outcome"},
    {"classify", bw_command_classify, "say what reply texts mean"},
    {"explain", bw_command_explain, "say what each stage makes of a log line"},
    {"run", bw_command_run, "the daemon: follow logs, keep rates, tell events"},
    {"report", bw_command_report, "the report of a daemon, running or not"},
    {"top", bw_command_top, "a running daemon at this moment, on a terminal"},
    {"check", bw_command_check, "check configuration and rules without running"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
    (void)fprintf(out, "usage: bouncewatch COMMAND [OPTION]... [OPERAND]...\n\n"
                       "Reads mail-server logs and says when mail starts to bounce.\n\n"
                       "commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(out, "  %-10s%s\n", commands[i].name, commands[i].summary);
    (void)fprintf(out,
                  "\n`bouncewatch COMMAND --help` lists the options of a command.\n"
                  "exit status: 0 done; 1 done, but some input could not be read; 2 wrong usage\n"
                  "or configuration, nothing done; 3 with `scan --fail-on`: a zone was reached\n");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return BW_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return BW_EXIT_DONE;
    }
    if (strcmp(name, "--version") == 0)
        return bw_command_version();
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);

    (void)fprintf(stderr, "bouncewatch: there is no command \"%s\"; use", name);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(stderr, "%s %s", i == 0 ? "" : (i + 1 == COMMAND_COUNT ? " or" : ","),
                      commands[i].name);
    (void)fprintf(stderr, "\n");
    return BW_EXIT_USAGE;
}
