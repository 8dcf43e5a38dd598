#include "match/quiet_text.h"

#include "base/byte_kind.h"
#include "base/check.h"

#include <stdlib.h>

#define ID_BYTES_MIN      7  /* shorter ones are codes of a provider: S77719, IB607a, OFR004 */
#define LONG_ID_BYTES_MIN 10 /* no name so long begins with a digit */
#define ID_CHANGES_MIN    3
#define LITERAL_BYTES_MAX 64  /* "[IPv6:2001:db8::1]"; keeps the work linear */
#define QUOTED_BYTES_MAX  160 /* longest quoted local part that is looked for */

struct bw_named_mailboxes {
    size_t count;
    struct bw_text *names; /* into `bytes` */
    char *bytes;
};

/* The local part in front of the '@' at `at` of a pattern, without its escapes. */
static struct bw_text name_before(const char *pattern, const char *at, char *out)
{
    const char *start = at;
    size_t size = 0;

    while (start > pattern &&
           (start[-1] == '\\' || (bw_byte_kind(start[-1]) & (BW_KIND_WORD | BW_KIND_JOINER)) != 0))
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
    while (at < text.size && (bw_byte_kind(text.bytes[at]) & BW_KIND_WORD) != 0)
        at++;
    return at;
}

static bool has_digit(struct bw_text word)
{
    for (size_t i = 0; i < word.size; i++)
        if (bw_is_digit(word.bytes[i]))
            return true;
    return false;
}

/* Behind an identifier: "-ry7q66sqoetz.162" belongs to it, ".prod.outlook.com" does not. */
static size_t id_end(struct bw_text text, size_t at)
{
    while (at + 1 < text.size && bw_byte_kind(text.bytes[at]) == BW_KIND_JOINER) {
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
        if (i > 0 && bw_is_digit(word.bytes[i]) != bw_is_digit(word.bytes[i - 1]))
            changes++;
        seen |= bw_byte_kind(word.bytes[i]);
    }
    if (changes == 0)
        return false;
    if (changes >= ID_CHANGES_MIN || (seen & BW_KIND_LETTER) == 0)
        return true;
    return word.size >= LONG_ID_BYTES_MIN &&
           (bw_is_digit(word.bytes[0]) || (changes > 1 && id_end(text, end) > end));
}

/* End of "2026-05-01T10:11:12.123Z" at `at`; `at` when there is no such time. */
static size_t time_end(struct bw_text text, size_t at)
{
    static const char form[] = "0000-00-00T";

    if (text.size - at < sizeof(form) - 1)
        return at;
    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        const char byte = text.bytes[at + i];
        if (form[i] == '0' ? !bw_is_digit(byte) : byte != form[i])
            return at;
    }
    size_t end = at + sizeof(form) - 1;
    while (end < text.size &&
           (bw_is_digit(text.bytes[end]) || text.bytes[end] == ':' ||
            (text.bytes[end] == '.' && end + 1 < text.size && bw_is_digit(text.bytes[end + 1]))))
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
    while (end < text.size &&
           (bw_byte_kind(text.bytes[end]) & (BW_KIND_WORD | BW_KIND_JOINER)) != 0)
        end++;
    /* The dots of the sentence. */
    while (end > at && bw_byte_kind(text.bytes[end - 1]) == BW_KIND_JOINER)
        end--;
    return end;
}

/* Where in input and output something begins. */
struct place {
    size_t in, out;
};

/* How far the work is. */
struct quiet {
    struct bw_text text;
    char *out;
    struct place now;
    struct place local;     /* of the run that may be a local part */
    struct place quotes[2]; /* the last two quotation marks */
    size_t quote_count;
};

static void put(struct quiet *quiet, struct bw_text bytes, size_t in)
{
    (void)memcpy(quiet->out + quiet->now.out, bytes.bytes, bytes.size);
    quiet->now.out += bytes.size;
    quiet->now.in = in;
}

