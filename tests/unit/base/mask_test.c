#include "base/mask.h"
#include "test.h"

static void keeps_only_the_first_character_of_local_parts(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text;
        const char *masked;
    } cases[] = {
        {"nothing", BW_TEXT_INIT(""), ""},
        {"no address", BW_TEXT_INIT("550 5.7.1 denied"), "550 5.7.1 denied"},
        {"alone", BW_TEXT_INIT("jane.doe@example.com"), "j***@example.com"},
        {"one letter", BW_TEXT_INIT("j@example.com"), "j***@example.com"},
        {"brackets", BW_TEXT_INIT("550 <jane@example.com>: unknown"),
         "550 <j***@example.com>: unknown"},
        {"two", BW_TEXT_INIT("jane@a.example, joe@b.example"), "j***@a.example, j***@b.example"},
        {"apostrophes around", BW_TEXT_INIT("User 'jane@example.com' unknown"),
         "User 'j***@example.com' unknown"},
        {"apostrophe inside", BW_TEXT_INIT("o'brien@example.com"), "o***@example.com"},
        {"double quotes around", BW_TEXT_INIT("\"jane@example.com\""), "\"j***@example.com\""},
        {"quoted local part", BW_TEXT_INIT("<\"jane doe\"@example.com>"), "<j***@example.com>"},
        {"escaped quote in it", BW_TEXT_INIT("<\"ja\\\"ne\"@example.com>"), "<j***@example.com>"},
        {"quote without its start", BW_TEXT_INIT("jane\"@example.com"), "jane\"@example.com"},
        {"VERP", BW_TEXT_INIT("bounces+12-jane=example.com@lists.example"), "b***@lists.example"},
        {"SRS", BW_TEXT_INIT("<SRS0=Ab1=C2=example.com=jane@fwd.example>"), "<S***@fwd.example>"},
        {"subaddress", BW_TEXT_INIT("jane+news@example.com"), "j***@example.com"},
        {"address literal", BW_TEXT_INIT("jane@[192.0.2.1]"), "j***@[192.0.2.1]"},
        {"UTF-8 keeps a whole character", BW_TEXT_INIT("\xC3\xA9va@example.com"),
         "\xC3\xA9***@example.com"},
        {"in a URL", BW_TEXT_INIT("http://spf.example/why?id=jane.doe%40example.com;ip=192.0.2.1"),
         "http://spf.example/why?id=j***%40example.com;ip=192.0.2.1"},
        {"%40 within a plain one", BW_TEXT_INIT("b-jane%40example.com@lists.example"),
         "b***@lists.example"},
        {"%40 without a domain", BW_TEXT_INIT("100%40 off"), "100%40 off"},
        {"cut behind the at", BW_TEXT_INIT("unknown: jane@"), "unknown: j***@"},
        {"an at alone", BW_TEXT_INIT("mail @ example"), "mail @ example"},
        {"at without a local part", BW_TEXT_INIT("<@example.com>"), "<@example.com>"},
        {"at without a domain", BW_TEXT_INIT("jane@ home"), "jane@ home"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text text = bw_test_exact_copy(cases[i].text);
        char out[128];

        print_message("  %s\n", cases[i].why);
        const size_t size = bw_mask_addresses(text, out, sizeof(out));
        assert_text_equal(((struct bw_text){out, size}), cases[i].masked);
        bw_test_exact_free(text);
    }
}

static void writes_never_more_than_the_capacity_and_the_same_front(void **state)
{
    (void)state;
    static const char whole[] = "to <j***@example.com> and <j***@example.net>";
    const struct bw_text text =
        bw_test_exact_copy(BW_TEXT("to <jane@example.com> and <joe@example.net>"));

    for (size_t capacity = 0; capacity <= sizeof(whole); capacity++) {
        const struct bw_text room = bw_test_exact_copy((struct bw_text){whole, capacity});
        char *out = (char *)(uintptr_t)room.bytes;
        const size_t expected = capacity < strlen(whole) ? capacity : strlen(whole);

        assert_int_equal(bw_mask_addresses(text, out, capacity), expected);
        assert_memory_equal(out, whole, expected);
        bw_test_exact_free(room);
    }
    bw_test_exact_free(text);
}

