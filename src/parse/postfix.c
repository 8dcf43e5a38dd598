#include "parse/postfix.h"

#include "base/check.h"
#include "parse/postfix_text.h"

#define QUEUE_ID_SIZE_MIN 5
#define QUEUE_ID_SIZE_MAX 32

const struct bw_text bw_postfix_anchors[BW_POSTFIX_ANCHOR_COUNT] = {
    BW_TEXT_INIT(" status="),
    BW_TEXT_INIT(": from="),
    BW_TEXT_INIT(": removed"),
};

enum agent {
    AGENT_NO = 0, /* not a Postfix program */
    AGENT_OTHER,  /* a Postfix program that delivers nothing */
    AGENT_SMTP,
    AGENT_LMTP,
    AGENT_MAILBOX, /* local(8), virtual(8), pipe(8) */
    AGENT_ERROR,   /* error(8) and its twin retry(8) */
    AGENT_DISCARD,
};

static const struct program {
    struct bw_text name;
    enum agent agent;
} programs[] = {
    {BW_TEXT_INIT("smtp"), AGENT_SMTP},
    {BW_TEXT_INIT("smtpd"), AGENT_OTHER},
    {BW_TEXT_INIT("qmgr"), AGENT_OTHER},
    {BW_TEXT_INIT("cleanup"), AGENT_OTHER},
    {BW_TEXT_INIT("pickup"), AGENT_OTHER},
    {BW_TEXT_INIT("lmtp"), AGENT_LMTP},
    {BW_TEXT_INIT("local"), AGENT_MAILBOX},
    {BW_TEXT_INIT("virtual"), AGENT_MAILBOX},
    {BW_TEXT_INIT("pipe"), AGENT_MAILBOX},
    {BW_TEXT_INIT("error"), AGENT_ERROR},
    {BW_TEXT_INIT("retry"), AGENT_ERROR},
    {BW_TEXT_INIT("bounce"), AGENT_OTHER},
    {BW_TEXT_INIT("discard"), AGENT_DISCARD},
    {BW_TEXT_INIT("postscreen"), AGENT_OTHER},
    {BW_TEXT_INIT("anvil"), AGENT_OTHER},
    {BW_TEXT_INIT("scache"), AGENT_OTHER},
    {BW_TEXT_INIT("tlsmgr"), AGENT_OTHER},
    {BW_TEXT_INIT("tlsproxy"), AGENT_OTHER},
    {BW_TEXT_INIT("master"), AGENT_OTHER},
    {BW_TEXT_INIT("oqmgr"), AGENT_OTHER},
    {BW_TEXT_INIT("defer"), AGENT_OTHER},
    {BW_TEXT_INIT("trace"), AGENT_OTHER},
    {BW_TEXT_INIT("verify"), AGENT_OTHER},
    {BW_TEXT_INIT("proxymap"), AGENT_OTHER},
    {BW_TEXT_INIT("proxywrite"), AGENT_OTHER},
    {BW_TEXT_INIT("trivial-rewrite"), AGENT_OTHER},
    {BW_TEXT_INIT("rewrite"), AGENT_OTHER},
    {BW_TEXT_INIT("dnsblog"), AGENT_OTHER},
    {BW_TEXT_INIT("flush"), AGENT_OTHER},
    {BW_TEXT_INIT("showq"), AGENT_OTHER},
    {BW_TEXT_INIT("sendmail"), AGENT_OTHER},
    {BW_TEXT_INIT("postdrop"), AGENT_OTHER},
    {BW_TEXT_INIT("postqueue"), AGENT_OTHER},
    {BW_TEXT_INIT("postsuper"), AGENT_OTHER},
    {BW_TEXT_INIT("postmap"), AGENT_OTHER},
    {BW_TEXT_INIT("postalias"), AGENT_OTHER},
    {BW_TEXT_INIT("postconf"), AGENT_OTHER},
    {BW_TEXT_INIT("postlog"), AGENT_OTHER},
    {BW_TEXT_INIT("postlogd"), AGENT_OTHER},
    {BW_TEXT_INIT("postmulti"), AGENT_OTHER},
    {BW_TEXT_INIT("postkick"), AGENT_OTHER},
    {BW_TEXT_INIT("postfix"), AGENT_OTHER},
    {BW_TEXT_INIT("postfix-script"), AGENT_OTHER},
    {BW_TEXT_INIT("posttls-finger"), AGENT_OTHER},
    {BW_TEXT_INIT("post-install"), AGENT_OTHER},
    {BW_TEXT_INIT("postmulti-script"), AGENT_OTHER},
    {BW_TEXT_INIT("qmqpd"), AGENT_OTHER},
    {BW_TEXT_INIT("spawn"), AGENT_OTHER},
    {BW_TEXT_INIT("policy-spf"), AGENT_OTHER},
    {BW_TEXT_INIT("policyd-spf"), AGENT_OTHER},
};

