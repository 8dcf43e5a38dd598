#include "report/report.h"
#include "sample_snapshot.h"
#include "test.h"

#include <stdlib.h>

static char *print(const struct bw_snapshot *snapshot, uint32_t top)
{
    const struct bw_report_options options = {.top = top, .version = "1.2.3"};
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);

    assert_non_null(out);
    assert_true(bw_report_json(snapshot, &options, out));
    assert_int_equal(fclose(out), 0);
    return printed;
}

/* clang-format off */
#define GMAIL                                                                                      \
    "{\"provider\":\"gmail\",\"delivered\":1152,\"hard\":82,\"soft\":12,\"expired\":0,"            \
    "\"recipient\":82,\"block\":0,\"rate\":0.0665,\"zone\":\"blocking\","                          \
    "\"worst_zone\":\"blocking\",\"worst_zone_time\":\"2026-05-01T09:14:00.000Z\","                \
    "\"classes\":{\"user_unknown\":82,\"mailbox_full\":12}}"
/* One class as hard and as soft is one member. */
#define YAHOO                                                                                      \
    "{\"provider\":\"yahoo\",\"delivered\":97,\"hard\":3,\"soft\":3,\"expired\":0,"                \
    "\"recipient\":0,\"block\":0,\"rate\":0.03,\"zone\":\"acceptable\","                           \
    "\"worst_zone\":\"warning\",\"worst_zone_time\":\"2026-05-01T08:14:00.000Z\","                 \
    "\"classes\":{\"unclassified_5xx\":6}}"
#define OTHER                                                                                      \
    "{\"provider\":\"other\",\"delivered\":1000000,\"hard\":0,\"soft\":0,\"expired\":0,"           \
    "\"recipient\":0,\"block\":0,\"rate\":0.0,\"zone\":\"acceptable\",\"classes\":{}}"
#define EXAMPLE_COM                                                                                \
    "{\"domain\":\"example.com\",\"provider\":\"gmail\",\"delivered\":0,\"hard\":82,\"soft\":0,"   \
    "\"expired\":0,\"recipient\":82,\"block\":0,\"rate\":1.0,\"zone\":\"acceptable\","             \
    "\"classes\":{\"user_unknown\":82}}"
#define FINE_EXAMPLE                                                                               \
    "{\"domain\":\"fine.example\",\"provider\":\"other\",\"delivered\":5,\"hard\":0,\"soft\":0,"   \
    "\"expired\":0,\"recipient\":0,\"block\":0,\"rate\":0.0,\"zone\":\"acceptable\",\"classes\":{}}"
#define SENDERS                                                                                    \
    "\"sender_domains\":[{\"domain\":\"news.example\",\"delivered\":0,\"hard\":0,\"soft\":0,"      \
    "\"expired\":1,\"recipient\":0,\"block\":0,\"rate\":0.0,\"zone\":\"acceptable\","              \
    "\"classes\":{}}],"                                                                            \
    "\"sender_providers\":[{\"sender\":\"news.example\",\"provider\":\"gmail\",\"delivered\":9,"   \
    "\"hard\":1,\"soft\":0,\"expired\":0,\"recipient\":0,\"block\":0,\"rate\":0.1,"                \
    "\"zone\":\"acceptable\",\"classes\":{}}],"
