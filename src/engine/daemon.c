#include "engine/daemon.h"

#include "base/byte_reader.h"
#include "base/hash.h"
#include "engine/daemon_state.h"
#include "engine/decoders.h"
#include "serve/service_notify.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define SEGMENT_BYTES (UINT64_C(16) * 1024 * 1024)
#define TICK_MS       1000
#define FILES_MAX     ((size_t)16384)
/* So long events may take to leave at the end. */
#define FLUSH_MS 5000
/* A log that is no further behind the clock is live: its clock goes on when it is quiet, so that a
 * minute is judged when it is over and not when the next line comes. */
#define LIVE_MINUTES 3
/* Lines of a minute may come so long behind it. */
#define GRACE_MS 5000

int64_t bw_daemon_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void note_sinks(struct bw_daemon *daemon)
{
    const struct bw_text changes = bw_dispatcher_changes(daemon->dispatcher);

    if (changes.size > 0 &&
        bw_daemon_is_safe(daemon, bw_state_store_note_sinks(daemon->store, changes)))
        bw_dispatcher_keep_changes(daemon->dispatcher);
}

static void stop_loop(struct bw_daemon *daemon, enum bw_status status)
{
    if (daemon->status == BW_OK)
        daemon->status = status;
    daemon->is_ending = true;
    uv_stop(&daemon->loop);
}

void bw_daemon_tell(struct bw_daemon *daemon, const char *notice, const char *key,
                    const char *cause, const char *action)
{
    /* The event borrows its texts; nothing of it is kept but what the message copies. */
    struct bw_event event = {
        .type = BW_EVENT_NOTICE,
        .scope = BW_SCOPE_COUNT,
        .time_ms = bw_daemon_now_ms(),
        .notice = (char *)(uintptr_t)notice,
        .key = (char *)(uintptr_t)key,
        .cause = (char *)(uintptr_t)cause,
        .action = (char *)(uintptr_t)action,
    };

    /* Two of a kind may be told in the same millisecond, of two logs. */
    event.id = bw_hash_pair(bw_hash_pair(bw_hash(bw_text_of(notice)), bw_hash(bw_text_of(key))),
                            (uint64_t)event.time_ms);
    bw_dispatcher_take(daemon->dispatcher, &event);
}

bool bw_daemon_is_safe(struct bw_daemon *daemon, enum bw_status status)
{
    if (status == BW_OK && daemon->state_errno != 0) {
        daemon->state_errno = 0;
        bw_daemon_tell(daemon, "state_written_again", daemon->options.state_directory,
                       "The state can be written again.",
                       "Nothing: reading goes on where it stood.");
    }
    if (status == BW_OK)
        return true;
    if (status == BW_ERR_NO_MEMORY) {
        stop_loop(daemon, status);
        return false;
    }
    daemon->state_failures++;
    if (daemon->state_errno == 0) {
        daemon->state_errno = errno == 0 ? EIO : errno;
        bw_daemon_tell(daemon, "state_unwritable", daemon->options.state_directory,
                       strerrordesc_np(daemon->state_errno),
                       "Make room on the disk of the state directory, or its rights good; reading "
                       "waits meanwhile and goes on by itself.");
        bw_dispatcher_send(daemon->dispatcher, bw_daemon_now_ms());
    }
    return false;
}

void bw_daemon_counted(struct bw_daemon *daemon)
{
    const int64_t now_ms = bw_daemon_now_ms();
    const int64_t minute = bw_ledger_minute(bw_state_store_ledger(daemon->store));

    daemon->counted_ms = now_ms;
    daemon->counted_lag_m = minute == INT64_MIN ? INT64_MAX : now_ms / 60000 - minute;
    note_sinks(daemon);
    bw_dispatcher_send(daemon->dispatcher, now_ms);
}

/* A live log that is quiet: its minutes go by all the same. One of another time that was read to
 * its end: its last minute is over, as at the end of a scan. */
