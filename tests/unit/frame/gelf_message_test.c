#include "frame/gelf_message.h"
#include "test.h"

#include <stdio.h>

#define NOW  INT64_C(1795485600123)
#define ROOM ((size_t)64 * 1024)

static char line[ROOM];

static void writes_what_senders_say_as_a_line(void **state)
{
    (void)state;
    static const struct {
        const char *why, *json, *line;
    } cases[] = {
        {"all there is",
         "{\"version\":\"1.1\",\"host\":\"mx1\",\"short_message\":\"4Z1: removed\","
         "\"timestamp\":1795485600.5,\"level\":6,\"_SYSLOG_IDENTIFIER\":\"postfix/qmgr\","
         "\"_SYSLOG_PID\":\"77\"}",
         "2026-11-24T02:00:00.500+00:00 mx1 postfix/qmgr[77]: 4Z1: removed\n"},
        {"names of other senders, a number as the process id",
         "{\"host\":\"mx1\",\"short_message\":\"m\",\"_application_name\":\"postfix/smtp\","
         "\"_process_id\":9,\"timestamp\":\"1795485600\"}",
         "2026-11-24T02:00:00.000+00:00 mx1 postfix/smtp[9]: m\n"},
        {"no time, no program: the message begins with it",
         "{\"host\":\"mx1\",\"short_message\":\"postfix/smtp[3]: 4Z1: to=<a@b.example>\"}",
         "2026-11-24T02:00:00.123+00:00 mx1 postfix/smtp[3]: 4Z1: to=<a@b.example>\n"},
        {"the message goes on in full_message",
         "{\"host\":\"h\",\"facility\":\"exim\",\"short_message\":\"begins\","
         "\"full_message\":\"begins and\\ngoes on\"}",
         "2026-11-24T02:00:00.123+00:00 h exim: begins and goes on\n"},
        {"full_message is something else",
         "{\"host\":\"h\",\"_tag\":\"t\",\"short_message\":\"this\",\"full_message\":\"that, "
         "long\"}",
         "2026-11-24T02:00:00.123+00:00 h t: this\n"},
        {"escapes, and blanks in names",
         "{\"host\":\"my host\",\"_program\":\"a\\u0007b "
         "c\",\"short_message\":\"\\u00e4\\t\\u001b[x\"}",
         "2026-11-24T02:00:00.123+00:00 my_host a_b_c: \xc3\xa4  [x\n"},
        {"the last of two members counts",
         "{\"host\":\"h\",\"_tag\":\"t\",\"short_message\":\"one\",\"short_message\":\"two\"}",
         "2026-11-24T02:00:00.123+00:00 h t: two\n"},
        {"full_message alone, which is against the rules and says enough",
         "{\"_tag\":\"t\",\"full_message\":\"alone\"}",
         "2026-11-24T02:00:00.123+00:00 - t: alone\n"},
        {"a time as text of another kind is none, not the year as seconds",
         "{\"short_message\":\"m\",\"_tag\":\"t\",\"timestamp\":\"2026-11-24T02:00:00Z\"}",
         "2026-11-24T02:00:00.123+00:00 - t: m\n"},
        {"a time that would be rounded into the year 10000 is none",
         "{\"short_message\":\"m\",\"_tag\":\"t\",\"timestamp\":253402300799.9999}",
         "2026-11-24T02:00:00.123+00:00 - t: m\n"},
        {"a tag of syslog as a whole",
         "{\"host\":\"h\",\"_tag\":\"postfix/smtp[12]:\",\"short_message\":\"4Z1: removed\"}",
         "2026-11-24T02:00:00.123+00:00 h postfix/smtp[12]: 4Z1: removed\n"},
        {"a process id in the tag and beside it",
         "{\"host\":\"h\",\"_tag\":\"postfix/smtp[12]\",\"_pid\":12.0,\"short_message\":\"m\"}",
         "2026-11-24T02:00:00.123+00:00 h postfix/smtp[12]: m\n"},
        {"marks of a tag within a program or process id would end it",
         "{\"host\":\"h\",\"_tag\":\"a:b[c\",\"_pid\":\"1]2\",\"short_message\":\"m\"}",
         "2026-11-24T02:00:00.123+00:00 h a_b_c[1_2]: m\n"},
        {"a tag of nothing but a colon is none",
         "{\"host\":\"h\",\"_tag\":\":\",\"short_message\":\"t: m\"}",
         "2026-11-24T02:00:00.123+00:00 h t: m\n"},
        {"a host that ends like a tag",
         "{\"host\":\"2001:db8::\",\"_tag\":\"t\",\"short_message\":\"m\"}",
         "2026-11-24T02:00:00.123+00:00 2001:db8:_ t: m\n"},
        {"a facility of syslog is no program, and does not hide the one of the message",
         "{\"host\":\"h\",\"facility\":\"mail\",\"short_message\":\"postfix/smtp[3]: 4Z1: x\"}",
         "2026-11-24T02:00:00.123+00:00 h postfix/smtp[3]: 4Z1: x\n"},
        {"a reply in Latin-1",
         "{\"host\":\"h\",\"_tag\":\"t\",\"short_message\":\"Empf\xe4nger, \xc3\xa4\xfc\"}",
         "2026-11-24T02:00:00.123+00:00 h t: Empf?nger, \xc3\xa4?\n"},
        {"U+0000 is a control character like others",
         "{\"host\":\"h\",\"_tag\":\"t\",\"short_message\":\"a\\u0000b\",\"_x\":\"\\u0000\"}",
         "2026-11-24T02:00:00.123+00:00 h t: a b\n"},
        {"a pair of surrogates",
         "{\"host\":\"h\",\"_tag\":\"t\",\"short_message\":\"\\ud83d\\ude00\"}",
         "2026-11-24T02:00:00.123+00:00 h t: \xf0\x9f\x98\x80\n"},
        {"a number that no integer holds, in a member that does not matter",
         "{\"host\":\"h\",\"_tag\":\"t\",\"short_message\":\"m\",\"_x\":18446744073709551615}",
         "2026-11-24T02:00:00.123+00:00 h t: m\n"},
        {"a time beyond all years is none",
         "{\"short_message\":\"m\",\"_tag\":\"t\",\"timestamp\":1e300}",
         "2026-11-24T02:00:00.123+00:00 - t: m\n"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text json = bw_test_exact_copy(bw_text_of(cases[i].json));
        const size_t size = bw_gelf_line(json, NOW, line, sizeof(line));
        if (size != strlen(cases[i].line) || memcmp(line, cases[i].line, size) != 0)
            fail_msg("%s: %.*s", cases[i].why, (int)size, line);
        bw_test_exact_free(json);
    }
}

static void refuses_what_is_no_message_and_every_part_of_one(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "null",
        "[]",
        "\"text\"",
        "{",
        "{}",
        "{\"short_message\":1}",
        "{\"short_message\":\"\"}",
        "{\"short_message\":\"m\"} more",
    };
    static const char whole[] = "{\"host\":\"h\",\"short_message\":\"m\",\"_a\":[{\"b\":null}]}";

    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        assert_int_equal(bw_gelf_line(bw_text_of(texts[i]), NOW, line, sizeof(line)), 0);
    for (size_t cut = 0; cut < sizeof(whole); cut++) {
        const struct bw_text part = bw_test_exact_copy((struct bw_text){whole, cut});
        const size_t size = bw_gelf_line(part, NOW, line, sizeof(line));
        assert_true((size > 0) == (cut == sizeof(whole) - 1));
        bw_test_exact_free(part);
    }
}

