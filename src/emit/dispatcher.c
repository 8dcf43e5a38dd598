#include "emit/dispatcher.h"

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "emit/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAVE_VERSION  1
#define RECENT_MAX    50
#define SEEN_MAX      1024
#define INCIDENTS_MAX 4096
#define WAIT_FIRST_MS 1000
#define WAIT_MAX_MS   300000

/* One sink and what waits for it. */
struct way {
    struct bw_dispatcher *dispatcher;
    struct bw_dispatcher_sink options; /* its strings are owned */
    struct bw_sink *sink;
    struct bw_outbox *outbox;
    int64_t wait_ms; /* of the next pause */
    int64_t due_ms;  /* not before; Unix ms */
    uint64_t sent, failed, refused;
    char fault[200]; /* of the last try; "": it went well */
    bool is_busy;    /* its first message is on its way */
};

/* A key that is in a zone, and what was told of it last. */
struct incident {
    struct bw_message *message;
    int64_t told_ms; /* Unix ms of the last word; 0: not since the start */
};

struct bw_dispatcher {
    struct way *ways;
    size_t way_count;
    char **muted;
    size_t muted_count;
    int64_t remind_ms, now_ms;
    struct bw_message *recent[RECENT_MAX]; /* newest at recent_count - 1, modulo */
    uint64_t recent_count;
    uint64_t seen[SEEN_MAX]; /* ids, the same way */
    uint64_t seen_count;
    struct incident *incidents;
    size_t incident_count;
    bool has_changed;
};

static bool copy_sink(struct way *way, const struct bw_dispatcher_sink *sink)
{
    way->options = *sink;
    way->options.name = strdup(sink->name);
    way->options.to = strdup(sink->to);
    way->options.secret = sink->secret == NULL ? NULL : strdup(sink->secret);
    way->wait_ms = WAIT_FIRST_MS;
    way->outbox = calloc(1, sizeof(*way->outbox));
    return way->options.name != NULL && way->options.to != NULL && way->outbox != NULL &&
           (sink->secret == NULL || way->options.secret != NULL);
}

static enum bw_status open_sinks(struct bw_dispatcher *dispatcher,
                                 const struct bw_dispatcher_options *options,
                                 struct bw_problem *problem)
{
    enum bw_status status = BW_OK;

    for (size_t i = 0; i < options->sink_count && status == BW_OK; i++) {
        struct way *way = &dispatcher->ways[dispatcher->way_count++];
        const struct bw_sink_options sink_options = {
            .loop = options->loop,
            .to = options->sinks[i].to,
            .secret = options->sinks[i].secret,
            .version = options->version,
            .remind_s = options->remind_s,
        };
        way->dispatcher = dispatcher;
        status = copy_sink(way, &options->sinks[i]) ? BW_OK : BW_ERR_NO_MEMORY;
        if (status == BW_OK)
            status = bw_sink_create(&way->sink, &sink_options, problem);
    }
    return status;
}

enum bw_status bw_dispatcher_create(struct bw_dispatcher **created,
                                    const struct bw_dispatcher_options *options,
                                    struct bw_problem *problem)
{
    struct bw_dispatcher *dispatcher = calloc(1, sizeof(*dispatcher));
    enum bw_status status = BW_ERR_NO_MEMORY;

    if (dispatcher == NULL)
        return status;
    dispatcher->remind_ms = options->remind_s * 1000;
    dispatcher->ways = calloc(options->sink_count + 1, sizeof(*dispatcher->ways));
    dispatcher->incidents = calloc(INCIDENTS_MAX, sizeof(*dispatcher->incidents));
    dispatcher->muted = calloc(options->muted_count + 1, sizeof(*dispatcher->muted));
    if (dispatcher->ways != NULL && dispatcher->incidents != NULL && dispatcher->muted != NULL)
        status = open_sinks(dispatcher, options, problem);
    for (size_t i = 0; i < options->muted_count && status == BW_OK; i++) {
        dispatcher->muted[i] = strdup(options->muted[i]);
        status = dispatcher->muted[i] == NULL ? BW_ERR_NO_MEMORY : BW_OK;
        dispatcher->muted_count = i + 1;
    }
    if (status != BW_OK) {
        bw_dispatcher_destroy(&dispatcher);
        return status;
    }
    *created = dispatcher;
    return BW_OK;
}

