/*
 * The ledger's counts as sorted rows.
 */
#include "base/check.h"
#include "engine/ledger_state.h"

#include <stdlib.h>

uint64_t bw_ledger_keys_lost(const struct bw_ledger *ledger)
{
    return bw_key_table_evicted(ledger->keys) + bw_name_table_refused(ledger->names);
}

uint64_t bw_ledger_queue_ids_lost(const struct bw_ledger *ledger)
{
    return bw_join_evicted(ledger->join) + bw_join_pending_dropped(ledger->join);
}

static double rate_of(const struct bw_ledger *ledger, const struct bw_tally *tally)
{
    const uint64_t attempts = tally->delivered + tally->hard +
                              (ledger->knowledge->config->count_expired ? tally->expired : 0);

    return attempts == 0 ? 0.0 : (double)tally->hard / (double)attempts;
}

static int compare_counts(uint64_t left, uint64_t right)
{
    return left == right ? 0 : (left > right ? -1 : 1);
}

static int compare_classes(const void *left, const void *right)
{
    const struct bw_class_count *a = left;
    const struct bw_class_count *b = right;

    if (a->count != b->count)
        return compare_counts(a->count, b->count);
    if (a->class_id != b->class_id)
        return a->class_id < b->class_id ? -1 : 1;
    return (a->bounce > b->bounce) - (a->bounce < b->bounce);
}

static int compare_keys(const void *left, const void *right)
{
    const struct bw_key_row *a = left;
    const struct bw_key_row *b = right;
    const uint64_t attempts_a = a->tally.delivered + a->tally.hard;
    const uint64_t attempts_b = b->tally.delivered + b->tally.hard;

    if (a->worst_zone != b->worst_zone)
        return a->worst_zone > b->worst_zone ? -1 : 1;
    if (a->tally.hard != b->tally.hard)
        return compare_counts(a->tally.hard, b->tally.hard);
    if (attempts_a != attempts_b)
        return compare_counts(attempts_a, attempts_b);
    const int order = strcmp(a->name, b->name);
    if (order != 0 || a->provider == NULL || b->provider == NULL)
        return order;
    return strcmp(a->provider, b->provider);
}

static int compare_diagnostics(const void *left, const void *right)
{
    const struct bw_diagnostic_row *a = left;
    const struct bw_diagnostic_row *b = right;

    if (a->count != b->count)
        return compare_counts(a->count, b->count);
    const int order = strcmp(a->text, b->text);
    return order != 0 ? order : (a->bounce > b->bounce) - (a->bounce < b->bounce);
}

static void fill_classes(struct bw_ledger *ledger, struct bw_snapshot *snapshot)
{
    snapshot->classes = calloc((size_t)BW_CLASS_COUNT * 3, sizeof(*snapshot->classes));
    if (snapshot->classes == NULL) {
        ledger->is_broken = true;
        return;
    }
    for (uint32_t class_id = 1; class_id < BW_CLASS_COUNT; class_id++) {
        for (uint32_t bounce = 0; bounce < 3; bounce++) {
            if (ledger->class_counts[class_id][bounce] == 0)
                continue;
            snapshot->classes[snapshot->class_count++] = (struct bw_class_count){
                .count = ledger->class_counts[class_id][bounce],
                .class_id = (uint8_t)class_id,
                .bounce = (uint8_t)bounce,
                .fault = (uint8_t)bw_class_fault((enum bw_class)class_id),
            };
        }
    }
    qsort(snapshot->classes, snapshot->class_count, sizeof(*snapshot->classes), compare_classes);
}

static char *provider_copy(struct bw_ledger *ledger, const struct bw_key *key)
{
    return bw_ledger_copy(
        ledger, bw_text_of(bw_provider_map_name(ledger->knowledge->providers, key->provider)));
}

static void fill_row(struct bw_ledger *ledger, struct bw_key *key, struct bw_key_row *row)
{
    struct bw_class_count classes[BW_CLASS_COUNT * 2];
    const size_t count = bw_key_class_totals(key, classes, BW_ARRAY_COUNT(classes));

    *row = (struct bw_key_row){
        .tally = key->tally,
        .rate = rate_of(ledger, &key->tally),
        .worst_zone = key->worst_zone,
        .worst_zone_ms = key->worst_zone == BW_ZONE_ACCEPTABLE ? BW_TIME_NONE : key->worst_zone_ms,
    };
    if (key->scope == BW_SCOPE_PROVIDER)
        row->name = provider_copy(ledger, key);
    else
        row->name = bw_ledger_copy(ledger, bw_name_table_name(ledger->names, key->name));
    if (key->scope == BW_SCOPE_SENDER_PROVIDER || key->scope == BW_SCOPE_RECIPIENT_DOMAIN)
        row->provider = provider_copy(ledger, key);
    for (uint32_t window = 0; window < BW_WINDOWS_MAX; window++)
        if (key->zones[window].zone > row->zone)
            row->zone = key->zones[window].zone;
    if (count == 0)
        return;
    row->classes = malloc(count * sizeof(*row->classes));
    if (row->classes == NULL) {
        ledger->is_broken = true;
        return;
    }
    (void)memcpy(row->classes, classes, count * sizeof(*row->classes));
    row->class_count = (uint32_t)count;
}

