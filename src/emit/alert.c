#include "emit/alert.h"

#include "base/time_text.h"

#include <bouncewatch/event.h>

#include <stdlib.h>

/* A provider that blocks is told again after that time, when it still does. */
#define BLOCK_MS  ((int64_t)30 * 60 * 1000)
#define NOTICE_MS ((int64_t)60 * 60 * 1000)

/* The parts of a message's key, "SCOPE/KEY/NOTICE/WINDOW"; KEY may hold more of '/'. */
struct parts {
    struct bw_text scope, key, notice, window;
};

/* What stands behind the last '/', which goes with it. */
static struct bw_text cut_last(struct bw_text *text)
{
    const char *slash = text->size == 0 ? NULL : memrchr(text->bytes, '/', text->size);
    const size_t at = slash == NULL ? 0 : (size_t)(slash - text->bytes);
    const struct bw_text last = slash == NULL ? *text : bw_text_after(*text, at + 1);

    text->size = at;
    return last;
}

static struct parts parts_of(const struct bw_message *message)
{
    struct bw_text rest = bw_text_of(message->key);
    struct parts parts;

    parts.window = cut_last(&rest);
    parts.notice = cut_last(&rest);
    if (!bw_text_cut(&rest, BW_TEXT("/"), &parts.scope))
        parts.scope = BW_TEXT("");
    parts.key = rest;
    return parts;
}

static void put_alert(struct bw_json_writer *writer, const struct bw_message *message,
                      const char *name, const char *severity, int64_t end_ms)
{
    const struct parts parts = parts_of(message);
    char window[BW_WINDOW_TEXT_BYTES];
    char seconds[24] = "";

    (void)memcpy(seconds, parts.window.bytes,
                 parts.window.size < sizeof(seconds) ? parts.window.size : 0);
    const unsigned long window_s = strtoul(seconds, NULL, 10);
    bw_json_begin_object(writer);
    bw_json_key(writer, "labels");
    bw_json_begin_object(writer);
    bw_json_string_member(writer, "alertname", name);
    bw_json_text_member(writer, "scope", parts.scope);
    bw_json_text_member(writer, "key", parts.key);
    bw_json_text_member(writer, "notice", parts.notice);
    if (window_s > 0) {
        bw_window_format((uint32_t)window_s, window);
        bw_json_string_member(writer, "window", window);
    }
    bw_json_string_member(writer, "severity", severity);
    bw_json_end_object(writer);
    bw_json_key(writer, "annotations");
    bw_json_begin_object(writer);
    bw_json_string_member(writer, "summary", message->summary);
    bw_json_text_member(writer, "event", (struct bw_text){message->json, message->size});
    bw_json_end_object(writer);
    bw_json_key(writer, "startsAt");
    bw_json_time(writer, end_ms <= message->time_ms ? end_ms - 1 : message->time_ms);
    bw_json_key(writer, "endsAt");
    bw_json_time(writer, end_ms);
    bw_json_end_object(writer);
}

static const char *severity_of(uint8_t zone)
{
    return zone == BW_ZONE_BLOCKING ? "critical" : "warning";
}

static void put_zone(struct bw_json_writer *writer, const struct bw_message *message,
                     int64_t hold_ms)
{
    static const char name[] = "BouncewatchZone";

    if (message->previous != BW_ZONE_ACCEPTABLE && message->previous != message->zone)
        put_alert(writer, message, name, severity_of(message->previous), message->time_ms);
    if (message->zone != BW_ZONE_ACCEPTABLE)
        put_alert(writer, message, name, severity_of(message->zone), message->time_ms + hold_ms);
}

bool bw_alert_body(struct bw_json_writer *writer, const struct bw_message *message, int64_t hold_ms)
{
    bw_json_begin_array(writer);
    switch ((enum bw_event_type)message->type) {
    case BW_EVENT_ZONE: put_zone(writer, message, hold_ms); break;
    case BW_EVENT_BLOCK:
        put_alert(writer, message, "BouncewatchBlock", "critical", message->time_ms + BLOCK_MS);
        break;
    case BW_EVENT_NOTICE:
        put_alert(writer, message, "BouncewatchNotice", "info", message->time_ms + NOTICE_MS);
        break;
    }
    bw_json_end_array(writer);
    return !writer->is_broken;
}
