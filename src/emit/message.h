/*
 * An event on its way out: its JSON and what sinks choose by.
 */
#ifndef BW_EMIT_MESSAGE_H
#define BW_EMIT_MESSAGE_H

#include <bouncewatch/event.h>

#include <stdbool.h>
#include <stddef.h>

struct bw_message {
    char *json; /* owned; one object, no newline */
    size_t size;
    char *key;     /* owned: what it is about, "provider/gmail/3600"; one incident has one key */
    char *summary; /* owned: one sentence for people */
    uint64_t id;
    int64_t time_ms;
    uint32_t references;
    uint8_t type;     /* enum bw_event_type */
    uint8_t zone;     /* enum bw_zone; zone events only */
    uint8_t previous; /* enum bw_zone; zone events only */
    bool is_reminder;
};

/* NULL: memory is out. One reference is the caller's. */
struct bw_message *bw_message_of(const struct bw_event *event);
/* The same as a reminder at another time. */
struct bw_message *bw_message_remind(const struct bw_message *message, int64_t now_ms);
struct bw_message *bw_message_keep(struct bw_message *message);
void bw_message_release(struct bw_message **owned);

/* As bytes and back. NULL: these are none, or memory is out. */
struct bw_byte_writer;
struct bw_byte_reader;
void bw_message_save(const struct bw_message *message, struct bw_byte_writer *writer);
struct bw_message *bw_message_load(struct bw_byte_reader *reader);

#endif
