#include "engine/scan.h"

#include "base/check.h"
#include "engine/decoders.h"
#include "engine/log_clock.h"
#include "engine/worker_pool.h"
#include "frame/line_cutter.h"
#include "frame/syslog_header.h"
#include "read/source_file.h"

#include <uv.h>

#include <stdlib.h>

#define PEEK_BYTES           ((size_t)64 * 1024)
#define PROGRESS_INTERVAL_NS UINT64_C(200000000)

struct scan {
    struct bw_ledger *ledger;
    const struct bw_scan_options *options;
    struct bw_worker_pool *pool;
    struct bw_line_cutter *cutter;
    struct bw_problem_list *problems;
    struct bw_scan_stats *stats;
    struct bw_scan_progress progress;
    uint64_t start_ns, told_ns;
    bool is_complete;
};

uint32_t bw_scan_default_threads(void)
{
    const unsigned int cores = uv_available_parallelism();

    return cores < 1 ? 1 : (cores > BW_SCAN_THREADS_MAX ? BW_SCAN_THREADS_MAX : cores);
}

/* The first time in the beginning of a source; BW_TIME_NONE when there is none. */
static int64_t first_time(const struct bw_source *source, const struct bw_knowledge *knowledge,
                          int64_t year, char *bytes)
{
    struct bw_source_file *file = NULL;
    struct bw_problem ignored;
    struct bw_log_clock clock;
    struct bw_syslog_memo memo = {0};
    size_t size = 0;
    int64_t time_ms = BW_TIME_NONE;

    if (bw_source_file_open(&file, source->path, &bw_decoders, &ignored) != BW_OK)
        return BW_TIME_NONE;
    for (size_t added = 1; size < PEEK_BYTES && added > 0; size += added)
        bw_source_file_read(file, bytes + size, PEEK_BYTES - size, &added);
    bw_source_file_close(&file);

    bw_log_clock_start(&clock, knowledge->zone, year, source->modified_s);
    struct bw_text rest = {bytes, size};
    struct bw_text line;
    while (time_ms == BW_TIME_NONE && rest.size > 0) {
        struct bw_syslog_parts parts;
        struct bw_stamp stamp;

        if (!bw_text_cut(&rest, BW_TEXT("\n"), &line)) {
            line = rest;
            rest.size = 0;
        }
        while (line.size > 0 && line.bytes[0] == '\0')
            line = bw_text_after(line, 1);
        if (!bw_syslog_split(line, &memo, &parts))
            continue;
        bw_stamp_parse(parts.stamp, &stamp);
        time_ms = bw_log_clock_ms(&clock, &stamp);
    }
    return time_ms;
}

void bw_scan_order(struct bw_source_list *sources, const struct bw_knowledge *knowledge,
                   int64_t year)
{
    char *bytes = sources->count > 1 ? malloc(PEEK_BYTES) : NULL;

    if (bytes == NULL)
        return; /* nothing to sort, or no memory: then the order of naming stands */
    for (size_t i = 0; i < sources->count; i++) {
        struct bw_source *source = &sources->sources[i];

        source->sort_ms = INT64_MAX;
        /* Reading standard input would use it up; a pipe, too. */
        if (strcmp(source->path, "-") == 0 || source->bytes == 0)
            continue;
        const int64_t time_ms = first_time(source, knowledge, year, bytes);
        if (time_ms != BW_TIME_NONE)
            source->sort_ms = time_ms;
    }
    free(bytes);
    bw_source_list_sort(sources);
}

static double seconds_since(uint64_t start_ns)
{
    return (double)(uv_hrtime() - start_ns) / 1e9;
}

static void tell_progress(struct scan *scan, const struct bw_source_file *file,
                          uint64_t bytes_before)
{
    const uint64_t now_ns = uv_hrtime();

    if (scan->options->on_progress == NULL || now_ns - scan->told_ns < PROGRESS_INTERVAL_NS)
        return;
    scan->told_ns = now_ns;
    scan->progress.bytes = bytes_before + bw_source_file_bytes(file);
    scan->progress.elapsed_s = seconds_since(scan->start_ns);
    scan->options->on_progress(&scan->progress, scan->options->progress_context);
}

/* Count what is scanned; with `must_empty` all that is on the way, else only what is ready, and
 * at least one when no chunk is free. */
static void take_scanned(struct scan *scan, bool must_wait, bool must_empty)
{
    for (;;) {
        const uint64_t wait_ns = uv_hrtime();
        struct bw_chunk *chunk = bw_worker_pool_next(scan->pool, must_wait || must_empty);
        const uint64_t count_ns = uv_hrtime();

        scan->stats->wait_s += (double)(count_ns - wait_ns) / 1e9;
        if (chunk == NULL)
            return;
        bw_ledger_take(scan->ledger, chunk);
        scan->progress.lines += chunk->lines.total;
        scan->stats->lines += chunk->lines.total;
        scan->stats->outcomes += chunk->lines.outcome;
        scan->stats->chunks++;
        bw_worker_pool_release(scan->pool, chunk);
        scan->stats->count_s += seconds_since(count_ns);
        must_wait = false;
    }
}

static struct bw_chunk *wait_for_free_chunk(struct scan *scan)
{
    struct bw_chunk *chunk = bw_worker_pool_free_chunk(scan->pool);

