#include "traffic.h"

#include "message_queue.h"

#include <stdlib.h>

#define MS             INT64_C(1000) /* in µs */
#define SECOND         (1000 * MS)
#define MINUTE         (60 * SECOND)
#define HOUR           (60 * MINUTE)
#define QUEUE_LIFETIME (4 * HOUR)

#define CREDIT_PRICE 1000000U /* of one failure */
#define CREDIT_MAX   (2 * CREDIT_PRICE)

#define STUCK_PPM          2000
#define DEFERRED_PPM       40000
#define TROUBLE_PPM        250000 /* of the deferrals */
#define INCIDENT_SHARE_PPM 600000 /* of the arrivals of its hour */

struct traffic {
    const struct bw_traffic_options *options;
    const struct bw_mail_world *world;
    struct bw_random *random;
    struct bw_log_writer *writer;
    struct bw_truth *truth;
    struct bw_message_lines lines;
    struct bw_message_queue queue;
    uint32_t *domain_credits, *sender_credits, *sender_provider_credits;
    uint32_t provider_credits[BW_WORLD_PROVIDER_COUNT];
    uint32_t incident_credit;
    bool is_broken;
};

/* A fresh message in a slot of its own; BW_MESSAGE_NO_SLOT: memory is out. */
static uint32_t take_slot(struct traffic *traffic, int64_t now_us, uint8_t kind)
{
    const uint32_t slot = bw_message_queue_take(&traffic->queue);

    if (slot == BW_MESSAGE_NO_SLOT) {
        traffic->is_broken = true;
        return slot;
    }
    const uint64_t draw = bw_random_next(traffic->random);
    traffic->queue.messages[slot] = (struct bw_message){
        .entered_us = now_us,
        .sender = BW_TRUTH_NO_SENDER,
        .user = (uint32_t)(draw >> 40),
        .client = (uint32_t)(draw >> 20) % 500,
        .size = 1500 + (uint32_t)(draw % 60000),
        .pid = (uint16_t)(1000 + (draw >> 12) % 200 * 5),
        .host = (uint8_t)((draw >> 4) % traffic->options->hosts),
        .kind = kind,
        .recipient_count = 1,
    };
    bw_message_name(&traffic->queue.messages[slot], slot, now_us, traffic->options->has_long_ids);
    return slot;
}

static int64_t between(struct traffic *traffic, int64_t low_us, int64_t high_us)
{
    return low_us + (int64_t)bw_random_below(traffic->random, (uint32_t)(high_us - low_us));
}

static bool is_incident_hour(const struct traffic *traffic, int64_t now_us)
{
    const struct bw_truth_incident *incident = &traffic->options->incident;
    const int64_t start_us = incident->start_s * SECOND;

    return incident->provider >= 0 && now_us >= start_us && now_us < start_us + HOUR;
}

static void add_recipients(struct traffic *traffic, struct bw_message *message)
{
    const uint32_t draw = bw_random_below(traffic->random, 100);

    if (message->kind != BW_MESSAGE_PROBE && message->kind != BW_MESSAGE_DISCARDED && draw < 10)
        message->recipient_count = (uint8_t)(2 + draw % (BW_MESSAGE_RECIPIENTS_MAX - 1));
    for (uint32_t i = 0; i < message->recipient_count; i++) {
        struct bw_recipient *recipient = &message->recipients[i];

        recipient->domain = bw_mail_world_domain(traffic->world, traffic->random);
        /* The last digit keeps recipients of one message apart. */
        recipient->user = bw_random_below(traffic->random, 10000000) * 10 + i;
    }
}

/* A mail to one of the incident's provider, which is in one of the first domains. */
static void aim_at_incident(struct traffic *traffic, struct bw_message *message)
{
    const struct bw_truth_incident *incident = &traffic->options->incident;
    uint32_t domain = 0;

    while (traffic->world->domains[domain].provider != incident->provider)
        domain++;
    message->sender = incident->sender;
    message->recipients[0] = (struct bw_recipient){
        .domain = domain, .user = bw_random_below(traffic->random, 10000000) * 10};
}