static uint64_t shape_of(struct bw_text text)
{
    const struct bw_text copy = bw_test_exact_copy(text);
    const uint64_t hash = bw_shape_hash(copy);

    bw_test_exact_free(copy);
    return hash;
}

struct pair {
    const char *why;
    struct bw_text left, right;
};

static void gives_one_shape_to_texts_that_differ_in_what_varies(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {"recipient", BW_TEXT_INIT("550 5.1.1 <jane@example.com>: unknown"),
         BW_TEXT_INIT("550 5.1.1 <joe.bloggs+x@sub.example.net>: unknown")},
        {"recipient with odd marks", BW_TEXT_INIT("550 5.1.1 <o'brien!#$&*@example.com> no"),
         BW_TEXT_INIT("550 5.1.1 <joe@example.net> no")},
        {"quoted recipient", BW_TEXT_INIT("550 <\"jane doe\"@example.com> no"),
         BW_TEXT_INIT("550 <joe@example.net> no")},
        {"in quotes", BW_TEXT_INIT("550 \"jane@example.com\" no"),
         BW_TEXT_INIT("550 \"joe@example.net\" no")},
        {"in a URL", BW_TEXT_INIT("550 see http://a.example/?id=jane%40example.com;r=x"),
         BW_TEXT_INIT("550 see http://a.example/?id=joe%40example.net;r=x")},
        {"short queue id", BW_TEXT_INIT("451 4.3.0 (in 3F2A1C04D5) later"),
         BW_TEXT_INIT("451 4.3.0 (in 9B77E0A1) later")},
        {"long queue id", BW_TEXT_INIT("250 ok: queued as 4Zq1Xy2Wt3z"),
         BW_TEXT_INIT("250 ok: queued as 4b7Kc9PqR1zT")},
        {"id at the end",
         BW_TEXT_INIT("550 5.7.26 gone. d2e1a72fcca58-7c0aa1si12345b3a.87 - gsmtp"),
         BW_TEXT_INIT("550 5.7.26 gone. 98e67ed59e1d1-30e39f5si998877a91.12 - gsmtp")},
        {"host with numbers",
         BW_TEXT_INIT("421 [AM0PR01MB2.prod.example.com 2026-05-01T09:14:00.1Z]"),
         BW_TEXT_INIT("421 [VI1PR08MB77.prod.example.com 2026-11-02T23:01:59.937Z]")},
        {"IPv4", BW_TEXT_INIT("554 5.7.1 [192.0.2.1] listed"),
         BW_TEXT_INIT("554 5.7.1 [198.51.100.201] listed")},
        {"IPv6", BW_TEXT_INIT("554 5.7.1 [2001:db8::1] listed"),
         BW_TEXT_INIT("554 5.7.1 [2001:db8:0:ffff:a:b:c:d9] listed")},
        {"IPv6 of another form", BW_TEXT_INIT("554 5.7.1 [::1] listed"),
         BW_TEXT_INIT("554 5.7.1 [fe80::ab:1] listed")},
        {"IPv4 and IPv6", BW_TEXT_INIT("554 5.7.1 [192.0.2.1] listed"),
         BW_TEXT_INIT("554 5.7.1 [::ffff:192.0.2.1] listed")},
        {"seconds", BW_TEXT_INIT("450 4.2.0 greylisted for 300 seconds"),
         BW_TEXT_INIT("450 4.2.0 greylisted for 7 seconds")},
        {"a short word's number", BW_TEXT_INIT("421 mx1 busy"), BW_TEXT_INIT("421 mx12 busy")},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        assert_int_equal(shape_of(cases[i].left), shape_of(cases[i].right));
    }
}

