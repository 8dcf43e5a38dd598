/*
 * The daemon at this moment, as metrics for machines.
 */
#include "base/time_text.h"
#include "engine/daemon_state.h"
#include "engine/ledger_view.h"
#include "serve/open_metrics.h"

#include <stdio.h>

/* The rows of a view as samples of one family: the value is chosen by `which`. */
struct family {
    struct bw_byte_writer *writer;
    const char *name;
    enum { VALUE_DELIVERED, VALUE_HARD, VALUE_RATE, VALUE_ZONE } which;
};

static void put_sample(const struct bw_view_row *row, void *context)
{
    const struct family *family = context;
    char window[BW_WINDOW_TEXT_BYTES];
    double value = row->zone;

    if (row->scope != BW_SCOPE_PROVIDER)
        return;
    bw_window_format(row->window_s, window);
    if (family->which == VALUE_DELIVERED)
        value = (double)row->delivered;
    else if (family->which == VALUE_HARD)
        value = (double)row->hard;
    else if (family->which == VALUE_RATE)
        value = row->rate;
    const struct bw_metric_label labels[] = {
        {"provider", row->provider}, {"window", window}, {NULL, NULL}};
    bw_metric_sample(family->writer, BW_METRIC_GAUGE, family->name, labels, value);
}

static void put_providers(struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    static const struct {
        const char *name, *help;
    } families[] = {
        {"bouncewatch_window_delivered", "Recipients that were delivered to, in the window."},
        {"bouncewatch_window_hard", "Recipients that bounced for good, in the window."},
        {"bouncewatch_bounce_rate", "Share of the attempts in the window that bounced."},
        {"bouncewatch_zone", "0 acceptable, 1 warning, 2 blocking."},
    };

    for (unsigned i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        struct family family = {.writer = writer, .name = families[i].name};
        family.which = i;
        bw_metric_family(writer, BW_METRIC_GAUGE, families[i].name, families[i].help);
        if (!bw_ledger_view(bw_state_store_ledger(daemon->store), 0, put_sample, &family))
            writer->is_broken = true;
    }
}

static void put_lines(const struct bw_ledger_counters *counters, struct bw_byte_writer *writer)
{
    const struct {
        const char *kind;
        uint64_t count;
    } kinds[] = {
        {"outcome", counters->lines.outcome},
        {"known", counters->lines.known},
        {"malformed", counters->lines.malformed},
        {"unknown", counters->lines.unknown},
    };

    bw_metric_family(writer, BW_METRIC_COUNTER, "bouncewatch_lines",
                     "Log lines, each in exactly one kind.");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct bw_metric_label labels[] = {{"kind", kinds[i].kind}, {NULL, NULL}};
        bw_metric_sample(writer, BW_METRIC_COUNTER, "bouncewatch_lines", labels,
                         (double)kinds[i].count);
    }
}

static void put_sinks(const struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    struct bw_dispatcher_row row;

    bw_metric_family(writer, BW_METRIC_COUNTER, "bouncewatch_events_sent",
                     "Events that a sink has taken.");
    for (size_t i = 0; bw_dispatcher_row(daemon->dispatcher, i, &row); i++) {
        const struct bw_metric_label labels[] = {{"sink", row.name}, {NULL, NULL}};
        bw_metric_sample(writer, BW_METRIC_COUNTER, "bouncewatch_events_sent", labels,
                         (double)row.sent);
    }
    bw_metric_family(writer, BW_METRIC_COUNTER, "bouncewatch_events_lost",
                     "Events that a sink refused, or that had no room to wait.");
    for (size_t i = 0; bw_dispatcher_row(daemon->dispatcher, i, &row); i++) {
        const struct bw_metric_label labels[] = {{"sink", row.name}, {NULL, NULL}};
        bw_metric_sample(writer, BW_METRIC_COUNTER, "bouncewatch_events_lost", labels,
                         (double)(row.dropped + row.refused));
    }
}

/* What is counted of a listener: of its sockets, and of the streams that have ended. */
static double listener_value(const struct bw_receiver *receiver, const char *name, bool *is_there)
{
    struct bw_listener_row rows[BW_LISTENER_ROWS_MAX];
    const struct bw_stream_counts *ended = &receiver->ended;
    const struct bw_gelf_chunk_counts *chunks =
        receiver->chunks == NULL ? NULL : bw_gelf_chunks_counts(receiver->chunks);
    const struct bw_listener_row streams[] = {
        {"frames_empty", ended->empty},
        {"frames_cut", ended->cut},
        {"frames_bad_count", ended->bad_counts},
        {"frames_truncated", ended->truncated},
        {"streams_compressed", ended->compressed},
        {"streams_damaged", ended->damaged},
        {"streams_unfinished", ended->unfinished},
        {"gelf_refused", receiver->gelf_refused + ended->refused},
        {"gelf_chunks_lost",
         chunks == NULL ? 0 : chunks->incomplete + chunks->evicted + chunks->bad},
    };
    const size_t count = bw_listener_rows(receiver->listener, rows);

    *is_there = true;
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0)
            return (double)rows[i].value;
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
        if (strcmp(streams[i].name, name) == 0)
            return (double)streams[i].value;
    *is_there = false;
    return 0;
}

