#include "cli/command.h"
#include "cli/setup.h"
#include "cli/verdict_json.h"
#include "engine/classify_text.h"

#include <stdio.h>
#include <stdlib.h>

#define OPTION_PROVIDER BW_OPTION_OWN
#define TEXT_BYTES_MAX  ((size_t)64 * 1024)

struct classify_command {
    struct bw_setup setup;
    struct bw_worker *worker;
    struct bw_json_writer writer;
    const char *provider;
    char *room; /* TEXT_BYTES_MAX */
};

static void auth_member(struct bw_json_writer *writer, uint32_t auth)
{
    static const char *const names[] = {"spf", "dkim", "dmarc", "alignment", "ptr", "tls"};

    if (auth == 0)
        return;
    bw_json_key(writer, "auth");
    bw_json_begin_array(writer);
    for (uint32_t bit = 0; bit < sizeof(names) / sizeof(names[0]); bit++)
        if ((auth & 1U << bit) != 0)
            bw_json_string(writer, names[bit]);
    bw_json_end_array(writer);
}

static bool classify(struct classify_command *command, struct bw_text text)
{
    const struct bw_knowledge *knowledge = command->setup.knowledge;
    struct bw_json_writer *writer = &command->writer;
    struct bw_classified_text found;

    if (text.size > TEXT_BYTES_MAX)
        text.size = TEXT_BYTES_MAX;
    bw_classify_text(command->worker, knowledge, text, command->provider, command->room, &found);
    const struct bw_verdict *verdict = &found.verdict;
    const enum bw_class class_id = (enum bw_class)verdict->class_id;
    const struct bw_rule *rule =
        verdict->rule == BW_RULE_NONE ? NULL : &knowledge->rules->rules[verdict->rule - 1];

    bw_json_begin_object(writer);
    bw_json_text_member(writer, "text", text);
    if (found.delivery.reply > 0)
        bw_json_uint_member(writer, "reply", found.delivery.reply);
    bw_json_text_member(writer, "status", found.delivery.status);
    bw_verdict_json(writer, verdict);
    bw_json_string_member(writer, "provider",
                          bw_provider_map_name(knowledge->providers, verdict->provider));
    bw_json_string_member(writer, "rule", rule == NULL ? NULL : rule->name);
    bw_json_string_member(writer, "variant", bw_variant_name((enum bw_variant)verdict->variant));
    bw_json_string_member(writer, "cause",
                          rule != NULL && rule->cause != NULL ? rule->cause
                                                              : bw_class_cause(class_id));
    bw_json_string_member(writer, "action",
                          rule != NULL && rule->action != NULL ? rule->action
                                                               : bw_class_action(class_id));
    bw_json_string_member(writer, "blocklist", found.extract.blocklist);
    auth_member(writer, found.extract.auth);
    bw_json_string_member(writer, "scope", found.extract.scope);
    if (found.extract.retry_after_s >= 0)
        bw_json_uint_member(writer, "retry_after_s", (uint64_t)found.extract.retry_after_s);
    bw_json_string_member(writer, "basis", bw_basis_name((enum bw_basis)verdict->basis));
    bw_json_end_object(writer);
    bw_json_newline(writer);
    return bw_json_flush(writer, stdout);
}

static bool classify_standard_input(struct classify_command *command)
{
    char *line = NULL;
    size_t capacity = 0;
    bool is_good = true;

    for (ssize_t size; is_good && (size = getline(&line, &capacity, stdin)) >= 0;) {
        const struct bw_text text = bw_text_trim((struct bw_text){line, (size_t)size});
        is_good = text.size == 0 || classify(command, text);
    }
    free(line);
    return is_good && ferror(stdin) == 0;
}

static int run(struct classify_command *command, char *const *texts, size_t count)
{
    bool is_good = true;

    if (!bw_setup_open(&command->setup))
        return BW_EXIT_USAGE;
    if (command->provider != NULL && strcmp(command->provider, "other") != 0 &&
        bw_provider_map_find_name(command->setup.knowledge->providers,
                                  bw_text_of(command->provider)) == BW_PROVIDER_OTHER) {
        (void)fprintf(stderr, "bouncewatch: --provider: there is no provider \"%s\"; valid are",
                      command->provider);
        for (uint16_t i = 0; i < bw_provider_map_count(command->setup.knowledge->providers); i++)
            (void)fprintf(stderr, " %s",
                          bw_provider_map_name(command->setup.knowledge->providers, i));
        (void)fprintf(stderr, "\n");
        return BW_EXIT_USAGE;
    }
    command->room = malloc(TEXT_BYTES_MAX);
    if (command->room == NULL ||
        bw_worker_create(&command->worker, command->setup.knowledge) != BW_OK) {
        (void)fprintf(stderr, "bouncewatch: out of memory\n");
        return BW_EXIT_USAGE;
    }
    for (size_t i = 0; i < count && is_good; i++)
        is_good = classify(command, bw_text_of(texts[i]));
    if (count == 0)
        is_good = classify_standard_input(command);
    return is_good ? BW_EXIT_DONE : BW_EXIT_INCOMPLETE;
}

static bool take_own(void *context, int option, const char *value)
{
    struct classify_command *command = context;

    if (option != OPTION_PROVIDER)
        return bw_setup_take(&command->setup, option, value);
    command->provider = value;
    return true;
}

static void print_help(void)
{
    (void)printf("usage: bouncewatch classify [OPTION]... [TEXT]...\n\n"
                 "Says what reply texts mean: arguments, or one per line on standard "
                 "input.\n\n      --provider P     who answered, e.g. gmail\n%s",
                 bw_setup_help);
}

int bw_command_classify(int argc, char **argv)
{
    static const struct option options[] = {
        BW_SETUP_LONG,
        {"provider", required_argument, NULL, OPTION_PROVIDER},
        {NULL, 0, NULL, 0},
    };
    struct classify_command command = {0};
    const struct bw_setup_options reading = {
        .command = "classify",
        .options = options,
        .print_help = print_help,
        .take = take_own,
        .context = &command,
    };

    bw_setup_init(&command.setup);
    const int taken = bw_setup_read_options(&reading, argc, argv);
    if (taken >= 0)
        return taken;
    const int status = run(&command, argv + optind, (size_t)(argc - optind));
    bw_worker_destroy(&command.worker);
    free(command.room);
    bw_json_writer_deinit(&command.writer);
    bw_setup_deinit(&command.setup);
    return status;
}
