#include "frame/syslog_header.h"

#include <stdint.h>

#define RFC3164_STAMP_SIZE 15 /* "Jul  5 06:52:11" */
#define PRI_SIZE_MAX       5  /* "<191>" */

/* The shape that nearly every line has, without looking at more than six bytes. */
static bool has_rfc3164_shape(struct bw_text line)
{
    const char *b = line.bytes;

    return line.size > RFC3164_STAMP_SIZE && b[3] == ' ' && b[6] == ' ' && b[9] == ':' &&
           b[12] == ':' && b[15] == ' ' && bw_is_letter(b[0]);
}

static size_t skip_digits(struct bw_text line, size_t index)
{
    while (index < line.size && bw_is_digit(line.bytes[index]))
        index++;
    return index;
}

static size_t skip_blanks(struct bw_text line, size_t index)
{
    while (index < line.size && line.bytes[index] == ' ')
        index++;
    return index;
}

/* "hh:mm:ss" with an optional fraction at `index`: index behind it, or 0. */
static size_t skip_clock(struct bw_text line, size_t index)
{
    if (line.size < index + 8 || line.bytes[index + 2] != ':' || line.bytes[index + 5] != ':' ||
        !bw_is_digit(line.bytes[index]))
        return 0;
    index += 8;
    if (index < line.size && (line.bytes[index] == '.' || line.bytes[index] == ','))
        index = skip_digits(line, index + 1);
    return index;
}

/* Odd forms of the same: one blank before the day, a year, a fraction. */
static size_t named_month_stamp_size(struct bw_text line)
{
    if (line.size < 12 || line.bytes[3] != ' ' || !bw_is_letter(line.bytes[0]))
        return 0;
    size_t index = skip_blanks(line, 3);
    const size_t day = index;
    index = skip_digits(line, index);
    if (index == day || index - day > 2 || index >= line.size || line.bytes[index] != ' ')
        return 0;
    index = skip_blanks(line, index);
    const size_t year_end = skip_digits(line, index);
    if (year_end == index + 4 && year_end < line.size && line.bytes[year_end] == ' ')
        index = skip_blanks(line, year_end);
    return skip_clock(line, index);
}

/* "2026-05-01T09:14:00.123456+02:00", "2026-05-01 09:14:00,123". */
static size_t iso_stamp_size(struct bw_text line)
{
    const char *b = line.bytes;

    if (line.size < 20 || b[4] != '-' || b[7] != '-' || !bw_is_digit(b[0]) ||
        (b[10] != 'T' && b[10] != ' '))
        return 0;
    size_t index = skip_clock(line, 11);
    if (index == 0)
        return 0;
    while (index < line.size && b[index] != ' ')
        index++;
    return index;
}

static size_t stamp_size(struct bw_text line)
{
    if (has_rfc3164_shape(line))
        return RFC3164_STAMP_SIZE;
    if (line.size == 0)
        return 0;
    return bw_is_digit(line.bytes[0]) ? iso_stamp_size(line) : named_month_stamp_size(line);
}

/* The next word up to a blank; `*rest` is what follows the blank. */
static struct bw_text take_word(struct bw_text *rest)
{
    const char *blank = rest->size == 0 ? NULL : memchr(rest->bytes, ' ', rest->size);
    const size_t size = blank == NULL ? rest->size : (size_t)(blank - rest->bytes);
    const struct bw_text word = bw_text_head(*rest, size);

    *rest = bw_text_after(*rest, blank == NULL ? size : size + 1);
    return word;
}

/* "[ID 197553 mail.info] ", which Solaris' syslogd puts in front of the message. */
static struct bw_text without_solaris_id(struct bw_text message)
{
    if (message.size < 4 || message.bytes[0] != '[' ||
        !bw_text_starts_with(message, BW_TEXT("[ID ")))
        return message;
    const char *end = memchr(message.bytes, ']', message.size < 64 ? message.size : 64);
    if (end == NULL)
        return message;
    message = bw_text_after(message, (size_t)(end - message.bytes) + 1);
    return message.size > 0 && message.bytes[0] == ' ' ? bw_text_after(message, 1) : message;
}

#define LANES(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of the first byte that is `mark`; of later ones it is not to be trusted. */
static uint64_t marks_of(uint64_t word, uint64_t mark)
{
    const uint64_t difference = word ^ LANES(mark);

    return (difference - LANES(1)) & ~difference & LANES(0x80);
}

/* Index of the first '[', ':' or ' '; text.size when there is none. Eight bytes at once: this is
 * asked of every line. */
static size_t tag_size(struct bw_text text)
{
    size_t index = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (; index + 8 <= text.size; index += 8) {
        uint64_t word;
        (void)memcpy(&word, text.bytes + index, sizeof(word));
        const uint64_t marks = marks_of(word, '[') | marks_of(word, ':') | marks_of(word, ' ');
        if (marks != 0)
            return index + (size_t)__builtin_ctzll(marks) / 8;
    }
#endif
    while (index < text.size && text.bytes[index] != '[' && text.bytes[index] != ':' &&
           text.bytes[index] != ' ')
        index++;
    return index;
}

