#include "base/json_writer.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>

static struct bw_text written(const struct bw_json_writer *writer)
{
    return (struct bw_text){writer->bytes, writer->size};
}

static void escapes_what_json_and_terminals_do_not_bear(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text;
        const char *json;
    } cases[] = {
        {"nothing", BW_TEXT_INIT(""), "\"\""},
        {"plain", BW_TEXT_INIT("550 5.1.1 no"), "\"550 5.1.1 no\""},
        {"quote and backslash", BW_TEXT_INIT("a\"b\\c"), "\"a\\\"b\\\\c\""},
        {"line ends and tab", BW_TEXT_INIT("\r\n\t"), "\"\\r\\n\\t\""},
        {"NUL and escape", BW_TEXT_INIT("\0\x1b[31m"), "\"\\u0000\\u001b[31m\""},
        {"DEL", BW_TEXT_INIT("\x7f"), "\"\\u007f\""},
        {"C1 control CSI", BW_TEXT_INIT("\xC2\x9B"), "\"\\u009b\""},
        {"UTF-8 stays", BW_TEXT_INIT("\xC3\xA9 \xF0\x9F\x93\xAC"), "\"\xC3\xA9 \xF0\x9F\x93\xAC\""},
        {"Latin-1", BW_TEXT_INIT("caf\xE9 x"), "\"caf\xEF\xBF\xBD x\""},
        {"one for a cut sequence", BW_TEXT_INIT("\xE2\x82"), "\"\xEF\xBF\xBD\""},
        {"one for each byte of a surrogate", BW_TEXT_INIT("\xED\xA0\x80"),
         "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text text = bw_test_exact_copy(cases[i].text);
        struct bw_json_writer writer = {0};

        print_message("  %s\n", cases[i].why);
        bw_json_text(&writer, text);
        assert_text_equal(written(&writer), cases[i].json);
        bw_json_writer_deinit(&writer);
        bw_test_exact_free(text);
    }
}

static void keeps_one_digit_behind_the_point_and_drops_the_other_zeros(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double number;
        int decimals;
        const char *json;
    } cases[] = {
        {"zero", 0.0, 4, "0.0"},
        {"one", 1.0, 4, "1.0"},
        {"ten keeps its zero", 10.0, 4, "10.0"},
        {"three digits", 0.039, 4, "0.039"},
        {"four digits", 0.0623, 4, "0.0623"},
        {"rounds", 0.06239, 4, "0.0624"},
        {"rounds to zero", 0.00001, 4, "0.0"},
        {"no negative zero", -0.00001, 4, "0.0"},
        {"negative", -0.5, 4, "-0.5"},
        {"seconds", 0.21, 3, "0.21"},
        {"JSON has no NaN", (double)NAN, 4, "0.0"},
        {"JSON has no infinity", (double)INFINITY, 4, "0.0"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_json_writer writer = {0};

        print_message("  %s\n", cases[i].why);
        bw_json_decimal(&writer, cases[i].number, cases[i].decimals);
        assert_text_equal(written(&writer), cases[i].json);
        bw_json_writer_deinit(&writer);
    }
}

static void puts_commas_between_values_and_nowhere_else(void **state)
{
    (void)state;
    struct bw_json_writer writer = {0};

    for (int line = 0; line < 2; line++) {
        bw_json_begin_object(&writer);
        bw_json_uint_member(&writer, "a", UINT64_MAX);
        bw_json_key(&writer, "b");
        bw_json_begin_array(&writer);
        bw_json_int(&writer, -1);
        bw_json_bool(&writer, true);
        bw_json_begin_object(&writer);
        bw_json_end_object(&writer);
        bw_json_begin_array(&writer);
        bw_json_end_array(&writer);
        bw_json_end_array(&writer);
        bw_json_key(&writer, "t");
        bw_json_time(&writer, 0);
        bw_json_end_object(&writer);
        bw_json_newline(&writer);
    }
    assert_text_equal(
        written(&writer),
        "{\"a\":18446744073709551615,\"b\":[-1,true,{},[]],\"t\":\"1970-01-01T00:00:00.000Z\"}\n"
        "{\"a\":18446744073709551615,\"b\":[-1,true,{},[]],\"t\":\"1970-01-01T00:00:00.000Z\"}\n");
    bw_json_writer_deinit(&writer);
}

static void leaves_absent_members_out(void **state)
{
    (void)state;
    struct bw_json_writer writer = {0};

    bw_json_begin_object(&writer);
    bw_json_string_member(&writer, "no", NULL);
    bw_json_string_member(&writer, "empty", "");
    bw_json_text_member(&writer, "none", (struct bw_text){NULL, 0});
    bw_json_string_member(&writer, "yes", "x");
    bw_json_end_object(&writer);
    assert_text_equal(written(&writer), "{\"yes\":\"x\"}");
    bw_json_writer_deinit(&writer);
}

static void goes_on_with_the_same_array_after_a_flush(void **state)
{
    (void)state;
    struct bw_json_writer writer = {0};
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);

    assert_non_null(out);
    assert_true(bw_json_flush(&writer, out)); /* nothing written yet */
    bw_json_begin_array(&writer);
    for (uint64_t i = 0; i < 3; i++) {
        bw_json_uint(&writer, i);
        assert_true(bw_json_flush(&writer, out));
    }
    bw_json_end_array(&writer);
    assert_true(bw_json_flush(&writer, out));
    assert_int_equal(fclose(out), 0);
    assert_string_equal(printed, "[0,1,2]");
    free(printed);
    bw_json_writer_deinit(&writer);
}

static void says_that_a_broken_writer_wrote_nothing(void **state)
{
    (void)state;
    struct bw_json_writer writer = {.is_broken = true};

    bw_json_string(&writer, "lost");
    assert_int_equal(writer.size, 0);
    assert_false(bw_json_flush(&writer, stdout));
    bw_json_writer_deinit(&writer);
}

static void grows_with_what_is_written(void **state)
{
    (void)state;
    struct bw_json_writer writer = {0};
    char text[10000];

    (void)memset(text, 'x', sizeof(text));
    bw_json_text(&writer, (struct bw_text){text, sizeof(text)});
    assert_int_equal(writer.size, sizeof(text) + 2);
    assert_memory_equal(writer.bytes + 1, text, sizeof(text));
    bw_json_writer_deinit(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_what_json_and_terminals_do_not_bear),
        cmocka_unit_test(keeps_one_digit_behind_the_point_and_drops_the_other_zeros),
        cmocka_unit_test(puts_commas_between_values_and_nowhere_else),
        cmocka_unit_test(leaves_absent_members_out),
        cmocka_unit_test(goes_on_with_the_same_array_after_a_flush),
        cmocka_unit_test(says_that_a_broken_writer_wrote_nothing),
        cmocka_unit_test(grows_with_what_is_written),
    };
    return cmocka_run_group_tests_name("base/json_writer", tests, NULL, NULL);
}
