#include "frame/syslog_header.h"
#include "test.h"

#define MESSAGE "3F2A1C: removed"

/* Without a memo, with that of whatever line came before, and with that of the line itself. */
static bool split(struct bw_text line, struct bw_syslog_parts *parts)
{
    static struct bw_syslog_memo memo;
    struct bw_syslog_memo fresh = {0};
    const bool is_header = bw_syslog_split(line, &fresh, parts);

    for (int i = 0; i < 2; i++) {
        struct bw_syslog_parts again;

        assert_int_equal(bw_syslog_split(line, &memo, &again), is_header);
        if (!is_header)
            continue;
        assert_true(bw_text_equal(again.stamp, parts->stamp));
        assert_true(bw_text_equal(again.host, parts->host));
        assert_true(bw_text_equal(again.program, parts->program));
        assert_true(bw_text_equal(again.message, parts->message));
    }
    return is_header;
}

static void splits_every_form_of_header(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text line;
        const char *stamp, *host, *program, *message;
    } cases[] = {
        {"RFC 3164", BW_TEXT_INIT("Jul  5 06:52:11 mx1 postfix/qmgr[42]: " MESSAGE),
         "Jul  5 06:52:11", "mx1", "postfix/qmgr", MESSAGE},
        {"a day of two digits", BW_TEXT_INIT("Jul 15 06:52:11 mx1 postfix/qmgr[42]: " MESSAGE),
         "Jul 15 06:52:11", "mx1", "postfix/qmgr", MESSAGE},
        {"a day with a zero", BW_TEXT_INIT("Jul 05 06:52:11 mx1 postfix/qmgr[42]: " MESSAGE),
         "Jul 05 06:52:11", "mx1", "postfix/qmgr", MESSAGE},
        {"one blank before a single digit",
         BW_TEXT_INIT("Jul 5 06:52:11 mx1 postfix/qmgr[42]: " MESSAGE), "Jul 5 06:52:11", "mx1",
         "postfix/qmgr", MESSAGE},
        {"a fraction", BW_TEXT_INIT("Jul  5 06:52:11.123 mx1 postfix/qmgr[42]: " MESSAGE),
         "Jul  5 06:52:11.123", "mx1", "postfix/qmgr", MESSAGE},
        {"a year behind the day",
         BW_TEXT_INIT("Jul  5 2026 06:52:11 mx1 postfix/qmgr[42]: " MESSAGE),
         "Jul  5 2026 06:52:11", "mx1", "postfix/qmgr", MESSAGE},
        {"RFC 3339",
         BW_TEXT_INIT("2026-05-01T09:14:00.123456+02:00 mx1 postfix/qmgr[42]: " MESSAGE),
         "2026-05-01T09:14:00.123456+02:00", "mx1", "postfix/qmgr", MESSAGE},
        {"RFC 3339 in UTC", BW_TEXT_INIT("2026-05-01T09:14:00Z mx1 postfix/qmgr[42]: " MESSAGE),
         "2026-05-01T09:14:00Z", "mx1", "postfix/qmgr", MESSAGE},
        {"journalctl's short-iso",
         BW_TEXT_INIT("2026-05-01T09:14:00+0200 mx1 postfix/qmgr[42]: " MESSAGE),
         "2026-05-01T09:14:00+0200", "mx1", "postfix/qmgr", MESSAGE},
        {"a blank in place of T, a comma",
         BW_TEXT_INIT("2026-05-01 09:14:00,123 mx1 postfix/qmgr[42]: " MESSAGE),
         "2026-05-01 09:14:00,123", "mx1", "postfix/qmgr", MESSAGE},
        {"<PRI> in front", BW_TEXT_INIT("<22>Jul  5 06:52:11 mx1 postfix/qmgr[42]: " MESSAGE),
         "Jul  5 06:52:11", "mx1", "postfix/qmgr", MESSAGE},
        {"<PRI> and RFC 3339",
         BW_TEXT_INIT("<191>2026-05-01T09:14:00Z mx1 postfix/qmgr[42]: " MESSAGE),
         "2026-05-01T09:14:00Z", "mx1", "postfix/qmgr", MESSAGE},
        {"RFC 5424 without structured data",
         BW_TEXT_INIT("<22>1 2026-05-01T09:14:00Z mx1 postfix/qmgr 42 - - " MESSAGE),
         "2026-05-01T09:14:00Z", "mx1", "postfix/qmgr", MESSAGE},
        {"with structured data that holds brackets and escapes",
         BW_TEXT_INIT("<22>1 2026-05-01T09:14:00.003Z mx1 postfix/qmgr 42 ID47 "
                      "[a@32473 x=\"] y\" z=\"\\\"] \\]\"][b c=\"\"] " MESSAGE),
         "2026-05-01T09:14:00.003Z", "mx1", "postfix/qmgr", MESSAGE},
        {"with a byte order mark",
         BW_TEXT_INIT("<22>1 2026-05-01T09:14:00Z mx1 postfix/qmgr 42 - - \xEF\xBB\xBF" MESSAGE),
         "2026-05-01T09:14:00Z", "mx1", "postfix/qmgr", MESSAGE},
        {"structured data, a mark",
         BW_TEXT_INIT("<22>1 2026-05-01T09:14:00Z mx1 postfix/qmgr 42 - [a b=\"c\"] "
                      "\xEF\xBB\xBF" MESSAGE),
         "2026-05-01T09:14:00Z", "mx1", "postfix/qmgr", MESSAGE},
        {"no message", BW_TEXT_INIT("<22>1 2026-05-01T09:14:00Z mx1 postfix/qmgr 42 - [a b=\"c\"]"),
         "2026-05-01T09:14:00Z", "mx1", "postfix/qmgr", ""},
        {"RFC 5424 without a host", BW_TEXT_INIT("<22>1 2026-05-01T09:14:00Z - a 42 - - x"),
         "2026-05-01T09:14:00Z", "", "a", "x"},
        {"RFC 5424 without a program", BW_TEXT_INIT("<22>1 2026-05-01T09:14:00Z mx1 - - - - x"),
         "2026-05-01T09:14:00Z", "mx1", "", "x"},
        {"Solaris",
         BW_TEXT_INIT("Jul  5 06:52:11 mx1 postfix/qmgr[42]: [ID 197553 mail.info] " MESSAGE),
         "Jul  5 06:52:11", "mx1", "postfix/qmgr", MESSAGE},
        {"a bracket that is no Solaris tag", BW_TEXT_INIT("Jul  5 06:52:11 mx1 a[1]: [IDLE] x"),
         "Jul  5 06:52:11", "mx1", "a", "[IDLE] x"},
        {"FreeBSD with -v",
         BW_TEXT_INIT("Jul  5 06:52:11 <mail.info> mx1 postfix/qmgr[42]: " MESSAGE),
         "Jul  5 06:52:11", "mx1", "postfix/qmgr", MESSAGE},
        {"no host", BW_TEXT_INIT("Jul  5 06:52:11 postfix/qmgr[42]: " MESSAGE), "Jul  5 06:52:11",
         "", "postfix/qmgr", MESSAGE},
        {"no process id", BW_TEXT_INIT("Jul  5 06:52:11 mx1 postfix/qmgr: " MESSAGE),
         "Jul  5 06:52:11", "mx1", "postfix/qmgr", MESSAGE},
        {"no blank behind the tag", BW_TEXT_INIT("Jul  5 06:52:11 mx1 postfix/qmgr[42]:" MESSAGE),
         "Jul  5 06:52:11", "mx1", "postfix/qmgr", MESSAGE},
        {"no tag", BW_TEXT_INIT("Jul  5 06:52:11 mx1 last message repeated 3 times"),
         "Jul  5 06:52:11", "mx1", "", "last message repeated 3 times"},
        {"an IPv6 address for a host", BW_TEXT_INIT("Jul  5 06:52:11 2001:db8::7 a[1]: x"),
         "Jul  5 06:52:11", "2001:db8::7", "a", "x"},
        {"an empty message", BW_TEXT_INIT("Jul  5 06:52:11 mx1 a[1]:"), "Jul  5 06:52:11", "mx1",
         "a", ""},
        {"invalid UTF-8 in the message", BW_TEXT_INIT("Jul  5 06:52:11 mx1 a[1]: \xFF\xFE"),
         "Jul  5 06:52:11", "mx1", "a", "\xFF\xFE"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text line = bw_test_exact_copy(cases[i].line);
        struct bw_syslog_parts parts;

        print_message("  %s\n", cases[i].why);
        assert_true(split(line, &parts));
        assert_text_equal(parts.stamp, cases[i].stamp);
        assert_text_equal(parts.host, cases[i].host);
        assert_text_equal(parts.program, cases[i].program);
        assert_text_equal(parts.message, cases[i].message);
        bw_test_exact_free(line);
    }
}