static void put_receivers(const struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    static const struct {
        enum bw_metric_kind kind;
        const char *name, *help;
    } families[] = {
        {BW_METRIC_COUNTER, "datagrams", "Datagrams that were taken."},
        {BW_METRIC_COUNTER, "datagram_bytes", "Their bytes."},
        {BW_METRIC_COUNTER, "kernel_drops", "Datagrams lost because they came too fast."},
        {BW_METRIC_COUNTER, "truncated", "Datagrams longer than the room for one."},
        {BW_METRIC_COUNTER, "empty", "Datagrams of no bytes."},
        {BW_METRIC_COUNTER, "abandoned", "Datagrams that were read and could not be kept."},
        {BW_METRIC_COUNTER, "denied", "Datagrams or connections from outside the allow list."},
        {BW_METRIC_GAUGE, "connections_open", "Connections now."},
        {BW_METRIC_COUNTER, "connections", "Connections ever."},
        {BW_METRIC_COUNTER, "resumed", "Connections that went on after a restart."},
        {BW_METRIC_COUNTER, "refused", "Connections over the limit of connections."},
        {BW_METRIC_COUNTER, "accept_failures", "Connections the system had no room for."},
        {BW_METRIC_COUNTER, "resets", "Connections that ended with an error."},
        {BW_METRIC_COUNTER, "idle_closes", "Connections closed because nothing came."},
        {BW_METRIC_COUNTER, "nonsense_closes", "Connections closed for what they sent."},
        {BW_METRIC_COUNTER, "stream_bytes", "Bytes taken from connections."},
        {BW_METRIC_COUNTER, "left_over_bytes", "Bytes behind the last whole message."},
        {BW_METRIC_COUNTER, "corrected_bytes", "Bytes that a kill had left, counted before."},
        {BW_METRIC_COUNTER, "unheld", "Sockets that would not survive a kill."},
        {BW_METRIC_COUNTER, "tls_failures", "TLS handshakes that failed."},
        {BW_METRIC_COUNTER, "frames_empty", "Messages without text, of ended connections."},
        {BW_METRIC_COUNTER, "frames_cut", "Messages over 64 KiB, cut there."},
        {BW_METRIC_COUNTER, "frames_bad_count", "Octet counts of nothing or far too much."},
        {BW_METRIC_COUNTER, "frames_truncated", "Messages whose connection ended within them."},
        {BW_METRIC_COUNTER, "streams_compressed", "Connections of one zlib stream."},
        {BW_METRIC_COUNTER, "streams_damaged", "Of these, with a damaged stream."},
        {BW_METRIC_COUNTER, "streams_unfinished", "Of these, ended before their stream."},
        {BW_METRIC_COUNTER, "gelf_refused", "Messages that are no GELF."},
        {BW_METRIC_COUNTER, "gelf_chunks_lost",
         "GELF messages of which chunks are missing, and chunks that make no sense."},
    };

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]) && daemon->receiver_count > 0;
         i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "bouncewatch_listener_%s", families[i].name);
        bw_metric_family(writer, families[i].kind, name, families[i].help);
        for (size_t k = 0; k < daemon->receiver_count; k++) {
            const struct bw_receiver *receiver = &daemon->receivers[k];
            const struct bw_metric_label labels[] = {{"listener", receiver->url}, {NULL, NULL}};
            bool is_there = false;
            const double value = listener_value(receiver, families[i].name, &is_there);
            if (is_there)
                bw_metric_sample(writer, families[i].kind, name, labels, value);
        }
    }
}

/* A metric without labels. */
struct one {
    enum bw_metric_kind kind;
    const char *name, *help;
    double value;
};

static void put_ones(const struct one *ones, size_t count, struct bw_byte_writer *writer)
{
    for (size_t i = 0; i < count; i++)
        bw_metric_one(writer, ones[i].kind, ones[i].name, ones[i].help, ones[i].value);
}

