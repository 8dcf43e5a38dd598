/*
 * SIGHUP: the configuration anew, while everything goes on. A mistake in it changes nothing.
 */
#include "engine/daemon_state.h"

#include <stdio.h>
#include <stdlib.h>

enum bw_status bw_daemon_open_dispatcher(struct bw_daemon *daemon, struct bw_dispatcher **opened,
                                         const struct bw_config *config, struct bw_problem *problem)
{
    const struct bw_config_run *run = &config->run;
    struct bw_dispatcher_sink *sinks = calloc(run->sink_count + 1, sizeof(*sinks));

    if (sinks == NULL)
        return BW_ERR_NO_MEMORY;
    for (size_t i = 0; i < run->sink_count; i++)
        sinks[i] = (struct bw_dispatcher_sink){
            .name = run->sinks[i].name,
            .to = run->sinks[i].to,
            .secret = run->sinks[i].secret,
            .min_zone = run->sinks[i].min_zone,
            .has_zones = run->sinks[i].has_zones,
            .has_blocks = run->sinks[i].has_blocks,
            .has_notices = run->sinks[i].has_notices,
        };
    const struct bw_dispatcher_options options = {
        .loop = &daemon->loop,
        .sinks = sinks,
        .sink_count = run->sink_count,
        .muted = (const char *const *)run->mute.items,
        .muted_count = run->mute.count,
        .remind_s = run->remind_s,
        .version = daemon->options.version,
    };
    const enum bw_status status = bw_dispatcher_create(opened, &options, problem);
    free(sinks);
    return status;
}

static bool is_same_list(const struct bw_config_list *left, const struct bw_config_list *right)
{
    for (size_t i = 0; i < left->count && i < right->count; i++)
        if (strcmp(left->items[i], right->items[i]) != 0)
            return false;
    return left->count == right->count;
}

static bool is_same_text(const char *left, const char *right)
{
    return (left == NULL) == (right == NULL) && (left == NULL || strcmp(left, right) == 0);
}

/* What only a restart changes. */
static bool needs_restart(const struct bw_config_run *old, const struct bw_config_run *new)
{
    return !is_same_list(&old->tail, &new->tail) || !is_same_list(&old->listen, &new->listen) ||
           old->reads_journal != new->reads_journal ||
           !is_same_text(old->journal_directory, new->journal_directory) ||
           !is_same_text(old->http, new->http) || !is_same_text(old->state, new->state) ||
           old->is_unconfined != new->is_unconfined;
}

/* What was given up at the start cannot be had again. */
static enum bw_status refuse_programs(const struct bw_daemon *daemon,
                                      const struct bw_config_run *run, struct bw_problem *problem)
{
    const bool is_confined = daemon->confinement.has_landlock || daemon->confinement.has_seccomp;

    if (!is_confined || !bw_daemon_starts_programs(run))
        return BW_OK;
    bw_problem_set(problem, "", 0,
                   "sinks: exec: programs cannot be started any more, for bouncewatch gave that up "
                   "when it started; restart bouncewatch");
    return BW_ERR_USAGE;
}

/* The sinks go over to what the configuration says now, with what waits for them. */
static void take_over(struct bw_daemon *daemon, struct bw_dispatcher *dispatcher)
{
    struct bw_byte_writer writer = {0};

    bw_dispatcher_save(daemon->dispatcher, &writer);
    if (writer.is_broken ||
        bw_dispatcher_load(dispatcher, bw_byte_writer_text(&writer)) == BW_ERR_NO_MEMORY)
        (void)bw_daemon_is_safe(daemon, BW_ERR_NO_MEMORY);
    bw_byte_writer_deinit(&writer);
    bw_dispatcher_destroy(&daemon->dispatcher);
    daemon->dispatcher = dispatcher;
}

/* BW_OK: `config`, `knowledge` and `dispatcher` are the daemon's. */
static enum bw_status change(struct bw_daemon *daemon, const struct bw_config *config,
                             struct bw_knowledge *knowledge, struct bw_problem *problem)
{
    struct bw_config old_config = daemon->own_config;
    struct bw_knowledge *old_knowledge = daemon->own_knowledge;
    struct bw_dispatcher *dispatcher = NULL;
    const bool had_own = daemon->has_own;
    const bool is_incomplete = needs_restart(&daemon->config->run, &config->run);

    enum bw_status status = refuse_programs(daemon, &config->run, problem);
    if (status == BW_OK)
        status = bw_daemon_open_dispatcher(daemon, &dispatcher, config, problem);
    if (status == BW_OK)
        status = bw_dispatcher_probe(dispatcher, daemon->dispatcher, problem);
    if (status != BW_OK) {
        bw_dispatcher_destroy(&dispatcher);
        return status;
    }
    daemon->own_config = *config;
    knowledge->config = &daemon->own_config;
    status = bw_state_store_change(daemon->store, knowledge, problem);
    if (status != BW_OK) {
        daemon->own_config = old_config;
        bw_dispatcher_destroy(&dispatcher);
        return status;
    }
    daemon->own_knowledge = knowledge;
    daemon->knowledge = knowledge;
    daemon->config = &daemon->own_config;
    daemon->has_own = true;
    if (had_own) {
        bw_knowledge_destroy(&old_knowledge);
        bw_config_deinit(&old_config);
    }
    take_over(daemon, dispatcher);
    bw_daemon_renew_receivers(daemon);
    bw_daemon_tell(daemon, "reloaded", "configuration",
                   "Limits, providers, rules, sinks and the allow list are those of the "
                   "configuration as it is now.",
                   is_incomplete ? "Restart bouncewatch: tail, listen, journal, http, state and "
                                   "confine change only then."
                                 : "Nothing.");
    return BW_OK;
}

/* The first line of the first mistake, and where it is; other lines show the place to people. */
static void tell_failure(struct bw_daemon *daemon, const struct bw_problem *problem)
{
    const int size = (int)strcspn(problem->message, "\n");
    char cause[BW_PROBLEM_FILE_BYTES + BW_PROBLEM_MESSAGE_BYTES + 32];

    if (problem->file[0] == '\0')
        (void)snprintf(cause, sizeof(cause), "%.*s", size, problem->message);
    else if (problem->line == 0)
        (void)snprintf(cause, sizeof(cause), "%s: %.*s", problem->file, size, problem->message);
    else
        (void)snprintf(cause, sizeof(cause), "%s:%llu: %.*s", problem->file,
                       (unsigned long long)problem->line, size, problem->message);
    bw_daemon_tell(daemon, "reload_failed", "configuration",
                   cause[0] == '\0' ? "The new configuration has a mistake." : cause,
                   "The old configuration stays. Mend it, look at it with `bouncewatch check`, and "
                   "send SIGHUP again.");
}

void bw_daemon_reload_now(struct bw_daemon *daemon)
{
    struct bw_problem problem = {.message = ""};
    struct bw_knowledge *knowledge = NULL;
    struct bw_config config;

    bw_dispatcher_reopen(daemon->dispatcher);
    if (daemon->options.reload == NULL ||
        !daemon->options.reload(&config, &knowledge, &problem, daemon->options.reload_context)) {
        tell_failure(daemon, &problem);
        return;
    }
    if (change(daemon, &config, knowledge, &problem) == BW_OK)
        return;
    bw_knowledge_destroy(&knowledge);
    bw_config_deinit(&config);
    daemon->options.say(problem.message);
    tell_failure(daemon, &problem);
}
