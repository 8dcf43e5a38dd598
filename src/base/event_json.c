#include "base/event_json.h"

#include "base/time_text.h"

#include <inttypes.h>

static void window_member(struct bw_json_writer *writer, uint32_t window_s)
{
    char text[BW_WINDOW_TEXT_BYTES];

    if (window_s == 0)
        return;
    bw_window_format(window_s, text);
    bw_json_string_member(writer, "window", text);
}

static void decimal_member(struct bw_json_writer *writer, const char *key, double number)
{
    bw_json_key(writer, key);
    bw_json_decimal(writer, number, 4);
}

static void zone_members(struct bw_json_writer *writer, const struct bw_event *event)
{
    window_member(writer, event->window_s);
    bw_json_string_member(writer, "zone", bw_zone_name((enum bw_zone)event->zone));
    bw_json_string_member(writer, "previous", bw_zone_name((enum bw_zone)event->previous));
    bw_json_uint_member(writer, "delivered", event->delivered);
    bw_json_uint_member(writer, "hard", event->hard);
    bw_json_uint_member(writer, "recipient", event->recipient);
    bw_json_uint_member(writer, "block", event->block);
    decimal_member(writer, "rate", event->rate);
    decimal_member(writer, "lower", event->lower);
    decimal_member(writer, "upper", event->upper);
    decimal_member(writer, "limit", event->limit);
    bw_json_key(writer, "classes");
    bw_json_begin_array(writer);
    for (uint8_t i = 0; i < event->class_count; i++) {
        bw_json_begin_object(writer);
        bw_json_string_member(writer, "class",
                              bw_class_name((enum bw_class)event->classes[i].class_id));
        bw_json_uint_member(writer, "count", event->classes[i].count);
        bw_json_string_member(writer, "rule", event->classes[i].rule);
        bw_json_end_object(writer);
    }
    bw_json_end_array(writer);
}

static void sample_members(struct bw_json_writer *writer, const struct bw_event *event)
{
    bw_json_key(writer, "samples");
    bw_json_begin_array(writer);
    for (uint8_t i = 0; i < event->sample_count; i++) {
        const struct bw_event_sample *sample = &event->samples[i];

        bw_json_begin_object(writer);
        bw_json_text_member(writer, "text", (struct bw_text){sample->text, sample->text_size});
        bw_json_uint_member(writer, "count", sample->count);
        bw_json_string_member(writer, "file", sample->file);
        bw_json_uint_member(writer, "line", sample->line);
        bw_json_end_object(writer);
    }
    bw_json_end_array(writer);
}

static void notice_members(struct bw_json_writer *writer, const struct bw_event *event)
{
    bw_json_string_member(writer, "notice", event->notice);
    bw_json_string_member(writer, "key", event->key);
    if (event->value > 0)
        bw_json_uint_member(writer, "value", event->value);
    if (event->threshold > 0)
        bw_json_uint_member(writer, "threshold", event->threshold);
}

static void key_members(struct bw_json_writer *writer, const struct bw_event *event)
{
    bw_json_string_member(writer, "scope", bw_scope_name((enum bw_scope)event->scope));
    bw_json_string_member(writer, "key", event->key);
    bw_json_string_member(writer, "sender", event->sender);
    bw_json_string_member(writer, "provider", event->provider);
    bw_json_string_member(writer, "domain", event->domain);
}

void bw_event_json(struct bw_json_writer *writer, const struct bw_event *event)
{
    char id[20];

    (void)snprintf(id, sizeof(id), "%016" PRIx64, event->id);
    bw_json_begin_object(writer);
    bw_json_string_member(writer, "type", bw_event_type_name((enum bw_event_type)event->type));
    bw_json_string_member(writer, "id", id);
    if (event->time_ms != INT64_MIN) {
        bw_json_key(writer, "time");
        bw_json_time(writer, event->time_ms);
    }
    switch ((enum bw_event_type)event->type) {
    case BW_EVENT_ZONE:
        key_members(writer, event);
        zone_members(writer, event);
        sample_members(writer, event);
        break;
    case BW_EVENT_BLOCK:
        key_members(writer, event);
        bw_json_string_member(writer, "class", event->notice);
        bw_json_string_member(writer, "named", event->named);
        sample_members(writer, event);
        break;
    case BW_EVENT_NOTICE: notice_members(writer, event); break;
    }
    bw_json_string_member(writer, "cause", event->cause);
    bw_json_string_member(writer, "action", event->action);
    bw_json_end_object(writer);
}
