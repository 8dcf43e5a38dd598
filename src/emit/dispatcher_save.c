/*
 * What is told, open and waiting, written down: all of it, or what has changed since.
 *
 * With a thousand domains in a zone all of it is megabytes, so it is written where a part of the
 * journal begins, and between that only what was taken, sent, and told again.
 */
#include "base/byte_reader.h"
#include "emit/dispatcher_state.h"

/* The first byte; what follows. */
#define SAVED_WHOLE   1
#define SAVED_CHANGES 2

/* More changes than this between two writes, as when nothing can be written: all of it then. */
#define CHANGES_MAX ((size_t)4 * 1024 * 1024)

enum change { CHANGE_TAKEN = 1, CHANGE_TOLD_AGAIN, CHANGE_SENT };

/* NULL: all of it will be written anyway. */
static struct bw_byte_writer *next_change(struct bw_dispatcher *dispatcher, enum change change)
{
    struct bw_byte_writer *writer = &dispatcher->changes;

    dispatcher->needs_whole =
        dispatcher->needs_whole || writer->is_broken || writer->size > CHANGES_MAX;
    if (dispatcher->needs_whole)
        return NULL;
    if (writer->size == 0)
        bw_put_u8(writer, SAVED_CHANGES);
    bw_put_u8(writer, (uint8_t)change);
    return writer;
}

void bw_dispatcher_note_taken(struct bw_dispatcher *dispatcher, const struct bw_message *message)
{
    struct bw_byte_writer *writer = next_change(dispatcher, CHANGE_TAKEN);

    if (writer == NULL)
        return;
    bw_put_i64(writer, dispatcher->now_ms);
    bw_message_save(message, writer);
}

void bw_dispatcher_note_told_again(struct bw_dispatcher *dispatcher,
                                   const struct bw_incident *incident)
{
    struct bw_byte_writer *writer = next_change(dispatcher, CHANGE_TOLD_AGAIN);

    if (writer == NULL)
        return;
    bw_put_i64(writer, incident->told_ms);
    bw_put_text(writer, bw_text_of(incident->message->key));
}

void bw_dispatcher_note_sent(struct bw_dispatcher *dispatcher, const struct bw_way *way,
                             uint64_t id, bool is_refused)
{
    struct bw_byte_writer *writer = next_change(dispatcher, CHANGE_SENT);

    if (writer == NULL)
        return;
    bw_put_text(writer, bw_text_of(way->options.name));
    bw_put_u64(writer, id);
    bw_put_u8(writer, is_refused ? 1 : 0);
}

struct bw_text bw_dispatcher_changes(struct bw_dispatcher *dispatcher)
{
    if (dispatcher->needs_whole) {
        bw_byte_writer_clear(&dispatcher->changes);
        bw_dispatcher_save(dispatcher, &dispatcher->changes);
    }
    return dispatcher->changes.is_broken ? BW_TEXT("") : bw_byte_writer_text(&dispatcher->changes);
}

void bw_dispatcher_keep_changes(struct bw_dispatcher *dispatcher)
{
    bw_byte_writer_clear(&dispatcher->changes);
    dispatcher->needs_whole = false;
}

void bw_dispatcher_save(const struct bw_dispatcher *dispatcher, struct bw_byte_writer *writer)
{
    const uint64_t recent =
        dispatcher->recent_count < BW_RECENT_MAX ? dispatcher->recent_count : BW_RECENT_MAX;
    const uint64_t seen =
        dispatcher->seen_count < BW_SEEN_MAX ? dispatcher->seen_count : BW_SEEN_MAX;

    bw_put_u8(writer, SAVED_WHOLE);
    bw_put_u32(writer, (uint32_t)seen);
    for (uint64_t i = dispatcher->seen_count - seen; i < dispatcher->seen_count; i++)
        bw_put_u64(writer, dispatcher->seen[i % BW_SEEN_MAX]);
    bw_put_u32(writer, (uint32_t)recent);
    for (uint64_t i = dispatcher->recent_count - recent; i < dispatcher->recent_count; i++)
        bw_message_save(dispatcher->recent[i % BW_RECENT_MAX], writer);
    bw_put_u32(writer, (uint32_t)dispatcher->incident_count);
    for (size_t i = 0; i < dispatcher->incident_count; i++) {
        bw_put_i64(writer, dispatcher->incidents[i].told_ms);
        bw_message_save(dispatcher->incidents[i].message, writer);
    }
    bw_put_u32(writer, (uint32_t)dispatcher->way_count);
    for (size_t i = 0; i < dispatcher->way_count; i++) {
        const struct bw_way *way = &dispatcher->ways[i];
        bw_put_text(writer, bw_text_of(way->options.name));
        bw_put_u64(writer, way->sent);
        bw_put_u64(writer, way->refused);
        bw_put_u64(writer, way->outbox->dropped);
        bw_put_u32(writer, (uint32_t)way->outbox->count);
        for (size_t j = 0; j < way->outbox->count; j++)
            bw_message_save(way->outbox->messages[j], writer);
    }
}

static struct bw_way *find_way(struct bw_dispatcher *dispatcher, struct bw_text name)
{
    for (size_t i = 0; i < dispatcher->way_count; i++)
        if (bw_text_equal(name, bw_text_of(dispatcher->ways[i].options.name)))
            return &dispatcher->ways[i];
    return NULL;
}

