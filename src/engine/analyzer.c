/*
 * The pure rooms in a row, on the caller's thread.
 */
#include "config/config.h"
#include "engine/ledger.h"
#include "engine/worker.h"
#include "frame/line_cutter.h"

#include <bouncewatch/analyzer.h>

#include <stdlib.h>

struct bw_analyzer {
    struct bw_config config;
    struct bw_knowledge *knowledge;
    struct bw_worker *worker;
    struct bw_ledger *ledger;
    struct bw_line_cutter *cutter;
    struct bw_chunk chunk;
    uint64_t input_bytes;
    bool has_config;
};

static enum bw_status load(struct bw_analyzer *analyzer, const struct bw_analyzer_options *options,
                           struct bw_problem_list *problems)
{
    struct bw_config *config = &analyzer->config;
    enum bw_status status = options->config_path != NULL
                                ? bw_config_load(config, options->config_path, problems)
                                : bw_config_init(config);

    analyzer->has_config = status == BW_OK;
    if (status != BW_OK)
        return status;
    if (!bw_config_set_string(&config->rules_directory, options->rules_directory) ||
        !bw_config_set_string(&config->timezone, options->timezone) ||
        (options->internal != NULL && !bw_config_set_internal(config, options->internal)))
        return BW_ERR_NO_MEMORY;
    return bw_knowledge_create(&analyzer->knowledge, config, options->cache_directory, problems);
}

enum bw_status bw_analyzer_create(struct bw_analyzer **created,
                                  const struct bw_analyzer_options *options,
                                  struct bw_problem *problem)
{
    const struct bw_ledger_options ledger_options = {
        .since_ms = INT64_MIN,
        .until_ms = INT64_MAX,
        .year = options->year,
        .shows_addresses = options->shows_addresses,
    };
    struct bw_problem_list problems = {0};
    struct bw_analyzer *analyzer = calloc(1, sizeof(*analyzer));

    if (analyzer == NULL)
        return BW_ERR_NO_MEMORY;
    enum bw_status status = load(analyzer, options, &problems);
    if (status == BW_OK)
        status = bw_worker_create(&analyzer->worker, analyzer->knowledge);
    if (status == BW_OK)
        status = bw_ledger_create(&analyzer->ledger, analyzer->knowledge, &ledger_options);
    if (status == BW_OK)
        status = bw_line_cutter_create(&analyzer->cutter);
    if (status == BW_OK)
        status = bw_chunk_init(&analyzer->chunk);
    if (status != BW_OK && problem != NULL && problems.count > 0)
        *problem = problems.items[0];
    bw_problem_list_deinit(&problems);
    if (status != BW_OK) {
        bw_analyzer_destroy(&analyzer);
        return status;
    }
    *created = analyzer;
    return BW_OK;
}

void bw_analyzer_destroy(struct bw_analyzer **owned)
{
    struct bw_analyzer *analyzer = *owned;

    *owned = NULL;
    if (analyzer == NULL)
        return;
    bw_chunk_deinit(&analyzer->chunk);
    bw_line_cutter_destroy(&analyzer->cutter);
    bw_ledger_destroy(&analyzer->ledger);
    bw_worker_destroy(&analyzer->worker);
    bw_knowledge_destroy(&analyzer->knowledge);
    if (analyzer->has_config)
        bw_config_deinit(&analyzer->config);
    free(analyzer);
}

void bw_analyzer_on_event(struct bw_analyzer *analyzer, bw_analyzer_event_callback *callback,
                          void *context)
{
    bw_ledger_on_event(analyzer->ledger, callback, context);
}

enum bw_status bw_analyzer_start_input(struct bw_analyzer *analyzer, const char *name,
                                       int64_t modified_s)
{
    analyzer->input_bytes = 0;
    bw_line_cutter_reset(analyzer->cutter);
    bw_line_cutter_begin(analyzer->cutter, &analyzer->chunk);
    return bw_ledger_start_input(analyzer->ledger, name, modified_s, &analyzer->chunk.input);
}

/* The chunk is full, or the input has ended. */
static void pass_on(struct bw_analyzer *analyzer, bool is_end)
{
    bw_line_cutter_finish(analyzer->cutter, &analyzer->chunk, is_end);
    bw_worker_scan(analyzer->worker, &analyzer->chunk);
    bw_ledger_take(analyzer->ledger, &analyzer->chunk);
    bw_line_cutter_begin(analyzer->cutter, &analyzer->chunk);
}

static enum bw_status status_of(const struct bw_analyzer *analyzer)
{
    return bw_ledger_is_broken(analyzer->ledger) ? BW_ERR_NO_MEMORY : BW_OK;
}

enum bw_status bw_analyzer_feed(struct bw_analyzer *analyzer, struct bw_text text)
{
    analyzer->input_bytes += text.size;
    while (text.size > 0) {
        size_t capacity = 0;
        char *room = bw_line_cutter_room(analyzer->cutter, &analyzer->chunk, &capacity);
        const size_t size = text.size < capacity ? text.size : capacity;

        if (size == 0) {
            pass_on(analyzer, false);
            continue;
        }
        (void)memcpy(room, text.bytes, size);
        bw_line_cutter_added(analyzer->cutter, &analyzer->chunk, size);
        text = bw_text_after(text, size);
    }
    return status_of(analyzer);
}

enum bw_status bw_analyzer_end_input(struct bw_analyzer *analyzer)
{
    pass_on(analyzer, true);
    bw_ledger_end_input(analyzer->ledger, "none", analyzer->input_bytes, analyzer->input_bytes,
                        NULL);
    return status_of(analyzer);
}

enum bw_status bw_analyzer_finish(struct bw_analyzer *analyzer, struct bw_snapshot *snapshot)
{
    bw_ledger_finish(analyzer->ledger);
    return bw_ledger_snapshot(analyzer->ledger, snapshot);
}
