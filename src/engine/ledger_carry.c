/*
 * What the ledger takes over from lines that are no longer read again.
 */
#include "base/byte_reader.h"
#include "engine/ledger_state.h"

#include <stdlib.h>

#define CARRY_VERSION 1

static struct bw_text name_of(const struct bw_ledger *ledger, uint32_t name)
{
    return name == BW_NAME_NONE ? BW_TEXT("") : bw_name_table_name(ledger->names, name);
}

static struct bw_text provider_of(const struct bw_ledger *ledger, uint16_t provider)
{
    return bw_text_of(bw_provider_map_name(ledger->knowledge->providers, provider));
}

static uint64_t hash_of(const struct bw_ledger *ledger, uint32_t name)
{
    return name == BW_NAME_NONE ? 0 : ledger->name_hashes[name];
}

static void save_key(const struct bw_ledger *ledger, const struct bw_key *key,
                     struct bw_byte_writer *writer)
{
    const struct bw_key_table_options *keys = &ledger->knowledge->config->keys;

    bw_put_u8(writer, key->scope);
    bw_put_u64(writer, key->hash);
    bw_put_u64(writer, hash_of(ledger, key->name));
    bw_put_text(writer, name_of(ledger, key->name));
    bw_put_text(writer, provider_of(ledger, key->provider));
    bw_put_u8(writer, key->worst_zone);
    bw_put_i64(writer, key->worst_zone_ms);
    bw_put_u8(writer, (uint8_t)keys->window_count);
    for (uint32_t window = 0; window < keys->window_count; window++) {
        bw_put_u32(writer, keys->window_minutes[window]);
        bw_put_u8(writer, key->zones[window].zone);
        bw_put_u8(writer, key->zones[window].calm_count);
    }
}

static void save_pending(const struct bw_ledger *ledger, const struct bw_join_message *message,
                         struct bw_byte_writer *writer)
{
    struct bw_join_pending pending;
    bw_pending_id position = 0;
    uint32_t count = 0;

    while (bw_join_next_pending(ledger->join, message, &position, &pending))
        count++;
    bw_put_u32(writer, count);
    position = 0;
    while (bw_join_next_pending(ledger->join, message, &position, &pending)) {
        bw_put_u64(writer, pending.recipient_hash);
        bw_put_u64(writer, hash_of(ledger, pending.domain));
        bw_put_text(writer, name_of(ledger, pending.domain));
        bw_put_text(writer, provider_of(ledger, pending.provider));
        bw_put_u8(writer, pending.class_id);
    }
}

static void save_messages(const struct bw_ledger *ledger, struct bw_byte_writer *writer)
{
    const struct bw_join_message *message;
    size_t position = 0;

    while ((message = bw_join_next(ledger->join, &position)) != NULL) {
        bw_put_u64(writer, message->queue_key);
        bw_put_i64(writer, message->started_ms);
        bw_put_u8(writer,
                  (uint8_t)((message->has_sender ? 1 : 0) | (message->null_sender ? 2 : 0)));
        bw_put_u64(writer, hash_of(ledger, message->sender));
        bw_put_text(writer, name_of(ledger, message->sender));
        save_pending(ledger, message, writer);
    }
    bw_put_u64(writer, 0);
}

void bw_ledger_save(const struct bw_ledger *ledger, struct bw_byte_writer *writer)
{
    bw_put_u8(writer, CARRY_VERSION);
    bw_put_i64(writer, ledger->now_minute);
    bw_put_u32(writer, (uint32_t)ledger->in_zone.count);
    for (size_t i = 0; i < ledger->in_zone.count; i++)
        save_key(ledger, ledger->in_zone.keys[i], writer);
    save_messages(ledger, writer);
}

static uint32_t take_name(struct bw_ledger *ledger, struct bw_byte_reader *reader)
{
    const uint64_t hash = bw_take_u64(reader);
    const struct bw_text name = bw_take_text(reader);

    return reader->is_broken || hash == 0 || name.size == 0 ? BW_NAME_NONE
                                                            : bw_ledger_intern(ledger, hash, name);
}

static uint16_t take_provider(const struct bw_ledger *ledger, struct bw_byte_reader *reader)
{
    return bw_provider_map_find_name(ledger->knowledge->providers, bw_take_text(reader));
}

/* The zones of the windows that are still kept. */
static void take_zones(const struct bw_ledger *ledger, struct bw_byte_reader *reader,
                       struct bw_key_zone zones[BW_WINDOWS_MAX])
{
    const struct bw_key_table_options *keys = &ledger->knowledge->config->keys;
    const uint32_t count = bw_take_u8(reader);

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t minutes = bw_take_u32(reader);
        struct bw_key_zone zone = {.zone = bw_take_u8(reader)};
        zone.calm_count = bw_take_u8(reader);
        if (zone.zone >= BW_ZONE_COUNT)
            reader->is_broken = true;
        for (uint32_t window = 0; window < keys->window_count; window++)
            if (keys->window_minutes[window] == minutes)
                zones[window] = zone;
    }
}

