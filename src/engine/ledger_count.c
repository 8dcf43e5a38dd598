/*
 * One outcome -> the totals and the keys that it counts for: provider, recipient domain, sender
 * domain, sender at provider.
 */
#include "base/hash.h"
#include "engine/ledger_state.h"

#include <stdlib.h>

#define MS_PER_MINUTE INT64_C(60000)

uint32_t bw_ledger_intern(struct bw_ledger *ledger, uint64_t hash, struct bw_text name)
{
    const uint32_t id = bw_name_table_intern(ledger->names, hash, name);

    if (id >= ledger->name_hash_capacity) {
        uint32_t capacity = ledger->name_hash_capacity == 0 ? 1024 : ledger->name_hash_capacity;
        while (capacity <= id)
            capacity *= 2;
        uint64_t *hashes = realloc(ledger->name_hashes, capacity * sizeof(*hashes));
        if (hashes == NULL) {
            ledger->is_broken = true;
            return BW_NAME_NONE;
        }
        ledger->name_hashes = hashes;
        ledger->name_hash_capacity = capacity;
    }
    ledger->name_hashes[id] = hash;
    return id;
}

static void count_key(struct bw_ledger *ledger, struct bw_key *key, int64_t minute,
                      const struct bw_count *count)
{
    if (key == NULL) {
        /* Either the table is full of keys of this minute, which it counts, or memory is out. */
        ledger->is_broken = ledger->is_broken || bw_key_table_is_broken(ledger->keys);
        return;
    }
    if (!bw_key_count(ledger->keys, key, minute, ledger->now_minute, count) &&
        key->scope == BW_SCOPE_PROVIDER)
        ledger->totals.late++;
    if (key->is_touched)
        return;
    key->is_touched = true;
    key->is_watched = true; /* on a list: must not be evicted before its evaluation */
    bw_key_list_add(ledger, &ledger->touched, key);
}

/* What is counted, at whom, and from whom. */
struct target {
    struct bw_key *domain; /* NULL: no recipient domain is known, or no room for its key */
    uint32_t sender;       /* 0: null sender or not known */
    uint16_t provider;
};

/* The domain's key comes first: taking another key may drop one that is not yet counted. */
static void count_all_keys(struct bw_ledger *ledger, const struct target *target, int64_t minute,
                           const struct bw_count *count)
{
    struct bw_key_table *keys = ledger->keys;
    const uint64_t provider_hash = bw_hash_pair(target->provider, 0);

    if (target->domain != NULL)
        count_key(ledger, target->domain, minute, count);
    count_key(ledger,
              bw_key_table_take(keys, BW_SCOPE_PROVIDER, provider_hash, 0, target->provider),
              minute, count);
    if (target->sender == BW_NAME_NONE)
        return;
    const uint64_t sender_hash = ledger->name_hashes[target->sender];
    count_key(ledger,
              bw_key_table_take(keys, BW_SCOPE_SENDER_DOMAIN, sender_hash, target->sender,
                                BW_PROVIDER_OTHER),
              minute, count);
    count_key(ledger,
              bw_key_table_take(keys, BW_SCOPE_SENDER_PROVIDER,
                                bw_hash_pair(sender_hash, provider_hash), target->sender,
                                target->provider),
              minute, count);
}

static void count_totals(struct bw_ledger *ledger, const struct bw_count *count, uint8_t bounce)
{
    struct bw_tally *tally = &ledger->totals.totals;

    switch ((enum bw_count_kind)count->kind) {
    case BW_COUNT_DELIVERED: tally->delivered++; return;
    case BW_COUNT_SOFT: tally->soft++; break;
    case BW_COUNT_EXPIRED: tally->expired++; break;
    case BW_COUNT_HARD:
        tally->hard++;
        if (count->fault == BW_FAULT_RECIPIENT || count->fault == BW_FAULT_RCPT_DOMAIN)
            tally->recipient++;
        else if (count->fault == BW_FAULT_SENDER_IP || count->fault == BW_FAULT_SENDER_DOMAIN ||
                 count->fault == BW_FAULT_CONTENT)
            tally->block++;
        break;
    }
    ledger->class_counts[count->class_id][bounce]++;
}

bool bw_ledger_was_seen(struct bw_ledger *ledger, uint64_t queue_key, uint64_t recipient,
                        int64_t life_ms, uint32_t place)
{
    const uint64_t life = bw_hash_pair(queue_key ^ (recipient << 1U), (uint64_t)life_ms);

    /* Never 0, which is no hash. */
    return bw_seen_set_add(ledger->seen, (life | UINT64_C(1) << 32U) >> 32U << 32U | place);
}

/* True when the expiry of this recipient (0: of the message) was counted before. */
static bool is_expired_twice(struct bw_ledger *ledger, const struct bw_join_message *message,
                             uint64_t recipient_hash)
{
    return bw_ledger_was_seen(ledger, message->queue_key, recipient_hash ^ BW_OUTCOME_EXPIRED,
                              message->started_ms, (uint32_t)(message->queue_key ^ recipient_hash));
}