static void forget_all(struct bw_dispatcher *dispatcher)
{
    for (size_t i = 0; i < RECENT_MAX; i++)
        bw_message_release(&dispatcher->recent[i]);
    dispatcher->recent_count = dispatcher->seen_count = 0;
    for (size_t i = 0; i < dispatcher->incident_count; i++)
        bw_message_release(&dispatcher->incidents[i].message);
    dispatcher->incident_count = 0;
    for (size_t i = 0; i < dispatcher->way_count; i++)
        if (dispatcher->ways[i].outbox != NULL)
            bw_outbox_clear(dispatcher->ways[i].outbox);
}

void bw_dispatcher_destroy(struct bw_dispatcher **owned)
{
    struct bw_dispatcher *dispatcher = *owned;

    *owned = NULL;
    if (dispatcher == NULL)
        return;
    if (dispatcher->incidents != NULL && dispatcher->ways != NULL)
        forget_all(dispatcher);
    for (size_t i = 0; i < dispatcher->way_count; i++) {
        struct way *way = &dispatcher->ways[i];
        bw_sink_destroy(&way->sink);
        free((void *)(uintptr_t)way->options.name);
        free((void *)(uintptr_t)way->options.to);
        free((void *)(uintptr_t)way->options.secret);
        free(way->outbox);
    }
    for (size_t i = 0; i < dispatcher->muted_count; i++)
        free(dispatcher->muted[i]);
    free(dispatcher->muted);
    free(dispatcher->ways);
    free(dispatcher->incidents);
    free(dispatcher);
}

/* "example.com", "news.example/gmail", or "*.example.com" for all that ends so. */
static bool is_muted(const struct bw_dispatcher *dispatcher, const char *key)
{
    const struct bw_text text = bw_text_of(key == NULL ? "" : key);

    for (size_t i = 0; i < dispatcher->muted_count; i++) {
        const char *muted = dispatcher->muted[i];
        if (muted[0] == '*' ? bw_text_ends_with(text, bw_text_of(muted + 1))
                            : bw_text_equal(text, bw_text_of(muted)))
            return true;
    }
    return false;
}

/* A message's key is "SCOPE/KEY/NOTICE/WINDOW". */
static bool is_message_muted(const struct bw_dispatcher *dispatcher,
                             const struct bw_message *message)
{
    const char *slash = strchr(message->key, '/');
    char *key = strdup(slash == NULL ? message->key : slash + 1);

    if (key == NULL)
        return false;
    for (int parts = 0; parts < 2; parts++) {
        char *last = strrchr(key, '/');
        if (last != NULL)
            *last = '\0';
    }
    const bool is_it = is_muted(dispatcher, key);
    free(key);
    return is_it;
}

static bool was_seen(struct bw_dispatcher *dispatcher, uint64_t id)
{
    for (uint64_t i = 0; i < dispatcher->seen_count && i < SEEN_MAX; i++)
        if (dispatcher->seen[i] == id)
            return true;
    dispatcher->seen[dispatcher->seen_count++ % SEEN_MAX] = id;
    return false;
}

static void keep_recent(struct bw_dispatcher *dispatcher, struct bw_message *message)
{
    struct bw_message **place = &dispatcher->recent[dispatcher->recent_count++ % RECENT_MAX];

    bw_message_release(place);
    *place = bw_message_keep(message);
}

/* What is in a zone stays in the book until it is well. */
static void note_incident(struct bw_dispatcher *dispatcher, struct bw_message *message)
{
    size_t at = 0;

    if (message->type != BW_EVENT_ZONE)
        return;
    while (at < dispatcher->incident_count &&
           strcmp(dispatcher->incidents[at].message->key, message->key) != 0)
        at++;
    if (at < dispatcher->incident_count)
        bw_message_release(&dispatcher->incidents[at].message);
    if (message->zone == BW_ZONE_ACCEPTABLE) {
        if (at < dispatcher->incident_count)
            dispatcher->incidents[at] = dispatcher->incidents[--dispatcher->incident_count];
        return;
    }
    if (at == INCIDENTS_MAX)
        return;
    if (at == dispatcher->incident_count)
        dispatcher->incident_count++;
    dispatcher->incidents[at] = (struct incident){bw_message_keep(message), dispatcher->now_ms};
}

static bool wants(const struct bw_dispatcher_sink *sink, const struct bw_message *message)
{
    switch ((enum bw_event_type)message->type) {
    case BW_EVENT_ZONE:
        return sink->has_zones &&
               (message->zone >= sink->min_zone || message->previous >= sink->min_zone);
    case BW_EVENT_BLOCK: return sink->has_blocks;
    case BW_EVENT_NOTICE: return sink->has_notices;
    }
    return false;
}

