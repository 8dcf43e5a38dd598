/*
 * A snapshot made by hand: gmail blocks, yahoo did, and a little of everything else.
 *
 * Its strings are literals, so it is never given to bw_snapshot_deinit().
 */
#ifndef BW_TESTS_UNIT_REPORT_SAMPLE_SNAPSHOT_H
#define BW_TESTS_UNIT_REPORT_SAMPLE_SNAPSHOT_H

#include <bouncewatch/snapshot.h>

#define SAMPLE_TIME_MS INT64_C(1777626840000) /* 2026-05-01T09:14:00Z */
#define SAMPLE_EVIL    "550 \x1b[31mj***@example.com\x07 \xFF \xC2\x9B r\xC3\xA9jet\xC3\xA9"

struct sample {
    struct bw_input_row inputs[2];
    struct bw_class_count classes[3];
    struct bw_class_count gmail_classes[2], yahoo_classes[2], domain_classes[1];
    struct bw_key_row providers[3], recipient_domains[2], sender_domains[1], sender_providers[1];
    struct bw_diagnostic_row diagnostics[2];
    struct bw_event events[4];
    struct bw_snapshot snapshot;
};

/* A literal where a snapshot owns its text. */
static inline char *sample_text(const char *literal)
{
    return (char *)(uintptr_t)literal;
}

static inline void sample_fill_rows(struct sample *sample)
{
    sample->classes[0] =
        (struct bw_class_count){82, BW_CLASS_USER_UNKNOWN, BW_BOUNCE_HARD, BW_FAULT_RECIPIENT};
    sample->classes[1] =
        (struct bw_class_count){12, BW_CLASS_MAILBOX_FULL, BW_BOUNCE_SOFT, BW_FAULT_RECIPIENT};
    sample->classes[2] =
        (struct bw_class_count){6, BW_CLASS_UNCLASSIFIED_5XX, BW_BOUNCE_HARD, BW_FAULT_UNKNOWN};
    sample->gmail_classes[0] = sample->classes[0];
    sample->gmail_classes[1] = sample->classes[1];
    sample->yahoo_classes[0] =
        (struct bw_class_count){3, BW_CLASS_UNCLASSIFIED_5XX, BW_BOUNCE_HARD, BW_FAULT_UNKNOWN};
    sample->yahoo_classes[1] =
        (struct bw_class_count){3, BW_CLASS_UNCLASSIFIED_5XX, BW_BOUNCE_SOFT, BW_FAULT_UNKNOWN};
    sample->domain_classes[0] = sample->classes[0];
    sample->providers[0] = (struct bw_key_row){
        .name = sample_text("gmail"),
        .classes = sample->gmail_classes,
        .class_count = 2,
        .tally = {.delivered = 1152, .hard = 82, .soft = 12, .recipient = 82},
        .rate = 82.0 / 1234.0,
        .worst_zone_ms = SAMPLE_TIME_MS,
        .zone = BW_ZONE_BLOCKING,
        .worst_zone = BW_ZONE_BLOCKING,
    };
    sample->providers[1] = (struct bw_key_row){
        .name = sample_text("yahoo"),
        .classes = sample->yahoo_classes,
        .class_count = 2,
        .tally = {.delivered = 97, .hard = 3, .soft = 3},
        .rate = 0.03,
        .worst_zone_ms = SAMPLE_TIME_MS - 3600000,
        .worst_zone = BW_ZONE_WARNING,
    };
    sample->providers[2] = (struct bw_key_row){
        .name = sample_text("other"), .tally = {.delivered = 1000000}, .worst_zone_ms = INT64_MIN};
    sample->recipient_domains[0] = (struct bw_key_row){
        .name = sample_text("example.com"),
        .provider = sample_text("gmail"),
        .classes = sample->domain_classes,
        .class_count = 1,
        .tally = {.hard = 82, .recipient = 82},
        .rate = 1.0,
        .worst_zone_ms = INT64_MIN,
    };
    sample->recipient_domains[1] = (struct bw_key_row){.name = sample_text("fine.example"),
                                                       .provider = sample_text("other"),
                                                       .tally = {.delivered = 5},
                                                       .worst_zone_ms = INT64_MIN};
    sample->sender_domains[0] = (struct bw_key_row){
        .name = sample_text("news.example"), .tally = {.expired = 1}, .worst_zone_ms = INT64_MIN};
    sample->sender_providers[0] = (struct bw_key_row){
        .name = sample_text("news.example"),
        .provider = sample_text("gmail"),
        .tally = {.delivered = 9, .hard = 1},
        .rate = 0.1,
        .worst_zone_ms = INT64_MIN,
    };
}

