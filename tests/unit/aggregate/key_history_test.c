#include "aggregate/key_history.h"
#include "test.h"

#include <stdlib.h>

static struct bw_history_means one_hour = {.options = {.window_minutes = {60}, .window_count = 1}};
static struct bw_history_means hour_and_week = {
    .options = {.window_minutes = {60, 10080}, .window_count = 2}};

static int set_up(void **state)
{
    (void)state;
    if (bw_block_pool_create(&one_hour.pool) != BW_OK)
        return -1;
    hour_and_week.pool = one_hour.pool;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bw_block_pool_destroy(&one_hour.pool);
    return 0;
}

static struct bw_key_history *create(const struct bw_history_means *means)
{
    struct bw_key_history *history =
        calloc(1, sizeof(*history) + means->options.window_count * sizeof(history->windows[0]));

    assert_non_null(history);
    bw_key_history_init(history, means);
    return history;
}

static void destroy(struct bw_key_history *history, const struct bw_history_means *means)
{
    bw_key_history_deinit(history, means);
    free(history);
}

static void add(struct bw_key_history *history, const struct bw_history_means *means,
                int64_t minute, int64_t now, uint8_t kind)
{
    const struct bw_count count = {.kind = kind, .class_id = 1, .diagnostic = 1};

    assert_true(bw_key_history_add(history, means, minute, now, &count));
}

static size_t bytes_of(const struct bw_key_history *history)
{
    return history->capacity * sizeof(*history->minutes) +
           history->failure_capacity * sizeof(*history->failures) +
           history->class_capacity * sizeof(*history->classes);
}

static void a_key_that_was_never_counted_has_no_arrays(void **state)
{
    (void)state;
    struct bw_key_history *history = create(&hour_and_week);

    bw_key_history_advance(history, &hour_and_week, 29000000);
    assert_int_equal(bytes_of(history), 0);
    destroy(history, &hour_and_week);
}

static void a_quiet_key_stays_small(void **state)
{
    (void)state;
    struct bw_key_history *history = create(&hour_and_week);

    add(history, &hour_and_week, 29000000, 29000000, BW_COUNT_DELIVERED);
    /* One delivery: a few minutes' room, and nothing for failures that there are none of. */
    assert_int_equal(history->failure_capacity, 0);
    assert_true(bytes_of(history) <= 128);
    /* The fixed part, times a million keys, is what a full table costs. */
    assert_true(sizeof(struct bw_key) + sizeof(struct bw_key_history) <= 600);
    destroy(history, &hour_and_week);
}

/* Once a day for a year with a window of a week: seven minutes are held, and room for a few more
 * that nobody has asked to go. */
static void memory_follows_what_the_longest_window_holds(void **state)
{
    (void)state;
    struct bw_key_history *history = create(&hour_and_week);
    int64_t minute = 29000000;

    for (int day = 0; day < 365; day++, minute += 1440) {
        add(history, &hour_and_week, minute, minute, BW_COUNT_DELIVERED);
        add(history, &hour_and_week, minute, minute, BW_COUNT_HARD);
        assert_true(history->end - history->start <= 16);
        assert_true(history->failure_end - history->failure_start <= 16);
    }
    bw_key_history_advance(history, &hour_and_week, minute - 1440);
    assert_int_equal(history->end - history->start, 7);
    assert_int_equal(history->failure_end - history->failure_start, 7);
    assert_true(history->capacity <= 16);
    assert_true(history->failure_capacity <= 16);
    assert_int_equal(history->windows[1].sum.delivered, 7);
    assert_int_equal(history->windows[0].sum.delivered, 1);
    destroy(history, &hour_and_week);
}

static void a_busy_minute_is_one_entry(void **state)
{
    (void)state;
    struct bw_key_history *history = create(&one_hour);

    for (int i = 0; i < 100000; i++)
        add(history, &one_hour, 29000000, 29000000, i % 2 ? BW_COUNT_DELIVERED : BW_COUNT_HARD);
    assert_int_equal(history->end - history->start, 1);
    assert_int_equal(history->failure_end - history->failure_start, 1);
    assert_int_equal(history->windows[0].sum.delivered, 50000);
    assert_int_equal(history->windows[0].sum.hard, 50000);
    assert_int_equal(history->failures[history->failure_start].count, 50000);
    destroy(history, &one_hour);
}

