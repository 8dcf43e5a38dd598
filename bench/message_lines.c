/*
 * Accepting, queueing, removing: the lines around the deliveries.
 */
#include "message.h"
#include "truth.h"

#include <stdio.h>

#define US_PER_SECOND INT64_C(1000000)

/* Long ids are seconds, "z"-free microseconds and inode in base 52 and 51: global/mail_queue.h. */
static size_t put_base(char *at, uint64_t number, uint32_t base, int digits_min)
{
    static const char alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    char digits[16];
    size_t count = 0;

    do {
        digits[count++] = alphabet[number % base];
        number /= base;
    } while (number > 0 || count < (size_t)digits_min);
    for (size_t i = 0; i < count; i++)
        at[i] = digits[count - 1 - i];
    return count;
}

void bw_message_name(struct bw_message *message, uint32_t slot, int64_t now_us, bool is_long)
{
    const uint32_t inode = 0x20000U + slot;
    const uint32_t us = (uint32_t)(now_us % US_PER_SECOND);

    if (!is_long) {
        char text[BW_MESSAGE_ID_BYTES];
        message->id_size = (uint8_t)snprintf(text, sizeof(text), "%05X%X", us, inode);
        (void)memcpy(message->id, text, message->id_size);
        return;
    }
    size_t size = put_base(message->id, (uint64_t)(now_us / US_PER_SECOND), 52, 6);
    size += put_base(message->id + size, us, 52, 4);
    message->id[size++] = 'z';
    size += put_base(message->id + size, inode, 51, 1);
    message->id_size = (uint8_t)size;
}

static void begin(const struct bw_message_lines *lines, const struct bw_message *message,
                  const char *program, uint32_t pid, int64_t now_us)
{
    bw_log_begin(lines->writer, now_us, message->host, program, pid);
    bw_log_bytes(lines->writer, message->id, message->id_size);
    BW_LOG_LITERAL(lines->writer, ": ");
}

/* "client17.example[198.51.100.17]" */
static void put_client(struct bw_log_writer *writer, const struct bw_message *message)
{
    if (message->from_filter) {
        BW_LOG_LITERAL(writer, "localhost[127.0.0.1]");
        return;
    }
    BW_LOG_LITERAL(writer, "c");
    bw_log_uint(writer, message->client);
    BW_LOG_LITERAL(writer, ".isp.example[198.51.100.");
    bw_log_uint(writer, message->client % 254 + 1);
    BW_LOG_LITERAL(writer, "]");
}

static void put_sender(const struct bw_message_lines *lines, const struct bw_message *message)
{
    struct bw_log_writer *writer = lines->writer;

    BW_LOG_LITERAL(writer, "from=<");
    if (message->kind == BW_MESSAGE_INBOUND) {
        BW_LOG_LITERAL(writer, "person");
        bw_log_uint(writer, message->user % 100000);
        BW_LOG_LITERAL(writer, "@elsewhere");
        bw_log_uint(writer, message->user % 997);
        BW_LOG_LITERAL(writer, ".example");
    } else if (message->sender != BW_TRUTH_NO_SENDER) {
        BW_LOG_LITERAL(writer, "bounce");
        if (lines->are_long) {
            BW_LOG_LITERAL(writer, "+campaign-spring-2026-");
            bw_log_token(writer, message->user, 8);
            BW_LOG_LITERAL(writer, "-subscriber=");
            bw_log_uint(writer, message->user);
        }
        BW_LOG_LITERAL(writer, "@");
        bw_log_string(writer, bw_mail_world_sender_name(lines->world, message->sender));
    }
    BW_LOG_LITERAL(writer, ">");
}

