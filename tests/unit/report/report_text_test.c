#include "base/utf8.h"
#include "report/report.h"
#include "sample_snapshot.h"
#include "test.h"

#include <stdlib.h>

static char *print(const struct bw_snapshot *snapshot, uint32_t width, uint32_t top, bool has_color)
{
    const struct bw_report_options options = {
        .top = top, .has_color = has_color, .width = width, .version = "1.2.3"};
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);

    assert_non_null(out);
    assert_true(bw_report_text(snapshot, &options, out));
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(printed), size);
    return printed;
}

static void assert_has(const char *printed, const char *part)
{
    if (strstr(printed, part) == NULL)
        fail_msg("\"%s\" is not in\n%s", part, printed);
}

static void assert_has_not(const char *printed, const char *part)
{
    if (strstr(printed, part) != NULL)
        fail_msg("\"%s\" is in\n%s", part, printed);
}

/* Valid UTF-8 without a control but the line end, no line over `width` columns. */
static void assert_fit_for_a_terminal(const char *printed, uint32_t width)
{
    struct bw_text rest = bw_text_of(printed);
    uint32_t used = 0;

    while (rest.size > 0) {
        uint32_t code_point;
        bool is_valid;

        rest = bw_text_after(rest, bw_utf8_next(rest, &code_point, &is_valid));
        assert_true(is_valid);
        if (code_point == '\n') {
            used = 0;
            continue;
        }
        used++;
        assert_true(used <= width);
        assert_true(code_point >= 0x20 && (code_point < 0x7F || code_point >= 0xA0));
        assert_false(code_point >= 0x202A && code_point <= 0x202E);
        assert_false(code_point >= 0x2066 && code_point <= 0x2069);
    }
    assert_int_equal(used, 0); /* ends with a line end */
}

/* Without "ESC [ ... m", which is all that colour may add. */
static void drop_colour(char *text)
{
    char *to = text;

    while (*text != '\0') {
        if (*text != '\x1b') {
            *to++ = *text++;
            continue;
        }
        assert_int_equal(text[1], '[');
        text += 2 + strspn(text + 2, "0123456789;");
        assert_int_equal(*text, 'm');
        text++;
    }
    *to = '\0';
}

static void keeps_to_the_width_and_to_plain_text(void **state)
{
    (void)state;
    static const uint32_t widths[] = {60, 80, 120, 200};
    struct sample sample;

    sample_fill(&sample);
    for (size_t i = 0; i < ARRAY_COUNT(widths); i++) {
        char *plain = print(&sample.snapshot, widths[i], 20, false);
        char *coloured = print(&sample.snapshot, widths[i], 20, true);

        print_message("  %u columns\n", widths[i]);
        assert_fit_for_a_terminal(plain, widths[i]);
        assert_has(coloured, "\x1b[1;31m");
        drop_colour(coloured);
        assert_string_equal(coloured, plain);
        free(plain);
        free(coloured);
    }
}

static void says_first_who_blocks_and_what_to_do(void **state)
{
    (void)state;
    struct sample sample;

    sample_fill(&sample);
    char *printed = print(&sample.snapshot, 200, 20, false);
    const char *headline =
        "BLOCKING: gmail 6.2 % hard bounces of 1,000 attempts in 1h (since 09:14).\n";
    assert_has(printed, "bouncewatch 1.2.3: 2 inputs, 40,010 lines, 2026-05-01 07:14 to 09:15 UTC");
    assert_has(printed, headline);
    assert_has(printed,
               "Blocked, as the other side says: microsoft dnsbl_listed (zen.dnsbl.example) at "
               "09:14.\n");
    assert_has(printed, "1,001,249 delivered, 85 hard (0.0 %), 15 soft, 0 expired.\n");
    assert_has(printed, "82 are the recipients' fault (clean the list) and 0 are blocks");
    assert_has(printed, "Not in the rate: 17 internal.\n");
    assert_has(printed, "WARNING 08:14");
    assert_has(printed, "1. gmail: Stop mail to gmail.\n");
    assert_has(printed, "2. microsoft (dnsbl_listed): Ask for removal.\n");
    assert_has(printed, "3. yahoo: Slow down to yahoo.\n");
    assert_has(printed, "mail.log.1.gz: the gzip stream ends too early\n");
    assert_has(printed, "2 malformed lines look like an outcome and cannot be read; the first: "
                        "mail.log:1234\n");
    assert_has(printed, "8 unknown lines (0.0 % of all)");
    assert_has(printed, "4 outcomes stood in the logs more than once and were counted once\n");
    assert_has(printed, "gmail: More than 5,000 messages a day.\n");
    assert_has(printed, "550 \xEF\xBF\xBD[31mj***@example.com\xEF\xBF\xBD \xEF\xBF\xBD "
                        "\xEF\xBF\xBD r\xC3\xA9jet\xC3\xA9\n");
    assert_true(strstr(printed, headline) < strstr(printed, "Providers"));
    assert_true(strstr(printed, "Providers") < strstr(printed, "What to do first"));
    assert_has_not(printed, "fine.example"); /* no failure, no row */
    free(printed);
}