static void put_word(struct quiet *quiet)
{
    const struct bw_text text = quiet->text;
    const size_t at = quiet->now.in;
    const size_t end = word_end(text, at);
    const size_t behind_time = bw_is_digit(text.bytes[at]) ? time_end(text, at) : at;

    if (behind_time > at)
        put(quiet, BW_TEXT("0a0"), behind_time);
    else if (is_id(text, at, end))
        put(quiet, BW_TEXT("0a0"), id_end(text, end));
    else
        put(quiet, (struct bw_text){text.bytes + at, end - at}, end);
}

/* The address whose '@' is next. False: there is none, or a rule names it. */
static bool put_address(struct quiet *quiet, const struct bw_named_mailboxes *named)
{
    const struct bw_text text = quiet->text;
    const size_t at = quiet->now.in;
    const bool is_quoted = at > 0 && text.bytes[at - 1] == '"';
    const struct place start = is_quoted ? quiet->quotes[0] : quiet->local;
    const struct bw_text name = {text.bytes + start.in, at - start.in};
    const bool is_whole =
        is_quoted ? quiet->quote_count > 1 && name.size <= QUOTED_BYTES_MAX : name.size > 0;
    const size_t end = domain_end(text, at + 1);

    if (!is_whole || end == at + 1 || is_named(named, name))
        return false;
    quiet->now.out = start.out;
    put(quiet, BW_TEXT("x@x"), end);
    quiet->local = quiet->now;
    return true;
}

/* Size of "[192.0.2.1]", "[2001:db8::1]" or "[IPv6:2001:db8::1]" at the front; 0: it is none. */
static size_t address_literal_size(struct bw_text text)
{
    const struct bw_text tag = BW_TEXT("IPv6:");
    const size_t most = text.size < LITERAL_BYTES_MAX ? text.size : LITERAL_BYTES_MAX;
    size_t at = 1;
    unsigned dots = 0;
    unsigned colons = 0;

    if (bw_text_starts_with(bw_text_after(text, 1), tag))
        at += tag.size;
    for (; at < most && text.bytes[at] != ']'; at++) {
        const char byte = text.bytes[at];
        if ((bw_byte_kind(byte) & (BW_KIND_DIGIT | BW_KIND_HEX)) == 0 && byte != '.' && byte != ':')
            return 0;
        dots += byte == '.';
        colons += byte == ':';
    }
    return at < most && (dots == 3 || colons > 1) ? at + 1 : 0;
}

static bool is_of_host(char byte)
{
    return (bw_byte_kind(byte) & BW_KIND_WORD) != 0 || byte == '.' || byte == '-' || byte == '_';
}

/* "mx1.example.com[192.0.2.1]": the '[' is next. False: it is no host with its address. */
static bool put_host(struct quiet *quiet)
{
    const struct bw_text rest = bw_text_after(quiet->text, quiet->now.in);
    size_t start = quiet->now.out;

    if (start == 0 || !is_of_host(quiet->out[start - 1]))
        return false;
    const size_t size = address_literal_size(rest);
    if (size == 0)
        return false;
    while (start > 0 && is_of_host(quiet->out[start - 1]))
        start--;
    quiet->now.out = start;
    put(quiet, BW_TEXT("x[x]"), quiet->now.in + size);
    quiet->local = quiet->now;
    return true;
}

static void put_byte(struct quiet *quiet)
{
    const char byte = quiet->text.bytes[quiet->now.in];

    if (byte == '"') {
        quiet->quotes[0] = quiet->quotes[1];
        quiet->quotes[1] = quiet->now;
        quiet->quote_count++;
    }
    put(quiet, (struct bw_text){&byte, 1}, quiet->now.in + 1);
    if ((bw_byte_kind(byte) & (BW_KIND_JOINER | BW_KIND_LOCAL | BW_KIND_PERCENT)) == 0)
        quiet->local = quiet->now;
}

size_t bw_quiet_text(struct bw_text text, const struct bw_named_mailboxes *named, char *out)
{
    struct quiet quiet = {.text = text, .out = out};

    while (quiet.now.in < text.size) {
        const char byte = text.bytes[quiet.now.in];

        if ((bw_byte_kind(byte) & BW_KIND_WORD) != 0)
            put_word(&quiet);
        else if (!(byte == '@' && put_address(&quiet, named)) && !(byte == '[' && put_host(&quiet)))
            put_byte(&quiet);
    }
    return quiet.now.out;
}