void bw_message_put_accept(const struct bw_message_lines *lines, const struct bw_message *message,
                           int64_t now_us)
{
    struct bw_log_writer *writer = lines->writer;

    bw_log_begin(writer, now_us, message->host, "smtpd", message->pid);
    BW_LOG_LITERAL(writer, "connect from ");
    put_client(writer, message);
    bw_log_end(writer);
    if (message->client % 12 == 0 && !message->from_filter) {
        bw_log_begin(writer, now_us, message->host, "smtpd", message->pid);
        BW_LOG_LITERAL(writer, "Anonymous TLS connection established from ");
        put_client(writer, message);
        BW_LOG_LITERAL(writer, ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)");
        if (lines->are_long)
            BW_LOG_LITERAL(writer, " key-exchange X25519 server-signature RSA-PSS (4096 bits) "
                                   "server-digest SHA256");
        bw_log_end(writer);
    }
    begin(lines, message, "smtpd", message->pid, now_us);
    BW_LOG_LITERAL(writer, "client=");
    put_client(writer, message);
    if (message->client % 8 == 1 && !message->from_filter) {
        BW_LOG_LITERAL(writer, ", sasl_method=PLAIN, sasl_username=app");
        bw_log_uint(writer, message->client);
    }
    bw_log_end(writer);
}

void bw_message_put_active(const struct bw_message_lines *lines, const struct bw_message *message,
                           int64_t now_us)
{
    struct bw_log_writer *writer = lines->writer;

    begin(lines, message, "qmgr", 301, now_us);
    put_sender(lines, message);
    BW_LOG_LITERAL(writer, ", size=");
    bw_log_uint(writer, message->size);
    BW_LOG_LITERAL(writer, ", nrcpt=");
    bw_log_uint(writer, message->recipient_count);
    BW_LOG_LITERAL(writer, " (queue active)");
    bw_log_end(writer);
}

void bw_message_put_queue(const struct bw_message_lines *lines, const struct bw_message *message,
                          int64_t now_us)
{
    struct bw_log_writer *writer = lines->writer;

    begin(lines, message, "cleanup", message->pid + 1U, now_us);
    BW_LOG_LITERAL(writer, "message-id=<");
    bw_log_token(writer, message->user * UINT64_C(2654435761), lines->are_long ? 12 : 7);
    BW_LOG_LITERAL(writer, ".");
    bw_log_bytes(writer, message->id, message->id_size);
    BW_LOG_LITERAL(writer, "@mx");
    bw_log_uint(writer, message->host + 1U);
    BW_LOG_LITERAL(writer, ".sender.example>");
    bw_log_end(writer);
    bw_message_put_active(lines, message, now_us);
    if (message->kind == BW_MESSAGE_NOTIFICATION || message->kind == BW_MESSAGE_PROBE)
        return;
    bw_log_begin(writer, now_us, message->host, "smtpd", message->pid);
    BW_LOG_LITERAL(writer, "disconnect from ");
    put_client(writer, message);
    BW_LOG_LITERAL(writer, " ehlo=1 mail=1 rcpt=");
    bw_log_uint(writer, message->recipient_count);
    BW_LOG_LITERAL(writer, " data=1 quit=1 commands=");
    bw_log_uint(writer, message->recipient_count + 4U);
    bw_log_end(writer);
}

void bw_message_put_expired(const struct bw_message_lines *lines, const struct bw_message *message,
                            int64_t now_us)
{
    begin(lines, message, "qmgr", 301, now_us);
    put_sender(lines, message);
    BW_LOG_LITERAL(lines->writer, ", status=expired, returned to sender");
    bw_log_end(lines->writer);
}

void bw_message_put_removed(const struct bw_message_lines *lines, const struct bw_message *message,
                            int64_t now_us)
{
    begin(lines, message, "qmgr", 301, now_us);
    BW_LOG_LITERAL(lines->writer, "removed");
    bw_log_end(lines->writer);
}

void bw_message_put_notified(const struct bw_message_lines *lines, const struct bw_message *message,
                             const struct bw_message *notification, int64_t now_us)
{
    begin(lines, message, "bounce", message->pid + 2U, now_us);
    BW_LOG_LITERAL(lines->writer, "sender non-delivery notification: ");
    bw_log_bytes(lines->writer, notification->id, notification->id_size);
    bw_log_end(lines->writer);
}

