/*
 * One line through all the rooms, each door printed in turn: for the operator who asks why a line
 * counted as it did, and for the newcomer who wants to see the architecture run.
 */
#include "base/time_text.h"
#include "cli/command.h"
#include "cli/setup.h"
#include "engine/explained_line.h"
#include "report/plain_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define VALUE_COLUMNS 2000
#define VALUE_BYTES   ((size_t)8 * 1024)

struct explain_command {
    struct bw_setup setup;
    struct bw_worker *worker;
    struct bw_chunk chunk;
    bool has_lines;
};

/* One row: what it is, and the value made fit for a terminal. */
__attribute__((format(printf, 2, 3))) static void row(const char *name, const char *format, ...)
{
    char value[VALUE_BYTES];
    char plain[BW_PLAIN_BYTES(VALUE_COLUMNS)];
    va_list arguments;

    va_start(arguments, format);
    const int size = vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    if (size < 0)
        return;
    (void)bw_plain_text(
        (struct bw_text){value, (size_t)size < sizeof(value) ? (size_t)size : sizeof(value) - 1},
        VALUE_COLUMNS, plain);
    (void)printf("  %-11s%s\n", name, plain);
}

static void text_row(const char *name, struct bw_text text)
{
    if (text.size > 0)
        row(name, "%.*s", BW_TEXT_ARGS(text));
}

static void print_header(const struct bw_explained_line *line)
{
    static const char *const lacks[] = {
        [BW_STAMP_NONE] = "that is no time",
        [BW_STAMP_ABSOLUTE] = "",
        [BW_STAMP_NO_ZONE] = ", zone from --timezone or this machine",
        [BW_STAMP_NO_YEAR] = ", year from --year or today, zone from --timezone or this machine",
    };
    char time[BW_TIME_TEXT_BYTES] = "";

    (void)printf("header\n");
    if (!line->has_header) {
        row("none", "the line does not begin like a syslog line (RFC 3164, 3339 or 5424)");
        return;
    }
    if (line->time_ms != BW_TIME_NONE)
        bw_time_format(line->time_ms, time);
    row("time", "%.*s = %s%s", BW_TEXT_ARGS(line->parts.stamp), time, lacks[line->stamp.kind]);
    text_row("host", line->parts.host);
    text_row("tag", line->parts.program);
}

static const char *agent_text(enum bw_postfix_agent agent)
{
    switch (agent) {
    case BW_POSTFIX_AGENT_NO: return "not a program of Postfix";
    case BW_POSTFIX_AGENT_SILENT: return "Postfix; this daemon never says what became of mail";
    case BW_POSTFIX_AGENT_QUEUE: return "Postfix; envelopes, queue ids and bounces of its own";
    case BW_POSTFIX_AGENT_SMTP: return "Postfix smtp(8): delivers to other hosts";
    case BW_POSTFIX_AGENT_LMTP: return "Postfix lmtp(8): delivers to a mailbox server or a filter";
    case BW_POSTFIX_AGENT_MAILBOX: return "Postfix local(8), virtual(8) or pipe(8): mailboxes";
    case BW_POSTFIX_AGENT_ERROR: return "Postfix error(8) or retry(8): speaks for the queue";
    case BW_POSTFIX_AGENT_DISCARD: return "Postfix discard(8): throws mail away";
    }
    return "";
}

static void print_delivery(const struct bw_delivery *delivery)
{
    row("event", "%s", bw_outcome_name((enum bw_outcome)delivery->outcome));
    text_row("queue id", delivery->queue_id);
    if (delivery->has_sender)
        row("sender", "<%.*s>", BW_TEXT_ARGS(delivery->sender));
    text_row("recipient", delivery->recipient);
    text_row("relay", delivery->relay);
    row("hop", "%s", bw_hop_name((enum bw_hop)delivery->hop));
    if (delivery->reply > 0)
        row("reply", "%u", delivery->reply);
    text_row("status", delivery->status);
    text_row("text", delivery->text);
    if (delivery->delay_ms >= 0)
        row("delay", "%.2f s", (double)delivery->delay_ms / 1000.0);
}