static enum agent agent_of(struct bw_text program)
{
    size_t slash = program.size;

    while (slash > 0 && program.bytes[slash - 1] != '/')
        slash--;
    /* Without a syslog_name in front, "smtp" or "local" could be anybody's. */
    if (slash == 0)
        return bw_text_starts_with(program, BW_TEXT("postfix")) ? AGENT_OTHER : AGENT_NO;
    const struct bw_text name = bw_text_after(program, slash);
    for (size_t i = 0; i < BW_ARRAY_COUNT(programs); i++)
        if (bw_text_equal(name, programs[i].name))
            return programs[i].agent;
    /* Wrappers and helpers of a site that log as "postfix/whatever". */
    return bw_text_starts_with(program, BW_TEXT("postfix")) ? AGENT_OTHER : AGENT_NO;
}

bool bw_postfix_is_program(struct bw_text program)
{
    return agent_of(program) != AGENT_NO;
}

/* Take "QUEUEID: " from the front: hexadecimal (short ids) or letters without vowels (long ones).
 */
static bool take_queue_id(struct bw_text *rest, struct bw_text *queue_id)
{
    size_t size = 0;

    while (size < rest->size && ((rest->bytes[size] >= '0' && rest->bytes[size] <= '9') ||
                                 (rest->bytes[size] >= 'A' && rest->bytes[size] <= 'Z') ||
                                 (rest->bytes[size] >= 'a' && rest->bytes[size] <= 'z')))
        size++;
    if (size < QUEUE_ID_SIZE_MIN || size > QUEUE_ID_SIZE_MAX || size + 2 > rest->size ||
        rest->bytes[size] != ':' || rest->bytes[size + 1] != ' ')
        return false;
    *queue_id = bw_text_head(*rest, size);
    *rest = bw_text_after(*rest, size + 2);
    return true;
}

/* Index of the '>' that ends an address behind its '<'; a quoted local part may hold any. */
static size_t address_end(struct bw_text text)
{
    bool is_quoted = false;

    for (size_t i = 0; i < text.size; i++) {
        const char byte = text.bytes[i];

        if (is_quoted && byte == '\\')
            i++;
        else if (byte == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && byte == '>' &&
                 (i + 1 == text.size || text.bytes[i + 1] == ',' || text.bytes[i + 1] == ' '))
            return i;
    }
    /* An unbalanced quote is part of an address in the internal form: take it as it comes. */
    const size_t index = bw_text_find(text, BW_TEXT(">, "));
    return index;
}

/* "<address>, " or "address, " (releases before 2.x, and from= of local submission). */
static bool take_address(struct bw_text *rest, struct bw_text *address)
{
    if (rest->size > 0 && rest->bytes[0] == '<') {
        const struct bw_text inside = bw_text_after(*rest, 1);
        const size_t end = address_end(inside);
        if (end >= inside.size || !bw_text_starts_with(bw_text_after(inside, end), BW_TEXT(">, ")))
            return false;
        *address = bw_text_head(inside, end);
        *rest = bw_text_after(inside, end + 3);
        return true;
    }
    return bw_text_cut(rest, BW_TEXT(", "), address);
}

/* Value of "name=" among the fields in front of status=, up to a comma or a blank. */
static struct bw_text field(struct bw_text fields, struct bw_text name)
{
    const size_t index = bw_text_find(fields, name);
    if (index == fields.size)
        return (struct bw_text){fields.bytes, 0};
    const struct bw_text rest = bw_text_after(fields, index + name.size);
    size_t size = 0;
    while (size < rest.size && rest.bytes[size] != ',' && rest.bytes[size] != ' ')
        size++;
    return bw_text_head(rest, size);
}

/* "1.4", "55175", "0.02" seconds -> ms; -1 when it is no number. */
static int64_t delay_ms(struct bw_text text)
{
    int64_t ms = 0;
    size_t index = 0;

    while (index < text.size && text.bytes[index] >= '0' && text.bytes[index] <= '9' &&
           ms < INT64_C(1000000000000))
        ms = ms * 10 + (text.bytes[index++] - '0');
    if (index == 0)
        return -1;
    ms *= 1000;
    if (index < text.size && text.bytes[index] == '.') {
        int64_t weight = 100;
        for (index++; index < text.size && text.bytes[index] >= '0' && text.bytes[index] <= '9';
             index++, weight /= 10)
            ms += (text.bytes[index] - '0') * weight;
    }
    return index == text.size ? ms : -1;
}