/* {"short_message":"m","_x":HEAD...TAIL...} */
static size_t size_of_many(const char *head, const char *tail, size_t count)
{
    static char json[16 * 1024];
    size_t size = (size_t)snprintf(json, sizeof(json), "{\"short_message\":\"m\",\"_x\":");

    for (size_t i = 0; i < count; i++)
        size += (size_t)snprintf(json + size, sizeof(json) - size, "%s", head);
    json[size++] = '0';
    for (size_t i = 0; i < count; i++)
        size += (size_t)snprintf(json + size, sizeof(json) - size, "%s", tail);
    json[size++] = '}';
    return bw_gelf_line((struct bw_text){json, size}, NOW, line, sizeof(line));
}

static void refuses_what_is_far_dearer_than_its_size(void **state)
{
    (void)state;
    assert_true(size_of_many("[", "]", 31) > 0);
    assert_int_equal(size_of_many("[", "]", 32), 0);
    assert_true(size_of_many("", ",\"k\":0", 1022) > 0);
    assert_int_equal(size_of_many("", ",\"k\":0", 1023), 0);
    /* What is in strings counts for nothing. */
    assert_true(size_of_many("", ",\"k\":\"[[{{,,\\\"[\"", 100) > 0);
}

static void a_long_message_is_cut(void **state)
{
    (void)state;
    static char json[200000];
    const int head = snprintf(json, sizeof(json), "{\"_tag\":\"t\",\"short_message\":\"");

    (void)memset(json + head, 'x', sizeof(json) - (size_t)head);
    json[sizeof(json) - 2] = '"';
    json[sizeof(json) - 1] = '}';
    assert_int_equal(bw_gelf_line((struct bw_text){json, sizeof(json)}, NOW, line, sizeof(line)),
                     ROOM);
    assert_int_equal(line[ROOM - 1], '\n');
    assert_null(memchr(line, '\n', ROOM - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_senders_say_as_a_line),
        cmocka_unit_test(refuses_what_is_no_message_and_every_part_of_one),
        cmocka_unit_test(refuses_what_is_far_dearer_than_its_size),
        cmocka_unit_test(a_long_message_is_cut),
    };

    return cmocka_run_group_tests_name("frame/gelf_message", tests, NULL, NULL);
}
