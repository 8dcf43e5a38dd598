#include "cli/command.h"
#include "cli/setup.h"

#include <getopt.h>
#include <stdio.h>

int bw_command_check(int argc, char **argv)
{
    static const struct option options[] = {
        BW_SETUP_LONG,
        {NULL, 0, NULL, 0},
    };
    struct bw_setup setup;
    int option;

    bw_setup_init(&setup);
    opterr = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): options are read before any thread exists */
    while ((option = getopt_long(argc, argv, BW_SETUP_SHORT, options, NULL)) != -1) {
        if (option == BW_OPTION_HELP) {
            (void)printf("usage: bouncewatch check [-c CONFIG] [--rules DIR]\n\n"
                         "Checks configuration and rules without running.\n\n%s",
                         bw_setup_help);
            return BW_EXIT_DONE;
        }
        if (option == BW_OPTION_VERSION)
            return bw_command_version();
        if (option == '?')
            return bw_setup_usage_error("check", argv);
        if (!bw_setup_take(&setup, option, optarg))
            return BW_EXIT_USAGE;
    }
    const bool is_good = bw_setup_open(&setup);
    if (is_good)
        (void)printf("configuration and %u rules are good\n", setup.knowledge->rules->count);
    bw_setup_deinit(&setup);
    return is_good ? BW_EXIT_DONE : BW_EXIT_USAGE;
}