static void put_stranger(struct bw_log_writer *writer, uint32_t number)
{
    BW_LOG_LITERAL(writer, "unknown[203.0.113.");
    bw_log_uint(writer, number % 254 + 1);
    BW_LOG_LITERAL(writer, "]");
}

void bw_message_put_reject(const struct bw_message_lines *lines, unsigned host, int64_t now_us)
{
    struct bw_log_writer *writer = lines->writer;
    const uint32_t number = bw_random_below(lines->random, 100000);
    const uint32_t pid = 1000 + number % 200;

    bw_log_begin(writer, now_us, host, "smtpd", pid);
    BW_LOG_LITERAL(writer, "connect from ");
    put_stranger(writer, number);
    bw_log_end(writer);
    bw_log_begin(writer, now_us, host, "smtpd", pid);
    BW_LOG_LITERAL(writer, "NOQUEUE: reject: RCPT from ");
    put_stranger(writer, number);
    if (number % 3 == 0) {
        BW_LOG_LITERAL(writer, ": 554 5.7.1 Service unavailable; Client host [203.0.113.");
        bw_log_uint(writer, number % 254 + 1);
        BW_LOG_LITERAL(writer, "] blocked using zen.spamhaus.org; from=<spam");
    } else {
        BW_LOG_LITERAL(writer, ": 550 5.1.1 <nobody");
        bw_log_uint(writer, number);
        BW_LOG_LITERAL(writer, "@sender.example>: Recipient address rejected: User unknown in "
                               "virtual mailbox table; from=<spam");
    }
    bw_log_uint(writer, number);
    BW_LOG_LITERAL(writer, "@stranger.example> to=<nobody");
    bw_log_uint(writer, number);
    BW_LOG_LITERAL(writer, "@sender.example> proto=ESMTP helo=<stranger.example>");
    bw_log_end(writer);
    bw_log_begin(writer, now_us, host, "smtpd", pid);
    BW_LOG_LITERAL(writer, "disconnect from ");
    put_stranger(writer, number);
    BW_LOG_LITERAL(writer, " ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4");
    bw_log_end(writer);
}

/* Someone who knocks and leaves: on an open port half of all connections are of this kind. */
static void put_port_scan(const struct bw_message_lines *lines, unsigned host, uint32_t number,
                          int64_t now_us)
{
    static const char *const words[] = {"connect from ", "lost connection after CONNECT from ",
                                        "disconnect from "};
    struct bw_log_writer *writer = lines->writer;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        bw_log_begin(writer, now_us, host, "smtpd", 1000 + number % 200);
        bw_log_string(writer, words[i]);
        put_stranger(writer, number);
        if (i == 2)
            BW_LOG_LITERAL(writer, " commands=0/0");
        bw_log_end(writer);
    }
}

void bw_message_put_chatter(const struct bw_message_lines *lines, unsigned host, int64_t now_us)
{
    struct bw_log_writer *writer = lines->writer;
    const uint32_t number = bw_random_below(lines->random, 100000);

    switch (number % 16) {
    case 0:
        bw_log_begin(writer, now_us, host, "anvil", 640);
        BW_LOG_LITERAL(writer, "statistics: max connection rate ");
        bw_log_uint(writer, number % 60 + 1);
        BW_LOG_LITERAL(writer, "/60s for (smtp:203.0.113.");
        bw_log_uint(writer, number % 254 + 1);
        BW_LOG_LITERAL(writer, ") at May  1 00:00:00");
        break;
    case 1:
        bw_log_begin(writer, now_us, host, "smtpd", 1000 + number % 200);
        BW_LOG_LITERAL(writer, "warning: hostname host.stranger.example does not resolve to "
                               "address 203.0.113.");
        bw_log_uint(writer, number % 254 + 1);
        break;
    case 2:
        bw_log_begin(writer, now_us, host, "scache", 641);
        BW_LOG_LITERAL(writer, "statistics: domain lookup hits=0 miss=3 success=0%");
        break;
    default: put_port_scan(lines, host, number, now_us); return;
    }
    bw_log_end(writer);
}
