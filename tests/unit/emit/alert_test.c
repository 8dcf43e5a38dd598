#include "emit/alert.h"
#include "test.h"

#include <bouncewatch/event.h>

#define NOW  INT64_C(1777627000000)
#define HOLD INT64_C(172800000)

static struct bw_message *zone_message(const char *key, enum bw_zone zone, enum bw_zone previous)
{
    const struct bw_event event = {
        .type = BW_EVENT_ZONE,
        .scope = BW_SCOPE_SENDER_PROVIDER,
        .key = (char *)(uintptr_t)key,
        .cause = (char *)(uintptr_t) "They say \"no\".",
        .time_ms = NOW,
        .window_s = 3600,
        .zone = (uint8_t)zone,
        .previous = (uint8_t)previous,
        .id = 1,
    };

    return bw_message_of(&event);
}

/* The alerts of a message as text with an end; free with bw_json_writer_deinit(). */
static struct bw_json_writer body_of(struct bw_message *message)
{
    struct bw_json_writer writer = {0};

    assert_non_null(message);
    assert_true(bw_alert_body(&writer, message, HOLD));
    bw_message_release(&message);
    bw_json_newline(&writer);
    writer.bytes[writer.size - 1] = '\0';
    return writer;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)) != NULL; text++)
        count++;
    return count;
}

static void a_zone_fires_rises_and_is_resolved(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum bw_zone zone, previous;
        size_t alerts;
        const char *parts[3];
    } cases[] = {
        {"entered",
         BW_ZONE_WARNING,
         BW_ZONE_ACCEPTABLE,
         1,
         {"\"severity\":\"warning\"", "\"startsAt\":\"2026-05-01T09:16:40.000Z\"",
          "\"endsAt\":\"2026-05-03T09:16:40.000Z\""}},
        {"worse",
         BW_ZONE_BLOCKING,
         BW_ZONE_WARNING,
         2,
         {"\"severity\":\"warning\"", "\"severity\":\"critical\"",
          "\"endsAt\":\"2026-05-01T09:16:40.000Z\""}},
        {"left",
         BW_ZONE_ACCEPTABLE,
         BW_ZONE_BLOCKING,
         1,
         {"\"severity\":\"critical\"", "\"startsAt\":\"2026-05-01T09:16:39.999Z\"",
          "\"endsAt\":\"2026-05-01T09:16:40.000Z\""}},
        {"told again",
         BW_ZONE_WARNING,
         BW_ZONE_WARNING,
         1,
         {"\"severity\":\"warning\"", "\"endsAt\":\"2026-05-03T09:16:40.000Z\"", "["}},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_json_writer body =
            body_of(zone_message("news.example/gmail", cases[i].zone, cases[i].previous));
        assert_int_equal(count_of(body.bytes, "\"alertname\":\"BouncewatchZone\""),
                         cases[i].alerts);
        assert_int_equal(count_of(body.bytes, "\"key\":\"news.example/gmail\""), cases[i].alerts);
        assert_int_equal(count_of(body.bytes, "\"scope\":\"sender_provider\""), cases[i].alerts);
        assert_int_equal(count_of(body.bytes, "\"window\":\"1h\",\"severity\""), cases[i].alerts);
        assert_non_null(strstr(body.bytes, "They say \\\"no\\\"."));
        for (size_t k = 0; k < ARRAY_COUNT(cases[i].parts); k++)
            if (strstr(body.bytes, cases[i].parts[k]) == NULL)
                fail_msg("%s: %s is not in %s", cases[i].why, cases[i].parts[k], body.bytes);
        bw_json_writer_deinit(&body);
    }
}

static void notices_and_blocks_end_by_themselves(void **state)
{
    (void)state;
    static const struct {
        enum bw_event_type type;
        const char *name, *end;
    } cases[] = {
        {BW_EVENT_NOTICE, "\"alertname\":\"BouncewatchNotice\"", "2026-05-01T10:16:40.000Z"},
        {BW_EVENT_BLOCK, "\"alertname\":\"BouncewatchBlock\"", "2026-05-01T09:46:40.000Z"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_event event = {
            .type = cases[i].type,
            .scope = BW_SCOPE_PROVIDER,
            .key = (char *)(uintptr_t) "gmail",
            .notice = (char *)(uintptr_t) "dnsbl_listed",
            .cause = (char *)(uintptr_t) "c",
            .action = (char *)(uintptr_t) "a",
            .time_ms = NOW,
            .id = 2,
        };
        struct bw_json_writer body = body_of(bw_message_of(&event));
        assert_non_null(strstr(body.bytes, cases[i].name));
        assert_non_null(strstr(body.bytes, "\"notice\":\"dnsbl_listed\""));
        assert_non_null(strstr(body.bytes, cases[i].end));
        assert_null(strstr(body.bytes, "\"window\""));
        bw_json_writer_deinit(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_fires_rises_and_is_resolved),
        cmocka_unit_test(notices_and_blocks_end_by_themselves),
    };

    return cmocka_run_group_tests_name("emit/alert", tests, NULL, NULL);
}
