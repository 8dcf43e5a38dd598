#include "emit/dispatcher.h"

#include "emit/dispatcher_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_FIRST_MS 1000
#define WAIT_MAX_MS   300000

static bool copy_sink(struct bw_way *way, const struct bw_dispatcher_sink *sink)
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
        struct bw_way *way = &dispatcher->ways[dispatcher->way_count++];
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
    dispatcher->incidents = calloc(BW_INCIDENTS_MAX, sizeof(*dispatcher->incidents));
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

static bool has_place(const struct bw_dispatcher *dispatcher, const char *to)
{
    for (size_t i = 0; i < dispatcher->way_count; i++)
        if (strcmp(dispatcher->ways[i].options.to, to) == 0)
            return true;
    return false;
}

enum bw_status bw_dispatcher_probe(const struct bw_dispatcher *dispatcher,
                                   const struct bw_dispatcher *known, struct bw_problem *problem)
{
    for (size_t i = 0; i < dispatcher->way_count; i++) {
        const struct bw_way *way = &dispatcher->ways[i];
        if (way->sink->kind->probe == NULL || has_place(known, way->options.to))
            continue;
        const char *fault = way->sink->kind->probe(way->sink);
        if (fault == NULL)
            continue;
        bw_problem_set(problem, "", 0, "sinks: %s cannot be written: %s", way->options.to, fault);
        return BW_ERR_IO;
    }
    return BW_OK;
}

void bw_dispatcher_forget_all(struct bw_dispatcher *dispatcher)
{
    for (size_t i = 0; i < BW_RECENT_MAX; i++)
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
        bw_dispatcher_forget_all(dispatcher);
    for (size_t i = 0; i < dispatcher->way_count; i++) {
        struct bw_way *way = &dispatcher->ways[i];
        bw_sink_destroy(&way->sink);
        free((void *)(uintptr_t)way->options.name);
        free((void *)(uintptr_t)way->options.to);
        free((void *)(uintptr_t)way->options.secret);
        free(way->outbox);
    }
    for (size_t i = 0; i < dispatcher->muted_count; i++)
        free(dispatcher->muted[i]);
    bw_byte_writer_deinit(&dispatcher->changes);
    free(dispatcher->muted);
    free(dispatcher->ways);
    free(dispatcher->incidents);
    free(dispatcher);
}

/* "example.com", "news.example/gmail", or "*.example.com" for all that ends so. */
static bool is_key_muted(const struct bw_dispatcher *dispatcher, const char *key)
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
bool bw_dispatcher_is_muted(const struct bw_dispatcher *dispatcher,
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
    const bool is_it = is_key_muted(dispatcher, key);
    free(key);
    return is_it;
}

bool bw_dispatcher_was_seen(struct bw_dispatcher *dispatcher, uint64_t id)
{
    for (uint64_t i = 0; i < dispatcher->seen_count && i < BW_SEEN_MAX; i++)
        if (dispatcher->seen[i] == id)
            return true;
    dispatcher->seen[dispatcher->seen_count++ % BW_SEEN_MAX] = id;
    return false;
}

void bw_dispatcher_keep_recent(struct bw_dispatcher *dispatcher, struct bw_message *message)
{
    struct bw_message **place = &dispatcher->recent[dispatcher->recent_count++ % BW_RECENT_MAX];

    bw_message_release(place);
    *place = bw_message_keep(message);
}

/* What is in a zone stays in the book until it is well. */
void bw_dispatcher_note_incident(struct bw_dispatcher *dispatcher, struct bw_message *message)
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
    if (at == BW_INCIDENTS_MAX)
        return;
    if (at == dispatcher->incident_count)
        dispatcher->incident_count++;
    dispatcher->incidents[at] = (struct bw_incident){bw_message_keep(message), dispatcher->now_ms};
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

void bw_dispatcher_put_all(struct bw_dispatcher *dispatcher, struct bw_message *message)
{
    for (size_t i = 0; i < dispatcher->way_count; i++)
        if (wants(&dispatcher->ways[i].options, message))
            bw_outbox_put(dispatcher->ways[i].outbox, message);
}

void bw_dispatcher_take(struct bw_dispatcher *dispatcher, const struct bw_event *event)
{
    if (bw_dispatcher_was_seen(dispatcher, event->id))
        return;
    struct bw_message *message = bw_message_of(event);
    if (message == NULL) {
        for (size_t i = 0; i < dispatcher->way_count; i++)
            dispatcher->ways[i].outbox->dropped++;
        return;
    }
    bw_dispatcher_keep_recent(dispatcher, message);
    bw_dispatcher_note_incident(dispatcher, message);
    if (!is_key_muted(dispatcher, event->key))
        bw_dispatcher_put_all(dispatcher, message);
    bw_dispatcher_note_taken(dispatcher, message);
    bw_message_release(&message);
}

static void answered(void *context, enum bw_sent sent, const char *fault, int64_t wait_s)
{
    struct bw_way *way = context;

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
    bw_dispatcher_note_sent(way->dispatcher, way, way->outbox->messages[0]->id,
                            sent == BW_SENT_REFUSED);
    bw_outbox_drop(way->outbox, way->outbox->messages[0]->id);
}

void bw_dispatcher_tell_again(struct bw_dispatcher *dispatcher, struct bw_incident *incident,
                              int64_t now_ms)
{
    struct bw_message *again = bw_message_remind(incident->message, now_ms);

    incident->told_ms = now_ms;
    if (again != NULL && !bw_dispatcher_is_muted(dispatcher, again))
        bw_dispatcher_put_all(dispatcher, again);
    bw_message_release(&again);
}

static void remind(struct bw_dispatcher *dispatcher)
{
    for (size_t i = 0; i < dispatcher->incident_count; i++) {
        struct bw_incident *incident = &dispatcher->incidents[i];

        if (incident->told_ms == 0)
            incident->told_ms = dispatcher->now_ms;
        if (dispatcher->remind_ms == 0 ||
            dispatcher->now_ms - incident->told_ms < dispatcher->remind_ms)
            continue;
        bw_dispatcher_tell_again(dispatcher, incident, dispatcher->now_ms);
        bw_dispatcher_note_told_again(dispatcher, incident);
    }
}

void bw_dispatcher_send(struct bw_dispatcher *dispatcher, int64_t now_ms)
{
    dispatcher->now_ms = now_ms;
    remind(dispatcher);
    for (size_t i = 0; i < dispatcher->way_count; i++) {
        struct bw_way *way = &dispatcher->ways[i];
        /* A sink that answers at once gets all that waits; another one the first. */
        while (!way->is_busy && way->outbox->count > 0 && now_ms >= way->due_ms) {
            way->is_busy = true;
            way->sink->kind->send(way->sink, way->outbox->messages[0], answered, way);
        }
    }
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

struct bw_text bw_dispatcher_recent(const struct bw_dispatcher *dispatcher, size_t index)
{
    if (index >= BW_RECENT_MAX || index >= dispatcher->recent_count)
        return BW_TEXT("");
    const struct bw_message *message =
        dispatcher->recent[(dispatcher->recent_count - 1 - index) % BW_RECENT_MAX];
    return (struct bw_text){message->json, message->size};
}

bool bw_dispatcher_row(const struct bw_dispatcher *dispatcher, size_t index,
                       struct bw_dispatcher_row *row)
{
    if (index >= dispatcher->way_count)
        return false;
    const struct bw_way *way = &dispatcher->ways[index];
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
