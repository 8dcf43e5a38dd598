#include "read/listen_url.h"
#include "test.h"

#include <stdio.h>

static enum bw_status parse(const char *string, struct bw_listen_url *url,
                            struct bw_problem *problem)
{
    const struct bw_text exact = bw_test_exact_copy(bw_text_of(string));
    const enum bw_status status = bw_listen_url_parse(url, exact, problem);

    bw_test_exact_free(exact);
    return status;
}

static void reads_every_kind_of_place(void **state)
{
    static const struct {
        const char *text, *name, *host, *path;
        enum bw_listen_kind kind;
        uint16_t port;
    } cases[] = {
        {"udp://*:514", "udp://*:514", "*", "", BW_LISTEN_UDP, 514},
        {"udp://192.0.2.1:0", "udp://192.0.2.1:0", "192.0.2.1", "", BW_LISTEN_UDP, 0},
        {"tcp://[::1]:601", "tcp://[::1]:601", "::1", "", BW_LISTEN_TCP, 601},
        {"tcp://[fe80::1%eth0]:601", "tcp://[fe80::1%eth0]:601", "fe80::1%eth0", "", BW_LISTEN_TCP,
         601},
        {"tls://logs.example.org:6514?format=gelf&cert=/etc/a.pem", "tls://logs.example.org:6514",
         "logs.example.org", "", BW_LISTEN_TLS, 6514},
        {"unix:/run/bw/log?mode=0600", "unix:/run/bw/log", "", "/run/bw/log", BW_LISTEN_UNIX, 0},
        {"unixgram:/dev/log", "unixgram:/dev/log", "", "/dev/log", BW_LISTEN_UNIXGRAM, 0},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_problem problem = {.message = ""};
        struct bw_listen_url url;
        if (parse(cases[i].text, &url, &problem) != BW_OK)
            fail_msg("%s: %s", cases[i].text, problem.message);
        assert_string_equal(url.name, cases[i].name);
        assert_string_equal(url.host, cases[i].host);
        assert_string_equal(url.path, cases[i].path);
        assert_int_equal(url.kind, cases[i].kind);
        assert_int_equal(url.port, cases[i].port);
    }
}

static void reads_the_options(void **state)
{
    struct bw_listen_url url;
    (void)state;

    assert_int_equal(parse("udp://*:514?format=gelf&rcvbuf=4M&sockets=4", &url, NULL), BW_OK);
    assert_true(url.is_gelf);
    assert_int_equal(url.rcvbuf_bytes, 4 * 1024 * 1024);
    assert_int_equal(url.sockets, 4);
    assert_int_equal(parse("tls://*:6514?cert=/a.pem&key=/b.pem&ca=/c.pem", &url, NULL), BW_OK);
    assert_string_equal(url.certificate, "/a.pem");
    assert_string_equal(url.key, "/b.pem");
    assert_string_equal(url.client_ca, "/c.pem");
    assert_int_equal(parse("unix:/a?mode=0640&rcvbuf=64K", &url, NULL), BW_OK);
    assert_int_equal(url.mode, 0640);
    assert_int_equal(url.rcvbuf_bytes, 65536);
    assert_int_equal(parse("unix:/a", &url, NULL), BW_OK);
    assert_int_equal(url.mode, 0660);
    assert_int_equal(url.rcvbuf_bytes, 0);
    assert_int_equal(url.sockets, 1);
    assert_false(url.is_gelf);
}

