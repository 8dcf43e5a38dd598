#include "aggregate/key_history.h"
#include "aggregate/key_table.h"
#include "seeded_random.h"
#include "test.h"

#include <stdlib.h>

#define WEEK_MINUTES 10080

static struct bw_key_table *new_table(const uint32_t *windows, uint32_t window_count,
                                      size_t keys_max)
{
    struct bw_key_table_options options = {.window_count = window_count, .keys_max = keys_max};
    struct bw_key_table *table = NULL;

    for (uint32_t i = 0; i < window_count; i++)
        options.window_minutes[i] = windows[i];
    assert_int_equal(bw_key_table_create(&table, &options), BW_OK);
    return table;
}

static struct bw_key *take(struct bw_key_table *table, uint64_t hash)
{
    struct bw_key *key = bw_key_table_take(table, BW_SCOPE_SENDER_DOMAIN, hash, 1, 0);

    assert_non_null(key);
    return key;
}

static void count_many(struct bw_key_table *table, struct bw_key *key, int64_t minute, int64_t now,
                       size_t times)
{
    const struct bw_count delivered = {.kind = BW_COUNT_DELIVERED};

    for (size_t i = 0; i < times; i++)
        assert_true(bw_key_count(table, key, minute, now, &delivered));
}

static void a_key_is_its_scope_and_its_hash(void **state)
{
    (void)state;
    const uint32_t hour = 60;
    struct bw_key_table *table = new_table(&hour, 1, 100);

    assert_null(bw_key_table_find(table, BW_SCOPE_PROVIDER, 5));
    struct bw_key *provider = bw_key_table_take(table, BW_SCOPE_PROVIDER, 5, 0, 3);
    struct bw_key *domain = bw_key_table_take(table, BW_SCOPE_RECIPIENT_DOMAIN, 5, 77, 4);
    assert_ptr_not_equal(provider, domain);
    assert_int_equal(domain->scope, BW_SCOPE_RECIPIENT_DOMAIN);
    assert_int_equal(domain->name, 77);
    assert_int_equal(domain->provider, 4);
    assert_int_equal(domain->worst_zone_ms, INT64_MIN);
    assert_ptr_equal(bw_key_table_take(table, BW_SCOPE_RECIPIENT_DOMAIN, 5, 99, 9), domain);
    assert_int_equal(domain->name, 77);
    assert_ptr_equal(bw_key_table_find(table, BW_SCOPE_PROVIDER, 5), provider);
    assert_int_equal(bw_key_table_count(table), 2);

    size_t position = 0;
    assert_ptr_equal(bw_key_table_next(table, &position), provider);
    assert_ptr_equal(bw_key_table_next(table, &position), domain);
    assert_null(bw_key_table_next(table, &position));
    bw_key_table_destroy(&table);
    assert_null(table);
}

static void finds_every_key_again_after_growing(void **state)
{
    (void)state;
    const uint32_t hour = 60;
    enum { KEYS = 5000 };
    struct bw_key_table *table = new_table(&hour, 1, KEYS);
    static struct bw_key *made[KEYS];

    for (uint64_t i = 0; i < KEYS; i++)
        made[i] = take(table, (i << 40U) | (1020 + i % 8)); /* crowded, and around the end */
    for (uint64_t i = 0; i < KEYS; i++)
        assert_ptr_equal(
            bw_key_table_find(table, BW_SCOPE_SENDER_DOMAIN, (i << 40U) | (1020 + i % 8)), made[i]);
    assert_int_equal(bw_key_table_evicted(table), 0);
    bw_key_table_destroy(&table);
}

