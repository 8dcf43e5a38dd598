/*
 * The ledger's inside, shared by the files it is made of: ledger (counting), zone_keeper
 * (evaluation and events), ledger_snapshot (rows).
 */
#ifndef BW_ENGINE_LEDGER_STATE_H
#define BW_ENGINE_LEDGER_STATE_H

#include "aggregate/join.h"
#include "aggregate/key_table.h"
#include "aggregate/seen_set.h"
#include "base/name_table.h"
#include "engine/diagnostic_table.h"
#include "engine/ledger.h"
#include "engine/log_clock.h"
#include "engine/sender_texts.h"

#define BW_QUIET_SLOTS     4096
#define BW_EVENTS_KEPT_MAX 10000

struct bw_key_list {
    struct bw_key **keys; /* owned array */
    size_t count, capacity;
};

/* When a block was last told of, by hash of class, scope and key. Later ones take the slot. */
struct bw_quiet_slot {
    uint64_t hash;
    int64_t told_ms;
};

/* Where the reading of one input stands; its row is in totals.inputs under the same index. */
struct bw_ledger_input {
    struct bw_log_clock clock;
    uint64_t line;        /* lines before the current chunk */
    uint64_t known_lines; /* known and outcome lines */
    struct bw_stamp last_stamp;
    bool has_first;
};

struct bw_ledger {
    const struct bw_knowledge *knowledge;
    struct bw_ledger_options options;
    struct bw_join *join;
    struct bw_seen_set *seen;
    struct bw_seen_set *bulk_seen;
    struct bw_key_table *keys;
    struct bw_name_table *names;
    struct bw_sender_texts *senders; /* only with a record callback */
    struct bw_diagnostic_table diagnostics;
    struct bw_key_list touched;  /* keys counted in the current minute */
    struct bw_key_list in_zone;  /* keys in the warning or blocking zone, in order of entering */
    struct bw_quiet_slot *quiet; /* BW_QUIET_SLOTS */
    uint64_t *name_hashes;       /* by name id */
    uint32_t name_hash_capacity;
    double z;           /* of the configured confidence */
    int64_t now_minute; /* Unix minutes of the log's clock; INT64_MIN: no outcome yet */

    struct bw_snapshot totals; /* the scalar members only, and inputs, events, malformed */
    uint64_t class_counts[BW_CLASS_COUNT][3];
    uint32_t input_capacity, event_capacity;
    struct bw_ledger_input *inputs; /* by the index of the input; input_capacity of them */
    struct bw_ledger_input *input;  /* the one whose chunk is taken; NULL before the first */
    uint32_t input_index;           /* of that one */
    bool is_broken;
    bool is_muted;
    bool has_cleared; /* the tables, at options.tables_since_ms */
    enum bw_zone worst_zone;
    uint64_t events_dropped;

    bw_event_callback *on_event;
    void *event_context;
    bw_record_callback *on_record;
    void *record_context;
};

/* Add to a list; on lack of memory the ledger is marked broken. */
void bw_key_list_add(struct bw_ledger *ledger, struct bw_key_list *list, struct bw_key *key);

/* Id of a domain; its hash is at hand for the keys that are made of it. BW_NAME_NONE: no room. */
uint32_t bw_ledger_intern(struct bw_ledger *ledger, uint64_t hash, struct bw_text name);
/*
 * True when this was counted before; from now on it was. `recipient` holds recipient and outcome,
 * `life_ms` tells lives of a queue id apart (0: it has one), `place` are the low bits of the hash.
 */
bool bw_ledger_was_seen(struct bw_ledger *ledger, uint64_t queue_key, uint64_t recipient,
                        int64_t life_ms, uint32_t place);
/* Remember who waits in the queue, and count nothing: the outcome is before the wanted time. */
void bw_ledger_note_outcome(struct bw_ledger *ledger, const struct bw_observation *observation,
                            struct bw_join_message *message);
/* Count an outcome that enters the rates. */
void bw_ledger_count_outcome(struct bw_ledger *ledger, const struct bw_observation *observation,
                             struct bw_join_message *message, int64_t time_ms, uint64_t line);
/* Count the recipients that were still deferred when their message expired. */
void bw_ledger_count_expired(struct bw_ledger *ledger, struct bw_join_message *message,
                             int64_t minute, uint64_t line, uint32_t input);

/* Let the log's clock go on to `minute`: evaluates every minute that has ended. */
void bw_zone_keeper_advance(struct bw_ledger *ledger, int64_t minute);
/* True when a window of the key is in a zone. */
bool bw_zone_keeper_has_zone(const struct bw_ledger *ledger, const struct bw_key *key);
/* The last minute is over too. */
void bw_zone_keeper_finish(struct bw_ledger *ledger);
/* A failure of a class that says a provider blocks us. */
void bw_zone_keeper_block(struct bw_ledger *ledger, const struct bw_observation *observation,
                          uint16_t provider, uint32_t sender, int64_t time_ms, uint64_t line);
/* Notices that can only be told at the end. */
void bw_notices_finish(struct bw_ledger *ledger);
/* Take over an event (owned texts and all), give it its id, keep it, tell the callback. */
void bw_ledger_emit(struct bw_ledger *ledger, struct bw_event *event);

/* What the limits on keys and names, and on queue ids and deferred recipients, have cost. */
uint64_t bw_ledger_keys_lost(const struct bw_ledger *ledger);
uint64_t bw_ledger_queue_ids_lost(const struct bw_ledger *ledger);

/* A copy on the heap; "" for NULL; marks the ledger broken when memory is out. */
char *bw_ledger_copy(struct bw_ledger *ledger, struct bw_text text);

/* Scope, key and what the key is made of, as the event's own copies. */
void bw_ledger_name_event(struct bw_ledger *ledger, const struct bw_key *key,
                          struct bw_event *event);
/* Notices about the volume of a day, `attempts` up to `minute`: a bulk sender, a warm-up plan. */
void bw_volume_check(struct bw_ledger *ledger, const struct bw_key *key, uint64_t attempts,
                     int64_t minute);
/* bw_volume_check() could have something to say about so much mail of a day. */
bool bw_volume_may_matter(const struct bw_config *config, const struct bw_key *key,
                          uint64_t attempts);

/* Display name of a key: provider, domain, or "sender/provider". Heap. */
char *bw_ledger_key_name(struct bw_ledger *ledger, const struct bw_key *key);

#endif
