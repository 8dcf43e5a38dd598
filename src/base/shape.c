/*
 * Texts by their shape: "550 5.1.1 <jane@example.com> unknown (in 4Fd2x7Q9)" and the next
 * failure's text differ in what is masked here and are counted together.
 */
#include "base/hash.h"
#include "base/mask.h"

#define BUFFER_BYTES     512
#define ID_BYTES_MIN     6   /* shorter words that start with a letter keep their letters */
#define QUOTED_BYTES_MAX 160 /* longest quoted local part that is looked for */
#define NUMBER_BYTES_MAX 64  /* no IPv6 address is longer; keeps the work linear */

/* Kinds of bytes, as bits, so that one OR per byte tells what a run of them holds. */
#define OTHER   0x00U
#define DIGIT   0x01U
#define HEX     0x02U /* a..f, A..F */
#define LETTER  0x04U /* the others, and all bytes of UTF-8 */
#define JOINER  0x08U /* holds host names and ids together: . _ - + = / */
#define ATEXT   0x10U /* may stand in a local part but does not join: ! # $ & ' * ? ^ ` { | } ~ */
#define PERCENT 0x20U
#define AT      0x40U

#define SPLITS_WORDS (ATEXT | PERCENT | AT)

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
    ['.'] = JOINER, ['_'] = JOINER, ['-'] = JOINER, ['+'] = JOINER, ['='] = JOINER, ['/'] = JOINER,
    ['!'] = ATEXT, ['#'] = ATEXT, ['$'] = ATEXT, ['&'] = ATEXT, ['\''] = ATEXT, ['*'] = ATEXT,
    ['?'] = ATEXT, ['^'] = ATEXT, ['`'] = ATEXT, ['{'] = ATEXT, ['|'] = ATEXT, ['}'] = ATEXT,
    ['~'] = ATEXT, ['%'] = PERCENT, ['@'] = AT,
};
/* clang-format on */

/* FOUR('w') and FOUR('W') end at 'z' and 'Z'. */
_Static_assert('w' + 3 == 'z' && 'W' + 3 == 'Z', "the table is written for ASCII");

static unsigned kind_of(char byte)
{
    return kinds[(uint8_t)byte];
}

/* The masked text on its way into the hash, one buffer at a time. */
struct shape {
    uint64_t hash; /* of the buffers that were full */
    size_t size;
    char buffer[BUFFER_BYTES];
};

static void put_byte(struct shape *shape, char byte)
{
    if (shape->size == sizeof(shape->buffer)) {
        shape->hash =
            bw_hash_pair(shape->hash, bw_hash((struct bw_text){shape->buffer, shape->size}));
        shape->size = 0;
    }
    shape->buffer[shape->size++] = byte;
}

static void put(struct shape *shape, struct bw_text text)
{
    while (text.size > 0) {
        size_t size = sizeof(shape->buffer) - shape->size;

        if (size > text.size)
            size = text.size;
        if (size == 0) {
            put_byte(shape, text.bytes[0]);
            text = bw_text_after(text, 1);
            continue;
        }
        (void)memcpy(shape->buffer + shape->size, text.bytes, size);
        shape->size += size;
        text = bw_text_after(text, size);
    }
}

static size_t digits_at(struct bw_text text, size_t at)
{
    size_t end = at;

    while (end < text.size && kind_of(text.bytes[end]) == DIGIT)
        end++;
    return end - at;
}

/* Bytes of an enhanced code such as "5.1.1" at `at`; 0 when there is none (RFC 3463 2). */
static size_t enhanced_code_size(struct bw_text text, size_t at)
{
    const size_t class_size = digits_at(text, at);
    if (class_size != 1 || text.size - at < 5 || text.bytes[at + 1] != '.')
        return 0;
    const size_t subject_size = digits_at(text, at + 2);
    const size_t dot = at + 2 + subject_size;
    if (subject_size < 1 || subject_size > 3 || dot >= text.size || text.bytes[dot] != '.')
        return 0;
    const size_t detail_size = digits_at(text, dot + 1);
    const size_t end = dot + 1 + detail_size;
    if (detail_size < 1 || detail_size > 3)
        return 0;
    /* "1.2.3.4" is an address, not a code. */
    if (end + 1 < text.size && text.bytes[end] == '.' && digits_at(text, end + 1) > 0)
        return 0;
    return end - at;
}

/* "550 5.1.1", "550-5.1.1", "550 #5.1.1", "550", "5.1.1" at the front: how much is as it is. */
static size_t codes_size(struct bw_text text)
{
    size_t at = 0;

    if (digits_at(text, 0) == 3 &&
        (text.size == 3 || text.bytes[3] == ' ' || text.bytes[3] == '-')) {
        if (text.size <= 4)
            return text.size;
        at = 4;
    }
    if (at < text.size && text.bytes[at] == '#')
        at++;
    return at + (at < text.size ? enhanced_code_size(text, at) : 0);
}