static void put_files(const struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    struct bw_tail_counters tail;

    bw_tail_counters(daemon->tail, &tail);
    const struct one ones[] = {
        {BW_METRIC_GAUGE, "bouncewatch_files", "Log files that are followed.", (double)tail.files},
        {BW_METRIC_COUNTER, "bouncewatch_file_rotations", "Files seen under another name.",
         (double)tail.rotations},
        {BW_METRIC_COUNTER, "bouncewatch_file_truncations", "Files that were cut or rewritten.",
         (double)tail.truncations},
        {BW_METRIC_COUNTER, "bouncewatch_file_gaps", "Truncations that took unread text away.",
         (double)tail.gaps},
        {BW_METRIC_COUNTER, "bouncewatch_file_gap_bytes", "Bytes of text that were lost so.",
         (double)tail.gap_bytes},
        {BW_METRIC_COUNTER, "bouncewatch_files_compressed",
         "Compressed files that were read, or held nothing that was not read before.",
         (double)tail.compressed},
        {BW_METRIC_COUNTER, "bouncewatch_files_unknown_compression",
         "Compressed files that cannot be read here.", (double)tail.unknown_compression},
        {BW_METRIC_COUNTER, "bouncewatch_files_damaged",
         "Compressed files that were damaged or cut off.", (double)tail.damaged},
        {BW_METRIC_COUNTER, "bouncewatch_files_refused", "Files over the limit of files.",
         (double)tail.refused},
    };
    put_ones(ones, sizeof(ones) / sizeof(ones[0]), writer);
}

static void put_journal(const struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    struct bw_system_journal_counts journal;

    if (daemon->journal == NULL)
        return;
    bw_system_journal_counts(daemon->journal, &journal);
    const struct one ones[] = {
        {BW_METRIC_COUNTER, "bouncewatch_journal_lines", "Lines read from systemd's journal.",
         (double)journal.lines},
        {BW_METRIC_COUNTER, "bouncewatch_journal_suppressed",
         "Messages that journald says it has not taken.", (double)journal.suppressed},
        {BW_METRIC_COUNTER, "bouncewatch_journal_gaps",
         "Times the journal was rotated away behind the last line.", (double)journal.gaps},
        {BW_METRIC_COUNTER, "bouncewatch_journal_damaged", "Entries that could not be read.",
         (double)journal.damaged},
    };
    put_ones(ones, sizeof(ones) / sizeof(ones[0]), writer);
}

void bw_daemon_metrics(struct bw_daemon *daemon, struct bw_byte_writer *writer)
{
    struct bw_ledger_counters counters;
    struct bw_state_store_numbers state;

    bw_ledger_counters(bw_state_store_ledger(daemon->store), &counters);
    bw_state_store_numbers(daemon->store, &state);
    const struct one ones[] = {
        {BW_METRIC_COUNTER, "bouncewatch_lines_cut", "Lines over 64 KiB.",
         (double)counters.lines.cut},
        {BW_METRIC_COUNTER, "bouncewatch_duplicates", "Final outcomes that were counted before.",
         (double)counters.duplicates},
        {BW_METRIC_COUNTER, "bouncewatch_late", "Outcomes older than the longest window.",
         (double)counters.late},
        {BW_METRIC_GAUGE, "bouncewatch_keys", "Keys that rates are kept for.",
         (double)counters.keys},
        {BW_METRIC_COUNTER, "bouncewatch_keys_evicted", "Keys dropped for max_keys.",
         (double)counters.keys_evicted},
        {BW_METRIC_COUNTER, "bouncewatch_queue_ids_evicted", "Messages dropped for max_queue_ids.",
         (double)counters.queue_ids_evicted},
        {BW_METRIC_GAUGE, "bouncewatch_state_bytes", "Size of the journal on disk.",
         (double)state.bytes},
        {BW_METRIC_COUNTER, "bouncewatch_state_failures", "Writes of the state that failed.",
         (double)daemon->state_failures},
        {BW_METRIC_COUNTER, "bouncewatch_state_segments_lost",
         "Parts of the journal removed for max_state though a window needed them.",
         (double)state.segments_lost},
        {BW_METRIC_GAUGE, "bouncewatch_confined_files", "1: files are confined (Landlock).",
         daemon->confinement.has_landlock ? 1 : 0},
        {BW_METRIC_GAUGE, "bouncewatch_confined_calls", "1: system calls are confined (seccomp).",
         daemon->confinement.has_seccomp ? 1 : 0},
        {BW_METRIC_GAUGE, "bouncewatch_start_time_seconds", "When the daemon began, Unix time.",
         (double)daemon->started_ms / 1000.0},
    };

    put_lines(&counters, writer);
    put_ones(ones, sizeof(ones) / sizeof(ones[0]), writer);
    put_files(daemon, writer);
    put_journal(daemon, writer);
    put_providers(daemon, writer);
    put_receivers(daemon, writer);
    put_sinks(daemon, writer);
    bw_metrics_end(writer);
}
