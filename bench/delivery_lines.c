/*
 * The lines that say what became of a recipient.
 *
 *   ID: to=<R>, relay=HOST[ADDRESS]:25, delay=1.4, delays=0.1/0.01/0.5/0.8, dsn=D, status=S (TEXT)
 */
#include "message.h"

#include <stdio.h>

static void put_user(const struct bw_message_lines *lines, const struct bw_recipient *recipient)
{
    BW_LOG_LITERAL(lines->writer, "user");
    bw_log_uint(lines->writer, recipient->user);
    if (lines->are_long) {
        BW_LOG_LITERAL(lines->writer, ".with-a-long-name-");
        bw_log_token(lines->writer, recipient->user, 8);
    }
}

static void put_domain(const struct bw_message_lines *lines, const struct bw_recipient *recipient)
{
    const char *name = lines->world->domains[recipient->domain].name;

    bw_log_string(lines->writer, name);
    /* Some people write domains with capitals; they mean the same. */
    if (recipient->user % 128 == 77) {
        char *first = lines->writer->buffer + lines->writer->used - strlen(name);
        if (*first >= 'a' && *first <= 'z')
            *first = (char)(*first - 'a' + 'A');
    }
}

static void put_address(const struct bw_message_lines *lines, const struct bw_recipient *recipient)
{
    put_user(lines, recipient);
    BW_LOG_LITERAL(lines->writer, "@");
    put_domain(lines, recipient);
}

/* IPv4 of the documentation networks; every 16th relay has IPv6. */
static void put_relay_address(struct bw_log_writer *writer, const struct bw_relay *relay)
{
    if (relay->number % 16 == 15) {
        BW_LOG_LITERAL(writer, "2001:db8:25::");
        bw_log_uint(writer, relay->number % 9999);
        return;
    }
    BW_LOG_LITERAL(writer, "192.0.2.");
    bw_log_uint(writer, relay->number % 254 + 1);
}

static void put_relay(struct bw_log_writer *writer, const struct bw_relay *relay)
{
    bw_log_string(writer, relay->host);
    BW_LOG_LITERAL(writer, "[");
    put_relay_address(writer, relay);
    BW_LOG_LITERAL(writer, "]");
}

void bw_message_choose_relay(const struct bw_message_lines *lines, uint32_t domain,
                             struct bw_relay *relay)
{
    const struct bw_world_domain *facts = &lines->world->domains[domain];
    const struct bw_world_provider_facts *provider = &bw_world_providers[facts->provider];
    const uint32_t draw = bw_random_below(lines->random, 1024);

    relay->number = domain * 4 + draw % 4;
    if (provider->relay_count > 0) {
        relay->host = provider->relays[draw % provider->relay_count];
        return;
    }
    const size_t size = strlen(facts->name);
    relay->host = relay->own;
    if (facts->provider == BW_WORLD_MICROSOFT_365) {
        (void)memcpy(relay->own, facts->name, size);
        for (size_t i = 0; i < size; i++)
            if (relay->own[i] == '.')
                relay->own[i] = '-';
        (void)memcpy(relay->own + size, ".mail.protection.outlook.com",
                     sizeof(".mail.protection.outlook.com"));
        return;
    }
    (void)memcpy(relay->own, "mx1.", 4);
    relay->own[2] = (char)('1' + draw % 2);
    (void)memcpy(relay->own + 4, facts->name, size + 1);
}

void bw_message_put_tls(const struct bw_message_lines *lines, const struct bw_message *message,
                        const struct bw_relay *relay, int64_t now_us)
{
    struct bw_log_writer *writer = lines->writer;

    bw_log_begin(writer, now_us, message->host, "smtp", message->pid + 3U);
    BW_LOG_LITERAL(writer, "Trusted TLS connection established to ");
    put_relay(writer, relay);
    BW_LOG_LITERAL(writer, ":25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)");
    if (lines->are_long)
        BW_LOG_LITERAL(writer, " key-exchange X25519 server-signature ECDSA (prime256v1) "
                               "server-digest SHA256");
    bw_log_end(writer);
}