static void put_all(struct bw_dispatcher *dispatcher, struct bw_message *message)
{
    for (size_t i = 0; i < dispatcher->way_count; i++)
        if (wants(&dispatcher->ways[i].options, message))
            bw_outbox_put(dispatcher->ways[i].outbox, message);
    dispatcher->has_changed = true;
}

void bw_dispatcher_take(struct bw_dispatcher *dispatcher, const struct bw_event *event)
{
    if (was_seen(dispatcher, event->id))
        return;
    struct bw_message *message = bw_message_of(event);
    if (message == NULL) {
        for (size_t i = 0; i < dispatcher->way_count; i++)
            dispatcher->ways[i].outbox->dropped++;
        return;
    }
    keep_recent(dispatcher, message);
    note_incident(dispatcher, message);
    if (!is_muted(dispatcher, event->key))
        put_all(dispatcher, message);
    dispatcher->has_changed = true;
    bw_message_release(&message);
}

static void answered(void *context, enum bw_sent sent, const char *fault, int64_t wait_s)
{
    struct way *way = context;

    way->is_busy = false;
    (void)snprintf(way->fault, sizeof(way->fault), "%s", fault == NULL ? "" : fault);
    if (sent == BW_SENT_LATER) {
        /* Receivers that failed together should not be tried together: up to a quarter more. */
        const int64_t more = way->wait_ms * (int64_t)(way->failed * 7 % 5) / 16;
        way->failed++;
        way->due_ms =
            way->dispatcher->now_ms +
            (wait_s > 0 && wait_s * 1000 > way->wait_ms ? wait_s * 1000 : way->wait_ms + more);
        way->wait_ms = way->wait_ms * 2 > WAIT_MAX_MS ? WAIT_MAX_MS : way->wait_ms * 2;
        return;
    }
    way->sent += sent == BW_SENT_DONE ? 1 : 0;
    way->refused += sent == BW_SENT_REFUSED ? 1 : 0;
    way->wait_ms = WAIT_FIRST_MS;
    way->due_ms = 0;
    bw_outbox_drop_first(way->outbox);
    way->dispatcher->has_changed = true;
}

static void remind(struct bw_dispatcher *dispatcher)
{
    for (size_t i = 0; i < dispatcher->incident_count; i++) {
        struct incident *incident = &dispatcher->incidents[i];

        if (incident->told_ms == 0)
            incident->told_ms = dispatcher->now_ms;
        if (dispatcher->remind_ms == 0 ||
            dispatcher->now_ms - incident->told_ms < dispatcher->remind_ms)
            continue;
        incident->told_ms = dispatcher->now_ms;
        struct bw_message *again = bw_message_remind(incident->message, dispatcher->now_ms);
        if (again != NULL && !is_message_muted(dispatcher, again))
            put_all(dispatcher, again);
        bw_message_release(&again);
    }
}

void bw_dispatcher_send(struct bw_dispatcher *dispatcher, int64_t now_ms)
{
    dispatcher->now_ms = now_ms;
    remind(dispatcher);
    for (size_t i = 0; i < dispatcher->way_count; i++) {
        struct way *way = &dispatcher->ways[i];
        /* A sink that answers at once gets all that waits; another one the first. */
        while (!way->is_busy && way->outbox->count > 0 && now_ms >= way->due_ms) {
            way->is_busy = true;
            way->sink->kind->send(way->sink, way->outbox->messages[0], answered, way);
        }
    }
}

bool bw_dispatcher_has_changed(struct bw_dispatcher *dispatcher)
{
    const bool has_changed = dispatcher->has_changed;

    dispatcher->has_changed = false;
    return has_changed;
}

bool bw_dispatcher_is_idle(const struct bw_dispatcher *dispatcher)
{
    for (size_t i = 0; i < dispatcher->way_count; i++)
        if (dispatcher->ways[i].is_busy || (dispatcher->ways[i].outbox->count > 0 &&
                                            dispatcher->ways[i].due_ms <= dispatcher->now_ms))
            return false;
    return true;
}

void bw_dispatcher_reopen(struct bw_dispatcher *dispatcher)
{
    for (size_t i = 0; i < dispatcher->way_count; i++)
        if (dispatcher->ways[i].sink->kind->reopen != NULL)
            dispatcher->ways[i].sink->kind->reopen(dispatcher->ways[i].sink);
}