static void tells_what_does_not_start_like_a_syslog_line(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text line;
    } cases[] = {
        {"nothing", BW_TEXT_INIT("")},
        {"blanks", BW_TEXT_INIT("                                ")},
        {"prose", BW_TEXT_INIT("The quick brown fox jumps over the lazy dog")},
        {"HTML", BW_TEXT_INIT("<html><head><title>mail.log</title></head>")},
        {"a web server's line",
         BW_TEXT_INIT("192.0.2.1 - - [05/Jul/2026:06:52:11 +0000] \"GET /\"")},
        {"binary", BW_TEXT_INIT("\x7f"
                                "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0")},
        {"<PRI> that is no number", BW_TEXT_INIT("<a>Jul  5 06:52:11 mx1 a[1]: x")},
        {"<PRI> of four digits", BW_TEXT_INIT("<1910>Jul  5 06:52:11 mx1 a[1]: x")},
        {"<PRI> and prose", BW_TEXT_INIT("<22>hello")},
        {"RFC 5424 with a time that is none", BW_TEXT_INIT("<22>1 yesterday mx1 a 42 - - x")},
        {"RFC 5424 cut off behind the host", BW_TEXT_INIT("<22>1 2026-05-01T09:14:00Z mx1")},
        {"three digits for the day", BW_TEXT_INIT("Jul 123 06:52:11 mx1 a[1]: x")},
        {"no seconds", BW_TEXT_INIT("Jul  5 06:52 mx1 a[1]: x")},
        {"a date alone", BW_TEXT_INIT("2026-05-01 mx1 a[1]: x and more of it")},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text line = bw_test_exact_copy(cases[i].line);
        struct bw_syslog_parts parts;

        print_message("  %s\n", cases[i].why);
        assert_false(split(line, &parts));
        bw_test_exact_free(line);
    }
}

