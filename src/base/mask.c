#include "base/mask.h"

#include "base/utf8.h"

/* Longest quoted local part that is looked for, twice what RFC 5321 4.5.3.1.1 allows and more. */
#define QUOTED_BYTES_MAX 160

static bool is_alphanumeric(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || (uint8_t)byte >= 0x80;
}

/* RFC 5322 atext, the dot, and UTF-8 (RFC 6532). */
static bool is_local_part(char byte)
{
    return is_alphanumeric(byte) || (byte != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", byte) != NULL);
}

/* What a URL leaves of it: the delimiters of a query end the local part. */
static bool is_local_part_in_url(char byte)
{
    return is_alphanumeric(byte) || (byte != '\0' && strchr("%+-_.~", byte) != NULL);
}

struct mask {
    struct bw_text text;
    char *out;
    size_t size, capacity;
    size_t copied; /* bytes of text that are dealt with */
};

static void put(struct mask *mask, const char *bytes, size_t size)
{
    const size_t room = mask->capacity - mask->size;

    if (size > room)
        size = room;
    if (size > 0)
        (void)memcpy(mask->out + mask->size, bytes, size);
    mask->size += size;
}

/* Start of the quoted string that ends before `end`; `end` when there is none. */
static size_t quoted_start(const struct mask *mask, size_t end)
{
    const char *bytes = mask->text.bytes;
    size_t start = end - 1;

    while (start > mask->copied && end - start < QUOTED_BYTES_MAX) {
        start--;
        if (bytes[start] == '"' && (start == mask->copied || bytes[start - 1] != '\\'))
            return start;
    }
    return end;
}

static size_t local_start(const struct mask *mask, size_t end, bool is_url)
{
    const char *bytes = mask->text.bytes;
    size_t start = end;

    if (end > mask->copied && bytes[end - 1] == '"')
        return quoted_start(mask, end);
    while (start > mask->copied &&
           (is_url ? is_local_part_in_url(bytes[start - 1]) : is_local_part(bytes[start - 1])))
        start--;
    return start;
}

/* Put the address whose local part ends before `end`; nothing when there is no local part. */
static void put_local_part(struct mask *mask, size_t end, bool is_url)
{
    const char *bytes = mask->text.bytes;
    const size_t start = local_start(mask, end, is_url);
    size_t first = start;
    uint32_t code_point;
    bool is_valid;

    if (start == end)
        return;
    /* Quotes and other marks before the first letter are not the address's first character. */
    while (first + 1 < end && !is_alphanumeric(bytes[first]))
        first++;
    size_t first_size =
        bw_utf8_next((struct bw_text){bytes + first, end - first}, &code_point, &is_valid);
    put(mask, bytes + mask->copied, start - mask->copied);
    if (bytes[start] != '"')
        put(mask, bytes + start, first - start);
    put(mask, bytes + first, first_size);
    put(mask, "***", 3);
    mask->copied = end;
}

/* "%40" stands for the address's own '@' unless a plain '@' ends the same local part (VERP). */
static bool is_escaped_at(struct bw_text text, size_t at)
{
    if (text.size - at < 4 || memcmp(text.bytes + at, "%40", 3) != 0)
        return false;
    size_t end = at + 3;
    while (end < text.size && is_local_part_in_url(text.bytes[end]) && text.bytes[end] != '%')
        end++;
    return is_alphanumeric(text.bytes[at + 3]) && (end == text.size || text.bytes[end] != '@');
}

/* A text that was cut behind the '@' still names the person. */
static bool is_at(struct bw_text text, size_t at)
{
    return text.bytes[at] == '@' && (at + 1 == text.size || is_alphanumeric(text.bytes[at + 1]) ||
                                     text.bytes[at + 1] == '[');
}

size_t bw_mask_addresses(struct bw_text text, char *out, size_t capacity)
{
    struct mask mask = {.text = text, .capacity = capacity};

    mask.out = out;
    for (size_t i = 0; i < text.size && mask.size < capacity; i++) {
        if (is_at(text, i))
            put_local_part(&mask, i, false);
        else if (text.bytes[i] == '%' && is_escaped_at(text, i))
            put_local_part(&mask, i, true);
    }
    if (text.size > mask.copied)
        put(&mask, text.bytes + mask.copied, text.size - mask.copied);
    return mask.size;
}
