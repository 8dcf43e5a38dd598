/*
 * Once per minute of log time: which keys enter or leave a zone, and the event that says so.
 */
#include "base/check.h"
#include "base/hash.h"
#include "classify/extract.h"
#include "engine/ledger_state.h"

#include <stdio.h>
#include <stdlib.h>

#define MS_PER_MINUTE   INT64_C(60000)
#define SAMPLE_BYTES    1024
#define MINUTES_PER_DAY 1440
#define PREFETCHED_KEYS 6 /* ahead of the one that is evaluated */

static const struct bw_zone_limits *limits_of(const struct bw_ledger *ledger,
                                              const struct bw_key *key)
{
    /* A sender's mail goes everywhere: no single provider's limits fit it. */
    if (key->scope == BW_SCOPE_SENDER_DOMAIN)
        return &ledger->knowledge->general_limits;
    return &ledger->knowledge->limits[key->provider];
}

static const char *provider_name(const struct bw_ledger *ledger, uint16_t provider)
{
    return bw_provider_map_name(ledger->knowledge->providers, provider);
}

static const char *rule_name(const struct bw_ledger *ledger, uint16_t rule)
{
    return rule == BW_RULE_NONE ? NULL : ledger->knowledge->rules->rules[rule - 1].name;
}

static char *sender_provider_name(struct bw_ledger *ledger, const struct bw_key *key)
{
    const struct bw_text sender = bw_name_table_name(ledger->names, key->name);
    char *name = NULL;

    if (asprintf(&name, "%.*s/%s", BW_TEXT_ARGS(sender), provider_name(ledger, key->provider)) <
        0) {
        ledger->is_broken = true;
        return NULL;
    }
    return name;
}

char *bw_ledger_key_name(struct bw_ledger *ledger, const struct bw_key *key)
{
    switch ((enum bw_scope)key->scope) {
    case BW_SCOPE_PROVIDER:
        return bw_ledger_copy(ledger, bw_text_of(provider_name(ledger, key->provider)));
    case BW_SCOPE_RECIPIENT_DOMAIN:
    case BW_SCOPE_SENDER_DOMAIN:
        return bw_ledger_copy(ledger, bw_name_table_name(ledger->names, key->name));
    case BW_SCOPE_SENDER_PROVIDER: return sender_provider_name(ledger, key);
    case BW_SCOPE_COUNT: break;
    }
    return NULL;
}

void bw_ledger_name_event(struct bw_ledger *ledger, const struct bw_key *key,
                          struct bw_event *event)
{
    const enum bw_scope scope = (enum bw_scope)key->scope;

    event->scope = (uint8_t)scope;
    event->key = bw_ledger_key_name(ledger, key);
    if (scope == BW_SCOPE_SENDER_DOMAIN || scope == BW_SCOPE_SENDER_PROVIDER)
        event->sender = bw_ledger_copy(ledger, bw_name_table_name(ledger->names, key->name));
    if (scope == BW_SCOPE_RECIPIENT_DOMAIN)
        event->domain = bw_ledger_copy(ledger, bw_name_table_name(ledger->names, key->name));
    if (scope != BW_SCOPE_SENDER_DOMAIN)
        event->provider = bw_ledger_copy(ledger, bw_text_of(provider_name(ledger, key->provider)));
}

static void explain_event(struct bw_ledger *ledger, struct bw_event *event, uint16_t rule,
                          enum bw_class class_id)
{
    const char *cause = bw_class_cause(class_id);
    const char *action = bw_class_action(class_id);

    if (rule != BW_RULE_NONE) {
        const struct bw_rule *found = &ledger->knowledge->rules->rules[rule - 1];
        cause = found->cause == NULL ? cause : found->cause;
        action = found->action == NULL ? action : found->action;
    }
    event->cause = bw_ledger_copy(ledger, bw_text_of(cause));
    event->action = bw_ledger_copy(ledger, bw_text_of(action));
}

static void add_evidence(struct bw_ledger *ledger, struct bw_key *key, uint32_t window,
                         int64_t minute, struct bw_event *event)
{
    struct bw_key_evidence found[BW_EVENT_CLASSES_MAX];
    size_t count = bw_key_classes(ledger->keys, key, window, minute, found, BW_EVENT_CLASSES_MAX);

    for (size_t i = 0; i < count; i++)
        event->classes[i] = (struct bw_event_class){
            .count = found[i].count,
            .rule = rule_name(ledger, found[i].rule),
            .class_id = found[i].class_id,
        };
    event->class_count = (uint8_t)count;
    if (count > 0)
        explain_event(ledger, event, found[0].rule, (enum bw_class)found[0].class_id);

    count = bw_key_samples(ledger->keys, key, window, minute, found, BW_EVENT_SAMPLES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (found[i].diagnostic == BW_DIAGNOSTIC_NONE)
            continue;
        const struct bw_diagnostic *row = &ledger->diagnostics.rows[found[i].diagnostic - 1];
        event->samples[event->sample_count++] = (struct bw_event_sample){
            .text = bw_ledger_copy(ledger, (struct bw_text){row->text, row->text_size}),
            .text_size = row->text_size,
            .file = bw_ledger_copy(ledger, bw_text_of(ledger->totals.inputs[found[i].input].path)),
            .line = found[i].line,
            .count = found[i].count,
        };
    }
}

