/*
 * The inside of the daemon, shared by its files: daemon (life), daemon_tail (files).
 */
#ifndef BW_ENGINE_DAEMON_STATE_H
#define BW_ENGINE_DAEMON_STATE_H

#include "base/json_writer.h"
#include "emit/dispatcher.h"
#include "engine/daemon.h"
#include "engine/state_store.h"
#include "engine/stream_table.h"
#include "frame/gelf_chunks.h"
#include "read/activation.h"
#include "read/listener.h"
#include "read/socket_holder.h"
#include "read/system_journal.h"
#include "read/tail.h"
#include "serve/confine.h"
#include "serve/http_server.h"

#include <uv.h>

/* Kinds of losses at a socket, see daemon_receive.c; and what was told of one. */
#define BW_RECEIVER_LOSSES 11
struct bw_told_loss {
    uint64_t count;
    int64_t time_ms; /* Unix ms; 0: never */
};

/* One socket that is listened on. */
struct bw_receiver {
    struct bw_daemon *daemon;
    struct bw_listener *listener;
    const char *url;        /* without its options; the listener's */
    size_t taken_datagrams; /* of a batch of which a part could not be taken */
    struct bw_stream_counts ended;
    struct bw_gelf_chunks *chunks; /* of GELF by datagrams; NULL: the messages are syslog */
    uint64_t gelf_refused;         /* datagrams that are no GELF */
    bool is_gelf;
    struct bw_told_loss told[BW_RECEIVER_LOSSES];
};

struct bw_daemon {
    struct bw_daemon_options options;
    const struct bw_config *config;
    const struct bw_knowledge *knowledge;
    struct bw_config own_config; /* after a reload; the two above are then these */
    struct bw_knowledge *own_knowledge;
    uv_loop_t loop;
    bool has_own, has_loop;
    bool has_tail; /* its timers are there */

    uv_signal_t signals[4];
    uv_timer_t tick;               /* once a second */
    uv_timer_t soon;               /* something happened in a directory */
    uv_timer_t again;              /* there is more to read at once */
    struct bw_config_list watched; /* directories, one for each watch */
    uv_fs_event_t *watches;        /* owned */
    size_t watch_count;
    char *told_directory; /* owned; that cannot be looked into, as was told; NULL: none */
    struct bw_tail_counters told_files; /* of which notices were given */

    struct bw_state_store *store;
    struct bw_tail *tail;
    struct bw_system_journal *journal; /* NULL: it is not read */
    char *journal_mark;                /* owned; where it stands; NULL: nowhere yet */
    uv_poll_t journal_poll;
    uv_idle_t journal_idle; /* there is more to read at once */
    struct bw_system_journal_counts told_journal;
    struct bw_dispatcher *dispatcher;
    struct bw_network_list *allowed;                         /* who may send; NULL: everybody */
    struct bw_activated_socket activated[BW_ACTIVATION_MAX]; /* fd 0: it is used */
    size_t activated_count;
    struct bw_receiver *receivers; /* owned; see daemon_receive.c */
    size_t receiver_count;
    struct bw_socket_holder *holder; /* NULL: sockets end with us */
    struct bw_stream_table *streams; /* connections that are known */
    bool has_counted;                /* lines of a connection, since they were last sent on */

    struct bw_http_server *http;
    struct bw_report_work *report;            /* the one that is being made; NULL: none */
    double lines_a_second, outcomes_a_second; /* over the last seconds */
    uint64_t last_lines, last_outcomes;       /* at the last tick */

    struct bw_confinement confinement;
    int64_t started_ms;    /* Unix ms */
    int64_t counted_ms;    /* when lines were counted last; 0: never */
    int64_t counted_lag_m; /* minutes that the log was behind the clock then */
    uint64_t state_failures;
    uint64_t unknown_marks; /* of sources, in the state */
    int state_errno;        /* why the state cannot be written; 0: it can */
    bool wants_segment, is_ending, wants_reconcile, wants_reload;
    bool has_run;          /* an end now is one in peace */
    enum bw_status status; /* why the loop has ended */
};

