/*
 * The daemon's files: looked at when a directory says that something happened, and once a second,
 * for the kernel's word is not to be relied on.
 */
#include "base/real_place.h"
#include "engine/daemon_state.h"
#include "read/tail_places.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Directory events come in bursts. */
#define SOON_MS 10
/* A file that is not decided on is looked at again. */
#define WAITING_MS 50
/* So long at a stretch; then others have their turn. */
#define TURN_NS UINT64_C(20000000)
/* Directories whose changes the kernel tells; it has 8192 of them and more for a user. */
#define WATCHES_MAX 1024

static void read_files(struct bw_daemon *daemon);

static void read_again(uv_timer_t *timer)
{
    read_files(timer->data);
}

/* One piece: written down, then counted. False: no more for now. */
static bool take_piece(struct bw_daemon *daemon)
{
    struct bw_chunk *chunk = bw_state_store_chunk(daemon->store);
    struct bw_tail_piece piece;

    if (!bw_tail_read(daemon->tail, chunk->bytes, BW_CHUNK_BYTES, &piece))
        return false;
    struct bw_batch batch = {
        .path = bw_text_of(piece.path),
        .mark = piece.mark,
        .modified_s = piece.modified_s,
        .taken_ms = bw_daemon_now_ms(),
        .line = piece.line,
        .text_offset = piece.offset,
    };
    chunk->size = piece.size;
    if (bw_daemon_is_safe(daemon, bw_state_store_take(daemon->store, &batch))) {
        bw_tail_commit(daemon->tail);
        return true;
    }
    bw_tail_take_back(daemon->tail);
    return false;
}

static void read_files(struct bw_daemon *daemon)
{
    const uint64_t start_ns = uv_hrtime();
    bool has_more = true;
    bool has_read = false;

    while (!daemon->is_ending && (has_more = take_piece(daemon)) &&
           uv_hrtime() - start_ns < TURN_NS)
        has_read = true;
    if (has_read || has_more)
        bw_daemon_counted(daemon);
    if (has_more && !daemon->is_ending)
        (void)uv_timer_start(&daemon->again, read_again, 0, 0);
}

static void act_soon(uv_timer_t *timer);

static void look_around(struct bw_daemon *daemon)
{
    const int64_t now_ms = (int64_t)(uv_hrtime() / 1000000);

    daemon->wants_reconcile = false;
    if (!bw_daemon_is_safe(daemon, bw_tail_reconcile(daemon->tail, now_ms)))
        return;
    read_files(daemon);
    if (!bw_tail_is_waiting(daemon->tail) || daemon->is_ending)
        return;
    daemon->wants_reconcile = true;
    if (!uv_is_active((uv_handle_t *)&daemon->soon))
        (void)uv_timer_start(&daemon->soon, act_soon, WAITING_MS, 0);
}

static void act_soon(uv_timer_t *timer)
{
    struct bw_daemon *daemon = timer->data;

    if (daemon->wants_reconcile)
        look_around(daemon);
    else
        read_files(daemon);
}

static void directory_changed(uv_fs_event_t *watch, const char *name, int events, int status)
{
    struct bw_daemon *daemon = watch->data;

    (void)name;
    if (status != 0 || (events & UV_RENAME) != 0 || bw_tail_is_waiting(daemon->tail))
        daemon->wants_reconcile = true;
    if (!uv_is_active((uv_handle_t *)&daemon->soon) || uv_timer_get_due_in(&daemon->soon) > SOON_MS)
        (void)uv_timer_start(&daemon->soon, act_soon, SOON_MS, 0);
}

static void add_watched(const char *directory, void *context)
{
    struct bw_daemon *daemon = context;

    for (size_t i = 0; i < daemon->watched.count; i++)
        if (strcmp(daemon->watched.items[i], directory) == 0)
            return;
    /* Others are looked at once a second, as everything is. */
    if (daemon->watched.count < WATCHES_MAX)
        (void)bw_config_list_add(&daemon->watched, directory);
}

/* The directories that patterns and links lead to now; what appears later is found by the look once
 * a second. */
static enum bw_status watch_directories(struct bw_daemon *daemon)
{
    const struct bw_config_list *patterns = &daemon->config->run.tail;

    for (size_t i = 0; i < patterns->count; i++)
        if (!bw_tail_places(patterns->items[i], add_watched, daemon))
            return BW_ERR_NO_MEMORY;
    daemon->watches = calloc(daemon->watched.count + 1, sizeof(*daemon->watches));
    if (daemon->watches == NULL)
        return BW_ERR_NO_MEMORY;
    daemon->watch_count = daemon->watched.count;
    for (size_t i = 0; i < daemon->watch_count; i++) {
        daemon->watches[i].data = daemon;
        (void)uv_fs_event_init(&daemon->loop, &daemon->watches[i]);
        (void)uv_fs_event_start(&daemon->watches[i], directory_changed, daemon->watched.items[i],
                                0);
    }
    return BW_OK;
}

enum bw_status bw_daemon_start_tail(struct bw_daemon *daemon, struct bw_problem *problem)
{
    (void)problem;
    (void)uv_timer_init(&daemon->loop, &daemon->soon);
    (void)uv_timer_init(&daemon->loop, &daemon->again);
    daemon->soon.data = daemon->again.data = daemon;
    daemon->has_tail = true;
    const enum bw_status status = watch_directories(daemon);
    if (status != BW_OK)
        return status;
    look_around(daemon);
    return daemon->status;
}

