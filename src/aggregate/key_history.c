#include "aggregate/key_history.h"

#include "base/check.h"

#include <string.h>

#define FIRST_CAPACITY 1U

/* An array of the history in which [start, end) of `capacity` elements are in use. */
struct array {
    void *elements;
    size_t size; /* of an element */
    uint32_t start, end, capacity;
};

/* Make room behind the end: move to the front what is kept, or grow. */
static bool make_room(struct array *array, struct bw_block_pool *pool)
{
    const size_t kept = (array->end - array->start) * array->size;

    if (array->end < array->capacity)
        return true;
    const bool is_half_empty = array->start >= array->capacity / 2 && array->start > 0;
    void *target = array->elements;
    if (!is_half_empty) {
        const uint32_t grown = array->capacity == 0 ? FIRST_CAPACITY : array->capacity * 2;
        target = bw_block_pool_take(pool, grown * array->size);
        if (target == NULL)
            return false;
    }
    if (kept > 0)
        (void)memmove(target, (char *)array->elements + array->start * array->size, kept);
    if (!is_half_empty) {
        bw_block_pool_give(pool, array->elements, array->capacity * array->size);
        array->capacity = array->capacity == 0 ? FIRST_CAPACITY : array->capacity * 2;
    }
    array->elements = target;
    array->end -= array->start;
    array->start = 0;
    return true;
}

static bool make_minute_room(struct bw_key_history *history, const struct bw_history_means *means)
{
    struct array array = {history->minutes, sizeof(*history->minutes), history->start, history->end,
                          history->capacity};

    if (!make_room(&array, means->pool))
        return false;
    for (uint32_t window = 0; window < means->options.window_count; window++)
        history->windows[window].tail -= history->start - array.start;
    history->minutes = array.elements;
    history->start = array.start;
    history->end = array.end;
    history->capacity = array.capacity;
    return true;
}

static bool make_failure_room(struct bw_key_history *history, struct bw_block_pool *pool)
{
    struct array array = {history->failures, sizeof(*history->failures), history->failure_start,
                          history->failure_end, history->failure_capacity};

    if (!make_room(&array, pool))
        return false;
    history->failures = array.elements;
    history->failure_start = array.start;
    history->failure_end = array.end;
    history->failure_capacity = array.capacity;
    return true;
}

void bw_key_history_init(struct bw_key_history *history, const struct bw_history_means *means)
{
    history->advanced_minute = INT64_MIN;
    history->newest_minute = INT64_MIN;
    for (uint32_t window = 0; window < means->options.window_count; window++)
        history->windows[window].tail_minute = INT64_MAX;
}

/* Entries that a window has passed stay behind its tail. */
static void note_insertion(struct bw_key_history *history, uint32_t window_count, uint32_t index,
                           int64_t minute)
{
    for (uint32_t i = 0; i < window_count; i++) {
        struct bw_window *window = &history->windows[i];
        if (window->tail > index)
            window->tail++;
        else if (window->tail == index)
            window->tail_minute = minute;
    }
}

/* The entry of this minute, made when it is not there; usually the newest one, and then nothing of
 * the older ones, which are far away in memory, is looked at. */
static struct bw_minute *minute_of(struct bw_key_history *history,
                                   const struct bw_history_means *means, int64_t minute)
{
    uint32_t index = history->end;

    if (minute <= history->newest_minute) {
        while (index > history->start && history->minutes[index - 1].minute > minute)
            index--;
        if (index > history->start && history->minutes[index - 1].minute == minute)
            return &history->minutes[index - 1];
    }
    const uint32_t from_end = history->end - index;
    if (!make_minute_room(history, means))
        return NULL;
    index = history->end - from_end;
    if (from_end > 0)
        (void)memmove(&history->minutes[index + 1], &history->minutes[index],
                      from_end * sizeof(*history->minutes));
    else
        history->newest_minute = minute;
    history->minutes[index] = (struct bw_minute){.minute = minute};
    history->end++;
    note_insertion(history, means->options.window_count, index, minute);
    return &history->minutes[index];
}

/* Move the tail to `index`. */
static void set_tail(const struct bw_key_history *history, struct bw_window *window, uint32_t index)
{
    window->tail = index;
    window->tail_minute = index == history->end ? INT64_MAX : history->minutes[index].minute;
}

/* What one outcome is, each 0 or 1. */
struct share {
    uint32_t delivered, hard, expired, recipient, block;
};

static struct share share_of(const struct bw_count *count)
{
    const bool is_hard = count->kind == BW_COUNT_HARD;

    return (struct share){
        .delivered = count->kind == BW_COUNT_DELIVERED,
        .hard = is_hard,
        .expired = count->kind == BW_COUNT_EXPIRED,
        .recipient =
            is_hard && (count->fault == BW_FAULT_RECIPIENT || count->fault == BW_FAULT_RCPT_DOMAIN),
        .block =
            is_hard && (count->fault == BW_FAULT_SENDER_IP ||
                        count->fault == BW_FAULT_SENDER_DOMAIN || count->fault == BW_FAULT_CONTENT),
    };
}

static void add_to(struct bw_window_counts *sum, const struct share *share)
{
    sum->delivered += share->delivered;
    sum->hard += share->hard;
    sum->expired += share->expired;
    sum->recipient += share->recipient;
    sum->block += share->block;
}

