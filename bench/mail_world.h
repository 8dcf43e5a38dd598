/*
 * Whom the made-up servers write to: providers with what they answer, recipient domains by
 * descending popularity (Zipf), and the senders.
 */
#ifndef BW_BENCH_MAIL_WORLD_H
#define BW_BENCH_MAIL_WORLD_H

#include "random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BW_WORLD_NAME_BYTES 48

enum bw_world_provider {
    BW_WORLD_GMAIL,
    BW_WORLD_GOOGLE_WORKSPACE,
    BW_WORLD_MICROSOFT,
    BW_WORLD_MICROSOFT_365,
    BW_WORLD_YAHOO,
    BW_WORLD_APPLE,
    BW_WORLD_UNITED_INTERNET,
    BW_WORLD_T_ONLINE,
    BW_WORLD_ORANGE,
    BW_WORLD_COMCAST,
    BW_WORLD_MAIL_RU,
    BW_WORLD_PROOFPOINT,
    BW_WORLD_MIMECAST,
    BW_WORLD_OTHER,
    BW_WORLD_PROVIDER_COUNT
};

/* What a failure means; names as in the report. */
enum bw_world_class {
    BW_WORLD_USER_UNKNOWN,
    BW_WORLD_MAILBOX_FULL,
    BW_WORLD_DOMAIN_UNKNOWN,
    BW_WORLD_DNSBL_LISTED,
    BW_WORLD_GREYLIST,
    BW_WORLD_VOLUME,
    BW_WORLD_RATE_LIMIT,
    BW_WORLD_CONNECT_FAILED,
    BW_WORLD_CLASS_COUNT
};

/*
 * In a text: %r the recipient, %d its domain, %h the relay, %a its address, %i some letters, %n
 * some digits.
 */
struct bw_world_reply {
    const char *dsn;
    const char *text;
    const char *command; /* that was answered; NULL: the text is Postfix's own */
    uint8_t class_id;    /* enum bw_world_class; of no meaning when mail was taken */
    bool has_no_relay;   /* relay=none */
};

#define BW_WORLD_REPLIES_MAX 4

struct bw_world_replies {
    const struct bw_world_reply *rows;
    uint32_t count;
};

struct bw_world_provider_facts {
    const char *name;      /* as in the report */
    const char *relays[4]; /* NULL: the domain's own */
    uint32_t relay_count;
    const char *sent;
    struct bw_world_replies hard, hard_long, soft;
};

struct bw_world_domain {
    char name[BW_WORLD_NAME_BYTES];
    uint8_t provider;
};

struct bw_mail_world {
    struct bw_world_domain *domains; /* domain_count, then one per sender: where its bounces go */
    uint64_t *domain_weights;        /* running sums */
    uint64_t *sender_weights;
    uint32_t domain_count, sender_count;
};

extern const struct bw_world_provider_facts bw_world_providers[BW_WORLD_PROVIDER_COUNT];
/* Failures that any receiver may show. */
extern const struct bw_world_replies bw_world_trouble;
extern const struct bw_world_replies bw_world_dead_domain;

const char *bw_world_class_name(enum bw_world_class class_id);
/* -1: there is none of this name. */
int bw_world_provider_find(const char *name);

/* False when memory is out. */
bool bw_mail_world_init(struct bw_mail_world *world, uint32_t domain_count, uint32_t sender_count);
void bw_mail_world_deinit(struct bw_mail_world *world);

uint32_t bw_mail_world_domain(const struct bw_mail_world *world, struct bw_random *random);
uint32_t bw_mail_world_sender(const struct bw_mail_world *world, struct bw_random *random);
/* The domain that a sender's bounces go to. */
static inline uint32_t bw_mail_world_home(const struct bw_mail_world *world, uint32_t sender)
{
    return world->domain_count + sender;
}
static inline const char *bw_mail_world_sender_name(const struct bw_mail_world *world,
                                                    uint32_t sender)
{
    return world->domains[world->domain_count + sender].name;
}

#endif