static void minutes_stay_in_order_whatever_order_they_come_in(void **state)
{
    (void)state;
    static const int64_t minutes[] = {100, 90, 95, 41, 100, 90, 42, 99, 60, 41};
    struct bw_key_history *history = create(&one_hour);

    for (size_t i = 0; i < ARRAY_COUNT(minutes); i++)
        add(history, &one_hour, minutes[i], 100, BW_COUNT_HARD);
    assert_int_equal(history->end - history->start, 7);
    for (uint32_t i = history->start + 1; i < history->end; i++)
        assert_true(history->minutes[i - 1].minute < history->minutes[i].minute);
    for (uint32_t i = history->failure_start + 1; i < history->failure_end; i++)
        assert_true(history->failures[i - 1].minute < history->failures[i].minute);
    assert_int_equal(history->windows[0].sum.hard, 10);
    bw_key_history_advance(history, &one_hour, 101); /* minute 41 goes: two */
    assert_int_equal(history->windows[0].sum.hard, 8);
    destroy(history, &one_hour);
}

static void all_is_gone_after_the_longest_window(void **state)
{
    (void)state;
    struct bw_key_history *history = create(&hour_and_week);

    for (int64_t minute = 0; minute < 100; minute++)
        add(history, &hour_and_week, minute, minute,
            minute % 3 == 0 ? BW_COUNT_HARD : BW_COUNT_EXPIRED);
    bw_key_history_advance(history, &hour_and_week, 99 + 10080);
    for (uint32_t window = 0; window < 2; window++) {
        assert_int_equal(history->windows[window].sum.hard, 0);
        assert_int_equal(history->windows[window].sum.expired, 0);
    }
    assert_int_equal(history->start, history->end);
    assert_int_equal(history->failure_start, history->failure_end);
    destroy(history, &hour_and_week);
}

static void classes_are_counted_by_class_and_bounce(void **state)
{
    (void)state;
    struct bw_key_history *history = create(&hour_and_week);
    static const struct bw_count counts[] = {
        {.kind = BW_COUNT_HARD, .class_id = 1, .fault = BW_FAULT_RECIPIENT},
        {.kind = BW_COUNT_SOFT, .class_id = 1, .fault = BW_FAULT_RECIPIENT},
        {.kind = BW_COUNT_EXPIRED, .class_id = 1, .fault = BW_FAULT_RECIPIENT},
        {.kind = BW_COUNT_SOFT, .class_id = 2, .fault = BW_FAULT_CONTENT},
    };

    for (size_t i = 0; i < ARRAY_COUNT(counts); i++)
        assert_true(bw_key_history_class(history, &hour_and_week, &counts[i]));
    assert_int_equal(history->class_count, 3);
    assert_int_equal(history->classes[0].count, 2); /* hard and expired: the MTA gave up */
    assert_int_equal(history->classes[0].bounce, BW_BOUNCE_HARD);
    assert_int_equal(history->classes[1].bounce, BW_BOUNCE_SOFT);
    assert_int_equal(history->classes[2].class_id, 2);
    assert_int_equal(history->classes[2].fault, BW_FAULT_CONTENT);
    destroy(history, &hour_and_week);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_was_never_counted_has_no_arrays),
        cmocka_unit_test(a_quiet_key_stays_small),
        cmocka_unit_test(memory_follows_what_the_longest_window_holds),
        cmocka_unit_test(a_busy_minute_is_one_entry),
        cmocka_unit_test(minutes_stay_in_order_whatever_order_they_come_in),
        cmocka_unit_test(all_is_gone_after_the_longest_window),
        cmocka_unit_test(classes_are_counted_by_class_and_bounce),
    };
    return cmocka_run_group_tests_name("aggregate/key_history", tests, set_up, tear_down);
}