#define HEAD                                                                                       \
    "{\"bouncewatch\":\"1.2.3\",\"elapsed_s\":0.021,"                                              \
    "\"inputs\":[{\"path\":\"mail.log\",\"format\":\"postfix\",\"compression\":\"none\","          \
    "\"bytes\":5000000,\"text_bytes\":5000000,\"lines\":40000,\"complete\":true},"                 \
    "{\"path\":\"mail.log.1.gz\",\"format\":\"postfix\",\"compression\":\"gzip\",\"bytes\":100,"   \
    "\"text_bytes\":1000,\"lines\":10,\"complete\":false,"                                         \
    "\"fault\":\"the gzip stream ends too early\"}],"                                              \
    "\"lines\":{\"total\":40010,\"outcome\":10000,\"known\":30000,\"malformed\":2,\"unknown\":8}," \
    "\"span\":{\"first\":\"2026-05-01T07:14:00.000Z\",\"last\":\"2026-05-01T09:15:00.000Z\"},"     \
    "\"totals\":{\"delivered\":1001249,\"hard\":85,\"soft\":15,\"expired\":0,\"suppressed\":0,"    \
    "\"internal\":17,\"local\":0,\"rate\":0.0001,\"discarded\":0,\"probes\":0},"                   \
    "\"classes\":["                                                                                \
    "{\"class\":\"user_unknown\",\"bounce\":\"hard\",\"fault\":\"recipient\",\"count\":82},"       \
    "{\"class\":\"mailbox_full\",\"bounce\":\"soft\",\"fault\":\"recipient\",\"count\":12},"       \
    "{\"class\":\"unclassified_5xx\",\"bounce\":\"hard\",\"fault\":\"unknown\",\"count\":6}],"
#define FIRST_DIAGNOSTIC                                                                           \
    "{\"text\":\"550 5.1.1 <j***@example.com> unknown\",\"count\":82,\"class\":\"user_unknown\","  \
    "\"rule\":\"user-unknown\"}"
#define EVIL                                                                                       \
    "\"text\":\"550 \\u001b[31mj***@example.com\\u0007 \xEF\xBF\xBD \\u009b r\xC3\xA9jet\xC3\xA9\"," \
    "\"count\":6"
#define EVENTS                                                                                     \
    "\"events\":[{\"type\":\"zone\",\"id\":\"0000000000000001\","                                  \
    "\"time\":\"2026-05-01T08:14:00.000Z\",\"scope\":\"provider\",\"key\":\"yahoo\","              \
    "\"provider\":\"yahoo\",\"window\":\"1h\",\"zone\":\"warning\",\"previous\":\"acceptable\","   \
    "\"delivered\":97,\"hard\":3,\"recipient\":0,\"block\":0,\"rate\":0.03,\"lower\":0.0,"         \
    "\"upper\":0.0,\"limit\":0.0,\"classes\":[],\"samples\":[],\"cause\":\"The limit is near.\","  \
    "\"action\":\"Slow down to yahoo.\"},"                                                         \
    "{\"type\":\"zone\",\"id\":\"0000000000000002\",\"time\":\"2026-05-01T09:14:00.000Z\","        \
    "\"scope\":\"provider\",\"key\":\"gmail\",\"provider\":\"gmail\",\"window\":\"1h\","           \
    "\"zone\":\"blocking\",\"previous\":\"warning\",\"delivered\":938,\"hard\":62,"                \
    "\"recipient\":0,\"block\":0,\"rate\":0.062,\"lower\":0.0,\"upper\":0.0,\"limit\":0.0,"        \
    "\"classes\":[],\"samples\":[],\"cause\":\"Addresses do not exist.\","                         \
    "\"action\":\"Stop mail to gmail.\"},"                                                         \
    "{\"type\":\"block\",\"id\":\"0000000000000003\",\"time\":\"2026-05-01T09:14:00.000Z\","       \
    "\"scope\":\"provider\",\"key\":\"microsoft\",\"class\":\"dnsbl_listed\","                     \
    "\"named\":\"zen.dnsbl.example\",\"samples\":[],\"action\":\"Ask for removal.\"},"             \
    "{\"type\":\"notice\",\"id\":\"0000000000000004\",\"time\":\"2026-05-01T09:14:00.000Z\","      \
    "\"notice\":\"bulk_sender\",\"key\":\"gmail\","                                                \
    "\"cause\":\"More than 5,000 messages a day.\"}],"
#define LIMITS                                                                                     \
    "\"limits\":{\"late\":0,\"duplicates\":4,\"keys_evicted\":0,\"queue_ids_evicted\":0,"          \
    "\"diagnostics_dropped\":0}}\n"
/* clang-format on */