static void explain_recovery(struct bw_ledger *ledger, struct bw_event *event)
{
    if (event->cause == NULL)
        event->cause = bw_ledger_copy(
            ledger, BW_TEXT("The bounce rate in the window has fallen below the limit."));
    if (event->zone >= event->previous)
        return;
    free(event->action);
    event->action = bw_ledger_copy(
        ledger, BW_TEXT("Nothing at once; raise the volume slowly and watch the rate."));
}

static void make_zone_event(struct bw_ledger *ledger, struct bw_key *key, uint32_t window,
                            int64_t minute, const struct bw_zone_reading *reading, uint8_t previous)
{
    const struct bw_window_counts counts = bw_key_window(ledger->keys, key, window, minute);
    struct bw_event event = {
        .type = BW_EVENT_ZONE,
        .time_ms = (minute + 1) * MS_PER_MINUTE,
        .delivered = counts.delivered,
        .hard = counts.hard,
        .recipient = counts.recipient,
        .block = counts.block,
        .rate = reading->rate,
        .lower = reading->lower,
        .upper = reading->upper,
        .limit = reading->limit,
        .window_s = ledger->knowledge->config->keys.window_minutes[window] * 60,
        .zone = key->zones[window].zone,
        .previous = previous,
    };

    bw_ledger_name_event(ledger, key, &event);
    add_evidence(ledger, key, window, minute, &event);
    explain_recovery(ledger, &event);
    bw_ledger_emit(ledger, &event);
}

static void note_worst(struct bw_ledger *ledger, struct bw_key *key, uint8_t zone, int64_t minute)
{
    if (zone > key->worst_zone) {
        key->worst_zone = zone;
        key->worst_zone_ms = (minute + 1) * MS_PER_MINUTE;
    }
    if (zone > (uint8_t)ledger->worst_zone)
        ledger->worst_zone = (enum bw_zone)zone;
}

/* Something may have to be said about the rate: not of a key that is well and has little mail, or
 * lost none of it. Asked of sums that may be too high, for exact ones want a walk through memory.
 */
static bool may_step(const struct bw_ledger *ledger, const struct bw_key *key, uint32_t window)
{
    return key->zones[window].zone != BW_ZONE_ACCEPTABLE ||
           (bw_key_attempts_bound(key, window) >= ledger->knowledge->config->zone.min_attempts &&
            (bw_key_hard_bound(key, window) > 0 || limits_of(ledger, key)->warning <= 0.0));
}

/* One key at the end of `minute`. */
static void evaluate(struct bw_ledger *ledger, struct bw_key *key, int64_t minute)
{
    const struct bw_config *config = ledger->knowledge->config;

    for (uint32_t window = 0; window < config->keys.window_count; window++) {
        struct bw_key_zone *zone = &key->zones[window];
        const bool is_day = config->keys.window_minutes[window] == MINUTES_PER_DAY;
        const bool has_volume =
            is_day && bw_volume_may_matter(config, key, bw_key_attempts_bound(key, window));
        if (!has_volume && !may_step(ledger, key, window))
            continue;
        const struct bw_window_counts counts = bw_key_window(ledger->keys, key, window, minute);
        const uint64_t attempts =
            counts.delivered + counts.hard + (config->count_expired ? counts.expired : 0);
        struct bw_zone_reading reading;
        const uint8_t previous = zone->zone;

        if (has_volume)
            bw_volume_check(ledger, key, attempts, minute);
        if (ledger->is_muted)
            continue;
        if (previous == BW_ZONE_ACCEPTABLE && attempts < config->zone.min_attempts)
            continue;
        if (!bw_zone_step(&config->zone, ledger->z, limits_of(ledger, key), counts.hard, attempts,
                          &zone->zone, &zone->calm_count, &reading))
            continue;
        note_worst(ledger, key, zone->zone, minute);
        make_zone_event(ledger, key, window, minute, &reading, previous);
    }
}

bool bw_zone_keeper_has_zone(const struct bw_ledger *ledger, const struct bw_key *key)
{
    for (uint32_t window = 0; window < ledger->knowledge->config->keys.window_count; window++)
        if (key->zones[window].zone != BW_ZONE_ACCEPTABLE)
            return true;
    return false;
}

/* Keep those that are still in a zone, in their order. */
static void drop_recovered(struct bw_ledger *ledger)
{
    struct bw_key_list *list = &ledger->in_zone;
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        list->keys[i]->is_watched = bw_zone_keeper_has_zone(ledger, list->keys[i]);
        if (list->keys[i]->is_watched)
            list->keys[kept++] = list->keys[i];
    }
    list->count = kept;
}

