#include "cli/command.h"
#include "cli/setup.h"
#include "engine/rule_check.h"

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

static void print_help(void)
{
    (void)printf("usage: bouncewatch check [-c CONFIG] [--rules DIR]\n\n"
                 "Checks configuration and rules without running.\n\n%s",
                 bw_setup_help);
}

int bw_command_check(int argc, char **argv)
{
    static const struct option options[] = {
        BW_SETUP_LONG,
        {NULL, 0, NULL, 0},
    };
    struct bw_setup setup;
    const struct bw_setup_options reading = {
        .command = "check",
        .options = options,
        .print_help = print_help,
        .take = NULL,
        .context = &setup,
    };

    bw_setup_init(&setup);
    const int taken = bw_setup_read_options(&reading, argc, argv);
    if (taken >= 0)
        return taken;
    const int status = bw_setup_open(&setup) ? check_rules(setup.knowledge) : BW_EXIT_USAGE;
    bw_setup_deinit(&setup);
    return status;
}