static inline void sample_fill_events(struct sample *sample)
{
    sample->events[0] = (struct bw_event){
        .type = BW_EVENT_ZONE,
        .id = 1,
        .time_ms = SAMPLE_TIME_MS - 3600000,
        .scope = BW_SCOPE_PROVIDER,
        .key = sample_text("yahoo"),
        .provider = sample_text("yahoo"),
        .window_s = 3600,
        .zone = BW_ZONE_WARNING,
        .delivered = 97,
        .hard = 3,
        .rate = 0.03,
        .action = sample_text("Slow down to yahoo."),
        .cause = sample_text("The limit is near."),
    };
    sample->events[1] = (struct bw_event){
        .type = BW_EVENT_ZONE,
        .id = 2,
        .time_ms = SAMPLE_TIME_MS,
        .scope = BW_SCOPE_PROVIDER,
        .key = sample_text("gmail"),
        .provider = sample_text("gmail"),
        .window_s = 3600,
        .zone = BW_ZONE_BLOCKING,
        .previous = BW_ZONE_WARNING,
        .delivered = 938,
        .hard = 62,
        .rate = 0.062,
        .action = sample_text("Stop mail to gmail."),
        .cause = sample_text("Addresses do not exist."),
    };
    sample->events[2] = (struct bw_event){
        .type = BW_EVENT_BLOCK,
        .id = 3,
        .time_ms = SAMPLE_TIME_MS,
        .scope = BW_SCOPE_PROVIDER,
        .key = sample_text("microsoft"),
        .notice = sample_text("dnsbl_listed"),
        .named = sample_text("zen.dnsbl.example"),
        .action = sample_text("Ask for removal."),
    };
    sample->events[3] = (struct bw_event){
        .type = BW_EVENT_NOTICE,
        .id = 4,
        .time_ms = SAMPLE_TIME_MS,
        .scope = BW_SCOPE_COUNT,
        .notice = sample_text("bulk_sender"),
        .key = sample_text("gmail"),
        .cause = sample_text("More than 5,000 messages a day."),
    };
}

static inline void sample_fill(struct sample *sample)
{
    *sample = (struct sample){0};
    sample_fill_rows(sample);
    sample_fill_events(sample);
    sample->inputs[0] = (struct bw_input_row){.path = sample_text("mail.log"),
                                              .format = "postfix",
                                              .compression = "none",
                                              .bytes = 5000000,
                                              .text_bytes = 5000000,
                                              .lines = 40000,
                                              .complete = true};
    sample->inputs[1] =
        (struct bw_input_row){.path = sample_text("mail.log.1.gz"),
                              .format = "postfix",
                              .compression = "gzip",
                              .fault = sample_text("the gzip stream ends too early"),
                              .bytes = 100,
                              .text_bytes = 1000,
                              .lines = 10};
    sample->diagnostics[0] =
        (struct bw_diagnostic_row){.text = sample_text("550 5.1.1 <j***@example.com> unknown"),
                                   .text_size = sizeof("550 5.1.1 <j***@example.com> unknown") - 1,
                                   .rule = "user-unknown",
                                   .file = sample_text("mail.log"),
                                   .line = 7,
                                   .count = 82,
                                   .class_id = BW_CLASS_USER_UNKNOWN,
                                   .bounce = BW_BOUNCE_HARD};
    sample->diagnostics[1] = (struct bw_diagnostic_row){.text = sample_text(SAMPLE_EVIL),
                                                        .text_size = sizeof(SAMPLE_EVIL) - 1,
                                                        .file = sample_text("mail.log"),
                                                        .line = 9,
                                                        .count = 6,
                                                        .class_id = BW_CLASS_UNCLASSIFIED_5XX,
                                                        .bounce = BW_BOUNCE_HARD};
    sample->snapshot = (struct bw_snapshot){
        .inputs = sample->inputs,
        .input_count = 2,
        .classes = sample->classes,
        .class_count = 3,
        .tables = {[BW_SCOPE_PROVIDER] = sample->providers,
                   [BW_SCOPE_RECIPIENT_DOMAIN] = sample->recipient_domains,
                   [BW_SCOPE_SENDER_DOMAIN] = sample->sender_domains,
                   [BW_SCOPE_SENDER_PROVIDER] = sample->sender_providers},
        .table_counts = {[BW_SCOPE_PROVIDER] = 3,
                         [BW_SCOPE_RECIPIENT_DOMAIN] = 2,
                         [BW_SCOPE_SENDER_DOMAIN] = 1,
                         [BW_SCOPE_SENDER_PROVIDER] = 1},
        .diagnostics = sample->diagnostics,
        .diagnostic_count = 2,
        .unclassified = &sample->diagnostics[1],
        .unclassified_count = 1,
        .events = sample->events,
        .event_count = 4,
        .lines_total = 40010,
        .lines_outcome = 10000,
        .lines_known = 30000,
        .lines_malformed = 2,
        .lines_unknown = 8,
        .duplicates = 4,
        .internal = 17,
        .totals = {.delivered = 1001249, .hard = 85, .soft = 15, .recipient = 82},
        .rate = 85.0 / 1001334.0,
        .first_ms = SAMPLE_TIME_MS - 7200000,
        .last_ms = SAMPLE_TIME_MS + 60000,
        .elapsed_s = 0.0214,
        .malformed = {{.file = sample_text("mail.log"), .line = 1234}},
        .malformed_count = 1,
    };
}

#endif