/* "and 2 more" behind the first of several. */
static void name_trouble(const struct bw_tail_trouble *trouble, char *text, size_t size)
{
    if (trouble->count > 1)
        (void)snprintf(text, size, "%s and %zu more", trouble->path, trouble->count - 1);
    else
        (void)snprintf(text, size, "%s", trouble->path);
}

static void tell_closed(struct bw_daemon *daemon, const char *path, const char *names)
{
    char *real = realpath(path, NULL);
    const bool is_elsewhere = real != NULL && strcmp(real, path) != 0;
    char *cause = NULL;

    if (asprintf(
            &cause,
            "%s cannot be read: it %s%s%slies outside of the directories that bouncewatch kept "
            "the right to read when it started.",
            names, is_elsewhere ? "leads to " : "", is_elsewhere ? real : "",
            is_elsewhere ? ", which " : "") < 0)
        cause = NULL;
    if (cause != NULL)
        bw_daemon_tell(daemon, "source_unreadable", path, cause,
                       "Restart bouncewatch: it then keeps the right to that directory, too, and "
                       "reads what is there from where it stood.");
    free(cause);
    free(real);
}

/* Logs that are there and cannot be opened, each once until it can. */
static void tell_unreadable(struct bw_daemon *daemon)
{
    struct bw_tail_trouble trouble;
    char names[PATH_MAX + 40];
    char cause[PATH_MAX + 100];

    if (bw_tail_take_trouble(daemon->tail, false, &trouble)) {
        name_trouble(&trouble, names, sizeof(names));
        (void)snprintf(cause, sizeof(cause), "%s cannot be opened.", names);
        bw_daemon_tell(daemon, "source_unreadable", trouble.path, cause,
                       "Give bouncewatch the right to read it, for example by the group adm.");
    }
    if (bw_tail_take_trouble(daemon->tail, true, &trouble)) {
        name_trouble(&trouble, names, sizeof(names));
        tell_closed(daemon, trouble.path, names);
    }
}

/* A directory in which logs cannot be looked for. One at a time: it is told again when another one,
 * or the same after it could be opened. */
static void tell_closed_directory(struct bw_daemon *daemon)
{
    const struct bw_config_list *patterns = &daemon->config->run.tail;
    char *directory = NULL;
    int error = 0;

    for (size_t i = 0; i < patterns->count && directory == NULL; i++)
        directory = bw_tail_closed_directory(patterns->items[i], &error);
    const bool is_told = directory != NULL && daemon->told_directory != NULL &&
                         strcmp(directory, daemon->told_directory) == 0;
    if (directory != NULL && !is_told) {
        char cause[PATH_MAX + 100];
        if (bw_is_given_up(directory, R_OK, error)) {
            tell_closed(daemon, directory, directory);
        } else {
            (void)snprintf(cause, sizeof(cause), "%s cannot be looked into: %s.", directory,
                           strerrordesc_np(error));
            bw_daemon_tell(daemon, "source_unreadable", directory, cause,
                           "Give bouncewatch the right to read that directory.");
        }
    }
    free(daemon->told_directory);
    daemon->told_directory = directory;
}

/* What a file has lost, or could not give, is told once for each time it gets worse. */
static void tell_losses(struct bw_daemon *daemon)
{
    struct bw_tail_counters *told = &daemon->told_files;
    struct bw_tail_counters now;
    char cause[160];

    bw_tail_counters(daemon->tail, &now);
    if (now.gaps > told->gaps) {
        (void)snprintf(
            cause, sizeof(cause),
            "A log was cut while %llu bytes of it were not read, and no copy shows them.",
            (unsigned long long)(now.gap_bytes - told->gap_bytes));
        bw_daemon_tell(daemon, "lines_lost", "tail", cause,
                       "Rotate by renaming, or let the pattern hold the names of the copies.");
    }
    if (now.refused > told->refused && told->refused == 0)
        bw_daemon_tell(daemon, "files_refused", "tail",
                       "There are more log files than are followed.",
                       "Narrow the patterns of tail.");
    if (now.damaged > told->damaged)
        bw_daemon_tell(daemon, "lines_lost", "tail",
                       "A compressed log is damaged or cut off; what comes before was read.",
                       "Look at what compresses the logs, and at the disk.");
    if (now.unknown_compression > told->unknown_compression && told->unknown_compression == 0)
        bw_daemon_tell(daemon, "source_unreadable", "tail",
                       "A compressed log cannot be read: only gzip can.",
                       "Compress logs with gzip, or later than they are read.");
    *told = now;
}

void bw_daemon_tick_tail(struct bw_daemon *daemon)
{
    look_around(daemon);
    tell_losses(daemon);
    tell_unreadable(daemon);
    tell_closed_directory(daemon);
}

void bw_daemon_stop_tail(struct bw_daemon *daemon)
{
    if (!daemon->has_tail)
        return;
    daemon->has_tail = false;
    uv_close((uv_handle_t *)&daemon->soon, NULL);
    uv_close((uv_handle_t *)&daemon->again, NULL);
    for (size_t i = 0; i < daemon->watch_count; i++)
        uv_close((uv_handle_t *)&daemon->watches[i], NULL);
}