static void fill_tables(struct bw_ledger *ledger, struct bw_snapshot *snapshot)
{
    size_t counts[BW_SCOPE_COUNT] = {0};
    size_t position = 0;
    struct bw_key *key;

    while ((key = bw_key_table_next(ledger->keys, &position)) != NULL)
        counts[key->scope]++;
    for (uint32_t scope = 0; scope < BW_SCOPE_COUNT; scope++) {
        snapshot->tables[scope] = calloc(counts[scope] + 1, sizeof(**snapshot->tables));
        if (snapshot->tables[scope] == NULL) {
            ledger->is_broken = true;
            return;
        }
    }
    position = 0;
    while ((key = bw_key_table_next(ledger->keys, &position)) != NULL)
        fill_row(ledger, key, &snapshot->tables[key->scope][snapshot->table_counts[key->scope]++]);
    if (ledger->is_broken)
        return;
    for (uint32_t scope = 0; scope < BW_SCOPE_COUNT; scope++)
        qsort(snapshot->tables[scope], snapshot->table_counts[scope], sizeof(**snapshot->tables),
              compare_keys);
}

static struct bw_diagnostic_row diagnostic_row(struct bw_ledger *ledger,
                                               const struct bw_diagnostic *found)
{
    return (struct bw_diagnostic_row){
        .text = bw_ledger_copy(ledger, (struct bw_text){found->text, found->text_size}),
        .text_size = found->text_size,
        .rule = found->rule == BW_RULE_NONE ? NULL
                                            : ledger->knowledge->rules->rules[found->rule - 1].name,
        .file = bw_ledger_copy(ledger, bw_text_of(ledger->totals.inputs[found->input].path)),
        .line = found->line,
        .count = found->count,
        .class_id = found->class_id,
        .bounce = found->bounce,
    };
}

static void fill_diagnostics(struct bw_ledger *ledger, struct bw_snapshot *snapshot)
{
    const struct bw_diagnostic_table *table = &ledger->diagnostics;

    snapshot->diagnostics = calloc((size_t)table->count + 1, sizeof(*snapshot->diagnostics));
    snapshot->unclassified = calloc((size_t)table->count + 1, sizeof(*snapshot->unclassified));
    if (snapshot->diagnostics == NULL || snapshot->unclassified == NULL) {
        ledger->is_broken = true;
        return;
    }
    for (uint32_t i = 0; i < table->count; i++) {
        const struct bw_diagnostic *found = &table->rows[i];

        if (found->count == 0)
            continue;
        snapshot->diagnostics[snapshot->diagnostic_count++] = diagnostic_row(ledger, found);
        if (found->class_id == BW_CLASS_UNCLASSIFIED_4XX ||
            found->class_id == BW_CLASS_UNCLASSIFIED_5XX)
            snapshot->unclassified[snapshot->unclassified_count++] = diagnostic_row(ledger, found);
    }
    if (ledger->is_broken)
        return;
    qsort(snapshot->diagnostics, snapshot->diagnostic_count, sizeof(*snapshot->diagnostics),
          compare_diagnostics);
    qsort(snapshot->unclassified, snapshot->unclassified_count, sizeof(*snapshot->unclassified),
          compare_diagnostics);
}

/* Inputs, events and malformed places change owner: a scan asks for its result once. */
static void hand_over(struct bw_ledger *ledger, struct bw_snapshot *snapshot)
{
    *snapshot = ledger->totals;
    ledger->totals.inputs = NULL;
    ledger->totals.input_count = 0;
    ledger->totals.events = NULL;
    ledger->totals.event_count = 0;
    ledger->totals.malformed_count = 0;
    ledger->input_capacity = 0;
    free(ledger->inputs);
    ledger->inputs = NULL;
    ledger->input = NULL;
    ledger->event_capacity = 0;
}

enum bw_status bw_ledger_snapshot(struct bw_ledger *ledger, struct bw_snapshot *snapshot)
{
    struct bw_snapshot made = {0};

    fill_classes(ledger, &made);
    fill_tables(ledger, &made);
    fill_diagnostics(ledger, &made);
    if (ledger->is_broken) {
        bw_snapshot_deinit(&made);
        return BW_ERR_NO_MEMORY;
    }
    const struct bw_snapshot rows = made;
    hand_over(ledger, &made);
    made.classes = rows.classes;
    made.class_count = rows.class_count;
    (void)memcpy(made.tables, rows.tables, sizeof(made.tables));
    (void)memcpy(made.table_counts, rows.table_counts, sizeof(made.table_counts));
    made.diagnostics = rows.diagnostics;
    made.diagnostic_count = rows.diagnostic_count;
    made.unclassified = rows.unclassified;
    made.unclassified_count = rows.unclassified_count;
    made.rate = rate_of(ledger, &made.totals);
    made.keys_evicted = bw_ledger_keys_lost(ledger);
    made.queue_ids_evicted = bw_ledger_queue_ids_lost(ledger);
    made.diagnostics_dropped = ledger->diagnostics.dropped;
    *snapshot = made;
    return BW_OK;
}
