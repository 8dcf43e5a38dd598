#include "match/quiet_text.h"

#include "base/check.h"

#include <stdlib.h>

#define ID_BYTES_MIN 7 /* shorter ones are codes of a provider: S77719, IB607a, OFR004 */
#define LONG_ID_BYTES_MIN                                                                          \
    10 /* from here on a digit in front is enough: no name begins with one                         \
        */
#define ID_CHANGES_MIN    3
#define LITERAL_BYTES_MAX 64  /* "[IPv6:2001:db8::1]"; keeps the work linear */
#define QUOTED_BYTES_MAX  160 /* longest quoted local part that is looked for */

/* Kinds of bytes, as bits. */
#define DIGIT  0x01U
#define HEX    0x02U /* a..f, A..F */
#define LETTER 0x04U /* the others, and all bytes of UTF-8 */
#define JOINER 0x08U /* joins the parts of an identifier or a host name */
#define LOCAL  0x10U /* the rest of what may stand in a local part and in no URL before it */
#define WORD   (DIGIT | HEX | LETTER)

#define FOUR(first, kind)                                                                          \
    [(first)] = (kind), [(first) + 1] = (kind), [(first) + 2] = (kind), [(first) + 3] = (kind)
#define SIXTEEN(first, kind)                                                                       \
    FOUR(first, kind), FOUR((first) + 4, kind), FOUR((first) + 8, kind), FOUR((first) + 12, kind)

/* clang-format off */
static const uint8_t kinds[256] = {
    FOUR('0', DIGIT), FOUR('4', DIGIT), ['8'] = DIGIT, ['9'] = DIGIT,
    FOUR('a', HEX), ['e'] = HEX, ['f'] = HEX,
    FOUR('g', LETTER), FOUR('k', LETTER), FOUR('o', LETTER), FOUR('s', LETTER), FOUR('w', LETTER),
    FOUR('A', HEX), ['E'] = HEX, ['F'] = HEX,
    FOUR('G', LETTER), FOUR('K', LETTER), FOUR('O', LETTER), FOUR('S', LETTER), FOUR('W', LETTER),
    SIXTEEN(0x80, LETTER), SIXTEEN(0x90, LETTER), SIXTEEN(0xA0, LETTER), SIXTEEN(0xB0, LETTER),
    SIXTEEN(0xC0, LETTER), SIXTEEN(0xD0, LETTER), SIXTEEN(0xE0, LETTER), SIXTEEN(0xF0, LETTER),
    ['.'] = JOINER, ['-'] = JOINER, ['_'] = JOINER, ['='] = JOINER, ['+'] = JOINER,
    ['!'] = LOCAL, ['#'] = LOCAL, ['$'] = LOCAL, ['%'] = LOCAL, ['^'] = LOCAL, ['`'] = LOCAL,
    ['{'] = LOCAL, ['|'] = LOCAL, ['}'] = LOCAL, ['~'] = LOCAL, ['\''] = LOCAL,
};
/* clang-format on */

struct bw_named_mailboxes {
    size_t count;
    struct bw_text *names; /* into `bytes` */
    char *bytes;
};

static unsigned kind_of(char byte)
{
    return kinds[(uint8_t)byte];
}

/* The local part in front of the '@' at `at` of a pattern, without its escapes. */
static struct bw_text name_before(const char *pattern, const char *at, char *out)
{
    const char *start = at;
    size_t size = 0;

    while (start > pattern && (start[-1] == '\\' || (kind_of(start[-1]) & (WORD | JOINER)) != 0))
        start--;
    for (; start < at; start++)
        if (*start != '\\')
            out[size++] = *start;
    return (struct bw_text){out, size};
}

static void find_names(const char *pattern, struct bw_named_mailboxes *named, size_t *used)
{
    for (const char *at = strchr(pattern, '@'); at != NULL; at = strchr(at + 1, '@')) {
        const struct bw_text name = name_before(pattern, at, named->bytes + *used);
        if (name.size == 0)
            continue;
        named->names[named->count++] = name;
        *used += name.size;
    }
}

enum bw_status bw_named_mailboxes_create(struct bw_named_mailboxes **created,
                                         const struct bw_rule_set *rules)
{
    size_t ats = 0;
    size_t bytes = 0;
    size_t used = 0;

    for (uint32_t i = 0; i < rules->count; i++)
        for (uint8_t j = 0; j < rules->rules[i].pattern_count; j++) {
            const char *pattern = rules->rules[i].patterns[j];
            for (const char *at = strchr(pattern, '@'); at != NULL; at = strchr(at + 1, '@'))
                ats++;
            bytes += strlen(pattern);
        }
    struct bw_named_mailboxes *named = calloc(1, sizeof(*named));
    if (named == NULL)
        return BW_ERR_NO_MEMORY;
    named->names = calloc(ats + 1, sizeof(*named->names));
    named->bytes = calloc(bytes + 1, 1);
    if (named->names == NULL || named->bytes == NULL) {
        bw_named_mailboxes_destroy(&named);
        return BW_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < rules->count; i++)
        for (uint8_t j = 0; j < rules->rules[i].pattern_count; j++)
            find_names(rules->rules[i].patterns[j], named, &used);
    *created = named;
    return BW_OK;
}

void bw_named_mailboxes_destroy(struct bw_named_mailboxes **owned)
{
    struct bw_named_mailboxes *named = *owned;

    *owned = NULL;
    if (named == NULL)
        return;
    free(named->names);
    free(named->bytes);
    free(named);
}

static bool is_named(const struct bw_named_mailboxes *named, struct bw_text local)
{
    for (size_t i = 0; i < named->count; i++)
        if (bw_text_equal_nocase(named->names[i], local))
            return true;
    return false;
}