/* End of an IPv6 address (or a time of day) at `at`; `at` when there is none. */
static size_t colon_number_end(struct bw_text text, size_t at)
{
    size_t end = at;
    size_t colons = 0;
    unsigned seen = 0;

    for (; end < text.size && end - at < NUMBER_BYTES_MAX; end++) {
        const unsigned kind = kind_of(text.bytes[end]);
        if (text.bytes[end] == ':')
            colons++;
        else if ((kind & (DIGIT | HEX)) == 0 && (colons < 2 || text.bytes[end] != '.'))
            break;
        seen |= kind;
    }
    const bool is_whole =
        end == text.size || (end - at < NUMBER_BYTES_MAX && kind_of(text.bytes[end]) != LETTER);
    return colons >= 2 && (seen & DIGIT) != 0 && is_whole ? end : at;
}

/* End of an address with a quoted local part at `at`; `at` when there is none. */
static size_t quoted_address_end(struct bw_text text, size_t at)
{
    const size_t limit = text.size - at < QUOTED_BYTES_MAX ? text.size : at + QUOTED_BYTES_MAX;
    size_t end = at + 1;

    while (end < limit && (text.bytes[end] != '"' || text.bytes[end - 1] == '\\'))
        end++;
    if (end + 1 >= limit || text.bytes[end + 1] != '@')
        return at;
    for (end++; end < text.size && kind_of(text.bytes[end]) != OTHER;)
        end++;
    return end;
}

/* "MX2" and "MX3" are both "MX#". */
static void put_without_digits(struct shape *shape, struct bw_text word)
{
    for (size_t at = 0; at < word.size;) {
        const size_t digits = digits_at(word, at);

        if (digits > 0)
            put_byte(shape, '#');
        else
            put_byte(shape, word.bytes[at]);
        at += digits > 0 ? digits : 1;
    }
}

/* A word that is no address: joined letters and digits. Returns its end. */
static size_t put_word(struct shape *shape, struct bw_text run, size_t at)
{
    size_t end = at;
    unsigned seen = 0;

    for (; end < run.size && (kind_of(run.bytes[end]) & SPLITS_WORDS) == 0; end++)
        seen |= kind_of(run.bytes[end]);
    const struct bw_text word = {run.bytes + at, end - at};
    if ((seen & DIGIT) == 0)
        put(shape, word);
    else if ((seen & (HEX | LETTER)) == 0 || word.size >= ID_BYTES_MIN || digits_at(word, 0) > 0)
        put_byte(shape, '#');
    else
        put_without_digits(shape, word);
    return end;
}

/* A run of what may stand in an address: one '@' in it, plain or as in a URL, makes it one. */
static void put_run(struct shape *shape, struct bw_text run, unsigned seen)
{
    if ((seen & AT) != 0 ||
        ((seen & PERCENT) != 0 && bw_text_find(run, BW_TEXT("%40")) < run.size)) {
        put_byte(shape, '@');
        return;
    }
    for (size_t at = 0; at < run.size;) {
        if ((kind_of(run.bytes[at]) & SPLITS_WORDS) != 0)
            put_byte(shape, run.bytes[at++]);
        else
            at = put_word(shape, run, at);
    }
}

/* What is masked as a whole at a byte that no run has, or at a run before a colon. */
static size_t number_or_quoted_end(struct bw_text text, size_t at, size_t run_end)
{
    if (run_end == at && text.bytes[at] == '"')
        return quoted_address_end(text, at);
    if (run_end < text.size && text.bytes[run_end] == ':')
        return colon_number_end(text, at);
    return at;
}

uint64_t bw_shape_hash(struct bw_text text)
{
    struct shape shape;
    size_t copied = 0; /* what is behind it and before `at` counts as it is */
    size_t at = codes_size(text);

    shape.hash = 0;
    shape.size = 0;
    while (at < text.size) {
        size_t end = at;
        unsigned seen = 0;

        for (; end < text.size && kind_of(text.bytes[end]) != OTHER; end++)
            seen |= kind_of(text.bytes[end]);
        const size_t whole_end = number_or_quoted_end(text, at, end);
        if (whole_end > at || (seen & (DIGIT | AT | PERCENT)) != 0) {
            put(&shape, (struct bw_text){text.bytes + copied, at - copied});
            if (whole_end > at)
                put_byte(&shape, text.bytes[at] == '"' ? '@' : '#');
            else
                put_run(&shape, (struct bw_text){text.bytes + at, end - at}, seen);
            at = whole_end > at ? whole_end : end;
            copied = at;
        } else {
            at = end > at ? end : at + 1;
        }
    }
    put(&shape, (struct bw_text){text.bytes + copied, at - copied});
    const uint64_t tail = bw_hash((struct bw_text){shape.buffer, shape.size});
    return shape.hash == 0 ? tail : bw_hash_pair(shape.hash, tail);
}
