/*
 * One message on its way through a server, and the lines that Postfix's programs write about it.
 *
 * Shapes: Postfix 3.7, smtpd(8), cleanup(8), qmgr(8), smtp(8), local(8), bounce(8).
 */
#ifndef BW_BENCH_MESSAGE_H
#define BW_BENCH_MESSAGE_H

#include "log_writer.h"
#include "mail_world.h"

#define BW_MESSAGE_RECIPIENTS_MAX 5
#define BW_MESSAGE_ID_BYTES       24

enum bw_message_kind {
    BW_MESSAGE_OUTBOUND,     /* from a sender of ours to the world */
    BW_MESSAGE_FILTERED,     /* the same, on its way into the content filter */
    BW_MESSAGE_INBOUND,      /* from the world to a mailbox here */
    BW_MESSAGE_NOTIFICATION, /* a bounce, from the null sender */
    BW_MESSAGE_PROBE,        /* address verification */
    BW_MESSAGE_DISCARDED,
};

enum bw_message_step {
    BW_STEP_ACCEPT, /* smtpd takes it */
    BW_STEP_QUEUE,  /* cleanup and queue manager */
    BW_STEP_TRY,
    BW_STEP_EXPIRE,
    BW_STEP_REMOVE,
};

struct bw_recipient {
    uint32_t domain; /* index in the world; of no meaning for local mail */
    uint32_t user;
    bool is_done;
};

struct bw_message {
    int64_t entered_us; /* Unix time */
    uint32_t sender;    /* index in the world; BW_TRUTH_NO_SENDER for the null sender */
    uint32_t user;      /* makes addresses of their own */
    uint32_t client;    /* whom it came from */
    uint32_t size;
    uint32_t next_free; /* slot, while this one is free */
    uint16_t pid;
    uint8_t host, kind, step, tries, recipient_count, id_size;
    bool is_stuck; /* every try of it is deferred */
    bool has_hard; /* a bounce is due */
    bool is_local; /* to a mailbox here */
    bool from_filter;
    char id[BW_MESSAGE_ID_BYTES];
    struct bw_recipient recipients[BW_MESSAGE_RECIPIENTS_MAX];
};

/* Where lines go to, and how. */
struct bw_message_lines {
    struct bw_log_writer *writer;
    struct bw_random *random;
    const struct bw_mail_world *world;
    bool are_long;
};

/* Give the message a queue id; `slot` keeps those in the queue at one time apart. */
void bw_message_name(struct bw_message *message, uint32_t slot, int64_t now_us, bool is_long);

void bw_message_put_accept(const struct bw_message_lines *lines, const struct bw_message *message,
                           int64_t now_us);
void bw_message_put_queue(const struct bw_message_lines *lines, const struct bw_message *message,
                          int64_t now_us);
/* The line of the queue manager alone, before a further try. */
void bw_message_put_active(const struct bw_message_lines *lines, const struct bw_message *message,
                           int64_t now_us);
void bw_message_put_expired(const struct bw_message_lines *lines, const struct bw_message *message,
                            int64_t now_us);
void bw_message_put_removed(const struct bw_message_lines *lines, const struct bw_message *message,
                            int64_t now_us);
/* bounce(8): `message` could not be delivered, `notification` says so. */
void bw_message_put_notified(const struct bw_message_lines *lines, const struct bw_message *message,
                             const struct bw_message *notification, int64_t now_us);

/* The relay of a recipient's domain for this try. */
struct bw_relay {
    const char *host;
    uint32_t number; /* makes its address */
    char own[BW_WORLD_NAME_BYTES + 40];
};
void bw_message_choose_relay(const struct bw_message_lines *lines, uint32_t domain,
                             struct bw_relay *relay);
void bw_message_put_tls(const struct bw_message_lines *lines, const struct bw_message *message,
                        const struct bw_relay *relay, int64_t now_us);

/* The outcome of one recipient at a remote server. */
void bw_message_put_sent(const struct bw_message_lines *lines, const struct bw_message *message,
                         uint32_t recipient, const struct bw_relay *relay, int64_t now_us);
void bw_message_put_failed(const struct bw_message_lines *lines, const struct bw_message *message,
                           uint32_t recipient, const struct bw_relay *relay,
                           const struct bw_world_reply *reply, bool is_hard, int64_t now_us);
/* Into the content filter; mailbox; discard(8); verification. */
void bw_message_put_filtered(const struct bw_message_lines *lines, const struct bw_message *message,
                             uint32_t recipient, const struct bw_message *behind, int64_t now_us);
void bw_message_put_local(const struct bw_message_lines *lines, const struct bw_message *message,
                          uint32_t recipient, int64_t now_us);
void bw_message_put_discarded(const struct bw_message_lines *lines,
                              const struct bw_message *message, int64_t now_us);
void bw_message_put_probe(const struct bw_message_lines *lines, const struct bw_message *message,
                          const struct bw_relay *relay, int64_t now_us);

/* A client that is turned away, and the chatter of the daemons. */
void bw_message_put_reject(const struct bw_message_lines *lines, unsigned host, int64_t now_us);
void bw_message_put_chatter(const struct bw_message_lines *lines, unsigned host, int64_t now_us);

#endif
