/*
 * The daemon and the journal of systemd: its lines are read when it says that there are more, and
 * once a second.
 */
#include "base/mark_kind.h"
#include "engine/daemon_state.h"

#include <stdio.h>
#include <stdlib.h>

#define SOURCE "journal"
/* So long at a stretch; then others have their turn. */
#define TURN_NS UINT64_C(20000000)

bool bw_daemon_restore_journal(struct bw_daemon *daemon, struct bw_text mark)
{
    if (mark.size == 0 || mark.bytes[0] != BW_MARK_JOURNAL)
        return false;
    char *copy = strndup(mark.bytes, mark.size);
    if (copy == NULL) {
        daemon->status = BW_ERR_NO_MEMORY;
        return true;
    }
    free(daemon->journal_mark);
    daemon->journal_mark = copy;
    return true;
}

void bw_daemon_save_journal(const struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    if (daemon->journal_mark != NULL)
        bw_put_text(writer, bw_text_of(daemon->journal_mark));
}

/* One piece: written down, then counted. False: no more for now. */
static bool take_piece(struct bw_daemon *daemon)
{
    struct bw_chunk *chunk = bw_state_store_chunk(daemon->store);
    struct bw_system_journal_piece piece;

    if (!bw_system_journal_read(daemon->journal, chunk->bytes, BW_CHUNK_BYTES, &piece))
        return false;
    char *mark = strndup(piece.mark.bytes, piece.mark.size);
    if (mark == NULL) {
        (void)bw_daemon_is_safe(daemon, BW_ERR_NO_MEMORY);
        return false;
    }
    struct bw_batch batch = {
        .path = BW_TEXT(SOURCE),
        .mark = piece.mark,
        .modified_s = piece.modified_s,
        .taken_ms = bw_daemon_now_ms(),
    };
    (void)bw_state_store_place(daemon->store, batch.path, &batch.line, &batch.text_offset);
    chunk->size = piece.size;
    if (bw_daemon_is_safe(daemon, bw_state_store_take(daemon->store, &batch))) {
        bw_system_journal_commit(daemon->journal);
        free(daemon->journal_mark);
        daemon->journal_mark = mark;
        return true;
    }
    free(mark);
    bw_system_journal_take_back(daemon->journal);
    return false;
}

static void read_again(uv_idle_t *idle);

static void read_journal(struct bw_daemon *daemon)
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
        (void)uv_idle_start(&daemon->journal_idle, read_again);
}

static void read_again(uv_idle_t *idle)
{
    (void)uv_idle_stop(idle);
    read_journal(idle->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct bw_daemon *daemon = poll->data;

    (void)status;
    (void)events;
    bw_system_journal_notice(daemon->journal);
    read_journal(daemon);
}

enum bw_status bw_daemon_start_journal(struct bw_daemon *daemon, struct bw_problem *problem)
{
    const struct bw_config_run *run = &daemon->config->run;

    if (!run->reads_journal)
        return BW_OK;
    const enum bw_status status = bw_system_journal_open(
        &daemon->journal, run->journal_directory,
        daemon->journal_mark == NULL ? BW_TEXT("") : bw_text_of(daemon->journal_mark),
        run->from_start, problem);
    if (status != BW_OK)
        return status;
    (void)uv_poll_init(&daemon->loop, &daemon->journal_poll, bw_system_journal_fd(daemon->journal));
    (void)uv_idle_init(&daemon->loop, &daemon->journal_idle);
    daemon->journal_poll.data = daemon->journal_idle.data = daemon;
    (void)uv_poll_start(&daemon->journal_poll, UV_READABLE, on_readable);
    read_journal(daemon);
    return daemon->status;
}

/* What journald or the journal has lost is told, once for each time it gets worse. */
static void tell_losses(struct bw_daemon *daemon)
{
    struct bw_system_journal_counts *told = &daemon->told_journal;
    struct bw_system_journal_counts now;
    char cause[200];

    bw_system_journal_counts(daemon->journal, &now);
    if (now.suppressed > told->suppressed) {
        (void)snprintf(cause, sizeof(cause),
                       "journald has suppressed %llu messages, whatever was in them.",
                       (unsigned long long)(now.suppressed - told->suppressed));
        bw_daemon_tell(daemon, "journal_suppressed", SOURCE, cause,
                       "Set LogRateLimitIntervalSec=0 in a drop-in of the mail server's unit, or "
                       "let it write a file of its own (Postfix: maillog_file).");
    }
    if (now.gaps > told->gaps)
        bw_daemon_tell(daemon, "lines_lost", SOURCE,
                       "The journal was rotated away behind the last line that was read.",
                       "Raise SystemMaxUse= of journald.conf.");
    if (now.damaged > told->damaged)
        bw_daemon_tell(daemon, "journal_damaged", SOURCE,
                       "Entries of the journal could not be read.", "Run journalctl --verify.");
    *told = now;
}

void bw_daemon_tick_journal(struct bw_daemon *daemon)
{
    if (daemon->journal == NULL)
        return;
    bw_system_journal_notice(daemon->journal);
    read_journal(daemon);
    tell_losses(daemon);
}

void bw_daemon_stop_journal(struct bw_daemon *daemon)
{
    if (daemon->journal == NULL)
        return;
    uv_close((uv_handle_t *)&daemon->journal_poll, NULL);
    uv_close((uv_handle_t *)&daemon->journal_idle, NULL);
}
