#include "emit/message.h"

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/event_json.h"
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>

static const char *or_nothing(const char *text)
{
    return text == NULL ? "" : text;
}

/* "gmail is in the blocking zone: 6.2 % of 1,000 in 3600 s bounced; <action>" in the event's own
 * words, without what a line cannot hold. */
static char *summary_of(const struct bw_event *event)
{
    char *summary = NULL;
    int size = -1;

    if (event->type == BW_EVENT_ZONE)
        size = asprintf(&summary, "%s %s: %s zone (was %s), %.1f %% of %llu hard in %us. %s %s",
                        bw_scope_name((enum bw_scope)event->scope), or_nothing(event->key),
                        bw_zone_name((enum bw_zone)event->zone),
                        bw_zone_name((enum bw_zone)event->previous), event->rate * 100.0,
                        (unsigned long long)event->delivered + event->hard, event->window_s,
                        or_nothing(event->cause), or_nothing(event->action));
    else
        size = asprintf(&summary, "%s %s: %s %s", or_nothing(event->notice), or_nothing(event->key),
                        or_nothing(event->cause), or_nothing(event->action));
    if (size < 0)
        return NULL;
    for (char *byte = summary; *byte != '\0'; byte++)
        if ((uint8_t)*byte < ' ' || *byte == 0x7F)
            *byte = ' ';
    return summary;
}

struct bw_message *bw_message_of(const struct bw_event *event)
{
    struct bw_json_writer writer = {0};
    struct bw_message *message = calloc(1, sizeof(*message));

    if (message == NULL)
        return NULL;
    bw_event_json(&writer, event);
    *message = (struct bw_message){
        .json = writer.bytes, /* the writer's memory, taken over */
        .size = writer.size,
        .summary = summary_of(event),
        .id = event->id,
        .time_ms = event->time_ms,
        .references = 1,
        .type = event->type,
        .zone = event->zone,
        .previous = event->previous,
    };
    if (asprintf(&message->key, "%s/%s/%s/%u", bw_scope_name((enum bw_scope)event->scope),
                 or_nothing(event->key), or_nothing(event->notice), event->window_s) < 0)
        message->key = NULL;
    if (writer.is_broken || message->key == NULL || message->summary == NULL)
        bw_message_release(&message);
    return message;
}

struct bw_message *bw_message_remind(const struct bw_message *message, int64_t now_ms)
{
    struct bw_message *again = calloc(1, sizeof(*again));
    int size = -1;

    if (again == NULL)
        return NULL;
    *again = *message;
    again->references = 1;
    again->is_reminder = true;
    again->id = bw_hash_pair(message->id, (uint64_t)now_ms);
    again->time_ms = now_ms;
    again->key = strdup(message->key);
    again->summary = strdup(message->summary);
    again->json = NULL;
    /* The object is the one that was told, and says that it was. */
    if (message->size > 0)
        size = asprintf(&again->json, "%.*s,\"reminder\":true}", (int)message->size - 1,
                        message->json);
    again->size = size < 0 ? 0 : (size_t)size;
    if (size < 0 || again->key == NULL || again->summary == NULL) {
        again->json = size < 0 ? NULL : again->json;
        bw_message_release(&again);
    }
    return again;
}

struct bw_message *bw_message_keep(struct bw_message *message)
{
    message->references++;
    return message;
}

void bw_message_release(struct bw_message **owned)
{
    struct bw_message *message = *owned;

    *owned = NULL;
    if (message == NULL || --message->references > 0)
        return;
    free(message->json);
    free(message->key);
    free(message->summary);
    free(message);
}

void bw_message_save(const struct bw_message *message, struct bw_byte_writer *writer)
{
    bw_put_text(writer, (struct bw_text){message->json, message->size});
    bw_put_text(writer, bw_text_of(message->key));
    bw_put_text(writer, bw_text_of(message->summary));
    bw_put_u64(writer, message->id);
    bw_put_i64(writer, message->time_ms);
    bw_put_u8(writer, message->type);
    bw_put_u8(writer, message->zone);
    bw_put_u8(writer, message->previous);
    bw_put_u8(writer, message->is_reminder ? 1 : 0);
}

struct bw_message *bw_message_load(struct bw_byte_reader *reader)
{
    const struct bw_text json = bw_take_text(reader);
    const struct bw_text key = bw_take_text(reader);
    const struct bw_text summary = bw_take_text(reader);
    struct bw_message *message = calloc(1, sizeof(*message));

    if (message == NULL)
        return NULL;
    *message = (struct bw_message){.references = 1, .size = json.size};
    message->id = bw_take_u64(reader);
    message->time_ms = bw_take_i64(reader);
    message->type = bw_take_u8(reader);
    message->zone = bw_take_u8(reader);
    message->previous = bw_take_u8(reader);
    message->is_reminder = bw_take_u8(reader) != 0;
    message->json = strndup(json.size == 0 ? "" : json.bytes, json.size);
    message->key = strndup(key.size == 0 ? "" : key.bytes, key.size);
    message->summary = strndup(summary.size == 0 ? "" : summary.bytes, summary.size);
    if (reader->is_broken || json.size == 0 || message->json == NULL || message->key == NULL ||
        message->summary == NULL || message->type > BW_EVENT_NOTICE ||
        message->zone >= BW_ZONE_COUNT)
        bw_message_release(&message);
    return message;
}
