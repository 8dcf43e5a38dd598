#include "engine/diagnostic_table.h"
#include "test.h"

#include <string.h>

static struct bw_observation failure(const char *text, uint64_t shape, uint16_t rule)
{
    return (struct bw_observation){
        .delivery = {.text = bw_text_of(text)},
        .verdict = {.rule = rule, .class_id = BW_CLASS_USER_UNKNOWN, .bounce = BW_BOUNCE_HARD},
        .shape_hash = shape,
    };
}

static void counts_texts_of_one_shape_together_and_keeps_the_first(void **state)
{
    (void)state;
    struct bw_diagnostic_table table;
    const struct bw_observation first = failure("550 <jane@example.com> unknown", 11, 3);
    const struct bw_observation second = failure("550 <john@example.org> unknown", 11, 3);

    assert_int_equal(bw_diagnostic_table_init(&table, 10), BW_OK);
    const uint32_t id = bw_diagnostic_table_add(&table, &first, 2, 7);
    assert_int_not_equal(id, BW_DIAGNOSTIC_NONE);
    assert_int_equal(bw_diagnostic_table_add(&table, &second, 4, 9), id);
    const struct bw_diagnostic *row = &table.rows[id - 1];
    assert_int_equal(table.count, 1);
    assert_int_equal(row->count, 2);
    assert_int_equal(row->input, 2);
    assert_int_equal(row->line, 7);
    assert_int_equal(row->rule, 3);
    assert_int_equal(row->class_id, BW_CLASS_USER_UNKNOWN);
    assert_int_equal(row->bounce, BW_BOUNCE_HARD);
    assert_string_equal(row->text, "550 <j***@example.com> unknown");
    assert_int_equal(row->text_size, strlen(row->text));
    bw_diagnostic_table_deinit(&table);
    assert_null(table.rows);
}

static void keeps_apart_what_differs_in_shape_or_verdict(void **state)
{
    (void)state;
    struct bw_diagnostic_table table;
    struct bw_observation observation = failure("550 no", 11, 3);

    assert_int_equal(bw_diagnostic_table_init(&table, 10), BW_OK);
    (void)bw_diagnostic_table_add(&table, &observation, 0, 1);
    observation.shape_hash = 12;
    (void)bw_diagnostic_table_add(&table, &observation, 0, 2);
    observation.verdict.rule = 4;
    (void)bw_diagnostic_table_add(&table, &observation, 0, 3);
    observation.verdict.class_id = BW_CLASS_LOOP;
    (void)bw_diagnostic_table_add(&table, &observation, 0, 4);
    observation.verdict.bounce = BW_BOUNCE_SOFT;
    (void)bw_diagnostic_table_add(&table, &observation, 0, 5);
    assert_int_equal(table.count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(table.rows[i].count, 1);
        assert_int_equal(table.rows[i].line, i + 1);
    }
    bw_diagnostic_table_deinit(&table);
}

static void counts_the_failures_for_whose_shape_there_is_no_room(void **state)
{
    (void)state;
    struct bw_diagnostic_table table;

    assert_int_equal(bw_diagnostic_table_init(&table, 100), BW_OK);
    for (uint64_t round = 1; round <= 2; round++)
        for (uint64_t shape = 1; shape <= 130; shape++) {
            const struct bw_observation observation = failure("550 no", shape << 32U, 1);
            const uint32_t id = bw_diagnostic_table_add(&table, &observation, 0, shape);
            assert_int_equal(id, shape <= 100 ? shape : BW_DIAGNOSTIC_NONE);
        }
    assert_int_equal(table.count, 100);
    assert_int_equal(table.dropped, 60);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < table.count; i++)
        sum += table.rows[i].count;
    assert_int_equal(sum + table.dropped, 260);
    bw_diagnostic_table_deinit(&table);
}

static void cuts_texts_at_a_kibibyte_and_keeps_their_bytes(void **state)
{
    (void)state;
    static char long_text[5000];
    struct bw_diagnostic_table table;
    struct bw_observation observation = failure("", 1, 1);

    (void)memset(long_text, 'x', sizeof(long_text));
    assert_int_equal(bw_diagnostic_table_init(&table, 10), BW_OK);
    observation.delivery.text = (struct bw_text){long_text, sizeof(long_text)};
    uint32_t id = bw_diagnostic_table_add(&table, &observation, 0, 1);
    assert_int_equal(table.rows[id - 1].text_size, 1024);

    observation.shape_hash = 2;
    observation.delivery.text = BW_TEXT("a\0b\xFF");
    id = bw_diagnostic_table_add(&table, &observation, 0, 1);
    assert_int_equal(table.rows[id - 1].text_size, 4);
    assert_memory_equal(table.rows[id - 1].text, "a\0b\xFF", 5);

    observation.shape_hash = 3;
    observation.delivery.text = (struct bw_text){NULL, 0};
    id = bw_diagnostic_table_add(&table, &observation, 0, 1);
    assert_int_equal(table.rows[id - 1].text_size, 0);
    assert_string_equal(table.rows[id - 1].text, "");
    bw_diagnostic_table_deinit(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_texts_of_one_shape_together_and_keeps_the_first),
        cmocka_unit_test(keeps_apart_what_differs_in_shape_or_verdict),
        cmocka_unit_test(counts_the_failures_for_whose_shape_there_is_no_room),
        cmocka_unit_test(cuts_texts_at_a_kibibyte_and_keeps_their_bytes),
    };
    return cmocka_run_group_tests_name("engine/diagnostic_table", tests, NULL, NULL);
}