/* "host[address]:port" -> host and address. */
static void split_relay(struct bw_text relay, struct bw_delivery *delivery)
{
    const char *open = relay.size == 0 ? NULL : memchr(relay.bytes, '[', relay.size);
    if (open == NULL)
        return;
    const size_t host_size = (size_t)(open - relay.bytes);
    struct bw_text address = bw_text_after(relay, host_size + 1);
    const char *close = memchr(address.bytes, ']', address.size);
    if (close == NULL)
        return;
    address.size = (size_t)(close - address.bytes);
    delivery->relay_host = bw_text_head(relay, host_size);
    /* A host without a name is logged as "[2001:db8::1]:25" or as "192.0.2.1[192.0.2.1]:25". */
    if (bw_text_equal(delivery->relay_host, address))
        delivery->relay_host.size = 0;
    delivery->relay_ip = address;
}

static bool is_socket(struct bw_text address)
{
    return address.size > 0 && memchr(address.bytes, '/', address.size) != NULL;
}

/* error(8) bounces for the site's own tables, or speaks for a destination that smtp(8) gave up. */
static bool is_own_table(struct bw_text text)
{
    return bw_text_find_nocase(text, BW_TEXT("user unknown")) < text.size ||
           bw_text_find_nocase(text, BW_TEXT("unknown user")) < text.size;
}

static uint8_t hop_of(enum agent agent, const struct bw_network_list *internal,
                      const struct bw_delivery *delivery)
{
    const struct bw_text ip = delivery->relay_ip;

    if (agent == AGENT_MAILBOX || agent == AGENT_DISCARD)
        return BW_HOP_LOCAL;
    if (ip.size == 0 && (bw_text_equal(delivery->relay, BW_TEXT("local")) ||
                         bw_text_equal(delivery->relay, BW_TEXT("virtual"))))
        return BW_HOP_LOCAL;
    if (agent == AGENT_ERROR && is_own_table(delivery->text))
        return BW_HOP_LOCAL;
    if (is_socket(ip))
        return BW_HOP_LOCAL;
    if (ip.size > 0 && bw_network_list_has(internal, delivery->relay_host, ip))
        return agent == AGENT_LMTP && bw_text_ends_with(delivery->text, BW_TEXT(" Saved"))
                   ? BW_HOP_LOCAL
                   : BW_HOP_INTERNAL;
    return agent == AGENT_LMTP ? BW_HOP_LOCAL : BW_HOP_REMOTE;
}

static bool read_outcome(struct bw_text word, enum agent agent, uint8_t *outcome)
{
    static const struct {
        struct bw_text word;
        uint8_t outcome;
    } words[] = {
        {BW_TEXT_INIT("sent"), BW_OUTCOME_DELIVERED},
        {BW_TEXT_INIT("deferred"), BW_OUTCOME_DEFERRED},
        {BW_TEXT_INIT("bounced"), BW_OUTCOME_BOUNCED},
        {BW_TEXT_INIT("SOFTBOUNCE"), BW_OUTCOME_DEFERRED}, /* soft_bounce = yes */
        {BW_TEXT_INIT("softbounce"), BW_OUTCOME_DEFERRED},
        {BW_TEXT_INIT("expired"), BW_OUTCOME_EXPIRED},
        {BW_TEXT_INIT("deliverable"), BW_OUTCOME_PROBE},
        {BW_TEXT_INIT("undeliverable"), BW_OUTCOME_PROBE},
        {BW_TEXT_INIT("undeliverable-but-not-cached"), BW_OUTCOME_PROBE},
    };

    for (size_t i = 0; i < BW_ARRAY_COUNT(words); i++) {
        if (!bw_text_equal(word, words[i].word))
            continue;
        *outcome = words[i].outcome;
        if (agent == AGENT_DISCARD && *outcome == BW_OUTCOME_DELIVERED)
            *outcome = BW_OUTCOME_DISCARDED;
        return true;
    }
    return false;
}

/* Behind "to=": the address, the fields, the status word, and the text in parentheses. */
static enum bw_parsed parse_recipient(struct bw_text rest, enum agent agent,
                                      const struct bw_network_list *internal,
                                      struct bw_text_room *room, struct bw_delivery *delivery)
{
    struct bw_text fields, word;

