#include "report/plain_text.h"
#include "test.h"

#define COLUMNS_MAX 40
#define LOST        "\xEF\xBF\xBD"
#define ELLIPSIS    "\xE2\x80\xA6"

static void prints_what_fits_and_nothing_a_terminal_obeys(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text;
        uint32_t columns, used;
        const char *plain;
    } cases[] = {
        {"nothing", BW_TEXT_INIT(""), 5, 0, ""},
        {"what fits", BW_TEXT_INIT("abcd"), 4, 4, "abcd"},
        {"one too many", BW_TEXT_INIT("abcde"), 4, 4, "abc" ELLIPSIS},
        {"one column", BW_TEXT_INIT("ab"), 1, 1, ELLIPSIS},
        {"UTF-8 counts by letter", BW_TEXT_INIT("m\xC3\xBCnchen"), 7, 7, "m\xC3\xBCnchen"},
        {"and is cut by letter", BW_TEXT_INIT("\xC3\xA9\xC3\xA9\xC3\xA9"), 2, 2,
         "\xC3\xA9" ELLIPSIS},
        {"four bytes", BW_TEXT_INIT("\xF0\x9F\x93\xAC!"), 2, 2, "\xF0\x9F\x93\xAC!"},
        {"tab and line ends", BW_TEXT_INIT("a\tb\r\nc"), 9, 6, "a b  c"},
        {"escape", BW_TEXT_INIT("\x1b[31m"), 9, 5, LOST "[31m"},
        {"NUL, bell, backspace, DEL", BW_TEXT_INIT("\0\x07\x08\x7f"), 9, 4, LOST LOST LOST LOST},
        {"C1: CSI and NEL", BW_TEXT_INIT("\xC2\x9B\xC2\x85"), 9, 2, LOST LOST},
        {"a byte of C1 alone", BW_TEXT_INIT("\x9B"), 9, 1, LOST},
        {"no break space is a letter", BW_TEXT_INIT("\xC2\xA0"), 9, 1, "\xC2\xA0"},
        /* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what is tested */
        {"bidi override", BW_TEXT_INIT("\xE2\x80\xAE"), 9, 1, LOST},
        /* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what is tested */
        {"bidi embedding", BW_TEXT_INIT("\xE2\x80\xAA\xE2\x80\xAC"), 9, 2, LOST LOST},
        {"bidi isolates", BW_TEXT_INIT("\xE2\x81\xA6\xE2\x81\xA9"), 9, 2, LOST LOST},
        {"bidi marks", BW_TEXT_INIT("\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C"), 9, 3, LOST LOST LOST},
        {"line and paragraph separators", BW_TEXT_INIT("\xE2\x80\xA8\xE2\x80\xA9"), 9, 2,
         LOST LOST},
        {"what has no width", BW_TEXT_INIT("\xE2\x80\x8B\xEF\xBB\xBF"), 9, 2, LOST LOST},
        {"invalid UTF-8", BW_TEXT_INIT("caf\xE9!"), 9, 5, "caf" LOST "!"},
        {"cut UTF-8", BW_TEXT_INIT("\xE2\x80"), 9, 1, LOST},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text text = bw_test_exact_copy(cases[i].text);
        const struct bw_text room = bw_test_exact_copy((struct bw_text){
            (char[BW_PLAIN_BYTES(COLUMNS_MAX)]){0}, BW_PLAIN_BYTES(cases[i].columns)});
        char *plain = (char *)(uintptr_t)room.bytes;

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_plain_text(text, cases[i].columns, plain), cases[i].used);
        assert_string_equal(plain, cases[i].plain);
        assert_int_equal(bw_plain_columns(bw_text_of(plain)), cases[i].used);
        bw_test_exact_free(text);
        bw_test_exact_free(room);
    }
}

static void writes_numbers_as_people_do(void **state)
{
    (void)state;

    assert_string_equal(bw_plain_count(0).text, "0");
    assert_string_equal(bw_plain_count(999).text, "999");
    assert_string_equal(bw_plain_count(1000).text, "1,000");
    assert_string_equal(bw_plain_count(1234567).text, "1,234,567");
    assert_string_equal(bw_plain_count(UINT64_MAX).text, "18,446,744,073,709,551,615");
    assert_string_equal(bw_plain_percent(0.0).text, "0.0 %");
    assert_string_equal(bw_plain_percent(0.0623).text, "6.2 %");
    assert_string_equal(bw_plain_percent(1.0).text, "100.0 %");
    assert_string_equal(bw_plain_share(1, 8).text, "12.5 %");
    assert_string_equal(bw_plain_share(1, 0).text, "0.0 %");
    assert_string_equal(bw_plain_day_time(INT64_C(1777626840000)).text, "2026-05-01 09:14");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_what_fits_and_nothing_a_terminal_obeys),
        cmocka_unit_test(writes_numbers_as_people_do),
    };
    return cmocka_run_group_tests_name("report/plain_text", tests, NULL, NULL);
}
