#include "parse/postfix.h"

#include "base/block.h"
#include "base/check.h"
#include "base/find_either.h"
#include "parse/postfix_text.h"

#define QUEUE_ID_SIZE_MIN 5
#define QUEUE_ID_SIZE_MAX 32

/* Bytes of letters and digits at the front. */
static size_t id_size(struct bw_text text)
{
    size_t size = 0;

    for (; size + BW_BLOCK_BYTES <= text.size; size += BW_BLOCK_BYTES) {
        const struct bw_block block = bw_block_load(text.bytes + size);
        const unsigned other =
            0xFFFFU & ~(bw_block_between(block, '0', '9') | bw_block_between(block, 'A', 'Z') |
                        bw_block_between(block, 'a', 'z'));
        if (other != 0)
            return size + bw_block_first(other);
    }
    while (size < text.size && (bw_is_digit(text.bytes[size]) || bw_is_letter(text.bytes[size])))
        size++;
    return size;
}

/* Take "QUEUEID: " from the front: hexadecimal (short ids) or letters without vowels (long ones).
 */
static bool take_queue_id(struct bw_text *rest, struct bw_text *queue_id)
{
    const size_t size = id_size(*rest);

    if (size < QUEUE_ID_SIZE_MIN || size > QUEUE_ID_SIZE_MAX || size + 2 > rest->size ||
        rest->bytes[size] != ':' || rest->bytes[size + 1] != ' ')
        return false;
    *queue_id = bw_text_head(*rest, size);
    *rest = bw_text_after(*rest, size + 2);
    return true;
}

/* The same where the local part may be quoted and hold any byte. */
static size_t quoted_address_end(struct bw_text text)
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
    return bw_text_find(text, BW_TEXT(">, "));
}

/* Index of the '>' that ends an address behind its '<'; text.size when there is none. */
static size_t address_end(struct bw_text text)
{
    const size_t size = bw_find_either(text, '>', '"');

    if (size + 1 < text.size && text.bytes[size] == '>' && text.bytes[size + 1] == ',')
        return size;
    return memchr(text.bytes, '>', text.size) == NULL ? text.size : quoted_address_end(text);
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

/* What stands between the recipient and the text in parentheses. */
struct fields {
    struct bw_text relay, delay, dsn, word;
};

/* The value at the front, up to a comma or a blank, and past those behind it. Values hold neither;
 * old releases forget the comma behind conn_use=. */
static struct bw_text take_value(struct bw_text *rest)
{
    size_t size = bw_find_either(*rest, ',', ' ');
    const struct bw_text value = bw_text_head(*rest, size);

    if (size < rest->size && rest->bytes[size] == ',')
        size++;
    if (size < rest->size && rest->bytes[size] == ' ')
        size++;
    *rest = bw_text_after(*rest, size);
    return value;
}

/* "status=bounced (...)": the word; `*rest` is left inside the parentheses. */
static void take_word(struct bw_text *rest, struct bw_text *word)
{
    const size_t blank = bw_find_either(*rest, ' ', ' ');

    if (blank + 1 < rest->size && rest->bytes[blank + 1] == '(') {
        *word = bw_text_head(*rest, blank);
        *rest = bw_text_after(*rest, blank + 2);
        return;
    }
    if (bw_text_cut(rest, BW_TEXT(" ("), word))
        return;
    *word = bw_text_trim(*rest); /* cut off behind the word */
    rest->size = 0;
}

static bool skip(struct bw_text *rest, struct bw_text head)
{
    if (!bw_text_starts_with(*rest, head))
        return false;
    *rest = bw_text_after(*rest, head.size);
    return true;
}

/* From left to right up to status=, so that the remote's words, which come last, cannot forge a
 * field. False: the line is cut off or is none of Postfix's. */
static bool take_fields(struct bw_text *rest, struct fields *fields)
{
    struct bw_text original;

    if (skip(rest, BW_TEXT("orig_to=")) && !take_address(rest, &original))
        return false;
    if (!skip(rest, BW_TEXT("relay=")))
        return false;
    fields->relay = take_value(rest);
    while (rest->size > 0) {
        if (skip(rest, BW_TEXT("status="))) {
            take_word(rest, &fields->word);
            return true;
        }
        if (skip(rest, BW_TEXT("delay=")))
            fields->delay = take_value(rest);
        else if (skip(rest, BW_TEXT("dsn=")))
            fields->dsn = take_value(rest);
        else if (take_value(rest).size == 0)
            return false;
    }
    return false;
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

static uint8_t hop_of(enum bw_postfix_agent agent, const struct bw_network_list *internal,
                      const struct bw_delivery *delivery)
{
    const struct bw_text ip = delivery->relay_ip;

    if (agent == BW_POSTFIX_AGENT_MAILBOX || agent == BW_POSTFIX_AGENT_DISCARD)
        return BW_HOP_LOCAL;
    if (ip.size == 0 && (bw_text_equal(delivery->relay, BW_TEXT("local")) ||
                         bw_text_equal(delivery->relay, BW_TEXT("virtual"))))
        return BW_HOP_LOCAL;
    if (agent == BW_POSTFIX_AGENT_ERROR && is_own_table(delivery->text))
        return BW_HOP_LOCAL;
    if (is_socket(ip))
        return BW_HOP_LOCAL;
    if (ip.size > 0 && bw_network_list_has(internal, delivery->relay_host, ip))
        return agent == BW_POSTFIX_AGENT_LMTP &&
                       bw_text_ends_with(delivery->text, BW_TEXT(" Saved"))
                   ? BW_HOP_LOCAL
                   : BW_HOP_INTERNAL;
    return agent == BW_POSTFIX_AGENT_LMTP ? BW_HOP_LOCAL : BW_HOP_REMOTE;
}

static bool read_outcome(struct bw_text word, enum bw_postfix_agent agent, uint8_t *outcome)
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
        if (agent == BW_POSTFIX_AGENT_DISCARD && *outcome == BW_OUTCOME_DELIVERED)
            *outcome = BW_OUTCOME_DISCARDED;
        return true;
    }
    return false;
}