static void pass_quiet_minutes(struct bw_daemon *daemon, int64_t now_ms)
{
    struct bw_ledger *ledger = bw_state_store_ledger(daemon->store);
    const int64_t minute = bw_ledger_minute(ledger);
    /* Before anything was counted in this life, what an earlier one has left unsaid. */
    const bool has_counted = daemon->counted_ms != 0;
    const int64_t quiet_since_ms = has_counted ? daemon->counted_ms : daemon->started_ms;
    const int64_t lag_m = has_counted ? daemon->counted_lag_m : now_ms / 60000 - minute;

    if (minute == INT64_MIN || lag_m < -LIVE_MINUTES)
        return;
    if (lag_m > LIVE_MINUTES && now_ms - quiet_since_ms >= GRACE_MS)
        bw_ledger_pass_minute(ledger, bw_ledger_last_minute(ledger) + 1);
    else if (lag_m <= LIVE_MINUTES && has_counted)
        bw_ledger_pass_minute(ledger, (now_ms - GRACE_MS) / 60000);
}

/* A report that is being made uses the knowledge that goes: then the tick asks again. */
static void reload_when_free(struct bw_daemon *daemon)
{
    daemon->wants_reload = daemon->report != NULL;
    if (!daemon->wants_reload)
        bw_daemon_reload_now(daemon);
}

static void take_signal(uv_signal_t *handle, int number)
{
    struct bw_daemon *daemon = handle->data;

    if (number == SIGHUP)
        reload_when_free(daemon);
    else if (number == SIGUSR1)
        daemon->wants_segment = true;
    else
        stop_loop(daemon, BW_OK);
}

static void tick(uv_timer_t *timer)
{
    struct bw_daemon *daemon = timer->data;
    const int64_t now_ms = bw_daemon_now_ms();

    /* A new segment begins with all of it, and changes come on top. */
    note_sinks(daemon);
    if (bw_daemon_is_safe(daemon,
                          bw_state_store_tick(daemon->store, now_ms, daemon->wants_segment)))
        daemon->wants_segment = false;
    bw_daemon_tick_tail(daemon);
    bw_daemon_tick_receivers(daemon);
    bw_daemon_tick_journal(daemon);
    bw_daemon_tick_http(daemon);
    pass_quiet_minutes(daemon, now_ms);
    note_sinks(daemon);
    bw_dispatcher_send(daemon->dispatcher, now_ms);
    note_sinks(daemon);
    if (daemon->wants_reload)
        reload_when_free(daemon);
    bw_service_notify("WATCHDOG=1");
}

/* Callbacks of the state store. */
static void take_event(const struct bw_event *event, void *context)
{
    bw_dispatcher_take(((struct bw_daemon *)context)->dispatcher, event);
}

static void take_mark(struct bw_text mark, void *context)
{
    struct bw_daemon *daemon = context;

    if (bw_stream_table_restore(daemon->streams, mark, &daemon->status) ||
        bw_daemon_restore_journal(daemon, mark))
        return;
    const enum bw_status status = bw_tail_restore(daemon->tail, mark);
    daemon->unknown_marks += status == BW_ERR_FORMAT ? 1 : 0;
    if (status == BW_ERR_NO_MEMORY)
        daemon->status = status;
}

static void take_sinks(struct bw_text sinks, void *context)
{
    struct bw_daemon *daemon = context;

    if (sinks.size > 0 && bw_dispatcher_load(daemon->dispatcher, sinks) == BW_ERR_NO_MEMORY)
        daemon->status = BW_ERR_NO_MEMORY;
}

static void put_mark(struct bw_text mark, void *context)
{
    bw_put_text(context, mark);
}

static void save_marks(struct bw_byte_writer *writer, void *context)
{
    bw_tail_marks(((struct bw_daemon *)context)->tail, put_mark, writer);
    bw_stream_table_save(((struct bw_daemon *)context)->streams, writer);
    bw_daemon_save_journal(context, writer);
}

