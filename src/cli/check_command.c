#include "cli/command.h"
#include "cli/setup.h"
#include "engine/rule_check.h"

#include <getopt.h>
#include <stdio.h>

/* The rules' own examples, after everything else was found to be in order. */
static int check_rules(const struct bw_knowledge *knowledge)
{
    struct bw_problem_list problems = {0};
    struct bw_worker *worker = NULL;
    int status = BW_EXIT_USAGE;

    if (bw_worker_create(&worker, knowledge) != BW_OK) {
        (void)fprintf(stderr, "bouncewatch: out of memory\n");
        return status;
    }
    const size_t count = bw_rule_check(worker, knowledge, &problems);
    bw_problem_list_print(&problems, stderr);
    if (problems.count == 0) {
        (void)printf("the configuration is good; %u rules, and all %zu examples reach the right "
                     "one\n",
                     knowledge->rules->count, count);
        status = BW_EXIT_DONE;
    }
    bw_worker_destroy(&worker);
    bw_problem_list_deinit(&problems);
    return status;
}

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
    const int status = bw_setup_open(&setup) ? check_rules(setup.knowledge) : BW_EXIT_USAGE;
    bw_setup_deinit(&setup);
    return status;
}