/* Behind "to=": the address, the fields, the status word, and the text in parentheses. */
static enum bw_parsed parse_recipient(struct bw_text rest, enum bw_postfix_agent agent,
                                      const struct bw_network_list *internal,
                                      struct bw_text_room *room, struct bw_delivery *delivery)
{
    struct fields fields = {.dsn = {rest.bytes, 0}, .delay = {rest.bytes, 0}};

    if (!take_address(&rest, &delivery->recipient) || !take_fields(&rest, &fields) ||
        !read_outcome(fields.word, agent, &delivery->outcome))
        return BW_PARSED_MALFORMED;
    if (rest.size > 0 && rest.bytes[rest.size - 1] == ')')
        rest.size--;
    delivery->relay = fields.relay;
    delivery->delay_ms = delay_ms(fields.delay);
    split_relay(delivery->relay, delivery);
    bw_postfix_text_parse(rest, room, delivery);
    if (delivery->status.size == 0 && bw_enhanced_status_size(fields.dsn) == fields.dsn.size)
        delivery->status = fields.dsn;
    delivery->hop = hop_of(agent, internal, delivery);
    /* "host[private/dovecot-lmtp]": a socket says that the hop is local, and is no address. */
    if (is_socket(delivery->relay_ip))
        delivery->relay_ip.size = 0;
    return BW_PARSED_OUTCOME;
}

/* Behind "from=": an envelope of qmgr(8), or its word that it gave up. */
static enum bw_parsed parse_sender(struct bw_text rest, struct bw_text queue_id,
                                   struct bw_delivery *delivery)
{
    struct bw_text sender, word;
    enum bw_parsed parsed = BW_PARSED_ENVELOPE;

    if (!take_address(&rest, &sender))
        return BW_PARSED_KNOWN;
    if (!bw_text_starts_with(rest, BW_TEXT("size="))) {
        if (!skip(&rest, BW_TEXT("status=")))
            return BW_PARSED_KNOWN;
        if (!bw_text_cut(&rest, BW_TEXT(","), &word) ||
            (!bw_text_equal(word, BW_TEXT("expired")) &&
             !bw_text_equal(word, BW_TEXT("force-expired"))))
            return BW_PARSED_MALFORMED;
        parsed = BW_PARSED_OUTCOME;
        *delivery = (struct bw_delivery){
            .text = bw_text_trim(rest),
            .delay_ms = -1,
            .outcome = BW_OUTCOME_EXPIRED,
            .hop = BW_HOP_REMOTE,
        };
    }
    delivery->queue_id = queue_id;
    delivery->sender = sender;
    delivery->has_sender = true;
    delivery->null_sender = sender.size == 0;
    return parsed;
}

enum bw_parsed bw_postfix_parse(enum bw_postfix_agent agent, struct bw_text message,
                                const struct bw_network_list *internal, struct bw_text_room *room,
                                struct bw_delivery *delivery)
{
    struct bw_text queue_id;

    if (agent == BW_POSTFIX_AGENT_NO || agent == BW_POSTFIX_AGENT_SILENT)
        return agent == BW_POSTFIX_AGENT_NO ? BW_PARSED_UNKNOWN : BW_PARSED_KNOWN;
    if (!take_queue_id(&message, &queue_id))
        /* An outcome without a queue id: whose message is it? */
        return agent != BW_POSTFIX_AGENT_QUEUE && bw_text_starts_with(message, BW_TEXT("to="))
                   ? BW_PARSED_MALFORMED
                   : BW_PARSED_KNOWN;
    if (skip(&message, BW_TEXT("to="))) {
        *delivery = (struct bw_delivery){.queue_id = queue_id, .delay_ms = -1};
        return parse_recipient(message, agent, internal, room, delivery);
    }
    if (skip(&message, BW_TEXT("from=")))
        return parse_sender(message, queue_id, delivery);
    if (!bw_text_equal(message, BW_TEXT("removed")))
        return BW_PARSED_KNOWN;
    delivery->queue_id = queue_id;
    return BW_PARSED_REMOVED;
}