static void names_a_block_that_was_said_twice_once_with_its_last_time(void **state)
{
    (void)state;
    struct sample sample;

    sample_fill(&sample);
    sample.events[3] = sample.events[2];
    sample.events[3].time_ms += 60000;
    char *printed = print(&sample.snapshot, 200, 20, false);
    assert_has(printed, "Blocked, as the other side says: microsoft dnsbl_listed "
                        "(zen.dnsbl.example) at 09:15.\n");
    free(printed);
}

static void shows_as_many_rows_as_are_wanted_and_says_how_many_more(void **state)
{
    (void)state;
    struct sample sample;

    sample_fill(&sample);
    char *one = print(&sample.snapshot, 120, 1, false);
    assert_has(one, "and 2 more (--top 0 shows all)\n");
    assert_has_not(one, "1,000,000");
    assert_has_not(one, "jet\xC3\xA9"); /* the second diagnostic */
    free(one);
    char *all = print(&sample.snapshot, 120, 0, false);
    assert_has(all, "1,000,000");
    assert_has(all, "jet\xC3\xA9");
    assert_has_not(all, "--top");
    free(all);
}

static void passes_on_nothing_that_a_terminal_obeys(void **state)
{
    (void)state;
    char evil[] = "a\x1b]0;x\x07\xC2\x9B"
                  "2J\xE2\x80\xAE\xE2\x81\xA6\xFF\x7f\r\n\tb";
    struct sample sample;

    sample_fill(&sample);
    sample.inputs[1].path = evil;
    sample.inputs[1].fault = evil;
    sample.providers[0].name = evil;
    sample.recipient_domains[0].name = evil;
    sample.recipient_domains[0].provider = evil;
    sample.sender_domains[0].name = evil;
    sample.sender_providers[0].name = evil;
    sample.diagnostics[0].text = evil;
    sample.diagnostics[0].text_size = sizeof(evil); /* with its NUL */
    for (size_t i = 0; i < ARRAY_COUNT(sample.events); i++) {
        sample.events[i].key = evil;
        sample.events[i].action = evil;
        sample.events[i].cause = evil;
    }
    sample.events[2].named = evil;
    sample.snapshot.malformed[0].file = evil;
    for (uint32_t width = 60; width <= 240; width += 20) {
        char *printed = print(&sample.snapshot, width, 0, false);
        assert_fit_for_a_terminal(printed, width);
        free(printed);
        printed = print(&sample.snapshot, width, 0, true);
        drop_colour(printed);
        assert_fit_for_a_terminal(printed, width);
        free(printed);
    }
    sample.snapshot.input_count = 1; /* its name stands in the first line */
    sample.inputs[0].path = evil;
    char *printed = print(&sample.snapshot, 100, 0, false);
    assert_fit_for_a_terminal(printed, 100);
    free(printed);
}

static void says_why_there_is_no_verdict(void **state)
{
    (void)state;
    struct bw_input_row input = {.path = sample_text("-"), .complete = true};
    struct bw_snapshot snapshot = {
        .inputs = &input, .input_count = 1, .first_ms = INT64_MIN, .last_ms = INT64_MIN};

    char *printed = print(&snapshot, 200, 20, false);
    assert_has(printed, "standard input, 0 lines;");
    assert_has(printed, "no delivery outcome was found: the input holds no line.\n");
    free(printed);
    snapshot.lines_total = 7;
    snapshot.lines_unknown = 7;
    printed = print(&snapshot, 200, 20, false);
    assert_has(printed,
               "no delivery outcome was found: 7 lines were read, 0 of them of a known mail "
               "program; is this a\n  Postfix log?\n");
    free(printed);
    snapshot.lines_outcome = 7;
    snapshot.local = 7;
    printed = print(&snapshot, 200, 20, false);
    assert_has(printed, "No mail went to a remote host.\n");
    assert_has(printed, "Not in the rate: 7 local.\n");
    free(printed);
    snapshot.totals.delivered = 3;
    printed = print(&snapshot, 200, 20, false);
    assert_has(printed, "All providers acceptable.\n");
    free(printed);
}

static void says_so_when_it_cannot_write(void **state)
{
    (void)state;
    const struct bw_report_options options = {.version = "1.2.3"};
    struct sample sample;
    FILE *full = fopen("/dev/full", "w");

    assert_non_null(full);
    (void)setvbuf(full, NULL, _IONBF, 0);
    sample_fill(&sample);
    assert_false(bw_report_text(&sample.snapshot, &options, full));
    clearerr(full);
    assert_false(bw_report_json(&sample.snapshot, &options, full));
    (void)fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_to_the_width_and_to_plain_text),
        cmocka_unit_test(says_first_who_blocks_and_what_to_do),
        cmocka_unit_test(names_a_block_that_was_said_twice_once_with_its_last_time),
        cmocka_unit_test(shows_as_many_rows_as_are_wanted_and_says_how_many_more),
        cmocka_unit_test(passes_on_nothing_that_a_terminal_obeys),
        cmocka_unit_test(says_why_there_is_no_verdict),
        cmocka_unit_test(says_so_when_it_cannot_write),
    };
    return cmocka_run_group_tests_name("report/report_text", tests, NULL, NULL);
}