static void assert_inside(struct bw_text part, struct bw_text line)
{
    assert_true(part.size == 0 ||
                (part.bytes >= line.bytes && part.bytes + part.size <= line.bytes + line.size));
}

/* The sanitizers watch for a read behind the end of each prefix. */
static void reads_no_byte_behind_a_line_that_is_cut_anywhere(void **state)
{
    (void)state;
    static const struct bw_text lines[] = {
        BW_TEXT_INIT("Jul  5 06:52:11 mx1 postfix/qmgr[42]: [ID 197553 mail.info] x"),
        BW_TEXT_INIT("Jul 5 2026 06:52:11.25 <mail.info> mx1 postfix/qmgr[42]: x"),
        BW_TEXT_INIT("2026-05-01T09:14:00.123456+02:00 mx1 postfix/qmgr[42]: x"),
        BW_TEXT_INIT("<22>1 2026-05-01T09:14:00Z mx1 a 42 - [a b=\"\\\"c\"][d] \xEF\xBB\xBFx"),
        BW_TEXT_INIT("<191>Jul  5 06:52:11 mx1 a[1]: x"),
    };

    for (size_t i = 0; i < ARRAY_COUNT(lines); i++)
        for (size_t size = 0; size <= lines[i].size; size++) {
            const struct bw_text line = bw_test_exact_copy(bw_text_head(lines[i], size));
            struct bw_syslog_parts parts;
            struct bw_stamp stamp;

            if (split(line, &parts)) {
                assert_inside(parts.stamp, line);
                assert_inside(parts.host, line);
                assert_inside(parts.program, line);
                assert_inside(parts.message, line);
                bw_stamp_parse(parts.stamp, &stamp);
            }
            bw_test_exact_free(line);
        }
}

/* Any byte in any place: whatever the answer, every part lies in the line. */
static void survives_every_byte_in_every_place(void **state)
{
    (void)state;
    static const struct bw_text good =
        BW_TEXT_INIT("<22>1 2026-05-01T09:14:00Z mx1 a 42 - [a b=\"c\"] x[1]: y");
    static const char bytes[] = {'\0', ' ', '"', '[', ']', ':', '<', '>', '\\', '1', 'J', '\xFF'};

    for (size_t at = 0; at < good.size; at++)
        for (size_t k = 0; k < sizeof(bytes); k++) {
            const struct bw_text line = bw_test_exact_copy(good);
            struct bw_syslog_parts parts;

            ((char *)(uintptr_t)line.bytes)[at] = bytes[k];
            if (split(line, &parts)) {
                assert_inside(parts.stamp, line);
                assert_inside(parts.host, line);
                assert_inside(parts.program, line);
                assert_inside(parts.message, line);
            }
            bw_test_exact_free(line);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_every_form_of_header),
        cmocka_unit_test(tells_what_does_not_start_like_a_syslog_line),
        cmocka_unit_test(reads_no_byte_behind_a_line_that_is_cut_anywhere),
        cmocka_unit_test(survives_every_byte_in_every_place),
    };
    return cmocka_run_group_tests_name("frame/syslog_header", tests, NULL, NULL);
}
