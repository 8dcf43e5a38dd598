#include "aggregate/join.h"
#include "seeded_random.h"
#include "test.h"

static struct bw_join *new_join(size_t messages_max, size_t pending_max)
{
    struct bw_join *join = NULL;

    assert_int_equal(bw_join_create(&join, messages_max, pending_max), BW_OK);
    return join;
}

static struct bw_join_pending deferral(uint64_t recipient, uint32_t domain)
{
    return (struct bw_join_pending){.recipient_hash = recipient, .domain = domain};
}

static void knows_a_queue_id_from_its_first_line_until_removed(void **state)
{
    (void)state;
    struct bw_join *join = new_join(16, 16);

    assert_null(bw_join_find(join, 7));
    struct bw_join_message *message = bw_join_take(join, 7, 1000);
    assert_int_equal(message->queue_key, 7);
    assert_int_equal(message->started_ms, 1000);
    assert_int_equal(message->sender, 0);
    assert_false(message->has_sender);
    assert_false(message->null_sender);
    message->sender = 42;
    message->has_sender = true;

    message = bw_join_take(join, 7, 2000);
    assert_int_equal(message->started_ms, 1000);
    assert_int_equal(message->sender, 42);
    assert_true(message->has_sender);
    assert_int_equal(bw_join_find(join, 7)->sender, 42);

    bw_join_removed(join, 7);
    assert_null(bw_join_find(join, 7));
    assert_int_equal(bw_join_evicted(join), 0);
    bw_join_destroy(&join);
    assert_null(join);
}

static void starts_a_new_life_when_a_removed_queue_id_comes_again(void **state)
{
    (void)state;
    struct bw_join *join = new_join(16, 16);
    struct bw_join_message *message = bw_join_take(join, 7, 1000);
    const struct bw_join_pending pending = deferral(1, 5);
    struct bw_join_pending taken;

    message->sender = 42;
    message->has_sender = true;
    message->null_sender = true;
    bw_join_defer(join, message, &pending);
    bw_join_removed(join, 7);

    message = bw_join_take(join, 7, 9000);
    assert_int_equal(message->started_ms, 9000);
    assert_int_equal(message->sender, 0);
    assert_false(message->has_sender);
    assert_false(message->null_sender);
    assert_false(bw_join_take_pending(join, message, &taken));
    bw_join_destroy(&join);
}

static void removing_an_unknown_queue_id_changes_nothing(void **state)
{
    (void)state;
    struct bw_join *join = new_join(16, 16);

    bw_join_removed(join, 99);
    bw_join_take(join, 7, 1000)->sender = 3;
    bw_join_removed(join, 99);
    bw_join_removed(join, 7 + 1024); /* the same place in a table of 1024 */
    assert_int_equal(bw_join_find(join, 7)->sender, 3);
    bw_join_destroy(&join);
}

/* A limit of 16 is two generations of 8: the 17th id that is new drops the first 8. */
static void drops_the_older_generation_whole_and_counts_it(void **state)
{
    (void)state;
    struct bw_join *join = new_join(16, 16);

    for (uint64_t key = 1; key <= 16; key++)
        assert_non_null(bw_join_take(join, key, 0));
    assert_int_equal(bw_join_evicted(join), 0);
    assert_non_null(bw_join_take(join, 17, 0));
    assert_int_equal(bw_join_evicted(join), 8);
    for (uint64_t key = 1; key <= 8; key++)
        assert_null(bw_join_find(join, key));
    for (uint64_t key = 9; key <= 16; key++)
        assert_non_null(bw_join_find(join, key));
    bw_join_destroy(&join);
}

static void keeps_a_queue_id_that_is_seen_again(void **state)
{
    (void)state;
    struct bw_join *join = new_join(16, 16);

    for (uint64_t key = 1; key <= 200; key++) {
        assert_non_null(bw_join_take(join, key, (int64_t)key));
        assert_int_equal(bw_join_take(join, 1, 500)->started_ms, 1);
    }
    /* 200 ids came, at most 16 are there, and none but the evicted ones is missing. */
    uint64_t held = 0;
    for (uint64_t key = 2; key <= 200; key++)
        held += bw_join_find(join, key) != NULL ? 1 : 0;
    assert_true(held >= 7);
    bw_join_destroy(&join);
}