static void save_sinks(struct bw_byte_writer *writer, void *context)
{
    bw_dispatcher_save(((struct bw_daemon *)context)->dispatcher, writer);
}

static enum bw_status open_store(struct bw_daemon *daemon, struct bw_problem *problem)
{
    const struct bw_state_store_options options = {
        .knowledge = daemon->knowledge,
        .directory = daemon->options.state_directory,
        .segment_bytes = SEGMENT_BYTES,
        .bytes_max = daemon->config->run.state_bytes_max,
        .shows_addresses = daemon->options.shows_addresses,
        .on_event = take_event,
        .on_mark = take_mark,
        .on_sinks = take_sinks,
        .save_marks = save_marks,
        .save_sinks = save_sinks,
        .context = daemon,
    };

    return bw_state_store_open(&daemon->store, &options, problem);
}

/* 10,000 logs are 10,000 descriptors. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static enum bw_status open_tail(struct bw_daemon *daemon, bool is_first_start)
{
    const struct bw_config_run *run = &daemon->config->run;
    const struct bw_tail_options options = {
        .patterns = (const char *const *)run->tail.items,
        .pattern_count = run->tail.count,
        .decoders = &bw_decoders,
        .files_max = FILES_MAX,
        .from_start = run->from_start,
        .is_first_start = is_first_start,
    };

    return bw_tail_create(&daemon->tail, &options);
}

static void tell_damage(struct bw_daemon *daemon)
{
    const struct bw_state_survey *survey = bw_state_store_survey(daemon->store);

    if (survey->damage.message[0] != '\0')
        bw_daemon_tell(daemon, "state_damaged", survey->damage.file, survey->damage.message,
                       "Look at the disk; lines of files that were lost with it are not read "
                       "again.");
    if (daemon->unknown_marks > 0)
        bw_daemon_tell(daemon, "state_damaged", daemon->options.state_directory,
                       "Places where reading stood are not understood; those sources are new now.",
                       "Look whether a newer release has written this state.");
}

static enum bw_status begin(struct bw_daemon *daemon)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        (void)uv_signal_init(&daemon->loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        (void)uv_signal_start(&daemon->signals[i], take_signal, numbers[i]);
    }
    (void)uv_timer_init(&daemon->loop, &daemon->tick);
    daemon->tick.data = daemon;
    (void)uv_timer_start(&daemon->tick, tick, TICK_MS, TICK_MS);
    /* Every life begins a segment: what the one before has left is then no longer needed alone. */
    return bw_state_store_tick(daemon->store, bw_daemon_now_ms(), false);
}

enum bw_status bw_daemon_open(struct bw_daemon **opened, const struct bw_daemon_options *options,
                              struct bw_problem *problem)
{
    struct bw_daemon *daemon = calloc(1, sizeof(*daemon));
    struct bw_state_survey survey;