static void begin(const struct bw_message_lines *lines, const struct bw_message *message,
                  const char *program, int64_t now_us)
{
    bw_log_begin(lines->writer, now_us, message->host, program, message->pid + 3U);
    bw_log_bytes(lines->writer, message->id, message->id_size);
    BW_LOG_LITERAL(lines->writer, ": to=<");
}

/* ", delay=…, delays=…, dsn=…" */
static void put_delays(const struct bw_message_lines *lines, const struct bw_message *message,
                       const char *dsn, int64_t now_us)
{
    struct bw_log_writer *writer = lines->writer;
    const int64_t delay_ms = (now_us - message->entered_us) / 1000;
    const int64_t session_ms = delay_ms < 2000 ? delay_ms / 2 : 1000;

    BW_LOG_LITERAL(writer, ", delay=");
    bw_log_delay(writer, delay_ms);
    BW_LOG_LITERAL(writer, ", delays=");
    bw_log_delay(writer, delay_ms - session_ms);
    BW_LOG_LITERAL(writer, "/0.01/");
    bw_log_delay(writer, session_ms / 3);
    BW_LOG_LITERAL(writer, "/");
    bw_log_delay(writer, session_ms - session_ms / 3);
    BW_LOG_LITERAL(writer, ", dsn=");
    bw_log_string(writer, dsn);
}

static void put_mark(const struct bw_message_lines *lines, char mark,
                     const struct bw_recipient *recipient, const struct bw_relay *relay)
{
    struct bw_log_writer *writer = lines->writer;

    switch (mark) {
    case 'r': put_address(lines, recipient); break;
    case 'd': bw_log_string(writer, lines->world->domains[recipient->domain].name); break;
    case 'h': bw_log_string(writer, relay->host); break;
    case 'a': put_relay_address(writer, relay); break;
    case 'n': bw_log_uint(writer, 100 + bw_random_below(lines->random, 900)); break;
    default: bw_log_token(writer, bw_random_next(lines->random), 12); break;
    }
}

static void put_text(const struct bw_message_lines *lines, const char *text,
                     const struct bw_recipient *recipient, const struct bw_relay *relay)
{
    const char *mark;

    while ((mark = strchr(text, '%')) != NULL) {
        bw_log_bytes(lines->writer, text, (size_t)(mark - text));
        put_mark(lines, mark[1], recipient, relay);
        text = mark + 2;
    }
    bw_log_string(lines->writer, text);
}

void bw_message_put_sent(const struct bw_message_lines *lines, const struct bw_message *message,
                         uint32_t recipient, const struct bw_relay *relay, int64_t now_us)
{
    struct bw_log_writer *writer = lines->writer;
    const struct bw_recipient *to = &message->recipients[recipient];
    const uint8_t provider = lines->world->domains[to->domain].provider;

    begin(lines, message, "smtp", now_us);
    put_address(lines, to);
    if (to->user % 32 == 5) {
        BW_LOG_LITERAL(writer, ">, orig_to=<alias");
        bw_log_uint(writer, to->user);
        BW_LOG_LITERAL(writer, "@sender.example");
    }
    BW_LOG_LITERAL(writer, ">, relay=");
    put_relay(writer, relay);
    BW_LOG_LITERAL(writer, ":25");
    if (recipient > 0)
        BW_LOG_LITERAL(writer, ", conn_use=2");
    put_delays(lines, message, "2.0.0", now_us);
    BW_LOG_LITERAL(writer, ", status=sent (");
    put_text(lines, bw_world_providers[provider].sent, to, relay);
    BW_LOG_LITERAL(writer, ")");
    bw_log_end(writer);
}

