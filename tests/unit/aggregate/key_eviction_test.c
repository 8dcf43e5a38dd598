/*
 * Which keys a full key table lets go.
 */
#include "aggregate/key_table.h"
#include "test.h"

#define KEYS_MAX 32

static struct bw_key_table *new_table(void)
{
    const struct bw_key_table_options options = {
        .window_minutes = {60, 1440}, .window_count = 2, .keys_max = KEYS_MAX};
    struct bw_key_table *table = NULL;

    assert_int_equal(bw_key_table_create(&table, &options), BW_OK);
    return table;
}

static struct bw_key *take_and_count(struct bw_key_table *table, uint64_t hash, int64_t minute,
                                     size_t times)
{
    const struct bw_count delivered = {.kind = BW_COUNT_DELIVERED};
    struct bw_key *key = bw_key_table_take(table, BW_SCOPE_SENDER_DOMAIN, hash, 1, 0);

    assert_non_null(key);
    for (size_t i = 0; i < times; i++)
        (void)bw_key_count(table, key, minute, minute, &delivered);
    return key;
}

static bool is_there(struct bw_key_table *table, uint64_t hash)
{
    return bw_key_table_find(table, BW_SCOPE_SENDER_DOMAIN, hash) != NULL;
}

static void the_quietest_keys_go_first(void **state)
{
    (void)state;
    struct bw_key_table *table = new_table();

    /* Key 1 is the busiest, key 32 the quietest. */
    for (uint64_t hash = 1; hash <= KEYS_MAX; hash++)
        (void)take_and_count(table, hash, 1000, 100 - hash);
    assert_int_equal(bw_key_table_evicted(table), 0);
    (void)take_and_count(table, 99, 1000, 1);

    const uint64_t gone = bw_key_table_evicted(table);
    assert_in_range(gone, 1, KEYS_MAX / 2);
    assert_int_equal(bw_key_table_count(table), KEYS_MAX + 1 - gone);
    assert_true(is_there(table, 99));
    for (uint64_t hash = 1; hash <= KEYS_MAX; hash++)
        assert_int_equal(is_there(table, hash), hash <= KEYS_MAX - gone);
    bw_key_table_destroy(&table);
}

static void among_equals_the_one_counted_longest_ago_goes_first(void **state)
{
    (void)state;
    struct bw_key_table *table = new_table();

    /* Equal counts; made in one order, last counted in the other. */
    for (uint64_t hash = 1; hash <= KEYS_MAX; hash++)
        (void)take_and_count(table, hash, 1000, 1);
    for (uint64_t hash = KEYS_MAX; hash >= 1; hash--)
        (void)take_and_count(table, hash, 1100 - (int64_t)hash, 1);
    (void)take_and_count(table, 99, 1100, 1);
    const uint64_t gone = bw_key_table_evicted(table);
    assert_true(gone >= 1);
    for (uint64_t hash = 1; hash <= KEYS_MAX; hash++)
        assert_int_equal(is_there(table, hash), hash <= KEYS_MAX - gone);
    bw_key_table_destroy(&table);
}

static void a_watched_key_stays(void **state)
{
    (void)state;
    struct bw_key_table *table = new_table();
    struct bw_key *watched = take_and_count(table, 1, 1000, 1);

    watched->is_watched = true;
    for (uint64_t hash = 2; hash <= 500; hash++)
        (void)take_and_count(table, hash, 1000, 2);
    assert_ptr_equal(bw_key_table_find(table, BW_SCOPE_SENDER_DOMAIN, 1), watched);
    assert_true(bw_key_table_count(table) <= KEYS_MAX);
    assert_int_equal(bw_key_table_evicted(table) + bw_key_table_count(table), 500);
    bw_key_table_destroy(&table);
}

static void a_table_of_watched_and_touched_keys_refuses_and_counts_new_ones(void **state)
{
    (void)state;
    struct bw_key_table *table = new_table();

    for (uint64_t hash = 1; hash <= KEYS_MAX; hash++) {
        struct bw_key *key = take_and_count(table, hash, 1000, 1);
        if (hash % 2 == 0)
            key->is_watched = true;
        else
            key->is_touched = true;
    }
    for (uint64_t hash = KEYS_MAX + 1; hash <= KEYS_MAX + 5; hash++)
        assert_null(bw_key_table_take(table, BW_SCOPE_RECIPIENT_DOMAIN, hash, 1, 0));
    assert_int_equal(bw_key_table_count(table), KEYS_MAX);
    assert_int_equal(bw_key_table_evicted(table), 5);
    assert_false(bw_key_table_is_broken(table));
    bw_key_table_destroy(&table);
}

/* What the window no longer holds does not count for a key. */
static void a_key_that_was_busy_long_ago_is_quiet_now(void **state)
{
    (void)state;
    struct bw_key_table *table = new_table();

    (void)take_and_count(table, 1, 1000, 1000);
    for (uint64_t hash = 2; hash <= KEYS_MAX; hash++)
        (void)take_and_count(table, hash, 1000 + 2000, 5);
    (void)take_and_count(table, 99, 1000 + 2000, 5);
    assert_true(bw_key_table_evicted(table) >= 1);
    assert_false(is_there(table, 1));
    bw_key_table_destroy(&table);
}

static void every_key_is_found_again_after_many_evictions(void **state)
{
    (void)state;
    struct bw_key_table *table = new_table();

    for (uint64_t hash = 1; hash <= 10000; hash++) {
        struct bw_key *key = take_and_count(table, hash << 10U, 1000 + (int64_t)(hash / 100), 1);
        assert_ptr_equal(bw_key_table_find(table, BW_SCOPE_SENDER_DOMAIN, hash << 10U), key);
    }
    size_t position = 0;
    size_t walked = 0;
    for (struct bw_key *key; (key = bw_key_table_next(table, &position)) != NULL; walked++)
        assert_ptr_equal(bw_key_table_find(table, BW_SCOPE_SENDER_DOMAIN, key->hash), key);
    assert_int_equal(walked, bw_key_table_count(table));
    assert_int_equal(walked + bw_key_table_evicted(table), 10000);
    bw_key_table_destroy(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_quietest_keys_go_first),
        cmocka_unit_test(among_equals_the_one_counted_longest_ago_goes_first),
        cmocka_unit_test(a_watched_key_stays),
        cmocka_unit_test(a_table_of_watched_and_touched_keys_refuses_and_counts_new_ones),
        cmocka_unit_test(a_key_that_was_busy_long_ago_is_quiet_now),
        cmocka_unit_test(every_key_is_found_again_after_many_evictions),
    };
    return cmocka_run_group_tests_name("aggregate/key_eviction", tests, NULL, NULL);
}