    if (daemon == NULL)
        return BW_ERR_NO_MEMORY;
    daemon->options = *options;
    daemon->config = options->config;
    daemon->knowledge = options->knowledge;
    daemon->started_ms = bw_daemon_now_ms();
    size_t strange = 0;
    daemon->activated_count = bw_activation_take(daemon->activated, &strange);
    raise_descriptors();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    daemon->has_loop = uv_loop_init(&daemon->loop) == 0;
    enum bw_status status = daemon->has_loop ? BW_OK : BW_ERR_NO_MEMORY;
    if (status == BW_OK)
        status = bw_daemon_open_dispatcher(daemon, &daemon->dispatcher, daemon->config, problem);
    if (status == BW_OK)
        status = bw_state_survey(options->state_directory, 0, &survey, problem);
    if (status == BW_OK)
        status = bw_stream_table_create(&daemon->streams);
    if (status == BW_OK)
        status = open_tail(daemon, survey.records == 0);
    if (status == BW_OK)
        status = open_store(daemon, problem);
    if (status == BW_OK)
        status = daemon->status;
    if (status == BW_OK && daemon->config->run.listen.count + daemon->activated_count > 0)
        bw_daemon_find_holder(daemon);
    if (status == BW_OK) {
        tell_damage(daemon);
        if (strange > 0)
            bw_daemon_tell(daemon, "sockets_strange", "activation",
                           "Sockets were handed over that cannot be listened on.",
                           "Look at the .socket unit: ListenStream= and ListenDatagram= are "
                           "understood.");
        status = begin(daemon);
        if (status == BW_ERR_IO)
            bw_problem_set(problem, options->state_directory, 0, "the state cannot be written: %s",
                           strerrordesc_np(errno));
    }
    if (status == BW_OK)
        status = bw_daemon_start_tail(daemon, problem);
    if (status == BW_OK)
        status = bw_daemon_start_receivers(daemon, problem);
    if (status == BW_OK)
        status = bw_daemon_start_journal(daemon, problem);
    if (status == BW_OK)
        status = bw_daemon_start_http(daemon, problem);
    if (status != BW_OK) {
        bw_daemon_close(&daemon);
        return status;
    }
    *opened = daemon;
    return BW_OK;
}

/* What has happened so far is told before the end, within FLUSH_MS. */
static void flush(struct bw_daemon *daemon)
{
    const uint64_t until_ns = uv_hrtime() + UINT64_C(1000000) * FLUSH_MS;

    do {
        bw_dispatcher_send(daemon->dispatcher, bw_daemon_now_ms());
        if (bw_dispatcher_is_idle(daemon->dispatcher))
            break;
        (void)uv_run(&daemon->loop, UV_RUN_ONCE);
    } while (uv_hrtime() < until_ns);
    note_sinks(daemon);
}

enum bw_status bw_daemon_run(struct bw_daemon *daemon)
{
    daemon->has_run = true;
    bw_daemon_confine(daemon);
    bw_service_notify("READY=1");
    (void)uv_run(&daemon->loop, UV_RUN_DEFAULT);
    bw_service_notify("STOPPING=1");
    if (daemon->status == BW_OK)
        bw_daemon_stop_receivers(daemon);
    flush(daemon);
    if (daemon->status == BW_OK)
        daemon->status = bw_state_store_tick(daemon->store, bw_daemon_now_ms(), true);
    return daemon->status;
}

static void close_all(struct bw_daemon *daemon)
{
    if (daemon->tick.data != NULL) {
        for (size_t i = 0; i < sizeof(daemon->signals) / sizeof(daemon->signals[0]); i++)
            uv_close((uv_handle_t *)&daemon->signals[i], NULL);
        uv_close((uv_handle_t *)&daemon->tick, NULL);
    }
    bw_daemon_stop_http(daemon);
    bw_daemon_stop_tail(daemon);
    bw_daemon_stop_journal(daemon);
    bw_daemon_stop_receivers(daemon);
    bw_dispatcher_destroy(&daemon->dispatcher);
    (void)uv_run(&daemon->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&daemon->loop);
}

void bw_daemon_close(struct bw_daemon **owned)
{
    struct bw_daemon *daemon = *owned;

    *owned = NULL;
    if (daemon == NULL)
        return;
    daemon->is_ending = true;
    if (daemon->has_loop)
        close_all(daemon);
    free(daemon->watches);
    free(daemon->told_directory);
    bw_config_list_clear(&daemon->watched);
    free(daemon->receivers);
    bw_stream_table_destroy(&daemon->streams);
    bw_network_list_destroy(&daemon->allowed);
    bw_tail_destroy(&daemon->tail);
    bw_system_journal_close(&daemon->journal);
    free(daemon->journal_mark);
    bw_state_store_close(&daemon->store);
    if (daemon->has_own) {
        bw_knowledge_destroy(&daemon->own_knowledge);
        bw_config_deinit(&daemon->own_config);
    }
    free(daemon);
}
