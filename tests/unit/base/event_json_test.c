#include "base/event_json.h"
#include "test.h"

#include <stdlib.h>

static void assert_json(const struct bw_event *event, const char *json)
{
    struct bw_json_writer writer = {0};

    bw_event_json(&writer, event);
    assert_text_equal(((struct bw_text){writer.bytes, writer.size}), json);
    bw_json_writer_deinit(&writer);
}

static void prints_a_zone_event_with_its_evidence(void **state)
{
    (void)state;
    char key[] = "news.example/gmail", sender[] = "news.example", provider[] = "gmail";
    char text[] = "550-5.1.1 j***@example.com \xFF\x1b", file[] = "mail.log";
    char cause[] = "Addresses do not exist.", action[] = "Clean the list.";
    const struct bw_event event = {
        .type = BW_EVENT_ZONE,
        .id = 0x0b61,
        .time_ms = INT64_C(1777626840000),
        .scope = BW_SCOPE_SENDER_PROVIDER,
        .key = key,
        .sender = sender,
        .provider = provider,
        .window_s = 3600,
        .zone = BW_ZONE_WARNING,
        .previous = BW_ZONE_ACCEPTABLE,
        .delivered = 961,
        .hard = 39,
        .recipient = 33,
        .block = 6,
        .rate = 0.039,
        .lower = 0.0342,
        .upper = 0.0444,
        .limit = 0.03,
        .classes = {{.class_id = BW_CLASS_USER_UNKNOWN, .count = 33, .rule = "gmail-no-such-user"},
                    {.class_id = BW_CLASS_SPAM_CONTENT, .count = 6}},
        .class_count = 2,
        .samples =
            {{.text = text, .text_size = strlen(text), .file = file, .line = 7, .count = 30}},
        .sample_count = 1,
        .cause = cause,
        .action = action,
    };

    assert_json(
        &event,
        "{\"type\":\"zone\",\"id\":\"0000000000000b61\",\"time\":\"2026-05-01T09:14:00.000Z\","
        "\"scope\":\"sender_provider\",\"key\":\"news.example/gmail\",\"sender\":\"news.example\","
        "\"provider\":\"gmail\",\"window\":\"1h\",\"zone\":\"warning\",\"previous\":\"acceptable\","
        "\"delivered\":961,\"hard\":39,\"recipient\":33,\"block\":6,\"rate\":0.039,"
        "\"lower\":0.0342,\"upper\":0.0444,\"limit\":0.03,"
        "\"classes\":[{\"class\":\"user_unknown\",\"count\":33,\"rule\":\"gmail-no-such-user\"},"
        "{\"class\":\"spam_content\",\"count\":6}],"
        "\"samples\":[{\"text\":\"550-5.1.1 j***@example.com \xEF\xBF\xBD\\u001b\",\"count\":30,"
        "\"file\":\"mail.log\",\"line\":7}],"
        "\"cause\":\"Addresses do not exist.\",\"action\":\"Clean the list.\"}");
}

static void prints_a_block_event_with_what_was_named(void **state)
{
    (void)state;
    char key[] = "microsoft", provider[] = "microsoft", notice[] = "dnsbl_listed";
    char named[] = "zen.dnsbl.example", action[] = "Ask for removal.";
    const struct bw_event event = {
        .type = BW_EVENT_BLOCK,
        .id = UINT64_MAX,
        .time_ms = 0,
        .scope = BW_SCOPE_PROVIDER,
        .key = key,
        .provider = provider,
        .notice = notice,
        .named = named,
        .action = action,
    };

    assert_json(&event, "{\"type\":\"block\",\"id\":\"ffffffffffffffff\","
                        "\"time\":\"1970-01-01T00:00:00.000Z\",\"scope\":\"provider\","
                        "\"key\":\"microsoft\",\"provider\":\"microsoft\","
                        "\"class\":\"dnsbl_listed\",\"named\":\"zen.dnsbl.example\","
                        "\"samples\":[],\"action\":\"Ask for removal.\"}");
}

static void prints_the_recipient_domain_of_a_block(void **state)
{
    (void)state;
    char key[] = "example.com", domain[] = "example.com", notice[] = "dmarc_reject";
    const struct bw_event event = {
        .type = BW_EVENT_BLOCK,
        .id = 2,
        .time_ms = 1,
        .scope = BW_SCOPE_RECIPIENT_DOMAIN,
        .key = key,
        .domain = domain,
        .notice = notice,
    };

    assert_json(&event, "{\"type\":\"block\",\"id\":\"0000000000000002\","
                        "\"time\":\"1970-01-01T00:00:00.001Z\",\"scope\":\"recipient_domain\","
                        "\"key\":\"example.com\",\"domain\":\"example.com\","
                        "\"class\":\"dmarc_reject\",\"samples\":[]}");
}

static void prints_a_notice_without_what_is_absent(void **state)
{
    (void)state;
    char key[] = "", notice[] = "unknown_lines", cause[] = "Too many.";
    struct bw_event event = {
        .type = BW_EVENT_NOTICE,
        .id = 1,
        .time_ms = 0,
        .scope = BW_SCOPE_COUNT,
        .key = key,
        .notice = notice,
        .value = 12,
        .threshold = 10,
        .cause = cause,
    };

    assert_json(&event, "{\"type\":\"notice\",\"id\":\"0000000000000001\","
                        "\"time\":\"1970-01-01T00:00:00.000Z\",\"notice\":\"unknown_lines\","
                        "\"value\":12,\"threshold\":10,\"cause\":\"Too many.\"}");
    char path[] = "mail.log";
    event.key = path;
    event.value = 0;
    event.threshold = 0;
    assert_json(&event, "{\"type\":\"notice\",\"id\":\"0000000000000001\","
                        "\"time\":\"1970-01-01T00:00:00.000Z\",\"notice\":\"unknown_lines\","
                        "\"key\":\"mail.log\",\"cause\":\"Too many.\"}");
}

static void deinit_frees_everything_and_leaves_nothing(void **state)
{
    (void)state;
    struct bw_event event = {
        .key = strdup("a"),
        .sender = strdup("b"),
        .provider = strdup("c"),
        .domain = strdup("d"),
        .cause = strdup("e"),
        .action = strdup("f"),
        .notice = strdup("g"),
        .named = strdup("h"),
        .sample_count = 1,
        .samples = {{.text = strdup("i"), .file = strdup("j")}},
    };
    const struct bw_event nothing = {0};

    bw_event_deinit(&event); /* the leak sanitizer watches */
    assert_memory_equal(&event, &nothing, sizeof(event));
    bw_event_deinit(&event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_a_zone_event_with_its_evidence),
        cmocka_unit_test(prints_a_block_event_with_what_was_named),
        cmocka_unit_test(prints_the_recipient_domain_of_a_block),
        cmocka_unit_test(prints_a_notice_without_what_is_absent),
        cmocka_unit_test(deinit_frees_everything_and_leaves_nothing),
    };
    return cmocka_run_group_tests_name("base/event_json", tests, NULL, NULL);
}
