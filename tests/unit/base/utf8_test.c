#include "base/utf8.h"
#include "test.h"

static void tells_valid_sequences_from_the_parts_that_one_replacement_stands_for(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text;
        size_t size;
        uint32_t code_point;
        bool is_valid;
    } cases[] = {
        {"ASCII", BW_TEXT_INIT("a"), 1, 'a', true},
        {"NUL", BW_TEXT_INIT("\0"), 1, 0, true},
        {"two bytes", BW_TEXT_INIT("\xC3\xA9x"), 2, 0xE9, true},
        {"three bytes", BW_TEXT_INIT("\xE2\x82\xAC"), 3, 0x20AC, true},
        {"four bytes", BW_TEXT_INIT("\xF0\x9F\x93\xAC"), 4, 0x1F4EC, true},
        {"the last code point", BW_TEXT_INIT("\xF4\x8F\xBF\xBF"), 4, 0x10FFFF, true},
        {"a lone continuation", BW_TEXT_INIT("\x80\x80"), 1, 0xFFFD, false},
        {"overlong slash", BW_TEXT_INIT("\xC0\xAF"), 1, 0xFFFD, false},
        {"overlong in three", BW_TEXT_INIT("\xE0\x9F\xBF"), 1, 0xFFFD, false},
        {"a surrogate", BW_TEXT_INIT("\xED\xA0\x80"), 1, 0xFFFD, false},
        {"above U+10FFFF", BW_TEXT_INIT("\xF4\x90\x80\x80"), 1, 0xFFFD, false},
        {"no such first byte", BW_TEXT_INIT("\xFF"), 1, 0xFFFD, false},
        {"cut after two of three", BW_TEXT_INIT("\xE2\x82"), 2, 0xFFFD, false},
        {"three of four, then ASCII", BW_TEXT_INIT("\xF0\x9F\x93x"), 3, 0xFFFD, false},
        {"first byte, then another", BW_TEXT_INIT("\xC3\xC3\xA9"), 1, 0xFFFD, false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text text = bw_test_exact_copy(cases[i].text);
        uint32_t code_point = 0;
        bool is_valid = false;

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_utf8_next(text, &code_point, &is_valid), cases[i].size);
        assert_int_equal(code_point, cases[i].code_point);
        assert_int_equal(is_valid, cases[i].is_valid);
        bw_test_exact_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_valid_sequences_from_the_parts_that_one_replacement_stands_for),
    };
    return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
