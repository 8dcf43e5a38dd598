#include "base/network_list.h"
#include "test.h"

#include <stdio.h>

#define ITEMS_MAX 5

static void knows_what_is_in_a_network_or_below_a_host(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *items[ITEMS_MAX];
        struct bw_text host, ip;
        bool has;
    } cases[] = {
        {"no items", {NULL}, BW_TEXT_INIT("localhost"), BW_TEXT_INIT("127.0.0.1"), false},
        {"a single address", {"192.0.2.1"}, BW_TEXT_INIT(""), BW_TEXT_INIT("192.0.2.1"), true},
        {"its neighbour", {"192.0.2.1"}, BW_TEXT_INIT(""), BW_TEXT_INIT("192.0.2.2"), false},
        {"first of a /24", {"192.0.2.0/24"}, BW_TEXT_INIT(""), BW_TEXT_INIT("192.0.2.0"), true},
        {"last of a /24", {"192.0.2.0/24"}, BW_TEXT_INIT(""), BW_TEXT_INIT("192.0.2.255"), true},
        {"behind a /24", {"192.0.2.0/24"}, BW_TEXT_INIT(""), BW_TEXT_INIT("192.0.3.0"), false},
        {"last of a /20", {"10.1.16.0/20"}, BW_TEXT_INIT(""), BW_TEXT_INIT("10.1.31.255"), true},
        {"behind a /20", {"10.1.16.0/20"}, BW_TEXT_INIT(""), BW_TEXT_INIT("10.1.32.0"), false},
        {"before a /20", {"10.1.16.0/20"}, BW_TEXT_INIT(""), BW_TEXT_INIT("10.1.15.255"), false},
        {"host bits do not matter",
         {"10.9.8.7/8"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("10.1.2.3"),
         true},
        {"/32 is one address",
         {"192.0.2.1/32"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("192.0.2.0"),
         false},
        {"/31 is two", {"192.0.2.0/31"}, BW_TEXT_INIT(""), BW_TEXT_INIT("192.0.2.1"), true},
        {"/0 of IPv4 is every IPv4",
         {"0.0.0.0/0"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("203.0.113.9"),
         true},
        {"and no IPv6", {"0.0.0.0/0"}, BW_TEXT_INIT(""), BW_TEXT_INIT("2001:db8::1"), false},
        {"IPv6 network",
         {"2001:db8::/32"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("2001:DB8:ffff::1"),
         true},
        {"behind it", {"2001:db8::/32"}, BW_TEXT_INIT(""), BW_TEXT_INIT("2001:db9::1"), false},
        {"IPv6 network not at a byte",
         {"2001:db8::/29"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("2001:dbf::1"),
         true},
        {"less than a digit", {"2000::/3"}, BW_TEXT_INIT(""), BW_TEXT_INIT("3fff::1"), true},
        {"none of a digit", {"::/1"}, BW_TEXT_INIT(""), BW_TEXT_INIT("7ABC::1"), true},
        {"and behind it", {"::/1"}, BW_TEXT_INIT(""), BW_TEXT_INIT("8abc::1"), false},
        {"four that are no digits", {"::/1"}, BW_TEXT_INIT(""), BW_TEXT_INIT("mail:1"), false},
        {"behind that", {"2001:db8::/29"}, BW_TEXT_INIT(""), BW_TEXT_INIT("2001:dc0::1"), false},
        {"one IPv6 address written otherwise",
         {"::1"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("0:0:0:0:0:0:0:1"),
         true},
        {"a mapped address is IPv4",
         {"192.0.2.0/24"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("::ffff:192.0.2.7"),
         true},
        {"a mapped network too",
         {"::ffff:192.0.2.0/120"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("192.0.2.7"),
         true},
        {"the second of three",
         {"10.0.0.0/8", "::1", "localhost"},
         BW_TEXT_INIT("x.example"),
         BW_TEXT_INIT("::1"),
         true},
        {"a host name", {"localhost"}, BW_TEXT_INIT("localhost"), BW_TEXT_INIT(""), true},
        {"in capitals", {"localhost"}, BW_TEXT_INIT("LOCALHOST"), BW_TEXT_INIT(""), true},
        {"with a final dot", {"localhost"}, BW_TEXT_INIT("localhost."), BW_TEXT_INIT(""), true},
        {"an item with a final dot",
         {"filter.example."},
         BW_TEXT_INIT("filter.example"),
         BW_TEXT_INIT(""),
         true},
        {"a host name that ends in a digit",
         {"filter1"},
         BW_TEXT_INIT("filter1"),
         BW_TEXT_INIT(""),
         true},
        {"a host below",
         {"filter.example"},
         BW_TEXT_INIT("a.b.filter.example"),
         BW_TEXT_INIT(""),
         true},
        {"not a host that only ends so",
         {"filter.example"},
         BW_TEXT_INIT("xfilter.example"),
         BW_TEXT_INIT(""),
         false},
        {"not the domain above",
         {"filter.example"},
         BW_TEXT_INIT("example"),
         BW_TEXT_INIT(""),
         false},
        {"the host though the address is none",
         {"10.0.0.0/8", "filter.example"},
         BW_TEXT_INIT("filter.example"),
         BW_TEXT_INIT("private/filter"),
         true},
        {"/0 of IPv6 is every IPv4 too",
         {"::/0"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("203.0.113.9"),
         true},
        {"an IPv6 network that ends above the mapped ones",
         {"::/80"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("203.0.113.9"),
         true},
        {"one of many first numbers, at its end",
         {"128.0.0.0/1"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("255.1.2.3"),
         true},
        {"and before its start",
         {"128.0.0.0/1"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("127.1.2.3"),
         false},
        {"a network of seven bits",
         {"10.0.0.0/7"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("11.1.2.3"),
         true},
        {"its neighbour", {"10.0.0.0/7"}, BW_TEXT_INIT(""), BW_TEXT_INIT("12.1.2.3"), false},
        {"no IPv4 in a network of IPv6",
         {"2001:db8::/32"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("192.0.2.1"),
         false},
        {"a first number that is none",
         {"192.0.2.0/24"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("448.0.2.1"),
         false},
        {"a first number with too many digits",
         {"192.0.2.0/24"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("0192.0.2.1"),
         false},
        {"no address is in no network",
         {"0.0.0.0/0", "::/0"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("none"),
         false},
        {"an empty one neither", {"0.0.0.0/0", "::/0"}, BW_TEXT_INIT(""), BW_TEXT_INIT(""), false},
        {"an address cut short",
         {"192.0.2.0/24"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("192.0.2."),
         false},
        {"an address behind which a NUL hides more",
         {"192.0.2.0/24"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("192.0.2.7\0.evil"),
         false},
        {"longer than any address",
         {"192.0.2.0/24"},
         BW_TEXT_INIT(""),
         BW_TEXT_INIT("192.0.2.7                                            "),
         false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_network_list *list = NULL;
        struct bw_problem problem = {.message = ""};
        const struct bw_text host = bw_test_exact_copy(cases[i].host);
        const struct bw_text ip = bw_test_exact_copy(cases[i].ip);
        size_t count = 0;

        print_message("  %s\n", cases[i].why);
        while (count < ITEMS_MAX && cases[i].items[count] != NULL)
            count++;
        assert_int_equal(bw_network_list_create(&list, cases[i].items, count, &problem), BW_OK);
        assert_int_equal(bw_network_list_has(list, host, ip), cases[i].has);
        bw_network_list_destroy(&list);
        assert_null(list);
        bw_test_exact_free(host);
        bw_test_exact_free(ip);
    }
}

static void names_the_item_that_is_a_mistake(void **state)
{
    (void)state;
    static const struct {
        const char *why, *item;
    } cases[] = {
        {"nothing", ""},
        {"a prefix too long for IPv4", "10.0.0.0/33"},
        {"a prefix too long for IPv6", "2001:db8::/129"},
        {"no prefix behind the slash", "10.0.0.0/"},
        {"a prefix that is no number", "10.0.0.0/8x"},
        {"a negative prefix", "10.0.0.0/-1"},
        {"a prefix that would wrap", "10.0.0.0/4294967304"},
        {"three numbers", "10.0.0"},
        {"a number", "10"},
        {"the root", "."},
        {"a number too large", "10.0.0.256"},
        {"IPv6 with too many parts", "1:2:3:4:5:6:7:8:9"},
        {"a mask instead of a prefix", "10.0.0.0/255.0.0.0"},
        {"a blank", "filter example"},
        {"a host with a slash", "filter.example/24"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const char *items[] = {"192.0.2.0/24", "good.example", cases[i].item};
        struct bw_network_list *list = NULL;
        struct bw_problem problem = {.message = ""};
        char quoted[64];

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_network_list_create(&list, items, ARRAY_COUNT(items), &problem),
                         BW_ERR_FORMAT);
        assert_null(list);
        (void)snprintf(quoted, sizeof(quoted), "\"%s\"", cases[i].item);
        assert_non_null(strstr(problem.message, quoted));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_is_in_a_network_or_below_a_host),
        cmocka_unit_test(names_the_item_that_is_a_mistake),
    };
    return cmocka_run_group_tests_name("base/network_list", tests, NULL, NULL);
}
