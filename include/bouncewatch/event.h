/*
 * What bouncewatch tells an operator: a zone was entered or left, a provider blocks us, or the
 * reading itself needs a look.
 *
 * Made by engine/ out of aggregate/ and zone/, written by emit/ and report/. An event owns its
 * texts (local parts of addresses already masked, UTF-8 not yet mended) until bw_event_deinit().
 */
#ifndef BOUNCEWATCH_EVENT_H
#define BOUNCEWATCH_EVENT_H

#include <bouncewatch/text.h>
#include <bouncewatch/verdict.h>

#include <stdint.h>

enum bw_zone { BW_ZONE_ACCEPTABLE = 0, BW_ZONE_WARNING, BW_ZONE_BLOCKING, BW_ZONE_COUNT };

enum bw_scope {
    BW_SCOPE_PROVIDER = 0,
    BW_SCOPE_RECIPIENT_DOMAIN,
    BW_SCOPE_SENDER_DOMAIN,
    BW_SCOPE_SENDER_PROVIDER,
    BW_SCOPE_COUNT
};

enum bw_event_type { BW_EVENT_ZONE = 0, BW_EVENT_BLOCK, BW_EVENT_NOTICE };

#define BW_EVENT_CLASSES_MAX 5
#define BW_EVENT_SAMPLES_MAX 3

struct bw_event_class {
    uint64_t count;
    const char *rule; /* rule name; NULL: none. Lives as long as the rule set */
    uint8_t class_id; /* enum bw_class */
};

struct bw_event_sample {
    char *text;       /* owned; masked */
    size_t text_size; /* bytes; may hold NUL and invalid UTF-8 */
    char *file;       /* owned; path of the input */
    uint64_t line;    /* from 1 */
    uint64_t count; /* how often this text (numbers and addresses masked) was seen in the window */
};

struct bw_event {
    struct bw_event_class classes[BW_EVENT_CLASSES_MAX];  /* most frequent first */
    struct bw_event_sample samples[BW_EVENT_SAMPLES_MAX]; /* most frequent first */
    char *key; /* owned: "gmail", "example.com", "news.example/gmail"; notices: what it is about */
    char *sender;    /* owned: sender domain; NULL: not part of the key */
    char *provider;  /* owned: provider name; NULL: not part of the key */
    char *domain;    /* owned: recipient domain; NULL: not part of the key */
    char *cause;     /* owned; one sentence */
    char *action;    /* owned; one sentence */
    char *notice;    /* owned: notice name "unknown_lines" ...; block: class name; NULL: zone */
    char *named;     /* owned: block: the list or scope the reply named; NULL: none */
    int64_t time_ms; /* log time, Unix epoch; INT64_MIN: a notice about a log without any time */
    uint64_t id;     /* hash of type, scope, key, window, zone and time */
    uint64_t delivered, hard, recipient, block; /* in the window */
    uint64_t value, threshold;        /* notices: what was counted, and against what; 0: not so */
    double rate, lower, upper, limit; /* fractions 0..1 */
    uint32_t window_s;                /* length of the window in seconds; 0: no window */
    uint8_t type;                     /* enum bw_event_type */
    uint8_t scope;                    /* enum bw_scope; BW_SCOPE_COUNT: none */
    uint8_t zone;                     /* enum bw_zone; zone events only */
    uint8_t previous;                 /* enum bw_zone */
    uint8_t class_count, sample_count;
};

/* Free what the event owns and zero it. */
void bw_event_deinit(struct bw_event *event);

const char *bw_zone_name(enum bw_zone zone);             /* "acceptable", "warning", "blocking" */
const char *bw_scope_name(enum bw_scope scope);          /* "provider", "recipient_domain", ... */
const char *bw_event_type_name(enum bw_event_type type); /* "zone", "block", "notice" */

#endif