    while (chunk == NULL) {
        take_scanned(scan, true, false);
        chunk = bw_worker_pool_free_chunk(scan->pool);
    }
    return chunk;
}

/* Fill a chunk from the file; true when the file has ended. */
static bool fill_chunk(struct scan *scan, struct bw_source_file *file, struct bw_chunk *chunk)
{
    const uint64_t start_ns = uv_hrtime();
    bool is_end = false;

    bw_line_cutter_begin(scan->cutter, chunk);
    while (!is_end) {
        size_t capacity = 0;
        size_t size = 0;
        char *room = bw_line_cutter_room(scan->cutter, chunk, &capacity);

        if (capacity == 0)
            break;
        bw_source_file_read(file, room, capacity, &size);
        is_end = size == 0;
        if (!is_end)
            bw_line_cutter_added(scan->cutter, chunk, size);
    }
    bw_line_cutter_finish(scan->cutter, chunk, is_end);
    scan->stats->read_s += seconds_since(start_ns);
    return is_end;
}

static enum bw_status scan_source(struct scan *scan, const struct bw_source *source,
                                  int64_t modified_s, uint64_t *bytes_before)
{
    struct bw_source_file *file = NULL;
    struct bw_problem problem = {0};
    uint32_t input = 0;

    const enum bw_status opened = bw_source_file_open(&file, source->path, &bw_decoders, &problem);
    if (opened == BW_ERR_NO_MEMORY)
        return opened;
    if (opened != BW_OK) {
        bw_problem_list_add(scan->problems, problem.file, problem.line, 0, "%s", problem.message);
        scan->is_complete = false;
        return BW_OK;
    }
    const enum bw_status status =
        bw_ledger_start_input(scan->ledger, source->path, modified_s, &input);
    if (status != BW_OK) {
        bw_source_file_close(&file);
        return status;
    }
    bw_line_cutter_reset(scan->cutter);
    for (bool is_end = false; !is_end;) {
        struct bw_chunk *chunk = wait_for_free_chunk(scan);

        chunk->input = input;
        is_end = fill_chunk(scan, file, chunk);
        bw_worker_pool_submit(scan->pool, chunk);
        take_scanned(scan, false, false);
        tell_progress(scan, file, *bytes_before);
    }
    take_scanned(scan, false, true);

    const char *fault = bw_source_file_fault(file);
    if (fault == NULL && bw_source_file_text_bytes(file) == 0) {
        bw_problem_list_add(scan->problems, source->path, 0, 0,
                            "there is nothing in it; name the log that was meant");
        scan->is_complete = false;
    }
    if (fault != NULL) {
        bw_problem_list_add(scan->problems, source->path, 0, 0,
                            "%s; what came before it is counted", fault);
        scan->is_complete = false;
    }
    bw_ledger_end_input(scan->ledger, bw_source_file_compression(file), bw_source_file_bytes(file),
                        bw_source_file_text_bytes(file), fault);
    *bytes_before += bw_source_file_bytes(file);
    scan->stats->text_bytes += bw_source_file_text_bytes(file);
    bw_source_file_close(&file);
    return bw_ledger_is_broken(scan->ledger) ? BW_ERR_NO_MEMORY : BW_OK;
}

static int64_t now_s(void)
{
    uv_timeval64_t now = {0};

    (void)uv_gettimeofday(&now);
    return now.tv_sec;
}

enum bw_status bw_scan(struct bw_ledger *ledger, const struct bw_knowledge *knowledge,
                       const struct bw_source_list *sources, const struct bw_scan_options *options,
                       struct bw_problem_list *problems, struct bw_scan_stats *stats)
{
    struct scan scan = {
        .ledger = ledger,
        .options = options,
        .problems = problems,
        .stats = stats,
        .start_ns = uv_hrtime(),
        .is_complete = true,
    };
    uint64_t bytes = 0;

    BW_ASSERT(options->threads >= 1 && options->threads <= 64);
    *stats = (struct bw_scan_stats){0};
    enum bw_status status = bw_worker_pool_create(&scan.pool, knowledge, options->threads - 1);
    if (status == BW_OK)
        status = bw_line_cutter_create(&scan.cutter);
    for (size_t i = 0; i < sources->count; i++)
        scan.progress.bytes_total += sources->sources[i].bytes;
    for (size_t i = 0; status == BW_OK && i < sources->count; i++) {
        const struct bw_source *source = &sources->sources[i];
        /* Standard input has no time of its own: what arrives now is of now. */
        const int64_t modified_s = strcmp(source->path, "-") == 0 ? now_s() : source->modified_s;
        status = scan_source(&scan, source, modified_s, &bytes);
    }
    if (status == BW_OK)
        bw_ledger_finish(ledger);
    if (status == BW_OK && bw_ledger_is_broken(ledger))
        status = BW_ERR_NO_MEMORY;
    if (scan.pool != NULL)
        stats->scan_s = bw_worker_pool_scan_s(scan.pool);
    stats->bytes = bytes;
    stats->elapsed_s = seconds_since(scan.start_ns);
    stats->is_complete = scan.is_complete;
    bw_line_cutter_destroy(&scan.cutter);
    bw_worker_pool_destroy(&scan.pool);
    return status;
}