/* "tag[pid]: message" -> program and message; no tag: everything is message. */
static void split_tag(struct bw_text rest, struct bw_syslog_parts *parts)
{
    const size_t index = tag_size(rest);
    size_t behind = index;
    if (behind < rest.size && rest.bytes[behind] == '[') {
        const char *end = memchr(rest.bytes + behind, ']', rest.size - behind);
        behind = end == NULL ? rest.size : (size_t)(end - rest.bytes) + 1;
    }
    if (behind >= rest.size || rest.bytes[behind] != ':') {
        parts->program = (struct bw_text){rest.bytes, 0};
        parts->message = rest;
        return;
    }
    parts->program = bw_text_head(rest, index);
    behind++;
    if (behind < rest.size && rest.bytes[behind] == ' ')
        behind++;
    parts->message = without_solaris_id(bw_text_after(rest, behind));
}

/* Structured data (RFC 5424 6.3): "-", or elements in brackets whose values escape ']'. */
static struct bw_text after_structured_data(struct bw_text rest)
{
    if (rest.size == 0 || rest.bytes[0] != '[') {
        (void)take_word(&rest);
        return rest;
    }
    bool in_value = false;
    for (size_t i = 0; i < rest.size; i++) {
        const char byte = rest.bytes[i];

        if (in_value && byte == '\\')
            i++;
        else if (byte == '"')
            in_value = !in_value;
        else if (!in_value && byte == ']' && (i + 1 == rest.size || rest.bytes[i + 1] == ' '))
            return bw_text_after(rest, i + 1 == rest.size ? i + 1 : i + 2);
    }
    return (struct bw_text){rest.bytes, 0};
}

/* A word of the header; "-" is the absent one (RFC 5424 6, NILVALUE). */
static struct bw_text take_field(struct bw_text *rest)
{
    const struct bw_text word = take_word(rest);

    return bw_text_equal(word, BW_TEXT("-")) ? bw_text_head(word, 0) : word;
}

/* Behind "<PRI>1 ": TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG. */
static bool split_rfc5424(struct bw_text rest, struct bw_syslog_parts *parts)
{
    parts->stamp = take_word(&rest);
    if (!bw_text_equal(parts->stamp, BW_TEXT("-")) &&
        (parts->stamp.size == 0 || iso_stamp_size(parts->stamp) != parts->stamp.size))
        return false;
    parts->host = take_field(&rest);
    if (rest.size == 0)
        return false;
    parts->program = take_field(&rest);
    (void)take_word(&rest);
    (void)take_word(&rest);
    rest = after_structured_data(rest);
    if (bw_text_starts_with(rest, BW_TEXT("\xEF\xBB\xBF")))
        rest = bw_text_after(rest, 3);
    parts->message = rest;
    return true;
}

static struct bw_text without_pri(struct bw_text line, bool *has_pri)
{
    *has_pri = false;
    if (line.size < 3 || line.bytes[0] != '<')
        return line;
    const size_t end = skip_digits(line, 1);
    if (end == 1 || end >= PRI_SIZE_MAX || end >= line.size || line.bytes[end] != '>')
        return line;
    *has_pri = true;
    return bw_text_after(line, end + 1);
}

/* Host and tag, when stamp and host are as in the line before: they are not looked at again. */
static bool split_like_before(struct bw_text line, const struct bw_syslog_memo *memo,
                              struct bw_syslog_parts *parts)
{
    if (memo->size == 0 || line.size < memo->size ||
        memcmp(line.bytes, memo->head, memo->size) != 0)
        return false;
    parts->stamp = bw_text_head(line, memo->stamp_size);
    parts->host = (struct bw_text){line.bytes + memo->host_at, memo->host_size};
    split_tag(bw_text_after(line, memo->size), parts);
    return true;
}

static void remember(struct bw_text line, const struct bw_syslog_parts *parts,
                     struct bw_syslog_memo *memo)
{
    const size_t size = (size_t)(parts->host.bytes - line.bytes) + parts->host.size + 1;

    memo->size = 0;
    if (parts->host.size == 0 || size > sizeof(memo->head) || size > line.size)
        return;
    (void)memcpy(memo->head, line.bytes, size);
    memo->stamp_size = parts->stamp.size;
    memo->host_at = (size_t)(parts->host.bytes - line.bytes);
    memo->host_size = parts->host.size;
    memo->size = size;
}

bool bw_syslog_split(struct bw_text line, struct bw_syslog_memo *memo,
                     struct bw_syslog_parts *parts)
{
    if (split_like_before(line, memo, parts))
        return true;
    size_t size = stamp_size(line);
    const bool is_bare = size > 0;

    if (!is_bare) {
        bool has_pri;
        line = without_pri(line, &has_pri);
        if (!has_pri)
            return false;
        if (bw_text_starts_with(line, BW_TEXT("1 ")))
            return split_rfc5424(bw_text_after(line, 2), parts);
        size = stamp_size(line);
        if (size == 0)
            return false;
    }
    parts->stamp = bw_text_head(line, size);
    struct bw_text rest = bw_text_after(line, size);
    if (rest.size > 0 && rest.bytes[0] == ' ')
        rest = bw_text_after(rest, 1);

    /* FreeBSD's syslogd -v puts "<facility.level>" before the host. */
    if (rest.size > 0 && rest.bytes[0] == '<')
        (void)take_word(&rest);

    const struct bw_text behind_stamp = rest;
    parts->host = take_word(&rest);
    if (parts->host.size > 0 && parts->host.bytes[parts->host.size - 1] == ':') {
        /* No host was written: the word is the tag. */
        parts->host = (struct bw_text){behind_stamp.bytes, 0};
        rest = behind_stamp;
    }
    split_tag(rest, parts);
    if (is_bare)
        remember(line, parts, memo);
    return true;
}
