#include "cli/command.h"
#include "cli/setup.h"
#include "engine/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum own_option {
    OPTION_STATE = BW_OPTION_OWN,
    OPTION_TAIL,
    OPTION_LISTEN,
    OPTION_FROM,
    OPTION_EVENTS,
    OPTION_HTTP,
    OPTION_SHOW_ADDRESSES,
    OPTION_JOURNAL,
    OPTION_NO_CONFINE,
};

/* What the command line says goes over what the file says. */
struct run_command {
    struct bw_setup setup;
    struct bw_config_list tail;
    struct bw_config_list listen;
    struct bw_config_list events;
    const char *state, *from, *http;
    bool shows_addresses, reads_journal, is_unconfined;
};

static void print_help(void)
{
    (void)printf(
        "usage: bouncewatch run [OPTION]...\n\n"
        "Stays on: reads logs as they grow, keeps the bounce rates, and tells when a warning or\n"
        "blocking zone is entered or left. What it knows survives restarts and kills.\n\n"
        "      --tail GLOB      files to follow, for example '/var/log/mail.log*'; may be "
        "repeated\n"
        "      --listen URL     receive syslog: udp://HOST:PORT, tcp://HOST:PORT, unix:PATH,\n"
        "                       unixgram:PATH; may be repeated\n"
        "      --journal        read the journal of systemd, facility mail\n"
        "      --from start|end where to begin in files that are there at the first start\n"
        "                       (default: end)\n"
        "      --events FILE    write events there, one JSON object a line; `-`: standard output\n"
        "      --http ADDRESS   serve metrics and zones there: 127.0.0.1:9464 or unix:PATH\n"
        "      --state DIR      where the state is kept (default: $STATE_DIRECTORY, else\n"
        "                       " BW_DEFAULT_STATE ")\n"
        "      --timezone TZ    zone of stamps that have none\n"
        "      --internal LIST  networks and hosts whose relays are internal hops\n"
        "      --no-confine     keep the right to all files and system calls (see the manual "
        "page)\n"
        "      --show-addresses do not mask the local parts of addresses\n%s\n"
        "SIGTERM ends it, SIGHUP reads the configuration again and opens files anew, SIGUSR1\n"
        "writes a snapshot of the state.\n",
        bw_setup_help);
}

static bool take_own(void *context, int option, const char *value)
{
    struct run_command *command = context;
    switch (option) {
    case OPTION_STATE: command->state = value; return true;
    case OPTION_TAIL: return bw_config_list_add(&command->tail, value);
    case OPTION_LISTEN: return bw_config_list_add(&command->listen, value);
    case OPTION_HTTP: command->http = value; return true;
    case OPTION_EVENTS: return bw_config_list_add(&command->events, value);
    case OPTION_SHOW_ADDRESSES: command->shows_addresses = true; return true;
    case OPTION_JOURNAL: command->reads_journal = true; return true;
    case OPTION_NO_CONFINE: command->is_unconfined = true; return true;
    case OPTION_FROM:
        command->from = value;
        if (strcmp(value, "start") == 0 || strcmp(value, "end") == 0)
            return true;
        (void)fprintf(stderr, "bouncewatch: --from: \"%s\" is neither start nor end\n", value);
        return false;
    default: return bw_setup_take(&command->setup, option, value);
    }
}

static int take_options(struct run_command *command, int argc, char **argv)
{
    static const struct option options[] = {
        BW_SETUP_LONG,
        {"timezone", required_argument, NULL, BW_OPTION_TIMEZONE},
        {"internal", required_argument, NULL, BW_OPTION_INTERNAL},
        {"state", required_argument, NULL, OPTION_STATE},
        {"tail", required_argument, NULL, OPTION_TAIL},
        {"listen", required_argument, NULL, OPTION_LISTEN},
        {"from", required_argument, NULL, OPTION_FROM},
        {"http", required_argument, NULL, OPTION_HTTP},
        {"events", required_argument, NULL, OPTION_EVENTS},
        {"show-addresses", no_argument, NULL, OPTION_SHOW_ADDRESSES},
        {"journal", no_argument, NULL, OPTION_JOURNAL},
        {"no-confine", no_argument, NULL, OPTION_NO_CONFINE},
        {NULL, 0, NULL, 0},
    };
    const struct bw_setup_options reading = {
        .command = "run",
        .options = options,
        .print_help = print_help,
        .take = take_own,
        .context = command,
    };
    const int status = bw_setup_read_options(&reading, argc, argv);

    if (status < 0 && optind < argc) {
        (void)fprintf(stderr,
                      "bouncewatch: run: \"%s\" is no option; files are named with --tail\n",
                      argv[optind]);
        return BW_EXIT_USAGE;
    }
    return status;
}