static void gives_other_shapes_to_texts_that_say_something_else(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {"reply code", BW_TEXT_INIT("550 no"), BW_TEXT_INIT("554 no")},
        {"enhanced code", BW_TEXT_INIT("550 5.1.1 no"), BW_TEXT_INIT("550 5.7.1 no")},
        {"enhanced code of a multi-line reply", BW_TEXT_INIT("550-5.1.1 no"),
         BW_TEXT_INIT("550-5.2.1 no")},
        {"enhanced code behind a hash", BW_TEXT_INIT("550 #5.1.0 no"),
         BW_TEXT_INIT("550 #5.7.0 no")},
        {"enhanced code alone", BW_TEXT_INIT("5.4.4 no"), BW_TEXT_INIT("5.4.6 no")},
        {"words", BW_TEXT_INIT("550 5.1.1 user unknown"), BW_TEXT_INIT("550 5.1.1 user disabled")},
        {"case", BW_TEXT_INIT("550 Denied"), BW_TEXT_INIT("550 denied")},
        {"a word of a short name", BW_TEXT_INIT("421 mx1 busy"), BW_TEXT_INIT("421 ns1 busy")},
        {"more words", BW_TEXT_INIT("550 no"), BW_TEXT_INIT("550 no such user")},
        {"a joined word", BW_TEXT_INIT("550 mail-box"), BW_TEXT_INIT("550 mail-boy")},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        assert_int_not_equal(shape_of(cases[i].left), shape_of(cases[i].right));
    }
}

static void sees_the_end_of_long_texts_too(void **state)
{
    (void)state;
    char left[3000], right[3000];

    for (size_t i = 0; i < sizeof(left); i++)
        left[i] = i % 7 == 6 ? ' ' : 'w';
    (void)memcpy(right, left, sizeof(left));
    right[sizeof(right) - 1] = 'x';
    left[sizeof(left) - 1] = 'y';
    assert_int_not_equal(shape_of((struct bw_text){left, sizeof(left)}),
                         shape_of((struct bw_text){right, sizeof(right)}));
}

static void reads_any_bytes_and_every_cut_of_them(void **state)
{
    (void)state;
    static const char text[] = "550-5.1.1 \"a\\\"b\"@x %40 ::1 \xC3\xA9\xFF@ \0 fe80::a1@x. "
                               "\"q\" 100%40a A1B2C3D4 #5.1 %40x@y \"";
    char out[256];

    for (size_t size = 0; size < sizeof(text); size++) {
        const struct bw_text copy = bw_test_exact_copy((struct bw_text){text, size});

        assert_int_not_equal(bw_shape_hash(copy), 0);
        assert_true(bw_mask_addresses(copy, out, sizeof(out)) <= sizeof(out));
        bw_test_exact_free(copy);
    }
}

/* A line may be 64 KiB of one byte; work that grows with its square would take minutes. */
static void needs_time_by_the_size_of_the_text_only(void **state)
{
    (void)state;
    static const char *const patterns[] = {":", "\"", "@", "a", "%40", "\\\"@a", "1:", "@a", "\"@"};
    static char text[64 * 1024];
    static char out[sizeof(text) * 4];

    for (size_t i = 0; i < ARRAY_COUNT(patterns); i++) {
        const size_t step = strlen(patterns[i]);

        for (size_t at = 0; at + step <= sizeof(text); at += step)
            (void)memcpy(text + at, patterns[i], step);
        for (int round = 0; round < 20; round++) {
            assert_int_not_equal(bw_shape_hash((struct bw_text){text, sizeof(text)}), 0);
            assert_true(bw_mask_addresses((struct bw_text){text, sizeof(text)}, out, sizeof(out)) >
                        0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_only_the_first_character_of_local_parts),
        cmocka_unit_test(writes_never_more_than_the_capacity_and_the_same_front),
        cmocka_unit_test(gives_one_shape_to_texts_that_differ_in_what_varies),
        cmocka_unit_test(gives_other_shapes_to_texts_that_say_something_else),
        cmocka_unit_test(sees_the_end_of_long_texts_too),
        cmocka_unit_test(reads_any_bytes_and_every_cut_of_them),
        cmocka_unit_test(needs_time_by_the_size_of_the_text_only),
    };
    return cmocka_run_group_tests_name("base/mask", tests, NULL, NULL);
}
