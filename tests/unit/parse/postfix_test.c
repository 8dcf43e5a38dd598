#include "parse/postfix.h"
#include "test.h"

static struct bw_network_list *loopback(void)
{
    static const char *const items[] = {"127.0.0.0/8", "::1", "localhost"};
    struct bw_network_list *list = NULL;
    struct bw_problem problem;

    assert_int_equal(bw_network_list_create(&list, items, ARRAY_COUNT(items), &problem), BW_OK);
    return list;
}

static void reads_each_shape_of_a_delivery_line(void **state)
{
    (void)state;
    static const struct {
        const char *why, *program, *message;
        const char *recipient, *relay_host, *status, *text;
        int outcome, hop, reply;
    } cases[] = {
        {"a bounce, with the remote's words unwrapped", "postfix/smtp",
         "3F2A1C04: to=<jane@example.com>, relay=mx.example.com[192.0.2.7]:25, delay=1.4, "
         "delays=0.1/0/1/0.3, dsn=5.1.1, status=bounced (host mx.example.com[192.0.2.7] said: "
         "550 5.1.1 no such user (in reply to RCPT TO command))",
         "jane@example.com", "mx.example.com", "5.1.1", "550 5.1.1 no such user",
         BW_OUTCOME_BOUNCED, BW_HOP_REMOTE, 550},
        {"the remote's code wins over dsn=", "postfix/smtp",
         "3F2A1C04: to=<a@example.com>, relay=mx.example.com[192.0.2.7]:25, delay=1, dsn=4.0.0, "
         "status=deferred (host mx.example.com[192.0.2.7] refused to talk to me: 554 5.7.1 no)",
         "a@example.com", "mx.example.com", "5.7.1", "554 5.7.1 no", BW_OUTCOME_DEFERRED,
         BW_HOP_REMOTE, 554},
        {"lines of a reply become one", "postfix-out/smtp",
         "4Bx7tT3bZ9z1fKn: to=<a@example.com>, relay=mx.example.com[192.0.2.7]:25, delay=1, "
         "dsn=5.1.1, status=bounced (host mx.example.com[192.0.2.7] said: 550-5.1.1 There is no "
         "550-5.1.1 such 550 5.1.1 user (in reply to RCPT TO command))",
         "a@example.com", "mx.example.com", "5.1.1", "550-5.1.1 There is no such user",
         BW_OUTCOME_BOUNCED, BW_HOP_REMOTE, 550},
        {"numbers in prose are no codes", "postfix/smtp",
         "3F2A1C04: to=<a@example.com>, relay=none, delay=30, dsn=4.4.1, status=deferred "
         "(connect to mx550.example.com[192.0.2.50]:25: try again in 500 seconds)",
         "a@example.com", "", "4.4.1",
         "connect to mx550.example.com[192.0.2.50]:25: try again in 500 seconds",
         BW_OUTCOME_DEFERRED, BW_HOP_REMOTE, 0},
        {"a quoted address with a blank and a comma", "postfix/smtp",
         "3F2A1C04: to=<\"jo, >, smith\"@example.com>, orig_to=<root>, "
         "relay=mx.example.com[2001:db8::7]:25, conn_use=2, delay=1, dsn=2.0.0, status=sent "
         "(250 2.0.0 ok)",
         "\"jo, >, smith\"@example.com", "mx.example.com", "2.0.0", "250 2.0.0 ok",
         BW_OUTCOME_DELIVERED, BW_HOP_REMOTE, 250},
        {"an old release has no dsn= and no <>", "postfix/smtp",
         "3F2A1C04: to=a@example.com, relay=mx.example.com[192.0.2.7], delay=1, status=sent "
         "(250 ok)",
         "a@example.com", "mx.example.com", "", "250 ok", BW_OUTCOME_DELIVERED, BW_HOP_REMOTE, 250},
        {"a content filter is an internal hop", "postfix/smtp",
         "3F2A1C04: to=<a@example.com>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, dsn=2.0.0, "
         "status=sent (250 2.0.0 Ok: queued as 4A)",
         "a@example.com", "", "2.0.0", "250 2.0.0 Ok: queued as 4A", BW_OUTCOME_DELIVERED,
         BW_HOP_INTERNAL, 250},
        {"a mailbox is a local hop", "postfix/local",
         "3F2A1C04: to=<a@example.com>, relay=local, delay=1, dsn=2.0.0, status=sent (delivered "
         "to mailbox)",
         "a@example.com", "", "2.0.0", "delivered to mailbox", BW_OUTCOME_DELIVERED, BW_HOP_LOCAL,
         0},
        {"soft_bounce = yes", "postfix/smtp",
         "3F2A1C04: to=<a@example.com>, relay=mx.example.com[192.0.2.7]:25, delay=1, dsn=4.1.1, "
         "status=SOFTBOUNCE (unknown user: \"a\")",
         "a@example.com", "mx.example.com", "4.1.1", "unknown user: \"a\"", BW_OUTCOME_DEFERRED,
         BW_HOP_REMOTE, 0},
        {"a probe is no mail", "postfix/smtp",
         "3F2A1C04: to=<a@example.com>, relay=mx.example.com[192.0.2.7]:25, delay=1, dsn=5.1.1, "
         "status=undeliverable (host mx.example.com[192.0.2.7] said: 550 no)",
         "a@example.com", "mx.example.com", "5.1.1", "550 no", BW_OUTCOME_PROBE, BW_HOP_REMOTE,
         550},
        {"discard(8) throws away", "postfix/discard",
         "3F2A1C04: to=<a@example.com>, relay=none, delay=1, dsn=2.0.0, status=sent (x)",
         "a@example.com", "", "2.0.0", "x", BW_OUTCOME_DISCARDED, BW_HOP_LOCAL, 0},
    };
    struct bw_network_list *internal = loopback();

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char bytes[1024];
        struct bw_text_room room = {bytes, 0, sizeof(bytes)};
        struct bw_delivery delivery = {0};
        const struct bw_text message = bw_test_exact_copy(bw_text_of(cases[i].message));

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_postfix_parse(bw_postfix_agent_of(bw_text_of(cases[i].program)),
                                          message, internal, &room, &delivery),
                         BW_PARSED_OUTCOME);
        assert_text_equal(delivery.recipient, cases[i].recipient);
        assert_text_equal(delivery.relay_host, cases[i].relay_host);
        assert_text_equal(delivery.status, cases[i].status);
        assert_text_equal(delivery.text, cases[i].text);
        assert_int_equal(delivery.outcome, cases[i].outcome);
        assert_int_equal(delivery.hop, cases[i].hop);
        assert_int_equal(delivery.reply, cases[i].reply);
        bw_test_exact_free(message);
    }
    bw_network_list_destroy(&internal);
}

