#include "parse/postfix_text.h"

#include "base/check.h"

static struct bw_text without(struct bw_text text, struct bw_text head)
{
    return bw_text_starts_with(text, head) ? bw_text_after(text, head.size) : text;
}

/* "host X[ip] said: REPLY" -> REPLY; false when nobody said anything. */
static bool cut_speaker(struct bw_text *text)
{
    static const struct bw_text verbs[] = {
        BW_TEXT_INIT(" said: "),
        BW_TEXT_INIT(" refused to talk to me: "),
    };

    if (!bw_text_starts_with(*text, BW_TEXT("host ")))
        return false;
    /* The earliest verb is Postfix's own; a later one may be part of the reply. */
    size_t first = text->size;
    size_t behind = text->size;
    for (size_t i = 0; i < BW_ARRAY_COUNT(verbs); i++) {
        const size_t index = bw_text_find(*text, verbs[i]);
        if (index < first) {
            first = index;
            behind = index + verbs[i].size;
        }
    }
    if (first == text->size)
        return false;
    *text = bw_text_after(*text, behind);
    return true;
}

/* " (in reply to RCPT TO command)" at the end, whole or cut off by a syslog limit. */
static struct bw_text without_command(struct bw_text text)
{
    const struct bw_text mark = BW_TEXT(" (in reply to ");

    for (size_t i = text.size; i >= mark.size; i--) {
        const size_t index = i - mark.size;
        if (text.bytes[index] == ' ' && bw_text_starts_with(bw_text_after(text, index), mark))
            return bw_text_head(text, index);
    }
    return text;
}

/* The host in "connect to X[ip]:25: ...", "lost connection with X[ip] while ...", "host X[ip] ...".
 */
static struct bw_text host_in(struct bw_text text)
{
    static const struct bw_text heads[] = {
        BW_TEXT_INIT("host "),
        BW_TEXT_INIT("connect to "),
        BW_TEXT_INIT("lost connection with "),
        BW_TEXT_INIT("conversation with "),
    };

    for (size_t i = 0; i < BW_ARRAY_COUNT(heads); i++) {
        if (!bw_text_starts_with(text, heads[i]))
            continue;
        const struct bw_text rest = bw_text_after(text, heads[i].size);
        const char *open = rest.size == 0 ? NULL : memchr(rest.bytes, '[', rest.size);
        const char *blank = rest.size == 0 ? NULL : memchr(rest.bytes, ' ', rest.size);
        if (open != NULL && (blank == NULL || open < blank))
            return bw_text_head(rest, (size_t)(open - rest.bytes));
    }
    return (struct bw_text){text.bytes, 0};
}

void bw_postfix_text_parse(struct bw_text text, struct bw_text_room *room,
                           struct bw_delivery *delivery)
{
    struct bw_smtp_reply reply;

    text = without(bw_text_trim(text), BW_TEXT("delivery temporarily suspended: "));
    if (delivery->relay_host.size == 0)
        delivery->named_host = host_in(text);
    if (cut_speaker(&text))
        text = without_command(text);
    bw_smtp_reply_parse(text, room, &reply);
    delivery->text = reply.text;
    delivery->reply = reply.code;
    delivery->status = reply.status;
}
