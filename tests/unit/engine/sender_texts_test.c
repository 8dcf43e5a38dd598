#include "../aggregate/seeded_random.h"
#include "engine/sender_texts.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static struct bw_sender_texts *new_texts(size_t limit)
{
    struct bw_sender_texts *texts = NULL;

    assert_int_equal(bw_sender_texts_create(&texts, limit), BW_OK);
    return texts;
}

static void remembers_replaces_and_forgets(void **state)
{
    (void)state;
    struct bw_sender_texts *texts = new_texts(100);
    struct bw_text sender = BW_TEXT("untouched");

    assert_false(bw_sender_texts_find(texts, 7, &sender));
    assert_text_equal(sender, "untouched");
    assert_int_equal(bw_sender_texts_put(texts, 7, BW_TEXT("a@example.com")), BW_OK);
    assert_true(bw_sender_texts_find(texts, 7, &sender));
    assert_text_equal(sender, "a@example.com");
    assert_int_equal(bw_sender_texts_put(texts, 7, BW_TEXT("b@example.org")), BW_OK);
    assert_true(bw_sender_texts_find(texts, 7, &sender));
    assert_text_equal(sender, "b@example.org");
    bw_sender_texts_remove(texts, 8);
    bw_sender_texts_remove(texts, 7);
    bw_sender_texts_remove(texts, 7);
    assert_false(bw_sender_texts_find(texts, 7, &sender));
    bw_sender_texts_destroy(&texts);
    assert_null(texts);
}

static void the_null_sender_is_known_to_be_empty(void **state)
{
    (void)state;
    struct bw_sender_texts *texts = new_texts(100);
    struct bw_text sender = BW_TEXT("x");

    assert_int_equal(bw_sender_texts_put(texts, 7, (struct bw_text){NULL, 0}), BW_OK);
    assert_true(bw_sender_texts_find(texts, 7, &sender));
    assert_int_equal(sender.size, 0);
    bw_sender_texts_destroy(&texts);
}

static void the_text_is_a_copy(void **state)
{
    (void)state;
    struct bw_sender_texts *texts = new_texts(100);
    char line[] = "a@example.com";
    struct bw_text sender;

    assert_int_equal(bw_sender_texts_put(texts, 7, bw_text_of(line)), BW_OK);
    (void)memset(line, 'x', sizeof(line) - 1);
    assert_true(bw_sender_texts_find(texts, 7, &sender));
    assert_text_equal(sender, "a@example.com");
    bw_sender_texts_destroy(&texts);
}

static void forgets_all_when_it_is_full_and_counts_them(void **state)
{
    (void)state;
    struct bw_sender_texts *texts = new_texts(5);
    struct bw_text sender;

    for (uint64_t key = 1; key <= 5; key++)
        assert_int_equal(bw_sender_texts_put(texts, key, BW_TEXT("a@example.com")), BW_OK);
    assert_int_equal(bw_sender_texts_evicted(texts), 0);
    assert_int_equal(bw_sender_texts_put(texts, 6, BW_TEXT("b@example.com")), BW_OK);
    assert_int_equal(bw_sender_texts_evicted(texts), 5);
    for (uint64_t key = 1; key <= 5; key++)
        assert_false(bw_sender_texts_find(texts, key, &sender));
    assert_true(bw_sender_texts_find(texts, 6, &sender));
    bw_sender_texts_destroy(&texts);
}

static void replacing_a_sender_needs_no_room(void **state)
{
    (void)state;
    struct bw_sender_texts *texts = new_texts(2);
    struct bw_text sender;

    assert_int_equal(bw_sender_texts_put(texts, 1, BW_TEXT("a@example.com")), BW_OK);
    assert_int_equal(bw_sender_texts_put(texts, 2, BW_TEXT("b@example.com")), BW_OK);
    assert_int_equal(bw_sender_texts_put(texts, 2, BW_TEXT("c@example.com")), BW_OK);
    assert_int_equal(bw_sender_texts_evicted(texts), 0);
    assert_true(bw_sender_texts_find(texts, 1, &sender));
    assert_text_equal(sender, "a@example.com");
    assert_true(bw_sender_texts_find(texts, 2, &sender));
    assert_text_equal(sender, "c@example.com");
    bw_sender_texts_destroy(&texts);
}

#define KEYS 3000

static void run_against_model(uint32_t key_count, uint64_t seed)
{
    static uint32_t model[KEYS]; /* number of the text; 0: not known */
    struct seeded_random random = seeded_random_start(seed);
    struct bw_sender_texts *texts = new_texts(100000);

    (void)memset(model, 0, sizeof(model));
    for (uint32_t step = 1; step <= 30000; step++) {
        const uint32_t index = seeded_random_below(&random, key_count);
        /* Crowded around the end of the table, so that chains are long and wrap around. */
        const uint64_t key = ((uint64_t)(index + 1) << 32U) | (0xFFF8U + index % 11);
        const uint32_t what = seeded_random_below(&random, 10);
        struct bw_text sender;
        char text[32];

        if (what < 4) {
            (void)snprintf(text, sizeof(text), "%u@example.com", step);
            assert_int_equal(bw_sender_texts_put(texts, key, bw_text_of(text)), BW_OK);
            model[index] = step;
        } else if (what < 7) {
            bw_sender_texts_remove(texts, key);
            model[index] = 0;
        } else {
            assert_int_equal(bw_sender_texts_find(texts, key, &sender), model[index] != 0);
            (void)snprintf(text, sizeof(text), "%u@example.com", model[index]);
            if (model[index] != 0)
                assert_text_equal(sender, text);
        }
    }
    assert_int_equal(bw_sender_texts_evicted(texts), 0);
    bw_sender_texts_destroy(&texts);
}

static void agrees_with_a_model_in_crowded_chains(void **state)
{
    (void)state;
    run_against_model(60, 8101);
}

static void agrees_with_a_model_while_it_grows(void **state)
{
    (void)state;
    run_against_model(KEYS, 8102);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remembers_replaces_and_forgets),
        cmocka_unit_test(the_null_sender_is_known_to_be_empty),
        cmocka_unit_test(the_text_is_a_copy),
        cmocka_unit_test(forgets_all_when_it_is_full_and_counts_them),
        cmocka_unit_test(replacing_a_sender_needs_no_room),
        cmocka_unit_test(agrees_with_a_model_in_crowded_chains),
        cmocka_unit_test(agrees_with_a_model_while_it_grows),
    };
    return cmocka_run_group_tests_name("engine/sender_texts", tests, NULL, NULL);
}