static void counts_each_kind_in_its_own_place(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t kind, fault;
        struct bw_tally tally;
        struct bw_window_counts window;
    } cases[] = {
        {"delivered", BW_COUNT_DELIVERED, 0, {.delivered = 1}, {.delivered = 1}},
        {"a deferral is no attempt", BW_COUNT_SOFT, BW_FAULT_RECIPIENT, {.soft = 1}, {0}},
        {"expired is not hard",
         BW_COUNT_EXPIRED,
         BW_FAULT_RECIPIENT,
         {.expired = 1},
         {.expired = 1}},
        {"recipient",
         BW_COUNT_HARD,
         BW_FAULT_RECIPIENT,
         {.hard = 1, .recipient = 1},
         {.hard = 1, .recipient = 1}},
        {"recipient domain",
         BW_COUNT_HARD,
         BW_FAULT_RCPT_DOMAIN,
         {.hard = 1, .recipient = 1},
         {.hard = 1, .recipient = 1}},
        {"sender ip",
         BW_COUNT_HARD,
         BW_FAULT_SENDER_IP,
         {.hard = 1, .block = 1},
         {.hard = 1, .block = 1}},
        {"sender domain",
         BW_COUNT_HARD,
         BW_FAULT_SENDER_DOMAIN,
         {.hard = 1, .block = 1},
         {.hard = 1, .block = 1}},
        {"content",
         BW_COUNT_HARD,
         BW_FAULT_CONTENT,
         {.hard = 1, .block = 1},
         {.hard = 1, .block = 1}},
        {"nobody's", BW_COUNT_HARD, BW_FAULT_UNKNOWN, {.hard = 1}, {.hard = 1}},
        {"transport", BW_COUNT_HARD, BW_FAULT_TRANSPORT, {.hard = 1}, {.hard = 1}},
        {"our own", BW_COUNT_HARD, BW_FAULT_LOCAL, {.hard = 1}, {.hard = 1}},
    };
    const uint32_t hour = 60;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_key_table *table = new_table(&hour, 1, 16);
        struct bw_key *key = take(table, 1);
        const struct bw_count count = {.kind = cases[i].kind, .fault = cases[i].fault};

        print_message("  %s\n", cases[i].why);
        assert_true(bw_key_count(table, key, 500, 500, &count));
        const struct bw_window_counts window = bw_key_window(table, key, 0, 500);
        assert_memory_equal(&key->tally, &cases[i].tally, sizeof(key->tally));
        assert_memory_equal(&window, &cases[i].window, sizeof(window));
        bw_key_table_destroy(&table);
    }
}

/* At minute m the window of w minutes holds m-w+1 .. m. */
static void a_window_ends_exactly_at_its_length(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint32_t window;
        int64_t counted, asked;
        uint64_t expected;
    } cases[] = {
        {"one minute: itself", 1, 1000, 1000, 1},
        {"one minute: the next", 1, 1000, 1001, 0},
        {"an hour: the last minute it is in", 60, 1000, 1059, 1},
        {"an hour: the first it is out", 60, 1000, 1060, 0},
        {"a day: the last", 1440, 1000, 2439, 1},
        {"a day: the first out", 1440, 1000, 2440, 0},
        {"seven days: the last", WEEK_MINUTES, 1000, 1000 + WEEK_MINUTES - 1, 1},
        {"seven days: the first out", WEEK_MINUTES, 1000, 1000 + WEEK_MINUTES, 0},
        {"before 1970", 60, -1000, -941, 1},
        {"before 1970, out", 60, -1000, -940, 0},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_key_table *table = new_table(&cases[i].window, 1, 16);
        struct bw_key *key = take(table, 1);

        print_message("  %s\n", cases[i].why);
        count_many(table, key, cases[i].counted, cases[i].counted, 1);
        assert_int_equal(bw_key_window(table, key, 0, cases[i].asked).delivered, cases[i].expected);
        bw_key_table_destroy(&table);
    }
}

static void a_late_line_counts_where_the_windows_still_hold_its_time(void **state)
{
    (void)state;
    const uint32_t windows[] = {5, 60, 1440};
    static const struct {
        const char *why;
        int64_t age;
        bool is_in_time;
        uint64_t expected[3];
    } cases[] = {
        {"now", 0, true, {1, 1, 1}},
        {"the oldest minute of the shortest", 4, true, {1, 1, 1}},
        {"just out of the shortest", 5, true, {0, 1, 1}},
        {"the oldest minute of the middle one", 59, true, {0, 1, 1}},
        {"just out of the middle one", 60, true, {0, 0, 1}},
        {"the oldest minute of all", 1439, true, {0, 0, 1}},
        {"late", 1440, false, {0, 0, 0}},
        {"very late", 100000, false, {0, 0, 0}},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_key_table *table = new_table(windows, 3, 16);
        struct bw_key *key = take(table, 1);
        const struct bw_count delivered = {.kind = BW_COUNT_DELIVERED};
        const int64_t now = 200000;

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_key_count(table, key, now - cases[i].age, now, &delivered),
                         cases[i].is_in_time);
        for (uint32_t window = 0; window < 3; window++)
            assert_int_equal(bw_key_window(table, key, window, now).delivered,
                             cases[i].expected[window]);
        assert_int_equal(key->tally.delivered, 1);
        bw_key_table_destroy(&table);
    }
}

/* The brute-force model: every count that was made, looked through from the beginning. */
#define EVENTS_MAX 4000

struct model_event {
    struct bw_count count;
    int64_t minute;
    uint32_t key;
};

static struct model_event events[EVENTS_MAX];
static size_t event_count;

static struct bw_window_counts model_window(uint32_t key, uint32_t window, int64_t minute)
{
    struct bw_window_counts sum = {0};

