/*
 * The ledger's birth and end.
 */
#include "engine/ledger_state.h"

#include <stdlib.h>

#define NAMES_MAX       2000000U
#define SEEN_MAX        ((size_t)1 << 21)
#define DIAGNOSTICS_MAX 8192U

enum bw_status bw_ledger_create(struct bw_ledger **created, const struct bw_knowledge *knowledge,
                                const struct bw_ledger_options *options)
{
    const struct bw_config *config = knowledge->config;
    struct bw_ledger *ledger = calloc(1, sizeof(*ledger));
    enum bw_status status;

    if (ledger == NULL)
        return BW_ERR_NO_MEMORY;
    ledger->knowledge = knowledge;
    ledger->options = *options;
    ledger->z = bw_confidence_z(config->zone.confidence);
    ledger->now_minute = INT64_MIN;
    ledger->totals.first_ms = BW_TIME_NONE;
    ledger->totals.last_ms = BW_TIME_NONE;
    ledger->quiet = calloc(BW_QUIET_SLOTS, sizeof(*ledger->quiet));

    status = ledger->quiet == NULL ? BW_ERR_NO_MEMORY : BW_OK;
    if (status == BW_OK)
        status = bw_join_create(&ledger->join, config->queue_ids_max, config->queue_ids_max);
    if (status == BW_OK)
        status = bw_seen_set_create(&ledger->seen, SEEN_MAX);
    if (status == BW_OK)
        status = bw_seen_set_create(&ledger->bulk_seen, BW_QUIET_SLOTS);
    if (status == BW_OK)
        status = bw_key_table_create(&ledger->keys, &config->keys);
    if (status == BW_OK)
        status = bw_name_table_create(&ledger->names, NAMES_MAX);
    if (status == BW_OK)
        status = bw_diagnostic_table_init(&ledger->diagnostics, DIAGNOSTICS_MAX);
    ledger->diagnostics.shows_addresses = options->shows_addresses;
    if (status != BW_OK) {
        bw_ledger_destroy(&ledger);
        return status;
    }
    *created = ledger;
    return BW_OK;
}

void bw_ledger_destroy(struct bw_ledger **owned)
{
    struct bw_ledger *ledger = *owned;

    *owned = NULL;
    if (ledger == NULL)
        return;
    bw_join_destroy(&ledger->join);
    bw_seen_set_destroy(&ledger->seen);
    bw_seen_set_destroy(&ledger->bulk_seen);
    bw_key_table_destroy(&ledger->keys);
    bw_name_table_destroy(&ledger->names);
    bw_sender_texts_destroy(&ledger->senders);
    bw_diagnostic_table_deinit(&ledger->diagnostics);
    bw_snapshot_deinit(&ledger->totals);
    free(ledger->touched.keys);
    free(ledger->in_zone.keys);
    free(ledger->quiet);
    free(ledger->name_hashes);
    free(ledger->inputs);
    free(ledger);
}
