#include "match/quiet_text.h"
#include "match/rule_file.h"
#include "test.h"

#include <stdlib.h>

#define RULES                                                                                      \
    "rule a\nclass user_unknown\nsource a manual\nexample 550 no\n"                                \
    "text \"ask tosa@rx.example\"\npattern /(write|go) to post\\.master-2@.*example/i\n"           \
    "pattern /\\S+@\\S+ is no word/\n"

static struct bw_named_mailboxes *names_of_rules(const char *content)
{
    const struct bw_rule_source source = {"my.rules", bw_text_of(content)};
    struct bw_named_mailboxes *named = NULL;
    struct bw_rule_set *rules = NULL;

    assert_int_equal(bw_rule_set_create(&rules, &source, 1, NULL), BW_OK);
    assert_int_equal(bw_named_mailboxes_create(&named, rules), BW_OK);
    bw_rule_set_destroy(&rules);
    return named;
}

static void assert_quiet(const struct bw_named_mailboxes *named, struct bw_text text,
                         struct bw_text expected)
{
    const struct bw_text copy = bw_test_exact_copy(text);
    /* Exactly as much room as is promised to be enough. */
    char *out = malloc(text.size > 0 ? text.size : 1);

    assert_non_null(out);
    const size_t size = bw_quiet_text(copy, named, out);
    assert_true(size <= text.size);
    assert_int_equal(size, expected.size);
    assert_memory_equal(out, expected.bytes, expected.size);
    free(out);
    bw_test_exact_free(copy);
}

struct sample {
    const char *why;
    struct bw_text text, quiet;
};

static void masks_addresses_and_identifiers(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {"nothing", BW_TEXT_INIT(""), BW_TEXT_INIT("")},
        {"in angle brackets", BW_TEXT_INIT("550 <virus-lab@example.com>: unknown"),
         BW_TEXT_INIT("550 <x@x>: unknown")},
        {"bare, at the end of a sentence", BW_TEXT_INIT("no mail for j.d+x@a-b.example."),
         BW_TEXT_INIT("no mail for x@x.")},
        {"VERP", BW_TEXT_INIT("b-17=joe=example.com@list.example said"), BW_TEXT_INIT("x@x said")},
        {"quoted local part", BW_TEXT_INIT("<\"no such user\"@example.com>: full"),
         BW_TEXT_INIT("<x@x>: full")},
        {"address literal", BW_TEXT_INIT("to joe@[IPv6:2001:db8::1] failed"),
         BW_TEXT_INIT("to x@x failed")},
        {"UTF-8",
         BW_TEXT_INIT("<j\xC3\xB6rg@b\xC3\xBC"
                      "cher.example> voll"),
         BW_TEXT_INIT("<x@x> voll")},
        {"two, one behind the other", BW_TEXT_INIT("a@b.example,c@d.example"),
         BW_TEXT_INIT("x@x,x@x")},
        {"the shortest", BW_TEXT_INIT("a@b"), BW_TEXT_INIT("x@x")},
        {"in a URL only the address", BW_TEXT_INIT("http://x.example/q?u=joe@example.com now"),
         BW_TEXT_INIT("http://x.example/q?x@x now")},
        {"identifiers of a session",
         BW_TEXT_INIT("NoSuchUser p2346xgaa4lc-ry7q66sqoetz.162 - gsmtp"),
         BW_TEXT_INIT("NoSuchUser 0a0 - gsmtp")},
        {"identifiers of few digits, joined", BW_TEXT_INIT("see ttcij1dvzedd-t3b5fz6sjsen.93"),
         BW_TEXT_INIT("see 0a0")},
        {"a numbered host keeps its domain",
         BW_TEXT_INIT("[BN8NAM11FT012.eop-nam11.prod.protection.outlook.com x]"),
         BW_TEXT_INIT("[0a0.eop-nam11.prod.protection.outlook.com x]")},
        {"hexadecimal", BW_TEXT_INIT("x 08DD982]"), BW_TEXT_INIT("x 0a0]")},
        {"begins with a digit", BW_TEXT_INIT("id=1yklkvjrfpfi"), BW_TEXT_INIT("id=0a0")},
        {"UUID", BW_TEXT_INIT("(550e8400-e29b-41d4-a716-446655440000)"), BW_TEXT_INIT("(0a0)")},
        {"times", BW_TEXT_INIT("at 2026-05-01T10:11:12.123Z, 2026-05-01T10:11:12."),
         BW_TEXT_INIT("at 0a0, 0a0.")},
        {"a host with its address",
         BW_TEXT_INIT("connect to spam-filter.example[192.0.2.18]:25: Connection refused"),
         BW_TEXT_INIT("connect to x[x]:25: Connection refused")},
        {"with one of IPv6", BW_TEXT_INIT("to mx-1_a[2001:db8::2] and a[IPv6:2001:db8::1]"),
         BW_TEXT_INIT("to x[x] and x[x]")},
        {"a numbered host with its address", BW_TEXT_INIT("AM7EUR03FT011.eop.example[192.0.2.1]"),
         BW_TEXT_INIT("x[x]")},
        {"at the front only what is of the host", BW_TEXT_INIT("name=mx.example[192.0.2.1]"),
         BW_TEXT_INIT("name=x[x]")},
        {"identifier in a local part", BW_TEXT_INIT("a1b2c3d4-x@example.com"), BW_TEXT_INIT("x@x")},
    };
    struct bw_named_mailboxes *named = names_of_rules(RULES);

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        assert_quiet(named, cases[i].text, cases[i].quiet);
    }
    bw_named_mailboxes_destroy(&named);
    assert_null(named);
}

