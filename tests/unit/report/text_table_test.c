#include "report/text_table.h"
#include "test.h"

#include <stdlib.h>

#define UMLAUT   "\xC3\xBC"
#define ELLIPSIS "\xE2\x80\xA6"

static const struct bw_table_column columns[] = {
    {.title = "zone"},
    {.title = "name", .is_flexible = true},
    {.title = "count", .is_right = true},
    {.title = "expired", .is_right = true, .is_optional = true},
    {.title = "class", .is_optional = true},
};

/* The table of two rows on a page of so many columns. */
static char *print(const char *name, uint32_t page_columns, bool has_color)
{
    const struct bw_snapshot snapshot = {.first_ms = INT64_MIN, .last_ms = INT64_MIN};
    const struct bw_report_options options = {.width = page_columns, .has_color = has_color};
    struct bw_text_table table;
    struct bw_page page;
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);

    assert_non_null(out);
    bw_page_init(&page, &snapshot, &options, out);
    bw_text_table_init(&table, columns, ARRAY_COUNT(columns));
    bw_text_table_add(&table, BW_TONE_BLOCKING, BW_TEXT("BLOCKING"));
    bw_text_table_add_string(&table, name);
    bw_text_table_add_count(&table, 1234);
    bw_text_table_add_count(&table, 0);
    bw_text_table_add_string(&table, "user_unknown");
    bw_text_table_add(&table, BW_TONE_PLAIN, BW_TEXT("ok"));
    bw_text_table_add_string(&table, "a");
    bw_text_table_add_count(&table, 5);
    bw_text_table_add_count(&table, 66);
    bw_text_table_add_string(&table, NULL);
    bw_text_table_print(&table, &page);
    assert_false(table.is_broken);
    bw_text_table_deinit(&table);
    assert_int_equal(fclose(out), 0);
    return printed;
}

static void aligns_names_of_letters_that_take_more_than_a_byte(void **state)
{
    (void)state;
    char *printed = print("m" UMLAUT "nchen.example", 100, false);

    assert_string_equal(printed,
                        "  zone      name             count  expired  class\n"
                        "  BLOCKING  m" UMLAUT "nchen.example  1,234        0  user_unknown\n"
                        "  ok        a                    5       66  -\n");
    free(printed);
}

static void cuts_a_long_name_to_28_columns_before_it_leaves_a_column_out(void **state)
{
    (void)state;
    /* 2 + 8 + 2 + 28 + 2 + 5 + 2 + 7 are 56 of 60 columns: the class has no room. */
    char *printed = print("a-name-that-is-much-too-long.for-a-page.example", 60, false);

    assert_string_equal(printed,
                        "  zone      name                          count  expired\n"
                        "  BLOCKING  a-name-that-is-much-too-lon" ELLIPSIS "  1,234        0\n"
                        "  ok        a                                 5       66\n");
    free(printed);
}

static void leaves_optional_columns_out_the_last_first(void **state)
{
    (void)state;
    static const struct bw_table_column wide[] = {
        {.title = "a column of twenty 1"},
        {.title = "a column of twenty 2"},
        {.title = "a column of twenty 3", .is_optional = true},
        {.title = "a column of twenty 4", .is_optional = true},
    };
    const struct bw_snapshot snapshot = {.first_ms = INT64_MIN, .last_ms = INT64_MIN};
    static const struct {
        uint32_t width;
        const char *printed;
    } cases[] = {
        {88, "  a column of twenty 1  a column of twenty 2  a column of twenty 3  a column of "
             "twenty 4\n"},
        {87, "  a column of twenty 1  a column of twenty 2  a column of twenty 3\n"},
        {66, "  a column of twenty 1  a column of twenty 2  a column of twenty 3\n"},
        {65, "  a column of twenty 1  a column of twenty 2\n"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_report_options options = {.width = cases[i].width};
        struct bw_text_table table;
        struct bw_page page;
        char *printed = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&printed, &size);

        assert_non_null(out);
        bw_page_init(&page, &snapshot, &options, out);
        bw_text_table_init(&table, wide, ARRAY_COUNT(wide));
        bw_text_table_print(&table, &page);
        bw_text_table_deinit(&table);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(printed, cases[i].printed);
        free(printed);
    }
}

static void colours_a_cell_without_moving_the_others(void **state)
{
    (void)state;
    char *printed = print("x", 100, true);

    assert_non_null(strstr(printed, "  \033[1;31mBLOCKING\033[0m  x  "));
    assert_non_null(strstr(printed, "\n  ok        a  "));
    free(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligns_names_of_letters_that_take_more_than_a_byte),
        cmocka_unit_test(cuts_a_long_name_to_28_columns_before_it_leaves_a_column_out),
        cmocka_unit_test(leaves_optional_columns_out_the_last_first),
        cmocka_unit_test(colours_a_cell_without_moving_the_others),
    };
    return cmocka_run_group_tests_name("report/text_table", tests, NULL, NULL);
}