static void print_parse(const struct bw_explained_line *line)
{
    const struct bw_observation *observation = line->observation;

    (void)printf("parse\n");
    row("counter", "%s", bw_line_counter_name(line->counter));
    row("dialect", "%s", agent_text(line->agent));
    if (observation == NULL)
        return;
    switch ((enum bw_observation_kind)observation->kind) {
    case BW_OBSERVATION_OUTCOME: print_delivery(&observation->delivery); break;
    case BW_OBSERVATION_ENVELOPE:
        row("says", "who sent what is queued as %.*s: <%.*s>",
            BW_TEXT_ARGS(observation->delivery.queue_id),
            BW_TEXT_ARGS(observation->delivery.sender));
        break;
    case BW_OBSERVATION_REMOVED:
        row("says", "the queue id %.*s is free again",
            BW_TEXT_ARGS(observation->delivery.queue_id));
        break;
    }
}

static void rule_row(const char *name, const struct bw_rule *rule)
{
    if (rule != NULL)
        row(name, "%s (%s:%u): %s", rule->name, rule->file, rule->line,
            bw_class_name((enum bw_class)rule->class_id));
}

static const char *basis_text(enum bw_basis basis)
{
    switch (basis) {
    case BW_BASIS_NONE: return "no rule fits: the class comes from the outcome alone";
    case BW_BASIS_PROVIDER_TEXT: return "a text that this provider is known to use";
    case BW_BASIS_PROVIDER_CODE: return "a code that this provider is known to use";
    case BW_BASIS_TEXT: return "words that mean the same everywhere";
    case BW_BASIS_STATUS: return "the enhanced status code alone (RFC 3463)";
    case BW_BASIS_REPLY: return "the reply code alone: the last resort";
    }
    return "";
}

static void print_verdict(const struct bw_explained_line *line)
{
    const struct bw_verdict *verdict = &line->observation->verdict;
    const enum bw_class class_id = (enum bw_class)verdict->class_id;

    row("class", "%s, %s, fault: %s, suppress: %s", bw_class_name(class_id),
        bw_bounce_name((enum bw_bounce)verdict->bounce),
        bw_fault_name((enum bw_fault)verdict->fault),
        bw_suppress_name((enum bw_suppress)verdict->suppress));
    rule_row("rule", line->rule);
    row("decided by", "%s", basis_text((enum bw_basis)verdict->basis));
    rule_row("runner-up", line->runner_up);
    if (verdict->variant != BW_VARIANT_NONE)
        row("variant", "%s", bw_variant_name((enum bw_variant)verdict->variant));
    if (line->extract.blocklist != NULL)
        row("blocklist", "%s", line->extract.blocklist);
    if (line->extract.scope != NULL)
        row("scope", "%s", line->extract.scope);
    if (line->extract.retry_after_s >= 0)
        row("retry", "after %lld s", (long long)line->extract.retry_after_s);
    row("cause", "%s",
        line->rule != NULL && line->rule->cause != NULL ? line->rule->cause
                                                        : bw_class_cause(class_id));
    row("first", "%s",
        line->rule != NULL && line->rule->action != NULL ? line->rule->action
                                                         : bw_class_action(class_id));
}

static const char *count_text(const struct bw_delivery *delivery)
{
    if (delivery->hop != BW_HOP_REMOTE)
        return "not in the rate: the hop is not remote";
    switch ((enum bw_outcome)delivery->outcome) {
    case BW_OUTCOME_DELIVERED: return "one attempt, delivered";
    case BW_OUTCOME_BOUNCED: return "one attempt, a hard bounce";
    case BW_OUTCOME_DEFERRED: return "soft: no attempt before there is a final outcome";
    case BW_OUTCOME_EXPIRED: return "expired: the recipients still deferred are counted";
    case BW_OUTCOME_NONE:
    case BW_OUTCOME_DISCARDED:
    case BW_OUTCOME_SUPPRESSED:
    case BW_OUTCOME_PROBE:
    case BW_OUTCOME_COUNT: break;
    }
    return "not in the rate: no mail was tried";
}