void bw_message_put_failed(const struct bw_message_lines *lines, const struct bw_message *message,
                           uint32_t recipient, const struct bw_relay *relay,
                           const struct bw_world_reply *reply, bool is_hard, int64_t now_us)
{
    struct bw_log_writer *writer = lines->writer;
    const struct bw_recipient *to = &message->recipients[recipient];
    const bool is_suspended = strncmp(reply->text, "delivery temporarily", 20) == 0;

    begin(lines, message, is_suspended ? "error" : "smtp", now_us);
    put_address(lines, to);
    BW_LOG_LITERAL(writer, ">, relay=");
    if (reply->has_no_relay) {
        BW_LOG_LITERAL(writer, "none");
    } else {
        put_relay(writer, relay);
        BW_LOG_LITERAL(writer, ":25");
    }
    put_delays(lines, message, reply->dsn, now_us);
    if (is_hard)
        BW_LOG_LITERAL(writer, ", status=bounced (");
    else
        BW_LOG_LITERAL(writer, ", status=deferred (");
    if (reply->command != NULL) {
        BW_LOG_LITERAL(writer, "host ");
        put_relay(writer, relay);
        BW_LOG_LITERAL(writer, " said: ");
    }
    put_text(lines, reply->text, to, relay);
    if (reply->command != NULL) {
        BW_LOG_LITERAL(writer, " (in reply to ");
        bw_log_string(writer, reply->command);
        BW_LOG_LITERAL(writer, " command)");
    }
    BW_LOG_LITERAL(writer, ")");
    bw_log_end(writer);
}

void bw_message_put_filtered(const struct bw_message_lines *lines, const struct bw_message *message,
                             uint32_t recipient, const struct bw_message *behind, int64_t now_us)
{
    struct bw_log_writer *writer = lines->writer;

    begin(lines, message, "smtp", now_us);
    put_address(lines, &message->recipients[recipient]);
    BW_LOG_LITERAL(writer, ">, relay=127.0.0.1[127.0.0.1]:10024");
    put_delays(lines, message, "2.0.0", now_us);
    BW_LOG_LITERAL(writer, ", status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 "
                           "Ok: queued as ");
    bw_log_bytes(writer, behind->id, behind->id_size);
    BW_LOG_LITERAL(writer, ")");
    bw_log_end(writer);
}

void bw_message_put_local(const struct bw_message_lines *lines, const struct bw_message *message,
                          uint32_t recipient, int64_t now_us)
{
    static const struct {
        const char *program, *relay, *dsn, *status;
    } agents[] = {
        {"local", "local", "2.0.0", "sent (delivered to mailbox)"},
        {"virtual", "virtual", "2.0.0", "sent (delivered to maildir)"},
        {"pipe", "dovecot", "2.0.0", "sent (delivered via dovecot service)"},
        {"lmtp", "mx1.sender.example[private/dovecot-lmtp]", "2.0.0",
         "sent (250 2.0.0 <user@sender.example> qYyyBMsl9FRuZQAAA15QOA Saved)"},
        {"local", "local", "5.1.1", "bounced (unknown user: \"nobody\")"},
    };
    struct bw_log_writer *writer = lines->writer;
    const uint32_t user = message->recipients[recipient].user;
    const uint32_t agent = user % 64 == 0 ? 4 : user % 4;

    begin(lines, message, agents[agent].program, now_us);
    BW_LOG_LITERAL(writer, "staff");
    bw_log_uint(writer, user);
    BW_LOG_LITERAL(writer, "@sender.example>, relay=");
    bw_log_string(writer, agents[agent].relay);
    put_delays(lines, message, agents[agent].dsn, now_us);
    BW_LOG_LITERAL(writer, ", status=");
    bw_log_string(writer, agents[agent].status);
    bw_log_end(writer);
}

void bw_message_put_discarded(const struct bw_message_lines *lines,
                              const struct bw_message *message, int64_t now_us)
{
    begin(lines, message, "discard", now_us);
    put_address(lines, &message->recipients[0]);
    BW_LOG_LITERAL(lines->writer, ">, relay=none");
    put_delays(lines, message, "2.0.0", now_us);
    BW_LOG_LITERAL(lines->writer, ", status=sent (sink.example)");
    bw_log_end(lines->writer);
}

void bw_message_put_probe(const struct bw_message_lines *lines, const struct bw_message *message,
                          const struct bw_relay *relay, int64_t now_us)
{
    struct bw_log_writer *writer = lines->writer;

    begin(lines, message, "smtp", now_us);
    put_address(lines, &message->recipients[0]);
    BW_LOG_LITERAL(writer, ">, relay=");
    put_relay(writer, relay);
    BW_LOG_LITERAL(writer, ":25");
    put_delays(lines, message, "2.1.5", now_us);
    BW_LOG_LITERAL(writer, ", status=deliverable (250 2.1.5 OK)");
    bw_log_end(writer);
}