static void prints_the_members_of_the_contract_in_their_order(void **state)
{
    (void)state;
    struct sample sample;

    sample_fill(&sample);
    char *printed = print(&sample.snapshot, 20);
    assert_string_equal(printed, HEAD "\"providers\":[" GMAIL "," YAHOO "," OTHER "],"
                                      "\"recipient_domains\":[" EXAMPLE_COM "," FINE_EXAMPLE
                                      "]," SENDERS "\"diagnostics\":[" FIRST_DIAGNOSTIC ",{" EVIL
                                      ",\"class\":\"unclassified_5xx\"}],"
                                      "\"unclassified\":[{" EVIL "}]," EVENTS LIMITS);
    free(printed);
}

static void top_cuts_the_tables_and_nothing_else(void **state)
{
    (void)state;
    struct sample sample;

    sample_fill(&sample);
    char *one = print(&sample.snapshot, 1);
    assert_string_equal(one, HEAD "\"providers\":[" GMAIL "],\"recipient_domains\":[" EXAMPLE_COM
                                  "]," SENDERS "\"diagnostics\":[" FIRST_DIAGNOSTIC
                                  "],\"unclassified\":[{" EVIL "}]," EVENTS LIMITS);
    free(one);
    char *all = print(&sample.snapshot, 0);
    char *many = print(&sample.snapshot, 1000);
    assert_string_equal(all, many);
    assert_non_null(strstr(all, OTHER));
    free(all);
    free(many);
}

static void leaves_out_what_there_is_not(void **state)
{
    (void)state;
    const struct bw_snapshot nothing = {.first_ms = INT64_MIN, .last_ms = INT64_MIN};
    const struct bw_snapshot cut = {.first_ms = INT64_MIN,
                                    .last_ms = INT64_MIN,
                                    .lines_total = 1,
                                    .lines_unknown = 1,
                                    .lines_cut = 1};

    char *printed = print(&nothing, 20);
    assert_string_equal(
        printed, "{\"bouncewatch\":\"1.2.3\",\"elapsed_s\":0.0,\"inputs\":[],"
                 "\"lines\":{\"total\":0,\"outcome\":0,\"known\":0,\"malformed\":0,\"unknown\":0},"
                 "\"totals\":{\"delivered\":0,\"hard\":0,\"soft\":0,\"expired\":0,\"suppressed\":0,"
                 "\"internal\":0,\"local\":0,\"rate\":0.0,\"discarded\":0,\"probes\":0},"
                 "\"classes\":[],\"providers\":[],\"recipient_domains\":[],\"sender_domains\":[],"
                 "\"sender_providers\":[],\"diagnostics\":[],\"unclassified\":[],\"events\":[]}\n");
    free(printed);
    printed = print(&cut, 20);
    assert_non_null(strstr(printed, "\"unknown\":1,\"cut\":1}"));
    free(printed);
}

static void stays_one_object_when_it_is_written_in_pieces(void **state)
{
    (void)state;
    enum { ROWS = 3000 };
    struct bw_key_row *rows = calloc(ROWS, sizeof(*rows));
    struct bw_snapshot snapshot = {.first_ms = INT64_MIN, .last_ms = INT64_MIN};
    size_t commas = 0;

    assert_non_null(rows);
    for (size_t i = 0; i < ROWS; i++)
        rows[i] =
            (struct bw_key_row){.name = sample_text("example.com"), .worst_zone_ms = INT64_MIN};
    snapshot.tables[BW_SCOPE_SENDER_DOMAIN] = rows;
    snapshot.table_counts[BW_SCOPE_SENDER_DOMAIN] = ROWS;
    char *printed = print(&snapshot, 0);
    for (const char *at = printed; (at = strstr(at, "{}},{\"domain\":\"example.com\"")) != NULL;
         at++)
        commas++;
    assert_int_equal(commas, ROWS - 1);
    assert_null(strstr(printed, ",,"));
    assert_null(strstr(printed, "[,"));
    assert_null(strstr(printed, ",]"));
    free(printed);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_the_members_of_the_contract_in_their_order),
        cmocka_unit_test(top_cuts_the_tables_and_nothing_else),
        cmocka_unit_test(leaves_out_what_there_is_not),
        cmocka_unit_test(stays_one_object_when_it_is_written_in_pieces),
    };
    return cmocka_run_group_tests_name("report/report_json", tests, NULL, NULL);
}