    for (size_t i = 0; i < event_count; i++) {
        const struct model_event *event = &events[i];
        if (event->key != key || event->minute > minute || event->minute + window <= minute)
            continue;
        sum.delivered += event->count.kind == BW_COUNT_DELIVERED ? 1 : 0;
        sum.expired += event->count.kind == BW_COUNT_EXPIRED ? 1 : 0;
        if (event->count.kind != BW_COUNT_HARD)
            continue;
        sum.hard++;
        sum.recipient += event->count.fault == BW_FAULT_RECIPIENT ? 1 : 0;
        sum.block += event->count.fault == BW_FAULT_CONTENT ? 1 : 0;
    }
    return sum;
}

/* How many of the window's hard failures are of this group, and the line of the last one read. */
static uint64_t model_group(uint32_t key, uint32_t window, int64_t minute,
                            const struct bw_key_evidence *group, bool by_text, uint64_t *line)
{
    uint64_t count = 0;

    *line = 0;
    for (size_t i = 0; i < event_count; i++) {
        const struct model_event *event = &events[i];
        if (event->key != key || event->minute > minute || event->minute + window <= minute ||
            event->count.kind != BW_COUNT_HARD)
            continue;
        if (by_text ? event->count.diagnostic != group->diagnostic
                    : event->count.rule != group->rule || event->count.class_id != group->class_id)
            continue;
        count++;
        *line = event->count.line;
    }
    return count;
}

static void check_evidence(struct bw_key_table *table, struct bw_key *key, uint32_t key_index,
                           uint32_t index, uint32_t window, int64_t minute)
{
    struct bw_key_evidence found[64];

    for (int by_text = 0; by_text < 2; by_text++) {
        const size_t count =
            by_text ? bw_key_samples(table, key, index, minute, found, ARRAY_COUNT(found))
                    : bw_key_classes(table, key, index, minute, found, ARRAY_COUNT(found));
        uint64_t sum = 0;

        assert_true(count < ARRAY_COUNT(found));
        for (size_t i = 0; i < count; i++) {
            uint64_t line = 0;
            assert_int_equal(found[i].count, model_group(key_index, window, minute, &found[i],
                                                         by_text != 0, &line));
            assert_int_equal(found[i].line, line);
            assert_true(i == 0 || found[i - 1].count >= found[i].count);
            sum += found[i].count;
        }
        assert_int_equal(sum, bw_key_window(table, key, index, minute).hard);
    }
}

static int64_t random_step(struct seeded_random *random)
{
    const uint32_t kind = seeded_random_below(random, 100);

    if (kind < 70)
        return 0;
    if (kind < 95)
        return 1 + seeded_random_below(random, 4);
    if (kind < 99)
        return seeded_random_below(random, 200);
    return seeded_random_below(random, 12000);
}

static int64_t random_age(struct seeded_random *random)
{
    const uint32_t kind = seeded_random_below(random, 100);

    if (kind < 60)
        return 0;
    if (kind < 90)
        return seeded_random_below(random, 90);
    return seeded_random_below(random, 12000);
}

static struct bw_count random_count(struct seeded_random *random, uint64_t line)
{
    static const uint8_t faults[] = {BW_FAULT_RECIPIENT, BW_FAULT_CONTENT, BW_FAULT_UNKNOWN};
    struct bw_count count = {.line = line, .kind = (uint8_t)seeded_random_below(random, 4)};

    if (count.kind == BW_COUNT_DELIVERED)
        return count;
    /* The class follows from the rule, and the shape belongs to one rule. */
    count.rule = (uint16_t)(1 + seeded_random_below(random, 6));
    count.class_id = (uint8_t)(1 + count.rule / 2);
    count.fault = faults[count.rule % 3];
    count.diagnostic = count.rule * 4U + seeded_random_below(random, 3);
    return count;
}

static void run_against_model(const uint32_t *windows, uint32_t window_count, uint64_t seed)
{
    struct seeded_random random = seeded_random_start(seed);
    struct bw_key_table *table = new_table(windows, window_count, 16);
    struct bw_key *keys[3];
    int64_t now = 29000000;
    size_t late = 0;

    event_count = 0;
    for (uint32_t i = 0; i < 3; i++)
        keys[i] = take(table, i + 1);
    while (event_count < EVENTS_MAX) {
        now += random_step(&random);
        struct model_event *event = &events[event_count++];
        event->key = seeded_random_below(&random, 3);
        event->minute = now - random_age(&random);
        event->count = random_count(&random, event_count);
        const bool is_in_time =
            bw_key_count(table, keys[event->key], event->minute, now, &event->count);
        assert_int_equal(is_in_time, event->minute + windows[window_count - 1] > now);
        late += is_in_time ? 0 : 1;
        if (event_count % 40 != 0)
            continue;
        for (uint32_t key = 0; key < 3; key++) {
            for (uint32_t index = 0; index < window_count; index++) {
                const struct bw_window_counts found = bw_key_window(table, keys[key], index, now);
                const struct bw_window_counts expected = model_window(key, windows[index], now);
                assert_memory_equal(&found, &expected, sizeof(found));
                check_evidence(table, keys[key], key, index, windows[index], now);
            }
        }
    }
    print_message("  %zu counted, %zu of them late\n", event_count, late);
    assert_true(late > 0);
    bw_key_table_destroy(&table);
}