static void arrive(struct traffic *traffic, int64_t now_us)
{
    const uint32_t draw = bw_random_below(traffic->random, 1000);
    const uint32_t host = bw_random_below(traffic->random, traffic->options->hosts);
    const bool is_aimed =
        is_incident_hour(traffic, now_us) && bw_random_chance(traffic->random, INCIDENT_SHARE_PPM);
    uint8_t kind = BW_MESSAGE_OUTBOUND;

    if (!is_aimed) {
        if (draw >= 690 && draw < 740) {
            bw_message_put_reject(&traffic->lines, host, now_us);
            return;
        }
        if (draw >= 740 && draw < 995) {
            bw_message_put_chatter(&traffic->lines, host, now_us);
            return;
        }
        if (draw >= 995)
            kind = draw % 2 == 0 ? BW_MESSAGE_PROBE : BW_MESSAGE_DISCARDED;
        else if (draw >= 620)
            kind = BW_MESSAGE_INBOUND;
        else if (draw >= 550)
            kind = BW_MESSAGE_FILTERED;
    }
    const uint32_t slot = take_slot(traffic, now_us, kind);
    if (slot == BW_MESSAGE_NO_SLOT)
        return;
    struct bw_message *message = &traffic->queue.messages[slot];
    message->is_local = kind == BW_MESSAGE_INBOUND;
    if (is_aimed) {
        aim_at_incident(traffic, message);
    } else {
        add_recipients(traffic, message);
        if (kind != BW_MESSAGE_INBOUND)
            message->sender = bw_mail_world_sender(traffic->world, traffic->random);
        message->is_stuck =
            kind == BW_MESSAGE_OUTBOUND && bw_random_chance(traffic->random, STUCK_PPM);
    }
    message->step = kind == BW_MESSAGE_PROBE ? BW_STEP_QUEUE : BW_STEP_ACCEPT;
    bw_message_queue_push(&traffic->queue, slot, now_us);
}

static void save_up(uint32_t *credit, uint32_t ppm)
{
    *credit = *credit + ppm < CREDIT_MAX ? *credit + ppm : CREDIT_MAX;
}

/* One final outcome: whether it is a failure. */
static bool is_failure(struct traffic *traffic, const struct bw_message *message, uint32_t domain,
                       int64_t now_us)
{
    const uint32_t ppm = traffic->options->bounce_ppm;
    const uint8_t provider = traffic->world->domains[domain].provider;

    if (message->sender == BW_TRUTH_NO_SENDER)
        return false;
    if (message->sender == traffic->options->incident.sender &&
        provider == traffic->options->incident.provider && is_incident_hour(traffic, now_us)) {
        traffic->truth->incident_attempts++;
        save_up(&traffic->incident_credit, traffic->options->incident_ppm);
        if (traffic->incident_credit < CREDIT_PRICE)
            return false;
        traffic->incident_credit -= CREDIT_PRICE;
        traffic->truth->incident_hard++;
        return true;
    }
    /* The narrower keys save a little more, or they would rarely be ready when the sender is. */
    uint32_t *const credits[] = {
        &traffic->sender_credits[message->sender],
        &traffic->sender_provider_credits[(size_t)message->sender * BW_WORLD_PROVIDER_COUNT +
                                          provider],
        &traffic->provider_credits[provider],
        &traffic->domain_credits[domain],
    };
    bool can_all_pay = true;
    for (size_t i = 0; i < sizeof(credits) / sizeof(credits[0]); i++) {
        save_up(credits[i], i == 0 ? ppm : ppm + ppm / 4);
        can_all_pay = can_all_pay && *credits[i] >= CREDIT_PRICE;
    }
    for (size_t i = 0; can_all_pay && i < sizeof(credits) / sizeof(credits[0]); i++)
        *credits[i] -= CREDIT_PRICE;
    return can_all_pay;
}

static const struct bw_world_reply *choose(struct traffic *traffic, struct bw_world_replies replies)
{
    return &replies.rows[bw_random_below(traffic->random, replies.count)];
}

