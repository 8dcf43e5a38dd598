/*
 * What to do first. The most urgent come first: the latest blocking zones, what
 * a provider says itself, a warning, and then the classes that fail most.
 */
#include "report/sections.h"

#define ADVICE_MAX  5
#define ABOUT_BYTES 512

struct advice_list {
    const struct bw_page *page;
    const char *actions[ADVICE_MAX];
    uint32_t count;
};

static bool is_full(const struct advice_list *list)
{
    return list->count == ADVICE_MAX;
}

static void add(struct advice_list *list, const char *about, const char *action, const char *cause)
{
    if (is_full(list) || action == NULL || action[0] == '\0')
        return;
    for (uint32_t i = 0; i < list->count; i++)
        if (strcmp(list->actions[i], action) == 0)
            return;
    if (list->count == 0)
        bw_page_title(list->page, "What to do first");
    list->actions[list->count++] = action;
    bw_page_print(list->page, BW_TONE_PLAIN, 5, "  %u. %s: %s", list->count, about, action);
    if (cause != NULL && cause[0] != '\0')
        bw_page_print(list->page, BW_TONE_DIM, 5, "     %s", cause);
}

static void add_zones(struct advice_list *list, enum bw_zone zone)
{
    const struct bw_snapshot *snapshot = list->page->snapshot;

    for (uint32_t i = snapshot->event_count; i > 0 && !is_full(list); i--) {
        const struct bw_event *event = &snapshot->events[i - 1];
        if (event->type == BW_EVENT_ZONE && event->zone == zone && event->zone > event->previous)
            add(list, event->key == NULL ? "all" : event->key, event->action, event->cause);
    }
}

static void add_blocks(struct advice_list *list)
{
    const struct bw_snapshot *snapshot = list->page->snapshot;

    for (uint32_t i = snapshot->event_count; i > 0 && !is_full(list); i--) {
        const struct bw_event *event = &snapshot->events[i - 1];
        char about[ABOUT_BYTES];
        if (event->type != BW_EVENT_BLOCK || event->key == NULL)
            continue;
        (void)snprintf(about, sizeof(about), "%s (%s)", event->key,
                       event->notice == NULL ? "block" : event->notice);
        add(list, about, event->action, event->cause);
    }
}

static void add_classes(struct advice_list *list)
{
    const struct bw_snapshot *snapshot = list->page->snapshot;

    for (uint32_t i = 0; i < snapshot->class_count && !is_full(list); i++) {
        const enum bw_class class_id = (enum bw_class)snapshot->classes[i].class_id;
        char about[ABOUT_BYTES];
        (void)snprintf(about, sizeof(about), "%s (%s)", bw_class_name(class_id),
                       bw_plain_count(snapshot->classes[i].count).text);
        add(list, about, bw_class_action(class_id), bw_class_cause(class_id));
    }
}

void bw_section_advice(const struct bw_page *page)
{
    struct advice_list list = {.page = page};

    add_zones(&list, BW_ZONE_BLOCKING);
    add_blocks(&list);
    add_zones(&list, BW_ZONE_WARNING);
    add_classes(&list);
}