static bool add_failure(struct bw_key_history *history, struct bw_block_pool *pool, int64_t minute,
                        const struct bw_count *count)
{
    uint32_t index = history->failure_end;

    while (index > history->failure_start && history->failures[index - 1].minute >= minute) {
        struct bw_minute_failures *found = &history->failures[index - 1];
        if (found->minute == minute && found->rule == count->rule &&
            found->diagnostic == count->diagnostic && found->class_id == count->class_id) {
            found->count++;
            found->line = count->line;
            found->input = count->input;
            return true;
        }
        index--;
    }
    while (index < history->failure_end && history->failures[index].minute == minute)
        index++;
    const uint32_t from_end = history->failure_end - index;
    if (!make_failure_room(history, pool))
        return false;
    index = history->failure_end - from_end;
    (void)memmove(&history->failures[index + 1], &history->failures[index],
                  from_end * sizeof(*history->failures));
    history->failures[index] = (struct bw_minute_failures){
        .minute = minute,
        .line = count->line,
        .input = count->input,
        .diagnostic = count->diagnostic,
        .count = 1,
        .rule = count->rule,
        .class_id = count->class_id,
    };
    history->failure_end++;
    return true;
}

/* One more delivery in the newest minute, which every window holds: most of what happens. */
static void add_delivered(struct bw_key_history *history, uint32_t window_count)
{
    history->minutes[history->end - 1].delivered++;
    for (uint32_t window = 0; window < window_count; window++)
        history->windows[window].sum.delivered++;
}

bool bw_key_history_add(struct bw_key_history *history, const struct bw_history_means *means,
                        int64_t minute, int64_t now_minute, const struct bw_count *count)
{
    if (count->kind == BW_COUNT_DELIVERED && minute == history->newest_minute &&
        minute >= now_minute) {
        add_delivered(history, means->options.window_count);
        return true;
    }
    if (history->end == history->capacity)
        bw_key_history_advance(history, means, now_minute);
    /* A late minute may have to leave again in the very minute that was asked for before. */
    if (minute < now_minute)
        history->advanced_minute = INT64_MIN;
    struct bw_minute *entry = minute_of(history, means, minute);
    if (entry == NULL ||
        (count->kind == BW_COUNT_HARD && !add_failure(history, means->pool, minute, count)))
        return false;

    const struct share share = share_of(count);
    entry->delivered += share.delivered;
    entry->hard += share.hard;
    entry->expired += share.expired;
    entry->recipient += share.recipient;
    entry->block += share.block;
    const uint32_t index = (uint32_t)(entry - history->minutes);
    for (uint32_t window = 0; window < means->options.window_count; window++)
        if (index >= history->windows[window].tail)
            add_to(&history->windows[window].sum, &share);
    return true;
}

bool bw_key_history_class(struct bw_key_history *history, const struct bw_history_means *means,
                          const struct bw_count *count)
{
    const uint8_t bounce = count->kind == BW_COUNT_SOFT ? BW_BOUNCE_SOFT : BW_BOUNCE_HARD;

    for (uint32_t i = 0; i < history->class_count; i++) {
        if (history->classes[i].class_id != count->class_id || history->classes[i].bounce != bounce)
            continue;
        history->classes[i].count++;
        return true;
    }
    if (history->class_count == history->class_capacity) {
        struct array array = {history->classes, sizeof(*history->classes), 0, history->class_count,
                              history->class_capacity};
        if (!make_room(&array, means->pool))
            return false;
        history->classes = array.elements;
        history->class_capacity = array.capacity;
    }
    history->classes[history->class_count++] = (struct bw_class_count){
        .count = 1,
        .class_id = count->class_id,
        .bounce = bounce,
        .fault = count->fault,
    };
    return true;
}

void bw_key_history_advance(struct bw_key_history *history, const struct bw_history_means *means,
                            int64_t minute)
{
    if (minute == history->advanced_minute)
        return;
    history->advanced_minute = minute;
    for (uint32_t i = 0; i < means->options.window_count; i++) {
        struct bw_window *window = &history->windows[i];
        const int64_t last_gone = minute - (int64_t)means->options.window_minutes[i];

        while (window->tail_minute <= last_gone) {
            const struct bw_minute *gone = &history->minutes[window->tail];
            window->sum.delivered -= gone->delivered;
            window->sum.hard -= gone->hard;
            window->sum.expired -= gone->expired;
            window->sum.recipient -= gone->recipient;
            window->sum.block -= gone->block;
            set_tail(history, window, window->tail + 1);
        }
    }
    const uint32_t longest = means->options.window_count - 1;
    const int64_t last_gone = minute - (int64_t)means->options.window_minutes[longest];
    history->start = history->windows[longest].tail;
    while (history->failure_start < history->failure_end &&
           history->failures[history->failure_start].minute <= last_gone)
        history->failure_start++;
}

void bw_key_history_deinit(struct bw_key_history *history, const struct bw_history_means *means)
{
    bw_block_pool_give(means->pool, history->minutes,
                       history->capacity * sizeof(*history->minutes));
    bw_block_pool_give(means->pool, history->failures,
                       history->failure_capacity * sizeof(*history->failures));
    bw_block_pool_give(means->pool, history->classes,
                       history->class_capacity * sizeof(*history->classes));
}