static size_t word_end(struct bw_text text, size_t at)
{
    while (at < text.size && (kind_of(text.bytes[at]) & WORD) != 0)
        at++;
    return at;
}

static bool has_digit(struct bw_text word)
{
    for (size_t i = 0; i < word.size; i++)
        if (kind_of(word.bytes[i]) == DIGIT)
            return true;
    return false;
}

/* Behind an identifier: "-ry7q66sqoetz.162" belongs to it, ".prod.outlook.com" does not. */
static size_t id_end(struct bw_text text, size_t at)
{
    while (at + 1 < text.size && kind_of(text.bytes[at]) == JOINER) {
        const size_t end = word_end(text, at + 1);
        if (!has_digit((struct bw_text){text.bytes + at + 1, end - at - 1}))
            break;
        at = end;
    }
    return at;
}

/* How often a word goes from letters to digits or back tells a name or a code (RFC5322, BL000001,
 * 421dynt1) from what a machine has drawn. Where other parts follow that have digits
 * ("ttcij1dvzedd-t3b5fz6sjsen"), less is enough than in a name that stands alone (mail2world). */
static bool is_id(struct bw_text text, size_t at, size_t end)
{
    const struct bw_text word = {text.bytes + at, end - at};
    unsigned seen = 0;
    size_t changes = 0;

    if (word.size < ID_BYTES_MIN)
        return false;
    for (size_t i = 0; i < word.size; i++) {
        const unsigned kind = kind_of(word.bytes[i]);
        changes += i > 0 && (kind == DIGIT) != (kind_of(word.bytes[i - 1]) == DIGIT) ? 1 : 0;
        seen |= kind;
    }
    if (changes == 0)
        return false;
    if (changes >= ID_CHANGES_MIN || (seen & LETTER) == 0)
        return true;
    return word.size >= LONG_ID_BYTES_MIN &&
           (kind_of(word.bytes[0]) == DIGIT || (changes > 1 && id_end(text, end) > end));
}

/* End of "2026-05-01T10:11:12.123Z" at `at`; `at` when there is no such time. */
static size_t time_end(struct bw_text text, size_t at)
{
    static const char form[] = "0000-00-00T";

    if (text.size - at < sizeof(form) - 1)
        return at;
    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        const char byte = text.bytes[at + i];
        if (form[i] == '0' ? kind_of(byte) != DIGIT : byte != form[i])
            return at;
    }
    size_t end = at + sizeof(form) - 1;
    while (end < text.size && (kind_of(text.bytes[end]) == DIGIT || text.bytes[end] == ':' ||
                               (text.bytes[end] == '.' && end + 1 < text.size &&
                                kind_of(text.bytes[end + 1]) == DIGIT)))
        end++;
    return end < text.size && text.bytes[end] == 'Z' ? end + 1 : end;
}

/* End of the domain or address literal behind an '@'; `at` when there is none. */
static size_t domain_end(struct bw_text text, size_t at)
{
    size_t end = at;

    if (end < text.size && text.bytes[end] == '[') {
        const size_t limit = text.size - end;
        const char *close =
            memchr(text.bytes + end, ']', limit < LITERAL_BYTES_MAX ? limit : LITERAL_BYTES_MAX);
        return close == NULL ? at : (size_t)(close - text.bytes) + 1;
    }
    while (end < text.size && (kind_of(text.bytes[end]) & (WORD | JOINER)) != 0)
        end++;
    /* The dots of the sentence. */
    while (end > at && kind_of(text.bytes[end - 1]) == JOINER)
        end--;
    return end;
}

/* Where in input and output something begins. */
struct place {
    size_t in, out;
};

static size_t put(char *out, size_t at, struct bw_text bytes)
{
    (void)memcpy(out + at, bytes.bytes, bytes.size);
    return at + bytes.size;
}

size_t bw_quiet_text(struct bw_text text, const struct bw_named_mailboxes *named, char *out)
{
    struct place now = {0, 0};
    struct place local = {0, 0};               /* of the run that may be a local part */
    struct place quotes[2] = {{0, 0}, {0, 0}}; /* the last two quotation marks */
    size_t quote_count = 0;

    while (now.in < text.size) {
        const char byte = text.bytes[now.in];
        const unsigned kind = kind_of(byte);

        if ((kind & WORD) != 0) {
            size_t end = word_end(text, now.in);
            const struct bw_text word = {text.bytes + now.in, end - now.in};
            const size_t behind_time = kind == DIGIT ? time_end(text, now.in) : now.in;
            const bool is_masked = behind_time > now.in || is_id(text, now.in, end);
            if (is_masked)
                end = behind_time > now.in ? behind_time : id_end(text, end);
            now.out = put(out, now.out, is_masked ? BW_TEXT("0a0") : word);
            now.in = end;
            continue;
        }
        if (byte == '@' && now.in > 0) {
            const bool is_quoted = text.bytes[now.in - 1] == '"';
            const struct place start = is_quoted ? quotes[0] : local;
            const size_t end = domain_end(text, now.in + 1);
            const struct bw_text name = {text.bytes + start.in, now.in - start.in};
            const bool is_whole =
                is_quoted ? quote_count > 1 && name.size <= QUOTED_BYTES_MAX : name.size > 0;
            if (is_whole && end > now.in + 1 && !is_named(named, name)) {
                now.out = put(out, start.out, BW_TEXT("x@x"));
                now.in = end;
                local = now;
                continue;
            }
        }
        if (byte == '"') {
            quotes[0] = quotes[1];
            quotes[1] = now;
            quote_count++;
        }
        out[now.out++] = byte;
        now.in++;
        if ((kind & (JOINER | LOCAL)) == 0)
            local = now;
    }
    return now.out;
}