static void end_minute(struct bw_ledger *ledger, int64_t minute)
{
    const size_t in_zone_before = ledger->in_zone.count;

    for (size_t i = 0; i < in_zone_before; i++) {
        ledger->in_zone.keys[i]->is_touched = false;
        evaluate(ledger, ledger->in_zone.keys[i], minute);
    }
    for (size_t i = 0; i < ledger->touched.count; i++) {
        struct bw_key *key = ledger->touched.keys[i];

        if (i + PREFETCHED_KEYS < ledger->touched.count)
            bw_key_table_prefetch_tails(ledger->keys, ledger->touched.keys[i + PREFETCHED_KEYS]);
        if (!key->is_touched)
            continue; /* was evaluated above */
        key->is_touched = false;
        evaluate(ledger, key, minute);
        key->is_watched = bw_zone_keeper_has_zone(ledger, key);
        if (key->is_watched)
            bw_key_list_add(ledger, &ledger->in_zone, key);
    }
    ledger->touched.count = 0;
    drop_recovered(ledger);
}

void bw_zone_keeper_advance(struct bw_ledger *ledger, int64_t minute)
{
    const struct bw_key_table_options *keys = &ledger->knowledge->config->keys;
    const int64_t longest = keys->window_minutes[keys->window_count - 1];

    if (ledger->now_minute != INT64_MIN) {
        end_minute(ledger, ledger->now_minute);
        /* Quiet minutes only matter to keys in a zone, and to them only while windows hold
         * anything; two more for the two evaluations that a recovery takes. */
        int64_t last = minute - 1;
        if (last > ledger->now_minute + longest + 2)
            last = ledger->now_minute + longest + 2;
        for (int64_t quiet = ledger->now_minute + 1; quiet <= last && ledger->in_zone.count > 0;
             quiet++)
            end_minute(ledger, quiet);
    }
    ledger->now_minute = minute;
}

void bw_zone_keeper_finish(struct bw_ledger *ledger)
{
    if (ledger->now_minute == INT64_MIN)
        return;
    int64_t last_ms = ledger->totals.last_ms;
    if (last_ms >= ledger->options.until_ms)
        last_ms = ledger->options.until_ms - 1;
    const int64_t last_minute = last_ms / MS_PER_MINUTE;

    if (last_ms != BW_TIME_NONE && last_minute > ledger->now_minute)
        bw_zone_keeper_advance(ledger, last_minute);
    end_minute(ledger, ledger->now_minute);
}

/* True once per quiet period and hash. */
static bool may_tell(struct bw_ledger *ledger, uint64_t hash, int64_t time_ms)
{
    struct bw_quiet_slot *slot = &ledger->quiet[hash % BW_QUIET_SLOTS];

    if (slot->hash == hash &&
        time_ms - slot->told_ms < ledger->knowledge->config->block_quiet_s * 1000)
        return false;
    *slot = (struct bw_quiet_slot){hash, time_ms};
    return true;
}

void bw_zone_keeper_block(struct bw_ledger *ledger, const struct bw_observation *observation,
                          uint16_t provider, uint32_t sender, int64_t time_ms, uint64_t line)
{
    const enum bw_class class_id = (enum bw_class)observation->verdict.class_id;
    struct bw_key key = {.provider = provider, .name = sender, .scope = BW_SCOPE_SENDER_PROVIDER};
    uint64_t hash = bw_hash_pair(provider, 0);
    char text[SAMPLE_BYTES];
    struct bw_extract extract;

    /* At an unnamed provider it is the recipient's domain that blocks; elsewhere the provider. */
    if (provider == BW_PROVIDER_OTHER && observation->domain_hash != 0) {
        key.scope = BW_SCOPE_RECIPIENT_DOMAIN;
        hash = observation->domain_hash;
        key.name = bw_name_table_intern(ledger->names, hash,
                                        bw_domain_of(observation->delivery.recipient));
    } else if (sender == BW_NAME_NONE) {
        key.scope = BW_SCOPE_PROVIDER;
    } else {
        hash = bw_hash_pair(ledger->name_hashes[sender], hash);
    }
    if (key.scope != BW_SCOPE_PROVIDER && key.name == BW_NAME_NONE)
        return;
    if (!may_tell(ledger, bw_hash_pair(hash, (uint64_t)class_id << 8U | key.scope), time_ms))
        return;

    bw_extract(observation->delivery.text, class_id, &extract);
    const char *named = extract.blocklist != NULL ? extract.blocklist : extract.scope;
    struct bw_event event = {
        .type = BW_EVENT_BLOCK,
        .time_ms = time_ms,
        .notice = bw_ledger_copy(ledger, bw_text_of(bw_class_name(class_id))),
        .named = named == NULL ? NULL : bw_ledger_copy(ledger, bw_text_of(named)),
    };
    const size_t size = bw_diagnostic_text(observation->delivery.text,
                                           ledger->options.shows_addresses, text, sizeof(text));
    bw_ledger_name_event(ledger, &key, &event);
    explain_event(ledger, &event, observation->verdict.rule, class_id);
    event.samples[0] = (struct bw_event_sample){
        .text = bw_ledger_copy(ledger, (struct bw_text){text, size}),
        .text_size = size,
        .file = bw_ledger_copy(ledger, bw_text_of(ledger->totals.inputs[ledger->input_index].path)),
        .line = line,
        .count = 1,
    };
    event.sample_count = 1;
    bw_ledger_emit(ledger, &event);
}
