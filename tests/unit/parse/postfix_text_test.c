#include "parse/postfix_text.h"
#include "test.h"

#define ROOM_BYTES 512
#define MX         "host mx.example[192.0.2.7] said: "
#define RCPT       " (in reply to RCPT TO command)"

static void takes_the_remotes_words_out_of_postfixs(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text given;
        const char *text, *status, *named_host;
        uint16_t reply;
    } cases[] = {
        {"nothing", BW_TEXT_INIT(""), "", "", "", 0},
        {"delivered", BW_TEXT_INIT("250 2.0.0 Ok: queued as 3F2A1C"),
         "250 2.0.0 Ok: queued as 3F2A1C", "2.0.0", "", 250},
        {"refused at RCPT TO", BW_TEXT_INIT(MX "550 5.1.1 no such user" RCPT),
         "550 5.1.1 no such user", "5.1.1", "mx.example", 550},
        {"refused at the end of DATA",
         BW_TEXT_INIT(MX "554 5.7.1 spam (in reply to end of DATA command)"), "554 5.7.1 spam",
         "5.7.1", "mx.example", 554},
        {"refused at the greeting",
         BW_TEXT_INIT("host mx.example[192.0.2.7] refused to talk to me: 421 4.7.0 try later"),
         "421 4.7.0 try later", "4.7.0", "mx.example", 421},
        {"a host without a name", BW_TEXT_INIT("host 2001:db8::7[2001:db8::7] said: 450 busy" RCPT),
         "450 busy", "", "2001:db8::7", 450},
        {"several lines", BW_TEXT_INIT(MX "550-5.1.1 The account 550 5.1.1 is gone" RCPT),
         "550-5.1.1 The account is gone", "5.1.1", "mx.example", 550},
        {"parentheses in parentheses in the reply",
         BW_TEXT_INIT(MX "550 5.1.1 user (alias (old)) unknown" RCPT),
         "550 5.1.1 user (alias (old)) unknown", "5.1.1", "mx.example", 550},
        {"a parenthesis at the end of the reply", BW_TEXT_INIT(MX "550 5.1.1 no (#4)" RCPT),
         "550 5.1.1 no (#4)", "5.1.1", "mx.example", 550},
        {"the reply itself speaks of a reply",
         BW_TEXT_INIT(MX "550 no (in reply to your letter) ever" RCPT),
         "550 no (in reply to your letter) ever", "", "mx.example", 550},
        {"cut in the command", BW_TEXT_INIT(MX "550 5.1.1 no (in reply to RCPT"), "550 5.1.1 no",
         "5.1.1", "mx.example", 550},
        {"cut before the command", BW_TEXT_INIT(MX "550 5.1.1 no such us"), "550 5.1.1 no such us",
         "5.1.1", "mx.example", 550},
        {"a host that quotes another",
         BW_TEXT_INIT(MX "550 host other.example[198.51.100.1] said: 451 4.1.1 no" RCPT),
         "550 host other.example[198.51.100.1] said: 451 4.1.1 no", "", "mx.example", 550},
        {"a quote of a refused greeting",
         BW_TEXT_INIT(MX "451 host other.example refused to talk to me: 554 no" RCPT),
         "451 host other.example refused to talk to me: 554 no", "", "mx.example", 451},
        {"no words", BW_TEXT_INIT(MX RCPT), "", "", "mx.example", 0},
        {"words without a code", BW_TEXT_INIT(MX "go away" RCPT), "go away", "", "mx.example", 0},
        {"suspended, nobody answered",
         BW_TEXT_INIT("delivery temporarily suspended: connect to mx.example[192.0.2.7]:25: "
                      "Connection timed out"),
         "connect to mx.example[192.0.2.7]:25: Connection timed out", "", "mx.example", 0},
        {"suspended, refused",
         BW_TEXT_INIT("delivery temporarily suspended: host mx.example[192.0.2.7] refused to talk "
                      "to me: 421 4.7.0 busy"),
         "421 4.7.0 busy", "4.7.0", "mx.example", 421},
        {"connection lost",
         BW_TEXT_INIT("lost connection with mx.example[192.0.2.7] while receiving the initial "
                      "server greeting"),
         "lost connection with mx.example[192.0.2.7] while receiving the initial server greeting",
         "", "mx.example", 0},
        {"timed out",
         BW_TEXT_INIT("conversation with mx.example[192.0.2.7] timed out while sending RCPT TO"),
         "conversation with mx.example[192.0.2.7] timed out while sending RCPT TO", "",
         "mx.example", 0},
        {"no such domain",
         BW_TEXT_INIT("Host or domain name not found. Name service error for name=gone.example "
                      "type=MX: Host not found"),
         "Host or domain name not found. Name service error for name=gone.example type=MX: Host "
         "not found",
         "", "", 0},
        {"a number in Postfix's own words",
         BW_TEXT_INIT("connect to mx.example[192.0.2.7]:587: Connection refused"),
         "connect to mx.example[192.0.2.7]:587: Connection refused", "", "mx.example", 0},
        {"its own words keep what looks like a command",
         BW_TEXT_INIT("Command died (in reply to nothing)"), "Command died (in reply to nothing)",
         "", "", 0},
        {"local delivery", BW_TEXT_INIT("delivered to mailbox"), "delivered to mailbox", "", "", 0},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases) * 2; i++) {
        const size_t k = i / 2;
        const bool has_relay = i % 2 == 1;
        const struct bw_text given = bw_test_exact_copy(cases[k].given);
        char bytes[ROOM_BYTES];
        struct bw_text_room room = {bytes, 0, sizeof(bytes)};
        struct bw_delivery delivery = {0};

        print_message("  %s%s\n", cases[k].why, has_relay ? ", the relay is known" : "");
        if (has_relay)
            delivery.relay_host = BW_TEXT("relay.example");
        bw_postfix_text_parse(given, &room, &delivery);
        assert_text_equal(delivery.text, cases[k].text);
        assert_text_equal(delivery.status, cases[k].status);
        assert_int_equal(delivery.reply, cases[k].reply);
        assert_text_equal(delivery.named_host, has_relay ? "" : cases[k].named_host);
        bw_test_exact_free(given);
    }
}

static void reads_no_byte_behind_a_text_that_is_cut_anywhere(void **state)
{
    (void)state;
    static const struct bw_text texts[] = {
        BW_TEXT_INIT(MX "550-5.1.1 a (b) 550 5.1.1 c" RCPT),
        BW_TEXT_INIT("delivery temporarily suspended: connect to mx.example[192.0.2.7]:25: x"),
        BW_TEXT_INIT("host mx.example[192.0.2.7] refused to talk to me: 421 4.7.0 x"),
    };

    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        for (size_t size = 0; size <= texts[i].size; size++) {
            const struct bw_text given = bw_test_exact_copy(bw_text_head(texts[i], size));
            char bytes[ROOM_BYTES];
            struct bw_text_room room = {bytes, 0, given.size};
            struct bw_delivery delivery = {0};

            bw_postfix_text_parse(given, &room, &delivery);
            assert_true(delivery.text.size <= given.size);
            bw_test_exact_free(given);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_remotes_words_out_of_postfixs),
        cmocka_unit_test(reads_no_byte_behind_a_text_that_is_cut_anywhere),
    };
    return cmocka_run_group_tests_name("parse/postfix_text", tests, NULL, NULL);
}