/* Sinks that the configuration does not name any more are read over. */
static void load_way(struct bw_dispatcher *dispatcher, struct bw_byte_reader *reader)
{
    struct bw_way *way = find_way(dispatcher, bw_take_text(reader));
    const uint64_t sent = bw_take_u64(reader);
    const uint64_t refused = bw_take_u64(reader);
    const uint64_t dropped = bw_take_u64(reader);
    const uint32_t count = bw_take_u32(reader);

    for (uint32_t i = 0; i < count && !reader->is_broken; i++) {
        struct bw_message *message = bw_message_load(reader);
        if (message == NULL)
            reader->is_broken = true;
        else if (way != NULL)
            bw_outbox_put(way->outbox, message);
        bw_message_release(&message);
    }
    if (way == NULL || reader->is_broken)
        return;
    way->sent = sent;
    way->refused = refused;
    way->outbox->dropped = dropped;
}

static void load_book(struct bw_dispatcher *dispatcher, struct bw_byte_reader *reader)
{
    for (uint32_t count = bw_take_u32(reader); count > 0 && !reader->is_broken; count--)
        dispatcher->seen[dispatcher->seen_count++ % BW_SEEN_MAX] = bw_take_u64(reader);
    for (uint32_t count = bw_take_u32(reader); count > 0 && !reader->is_broken; count--) {
        struct bw_message *message = bw_message_load(reader);
        if (message == NULL)
            reader->is_broken = true;
        else
            bw_dispatcher_keep_recent(dispatcher, message);
        bw_message_release(&message);
    }
    for (uint32_t count = bw_take_u32(reader); count > 0 && !reader->is_broken; count--) {
        const int64_t told_ms = bw_take_i64(reader);
        struct bw_message *message = bw_message_load(reader);
        if (message == NULL)
            reader->is_broken = true;
        else if (dispatcher->incident_count < BW_INCIDENTS_MAX)
            dispatcher->incidents[dispatcher->incident_count++] =
                (struct bw_incident){bw_message_keep(message), told_ms};
        bw_message_release(&message);
    }
}

/* The same as when it was taken, unless the lines that are read again have brought it before. */
static void load_taken(struct bw_dispatcher *dispatcher, struct bw_byte_reader *reader)
{
    const int64_t now_ms = bw_take_i64(reader);
    struct bw_message *message = bw_message_load(reader);

    if (message == NULL) {
        reader->is_broken = true;
        return;
    }
    dispatcher->now_ms = now_ms;
    if (!bw_dispatcher_was_seen(dispatcher, message->id)) {
        bw_dispatcher_keep_recent(dispatcher, message);
        bw_dispatcher_note_incident(dispatcher, message);
        if (!bw_dispatcher_is_muted(dispatcher, message))
            bw_dispatcher_put_all(dispatcher, message);
    }
    bw_message_release(&message);
}

static void load_told_again(struct bw_dispatcher *dispatcher, struct bw_byte_reader *reader)
{
    const int64_t now_ms = bw_take_i64(reader);
    const struct bw_text key = bw_take_text(reader);

    for (size_t i = 0; i < dispatcher->incident_count && !reader->is_broken; i++)
        if (bw_text_equal(key, bw_text_of(dispatcher->incidents[i].message->key)))
            bw_dispatcher_tell_again(dispatcher, &dispatcher->incidents[i], now_ms);
}

static void load_sent(struct bw_dispatcher *dispatcher, struct bw_byte_reader *reader)
{
    struct bw_way *way = find_way(dispatcher, bw_take_text(reader));
    const uint64_t id = bw_take_u64(reader);
    const bool is_refused = bw_take_u8(reader) != 0;

    if (way == NULL || reader->is_broken)
        return;
    way->sent += is_refused ? 0 : 1;
    way->refused += is_refused ? 1 : 0;
    bw_outbox_drop(way->outbox, id);
}

static void load_changes(struct bw_dispatcher *dispatcher, struct bw_byte_reader *reader)
{
    while (reader->rest.size > 0 && !reader->is_broken) {
        switch (bw_take_u8(reader)) {
        case CHANGE_TAKEN: load_taken(dispatcher, reader); break;
        case CHANGE_TOLD_AGAIN: load_told_again(dispatcher, reader); break;
        case CHANGE_SENT: load_sent(dispatcher, reader); break;
        default: reader->is_broken = true; break;
        }
    }
}

enum bw_status bw_dispatcher_load(struct bw_dispatcher *dispatcher, struct bw_text bytes)
{
    struct bw_byte_reader reader = {.rest = bytes};
    const uint8_t what = bw_take_u8(&reader);

    if (what == SAVED_CHANGES) {
        load_changes(dispatcher, &reader);
    } else if (what == SAVED_WHOLE) {
        bw_dispatcher_forget_all(dispatcher);
        load_book(dispatcher, &reader);
        for (uint32_t count = bw_take_u32(&reader); count > 0 && !reader.is_broken; count--)
            load_way(dispatcher, &reader);
    } else {
        return BW_ERR_FORMAT;
    }
    /* What is read is written down already. */
    bw_dispatcher_keep_changes(dispatcher);
    return reader.is_broken ? BW_ERR_FORMAT : BW_OK;
}
