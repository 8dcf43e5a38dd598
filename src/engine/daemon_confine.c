/*
 * What the daemon still needs of the system once everything is open: its logs, its configuration,
 * its state, and where its files of events are.
 */
#include "engine/daemon_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PLACES_MAX 256

struct places {
    struct bw_config_list paths;
    bool may_write[PLACES_MAX];
    bool is_full; /* or memory was out */
};

/* NULL: nothing is added. */
static void add(struct places *places, const char *path, bool may_write)
{
    if (path == NULL)
        return;
    if (places->paths.count == PLACES_MAX || !bw_config_list_add(&places->paths, path))
        places->is_full = true;
    else
        places->may_write[places->paths.count - 1] = may_write;
}

/* Where a file is: it may be made anew, or another take its name. */
static void add_directory_of(struct places *places, const char *path, bool may_write)
{
    const char *slash = path == NULL ? NULL : strrchr(path, '/');

    if (path == NULL || path[0] == '\0')
        return;
    char *directory =
        slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    add(places, directory, may_write);
    free(directory);
}

static void add_sinks(struct places *places, const struct bw_config_run *run)
{
    static const char file[] = "file:";

    for (size_t i = 0; i < run->sink_count; i++) {
        const char *to = run->sinks[i].to;
        if (to[0] == '/')
            add_directory_of(places, to, true);
        else if (strncmp(to, file, strlen(file)) == 0)
            add_directory_of(places, to + strlen(file), true);
    }
}

static void add_sockets(struct places *places, const struct bw_config_run *run)
{
    static const char unix_head[] = "unix:";

    for (size_t i = 0; i < run->listen.count; i++) {
        struct bw_listen_url url;
        struct bw_problem problem;
        if (bw_listen_url_parse(&url, bw_text_of(run->listen.items[i]), &problem) != BW_OK)
            continue;
        add_directory_of(places, url.path, true);
        add_directory_of(places, url.certificate, false);
        add_directory_of(places, url.key, false);
        add_directory_of(places, url.client_ca, false);
    }
    if (run->http != NULL && strncmp(run->http, unix_head, strlen(unix_head)) == 0)
        add_directory_of(places, run->http + strlen(unix_head), true);
}

/* A program that is run for events would be confined as well, and might be a mail program that
 * needs its own rights. */
static bool starts_programs(const struct bw_config_run *run)
{
    for (size_t i = 0; i < run->sink_count; i++)
        if (strncmp(run->sinks[i].to, "exec:", strlen("exec:")) == 0)
            return true;
    return false;
}

void bw_daemon_confine(struct bw_daemon *daemon)
{
    const struct bw_config_run *run = &daemon->config->run;
    struct places places = {.is_full = false};
    struct bw_confine_place items[PLACES_MAX];

    daemon->confinement.landlock_fault = daemon->confinement.seccomp_fault = "it is turned off";
    if (run->is_unconfined || starts_programs(run))
        return;
    for (size_t i = 0; i < run->tail.count; i++) {
        char *directory = bw_tail_directory(daemon->tail, i);
        add(&places, directory, false);
        free(directory);
    }
    add(&places, daemon->options.state_directory, true);
    add_sinks(&places, run);
    add_sockets(&places, run);
    add_directory_of(&places, daemon->options.config_path, false);
    if (daemon->config->rules_directory != NULL)
        add(&places, daemon->config->rules_directory, false);
    /* Where it is not, its parent would be far too much. */
    if (daemon->options.cache_directory != NULL &&
        access(daemon->options.cache_directory, F_OK) == 0)
        add(&places, daemon->options.cache_directory, true);
    if (run->reads_journal) {
        add(&places, "/var/log/journal", false);
        add(&places, "/run/log/journal", false);
        if (run->journal_directory != NULL)
            add(&places, run->journal_directory, false);
    }
    for (size_t i = 0; i < places.paths.count; i++)
        items[i] = (struct bw_confine_place){places.paths.items[i], places.may_write[i]};
    const struct bw_confine_options options = {items, places.paths.count};
    if (places.is_full)
        bw_daemon_tell(daemon, "not_confined", "confine",
                       "There are more directories than the confinement takes.",
                       "Let fewer patterns name more files, or set confine: false.");
    else
        daemon->confinement = bw_confine(&options);
    bw_config_list_clear(&places.paths);
}