    if (!take_address(&rest, &delivery->recipient) ||
        !bw_text_cut(&rest, BW_TEXT(" status="), &fields))
        return BW_PARSED_MALFORMED;
    if (bw_text_starts_with(fields, BW_TEXT("orig_to="))) {
        struct bw_text original;
        fields.size++; /* the comma and the blank, which was cut off with status= */
        fields = bw_text_after(fields, 8);
        if (!take_address(&fields, &original))
            return BW_PARSED_MALFORMED;
        fields.size -= fields.size > 0 ? 1 : 0;
    }
    if (!bw_text_starts_with(fields, BW_TEXT("relay=")))
        return BW_PARSED_MALFORMED;
    delivery->relay = field(fields, BW_TEXT("relay="));
    fields = bw_text_after(fields, 6 + delivery->relay.size);
    delivery->delay_ms = delay_ms(field(fields, BW_TEXT(" delay=")));

    if (!bw_text_cut(&rest, BW_TEXT(" ("), &word)) {
        word = bw_text_trim(rest); /* cut off behind the word */
        rest.size = 0;
    }
    if (!read_outcome(word, agent, &delivery->outcome))
        return BW_PARSED_MALFORMED;
    if (rest.size > 0 && rest.bytes[rest.size - 1] == ')')
        rest.size--;

    const struct bw_text dsn = field(fields, BW_TEXT(" dsn="));
    split_relay(delivery->relay, delivery);
    bw_postfix_text_parse(rest, room, delivery);
    if (delivery->status.size == 0 && bw_enhanced_status_size(dsn) == dsn.size)
        delivery->status = dsn;
    delivery->hop = hop_of(agent, internal, delivery);
    return BW_PARSED_OUTCOME;
}

/* Behind "from=": an envelope of qmgr(8), or its word that it gave up. */
static enum bw_parsed parse_sender(struct bw_text rest, struct bw_delivery *delivery)
{
    if (!take_address(&rest, &delivery->sender))
        return BW_PARSED_KNOWN;
    delivery->has_sender = true;
    delivery->null_sender = delivery->sender.size == 0;
    if (bw_text_starts_with(rest, BW_TEXT("size=")))
        return BW_PARSED_ENVELOPE;
    if (!bw_text_starts_with(rest, BW_TEXT("status=")))
        return BW_PARSED_KNOWN;

    struct bw_text word;
    rest = bw_text_after(rest, 7);
    if (!bw_text_cut(&rest, BW_TEXT(","), &word))
        return BW_PARSED_MALFORMED;
    if (!bw_text_equal(word, BW_TEXT("expired")) && !bw_text_equal(word, BW_TEXT("force-expired")))
        return BW_PARSED_MALFORMED;
    delivery->outcome = BW_OUTCOME_EXPIRED;
    delivery->hop = BW_HOP_REMOTE;
    delivery->text = bw_text_trim(rest);
    return BW_PARSED_OUTCOME;
}

static bool is_delivery_agent(enum agent agent)
{
    return agent != AGENT_NO && agent != AGENT_OTHER;
}

enum bw_parsed bw_postfix_parse(struct bw_text program, struct bw_text message, bool has_anchor,
                                const struct bw_network_list *internal, struct bw_text_room *room,
                                struct bw_delivery *delivery)
{
    const enum agent agent = agent_of(program);
    struct bw_text rest = message;
    struct bw_delivery found = {.delay_ms = -1};
    enum bw_parsed parsed = BW_PARSED_KNOWN;

    if (agent == AGENT_NO)
        return BW_PARSED_UNKNOWN;
    if (!has_anchor && !is_delivery_agent(agent))
        return BW_PARSED_KNOWN;

    const bool has_id = take_queue_id(&rest, &found.queue_id);
    if (bw_text_starts_with(rest, BW_TEXT("to="))) {
        if (has_id)
            parsed = parse_recipient(bw_text_after(rest, 3), agent, internal, room, &found);
        else if (is_delivery_agent(agent))
            parsed = BW_PARSED_MALFORMED; /* no queue id: whose message is it? */
    } else if (has_id && bw_text_starts_with(rest, BW_TEXT("from="))) {
        parsed = parse_sender(bw_text_after(rest, 5), &found);
    } else if (has_id && bw_text_equal(rest, BW_TEXT("removed"))) {
        parsed = BW_PARSED_REMOVED;
    }
    if (parsed >= BW_PARSED_OUTCOME)
        *delivery = found;
    return parsed;
}
