#include "cli/command.h"
#include "cli/setup.h"
#include "cli/verdict_json.h"
#include "engine/log_clock.h"
#include "engine/scan.h"

#include <stdio.h>

#define FLUSH_BYTES ((size_t)256 * 1024)

struct records_command {
    struct bw_setup setup;
    struct bw_json_writer writer;
    bool has_write_error;
};

static void print_help(void)
{
    (void)printf("usage: bouncewatch records [OPTION]... [FILE|-]...\n\n"
                 "Prints one JSON object per delivery outcome, in input order.\n\n%s%s",
                 bw_setup_input_help, bw_setup_help);
}

static void write_record(const struct bw_record *record, void *context)
{
    struct records_command *command = context;
    struct bw_json_writer *writer = &command->writer;
    const struct bw_observation *observation = record->observation;
    const struct bw_delivery *delivery = &observation->delivery;
    const struct bw_verdict *verdict = &observation->verdict;

    bw_json_begin_object(writer);
    bw_json_string_member(writer, "file", record->path);
    bw_json_uint_member(writer, "line", record->line);
    if (record->time_ms != BW_TIME_NONE) {
        bw_json_key(writer, "time");
        bw_json_time(writer, record->time_ms);
    }
    bw_json_string_member(writer, "mta", "postfix");
    bw_json_string_member(writer, "event", bw_outcome_name((enum bw_outcome)delivery->outcome));
    bw_json_text_member(writer, "queue_id", delivery->queue_id);
    if (record->has_sender)
        bw_json_text_member(writer, "sender", record->host_sender);
    bw_json_text_member(writer, "recipient", delivery->recipient);
    bw_json_text_member(writer, "relay", delivery->relay);
    bw_json_text_member(writer, "relay_host", delivery->relay_host);
    bw_json_text_member(writer, "relay_ip", delivery->relay_ip);
    bw_json_string_member(writer, "hop", bw_hop_name((enum bw_hop)delivery->hop));
    if (delivery->reply > 0)
        bw_json_uint_member(writer, "reply", delivery->reply);
    bw_json_text_member(writer, "status", delivery->status);
    bw_json_text_member(writer, "text", delivery->text);
    if (verdict->class_id != BW_CLASS_NONE)
        bw_verdict_json(writer, verdict);
    bw_json_string_member(
        writer, "provider",
        bw_provider_map_name(command->setup.knowledge->providers, verdict->provider));
    if (delivery->delay_ms >= 0) {
        bw_json_key(writer, "delay_s");
        bw_json_decimal(writer, (double)delivery->delay_ms / 1000.0, 3);
    }
    bw_json_end_object(writer);
    bw_json_newline(writer);
    if (writer->size >= FLUSH_BYTES && !bw_json_flush(writer, stdout))
        command->has_write_error = true;
}

static int run(struct records_command *command, const char *const *names, size_t count)
{
    struct bw_problem_list problems = {0};
    struct bw_source_list sources = {0};
    struct bw_ledger *ledger = NULL;
    struct bw_scan_stats stats = {0};
    const struct bw_scan_options options = {.threads = command->setup.threads};

    if (!bw_setup_open(&command->setup))
        return BW_EXIT_USAGE;
    enum bw_status status =
        bw_ledger_create(&ledger, command->setup.knowledge, &command->setup.ledger);
    if (status == BW_OK)
        status = bw_ledger_on_record(ledger, write_record, command);
    if (status == BW_OK)
        status = bw_source_list_create(&sources, names, count, &problems);
    const size_t missing = problems.count;
    if (status == BW_OK)
        bw_scan_order(&sources, command->setup.knowledge, command->setup.ledger.year);
    if (status == BW_OK)
        status = bw_scan(ledger, command->setup.knowledge, &sources, &options, &problems, &stats);
    if (command->writer.size > 0 && !bw_json_flush(&command->writer, stdout))
        command->has_write_error = true;
    bw_problem_list_print(&problems, stderr);
    bw_problem_list_deinit(&problems);
    bw_ledger_destroy(&ledger);
    bw_source_list_deinit(&sources);
    bw_json_writer_deinit(&command->writer);
    if (status != BW_OK) {
        (void)fprintf(stderr, "bouncewatch: out of memory\n");
        return BW_EXIT_USAGE;
    }
    command->has_write_error = fflush(stdout) != 0 || command->has_write_error;
    if (command->has_write_error)
        (void)fprintf(stderr, "bouncewatch: the records could not be written to standard output\n");
    return command->has_write_error || !stats.is_complete || missing > 0 ? BW_EXIT_INCOMPLETE
                                                                         : BW_EXIT_DONE;
}

int bw_command_records(int argc, char **argv)
{
    static const struct option options[] = {
        BW_SETUP_LONG,
        BW_SETUP_INPUT_LONG,
        {NULL, 0, NULL, 0},
    };
    static const char *const standard_input[] = {"-"};
    struct records_command command = {0};
    const struct bw_setup_options reading = {
        .command = "records",
        .options = options,
        .print_help = print_help,
        .take = NULL,
        .context = &command.setup,
    };

    bw_setup_init(&command.setup);
    const int taken = bw_setup_read_options(&reading, argc, argv);
    if (taken >= 0)
        return taken;
    const int status =
        optind == argc ? run(&command, standard_input, 1)
                       : run(&command, (const char *const *)argv + optind, (size_t)(argc - optind));
    bw_setup_deinit(&command.setup);
    return status;
}
