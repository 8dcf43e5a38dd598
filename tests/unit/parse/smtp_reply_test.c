#include "parse/smtp_reply.h"
#include "test.h"

#define ROOM_BYTES 512

struct reply_case {
    const char *why;
    struct bw_text given;
    const char *text, *status; /* text NULL: as given */
    uint16_t code;
};

static void assert_reply(const struct reply_case *expected)
{
    const struct bw_text given = bw_test_exact_copy(expected->given);
    char bytes[ROOM_BYTES];
    struct bw_text_room room = {bytes, 0, given.size};
    struct bw_smtp_reply reply;

    assert_true(given.size <= sizeof(bytes));
    print_message("  %s\n", expected->why);
    bw_smtp_reply_parse(given, &room, &reply);
    assert_int_equal(reply.code, expected->code);
    assert_text_equal(reply.status, expected->status);
    if (expected->text == NULL)
        assert_true(bw_text_equal(reply.text, given));
    else
        assert_text_equal(reply.text, expected->text);
    assert_true(room.used <= given.size);
    bw_test_exact_free(given);
}

static void reads_the_codes_at_the_front_and_nowhere_else(void **state)
{
    (void)state;
    static const struct reply_case cases[] = {
        {"nothing", BW_TEXT_INIT(""), "", "", 0},
        {"blanks", BW_TEXT_INIT("  \r\n"), "", "", 0},
        {"accepted", BW_TEXT_INIT("250 2.0.0 Ok: queued as 3F2A1C"), NULL, "2.0.0", 250},
        {"blanks around it", BW_TEXT_INIT(" 550 5.1.1 no \r\n"), "550 5.1.1 no", "5.1.1", 550},
        {"a code alone", BW_TEXT_INIT("554"), NULL, "", 554},
        {"a code and a blank", BW_TEXT_INIT("554 "), "554", "", 554},
        {"both codes alone", BW_TEXT_INIT("550 5.1.1"), NULL, "5.1.1", 550},
        {"behind a hyphen", BW_TEXT_INIT("550-5.1.1"), NULL, "5.1.1", 550},
        {"no enhanced code", BW_TEXT_INIT("550 no such user"), NULL, "", 550},
        {"two blanks", BW_TEXT_INIT("550  5.1.1 no"), NULL, "5.1.1", 550},
        {"a # before it", BW_TEXT_INIT("550 #5.1.0 Address rejected."), NULL, "5.1.0", 550},
        {"a # behind a hyphen", BW_TEXT_INIT("550-#5.1.0 Address rejected."), NULL, "5.1.0", 550},
        {"a detail of two digits", BW_TEXT_INIT("550 5.7.26 unauthenticated"), NULL, "5.7.26", 550},
        {"a detail of three digits", BW_TEXT_INIT("550 5.7.509 Access denied"), NULL, "5.7.509",
         550},
        {"a subject of three digits", BW_TEXT_INIT("554 5.100.200 x"), NULL, "5.100.200", 554},
        {"a detail of four digits is none", BW_TEXT_INIT("550 5.7.1234 x"), NULL, "", 550},
        {"a subject of four digits is none", BW_TEXT_INIT("550 5.1234.1 x"), NULL, "", 550},
        {"no class 3", BW_TEXT_INIT("550 3.1.1 x"), NULL, "", 550},
        {"a colon behind it", BW_TEXT_INIT("550 5.1.1: no"), NULL, "5.1.1", 550},
        {"a full stop behind it", BW_TEXT_INIT("550 5.1.1. no"), NULL, "5.1.1", 550},
        {"quoted-printable behind it", BW_TEXT_INIT("550 5.1.1=20no=3Dsuch user"), NULL, "5.1.1",
         550},
        {"a letter behind it", BW_TEXT_INIT("550 5.1.1x no"), NULL, "", 550},
        {"an address", BW_TEXT_INIT("554 5.10.20.30 is listed"), NULL, "", 554},
        {"cut in the enhanced code", BW_TEXT_INIT("550 5.1."), NULL, "", 550},
        {"cut before its first dot", BW_TEXT_INIT("550 5"), NULL, "", 550},
        {"a code in prose", BW_TEXT_INIT("421 try again in 500 seconds"), NULL, "", 421},
        {"an enhanced code in prose", BW_TEXT_INIT("550 see 5.7.1 in the manual"), NULL, "", 550},
        {"codes in an address", BW_TEXT_INIT("450 <550-5.1.1@example.com> wait"), NULL, "", 450},
        {"another reply inside", BW_TEXT_INIT("451 host mx.example said: 550 5.1.1 no"), NULL, "",
         451},
        {"qmail's enhanced code", BW_TEXT_INIT("550 sorry, no mailbox here (#5.1.1)"), NULL,
         "5.1.1", 550},
        {"qmail's with words behind it", BW_TEXT_INIT("553 no (#5.7.1) (mx1)"), NULL, "5.7.1", 553},
        {"a ticket before qmail's", BW_TEXT_INIT("550 case (#42) (#5.7.1)"), NULL, "5.7.1", 550},
        {"qmail's in several lines", BW_TEXT_INIT("550-no 550 user (#5.1.1)"),
         "550-no user (#5.1.1)", "5.1.1", 550},
        {"qmail's does not agree", BW_TEXT_INIT("450 later (#5.7.1)"), NULL, "", 450},
        {"qmail's is not closed", BW_TEXT_INIT("550 no (#5.1.1"), NULL, "", 550},
        {"qmail's of an accepted message", BW_TEXT_INIT("250 ok (#2.0.0)"), NULL, "", 250},
        {"both codes differ", BW_TEXT_INIT("450 5.1.1 later"), NULL, "5.1.1", 450},
        {"two digits", BW_TEXT_INIT("55"), NULL, "", 0},
        {"four digits", BW_TEXT_INIT("5501 Main Street"), NULL, "", 0},
        {"a host name", BW_TEXT_INIT("550.example.com refused"), NULL, "", 0},
        {"over 599", BW_TEXT_INIT("600 x"), NULL, "", 0},
        {"under 200", BW_TEXT_INIT("199 x"), NULL, "", 0},
        {"prose with a code in it", BW_TEXT_INIT("said 550 5.1.1 no"), NULL, "", 0},
        {"an enhanced code without a reply code", BW_TEXT_INIT("5.1.1 no"), NULL, "", 0},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_reply(&cases[i]);
}

static void joins_the_lines_of_a_reply(void **state)
{
    (void)state;
    static const struct reply_case cases[] = {
        {"two lines", BW_TEXT_INIT("550-first 550 second"), "550-first second", "", 550},
        {"three lines", BW_TEXT_INIT("550-A 550-B 550 C"), "550-A B C", "", 550},
        {"enhanced codes in each",
         BW_TEXT_INIT("550-5.1.1 The account 550-5.1.1 does not exist. 550 5.1.1 Bye"),
         "550-5.1.1 The account does not exist. Bye", "5.1.1", 550},
        {"an enhanced code in the first only", BW_TEXT_INIT("550-5.7.26 a 550 b"), "550-5.7.26 a b",
         "5.7.26", 550},
        {"an enhanced code in the last only", BW_TEXT_INIT("550-a 550 5.7.26 b"), "550-a 5.7.26 b",
         "5.7.26", 550},
        {"several blanks behind the codes", BW_TEXT_INIT("550-5.1.1 a 550 5.1.1  b"),
         "550-5.1.1 a b", "5.1.1", 550},
        {"an empty line in the middle", BW_TEXT_INIT("550-first 550- 550 last"), "550-first last",
         "", 550},
        {"an empty line with its enhanced code",
         BW_TEXT_INIT("550-5.1.1 first 550-5.1.1 550 5.1.1 last"), "550-5.1.1 first last", "5.1.1",
         550},
        {"an empty line in front", BW_TEXT_INIT("550- 550 last"), "550- last", "", 550},
        {"an empty last line", BW_TEXT_INIT("550-first 550"), "550-first", "", 550},
        {"nothing but empty lines", BW_TEXT_INIT("550- 550- 550"), "550-", "", 550},
        {"the last line is missing", BW_TEXT_INIT("550-5.1.1 one 550-5.1.1 two"),
         "550-5.1.1 one two", "5.1.1", 550},
        {"cut in the code of the second", BW_TEXT_INIT("550-5.1.1 one 55"), NULL, "5.1.1", 550},
        {"numbers in the prose of a line", BW_TEXT_INIT("450-try in 500 seconds 450 later"),
         "450-try in 500 seconds later", "", 450},
        {"another code is no line", BW_TEXT_INIT("550-a 250-b 550 c"), "550-a 250-b c", "", 550},
        {"the code inside a word is no line", BW_TEXT_INIT("550-a x550-b 5501 550.1 550 c"),
         "550-a x550-b 5501 550.1 c", "", 550},
        {"behind the last line the code is prose", BW_TEXT_INIT("550-a 550 b 550 c"),
         "550-a b 550 c", "", 550},
        {"no hyphen, no lines", BW_TEXT_INIT("550 a 550 b"), NULL, "", 550},
        {"quoted-printable leftovers stay", BW_TEXT_INIT("550-a=20 550 b=3D"), "550-a=20 b=3D", "",
         550},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_reply(&cases[i]);
}

static void leaves_the_lines_apart_without_room_for_them(void **state)
{
    (void)state;
    const struct bw_text given = bw_test_exact_copy(BW_TEXT("550-5.1.1 a 550 5.1.1 b"));
    char bytes[ROOM_BYTES];
    struct bw_text_room little = {bytes, 0, given.size - 1};
    struct bw_smtp_reply reply;

    bw_smtp_reply_parse(given, NULL, &reply);
    assert_true(bw_text_equal(reply.text, given));
    assert_text_equal(reply.status, "5.1.1");
    assert_int_equal(reply.code, 550);
    bw_smtp_reply_parse(given, &little, &reply);
    assert_true(bw_text_equal(reply.text, given));
    assert_text_equal(reply.status, "5.1.1");
    assert_int_equal(little.used, 0);
    bw_test_exact_free(given);
}

static void one_room_holds_several_replies(void **state)
{
    (void)state;
    char bytes[ROOM_BYTES];
    struct bw_text_room room = {bytes, 0, sizeof(bytes)};
    struct bw_smtp_reply first, second, third;

    bw_smtp_reply_parse(BW_TEXT("550-5.1.1 a 550 5.1.1 b"), &room, &first);
    bw_smtp_reply_parse(BW_TEXT("250 2.0.0 not joined"), &room, &second);
    bw_smtp_reply_parse(BW_TEXT("421-c 421 d"), &room, &third);
    assert_text_equal(first.text, "550-5.1.1 a b");
    assert_text_equal(first.status, "5.1.1");
    assert_text_equal(second.text, "250 2.0.0 not joined");
    assert_text_equal(third.text, "421-c d");
}

static void reads_no_byte_behind_a_reply_that_is_cut_anywhere(void **state)
{
    (void)state;
    static const struct bw_text text = BW_TEXT_INIT(
        "550-#5.7.509 A 550- 550-5.7.509 B 550-5.7.509 550 5.7.509 C (host said: 5.1.1");
    char bytes[ROOM_BYTES];

    for (size_t from = 0; from < text.size; from++)
        for (size_t to = from; to <= text.size; to++) {
            const struct bw_text given =
                bw_test_exact_copy((struct bw_text){text.bytes + from, to - from});
            struct bw_text_room room = {bytes, 0, given.size};
            struct bw_smtp_reply reply;

            bw_smtp_reply_parse(given, &room, &reply);
            assert_true(reply.text.size <= given.size);
            assert_true(reply.code == 0 || (reply.code >= 200 && reply.code <= 599));
            (void)bw_enhanced_status_size(given);
            bw_test_exact_free(given);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_codes_at_the_front_and_nowhere_else),
        cmocka_unit_test(joins_the_lines_of_a_reply),
        cmocka_unit_test(leaves_the_lines_apart_without_room_for_them),
        cmocka_unit_test(one_room_holds_several_replies),
        cmocka_unit_test(reads_no_byte_behind_a_reply_that_is_cut_anywhere),
    };
    return cmocka_run_group_tests_name("parse/smtp_reply", tests, NULL, NULL);
}
