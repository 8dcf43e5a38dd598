#include "cli/setup.h"

#include "base/time_text.h"
#include "cli/command.h"
#include "engine/scan.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

const char bw_setup_help[] =
    "  -c, --config FILE    limits, providers, windows (YAML)\n"
    "      --rules DIR      more rules; at the same level they win over the built-in ones\n"
    "      --help, --version\n";

const char bw_setup_input_help[] =
    "      --since T        leave out outcomes before T (RFC 3339; UTC without a zone)\n"
    "      --until T        leave out outcomes at or after T\n"
    "      --year Y         year of stamps that have none (default: from the file's time)\n"
    "      --timezone TZ    zone of stamps that have none: Europe/Berlin, +0200, UTC\n"
    "                       (default: this machine's)\n"
    "      --internal LIST  networks and hosts whose relays are internal hops, separated by\n"
    "                       commas (default: loopback); `none`: every relay is remote\n"
    "      --threads N      1 to 64 (default: one per core)\n"
    "      --format NAME    format of the log: postfix (default: found by content)\n";

void bw_setup_init(struct bw_setup *setup)
{
    *setup = (struct bw_setup){
        .ledger = {.since_ms = INT64_MIN, .until_ms = INT64_MAX},
        .threads = bw_scan_default_threads(),
    };
}

void bw_setup_deinit(struct bw_setup *setup)
{
    bw_knowledge_destroy(&setup->knowledge);
    if (setup->has_config)
        bw_config_deinit(&setup->config);
}

bool bw_setup_number(const char *option, const char *value, uint64_t low, uint64_t high,
                     uint64_t *number)
{
    char *end = NULL;

    errno = 0;
    const unsigned long long found = strtoull(value, &end, 10);
    if (errno == 0 && value[0] >= '0' && value[0] <= '9' && *end == '\0' && found >= low &&
        found <= high) {
        *number = found;
        return true;
    }
    (void)fprintf(stderr, "bouncewatch: --%s: \"%s\" is no whole number from %llu to %llu\n",
                  option, value, (unsigned long long)low, (unsigned long long)high);
    return false;
}

static bool take_time(const char *option, const char *value, int64_t *time_ms)
{
    if (bw_time_parse(bw_text_of(value), time_ms))
        return true;
    (void)fprintf(stderr,
                  "bouncewatch: --%s: \"%s\" is no time; write it as 2026-05-01T09:00:00Z or "
                  "2026-05-01\n",
                  option, value);
    return false;
}

bool bw_setup_take(struct bw_setup *setup, int option, const char *value)
{
    uint64_t number = 0;

    switch (option) {
    case BW_OPTION_CONFIG: setup->config_path = value; return true;
    case BW_OPTION_RULES: setup->rules_directory = value; return true;
    case BW_OPTION_TIMEZONE: setup->timezone = value; return true;
    case BW_OPTION_INTERNAL: setup->internal = value; return true;
    case BW_OPTION_SINCE: return take_time("since", value, &setup->ledger.since_ms);
    case BW_OPTION_UNTIL: return take_time("until", value, &setup->ledger.until_ms);
    case BW_OPTION_YEAR:
        if (!bw_setup_number("year", value, 1970, 9999, &number))
            return false;
        setup->ledger.year = (int64_t)number;
        return true;
    case BW_OPTION_THREADS:
        if (!bw_setup_number("threads", value, 1, BW_SCAN_THREADS_MAX, &number))
            return false;
        setup->threads = (uint32_t)number;
        return true;
    case BW_OPTION_FORMAT:
        if (strcmp(value, "postfix") == 0)
            return true;
        (void)fprintf(stderr, "bouncewatch: --format: \"%s\" cannot be read; valid is: postfix\n",
                      value);
        return false;
    default: return false;
    }
}

char *bw_setup_cache_directory(void)
{
    const char *systemd = getenv("CACHE_DIRECTORY");
    const char *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    char *path = NULL;
    int size = -1;

    if (systemd != NULL && systemd[0] == '/')
        return strdup(systemd);
    if (xdg != NULL && xdg[0] == '/')
        size = asprintf(&path, "%s/bouncewatch", xdg);
    else if (home != NULL && home[0] == '/')
        size = asprintf(&path, "%s/.cache/bouncewatch", home);
    return size < 0 ? NULL : path;
}

static bool apply_command_line(struct bw_setup *setup)
{
    return bw_config_set_string(&setup->config.rules_directory, setup->rules_directory) &&
           bw_config_set_string(&setup->config.timezone, setup->timezone) &&
           (setup->internal == NULL || bw_config_set_internal(&setup->config, setup->internal));
}

bool bw_setup_open(struct bw_setup *setup)
{
    struct bw_problem_list problems = {0};
    enum bw_status status;

    if (setup->ledger.since_ms >= setup->ledger.until_ms) {
        (void)fprintf(stderr, "bouncewatch: --since is not before --until; nothing lies between\n");
        return false;
    }
    if (setup->config_path != NULL)
        status = bw_config_load(&setup->config, setup->config_path, &problems);
    else
        status = bw_config_init(&setup->config);
    setup->has_config = status == BW_OK;
    if (status == BW_OK && !apply_command_line(setup))
        status = BW_ERR_NO_MEMORY;
    if (status == BW_OK) {
        char *cache = bw_setup_cache_directory();
        status = bw_knowledge_create(&setup->knowledge, &setup->config, cache, &problems);
        free(cache);
    }
    bw_problem_list_print(&problems, stderr);
    setup->problem = problems.count > 0 ? problems.items[0] : (struct bw_problem){.line = 0};
    if (status == BW_ERR_NO_MEMORY)
        (void)fprintf(stderr, "bouncewatch: out of memory\n");
    else if (status != BW_OK && problems.count == 0)
        (void)fprintf(stderr, "bouncewatch: the rules could not be loaded\n");
    bw_problem_list_deinit(&problems);
    return status == BW_OK;
}

const char *bw_setup_state_directory(const struct bw_setup *setup, const char *option)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment */
    const char *systemd = getenv("STATE_DIRECTORY");

    if (option != NULL)
        return option;
    if (setup->config.run.state != NULL)
        return setup->config.run.state;
    return systemd != NULL && systemd[0] == '/' ? systemd : BW_DEFAULT_STATE;
}

/* One sentence, and where to find the options that are valid. */
static int refuse(const char *command, char **argv)
{
    /* getopt_long has moved past the option it does not know. */
    const char *word = optind > 0 ? argv[optind - 1] : "";

    (void)fprintf(stderr,
                  "bouncewatch: %s: option \"%s\" is not known or lacks its value; "
                  "`bouncewatch %s --help` lists the valid ones\n",
                  command, word, command);
    return BW_EXIT_USAGE;
}

int bw_setup_read_options(const struct bw_setup_options *options, int argc, char **argv)
{
    const char *short_options =
        options->short_options == NULL ? BW_SETUP_SHORT : options->short_options;
    int option;

    opterr = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): options are read before any thread exists */
    while ((option = getopt_long(argc, argv, short_options, options->options, NULL)) != -1) {
        if (option == BW_OPTION_HELP) {
            options->print_help();
            return BW_EXIT_DONE;
        }
        if (option == BW_OPTION_VERSION)
            return bw_command_version();
        if (option == '?')
            return refuse(options->command, argv);
        if (!(options->take == NULL ? bw_setup_take(options->context, option, optarg)
                                    : options->take(options->context, option, optarg)))
            return BW_EXIT_USAGE;
    }
    return -1;
}
