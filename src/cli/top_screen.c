#include "cli/top_screen.h"

#include "report/plain_text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MIN 40
#define COLUMNS_MAX 500
#define WORST_MAX   10
#define EVENTS_MAX  10

enum color { COLOR_NONE, COLOR_DIM, COLOR_BOLD, COLOR_YELLOW, COLOR_RED };

struct screen {
    const struct bw_top_view *view;
    FILE *out;
    int columns, rows_left;
};

/* One line, cut to the terminal, without anything that would move the cursor. */
__attribute__((format(printf, 3, 4))) static void put(struct screen *screen, enum color color,
                                                      const char *format, ...)
{
    static const char *const codes[] = {"", "\x1b[2m", "\x1b[1m", "\x1b[1;33m", "\x1b[1;31m"};
    char text[2048];
    char plain[BW_PLAIN_BYTES(COLUMNS_MAX)];
    va_list arguments;

    if (screen->rows_left == 0)
        return;
    screen->rows_left--;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)bw_plain_text(bw_text_of(text), (uint32_t)screen->columns, plain);
    if (!screen->view->has_utf8)
        for (char *byte = plain; *byte != '\0'; byte++)
            if ((unsigned char)*byte >= 0x80)
                *byte = '?';
    const bool is_colored = screen->view->has_color && color != COLOR_NONE;
    (void)fprintf(screen->out, "%s%s%s\n", is_colored ? codes[color] : "", plain,
                  is_colored ? "\x1b[0m" : "");
}

static const char *string_of(const json_t *object, const char *name)
{
    const char *string = json_string_value(json_object_get(object, name));

    return string == NULL ? "" : string;
}

static uint64_t count_of(const json_t *object, const char *name)
{
    const json_int_t number = json_integer_value(json_object_get(object, name));

    return number < 0 ? 0 : (uint64_t)number;
}

