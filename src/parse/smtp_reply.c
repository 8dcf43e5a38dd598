#include "parse/smtp_reply.h"

#include "base/check.h"

static size_t digits_at(struct bw_text text, size_t index)
{
    size_t count = 0;

    while (index + count < text.size && bw_is_digit(text.bytes[index + count]))
        count++;
    return count;
}

size_t bw_enhanced_status_size(struct bw_text text)
{
    if (text.size < 5 || text.bytes[1] != '.' ||
        (text.bytes[0] != '2' && text.bytes[0] != '4' && text.bytes[0] != '5'))
        return 0;
    /* "2.0.0 ", which most mail gets. */
    if (bw_is_digit(text.bytes[2]) && text.bytes[3] == '.' && bw_is_digit(text.bytes[4]) &&
        (text.size == 5 || text.bytes[5] == ' '))
        return 5;
    const size_t subject = digits_at(text, 2);
    if (subject < 1 || subject > 3)
        return 0;
    const size_t dot = 2 + subject;
    if (dot >= text.size || text.bytes[dot] != '.')
        return 0;
    const size_t detail = digits_at(text, dot + 1);
    if (detail < 1 || detail > 3)
        return 0;

    /* "5.1.1.2" and "5.1.1x" are something else: a version, an address, a host name. */
    const size_t size = dot + 1 + detail;
    if (size < text.size) {
        const char next = text.bytes[size];
        if ((next == '.' && size + 1 < text.size && bw_is_digit(text.bytes[size + 1])) ||
            (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'))
            return 0;
    }
    return size;
}

/* The reply code at the beginning of `text`, or 0. */
static uint16_t code_of(struct bw_text text)
{
    if (text.size < 3 || text.bytes[0] < '2' || text.bytes[0] > '5' ||
        !bw_is_digit(text.bytes[1]) || !bw_is_digit(text.bytes[2]))
        return 0;
    if (text.size > 3 && text.bytes[3] != ' ' && text.bytes[3] != '-')
        return 0;
    return (uint16_t)((text.bytes[0] - '0') * 100 + (text.bytes[1] - '0') * 10 +
                      (text.bytes[2] - '0'));
}

/* Where the text of a reply line starts, behind "550 " or "550-" and an enhanced code. */
static size_t prefix_size(struct bw_text line, struct bw_text *status)
{
    size_t index = line.size > 3 ? 4 : 3;

    while (index < line.size && line.bytes[index] == ' ')
        index++;
    size_t start = index;
    if (start < line.size && line.bytes[start] == '#')
        start++;
    const size_t size = bw_enhanced_status_size(bw_text_after(line, start));
    if (size == 0) {
        *status = (struct bw_text){line.bytes, 0};
        return index;
    }
    *status = bw_text_head(bw_text_after(line, start), size);
    index = start + size;
    while (index < line.size && line.bytes[index] == ' ')
        index++;
    return index;
}

/*
 * True when a line of a reply begins at the front of `rest`. A number in prose is no line: the code
 * must be the one of the first line, and behind it must stand '-', or a blank or nothing for the
 * last line.
 */
static bool is_line(struct bw_text rest, const char code[3], bool *is_last)
{
    if (rest.size < 3 || memcmp(rest.bytes, code, 3) != 0 ||
        (rest.size > 3 && rest.bytes[3] != '-' && rest.bytes[3] != ' '))
        return false;
    *is_last = rest.size == 3 || rest.bytes[3] == ' ';
    return true;
}

/* Where in `rest` the next line begins, behind a blank; rest.size when there is none. */
static size_t next_line(struct bw_text rest, const char code[3], bool *is_last)
{
    const struct bw_text all = rest;
    struct bw_text word;

    while (bw_text_cut(&rest, BW_TEXT(" "), &word))
        if (is_line(rest, code, is_last))
            return all.size - rest.size;
    return all.size;
}

static void append(struct bw_text_room *room, struct bw_text text)
{
    (void)memcpy(room->bytes + room->used, text.bytes, text.size);
    room->used += text.size;
}

/*
 * "550-A 550-B 550 C" -> "550-A B C". The first enhanced code is kept and is `*status` (of which
 * the caller has read that of the first line); the others are dropped.
 */
static struct bw_text join_lines(struct bw_text text, struct bw_text_room *room,
                                 struct bw_text *status)
{
    if (room == NULL || room->capacity - room->used < text.size || text.size < 5)
        return text;
    const size_t start = room->used;
    size_t status_offset = (size_t)(status->bytes - text.bytes);
    struct bw_text rest = text;
    bool is_last = false;
    size_t skipped = 4;

    while (!is_last) {
        const struct bw_text body = bw_text_after(rest, skipped);
        size_t index = 0;
        /* A line behind an empty one begins where that one ended. */
        if (skipped > 0 || !is_line(rest, text.bytes, &is_last))
            index = skipped + next_line(body, text.bytes, &is_last);
        if (index == rest.size)
            break;
        append(room, bw_text_head(rest, index));
        struct bw_text line = bw_text_after(rest, index);
        struct bw_text line_status;
        size_t prefix = prefix_size(line, &line_status);
        skipped = 0;
        if (line_status.size > 0 && status->size == 0) {
            *status = line_status;
            prefix = (size_t)(line_status.bytes - line.bytes);
            status_offset = room->used - start;
            skipped = line_status.size;
        }
        rest = bw_text_after(line, prefix);
    }
    if (room->used == start)
        return text;
    append(room, rest);
    BW_ASSERT(room->used <= room->capacity);
    status->bytes = room->bytes + start + status_offset;
    return bw_text_trim((struct bw_text){room->bytes + start, room->used - start});
}

/*
 * The "(#5.1.1)" with which qmail and its kin end their words, when it agrees with the reply code;
 * empty: there is none.
 */
static struct bw_text status_in_parentheses(struct bw_text text, char code_class)
{
    struct bw_text before;

    while (bw_text_cut(&text, BW_TEXT("(#"), &before)) {
        const size_t size = bw_enhanced_status_size(text);
        if (size > 0 && size < text.size && text.bytes[size] == ')' && text.bytes[0] == code_class)
            return bw_text_head(text, size);
    }
    return (struct bw_text){text.bytes, 0};
}

void bw_smtp_reply_parse(struct bw_text text, struct bw_text_room *room,
                         struct bw_smtp_reply *reply)
{
    text = bw_text_trim(text);
    *reply = (struct bw_smtp_reply){.text = text, .status = {text.bytes, 0}, .code = code_of(text)};
    if (reply->code == 0)
        return;
    (void)prefix_size(text, &reply->status);
    if (text.size > 3 && text.bytes[3] == '-')
        reply->text = join_lines(text, room, &reply->status);
    if (reply->status.size == 0 && reply->code >= 400)
        reply->status = status_in_parentheses(reply->text, text.bytes[0]);
}