void bw_dispatcher_save(const struct bw_dispatcher *dispatcher, struct bw_byte_writer *writer)
{
    const uint64_t recent =
        dispatcher->recent_count < RECENT_MAX ? dispatcher->recent_count : RECENT_MAX;
    const uint64_t seen = dispatcher->seen_count < SEEN_MAX ? dispatcher->seen_count : SEEN_MAX;

    bw_put_u8(writer, SAVE_VERSION);
    bw_put_u32(writer, (uint32_t)seen);
    for (uint64_t i = dispatcher->seen_count - seen; i < dispatcher->seen_count; i++)
        bw_put_u64(writer, dispatcher->seen[i % SEEN_MAX]);
    bw_put_u32(writer, (uint32_t)recent);
    for (uint64_t i = dispatcher->recent_count - recent; i < dispatcher->recent_count; i++)
        bw_message_save(dispatcher->recent[i % RECENT_MAX], writer);
    bw_put_u32(writer, (uint32_t)dispatcher->incident_count);
    for (size_t i = 0; i < dispatcher->incident_count; i++) {
        bw_put_i64(writer, dispatcher->incidents[i].told_ms);
        bw_message_save(dispatcher->incidents[i].message, writer);
    }
    bw_put_u32(writer, (uint32_t)dispatcher->way_count);
    for (size_t i = 0; i < dispatcher->way_count; i++) {
        const struct way *way = &dispatcher->ways[i];
        bw_put_text(writer, bw_text_of(way->options.name));
        bw_put_u64(writer, way->sent);
        bw_put_u64(writer, way->refused);
        bw_put_u64(writer, way->outbox->dropped);
        bw_put_u32(writer, (uint32_t)way->outbox->count);
        for (size_t j = 0; j < way->outbox->count; j++)
            bw_message_save(way->outbox->messages[j], writer);
    }
}

static struct way *find_way(struct bw_dispatcher *dispatcher, struct bw_text name)
{
    for (size_t i = 0; i < dispatcher->way_count; i++)
        if (bw_text_equal(name, bw_text_of(dispatcher->ways[i].options.name)))
            return &dispatcher->ways[i];
    return NULL;
}

/* Sinks that the configuration does not name any more are read over. */
static void load_way(struct bw_dispatcher *dispatcher, struct bw_byte_reader *reader)
{
    struct way *way = find_way(dispatcher, bw_take_text(reader));
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
        dispatcher->seen[dispatcher->seen_count++ % SEEN_MAX] = bw_take_u64(reader);
    for (uint32_t count = bw_take_u32(reader); count > 0 && !reader->is_broken; count--) {
        struct bw_message *message = bw_message_load(reader);
        if (message == NULL)
            reader->is_broken = true;
        else
            keep_recent(dispatcher, message);
        bw_message_release(&message);
    }
    for (uint32_t count = bw_take_u32(reader); count > 0 && !reader->is_broken; count--) {
        const int64_t told_ms = bw_take_i64(reader);
        struct bw_message *message = bw_message_load(reader);
        if (message == NULL)
            reader->is_broken = true;
        else if (dispatcher->incident_count < INCIDENTS_MAX)
            dispatcher->incidents[dispatcher->incident_count++] =
                (struct incident){bw_message_keep(message), told_ms};
        bw_message_release(&message);
    }
}

enum bw_status bw_dispatcher_load(struct bw_dispatcher *dispatcher, struct bw_text bytes)
{
    struct bw_byte_reader reader = {.rest = bytes};

    forget_all(dispatcher);
    if (bw_take_u8(&reader) != SAVE_VERSION)
        return BW_ERR_FORMAT;
    load_book(dispatcher, &reader);
    for (uint32_t count = bw_take_u32(&reader); count > 0 && !reader.is_broken; count--)
        load_way(dispatcher, &reader);
    dispatcher->has_changed = false;
    return reader.is_broken ? BW_ERR_FORMAT : BW_OK;
}

struct bw_text bw_dispatcher_recent(const struct bw_dispatcher *dispatcher, size_t index)
{
    if (index >= RECENT_MAX || index >= dispatcher->recent_count)
        return BW_TEXT("");
    const struct bw_message *message =
        dispatcher->recent[(dispatcher->recent_count - 1 - index) % RECENT_MAX];
    return (struct bw_text){message->json, message->size};
}

bool bw_dispatcher_row(const struct bw_dispatcher *dispatcher, size_t index,
                       struct bw_dispatcher_row *row)
{
    if (index >= dispatcher->way_count)
        return false;
    const struct way *way = &dispatcher->ways[index];
    *row = (struct bw_dispatcher_row){
        .name = way->options.name,
        .fault = way->fault[0] == '\0' ? NULL : way->fault,
        .sent = way->sent,
        .failed = way->failed,
        .refused = way->refused,
        .dropped = way->outbox->dropped,
        .queued = way->outbox->count,
    };
    return true;
}