/* Unix ms. */
int64_t bw_daemon_now_ms(void);

/*
 * How a write of the state went. False: it did not, nothing was counted and the source keeps its
 * text (BW_ERR_IO, an alarm is given once), or memory is out and the loop ends.
 */
bool bw_daemon_is_safe(struct bw_daemon *daemon, enum bw_status status);
/* Lines were counted: send what came out of them. */
void bw_daemon_counted(struct bw_daemon *daemon);
/* A notice of the daemon's own. */
void bw_daemon_tell(struct bw_daemon *daemon, const char *notice, const char *key,
                    const char *cause, const char *action);

/* The sinks of a configuration. Statuses as of bw_dispatcher_create(). */
BW_MUST_CHECK enum bw_status bw_daemon_open_dispatcher(struct bw_daemon *daemon,
                                                       struct bw_dispatcher **opened,
                                                       const struct bw_config *config,
                                                       struct bw_problem *problem);
/* Read the configuration again and change over to it; no report is being made. */
void bw_daemon_reload_now(struct bw_daemon *daemon);

/* Files: see what is there, read a while; what remains comes with the next turn of the loop. */
BW_MUST_CHECK enum bw_status bw_daemon_start_tail(struct bw_daemon *daemon,
                                                  struct bw_problem *problem);
void bw_daemon_tick_tail(struct bw_daemon *daemon);
void bw_daemon_stop_tail(struct bw_daemon *daemon);

/* The journal of systemd, when it is configured. Statuses of bw_system_journal_open(). */
BW_MUST_CHECK enum bw_status bw_daemon_start_journal(struct bw_daemon *daemon,
                                                     struct bw_problem *problem);
void bw_daemon_tick_journal(struct bw_daemon *daemon);
void bw_daemon_stop_journal(struct bw_daemon *daemon);
/* False: this is no mark of it. */
bool bw_daemon_restore_journal(struct bw_daemon *daemon, struct bw_text mark);
void bw_daemon_save_journal(const struct bw_daemon *daemon, struct bw_byte_writer *writer);

/* Give up all that is not needed, once everything is open; on the only thread there is. */
void bw_daemon_confine(struct bw_daemon *daemon);
/* Whether events go to a program, for which nothing is given up. */
bool bw_daemon_starts_programs(const struct bw_config_run *run);

/* HTTP: BW_ERR_USAGE, BW_ERR_IO with *problem. Nothing is served when none is configured. */
BW_MUST_CHECK enum bw_status bw_daemon_start_http(struct bw_daemon *daemon,
                                                  struct bw_problem *problem);
void bw_daemon_tick_http(struct bw_daemon *daemon);
/* A report that is being made is waited for. */
void bw_daemon_stop_http(struct bw_daemon *daemon);
/* /metrics and /api/v1/zones. */
void bw_daemon_metrics(struct bw_daemon *daemon, struct bw_byte_writer *writer);
void bw_daemon_zones(struct bw_daemon *daemon, struct bw_json_writer *writer);

/* Find or start the process that holds sockets; with the state's lock, before any thread exists. */
void bw_daemon_find_holder(struct bw_daemon *daemon);
/* Sockets: listen on all that are configured. BW_ERR_USAGE, BW_ERR_IO with *problem. */
BW_MUST_CHECK enum bw_status bw_daemon_start_receivers(struct bw_daemon *daemon,
                                                       struct bw_problem *problem);
/* After SIGHUP: the allow list and the certificates as they are now. */
void bw_daemon_renew_receivers(struct bw_daemon *daemon);
void bw_daemon_tick_receivers(struct bw_daemon *daemon);
void bw_daemon_stop_receivers(struct bw_daemon *daemon);

#endif
