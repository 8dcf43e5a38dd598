#include "aggregate/key_table.h"

#include "aggregate/key_history.h"
#include "base/check.h"
#include "base/table_memory.h"

#include <stdlib.h>

/* The history lies behind the key in one block. */
_Static_assert(_Alignof(struct bw_key_history) <= _Alignof(struct bw_key), "it can lie there");

#define FIRST_SLOTS      ((size_t)1024)
#define CACHE_LINE_BYTES 64
#define EVICTED_AT_ONCE  16 /* one in so many */

/* The hash stands beside the pointer, so that a probe looks at keys only when it has found one. */
struct slot {
    uint64_t hash;
    struct bw_key *key; /* NULL: free */
};

struct bw_key_table {
    struct bw_history_means means;
    struct slot *slots;   /* open addressing, linear probing */
    struct bw_key **keys; /* in the order of making */
    size_t slot_count, count, capacity;
    uint64_t evicted;   /* keys dropped, and keys not made because none could be dropped */
    int64_t now_minute; /* of the last bw_key_count() */
    bool is_broken;
};

enum bw_status bw_key_table_create(struct bw_key_table **created,
                                   const struct bw_key_table_options *options)
{
    BW_ASSERT(options->window_count >= 1 && options->window_count <= BW_WINDOWS_MAX);
    BW_ASSERT(options->keys_max >= 16);
    struct bw_key_table *table = calloc(1, sizeof(*table));
    if (table == NULL)
        return BW_ERR_NO_MEMORY;
    table->means.options = *options;
    table->slot_count = FIRST_SLOTS;
    table->slots = bw_table_memory_take(table->slot_count, sizeof(*table->slots));
    if (table->slots == NULL || bw_block_pool_create(&table->means.pool) != BW_OK) {
        bw_key_table_destroy(&table);
        return BW_ERR_NO_MEMORY;
    }
    *created = table;
    return BW_OK;
}

static size_t key_bytes(const struct bw_key_table *table)
{
    return sizeof(struct bw_key) + sizeof(struct bw_key_history) +
           table->means.options.window_count * sizeof(struct bw_window);
}

static void free_key(struct bw_key_table *table, struct bw_key *key)
{
    bw_key_history_deinit(key->history, &table->means);
    bw_block_pool_give(table->means.pool, key, key_bytes(table));
}

void bw_key_table_destroy(struct bw_key_table **owned)
{
    struct bw_key_table *table = *owned;

    *owned = NULL;
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++)
        free_key(table, table->keys[i]);
    free(table->keys);
    bw_table_memory_give(table->slots, table->slot_count, sizeof(*table->slots));
    bw_block_pool_destroy(&table->means.pool);
    free(table);
}

static size_t slot_of(const struct bw_key_table *table, enum bw_scope scope, uint64_t hash)
{
    const size_t mask = table->slot_count - 1;
    size_t slot = (size_t)(hash + scope) & mask;

    while (table->slots[slot].key != NULL &&
           (table->slots[slot].hash != hash || table->slots[slot].key->scope != scope))
        slot = (slot + 1) & mask;
    return slot;
}

static void refill_slots(struct bw_key_table *table)
{
    (void)memset(table->slots, 0, table->slot_count * sizeof(*table->slots));
    for (size_t i = 0; i < table->count; i++) {
        struct bw_key *key = table->keys[i];
        table->slots[slot_of(table, (enum bw_scope)key->scope, key->hash)] =
            (struct slot){key->hash, key};
    }
}

static bool grow(struct bw_key_table *table)
{
    if (table->count == table->capacity) {
        const size_t capacity = table->capacity == 0 ? 512 : table->capacity * 2;
        struct bw_key **keys = realloc(table->keys, capacity * sizeof(struct bw_key *));
        if (keys == NULL)
            return false;
        table->keys = keys;
        table->capacity = capacity;
    }
    if (table->count * 2 >= table->slot_count) {
        struct slot *slots = bw_table_memory_take(table->slot_count * 2, sizeof(*slots));
        if (slots == NULL)
            return false;
        bw_table_memory_give(table->slots, table->slot_count, sizeof(*slots));
        table->slots = slots;
        table->slot_count *= 2;
        refill_slots(table);
    }
    return true;
}

