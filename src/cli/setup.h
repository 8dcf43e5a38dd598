/*
 * Options that several commands share, and what is made of them before the work begins.
 */
#ifndef BW_CLI_SETUP_H
#define BW_CLI_SETUP_H

#include "config/config.h"
#include "engine/knowledge.h"
#include "engine/ledger.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

struct bw_setup {
    /* from the command line; strings are argv's */
    const char *config_path; /* NULL: none */
    const char *rules_directory;
    const char *internal;
    const char *timezone;
    struct bw_ledger_options ledger;
    uint32_t threads;
    /* made by bw_setup_open() */
    struct bw_config config;
    struct bw_knowledge *knowledge;
    bool has_config;
    struct bw_problem problem; /* the first mistake; message "": none */
};

/* Defaults: one thread per core, no bounds of time. */
void bw_setup_init(struct bw_setup *setup);
void bw_setup_deinit(struct bw_setup *setup);

#define BW_SETUP_SHORT "c:h"
enum bw_setup_option {
    BW_OPTION_CONFIG = 'c',
    BW_OPTION_HELP = 'h',
    BW_OPTION_SINCE = 1000,
    BW_OPTION_UNTIL,
    BW_OPTION_YEAR,
    BW_OPTION_TIMEZONE,
    BW_OPTION_THREADS,
    BW_OPTION_INTERNAL,
    BW_OPTION_FORMAT,
    BW_OPTION_RULES,
    BW_OPTION_VERSION,
    BW_OPTION_OWN /* the first value that a command may use for its own options */
};

/* Rows for a command's table of long options. */
/* clang-format off */
#define BW_SETUP_LONG                                         \
    {"config", required_argument, NULL, BW_OPTION_CONFIG},    \
    {"rules", required_argument, NULL, BW_OPTION_RULES},      \
    {"help", no_argument, NULL, BW_OPTION_HELP},              \
    {"version", no_argument, NULL, BW_OPTION_VERSION}
#define BW_SETUP_INPUT_LONG                                   \
    {"since", required_argument, NULL, BW_OPTION_SINCE},      \
    {"until", required_argument, NULL, BW_OPTION_UNTIL},      \
    {"year", required_argument, NULL, BW_OPTION_YEAR},        \
    {"timezone", required_argument, NULL, BW_OPTION_TIMEZONE},\
    {"threads", required_argument, NULL, BW_OPTION_THREADS},  \
    {"internal", required_argument, NULL, BW_OPTION_INTERNAL},\
    {"format", required_argument, NULL, BW_OPTION_FORMAT}
/* clang-format on */

/* Their help, for the end of a command's own. */
extern const char bw_setup_help[];
extern const char bw_setup_input_help[];

/* Take one option of those above. False after a message about a value that does not fit. */
bool bw_setup_take(struct bw_setup *setup, int option, const char *value);

/* Read the configuration and load rules and providers. False after messages: exit status 2. */
bool bw_setup_open(struct bw_setup *setup);

#define BW_DEFAULT_STATE "/var/lib/bouncewatch"
/* Where a daemon's state is: as `option` says (NULL: nothing), as the configuration, as
 * $STATE_DIRECTORY (systemd), or BW_DEFAULT_STATE. After bw_setup_open(). */
const char *bw_setup_state_directory(const struct bw_setup *setup, const char *option);

/* Where compiled rules are kept: $CACHE_DIRECTORY (systemd), or bouncewatch in $XDG_CACHE_HOME or
 * $HOME/.cache. Heap; NULL: nowhere. */
char *bw_setup_cache_directory(void);

/* A whole number from `low` to `high`. False after a message naming `option`. */
bool bw_setup_number(const char *option, const char *value, uint64_t low, uint64_t high,
                     uint64_t *number);

/* How a command reads its options. */
struct bw_setup_options {
    const char *command;
    const struct option *options; /* of getopt_long(3) */
    const char *short_options;    /* NULL: BW_SETUP_SHORT */
    void (*print_help)(void);
    /* False after a message. NULL: `context` is a struct bw_setup, which takes them. */
    bool (*take)(void *context, int option, const char *value);
    void *context;
};

/* Read all options. -1: go on, the operands are at argv[optind]; otherwise the exit status. */
int bw_setup_read_options(const struct bw_setup_options *options, int argc, char **argv);

#endif
