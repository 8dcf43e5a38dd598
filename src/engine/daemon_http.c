/*
 * What the daemon shows of itself by HTTP.
 */
#include "engine/daemon_state.h"
#include "engine/ledger_view.h"
#include "report/report.h"
#include "serve/open_metrics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define JSON_TYPE "application/json"
#define TEXT_TYPE "text/plain; charset=utf-8"
#define TOP       20

/* A report on its way: made on a thread of the pool, from what is on disk. */
struct bw_report_work {
    uv_work_t work;
    struct bw_daemon *daemon;
    struct bw_http_request *request;
    const struct bw_knowledge *knowledge;
    char *text; /* the answer */
    size_t size;
    struct bw_problem problem;
    enum bw_status status;
    uint32_t top; /* rows per table; 0: all */
    bool is_json;
};

static void answer_health(void *context, struct bw_http_request *request)
{
    (void)context;
    bw_http_answer(request, 200, TEXT_TYPE, BW_TEXT("ok\n"));
}

/* Ready to take lines: the state can be written. */
static void answer_ready(void *context, struct bw_http_request *request)
{
    const struct bw_daemon *daemon = context;
    char text[256];

    if (daemon->state_errno == 0) {
        bw_http_answer(request, 200, TEXT_TYPE, BW_TEXT("ready\n"));
        return;
    }
    (void)snprintf(text, sizeof(text), "the state cannot be written: %s\n",
                   strerrordesc_np(daemon->state_errno));
    bw_http_answer(request, 503, TEXT_TYPE, bw_text_of(text));
}

static void answer_metrics(void *context, struct bw_http_request *request)
{
    struct bw_byte_writer writer = {0};

    bw_daemon_metrics(context, &writer);
    if (writer.is_broken)
        bw_http_answer(request, 500, TEXT_TYPE, BW_TEXT("out of memory\n"));
    else
        bw_http_answer(request, 200, BW_OPEN_METRICS_TYPE, bw_byte_writer_text(&writer));
    bw_byte_writer_deinit(&writer);
}

static void answer_zones(void *context, struct bw_http_request *request)
{
    struct bw_json_writer writer = {0};

    bw_daemon_zones(context, &writer);
    if (writer.is_broken)
        bw_http_answer(request, 500, TEXT_TYPE, BW_TEXT("out of memory\n"));
    else
        bw_http_answer(request, 200, JSON_TYPE, (struct bw_text){writer.bytes, writer.size});
    bw_json_writer_deinit(&writer);
}

/* On a thread of the pool. */
static void make_report(uv_work_t *work)
{
    struct bw_report_work *report = work->data;
    const struct bw_daemon *daemon = report->daemon;
    const struct bw_report_options options = {.top = report->top,
                                              .version = daemon->options.version};
    struct bw_snapshot snapshot = {0};
    const uint64_t start_ns = uv_hrtime();

    report->status = bw_state_report(report->knowledge, daemon->options.state_directory,
                                     daemon->options.shows_addresses, &snapshot, &report->problem);
    if (report->status != BW_OK)
        return;
    snapshot.elapsed_s = (double)(uv_hrtime() - start_ns) / 1e9;
    FILE *stream = open_memstream(&report->text, &report->size);
    bool is_good = stream != NULL;
    if (is_good)
        is_good = report->is_json ? bw_report_json(&snapshot, &options, stream)
                                  : bw_report_text(&snapshot, &options, stream);
    if (stream != NULL)
        is_good = fclose(stream) == 0 && is_good;
    if (!is_good)
        report->status = BW_ERR_NO_MEMORY;
    bw_snapshot_deinit(&snapshot);
}

static void report_made(uv_work_t *work, int status)
{
    struct bw_report_work *report = work->data;

    report->daemon->report = NULL;
    if (status == 0 && report->status == BW_OK)
        bw_http_answer(report->request, 200, report->is_json ? JSON_TYPE : TEXT_TYPE,
                       (struct bw_text){report->text, report->size});
    else
        bw_http_answer(report->request, 500, TEXT_TYPE, bw_text_of(report->problem.message));
    free(report->text);
    free(report);
}

static void answer_report(void *context, struct bw_http_request *request)
{
    struct bw_daemon *daemon = context;
    const char *form = bw_http_query(request, "report");
    const char *top = bw_http_query(request, "top");
    struct bw_report_work *report = daemon->report == NULL ? calloc(1, sizeof(*report)) : NULL;

    if (report == NULL) {
        bw_http_answer(request, 503, TEXT_TYPE,
                       BW_TEXT("Another report is being made; ask again.\n"));
        return;
    }
    report->work.data = report;
    report->daemon = daemon;
    report->request = request;
    report->knowledge = daemon->knowledge;
    report->top = top == NULL ? TOP : (uint32_t)strtoul(top, NULL, 10);
    report->is_json = form == NULL || strcmp(form, "text") != 0;
    daemon->report = report;
    if (uv_queue_work(&daemon->loop, &report->work, make_report, report_made) == 0)
        return;
    daemon->report = NULL;
    free(report);
    bw_http_answer(request, 503, TEXT_TYPE, BW_TEXT("There is no thread for a report.\n"));
}

static const struct bw_http_route routes[] = {
    {"/healthz", answer_health},       {"/readyz", answer_ready},
    {"/metrics", answer_metrics},      {"/api/v1/zones", answer_zones},
    {"/api/v1/report", answer_report},
};

enum bw_status bw_daemon_start_http(struct bw_daemon *daemon, struct bw_problem *problem)
{
    const struct bw_http_options options = {
        .loop = &daemon->loop,
        .address = daemon->config->run.http,
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .context = daemon,
    };

    return options.address == NULL ? BW_OK : bw_http_server_open(&daemon->http, &options, problem);
}

void bw_daemon_tick_http(struct bw_daemon *daemon)
{
    struct bw_ledger_counters counters;

    bw_ledger_counters(bw_state_store_ledger(daemon->store), &counters);
    const double lines = (double)(counters.lines.total - daemon->last_lines);
    const double outcomes = (double)(counters.lines.outcome - daemon->last_outcomes);
    if (counters.lines.total >= daemon->last_lines) {
        daemon->lines_a_second = daemon->lines_a_second * 0.8 + lines * 0.2;
        daemon->outcomes_a_second = daemon->outcomes_a_second * 0.8 + outcomes * 0.2;
    }
    daemon->last_lines = counters.lines.total;
    daemon->last_outcomes = counters.lines.outcome;
}

void bw_daemon_stop_http(struct bw_daemon *daemon)
{
    while (daemon->report != NULL)
        (void)uv_run(&daemon->loop, UV_RUN_ONCE);
    bw_http_server_close(&daemon->http);
}
