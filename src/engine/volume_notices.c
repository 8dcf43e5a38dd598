/*
 * Notices about how much a sender sends: other rules apply to bulk senders, and a new sender's
 * volume should grow by a plan.
 */
#include "base/check.h"
#include "base/hash.h"
#include "engine/ledger_state.h"

#define MS_PER_MINUTE   INT64_C(60000)
#define MINUTES_PER_DAY 1440
#define MS_PER_DAY      INT64_C(86400000)

/* Mails a day in the stages of a warm-up, one stage a day; behind the last one nothing is said.
 * Source: SparkPost, automated IP warm-up. */
static const uint32_t warmup_stages[] = {
    200,    500,    1000,   2000,   5000,   10000,  20000,  40000,  50000,  75000,
    100000, 150000, 200000, 250000, 325000, 400000, 500000, 600000, 750000, 1000000,
};

bool bw_volume_may_matter(const struct bw_config *config, const struct bw_key *key,
                          uint64_t attempts)
{
    return (key->scope == BW_SCOPE_SENDER_PROVIDER && config->bulk_threshold > 0 &&
            attempts >= config->bulk_threshold) ||
           (key->scope == BW_SCOPE_SENDER_DOMAIN && config->warmup_count > 0 &&
            attempts >= warmup_stages[0]);
}

struct volume_notice {
    const char *name;
    const char *cause, *action;
    uint64_t threshold;
};

static void tell(struct bw_ledger *ledger, const struct bw_key *key, uint64_t attempts,
                 int64_t minute, const struct volume_notice *notice)
{
    struct bw_event event = {
        .type = BW_EVENT_NOTICE,
        .time_ms = (minute + 1) * MS_PER_MINUTE,
        .value = attempts,
        .threshold = notice->threshold,
        .notice = bw_ledger_copy(ledger, bw_text_of(notice->name)),
        .cause = bw_ledger_copy(ledger, bw_text_of(notice->cause)),
        .action = bw_ledger_copy(ledger, bw_text_of(notice->action)),
    };

    bw_ledger_name_event(ledger, key, &event);
    bw_ledger_emit(ledger, &event);
}

/* Personal mailboxes at Google and Microsoft: from this volume on, bulk-sender rules apply. Told
 * once a week. */
static void check_bulk(struct bw_ledger *ledger, const struct bw_key *key, uint64_t attempts,
                       int64_t minute)
{
    const uint64_t threshold = ledger->knowledge->config->bulk_threshold;
    const char *provider = bw_provider_map_name(ledger->knowledge->providers, key->provider);
    const int64_t day = (minute + 1) / MINUTES_PER_DAY;

    if (threshold == 0 || attempts < threshold ||
        (strcmp(provider, "gmail") != 0 && strcmp(provider, "microsoft") != 0) ||
        bw_seen_set_add(ledger->bulk_seen, bw_hash_pair(key->hash, (uint64_t)day / 7)))
        return;
    const struct volume_notice notice = {
        .name = "bulk_sender",
        .cause = "The sender's volume of one day makes it a bulk sender at this provider.",
        .action =
            "Check SPF, DKIM, DMARC alignment and one-click unsubscribe before the next send.",
        .threshold = threshold,
    };
    tell(ledger, key, attempts, minute, &notice);
}

/* More in a day than the stage allows that the sender's warm-up has reached. Told once a stage. */
static void check_warmup(struct bw_ledger *ledger, const struct bw_key *key, uint64_t attempts,
                         int64_t minute)
{
    const struct bw_config *config = ledger->knowledge->config;
    const struct bw_text sender = bw_name_table_name(ledger->names, key->name);

    for (size_t i = 0; i < config->warmup_count; i++) {
        const int64_t since_ms = minute * MS_PER_MINUTE - config->warmups[i].start_ms;
        const int64_t stage = since_ms / MS_PER_DAY;

        if (!bw_text_equal(sender, bw_text_of(config->warmups[i].sender)) || since_ms < 0 ||
            stage >= (int64_t)BW_ARRAY_COUNT(warmup_stages) || attempts <= warmup_stages[stage] ||
            bw_seen_set_add(ledger->bulk_seen,
                            bw_hash_pair(key->hash, UINT64_C(1) << 32U | (uint64_t)stage)))
            continue;
        const struct volume_notice notice = {
            .name = "warmup_exceeded",
            .cause = "The sender sent more in a day than its warm-up plan allows.",
            .action = "Hold back the rest of the day's mail; a jump in volume from a new sender "
                      "looks like abuse.",
            .threshold = warmup_stages[stage],
        };
        tell(ledger, key, attempts, minute, &notice);
    }
}

void bw_volume_check(struct bw_ledger *ledger, const struct bw_key *key, uint64_t attempts,
                     int64_t minute)
{
    if (key->scope == BW_SCOPE_SENDER_PROVIDER)
        check_bulk(ledger, key, attempts, minute);
    else if (key->scope == BW_SCOPE_SENDER_DOMAIN)
        check_warmup(ledger, key, attempts, minute);
}