/* Standard output as a sink is "-"; a relative path is one all the same. */
static bool add_event_sinks(const struct run_command *command, struct bw_config_run *run)
{
    for (size_t i = 0; i < command->events.count; i++) {
        const char *path = command->events.items[i];
        char *to = NULL;

        if (strcmp(path, "-") == 0)
            to = strdup(path);
        else if (asprintf(&to, "file:%s", path) < 0)
            to = NULL;
        const bool is_good = to != NULL && bw_config_add_sink(run, to, to);
        free(to);
        if (!is_good)
            return false;
    }
    return true;
}

static bool apply_command_line(const struct run_command *command, struct bw_config *config)
{
    struct bw_config_run *run = &config->run;

    if (command->tail.count > 0)
        bw_config_list_clear(&run->tail);
    for (size_t i = 0; i < command->tail.count; i++)
        if (!bw_config_list_add(&run->tail, command->tail.items[i]))
            return false;
    if (command->listen.count > 0)
        bw_config_list_clear(&run->listen);
    for (size_t i = 0; i < command->listen.count; i++)
        if (!bw_config_list_add(&run->listen, command->listen.items[i]))
            return false;
    if (command->reads_journal)
        run->reads_journal = true;
    if (command->is_unconfined)
        run->is_unconfined = true;
    if (command->from != NULL)
        run->from_start = strcmp(command->from, "start") == 0;
    return add_event_sinks(command, run) && bw_config_set_string(&run->http, command->http);
}

/* For SIGHUP: everything anew, as at the start. */
static bool reload(struct bw_config *config, struct bw_knowledge **knowledge,
                   struct bw_problem *problem, void *context)
{
    const struct run_command *command = context;
    struct bw_setup setup = command->setup;

    setup.knowledge = NULL;
    setup.has_config = false;
    if (!bw_setup_open(&setup)) {
        *problem = setup.problem;
        bw_setup_deinit(&setup);
        return false;
    }
    if (!apply_command_line(command, &setup.config)) {
        bw_setup_deinit(&setup);
        return false;
    }
    *config = setup.config;
    *knowledge = setup.knowledge;
    return true;
}

static void say(const char *sentence)
{
    (void)fprintf(stderr, "bouncewatch: %s\n", sentence);
}

static int run(struct run_command *command)
{
    struct bw_problem problem = {.message = ""};
    struct bw_daemon *daemon = NULL;

    if (!bw_setup_open(&command->setup))
        return BW_EXIT_USAGE;
    struct bw_config *config = &command->setup.config;
    if (!apply_command_line(command, config)) {
        (void)fprintf(stderr, "bouncewatch: out of memory\n");
        return BW_EXIT_USAGE;
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread exists */
    const bool is_activated = getenv("LISTEN_FDS") != NULL;
    if (config->run.tail.count == 0 && config->run.listen.count == 0 && !is_activated &&
        !config->run.reads_journal) {
        (void)fprintf(stderr,
                      "bouncewatch: run: there is nothing to read; name logs with --tail, sockets "
                      "with --listen, or say --journal; or all that in the configuration\n");
        return BW_EXIT_USAGE;
    }
    char *cache_directory = bw_setup_cache_directory();
    const struct bw_daemon_options options = {
        .config = config,
        .knowledge = command->setup.knowledge,
        .state_directory = bw_setup_state_directory(&command->setup, command->state),
        .version = BW_VERSION,
        .reload = reload,
        .reload_context = command,
        .say = say,
        .shows_addresses = command->shows_addresses,
        .config_path = command->setup.config_path,
        .cache_directory = cache_directory,
    };
    enum bw_status status = bw_daemon_open(&daemon, &options, &problem);
    if (status != BW_OK) {
        free(cache_directory);
        (void)fprintf(stderr, "bouncewatch: %s%s%s\n", problem.file,
                      problem.file[0] == '\0' ? "" : ": ",
                      problem.message[0] == '\0' ? "out of memory" : problem.message);
        return BW_EXIT_USAGE;
    }
    status = bw_daemon_run(daemon);
    bw_daemon_close(&daemon);
    free(cache_directory);
    if (status != BW_OK)
        (void)fprintf(stderr, "bouncewatch: out of memory; lower max_keys or max_queue_ids\n");
    return status == BW_OK ? BW_EXIT_DONE : BW_EXIT_INCOMPLETE;
}

int bw_command_run(int argc, char **argv)
{
    struct run_command command = {.state = NULL};

    bw_setup_init(&command.setup);
    int status = take_options(&command, argc, argv);
    if (status < 0)
        status = run(&command);
    bw_config_list_clear(&command.tail);
    bw_config_list_clear(&command.listen);
    bw_config_list_clear(&command.events);
    bw_setup_deinit(&command.setup);
    return status;
}
