/*
 * What the daemon still needs of the system once everything is open: its logs, its configuration,
 * its state, and where its files of events are.
 */
#include "base/real_place.h"
#include "engine/daemon_state.h"
#include "read/tail_places.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PLACES_MAX 1024

struct places {
    struct bw_config_list paths;
    bool may_write[PLACES_MAX];
    bool is_full; /* or memory was out */
};

static bool is_beneath(const char *path, const char *directory)
{
    const size_t size = strlen(directory);

    return strncmp(path, directory, size) == 0 &&
           (path[size] == '\0' || path[size] == '/' || directory[size - 1] == '/');
}

/* NULL: there is no such directory, and nothing is added. What is in another one is not added
 * twice. */
static void add(struct places *places, const char *directory, bool may_write)
{
    if (directory == NULL || directory[0] == '\0')
        return;
    for (size_t i = 0; i < places->paths.count; i++)
        if (is_beneath(directory, places->paths.items[i]) && (places->may_write[i] || !may_write))
            return;
    if (places->paths.count == PLACES_MAX || !bw_config_list_add(&places->paths, directory))
        places->is_full = true;
    else
        places->may_write[places->paths.count - 1] = may_write;
}

/* NULL: there is none. */
static void add_directory(struct places *places, const char *path, bool may_write)
{
    char *directory = path == NULL || path[0] == '\0' ? NULL : bw_real_directory(path);

    add(places, directory, may_write);
    free(directory);
}

/* Where a file is, for it may be made anew, or another take its name; and where it really is, when
 * its name is a link. */
static void add_directory_of(struct places *places, const char *path, bool may_write)
{
    const char *slash = path == NULL ? NULL : strrchr(path, '/');

    if (path == NULL || path[0] == '\0')
        return;
    char *named =
        slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    char *real = bw_real_directory_of(path);
    add_directory(places, named, may_write);
    add(places, real, may_write);
    free(named);
    free(real);
}

static void add_log_directory(const char *directory, void *context)
{
    add(context, directory, false);
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
        add_directory_of(places, run->sinks[i].secret_file, false);
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
bool bw_daemon_starts_programs(const struct bw_config_run *run)
{
    for (size_t i = 0; i < run->sink_count; i++)
        if (strncmp(run->sinks[i].to, "exec:", strlen("exec:")) == 0)
            return true;
    return false;
}

/* Rule files may be links as well. */
static void add_rules(struct places *places, const char *directory)
{
    DIR *listing = directory == NULL ? NULL : opendir(directory);
    const struct dirent *entry;

    add_directory(places, directory, false);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else has this listing */
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        char *path = NULL;
        if (entry->d_name[0] == '.' || asprintf(&path, "%s/%s", directory, entry->d_name) < 0)
            continue;
        add_directory_of(places, path, false);
        free(path);
    }
    if (listing != NULL)
        (void)closedir(listing);
}

/* Where a directory is not, its parent would be far too much. */
static void add_if_there(struct places *places, const char *path, bool may_write)
{
    if (path != NULL && access(path, F_OK) == 0)
        add_directory(places, path, may_write);
}

static void add_all(struct bw_daemon *daemon, struct places *places)
{
    /* What names are looked up in, TLS and time zones: in /etc, but they may be links. */
    static const char *const system_files[] = {
        "/etc/resolv.conf",
        "/etc/hosts",
        "/etc/nsswitch.conf",
        "/etc/gai.conf",
        "/etc/localtime",
        "/etc/ssl/openssl.cnf",
        "/etc/ssl/certs/ca-certificates.crt",
    };
    const struct bw_config_run *run = &daemon->config->run;

    for (size_t i = 0; i < run->tail.count; i++)
        places->is_full =
            !bw_tail_places(run->tail.items[i], add_log_directory, places) || places->is_full;
    add_directory(places, daemon->options.state_directory, true);
    add_sinks(places, run);
    add_sockets(places, run);
    add_directory_of(places, daemon->options.config_path, false);
    add_rules(places, daemon->config->rules_directory);
    add_if_there(places, daemon->options.cache_directory, true);
    if (run->reads_journal) {
        add_if_there(places, "/var/log", false);
        add_if_there(places, "/run/log", false);
        add_directory(places, run->journal_directory, false);
    }
    for (size_t i = 0; i < sizeof(system_files) / sizeof(system_files[0]); i++)
        if (access(system_files[i], F_OK) == 0)
            add_directory_of(places, system_files[i], false);
}

/* What could not be given up, once: whoever relies on it has to know. */
static void tell_lack(struct bw_daemon *daemon)
{
    const struct bw_confinement *done = &daemon->confinement;
    const bool is_absent = !done->has_landlock && !done->has_seccomp;
    const char *files = done->has_landlock ? done->landlock_lack : done->landlock_fault;
    char cause[600];

    if (files == NULL && done->seccomp_fault == NULL)
        return;
    (void)snprintf(cause, sizeof(cause),
                   "bouncewatch %s give up what it does not need; files: %s; system calls: %s.",
                   is_absent ? "could not" : "could only in part",
                   files == NULL ? "given up" : files,
                   done->seccomp_fault == NULL ? "given up" : done->seccomp_fault);
    daemon->options.say(cause);
    bw_daemon_tell(daemon, is_absent ? "confinement_absent" : "confinement_partial", "confine",
                   cause,
                   "Run Linux 6.2 or later with Landlock among its security modules (lsm=), or let "
                   "the service manager confine bouncewatch and set confine: false.");
}

void bw_daemon_confine(struct bw_daemon *daemon)
{
    const struct bw_config_run *run = &daemon->config->run;
    struct places places = {.is_full = false};
    struct bw_confine_place items[PLACES_MAX];

    daemon->confinement.landlock_fault = daemon->confinement.seccomp_fault = "it is turned off";
    if (run->is_unconfined || bw_daemon_starts_programs(run))
        return;
    add_all(daemon, &places);
    for (size_t i = 0; i < places.paths.count; i++)
        items[i] = (struct bw_confine_place){places.paths.items[i], places.may_write[i]};
    const struct bw_confine_options options = {items, places.paths.count};
    if (places.is_full) {
        daemon->options.say("nothing was given up: there are more directories than the confinement "
                            "takes");
        bw_daemon_tell(daemon, "confinement_absent", "confine",
                       "There are more directories than the confinement takes.",
                       "Let fewer patterns name more files, or set confine: false.");
    } else {
        daemon->confinement = bw_confine(&options);
        tell_lack(daemon);
    }
    bw_config_list_clear(&places.paths);
}