static void tells_other_lines_apart(void **state)
{
    (void)state;
    static const struct {
        const char *program, *message;
        int parsed;
    } cases[] = {
        {"postfix/qmgr", "3F2A1C04: removed", BW_PARSED_REMOVED},
        {"postfix/qmgr", "3F2A1C04: from=<a@example.com>, size=1, nrcpt=1 (queue active)",
         BW_PARSED_ENVELOPE},
        {"postfix-192.0.2.1/qmgr", "3F2A1C04: from=<>, status=expired, returned to sender",
         BW_PARSED_OUTCOME},
        {"postfix/qmgr", "3F2A1C04: from=<a@b.example>, status=force-expired, returned to sender",
         BW_PARSED_OUTCOME},
        {"postfix/smtp", "3F2A1C04: host mx.example.com[192.0.2.7] said: 450 later",
         BW_PARSED_KNOWN},
        {"postfix/smtpd",
         "NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 5.1.1 no; from=<a@b.example> "
         "to=<c@d.example>",
         BW_PARSED_KNOWN},
        {"postfix/smtp", "3F2A1C04: to=<a@exam", BW_PARSED_MALFORMED},
        {"postfix/smtp",
         "3F2A1C04: to=<a@example.com>, relay=none, delay=1, dsn=5.0.0, status=confused (x)",
         BW_PARSED_MALFORMED},
        {"postfix/smtp", "to=<a@example.com>, relay=none, delay=1, status=sent (250 ok)",
         BW_PARSED_MALFORMED},
        {"cron", "3F2A1C04: to=<a@example.com>, relay=none, delay=1, status=sent (250 ok)",
         BW_PARSED_UNKNOWN},
    };
    struct bw_network_list *internal = loopback();

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_delivery delivery;
        const struct bw_text message = bw_test_exact_copy(bw_text_of(cases[i].message));

        print_message("  %s\n", cases[i].message);
        assert_int_equal(bw_postfix_parse(bw_postfix_agent_of(bw_text_of(cases[i].program)),
                                          message, internal, NULL, &delivery),
                         cases[i].parsed);
        bw_test_exact_free(message);
    }
    bw_network_list_destroy(&internal);
}

static void survives_every_prefix_of_a_line(void **state)
{
    (void)state;
    const char *line = "3F2A1C04: to=<\"a b\"@example.com>, orig_to=<c@example.com>, "
                       "relay=mx.example.com[192.0.2.7]:25, delay=1.4, dsn=5.1.1, status=bounced "
                       "(host mx.example.com[192.0.2.7] said: 550-5.1.1 no 550 5.1.1 user)";
    struct bw_network_list *internal = loopback();

    for (size_t size = 0; size <= strlen(line); size++) {
        char bytes[512];
        struct bw_text_room room = {bytes, 0, sizeof(bytes)};
        struct bw_delivery delivery = {0};
        const struct bw_text message = bw_test_exact_copy((struct bw_text){line, size});
        const enum bw_parsed parsed =
            bw_postfix_parse(BW_POSTFIX_AGENT_SMTP, message, internal, &room, &delivery);
        const size_t word_end = strlen(line) - strlen(strstr(line, " (host"));

        assert_int_equal(parsed, size < 13         ? BW_PARSED_KNOWN
                                 : size < word_end ? BW_PARSED_MALFORMED
                                                   : BW_PARSED_OUTCOME);
        bw_test_exact_free(message);
    }
    bw_network_list_destroy(&internal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_shape_of_a_delivery_line),
        cmocka_unit_test(tells_other_lines_apart),
        cmocka_unit_test(survives_every_prefix_of_a_line),
    };
    return cmocka_run_group_tests_name("parse/postfix", tests, NULL, NULL);
}
