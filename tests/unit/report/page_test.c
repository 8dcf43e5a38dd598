#include "report/page.h"
#include "test.h"

#include <stdlib.h>

#define TEN "1234567890"
#define E10 "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"

static struct bw_page make_page(const struct bw_snapshot *snapshot, uint32_t width, bool has_color,
                                FILE *out)
{
    const struct bw_report_options options = {.width = width, .has_color = has_color};
    struct bw_page page;

    bw_page_init(&page, snapshot, &options, out);
    return page;
}

static void keeps_the_width_within_what_it_can_print(void **state)
{
    (void)state;
    static const struct {
        uint32_t width, columns;
    } cases[] = {{0, 160}, {1, 60}, {59, 60}, {60, 60}, {80, 80}, {240, 240}, {1000, 240}};
    const struct bw_snapshot snapshot = {0};

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_int_equal(make_page(&snapshot, cases[i].width, false, stdout).columns,
                         cases[i].columns);
    assert_true(make_page(&snapshot, 0, false, stdout).top == UINT32_MAX); /* 0 shows all */
}

static void breaks_a_paragraph_between_words_or_in_a_word_too_long(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *printed;
    } cases[] = {
        {"nothing", "", "\n"},
        {"exactly a line", TEN TEN TEN TEN TEN TEN, TEN TEN TEN TEN TEN TEN "\n"},
        {"between words", TEN TEN TEN TEN TEN " 123456789 word",
         TEN TEN TEN TEN TEN " 123456789\n  word\n"},
        {"a word that does not fit goes down whole", TEN TEN TEN TEN TEN " 1234567890",
         TEN TEN TEN TEN TEN "\n  1234567890\n"},
        {"a word longer than a line", TEN TEN TEN TEN TEN TEN TEN,
         TEN TEN TEN TEN TEN TEN "\n  " TEN "\n"},
        {"its second line is shorter by the indent",
         TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN,
         TEN TEN TEN TEN TEN TEN "\n  " TEN TEN TEN TEN TEN "12345678\n  90\n"},
        {"letters of two bytes are not torn", E10 E10 E10 E10 E10 E10 E10,
         E10 E10 E10 E10 E10 E10 "\n  " E10 "\n"},
        {"line ends are blanks", "a\nb\tc", "a b c\n"},
    };
    const struct bw_snapshot snapshot = {0};

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char *printed = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&printed, &size);

        print_message("  %s\n", cases[i].why);
        assert_non_null(out);
        const struct bw_page page = make_page(&snapshot, 60, false, out);
        bw_page_print(&page, BW_TONE_WARNING, 2, "%s", cases[i].text);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(printed, cases[i].printed);
        free(printed);
    }
}

static void leaves_the_date_out_when_the_log_is_of_one_day(void **state)
{
    (void)state;
    const int64_t morning = INT64_C(1777626840000); /* 2026-05-01T09:14:00Z */
    const int64_t day_ms = INT64_C(86400000);
    const struct bw_snapshot one_day = {.first_ms = morning, .last_ms = morning + day_ms / 2};
    const struct bw_snapshot two_days = {.first_ms = morning, .last_ms = morning + day_ms};
    const struct bw_snapshot no_time = {.first_ms = INT64_MIN, .last_ms = INT64_MIN};
    struct bw_page page = make_page(&one_day, 80, false, stdout);

    assert_string_equal(bw_page_time(&page, morning).text, "09:14");
    page = make_page(&two_days, 80, false, stdout);
    assert_string_equal(bw_page_time(&page, morning).text, "2026-05-01 09:14");
    page = make_page(&no_time, 80, false, stdout);
    assert_string_equal(bw_page_time(&page, morning).text, "2026-05-01 09:14");
}

static void colours_only_where_colour_is_wanted(void **state)
{
    (void)state;
    const struct bw_snapshot snapshot = {0};

    for (int has_color = 0; has_color <= 1; has_color++) {
        char *printed = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&printed, &size);

        assert_non_null(out);
        const struct bw_page page = make_page(&snapshot, 60, has_color == 1, out);
        bw_page_title(&page, "Why");
        bw_page_print(&page, bw_page_zone_tone(BW_ZONE_BLOCKING), 2, "%d", 5);
        bw_page_print(&page, BW_TONE_PLAIN, 2, "six");
        assert_int_equal(fclose(out), 0);
        assert_string_equal(printed, has_color == 1
                                         ? "\n\033[1mWhy\033[0m\n\033[1;31m5\033[0m\nsix\n"
                                         : "\nWhy\n5\nsix\n");
        free(printed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_width_within_what_it_can_print),
        cmocka_unit_test(breaks_a_paragraph_between_words_or_in_a_word_too_long),
        cmocka_unit_test(leaves_the_date_out_when_the_log_is_of_one_day),
        cmocka_unit_test(colours_only_where_colour_is_wanted),
    };
    return cmocka_run_group_tests_name("report/page", tests, NULL, NULL);
}