struct quiet {
    uint64_t attempts;
    int64_t last_minute;
    size_t index;
};

static int compare_quiet(const void *left, const void *right)
{
    const struct quiet *a = left;
    const struct quiet *b = right;

    if (a->attempts != b->attempts)
        return a->attempts < b->attempts ? -1 : 1;
    if (a->last_minute != b->last_minute)
        return a->last_minute < b->last_minute ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

/* The quietest keys that nobody watches go, several at once, so that it rarely happens. */
static bool evict(struct bw_key_table *table)
{
    const uint32_t longest = table->means.options.window_count - 1;
    struct quiet *quiet = calloc(table->count, sizeof(*quiet));
    size_t count = 0;

    if (quiet == NULL)
        return false;
    for (size_t i = 0; i < table->count; i++) {
        struct bw_key_history *history = table->keys[i]->history;
        /* The caller still holds pointers to these. */
        if (table->keys[i]->is_watched || table->keys[i]->is_touched)
            continue;
        bw_key_history_advance(history, &table->means, table->now_minute);
        quiet[count++] = (struct quiet){
            .attempts =
                history->windows[longest].sum.delivered + history->windows[longest].sum.hard,
            .last_minute = history->newest_minute,
            .index = i,
        };
    }
    qsort(quiet, count, sizeof(*quiet), compare_quiet);
    size_t gone = table->count / EVICTED_AT_ONCE + 1;
    if (gone > count)
        gone = count;
    for (size_t i = 0; i < gone; i++) {
        free_key(table, table->keys[quiet[i].index]);
        table->keys[quiet[i].index] = NULL;
    }
    free(quiet);
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++)
        if (table->keys[i] != NULL)
            table->keys[kept++] = table->keys[i];
    table->count = kept;
    table->evicted += gone;
    refill_slots(table);
    return true;
}

struct bw_key *bw_key_table_find(struct bw_key_table *table, enum bw_scope scope, uint64_t hash)
{
    return table->slots[slot_of(table, scope, hash)].key;
}

void bw_key_table_prefetch(const struct bw_key_table *table, enum bw_scope scope, uint64_t hash)
{
    __builtin_prefetch(&table->slots[(size_t)(hash + scope) & (table->slot_count - 1)]);
}

void bw_key_table_prefetch_key(const struct bw_key_table *table, enum bw_scope scope, uint64_t hash)
{
    const struct bw_key *key = table->slots[(size_t)(hash + scope) & (table->slot_count - 1)].key;

    if (key == NULL)
        return;
    const char *bytes = (const char *)key;
    for (size_t at = 0; at < key_bytes(table); at += CACHE_LINE_BYTES)
        __builtin_prefetch(bytes + at, 1);
}

void bw_key_table_prefetch_minute(const struct bw_key_table *table, enum bw_scope scope,
                                  uint64_t hash)
{
    const struct bw_key *key = table->slots[(size_t)(hash + scope) & (table->slot_count - 1)].key;

    if (key == NULL || key->history->capacity == 0)
        return;
    /* The newest one, and the place of the next, which may be on the next cache line. */
    const struct bw_minute *next = &key->history->minutes[key->history->end];
    __builtin_prefetch(next - 1, 1);
    __builtin_prefetch(next, 1);
}

void bw_key_table_prefetch_tails(const struct bw_key_table *table, const struct bw_key *key)
{
    const struct bw_key_history *history = key->history;

    for (uint32_t window = 0; window < table->means.options.window_count; window++)
        __builtin_prefetch(&history->minutes[history->windows[window].tail]);
}