static void evicted_and_removed_and_held_ids_are_all_that_came(void **state)
{
    (void)state;
    struct bw_join *join = new_join(32, 16);
    uint64_t removed = 0;

    for (uint64_t key = 1; key <= 1000; key++) {
        assert_non_null(bw_join_take(join, key, 0));
        if (key % 3 == 0) {
            bw_join_removed(join, key);
            removed++;
        }
    }
    for (uint64_t key = 1; key <= 1000; key++) {
        if (bw_join_find(join, key) == NULL)
            continue;
        bw_join_removed(join, key);
        removed++;
    }
    assert_true(removed > 333);
    assert_int_equal(bw_join_evicted(join) + removed, 1000);
    bw_join_destroy(&join);
}

static void a_deferral_is_pending_until_it_is_settled(void **state)
{
    (void)state;
    struct bw_join *join = new_join(16, 16);
    struct bw_join_message *message = bw_join_take(join, 7, 0);
    const struct bw_join_pending first = {
        .recipient_hash = 1, .domain = 5, .provider = 2, .rule = 9, .class_id = 11};
    const struct bw_join_pending second = deferral(2, 6);
    struct bw_join_pending taken;

    bw_join_settle(join, message, 1); /* not pending: no mistake */
    bw_join_defer(join, message, &first);
    bw_join_defer(join, message, &second);
    bw_join_settle(join, message, 2);
    bw_join_settle(join, message, 3);
    assert_true(bw_join_take_pending(join, message, &taken));
    assert_int_equal(taken.recipient_hash, 1);
    assert_int_equal(taken.domain, 5);
    assert_int_equal(taken.provider, 2);
    assert_int_equal(taken.rule, 9);
    assert_int_equal(taken.class_id, 11);
    assert_false(bw_join_take_pending(join, message, &taken));
    bw_join_destroy(&join);
}

static void a_later_deferral_replaces_the_one_before(void **state)
{
    (void)state;
    struct bw_join *join = new_join(16, 2);
    struct bw_join_message *message = bw_join_take(join, 7, 0);
    struct bw_join_pending taken;

    for (uint16_t rule = 1; rule <= 10; rule++) {
        const struct bw_join_pending again = {.recipient_hash = 1, .rule = rule};
        bw_join_defer(join, message, &again);
    }
    assert_int_equal(bw_join_pending_dropped(join), 0);
    assert_true(bw_join_take_pending(join, message, &taken));
    assert_int_equal(taken.rule, 10);
    assert_false(bw_join_take_pending(join, message, &taken));
    bw_join_destroy(&join);
}

static void counts_the_deferrals_for_which_there_is_no_room(void **state)
{
    (void)state;
    struct bw_join *join = new_join(16, 3);
    struct bw_join_pending taken;

    for (uint64_t recipient = 1; recipient <= 5; recipient++) {
        const struct bw_join_pending pending = deferral(recipient, 1);
        bw_join_defer(join, bw_join_take(join, 7 + recipient % 2, 0), &pending);
    }
    assert_int_equal(bw_join_pending_dropped(join), 2);
    /* What is settled makes room again. */
    bw_join_settle(join, bw_join_take(join, 8, 0), 1);
    const struct bw_join_pending pending = deferral(6, 1);
    bw_join_defer(join, bw_join_take(join, 7, 0), &pending);
    assert_int_equal(bw_join_pending_dropped(join), 2);
    size_t count = 0;
    while (bw_join_take_pending(join, bw_join_take(join, 7, 0), &taken))
        count++;
    while (bw_join_take_pending(join, bw_join_take(join, 8, 0), &taken))
        count++;
    assert_int_equal(count, 3);
    bw_join_destroy(&join);
}

static void the_pending_recipients_of_removed_and_evicted_messages_make_room(void **state)
{
    (void)state;
    struct bw_join *join = new_join(16, 4);

    for (uint64_t key = 1; key <= 400; key++) {
        struct bw_join_message *message = bw_join_take(join, key, 0);
        /* One in ten is deferred and then never heard of again; the others are removed. */
        for (uint64_t recipient = 1; recipient <= 2; recipient++) {
            const struct bw_join_pending pending = deferral(recipient, 1);
            bw_join_defer(join, message, &pending);
        }
        if (key % 10 != 0)
            bw_join_removed(join, key);
        else
            for (uint64_t other = 1000 + key * 16; other < 1016 + key * 16; other++)
                assert_non_null(bw_join_take(join, other, 0));
    }
    assert_int_equal(bw_join_pending_dropped(join), 0);
    bw_join_destroy(&join);
}

