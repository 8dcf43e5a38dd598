#include "base/mask.h"
#include "test.h"

struct pair {
    const char *why;
    struct bw_text left, right;
};

static uint64_t shape_of(struct bw_text text)
{
    const struct bw_text copy = bw_test_exact_copy(text);
    const uint64_t hash = bw_shape_hash(copy);

    assert_true(hash != 0);
    bw_test_exact_free(copy);
    return hash;
}

static void counts_texts_together_that_differ_in_what_varies(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"nothing twice", BW_TEXT_INIT(""), BW_TEXT_INIT("")},
        {"addresses", BW_TEXT_INIT("550 5.1.1 <jane@example.com> unknown"),
         BW_TEXT_INIT("550 5.1.1 <j.q+x@sub.example.org> unknown")},
        {"address with digits and without", BW_TEXT_INIT("550 <jane@example.com>: no"),
         BW_TEXT_INIT("550 <j4ne@1.example>: no")},
        {"quoted local parts", BW_TEXT_INIT("550 <\"jane doe\"@example.com> no"),
         BW_TEXT_INIT("550 <joe@example.org> no")},
        {"address in a URL", BW_TEXT_INIT("see http://x.example/?u=jane%40example.com now"),
         BW_TEXT_INIT("see http://x.example/?u=joe%40example.org now")},
        {"queue ids", BW_TEXT_INIT("450 try later (4Fd2x7Q9)"),
         BW_TEXT_INIT("450 try later (k3nZp01Lm2)")},
        {"IPv4 addresses", BW_TEXT_INIT("554 [192.0.2.1] listed"),
         BW_TEXT_INIT("554 [198.51.100.77] listed")},
        {"IPv6 addresses", BW_TEXT_INIT("554 [2001:db8::1] listed"),
         BW_TEXT_INIT("554 [2001:db8:0:ab::77:1] listed")},
        {"numbers of any size", BW_TEXT_INIT("452 wait 5 seconds"),
         BW_TEXT_INIT("452 wait 86400 seconds")},
        {"times of day", BW_TEXT_INIT("452 until 09:14:00 today"),
         BW_TEXT_INIT("452 until 21:59:59 today")},
        {"numbered hosts", BW_TEXT_INIT("421 mx12.mail.example busy"),
         BW_TEXT_INIT("421 mx7.mail.example busy")},
        {"short numbered words", BW_TEXT_INIT("550 blocked by rule AS3"),
         BW_TEXT_INIT("550 blocked by rule AS42")},
        {"what a provider adds at the end",
         BW_TEXT_INIT("550-5.1.1 no such user d2e1a72fcca58-7f8a1b - gsmtp"),
         BW_TEXT_INIT("550-5.1.1 no such user 5b1f17b1804b1-43c4d9 - gsmtp")},
        {"text as long as an id at its end only", BW_TEXT_INIT("421 id=1"),
         BW_TEXT_INIT("421 id=22")},
    };

    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++) {
        print_message("  %s\n", pairs[i].why);
        assert_true(shape_of(pairs[i].left) == shape_of(pairs[i].right));
    }
}

static void keeps_texts_apart_that_say_something_else(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"something and nothing", BW_TEXT_INIT(""), BW_TEXT_INIT("x")},
        {"reply codes", BW_TEXT_INIT("550 rejected"), BW_TEXT_INIT("554 rejected")},
        {"reply codes alone", BW_TEXT_INIT("550"), BW_TEXT_INIT("450")},
        {"enhanced codes", BW_TEXT_INIT("550 5.1.1 rejected"), BW_TEXT_INIT("550 5.7.1 rejected")},
        {"enhanced codes of three digits", BW_TEXT_INIT("550 5.7.26 no"),
         BW_TEXT_INIT("550 5.7.27 no")},
        {"enhanced codes behind a hyphen", BW_TEXT_INIT("550-5.1.1 x"),
         BW_TEXT_INIT("550-5.2.1 x")},
        {"enhanced codes behind a #", BW_TEXT_INIT("550 #5.1.0 x"), BW_TEXT_INIT("550 #5.7.1 x")},
        {"enhanced codes alone in front", BW_TEXT_INIT("5.1.1 x"), BW_TEXT_INIT("5.1.2 x")},
        {"words", BW_TEXT_INIT("550 5.7.1 spam from <a@example.com>"),
         BW_TEXT_INIT("550 5.7.1 virus from <a@example.com>")},
        {"a word more", BW_TEXT_INIT("550 user unknown"), BW_TEXT_INIT("550 user unknown here")},
        {"list names", BW_TEXT_INIT("554 listed by zen.dnsbl.example"),
         BW_TEXT_INIT("554 listed by pbl.dnsbl.example")},
        {"letters of short numbered words", BW_TEXT_INIT("550 rule AS3 x"),
         BW_TEXT_INIT("550 rule CS3 x")},
        {"an address and none", BW_TEXT_INIT("550 <jane@example.com> no"),
         BW_TEXT_INIT("550 <jane> no")},
        {"a number and none", BW_TEXT_INIT("452 wait 5 s"), BW_TEXT_INIT("452 wait s")},
        {"bytes behind a NUL", BW_TEXT_INIT("550 a\0b"), BW_TEXT_INIT("550 a\0c")},
    };

    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++) {
        print_message("  %s\n", pairs[i].why);
        assert_true(shape_of(pairs[i].left) != shape_of(pairs[i].right));
    }
}

static void long_texts_count_from_their_front_to_their_end(void **state)
{
    (void)state;
    static char left[3000], right[3000];

    (void)memset(left, 'x', sizeof(left));
    (void)memset(right, 'x', sizeof(right));
    for (size_t size = 500; size <= sizeof(left); size += 500) {
        const uint64_t same = shape_of((struct bw_text){left, size});

        assert_true(same == shape_of((struct bw_text){right, size}));
        right[size - 1] = 'y';
        assert_true(same != shape_of((struct bw_text){right, size}));
        right[size - 1] = 'x';
        right[0] = 'y';
        assert_true(same != shape_of((struct bw_text){right, size}));
        right[0] = 'x';
        assert_true(same != shape_of((struct bw_text){left, size - 1}));
    }
}

static void reads_no_byte_behind_a_text_that_is_cut_anywhere(void **state)
{
    (void)state;
    static const struct bw_text text =
        BW_TEXT_INIT("550-5.7.26 #5.7.1 <\"q \\\" x\"@example.com> [2001:db8::1.2.3.4]:25 a%40b.c "
                     "mx12 12:34:56 \"open");

    for (size_t from = 0; from < text.size; from++)
        for (size_t to = from; to <= text.size; to++)
            (void)shape_of((struct bw_text){text.bytes + from, to - from});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_texts_together_that_differ_in_what_varies),
        cmocka_unit_test(keeps_texts_apart_that_say_something_else),
        cmocka_unit_test(long_texts_count_from_their_front_to_their_end),
        cmocka_unit_test(reads_no_byte_behind_a_text_that_is_cut_anywhere),
    };
    return cmocka_run_group_tests_name("base/shape", tests, NULL, NULL);
}