/* One try of one recipient at a remote server. */
static void try_remote(struct traffic *traffic, struct bw_message *message, uint32_t index,
                       const struct bw_relay *relay, int64_t now_us)
{
    struct bw_recipient *recipient = &message->recipients[index];
    const struct bw_world_provider_facts *facts =
        &bw_world_providers[traffic->world->domains[recipient->domain].provider];

    traffic->truth->outcome_lines++;
    if (message->is_stuck ||
        (message->kind != BW_MESSAGE_NOTIFICATION &&
         bw_random_chance(traffic->random,
                          message->tries == 0 ? DEFERRED_PPM : 4 * DEFERRED_PPM))) {
        const struct bw_world_reply *reply =
            choose(traffic,
                   bw_random_chance(traffic->random, TROUBLE_PPM) ? bw_world_trouble : facts->soft);
        bw_message_put_failed(&traffic->lines, message, index, relay, reply, false, now_us);
        bw_truth_count(traffic->truth, message->sender, recipient->domain, BW_TRUTH_SOFT,
                       reply->class_id);
        return;
    }
    recipient->is_done = true;
    if (!is_failure(traffic, message, recipient->domain, now_us)) {
        bw_message_put_sent(&traffic->lines, message, index, relay, now_us);
        bw_truth_count(traffic->truth, message->sender, recipient->domain, BW_TRUTH_DELIVERED, 0);
        return;
    }
    struct bw_world_replies replies =
        traffic->options->has_long_lines ? facts->hard_long : facts->hard;
    /* Without a relay only the domain tells the provider, and a company's domain tells none. */
    if (traffic->world->domains[recipient->domain].provider == BW_WORLD_OTHER &&
        bw_random_below(traffic->random, 6) == 0)
        replies = bw_world_dead_domain;
    const struct bw_world_reply *reply = choose(traffic, replies);
    message->has_hard = true;
    bw_message_put_failed(&traffic->lines, message, index, relay, reply, true, now_us);
    bw_truth_count(traffic->truth, message->sender, recipient->domain, BW_TRUTH_HARD,
                   reply->class_id);
}

static void try_all_remote(struct traffic *traffic, struct bw_message *message, int64_t now_us)
{
    bool has_session = false;
    struct bw_relay relay;

    for (uint32_t i = 0; i < message->recipient_count; i++) {
        const uint32_t domain = message->recipients[i].domain;
        if (message->recipients[i].is_done)
            continue;
        bw_message_choose_relay(&traffic->lines, domain, &relay);
        if (!has_session && bw_random_below(traffic->random, 10) < 3)
            bw_message_put_tls(&traffic->lines, message, &relay, now_us);
        has_session = true;
        try_remote(traffic, message, i, &relay, now_us);
    }
}

static bool is_pending(const struct bw_message *message)
{
    for (uint32_t i = 0; i < message->recipient_count; i++)
        if (!message->recipients[i].is_done)
            return true;
    return false;
}

/* The content filter hands the mail back under a new id. */
static void pass_filter(struct traffic *traffic, uint32_t slot, int64_t now_us)
{
    const uint32_t behind = take_slot(traffic, now_us, BW_MESSAGE_OUTBOUND);

    if (behind == BW_MESSAGE_NO_SLOT)
        return;
    struct bw_message *before = &traffic->queue.messages[slot];
    struct bw_message *after = &traffic->queue.messages[behind];
    after->sender = before->sender;
    after->host = before->host;
    after->from_filter = true;
    after->recipient_count = before->recipient_count;
    (void)memcpy(after->recipients, before->recipients, sizeof(after->recipients));
    /* The filter speaks SMTP to the end before the first instance logs its success. */
    bw_message_put_accept(&traffic->lines, after, now_us);
    bw_message_put_queue(&traffic->lines, after, now_us);
    for (uint32_t i = 0; i < before->recipient_count; i++) {
        bw_message_put_filtered(&traffic->lines, before, i, after, now_us);
        traffic->truth->internal++;
        traffic->truth->outcome_lines++;
        before->recipients[i].is_done = true;
    }
    after->step = BW_STEP_TRY;
    bw_message_queue_push(&traffic->queue, behind, now_us + between(traffic, 100 * MS, 3 * SECOND));
}

static void try_local(struct traffic *traffic, struct bw_message *message, int64_t now_us)
{
    for (uint32_t i = 0; i < message->recipient_count; i++) {
        bw_message_put_local(&traffic->lines, message, i, now_us);
        message->recipients[i].is_done = true;
        traffic->truth->local++;
        traffic->truth->outcome_lines++;
    }
}