static void holds_the_many_recipients_of_one_message(void **state)
{
    (void)state;
    enum { RECIPIENTS = 3000 };
    static bool is_pending[RECIPIENTS + 1];
    struct bw_join *join = new_join(16, RECIPIENTS);
    struct bw_join_message *message = bw_join_take(join, 7, 0);
    struct bw_join_pending taken;
    size_t left = 0;

    for (uint32_t i = 1; i <= RECIPIENTS; i++) {
        const struct bw_join_pending pending = deferral(i, i);
        bw_join_defer(join, message, &pending);
        is_pending[i] = true;
    }
    for (uint32_t i = 3; i <= RECIPIENTS; i += 3) {
        bw_join_settle(join, message, i);
        is_pending[i] = false;
    }
    while (bw_join_take_pending(join, message, &taken)) {
        assert_in_range(taken.recipient_hash, 1, RECIPIENTS);
        assert_true(is_pending[taken.recipient_hash]);
        assert_int_equal(taken.domain, taken.recipient_hash);
        is_pending[taken.recipient_hash] = false;
        left++;
    }
    assert_int_equal(left, RECIPIENTS - RECIPIENTS / 3);
    assert_int_equal(bw_join_pending_dropped(join), 0);
    bw_join_destroy(&join);
}

static void gives_pending_recipients_out_in_the_same_order_each_time(void **state)
{
    (void)state;
    uint64_t orders[2][20] = {{0}};

    for (size_t run = 0; run < 2; run++) {
        struct bw_join *join = new_join(16, 64);
        struct bw_join_message *message = bw_join_take(join, 7, 0);
        struct bw_join_pending taken;
        size_t count = 0;

        for (uint64_t i = 1; i <= 20; i++) {
            const struct bw_join_pending pending = deferral(i * 7919, 1);
            bw_join_defer(join, message, &pending);
        }
        while (bw_join_take_pending(join, message, &taken))
            orders[run][count++] = taken.recipient_hash;
        assert_int_equal(count, 20);
        bw_join_destroy(&join);
    }
    assert_memory_equal(orders[0], orders[1], sizeof(orders[0]));
}

/* The model: two generations of half the limit, plain arrays, searched from end to end. */
#define MODEL_KEYS       4000
#define MODEL_RECIPIENTS 4

struct model {
    struct {
        int64_t started_ms;
        uint32_t sender;
        uint32_t pending[MODEL_RECIPIENTS]; /* domain + 1; 0: not pending */
        int generation;                     /* 0: not there, 1: young, 2: old */
    } messages[MODEL_KEYS];
    size_t half, young_count, pending_count, pending_max;
    uint64_t evicted, dropped;
};

static void model_forget(struct model *model, uint32_t index)
{
    for (size_t i = 0; i < MODEL_RECIPIENTS; i++)
        if (model->messages[index].pending[i] != 0) {
            model->messages[index].pending[i] = 0;
            model->pending_count--;
        }
    if (model->messages[index].generation == 1)
        model->young_count--;
    model->messages[index].generation = 0;
}

static void model_insert(struct model *model, uint32_t index)
{
    model->messages[index].generation = 0;
    if (model->young_count >= model->half) {
        for (uint32_t i = 0; i < MODEL_KEYS; i++)
            if (model->messages[i].generation == 2) {
                model_forget(model, i);
                model->evicted++;
            }
        for (uint32_t i = 0; i < MODEL_KEYS; i++)
            if (model->messages[i].generation == 1)
                model->messages[i].generation = 2;
        model->young_count = 0;
    }
    model->messages[index].generation = 1;
    model->young_count++;
}

static bool model_touch(struct model *model, uint32_t index)
{
    if (model->messages[index].generation == 2)
        model_insert(model, index);
    return model->messages[index].generation != 0;
}

static void model_take(struct model *model, uint32_t index, int64_t now_ms)
{
    if (model_touch(model, index))
        return;
    model->messages[index].started_ms = now_ms;
    model->messages[index].sender = 0;
    model_insert(model, index);
}

/* Keys that crowd around the end of the table, so that probe chains are long and wrap around. */
static uint64_t key_of(uint32_t index)
{
    return ((uint64_t)(index + 1) << 32U) | ((1016 + index % 12) & 1023U);
}

static void defer_or_settle(struct bw_join *join, struct model *model, uint32_t index,
                            struct seeded_random *random)
{
    const uint32_t recipient = seeded_random_below(random, MODEL_RECIPIENTS);
    const uint32_t domain = seeded_random_below(random, 1000) + 1;
    struct bw_join_message *message = bw_join_take(join, key_of(index), 0);

    if (seeded_random_below(random, 3) == 0) {
        bw_join_settle(join, message, recipient + 1);
        if (model->messages[index].pending[recipient] != 0)
            model->pending_count--;
        model->messages[index].pending[recipient] = 0;
        return;
    }
    const struct bw_join_pending pending = deferral(recipient + 1, domain);
    bw_join_defer(join, message, &pending);
    if (model->messages[index].pending[recipient] == 0) {
        if (model->pending_count == model->pending_max) {
            model->dropped++;
            return;
        }
        model->pending_count++;
    }
    model->messages[index].pending[recipient] = domain;
}

