#include <bouncewatch/event.h>

#include <stdlib.h>

void bw_event_deinit(struct bw_event *event)
{
    for (uint8_t i = 0; i < event->sample_count; i++) {
        free(event->samples[i].text);
        free(event->samples[i].file);
    }
    free(event->key);
    free(event->sender);
    free(event->provider);
    free(event->domain);
    free(event->cause);
    free(event->action);
    free(event->notice);
    free(event->named);
    *event = (struct bw_event){0};
}

const char *bw_zone_name(enum bw_zone zone)
{
    switch (zone) {
    case BW_ZONE_ACCEPTABLE: return "acceptable";
    case BW_ZONE_WARNING: return "warning";
    case BW_ZONE_BLOCKING: return "blocking";
    case BW_ZONE_COUNT: break;
    }
    return "";
}

const char *bw_scope_name(enum bw_scope scope)
{
    switch (scope) {
    case BW_SCOPE_PROVIDER: return "provider";
    case BW_SCOPE_RECIPIENT_DOMAIN: return "recipient_domain";
    case BW_SCOPE_SENDER_DOMAIN: return "sender_domain";
    case BW_SCOPE_SENDER_PROVIDER: return "sender_provider";
    case BW_SCOPE_COUNT: break;
    }
    return "";
}

const char *bw_event_type_name(enum bw_event_type type)
{
    switch (type) {
    case BW_EVENT_ZONE: return "zone";
    case BW_EVENT_BLOCK: return "block";
    case BW_EVENT_NOTICE: return "notice";
    }
    return "";
}