static void try_message(struct traffic *traffic, uint32_t slot, int64_t now_us)
{
    struct bw_message *message = &traffic->queue.messages[slot];
    struct bw_relay relay;

    if (message->tries > 0)
        bw_message_put_active(&traffic->lines, message, now_us);
    if (message->is_local) {
        try_local(traffic, message, now_us);
        return;
    }
    switch ((enum bw_message_kind)message->kind) {
    case BW_MESSAGE_FILTERED: pass_filter(traffic, slot, now_us); return;
    case BW_MESSAGE_PROBE:
        bw_message_choose_relay(&traffic->lines, message->recipients[0].domain, &relay);
        bw_message_put_probe(&traffic->lines, message, &relay, now_us);
        traffic->truth->probes++;
        break;
    case BW_MESSAGE_DISCARDED:
        bw_message_put_discarded(&traffic->lines, message, now_us);
        traffic->truth->discarded++;
        break;
    case BW_MESSAGE_OUTBOUND:
    case BW_MESSAGE_INBOUND:
    case BW_MESSAGE_NOTIFICATION: try_all_remote(traffic, message, now_us); return;
    }
    message->recipients[0].is_done = true;
    traffic->truth->outcome_lines++;
}

static void expire(struct traffic *traffic, struct bw_message *message, int64_t now_us)
{
    bw_message_put_expired(&traffic->lines, message, now_us);
    traffic->truth->outcome_lines++;
    for (uint32_t i = 0; i < message->recipient_count; i++)
        if (!message->recipients[i].is_done)
            bw_truth_count(traffic->truth, message->sender, message->recipients[i].domain,
                           BW_TRUTH_EXPIRED, 0);
    message->has_hard = true;
}

/* A bounce goes back to the sender: to a mailbox here, or for every other sender to its own. */
static void notify(struct traffic *traffic, uint32_t slot, int64_t now_us)
{
    const uint32_t notice = take_slot(traffic, now_us, BW_MESSAGE_NOTIFICATION);

    if (notice == BW_MESSAGE_NO_SLOT)
        return;
    const struct bw_message *message = &traffic->queue.messages[slot];
    struct bw_message *notification = &traffic->queue.messages[notice];
    notification->host = message->host;
    notification->is_local = message->sender % 2 == 0;
    notification->recipients[0] = (struct bw_recipient){
        .domain = bw_mail_world_home(traffic->world, message->sender), .user = message->user};
    bw_message_put_queue(&traffic->lines, notification, now_us);
    bw_message_put_notified(&traffic->lines, message, notification, now_us);
    notification->step = BW_STEP_TRY;
    bw_message_queue_push(&traffic->queue, notice, now_us + between(traffic, 50 * MS, SECOND));
}

/* After a try: gone, or when it is tried again. Backoff as qmgr(8): 5 minutes, doubled to 4000 s.
 */
static void plan(struct traffic *traffic, uint32_t slot, int64_t now_us)
{
    struct bw_message *message = &traffic->queue.messages[slot];
    int64_t wait_us = 5 * MINUTE;

    if (!is_pending(message)) {
        message->step = BW_STEP_REMOVE;
        bw_message_queue_push(&traffic->queue, slot, now_us + between(traffic, MS, 20 * MS));
        return;
    }
    if (now_us - message->entered_us > QUEUE_LIFETIME) {
        message->step = BW_STEP_EXPIRE;
        bw_message_queue_push(&traffic->queue, slot, now_us + MS);
        return;
    }
    for (int i = 0; i < message->tries && wait_us < 4000 * SECOND; i++)
        wait_us = wait_us * 2 < 4000 * SECOND ? wait_us * 2 : 4000 * SECOND;
    message->tries++;
    bw_message_queue_push(&traffic->queue, slot,
                          now_us + wait_us + between(traffic, 0, 2 * MINUTE));
}