static void agrees_with_counting_everything_anew_in_one_window(void **state)
{
    (void)state;
    const uint32_t windows[] = {60};
    run_against_model(windows, 1, 4101);
}

static void agrees_with_counting_everything_anew_in_many_windows(void **state)
{
    (void)state;
    const uint32_t windows[] = {1, 5, 60, 1440, WEEK_MINUTES};
    run_against_model(windows, 5, 4102);
}

static void agrees_with_counting_everything_anew_in_all_windows_there_can_be(void **state)
{
    (void)state;
    const uint32_t windows[BW_WINDOWS_MAX] = {1, 2, 3, 30, 60, 360, 1440, 2880};
    run_against_model(windows, BW_WINDOWS_MAX, 4103);
}

static void class_totals_hold_everything_since_the_start(void **state)
{
    (void)state;
    const uint32_t hour = 60;
    struct bw_key_table *table = new_table(&hour, 1, 16);
    struct bw_key *key = take(table, 1);
    struct bw_class_count totals[4];
    static const struct bw_count failures[] = {
        {.kind = BW_COUNT_HARD, .class_id = 3}, {.kind = BW_COUNT_HARD, .class_id = 2},
        {.kind = BW_COUNT_SOFT, .class_id = 3}, {.kind = BW_COUNT_HARD, .class_id = 3},
        {.kind = BW_COUNT_DELIVERED},           {.kind = BW_COUNT_SOFT, .class_id = 2},
    };

    for (size_t i = 0; i < ARRAY_COUNT(failures); i++)
        (void)bw_key_count(table, key, 0, i < 3 ? 0 : 100000, &failures[i]); /* some are late */
    assert_int_equal(bw_key_class_totals(key, totals, 4), 4);
    assert_int_equal(totals[0].class_id, 3); /* twice hard: the most frequent */
    assert_int_equal(totals[0].bounce, BW_BOUNCE_HARD);
    assert_int_equal(totals[0].count, 2);
    assert_int_equal(totals[1].class_id, 2); /* then by class and bounce */
    assert_int_equal(totals[1].bounce, BW_BOUNCE_HARD);
    assert_int_equal(totals[2].class_id, 2);
    assert_int_equal(totals[2].bounce, BW_BOUNCE_SOFT);
    assert_int_equal(totals[3].class_id, 3);
    assert_int_equal(totals[3].bounce, BW_BOUNCE_SOFT);
    bw_key_table_destroy(&table);
}

static void the_most_frequent_classes_are_given_when_there_is_room_for_few(void **state)
{
    (void)state;
    const uint32_t hour = 60;
    struct bw_key_table *table = new_table(&hour, 1, 16);
    struct bw_key *key = take(table, 1);
    struct bw_class_count total;

    for (uint8_t class_id = 1; class_id <= 5; class_id++)
        for (uint8_t times = 0; times < class_id; times++) {
            const struct bw_count hard = {.kind = BW_COUNT_HARD, .class_id = class_id};
            assert_true(bw_key_count(table, key, 0, 0, &hard));
        }
    assert_int_equal(bw_key_class_totals(key, &total, 1), 1);
    assert_int_equal(total.class_id, 5);
    assert_int_equal(total.count, 5);
    bw_key_table_destroy(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_its_scope_and_its_hash),
        cmocka_unit_test(finds_every_key_again_after_growing),
        cmocka_unit_test(counts_each_kind_in_its_own_place),
        cmocka_unit_test(a_window_ends_exactly_at_its_length),
        cmocka_unit_test(a_late_line_counts_where_the_windows_still_hold_its_time),
        cmocka_unit_test(agrees_with_counting_everything_anew_in_one_window),
        cmocka_unit_test(agrees_with_counting_everything_anew_in_many_windows),
        cmocka_unit_test(agrees_with_counting_everything_anew_in_all_windows_there_can_be),
        cmocka_unit_test(class_totals_hold_everything_since_the_start),
        cmocka_unit_test(the_most_frequent_classes_are_given_when_there_is_room_for_few),
    };
    return cmocka_run_group_tests_name("aggregate/key_table", tests, NULL, NULL);
}