static void says_what_is_wrong_in_one_sentence(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"", "starts with udp://"},
        {"http://a:1", "starts with udp://"},
        {"udp:/a:1", "starts with udp://"},
        {"udp://", "port is missing"},
        {"udp://host", "port is missing"},
        {"udp://:514", "the host is"},
        {"udp://host:", "0 to 65535"},
        {"udp://host:65536", "0 to 65535"},
        {"udp://host:99999999999999999999999", "0 to 65535"},
        {"udp://host:-1", "0 to 65535"},
        {"udp://::1:514", "brackets"},
        {"udp://[::1:514", "] behind"},
        {"udp://[::1]514", "port is missing"},
        {"udp://[*]:514", "the host is"},
        {"udp://a b:514", "the host is"},
        {"unix:", "starts with /"},
        {"unix:log", "starts with /"},
        {"udp://*:514?", "nothing follows"},
        {"udp://*:514?format", "NAME=VALUE"},
        {"udp://*:514?format=", "syslog or gelf"},
        {"udp://*:514?format=GELF", "syslog or gelf"},
        {"udp://*:514?format=aaaaaaaaaaaaaaaaa", "syslog or gelf"},
        {"udp://*:514?rcvbuf=1", "from 4096"},
        {"udp://*:514?rcvbuf=1025M", "from 4096"},
        {"udp://*:514?rcvbuf=M", "from 4096"},
        {"udp://*:514?mode=0600", "have a mode"},
        {"unix:/a?mode=0800", "octal"},
        {"unix:/a?mode=01000", "octal"},
        {"tcp://*:514?sockets=2", "only udp://"},
        {"udp://*:514?sockets=0", "1 to 16"},
        {"udp://*:514?sockets=17", "1 to 16"},
        {"tcp://*:514?cert=/a", "only tls://"},
        {"tls://*:6514", "needs a certificate"},
        {"tls://*:6514?key=/a", "needs a certificate"},
        {"tls://*:6514?cert=a.pem", "are files"},
        {"tls://*:6514?cert=/a&ca=", "are files"},
        {"udp://*:514?colour=red", "the options are"},
        {"udp://*:514?rcvbuf=4M&", NULL},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_problem problem = {.message = ""};
        struct bw_listen_url url = {.port = 7};
        const enum bw_status status = parse(cases[i].text, &url, &problem);
        if (cases[i].part == NULL) {
            assert_int_equal(status, BW_OK);
            continue;
        }
        assert_int_equal(status, BW_ERR_FORMAT);
        if (strstr(problem.message, cases[i].part) == NULL)
            fail_msg("\"%s\" gave: %s", cases[i].text, problem.message);
        if (strstr(problem.message, cases[i].text) == NULL)
            fail_msg("\"%s\" is not quoted: %s", cases[i].text, problem.message);
        assert_int_equal(url.port, 7);
    }
}

static void refuses_paths_and_hosts_that_do_not_fit(void **state)
{
    char text[600];
    struct bw_listen_url url;
    (void)state;

    for (int size = 1; size < 500; size++) {
        (void)snprintf(text, sizeof(text), "unix:/%0*d", size, 0);
        assert_int_equal(parse(text, &url, NULL) == BW_OK, size + 1 <= 107);
        (void)snprintf(text, sizeof(text), "udp://%0*d:514", size, 0);
        assert_int_equal(parse(text, &url, NULL) == BW_OK, size <= 255);
    }
    const struct bw_text nul = BW_TEXT("unix:/a\0b");
    assert_int_equal(bw_listen_url_parse(&url, nul, NULL), BW_ERR_FORMAT);
}

/* Every cut and every changed byte of a URL is answered, without a read out of bounds. */
static void survives_damaged_urls(void **state)
{
    static const char whole[] = "udp://[2001:db8::1]:514?format=gelf&rcvbuf=4M&sockets=2";
    char text[sizeof(whole)];
    struct bw_listen_url url;
    (void)state;

    for (size_t i = 0; i < sizeof(whole) - 1; i++) {
        for (int byte = 1; byte < 256; byte += 3) {
            (void)memcpy(text, whole, sizeof(whole));
            text[i] = (char)byte;
            (void)parse(text, &url, NULL);
        }
        (void)memcpy(text, whole, sizeof(whole));
        text[i] = '\0';
        (void)parse(text, &url, NULL);
    }
    assert_int_equal(parse(whole, &url, NULL), BW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind_of_place),
        cmocka_unit_test(reads_the_options),
        cmocka_unit_test(says_what_is_wrong_in_one_sentence),
        cmocka_unit_test(refuses_paths_and_hosts_that_do_not_fit),
        cmocka_unit_test(survives_damaged_urls),
    };

    return cmocka_run_group_tests_name("read/listen_url", tests, NULL, NULL);
}