static void leaves_everything_else(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text text;
    } cases[] = {
        {"codes", BW_TEXT_INIT("550 5.7.606 Access denied (S3140) AS(201806281) [TSS04]")},
        {"codes of letters and digits", BW_TEXT_INIT("#BL000001 OFR004_104 IB607a RFC5322 GL0001")},
        {"a name with a number",
         BW_TEXT_INIT("Office365tenant mail2world.com errors/421dynt1.html")},
        {"IP addresses", BW_TEXT_INIT("[203.0.113.25      15] [2001:db8::1]")},
        {"what is no address behind a name",
         BW_TEXT_INIT("a[1] a[192.0.2] a[192.0.2.1 a[] a[b] a[:] [TSS04] x[192.0.2.1.5]")},
        {"host names and URLs", BW_TEXT_INIT("https://mx-ha02.web.de/help?p=NoSuchUser")},
        {"no local part", BW_TEXT_INIT("@example.com <@x> \"@x")},
        {"no domain", BW_TEXT_INIT("joe@ joe@> joe@[192.0.2.1 open")},
        {"mailboxes that a rule names",
         BW_TEXT_INIT("ask TOSA@rx.example post.master-2@a.example")},
        {"NUL", BW_TEXT_INIT("a\0b")},
        {"a date without a time", BW_TEXT_INIT("2026-05-01 10:11")},
    };
    struct bw_named_mailboxes *named = names_of_rules(RULES);

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        assert_quiet(named, cases[i].text, cases[i].text);
    }
    bw_named_mailboxes_destroy(&named);
}

/* Whatever the bytes are, the output fits and the work is linear. */
static void stays_within_the_size_of_the_input(void **state)
{
    (void)state;
    static const char bytes[] = "a1b2@[].-\" <Z9\x80=:";
    struct bw_named_mailboxes *named = names_of_rules(RULES);
    uint32_t random = 1;
    char text[64];
    char out[64];

    for (size_t i = 0; i < 200000; i++) {
        size_t size = 0;

        random = random * 1664525U + 1013904223U;
        for (uint32_t rest = random; size < sizeof(text); size++, rest = rest * 1664525U + 12345U)
            text[size] = bytes[(rest >> 16U) % (sizeof(bytes) - 1)];
        size = (random >> 8U) % sizeof(text);
        assert_true(bw_quiet_text((struct bw_text){text, size}, named, out) <= size);
    }
    bw_named_mailboxes_destroy(&named);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_addresses_and_identifiers),
        cmocka_unit_test(leaves_everything_else),
        cmocka_unit_test(stays_within_the_size_of_the_input),
    };
    return cmocka_run_group_tests_name("match/quiet_text", tests, NULL, NULL);
}