static void step(struct traffic *traffic, uint32_t slot, int64_t now_us)
{
    struct bw_message *message = &traffic->queue.messages[slot];

    switch ((enum bw_message_step)message->step) {
    case BW_STEP_ACCEPT:
        bw_message_put_accept(&traffic->lines, message, now_us);
        message->step = BW_STEP_QUEUE;
        bw_message_queue_push(&traffic->queue, slot, now_us + between(traffic, 30 * MS, 300 * MS));
        break;
    case BW_STEP_QUEUE:
        bw_message_put_queue(&traffic->lines, message, now_us);
        message->step = BW_STEP_TRY;
        bw_message_queue_push(&traffic->queue, slot,
                              now_us + between(traffic, 100 * MS, 3 * SECOND));
        break;
    case BW_STEP_TRY:
        try_message(traffic, slot, now_us);
        if (!traffic->is_broken)
            plan(traffic, slot, now_us);
        break;
    case BW_STEP_EXPIRE:
        expire(traffic, message, now_us);
        message->step = BW_STEP_REMOVE;
        bw_message_queue_push(&traffic->queue, slot, now_us + MS);
        break;
    case BW_STEP_REMOVE:
        if (message->has_hard)
            notify(traffic, slot, now_us);
        bw_message_put_removed(&traffic->lines, &traffic->queue.messages[slot], now_us);
        bw_message_queue_give_back(&traffic->queue, slot);
        break;
    }
}

static bool init(struct traffic *traffic)
{
    const size_t senders = traffic->world->sender_count;
    const size_t domains = traffic->world->domain_count + senders;
    const size_t pairs = senders * BW_WORLD_PROVIDER_COUNT;

    traffic->domain_credits = calloc(domains, sizeof(*traffic->domain_credits));
    traffic->sender_credits = calloc(senders, sizeof(*traffic->sender_credits));
    traffic->sender_provider_credits = calloc(pairs, sizeof(*traffic->sender_provider_credits));
    if (traffic->domain_credits == NULL || traffic->sender_credits == NULL ||
        traffic->sender_provider_credits == NULL)
        return false;
    /* Everyone starts with some savings, or small domains would never see a failure. */
    for (size_t i = 0; i < domains; i++)
        traffic->domain_credits[i] = bw_random_below(traffic->random, CREDIT_PRICE + 1);
    for (size_t i = 0; i < senders; i++)
        traffic->sender_credits[i] = bw_random_below(traffic->random, CREDIT_PRICE + 1);
    for (size_t i = 0; i < pairs; i++)
        traffic->sender_provider_credits[i] = bw_random_below(traffic->random, CREDIT_PRICE + 1);
    return true;
}

static void run(struct traffic *traffic)
{
    const struct bw_traffic_options *options = traffic->options;
    const uint64_t gap_us = (uint64_t)options->span_us / options->arrivals_expected * 2 + 1;
    int64_t arrival_us = options->start_s * SECOND;
    uint64_t arrivals = 0;

    while (!traffic->is_broken && !traffic->writer->has_failed) {
        const bool is_open = options->arrivals_max == 0 || arrivals < options->arrivals_max;

        if (options->bytes_max > 0 && bw_log_total_bytes(traffic->writer) >= options->bytes_max)
            break;
        if (traffic->queue.due_count > 0 &&
            (!is_open || traffic->queue.due[0].time_us <= arrival_us)) {
            const struct bw_message_due due = bw_message_queue_pop(&traffic->queue);
            step(traffic, due.slot, due.time_us);
        } else if (is_open) {
            arrive(traffic, arrival_us);
            arrivals++;
            arrival_us += (int64_t)(bw_random_next(traffic->random) % gap_us);
        } else {
            break;
        }
    }
}

bool bw_traffic_run(const struct bw_traffic_options *options, const struct bw_mail_world *world,
                    struct bw_random *random, struct bw_log_writer *writer, struct bw_truth *truth)
{
    struct traffic traffic = {
        .options = options,
        .world = world,
        .random = random,
        .writer = writer,
        .truth = truth,
        .lines = {writer, random, world, options->has_long_lines},
        .queue = {.first_free = BW_MESSAGE_NO_SLOT},
    };

    traffic.is_broken = !init(&traffic);
    if (!traffic.is_broken)
        run(&traffic);
    bw_message_queue_deinit(&traffic.queue);
    free(traffic.domain_credits);
    free(traffic.sender_credits);
    free(traffic.sender_provider_credits);
    return !traffic.is_broken;
}
