#include "test.h"

static void compares_every_byte_and_only_folds_ascii(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text left, right;
        bool is_equal, is_equal_nocase;
    } cases[] = {
        {"two empty ones", BW_TEXT_INIT(""), {NULL, 0}, true, true},
        {"the same", BW_TEXT_INIT("mx.example"), BW_TEXT_INIT("mx.example"), true, true},
        {"other case", BW_TEXT_INIT("MX.Example"), BW_TEXT_INIT("mx.eXAMPLE"), false, true},
        {"one longer", BW_TEXT_INIT("mx.example"), BW_TEXT_INIT("mx.examples"), false, false},
        {"same size, other last byte", BW_TEXT_INIT("abc"), BW_TEXT_INIT("abd"), false, false},
        {"differs behind a NUL", BW_TEXT_INIT("a\0b"), BW_TEXT_INIT("a\0c"), false, false},
        {"case differs behind a NUL", BW_TEXT_INIT("a\0b"), BW_TEXT_INIT("A\0B"), false, true},
        {"@ and ` differ in the case bit only", BW_TEXT_INIT("@"), BW_TEXT_INIT("`"), false, false},
        {"[ and { too", BW_TEXT_INIT("["), BW_TEXT_INIT("{"), false, false},
        {"Latin-1 capitals are not folded", BW_TEXT_INIT("\xC4"), BW_TEXT_INIT("\xE4"), false,
         false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text left = bw_test_exact_copy(cases[i].left);
        const struct bw_text right = bw_test_exact_copy(cases[i].right);

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_text_equal(left, right), cases[i].is_equal);
        assert_int_equal(bw_text_equal_nocase(left, right), cases[i].is_equal_nocase);
        assert_int_equal(bw_text_equal_nocase(right, left), cases[i].is_equal_nocase);
        bw_test_exact_free(left);
        bw_test_exact_free(right);
    }
}

static void finds_the_first_mark(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text, mark;
        size_t index, index_nocase;
    } cases[] = {
        {"in nothing", BW_TEXT_INIT(""), BW_TEXT_INIT("a"), 0, 0},
        {"at the front", BW_TEXT_INIT("said: x"), BW_TEXT_INIT("said"), 0, 0},
        {"the first of two", BW_TEXT_INIT("a said b said"), BW_TEXT_INIT("said"), 2, 2},
        {"at the very end", BW_TEXT_INIT("x=1;"), BW_TEXT_INIT(";"), 3, 3},
        {"other case", BW_TEXT_INIT("a SAID b"), BW_TEXT_INIT("said"), 8, 2},
        {"cut at the end", BW_TEXT_INIT("a sai"), BW_TEXT_INIT("said"), 5, 5},
        {"longer than the text", BW_TEXT_INIT("sa"), BW_TEXT_INIT("said"), 2, 2},
        {"behind a false start", BW_TEXT_INIT("sasaid"), BW_TEXT_INIT("said"), 2, 2},
        {"behind a NUL", BW_TEXT_INIT("a\0said"), BW_TEXT_INIT("said"), 2, 2},
        {"not where a NUL ends both", BW_TEXT_INIT("s\0xx"), BW_TEXT_INIT("s\0id"), 4, 4},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text text = bw_test_exact_copy(cases[i].text);
        const struct bw_text mark = bw_test_exact_copy(cases[i].mark);

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_text_find(text, mark), cases[i].index);
        assert_int_equal(bw_text_find_nocase(text, mark), cases[i].index_nocase);
        bw_test_exact_free(text);
        bw_test_exact_free(mark);
    }
}

static void cuts_at_the_first_mark_or_changes_nothing(void **state)
{
    (void)state;
    struct bw_text rest = BW_TEXT("a, b, c");
    struct bw_text head = BW_TEXT("untouched");

    assert_true(bw_text_cut(&rest, BW_TEXT(", "), &head));
    assert_text_equal(head, "a");
    assert_text_equal(rest, "b, c");
    assert_false(bw_text_cut(&rest, BW_TEXT(";"), &head));
    assert_text_equal(head, "a");
    assert_text_equal(rest, "b, c");

    rest = BW_TEXT("=");
    assert_true(bw_text_cut(&rest, BW_TEXT("="), &head));
    assert_int_equal(head.size, 0);
    assert_int_equal(rest.size, 0);
    assert_false(bw_text_cut(&rest, BW_TEXT("="), &head));
}

static void trims_blanks_and_line_ends_at_both_ends_only(void **state)
{
    (void)state;
    static const struct {
        struct bw_text text;
        const char *trimmed;
    } cases[] = {
        {BW_TEXT_INIT(""), ""},
        {BW_TEXT_INIT(" \t\r\n"), ""},
        {BW_TEXT_INIT("x"), "x"},
        {BW_TEXT_INIT("\t a \r b\r\n"), "a \r b"},
        {BW_TEXT_INIT("\x0b\x0c"), "\x0b\x0c"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text text = bw_test_exact_copy(cases[i].text);

        assert_text_equal(bw_text_trim(text), cases[i].trimmed);
        bw_test_exact_free(text);
    }
}

static void starts_and_ends_look_no_further_than_the_text(void **state)
{
    (void)state;
    const struct bw_text text = bw_test_exact_copy(BW_TEXT("ab"));

    assert_true(bw_text_starts_with(text, BW_TEXT("")));
    assert_true(bw_text_starts_with(text, BW_TEXT("ab")));
    assert_false(bw_text_starts_with(text, BW_TEXT("abc")));
    assert_false(bw_text_starts_with(text, BW_TEXT("b")));
    assert_true(bw_text_ends_with(text, BW_TEXT("")));
    assert_true(bw_text_ends_with(text, BW_TEXT("b")));
    assert_false(bw_text_ends_with(text, BW_TEXT("zab")));
    assert_false(bw_text_ends_with(text, BW_TEXT("a")));
    bw_test_exact_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_every_byte_and_only_folds_ascii),
        cmocka_unit_test(finds_the_first_mark),
        cmocka_unit_test(cuts_at_the_first_mark_or_changes_nothing),
        cmocka_unit_test(trims_blanks_and_line_ends_at_both_ends_only),
        cmocka_unit_test(starts_and_ends_look_no_further_than_the_text),
    };
    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
