#include "aggregate/seen_set.h"
#include "seeded_random.h"
#include "test.h"

static struct bw_seen_set *new_set(size_t limit)
{
    struct bw_seen_set *set = NULL;

    assert_int_equal(bw_seen_set_create(&set, limit), BW_OK);
    return set;
}

static void says_of_each_hash_whether_it_came_before(void **state)
{
    (void)state;
    struct bw_seen_set *set = new_set(100);

    assert_false(bw_seen_set_add(set, 1));
    assert_true(bw_seen_set_add(set, 1));
    assert_false(bw_seen_set_add(set, 65)); /* the same place in a table of 64 */
    assert_false(bw_seen_set_add(set, UINT64_MAX));
    assert_true(bw_seen_set_add(set, 65));
    assert_true(bw_seen_set_add(set, UINT64_MAX));
    assert_true(bw_seen_set_add(set, 1));
    bw_seen_set_destroy(&set);
    assert_null(set);
}

/* A limit of 8 is two generations of 4. */
static void forgets_the_older_generation_when_the_younger_is_full(void **state)
{
    (void)state;
    struct bw_seen_set *set = new_set(8);

    for (uint64_t hash = 1; hash <= 8; hash++)
        assert_false(bw_seen_set_add(set, hash));
    assert_false(bw_seen_set_add(set, 9)); /* 1..4 go, 5..8 are the older ones now */
    for (uint64_t hash = 5; hash <= 7; hash++)
        assert_true(bw_seen_set_add(set, hash));
    /* 9, 5, 6, 7 are a full younger generation: the next new one turns over, and 8 goes. */
    assert_false(bw_seen_set_add(set, 10));
    assert_true(bw_seen_set_add(set, 9));
    assert_false(bw_seen_set_add(set, 8));
    bw_seen_set_destroy(&set);
}

static void works_at_the_smallest_limit(void **state)
{
    (void)state;
    struct bw_seen_set *set = new_set(2);

    assert_false(bw_seen_set_add(set, 1));
    assert_true(bw_seen_set_add(set, 1));
    assert_false(bw_seen_set_add(set, 2));
    assert_true(bw_seen_set_add(set, 2));
    assert_false(bw_seen_set_add(set, 3));
    assert_false(bw_seen_set_add(set, 1));
    bw_seen_set_destroy(&set);
}

#define HASHES 500

/*
 * The promise, checked against the whole past: true is only said of what was added; what fewer
 * than half the limit of other hashes came after is known; what more than the limit of them came
 * after is forgotten.
 */
static void keeps_its_promise_over_random_hashes(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        size_t limit;
        uint32_t hash_count;
    } cases[] = {
        {"all fit", 1100, HASHES},
        {"some are forgotten", 300, HASHES},
        {"most are forgotten", 20, HASHES},
        {"odd limit", 101, 200},
    };
    struct seeded_random random = seeded_random_start(7001);

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        static uint32_t last_step[HASHES]; /* 0: never */
        struct bw_seen_set *set = new_set(cases[i].limit);
        size_t known = 0;
        size_t forgotten = 0;

        print_message("  %s\n", cases[i].why);
        (void)memset(last_step, 0, sizeof(last_step));
        for (uint32_t step = 1; step <= 6000; step++) {
            const uint32_t index = seeded_random_below(&random, cases[i].hash_count);
            /* Crowded around the end of a table of any size up to 2^16. */
            const uint64_t hash = ((uint64_t)(index + 1) << 20U) | (0xFFFFU - index % 5);
            const bool was_seen = bw_seen_set_add(set, hash);
            size_t others = 0;

            for (uint32_t other = 0; other < cases[i].hash_count; other++)
                others += last_step[other] > last_step[index] ? 1 : 0;
            if (last_step[index] == 0)
                assert_false(was_seen);
            else if (others < cases[i].limit / 2)
                assert_true(was_seen);
            else if (others > cases[i].limit)
                assert_false(was_seen);
            known += was_seen ? 1 : 0;
            forgotten += !was_seen && last_step[index] != 0 ? 1 : 0;
            last_step[index] = step;
        }
        assert_true(known > 0);
        assert_int_equal(forgotten > 0, cases[i].limit / 2 < cases[i].hash_count);
        bw_seen_set_destroy(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_of_each_hash_whether_it_came_before),
        cmocka_unit_test(forgets_the_older_generation_when_the_younger_is_full),
        cmocka_unit_test(works_at_the_smallest_limit),
        cmocka_unit_test(keeps_its_promise_over_random_hashes),
    };
    return cmocka_run_group_tests_name("aggregate/seen_set", tests, NULL, NULL);
}
