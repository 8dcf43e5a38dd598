#include "frame/line_start.h"
#include "test.h"

#include <stdlib.h>

#define BEHIND 200 /* bytes of the next line, so that the header may be read ahead */

static struct bw_text text_of(const char *bytes, size_t size)
{
    return (struct bw_text){bytes, size};
}

static void assert_same(struct bw_text found, struct bw_text expected)
{
    assert_int_equal(found.size, expected.size);
    assert_true(found.size == 0 || found.bytes == expected.bytes);
}

/* Reads the line, with others behind it. True: it was read without looking for its end, and then
 * the two readers agree. */
static bool starts_plainly(struct bw_text line)
{
    const size_t size = line.size + 1 + BEHIND;
    char *bytes = malloc(size);
    struct bw_syslog_memo memo = {0};
    struct bw_syslog_parts parts, expected;

    assert_non_null(bytes);
    memcpy(bytes, line.bytes, line.size);
    bytes[line.size] = '\n';
    memset(bytes + line.size + 1, 'x', BEHIND - 1);
    bytes[size - 1] = '\n';
    const char *message = bw_line_start(bytes, bytes + size, &parts);
    if (message != NULL) {
        /* What ends at the first '\n' is the line, wherever that is. */
        const char *newline = memchr(bytes, '\n', size);
        assert_true(message <= newline);
        assert_true(bw_syslog_split(text_of(bytes, (size_t)(newline - bytes)), &memo, &expected));
        assert_same(parts.stamp, expected.stamp);
        assert_same(parts.host, expected.host);
        assert_same(parts.program, expected.program);
        assert_same(text_of(message, (size_t)(newline - message)), expected.message);
    }
    free(bytes);
    return message != NULL;
}

static void reads_the_plain_shape(void **state)
{
    (void)state;
    static const struct bw_text lines[] = {
        BW_TEXT_INIT("Jul  5 06:52:11 mx1 postfix/qmgr[42]: 3F2A1C: removed"),
        BW_TEXT_INIT("Jul 15 06:52:11 mx1.example.com postfix-out/smtp[1234567]: x"),
        BW_TEXT_INIT("Jul 15 06:52:11 mx1 kernel: x [y]"),
        BW_TEXT_INIT("Jul 15 06:52:11 mx1 postfix/qmgr[42]: "),
        BW_TEXT_INIT("2026-05-01T09:14:00.123456+02:00 mx1 postfix/smtp[7]: 3F2A1C: removed"),
        BW_TEXT_INIT("2026-05-01T09:14:00Z mx1 postfix/smtp: 3F2A1C: removed"),
    };

    for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
        print_message("  %.*s\n", BW_TEXT_ARGS(lines[i]));
        assert_true(starts_plainly(lines[i]));
    }
}

static void leaves_odd_lines_to_the_other_reader(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text line;
    } cases[] = {
        {"empty", BW_TEXT_INIT("")},
        {"NUL in front", BW_TEXT_INIT("\0Jul  5 06:52:11 mx1 postfix/qmgr[42]: x")},
        {"ends in its stamp", BW_TEXT_INIT("Jul  5 06:52:11")},
        {"ends behind its stamp", BW_TEXT_INIT("Jul  5 06:52:11 ")},
        {"ends in its host", BW_TEXT_INIT("Jul  5 06:52:11 mx1")},
        {"ends in its tag", BW_TEXT_INIT("Jul  5 06:52:11 mx1 postfix/qm")},
        {"ends in its pid", BW_TEXT_INIT("Jul  5 06:52:11 mx1 postfix/qmgr[4")},
        {"no host", BW_TEXT_INIT("Jul  5 06:52:11 postfix/qmgr[42]: x")},
        {"two blanks", BW_TEXT_INIT("Jul  5 06:52:11  mx1 postfix/qmgr[42]: x")},
        {"facility", BW_TEXT_INIT("Jul  5 06:52:11 <mail.info> mx1 postfix/qmgr[42]: x")},
        {"no tag", BW_TEXT_INIT("Jul  5 06:52:11 mx1 last message repeated 2 times")},
        {"empty tag", BW_TEXT_INIT("Jul  5 06:52:11 mx1 : x")},
        {"a pid of letters", BW_TEXT_INIT("Jul  5 06:52:11 mx1 postfix/qmgr[4a]: x")},
        {"Solaris", BW_TEXT_INIT("Jul  5 06:52:11 mx1 sendmail[4]: [ID 1 mail.info] x")},
        {"RFC 5424", BW_TEXT_INIT("<22>1 2026-05-01T09:14:00Z mx1 postfix/smtp 7 - - x")},
        {"no zone, blank", BW_TEXT_INIT("2026-05-01 09:14:00 mx1 postfix/smtp[7]: x")},
        {"a long host",
         BW_TEXT_INIT("Jul  5 06:52:11 a-host-name-that-is-longer-than-usual.example "
                      "postfix/qmgr[42]: x")},
        {"no log", BW_TEXT_INIT("<html><body>It works: all of it [really]: yes</body></html>")},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        assert_false(starts_plainly(cases[i].line));
    }
}

static void needs_room_to_look_ahead(void **state)
{
    (void)state;
    static const char line[] = "Jul  5 06:52:11 mx1 postfix/qmgr[42]: 3F2A1C: removed\n";
    struct bw_syslog_parts parts;

    assert_null(bw_line_start(line, line + sizeof(line) - 1, &parts));
}

/* Each byte of the header as each of the bytes that mean something in one. */
static void agrees_with_the_other_reader_whatever_one_byte_is(void **state)
{
    (void)state;
    static const struct bw_text lines[] = {
        BW_TEXT_INIT("Jul  5 06:52:11 mx1 postfix/qmgr[42]: 3F2A1C: removed"),
        BW_TEXT_INIT("2026-05-01T09:14:00.1+02:00 mx1 postfix/qmgr[42]: 3F2A1C: removed"),
    };
    static const char bytes[] = " :[]<>-T0a\n\r\0\x80.";
    size_t plain = 0;

    for (size_t i = 0; i < ARRAY_COUNT(lines); i++)
        for (size_t at = 0; at < lines[i].size; at++)
            for (size_t j = 0; j < sizeof(bytes) - 1; j++) {
                char copy[128];

                memcpy(copy, lines[i].bytes, lines[i].size);
                copy[at] = bytes[j];
                plain += starts_plainly(text_of(copy, lines[i].size)) ? 1 : 0;
            }
    assert_true(plain > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_plain_shape),
        cmocka_unit_test(leaves_odd_lines_to_the_other_reader),
        cmocka_unit_test(needs_room_to_look_ahead),
        cmocka_unit_test(agrees_with_the_other_reader_whatever_one_byte_is),
    };
    return cmocka_run_group_tests_name("frame/line_start", tests, NULL, NULL);
}