static void take_all_pending(struct bw_join *join, struct model *model, uint32_t index)
{
    struct bw_join_message *message = bw_join_find(join, key_of(index));
    struct bw_join_pending taken;

    while (bw_join_take_pending(join, message, &taken)) {
        assert_in_range(taken.recipient_hash, 1, MODEL_RECIPIENTS);
        assert_int_not_equal(model->messages[index].pending[taken.recipient_hash - 1], 0);
        assert_int_equal(taken.domain, model->messages[index].pending[taken.recipient_hash - 1]);
        model->messages[index].pending[taken.recipient_hash - 1] = 0;
        model->pending_count--;
    }
    for (size_t i = 0; i < MODEL_RECIPIENTS; i++)
        assert_int_equal(model->messages[index].pending[i], 0);
}

static void run_against_model(size_t messages_max, size_t pending_max, uint32_t key_count,
                              uint32_t steps, uint64_t seed)
{
    static struct model model;
    struct seeded_random random = seeded_random_start(seed);
    struct bw_join *join = new_join(messages_max, pending_max);

    model = (struct model){.half = messages_max / 2, .pending_max = pending_max};
    for (uint32_t step = 0; step < steps; step++) {
        const uint32_t index = seeded_random_below(&random, key_count);
        const uint32_t what = seeded_random_below(&random, 100);
        struct bw_join_message *message;

        if (what < 40) {
            message = bw_join_take(join, key_of(index), step);
            model_take(&model, index, step);
            assert_int_equal(message->queue_key, key_of(index));
            assert_int_equal(message->started_ms, model.messages[index].started_ms);
            assert_int_equal(message->sender, model.messages[index].sender);
            message->sender = step;
            model.messages[index].sender = step;
        } else if (what < 60) {
            message = bw_join_find(join, key_of(index));
            assert_int_equal(message != NULL, model_touch(&model, index));
            if (message != NULL)
                assert_int_equal(message->sender, model.messages[index].sender);
        } else if (what < 85) {
            bw_join_removed(join, key_of(index));
            model_forget(&model, index);
        } else if (what < 95) {
            model_take(&model, index, 0);
            defer_or_settle(join, &model, index, &random);
        } else if (model_touch(&model, index)) {
            take_all_pending(join, &model, index);
        }
        assert_int_equal(bw_join_evicted(join), model.evicted);
        assert_int_equal(bw_join_pending_dropped(join), model.dropped);
    }
    for (uint32_t index = 0; index < key_count; index++)
        assert_int_equal(bw_join_find(join, key_of(index)) != NULL, model_touch(&model, index));
    bw_join_destroy(&join);
}

static void agrees_with_a_model_while_nothing_is_evicted(void **state)
{
    (void)state;
    run_against_model(100000, 100000, 300, 40000, 20260501);
}

static void agrees_with_a_model_while_the_tables_grow(void **state)
{
    (void)state;
    run_against_model(100000, 100000, MODEL_KEYS, 40000, 20260502);
}

static void agrees_with_a_model_while_generations_turn_over(void **state)
{
    (void)state;
    run_against_model(64, 40, 200, 40000, 20260503);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_a_queue_id_from_its_first_line_until_removed),
        cmocka_unit_test(starts_a_new_life_when_a_removed_queue_id_comes_again),
        cmocka_unit_test(removing_an_unknown_queue_id_changes_nothing),
        cmocka_unit_test(drops_the_older_generation_whole_and_counts_it),
        cmocka_unit_test(keeps_a_queue_id_that_is_seen_again),
        cmocka_unit_test(evicted_and_removed_and_held_ids_are_all_that_came),
        cmocka_unit_test(a_deferral_is_pending_until_it_is_settled),
        cmocka_unit_test(a_later_deferral_replaces_the_one_before),
        cmocka_unit_test(counts_the_deferrals_for_which_there_is_no_room),
        cmocka_unit_test(the_pending_recipients_of_removed_and_evicted_messages_make_room),
        cmocka_unit_test(holds_the_many_recipients_of_one_message),
        cmocka_unit_test(gives_pending_recipients_out_in_the_same_order_each_time),
        cmocka_unit_test(agrees_with_a_model_while_nothing_is_evicted),
        cmocka_unit_test(agrees_with_a_model_while_the_tables_grow),
        cmocka_unit_test(agrees_with_a_model_while_generations_turn_over),
    };
    return cmocka_run_group_tests_name("aggregate/join", tests, NULL, NULL);
}