static void load_key(struct bw_ledger *ledger, struct bw_byte_reader *reader)
{
    struct bw_key_zone zones[BW_WINDOWS_MAX] = {{0}};
    const uint8_t scope = bw_take_u8(reader);
    const uint64_t hash = bw_take_u64(reader);
    const uint32_t name = take_name(ledger, reader);
    const uint16_t provider = take_provider(ledger, reader);
    const uint8_t worst_zone = bw_take_u8(reader);
    const int64_t worst_zone_ms = bw_take_i64(reader);

    take_zones(ledger, reader, zones);
    if (scope >= BW_SCOPE_COUNT || worst_zone >= BW_ZONE_COUNT)
        reader->is_broken = true;
    if (reader->is_broken || (scope != BW_SCOPE_PROVIDER && name == BW_NAME_NONE))
        return;
    struct bw_key *key =
        bw_key_table_take(ledger->keys, (enum bw_scope)scope, hash, name, provider);
    if (key == NULL)
        return;
    key->worst_zone = worst_zone;
    key->worst_zone_ms = worst_zone_ms;
    (void)memcpy(key->zones, zones, sizeof(zones));
    if (!bw_zone_keeper_has_zone(ledger, key))
        return;
    key->is_watched = true;
    bw_key_list_add(ledger, &ledger->in_zone, key);
}

/* Read back from the one noted first, so that their order is the same again. */
static void load_pending(struct bw_ledger *ledger, struct bw_byte_reader *reader,
                         struct bw_join_message *message)
{
    const uint32_t count = bw_take_u32(reader);
    struct bw_join_pending *list =
        reader->is_broken || count > reader->rest.size ? NULL : calloc(count + 1U, sizeof(*list));

    if (list == NULL) {
        reader->is_broken = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        list[i].recipient_hash = bw_take_u64(reader);
        list[i].domain = take_name(ledger, reader);
        list[i].provider = take_provider(ledger, reader);
        list[i].class_id = bw_take_u8(reader);
        if (list[i].class_id >= BW_CLASS_COUNT || list[i].recipient_hash == 0)
            reader->is_broken = true;
    }
    for (uint32_t i = count; message != NULL && !reader->is_broken && i > 0; i--)
        bw_join_defer(ledger->join, message, &list[i - 1]);
    free(list);
}

static void load_messages(struct bw_ledger *ledger, struct bw_byte_reader *reader)
{
    uint64_t queue_key;

    while ((queue_key = bw_take_u64(reader)) != 0) {
        const int64_t started_ms = bw_take_i64(reader);
        const uint8_t flags = bw_take_u8(reader);
        const uint32_t sender = take_name(ledger, reader);
        if (reader->is_broken)
            return;
        struct bw_join_message *message = bw_join_take(ledger->join, queue_key, started_ms);
        if (message == NULL) {
            ledger->is_broken = true;
            return;
        }
        message->sender = sender;
        message->has_sender = (flags & 1U) != 0;
        message->null_sender = (flags & 2U) != 0;
        load_pending(ledger, reader, message);
    }
}

/* No key is in a zone: another list of them follows. */
static void leave_zones(struct bw_ledger *ledger)
{
    for (size_t i = 0; i < ledger->in_zone.count; i++) {
        struct bw_key *key = ledger->in_zone.keys[i];
        (void)memset(key->zones, 0, sizeof(key->zones));
        key->is_watched = key->is_touched;
    }
    ledger->in_zone.count = 0;
}

enum bw_status bw_ledger_load(struct bw_ledger *ledger, struct bw_text bytes, bool with_messages)
{
    struct bw_byte_reader reader = {.rest = bytes};

    if (bw_take_u8(&reader) != CARRY_VERSION)
        return BW_ERR_FORMAT;
    const int64_t minute = bw_take_i64(&reader);
    const uint32_t count = bw_take_u32(&reader);
    leave_zones(ledger);
    if (ledger->now_minute == INT64_MIN)
        ledger->now_minute = minute;
    for (uint32_t i = 0; i < count && !reader.is_broken; i++)
        load_key(ledger, &reader);
    if (with_messages)
        load_messages(ledger, &reader);
    if (ledger->is_broken)
        return BW_ERR_NO_MEMORY;
    return reader.is_broken ? BW_ERR_FORMAT : BW_OK;
}