static double number_of(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

/* "2026-05-01T09:14:00.000Z" -> "05-01 09:14:00". */
static void short_time(const char *time, char text[16])
{
    text[0] = '\0';
    if (strlen(time) >= 19)
        (void)snprintf(text, 16, "%.5s %.8s", time + 5, time + 11);
}

static enum color color_of(const char *zone)
{
    if (strcmp(zone, "blocking") == 0)
        return COLOR_RED;
    return strcmp(zone, "warning") == 0 ? COLOR_YELLOW : COLOR_NONE;
}

static void put_head(struct screen *screen, const json_t *zones)
{
    char log_time[16];
    const json_t *lines = json_object_get(zones, "lines");

    short_time(string_of(zones, "log_time"), log_time);
    put(screen, COLOR_BOLD, "bouncewatch %s  %s lines  %.0f lines/s  %.0f outcomes/s  log %s%s",
        string_of(zones, "bouncewatch"), bw_plain_count(count_of(lines, "total")).text,
        number_of(zones, "lines_per_s"), number_of(zones, "outcomes_per_s"),
        log_time[0] == '\0' ? "has no time yet" : log_time,
        screen->view->is_paused ? "  PAUSED" : "");
    if (screen->view->fault != NULL)
        put(screen, COLOR_RED, "no news: %s", screen->view->fault);
}

/* A list in one line: texts that are added until it is full. */
struct list {
    char text[1024];
    size_t size;
    bool is_bad;
};

__attribute__((format(printf, 2, 3))) static void list_add(struct list *list, const char *format,
                                                           ...)
{
    va_list arguments;

    va_start(arguments, format);
    const int size =
        vsnprintf(list->text + list->size, sizeof(list->text) - list->size, format, arguments);
    va_end(arguments);
    list->size += size < 0 ? 0 : (size_t)size;
    if (list->size >= sizeof(list->text))
        list->size = sizeof(list->text) - 1;
}

static void add_input(struct list *list, const json_t *input)
{
    const char *path = string_of(input, "path");
    const char *slash = strstr(path, "://") == NULL ? strrchr(path, '/') : NULL;
    const char *fault = string_of(input, "fault");
    const uint64_t lag = count_of(input, "lag");
    const uint64_t dropped = count_of(input, "dropped");

    if (strcmp(string_of(input, "state"), "rotated") == 0)
        return;
    list_add(list, "%s%s", list->size == 0 ? "" : "  ", slash == NULL ? path : slash + 1);
    if (lag > 0)
        list_add(list, " (%s bytes behind)", bw_plain_count(lag).text);
    if (dropped > 0)
        list_add(list, " (%s dropped)", bw_plain_count(dropped).text);
    if (fault[0] != '\0')
        list_add(list, " (%s)", fault);
    list->is_bad = list->is_bad || dropped > 0 || fault[0] != '\0';
}

static void add_sink(struct list *list, const json_t *sink)
{
    const char *fault = string_of(sink, "fault");

    list_add(list, "%s%s sent %s", list->size == 0 ? "" : "  ", string_of(sink, "name"),
             bw_plain_count(count_of(sink, "sent")).text);
    if (count_of(sink, "queued") > 0)
        list_add(list, " waiting %s", bw_plain_count(count_of(sink, "queued")).text);
    if (fault[0] != '\0')
        list_add(list, ": %s", fault);
    list->is_bad = list->is_bad || fault[0] != '\0' || count_of(sink, "dropped") > 0;
}

/* What is lost, and how the sources and the sinks are: in red when it is not well. */
static void put_health(struct screen *screen, const json_t *zones)
{
    const json_t *drops = json_object_get(zones, "drops");
    struct list inputs = {.size = 0};
    struct list sinks = {.size = 0};
    const json_t *item;
    size_t index;

    json_array_foreach(json_object_get(zones, "inputs"), index, item) add_input(&inputs, item);
    json_array_foreach(json_object_get(zones, "sinks"), index, item) add_sink(&sinks, item);
    put(screen, inputs.is_bad ? COLOR_RED : COLOR_DIM, "in:  %s",
        inputs.size == 0 ? "nothing" : inputs.text);
    put(screen, sinks.is_bad ? COLOR_RED : COLOR_DIM, "out: %s",
        sinks.size == 0 ? "nowhere" : sinks.text);
    const uint64_t datagrams = count_of(drops, "kernel") + count_of(drops, "queue");
    const uint64_t cut = count_of(drops, "cut");
    const uint64_t keys = count_of(drops, "keys");
    if (datagrams + cut + keys > 0)
        put(screen, COLOR_RED, "lost: %s datagrams, %s cut lines, %s keys",
            bw_plain_count(datagrams).text, bw_plain_count(cut).text, bw_plain_count(keys).text);
}

static bool is_row(const json_t *row, const char *scope, const char *window)
{
    return (scope == NULL || strcmp(string_of(row, "scope"), scope) == 0) &&
           (window == NULL || strcmp(string_of(row, "window"), window) == 0);
}

static void put_rate_row(struct screen *screen, const json_t *row, int name_columns)
{
    char name[BW_PLAIN_BYTES(COLUMNS_MAX)];

    const int used =
        (int)bw_plain_text(bw_text_of(string_of(row, "key")), (uint32_t)name_columns, name);
    put(screen, color_of(string_of(row, "zone")), "%s%*s %11s %9s %8s %8s %7s  %s", name,
        name_columns - used, "", bw_plain_count(count_of(row, "delivered")).text,
        bw_plain_count(count_of(row, "hard")).text, bw_plain_percent(number_of(row, "rate")).text,
        bw_plain_percent(number_of(row, "lower")).text,
        bw_plain_percent(number_of(row, "limit")).text, string_of(row, "zone"));
}

/* Numbers take 50 columns and the zone 12. */
static int name_columns_of(const struct screen *screen)
{
    const int left = screen->columns - 62;

    return left < 12 ? 12 : left > 40 ? 40 : left;
}

static void put_table(struct screen *screen, const json_t *zones, const char *scope,
                      const char *title, int most)
{
    const json_t *row;
    size_t index;
    const int name_columns = name_columns_of(screen);

    put(screen, COLOR_BOLD, "%-*s %11s %9s %8s %8s %7s  %s", name_columns, title, "delivered",
        "hard", "rate", "at least", "limit", "zone");
    json_array_foreach(json_object_get(zones, "zones"), index, row)
    {
        if (most == 0 || !is_row(row, scope, screen->view->window))
            continue;
        put_rate_row(screen, row, name_columns);
        most--;
    }
}

static int count_rows(const json_t *zones, const char *scope, const char *window)
{
    const json_t *row;
    size_t index;
    int count = 0;

    json_array_foreach(json_object_get(zones, "zones"), index, row) count +=
        is_row(row, scope, window) ? 1 : 0;
    return count;
}

static bool is_in_zone(const json_t *row)
{
    const char *zone = string_of(row, "zone");

    return strcmp(zone, "warning") == 0 || strcmp(zone, "blocking") == 0;
}

/* What is not well, of any window: since when, and what of. */
static void put_zones(struct screen *screen, const json_t *zones, int most)
{
    const json_t *row;
    size_t index;
    int shown = 0;

    json_array_foreach(json_object_get(zones, "zones"), index, row)
    {
        char since[16];
        if (!is_in_zone(row) || shown == most)
            continue;
        if (shown++ == 0)
            put(screen, COLOR_BOLD, "IN A ZONE");
        const json_t *worst = json_array_get(json_object_get(row, "classes"), 0);
        short_time(string_of(row, "since"), since);
        put(screen, color_of(string_of(row, "zone")), "  %s  %s %s  %s of %s  since %s  %s",
            string_of(row, "zone"), string_of(row, "key"), string_of(row, "window"),
            bw_plain_percent(number_of(row, "rate")).text,
            bw_plain_count(count_of(row, "delivered") + count_of(row, "hard")).text,
            since[0] == '\0' ? "the start" : since, string_of(worst, "class"));
    }
    if (shown == 0)
        put(screen, COLOR_NONE, "Nothing is in a warning or blocking zone.");
}

static void put_events(struct screen *screen, const json_t *zones, int most)
{
    const json_t *event;
    size_t index;

    if (json_array_size(json_object_get(zones, "events")) > 0)
        put(screen, COLOR_BOLD, "LAST EVENTS");
    json_array_foreach(json_object_get(zones, "events"), index, event)
    {
        char time[16];
        const char *zone = string_of(event, "zone");
        const char *notice = string_of(event, "notice");
        if ((int)index == most)
            break;
        short_time(string_of(event, "time"), time);
        put(screen, color_of(zone), "  %s  %s %s  %s", time,
            zone[0] != '\0'     ? zone
            : notice[0] != '\0' ? notice
                                : string_of(event, "class"),
            string_of(event, "key"), string_of(event, "cause"));
    }
}

const char *bw_top_next_window(const json_t *zones, const char *window)
{
    const json_t *windows = json_object_get(zones, "windows");
    const size_t count = json_array_size(windows);
    size_t index = 0;

    while (window != NULL && index < count &&
           strcmp(json_string_value(json_array_get(windows, index)), window) != 0)
        index++;
    return count == 0 ? NULL
                      : json_string_value(json_array_get(
                            windows, window == NULL || index >= count ? 0 : (index + 1) % count));
}

void bw_top_screen(const json_t *zones, const struct bw_top_view *view, FILE *out)
{
    struct bw_top_view own = *view;
    struct screen screen = {
        .view = &own,
        .out = out,
        .columns = view->columns < COLUMNS_MIN   ? COLUMNS_MIN
                   : view->columns > COLUMNS_MAX ? COLUMNS_MAX
                                                 : view->columns,
        .rows_left = view->rows <= 0 ? 100000 : view->rows,
    };

    if (own.window == NULL)
        own.window = bw_top_next_window(zones, NULL);
    if (zones == NULL) {
        put(&screen, COLOR_RED, "bouncewatch: %s", view->fault == NULL ? "" : view->fault);
        return;
    }
    put_head(&screen, zones);
    put_health(&screen, zones);
    put(&screen, COLOR_NONE, " ");
    /* What needs an eye comes first and whole, as far as that goes. */
    put_zones(&screen, zones, view->rows <= 0 ? 1000 : screen.rows_left / 3);
    put(&screen, COLOR_NONE, " ");
    char title[64];
    (void)snprintf(title, sizeof(title), "PROVIDER %s", own.window == NULL ? "" : own.window);
    const int providers = count_rows(zones, "provider", own.window);
    put_table(&screen, zones, "provider", title,
              view->rows <= 0 || providers < screen.rows_left / 2 ? providers
                                                                  : screen.rows_left / 2);
    put(&screen, COLOR_NONE, " ");
    const int events = screen.rows_left / 2 < EVENTS_MAX ? screen.rows_left / 2 : EVENTS_MAX;
    const int domains = screen.rows_left - events - 3;
    if (domains > 1)
        put_table(&screen, zones, "recipient_domain", "DOMAIN",
                  domains < WORST_MAX ? domains : WORST_MAX);
    put_events(&screen, zones, events);
}