struct bw_key *bw_key_table_take(struct bw_key_table *table, enum bw_scope scope, uint64_t hash,
                                 uint32_t name, uint16_t provider)
{
    struct bw_key *key = bw_key_table_find(table, scope, hash);

    if (key != NULL)
        return key;
    if (table->count >= table->means.options.keys_max) {
        table->is_broken = !evict(table) || table->is_broken;
        if (table->count >= table->means.options.keys_max) {
            table->evicted++;
            return NULL;
        }
    }
    if (grow(table))
        key = bw_block_pool_take(table->means.pool, key_bytes(table));
    if (key == NULL) {
        table->is_broken = true;
        return NULL;
    }
    (void)memset(key, 0, key_bytes(table));
    struct bw_key_history *history = (struct bw_key_history *)(key + 1);
    bw_key_history_init(history, &table->means);
    *key = (struct bw_key){
        .hash = hash,
        .name = name,
        .provider = provider,
        .scope = (uint8_t)scope,
        .worst_zone_ms = INT64_MIN,
        .history = history,
    };
    table->slots[slot_of(table, scope, hash)] = (struct slot){hash, key};
    table->keys[table->count++] = key;
    return key;
}

static void count_tally(struct bw_tally *tally, const struct bw_count *count)
{
    switch ((enum bw_count_kind)count->kind) {
    case BW_COUNT_DELIVERED: tally->delivered++; return;
    case BW_COUNT_SOFT: tally->soft++; return;
    case BW_COUNT_EXPIRED: tally->expired++; return;
    case BW_COUNT_HARD: break;
    }
    tally->hard++;
    if (count->fault == BW_FAULT_RECIPIENT || count->fault == BW_FAULT_RCPT_DOMAIN)
        tally->recipient++;
    else if (count->fault == BW_FAULT_SENDER_IP || count->fault == BW_FAULT_SENDER_DOMAIN ||
             count->fault == BW_FAULT_CONTENT)
        tally->block++;
}

bool bw_key_count(struct bw_key_table *table, struct bw_key *key, int64_t minute,
                  int64_t now_minute, const struct bw_count *count)
{
    const uint32_t longest = table->means.options.window_count - 1;

    table->now_minute = now_minute;
    count_tally(&key->tally, count);
    if (count->kind != BW_COUNT_DELIVERED)
        (void)bw_key_history_class(key->history, &table->means, count);
    if (minute <= now_minute - (int64_t)table->means.options.window_minutes[longest])
        return false;
    if (count->kind != BW_COUNT_SOFT)
        (void)bw_key_history_add(key->history, &table->means, minute, now_minute, count);
    return true;
}

struct bw_window_counts bw_key_window(struct bw_key_table *table, struct bw_key *key,
                                      uint32_t index, int64_t minute)
{
    BW_ASSERT(index < table->means.options.window_count);
    bw_key_history_advance(key->history, &table->means, minute);
    return key->history->windows[index].sum;
}

uint64_t bw_key_attempts_bound(const struct bw_key *key, uint32_t index)
{
    const struct bw_window_counts *sum = &key->history->windows[index].sum;

    return sum->delivered + sum->hard + sum->expired;
}

uint64_t bw_key_hard_bound(const struct bw_key *key, uint32_t index)
{
    return key->history->windows[index].sum.hard;
}

static int compare_evidence(const void *left, const void *right)
{
    const struct bw_key_evidence *a = left;
    const struct bw_key_evidence *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    if (a->class_id != b->class_id)
        return a->class_id < b->class_id ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return (a->diagnostic > b->diagnostic) - (a->diagnostic < b->diagnostic);
}

#define GROUPS_MAX 256

struct evidence_query {
    int64_t last_gone; /* the last minute that the window no longer holds */
    bool by_text;      /* one group per text; else per rule and class */
};

static size_t group(const struct bw_key *key, struct evidence_query query,
                    struct bw_key_evidence groups[GROUPS_MAX])
{
    const struct bw_key_history *history = key->history;
    size_t count = 0;