void bw_ledger_count_expired(struct bw_ledger *ledger, struct bw_join_message *message,
                             int64_t minute, uint64_t line, uint32_t input)
{
    struct bw_join_pending pending;
    const uint32_t sender = message->sender;
    const bool is_first = !is_expired_twice(ledger, message, 0);
    bool is_any = false;
    struct bw_count count = {.line = line, .input = input, .kind = BW_COUNT_EXPIRED};

    while (bw_join_take_pending(ledger->join, message, &pending)) {
        is_any = true;
        if (is_expired_twice(ledger, message, pending.recipient_hash)) {
            ledger->totals.duplicates++;
            continue;
        }
        const struct target target = {
            .domain = pending.domain == BW_NAME_NONE
                          ? NULL
                          : bw_key_table_take(ledger->keys, BW_SCOPE_RECIPIENT_DOMAIN,
                                              ledger->name_hashes[pending.domain], pending.domain,
                                              pending.provider),
            .sender = sender,
            .provider = pending.provider,
        };
        count.rule = pending.rule;
        count.class_id = BW_CLASS_EXPIRED;
        count.fault = (uint8_t)bw_class_fault((enum bw_class)pending.class_id);
        count_totals(ledger, &count, BW_BOUNCE_HARD);
        count_all_keys(ledger, &target, minute, &count);
    }
    if (!is_any && !is_first)
        ledger->totals.duplicates++;
    if (!is_any && is_first) {
        /* The deferrals stand before the beginning of the log: nobody knows who it was for. */
        count.class_id = BW_CLASS_EXPIRED;
        count_totals(ledger, &count, BW_BOUNCE_HARD);
    }
}

/*
 * Who the recipient belongs to: the provider by relay or table; else the one that this domain's
 * mail was last seen to go to.
 */
static void find_target(struct bw_ledger *ledger, const struct bw_observation *observation,
                        struct target *target)
{
    const struct bw_delivery *delivery = &observation->delivery;
    const uint64_t hash = observation->domain_hash;

    target->provider = observation->verdict.provider;
    if (hash == 0)
        return;
    const bool is_known = delivery->relay_host.size > 0 || delivery->named_host.size > 0 ||
                          target->provider != BW_PROVIDER_OTHER;
    target->domain = bw_key_table_find(ledger->keys, BW_SCOPE_RECIPIENT_DOMAIN, hash);
    if (target->domain == NULL) {
        const uint32_t name = bw_ledger_intern(ledger, hash, bw_domain_of(delivery->recipient));
        if (name == BW_NAME_NONE)
            return;
        target->domain = bw_key_table_take(ledger->keys, BW_SCOPE_RECIPIENT_DOMAIN, hash, name,
                                           target->provider);
    } else if (is_known) {
        target->domain->provider = target->provider;
    } else {
        target->provider = target->domain->provider;
    }
}

void bw_ledger_note_outcome(struct bw_ledger *ledger, const struct bw_observation *observation,
                            struct bw_join_message *message)
{
    const struct bw_verdict *verdict = &observation->verdict;
    const struct bw_text domain = bw_domain_of(observation->delivery.recipient);

    if (observation->delivery.outcome != BW_OUTCOME_DEFERRED ||
        observation->delivery.hop != BW_HOP_REMOTE) {
        bw_join_settle(ledger->join, message, observation->recipient_hash);
        return;
    }
    const struct bw_join_pending pending = {
        .recipient_hash = observation->recipient_hash,
        .domain = domain.size == 0 ? BW_NAME_NONE
                                   : bw_ledger_intern(ledger, observation->domain_hash, domain),
        .provider = verdict->provider,
        .rule = verdict->rule,
        .class_id = verdict->class_id,
    };
    bw_join_defer(ledger->join, message, &pending);
}

void bw_ledger_count_outcome(struct bw_ledger *ledger, const struct bw_observation *observation,
                             struct bw_join_message *message, int64_t time_ms, uint64_t line)
{
    const struct bw_delivery *delivery = &observation->delivery;
    const struct bw_verdict *verdict = &observation->verdict;
    const int64_t minute = time_ms / MS_PER_MINUTE;
    const uint32_t input = ledger->input_index;
    struct target target = {.sender = message->sender};
    struct bw_count count = {
        .line = line,
        .input = input,
        .rule = verdict->rule,
        .class_id = verdict->class_id,
        .fault = verdict->fault,
    };

    find_target(ledger, observation, &target);
    if (delivery->outcome == BW_OUTCOME_DEFERRED) {
        const struct bw_join_pending pending = {
            .recipient_hash = observation->recipient_hash,
            .domain = target.domain == NULL ? BW_NAME_NONE : target.domain->name,
            .provider = target.provider,
            .rule = verdict->rule,
            .class_id = verdict->class_id,
        };
        bw_join_defer(ledger->join, message, &pending);
        count.kind = BW_COUNT_SOFT;
    } else {
        bw_join_settle(ledger->join, message, observation->recipient_hash);
        count.kind = delivery->outcome == BW_OUTCOME_DELIVERED ? BW_COUNT_DELIVERED
                     : delivery->outcome == BW_OUTCOME_BOUNCED ? BW_COUNT_HARD
                                                               : BW_COUNT_EXPIRED;
    }
    if (observation->shape_hash != 0)
        count.diagnostic = bw_diagnostic_table_add(&ledger->diagnostics, observation, input, line);
    count_totals(ledger, &count, verdict->bounce);
    count_all_keys(ledger, &target, minute, &count);
    if (bw_class_is_block((enum bw_class)verdict->class_id))
        bw_zone_keeper_block(ledger, observation, target.provider, target.sender, time_ms, line);
}
