#include "base/hash.h"
#include "base/name_table.h"
#include "test.h"

#include <stdio.h>

#define MANY 5000 /* several times what the first slots and the first names hold */

static struct bw_name_table *make(uint32_t names_max)
{
    struct bw_name_table *table = NULL;

    assert_int_equal(bw_name_table_create(&table, names_max), BW_OK);
    return table;
}

static uint32_t intern(struct bw_name_table *table, struct bw_text name)
{
    return bw_name_table_intern(table, bw_hash_nocase(name), name);
}

static void gives_one_id_for_all_spellings_of_a_name(void **state)
{
    (void)state;
    struct bw_name_table *table = make(10);

    assert_int_equal(intern(table, BW_TEXT("Example.COM")), 1);
    assert_int_equal(intern(table, BW_TEXT("example.org")), 2);
    assert_int_equal(intern(table, BW_TEXT("eXAMPLE.com")), 1);
    assert_int_equal(bw_name_table_count(table), 2);
    assert_text_equal(bw_name_table_name(table, 1), "example.com");
    assert_string_equal(bw_name_table_name(table, 1).bytes, "example.com");
    bw_name_table_destroy(&table);
    assert_null(table);
}

static void drops_the_final_dot_of_a_name(void **state)
{
    (void)state;
    struct bw_name_table *table = make(10);
    const struct bw_text dotted = bw_test_exact_copy(BW_TEXT("Example.com."));

    assert_int_equal(bw_name_table_intern(table, bw_hash_nocase(BW_TEXT("example.com")), dotted),
                     1);
    assert_text_equal(bw_name_table_name(table, 1), "example.com");
    assert_int_equal(intern(table, BW_TEXT("example.com")), 1);
    bw_test_exact_free(dotted);
    bw_name_table_destroy(&table);
}

static void keeps_ids_and_names_while_it_grows(void **state)
{
    (void)state;
    struct bw_name_table *table = make(MANY);
    char name[32];

    for (uint32_t i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof(name), "Host%u.example", i);
        assert_int_equal(intern(table, bw_text_of(name)), i + 1);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        char lower[32];
        (void)snprintf(name, sizeof(name), "HOST%u.EXAMPLE", i);
        (void)snprintf(lower, sizeof(lower), "host%u.example", i);
        assert_int_equal(intern(table, bw_text_of(name)), i + 1);
        assert_text_equal(bw_name_table_name(table, i + 1), lower);
    }
    assert_int_equal(bw_name_table_count(table), MANY);
    assert_int_equal(bw_name_table_refused(table), 0);
    bw_name_table_destroy(&table);
}

static void refuses_new_names_at_the_limit_and_counts_them(void **state)
{
    (void)state;
    struct bw_name_table *table = make(2);

    assert_int_equal(intern(table, BW_TEXT("a.example")), 1);
    assert_int_equal(intern(table, BW_TEXT("b.example")), 2);
    assert_int_equal(intern(table, BW_TEXT("c.example")), BW_NAME_NONE);
    assert_int_equal(intern(table, BW_TEXT("c.example")), BW_NAME_NONE);
    assert_int_equal(bw_name_table_refused(table), 2);
    assert_int_equal(intern(table, BW_TEXT("B.example")), 2); /* known ones are still found */
    assert_int_equal(bw_name_table_refused(table), 2);
    assert_int_equal(bw_name_table_count(table), 2);
    bw_name_table_destroy(&table);
}

static void finds_the_right_one_of_names_that_want_the_same_slot(void **state)
{
    (void)state;
    struct bw_name_table *table = make(10);

    /* Hashes that differ only above the bits that choose among the first slots. */
    assert_int_equal(bw_name_table_intern(table, UINT64_C(1) << 40 | 1023, BW_TEXT("a")), 1);
    assert_int_equal(bw_name_table_intern(table, UINT64_C(2) << 40 | 1023, BW_TEXT("b")), 2);
    assert_int_equal(bw_name_table_intern(table, UINT64_C(3) << 40 | 1023, BW_TEXT("c")), 3);
    assert_int_equal(bw_name_table_intern(table, UINT64_C(2) << 40 | 1023, BW_TEXT("b")), 2);
    assert_int_equal(bw_name_table_intern(table, UINT64_C(3) << 40 | 1023, BW_TEXT("c")), 3);
    bw_name_table_destroy(&table);
}

static void holds_names_of_any_size(void **state)
{
    (void)state;
    struct bw_name_table *table = make(10);
    static char big[300 * 1024];

    (void)memset(big, 'X', sizeof(big));
    assert_int_equal(bw_name_table_intern(table, 5, BW_TEXT("")), 1);
    assert_int_equal(bw_name_table_intern(table, 6, (struct bw_text){big, sizeof(big)}), 2);
    assert_int_equal(bw_name_table_intern(table, 7, BW_TEXT("small")), 3);
    assert_int_equal(bw_name_table_name(table, 1).size, 0);
    const struct bw_text name = bw_name_table_name(table, 2);
    assert_int_equal(name.size, sizeof(big));
    (void)memset(big, 'x', sizeof(big));
    assert_memory_equal(name.bytes, big, sizeof(big));
    assert_text_equal(bw_name_table_name(table, 3), "small");
    bw_name_table_destroy(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_one_id_for_all_spellings_of_a_name),
        cmocka_unit_test(drops_the_final_dot_of_a_name),
        cmocka_unit_test(keeps_ids_and_names_while_it_grows),
        cmocka_unit_test(refuses_new_names_at_the_limit_and_counts_them),
        cmocka_unit_test(finds_the_right_one_of_names_that_want_the_same_slot),
        cmocka_unit_test(holds_names_of_any_size),
    };
    return cmocka_run_group_tests_name("base/name_table", tests, NULL, NULL);
}
