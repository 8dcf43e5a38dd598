#include <bouncewatch/snapshot.h>

#include <stdlib.h>

static void free_keys(struct bw_key_row *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        free(rows[i].name);
        free(rows[i].provider);
        free(rows[i].classes);
    }
    free(rows);
}

static void free_diagnostics(struct bw_diagnostic_row *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        free(rows[i].text);
        free(rows[i].file);
    }
    free(rows);
}

void bw_snapshot_deinit(struct bw_snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->input_count; i++) {
        free(snapshot->inputs[i].path);
        free(snapshot->inputs[i].fault);
    }
    free(snapshot->inputs);
    free(snapshot->classes);
    for (uint32_t scope = 0; scope < BW_SCOPE_COUNT; scope++)
        free_keys(snapshot->tables[scope], snapshot->table_counts[scope]);
    free_diagnostics(snapshot->diagnostics, snapshot->diagnostic_count);
    free_diagnostics(snapshot->unclassified, snapshot->unclassified_count);
    for (uint32_t i = 0; i < snapshot->event_count; i++)
        bw_event_deinit(&snapshot->events[i]);
    free(snapshot->events);
    for (uint32_t i = 0; i < snapshot->malformed_count; i++)
        free(snapshot->malformed[i].file);
    *snapshot = (struct bw_snapshot){0};
}