    for (uint32_t i = history->failure_end; i > history->failure_start; i--) {
        const struct bw_minute_failures *failure = &history->failures[i - 1];
        size_t at = 0;

        if (failure->minute <= query.last_gone)
            break;
        while (at < count && (query.by_text ? groups[at].diagnostic != failure->diagnostic
                                            : groups[at].rule != failure->rule ||
                                                  groups[at].class_id != failure->class_id))
            at++;
        if (at == GROUPS_MAX)
            continue;
        if (at == count)
            groups[count++] = (struct bw_key_evidence){
                .line = failure->line,
                .input = failure->input,
                .diagnostic = failure->diagnostic,
                .rule = failure->rule,
                .class_id = failure->class_id,
            };
        groups[at].count += failure->count;
        /* Later lines were read later, whatever time they carry. */
        if (failure->input > groups[at].input ||
            (failure->input == groups[at].input && failure->line > groups[at].line)) {
            groups[at].input = failure->input;
            groups[at].line = failure->line;
        }
    }
    qsort(groups, count, sizeof(*groups), compare_evidence);
    return count;
}

static size_t evidence_of(const struct bw_key *key, struct evidence_query query,
                          struct bw_key_evidence *evidence, size_t capacity)
{
    struct bw_key_evidence groups[GROUPS_MAX];
    size_t count = group(key, query, groups);

    if (count > capacity)
        count = capacity;
    (void)memcpy(evidence, groups, count * sizeof(*evidence));
    return count;
}

size_t bw_key_classes(struct bw_key_table *table, struct bw_key *key, uint32_t index,
                      int64_t minute, struct bw_key_evidence *evidence, size_t capacity)
{
    const struct evidence_query query = {
        .last_gone = minute - (int64_t)table->means.options.window_minutes[index],
        .by_text = false,
    };

    return evidence_of(key, query, evidence, capacity);
}

size_t bw_key_samples(struct bw_key_table *table, struct bw_key *key, uint32_t index,
                      int64_t minute, struct bw_key_evidence *evidence, size_t capacity)
{
    const struct evidence_query query = {
        .last_gone = minute - (int64_t)table->means.options.window_minutes[index],
        .by_text = true,
    };

    return evidence_of(key, query, evidence, capacity);
}

static int compare_classes(const void *left, const void *right)
{
    const struct bw_class_count *a = left;
    const struct bw_class_count *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    if (a->class_id != b->class_id)
        return a->class_id < b->class_id ? -1 : 1;
    return (a->bounce > b->bounce) - (a->bounce < b->bounce);
}

size_t bw_key_class_totals(const struct bw_key *key, struct bw_class_count *counts, size_t capacity)
{
    struct bw_class_count sorted[BW_CLASS_COUNT * 2]; /* hard and soft of each */
    const struct bw_key_history *history = key->history;
    const size_t count = history->class_count < capacity ? history->class_count : capacity;

    BW_ASSERT(history->class_count <= BW_ARRAY_COUNT(sorted));
    if (count == 0)
        return 0;
    (void)memcpy(sorted, history->classes, history->class_count * sizeof(*sorted));
    qsort(sorted, history->class_count, sizeof(*sorted), compare_classes);
    (void)memcpy(counts, sorted, count * sizeof(*counts));
    return count;
}

void bw_key_clear_totals(struct bw_key *key)
{
    key->tally = (struct bw_tally){0};
    key->history->class_count = 0;
}

struct bw_key *bw_key_table_next(struct bw_key_table *table, size_t *position)
{
    return *position < table->count ? table->keys[(*position)++] : NULL;
}

size_t bw_key_table_count(const struct bw_key_table *table)
{
    return table->count;
}

bool bw_key_table_is_broken(const struct bw_key_table *table)
{
    return table->is_broken;
}

uint64_t bw_key_table_evicted(const struct bw_key_table *table)
{
    return table->evicted;
}