static void print_counting(const struct bw_explained_line *line,
                           const struct bw_knowledge *knowledge)
{
    const struct bw_observation *observation = line->observation;
    const struct bw_zone_limits *limits = &knowledge->limits[observation->verdict.provider];

    (void)printf("count\n");
    row("as", "%s", count_text(&observation->delivery));
    row("provider", "%s (warning from %.1f %%, blocking above %.1f %%)",
        bw_provider_map_name(knowledge->providers, observation->verdict.provider),
        limits->warning * 100.0, limits->blocking * 100.0);
    text_row("domain", bw_domain_of(observation->delivery.recipient));
    if (!observation->delivery.has_sender)
        row("sender", "stands in the line \"%.*s: from=<...>\" of the same log",
            BW_TEXT_ARGS(observation->delivery.queue_id));
}

static void explain(struct explain_command *command, struct bw_text text)
{
    const struct bw_knowledge *knowledge = command->setup.knowledge;
    struct bw_explained_line line;
    struct bw_log_clock clock;

    bw_log_clock_start(&clock, knowledge->zone, command->setup.ledger.year, time(NULL));
    bw_explain_line(command->worker, knowledge, text, &clock, &command->chunk, &line);
    if (command->has_lines)
        (void)printf("\n");
    command->has_lines = true;
    (void)printf("line\n");
    row("bytes", "%zu", text.size);
    print_header(&line);
    print_parse(&line);
    if (line.observation == NULL || line.observation->kind != BW_OBSERVATION_OUTCOME)
        return;
    if (line.observation->verdict.class_id != BW_CLASS_NONE) {
        (void)printf("classify\n");
        print_verdict(&line);
    }
    print_counting(&line, knowledge);
}

static bool explain_standard_input(struct explain_command *command)
{
    char *bytes = NULL;
    size_t capacity = 0;

    for (ssize_t size; (size = getline(&bytes, &capacity, stdin)) >= 0;) {
        struct bw_text line = {bytes, (size_t)size};
        while (line.size > 0 &&
               (line.bytes[line.size - 1] == '\n' || line.bytes[line.size - 1] == '\r'))
            line.size--;
        if (line.size > 0)
            explain(command, line);
    }
    free(bytes);
    return ferror(stdin) == 0;
}

static int run(struct explain_command *command, char *const *lines, size_t count)
{
    bool is_good = true;

    if (!bw_setup_open(&command->setup))
        return BW_EXIT_USAGE;
    if (bw_chunk_init(&command->chunk) != BW_OK ||
        bw_worker_create(&command->worker, command->setup.knowledge) != BW_OK) {
        (void)fprintf(stderr, "bouncewatch: out of memory\n");
        return BW_EXIT_USAGE;
    }
    for (size_t i = 0; i < count; i++)
        explain(command, bw_text_of(lines[i]));
    if (count == 0)
        is_good = explain_standard_input(command);
    return is_good && fflush(stdout) == 0 ? BW_EXIT_DONE : BW_EXIT_INCOMPLETE;
}

static void print_help(void)
{
    (void)printf("usage: bouncewatch explain [OPTION]... [LINE]...\n\n"
                 "Says what each stage makes of a log line: an argument, or lines on "
                 "standard input.\n\n%s%s",
                 bw_setup_input_help, bw_setup_help);
}

int bw_command_explain(int argc, char **argv)
{
    static const struct option options[] = {
        BW_SETUP_LONG,
        BW_SETUP_INPUT_LONG,
        {NULL, 0, NULL, 0},
    };
    struct explain_command command = {0};
    const struct bw_setup_options reading = {
        .command = "explain",
        .options = options,
        .print_help = print_help,
        .take = NULL,
        .context = &command.setup,
    };

    bw_setup_init(&command.setup);
    const int taken = bw_setup_read_options(&reading, argc, argv);
    if (taken >= 0)
        return taken;
    const int status = run(&command, argv + optind, (size_t)(argc - optind));
    bw_worker_destroy(&command.worker);
    bw_chunk_deinit(&command.chunk);
    bw_setup_deinit(&command.setup);
    return status;
}
