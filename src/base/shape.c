/*
 * Texts by their shape: "550 5.1.1 <jane@example.com> unknown (in 4Fd2x7Q9)" and the next
 * failure's text differ in what is masked here and are counted together.
 */
#include "base/hash.h"
#include "base/mask.h"

#define BUFFER_BYTES     256
#define ID_BYTES_MIN     6   /* shorter words with digits in them keep their letters */
#define QUOTED_BYTES_MAX 160 /* longest quoted local part that is looked for */
#define NUMBER_BYTES_MAX 64  /* no IPv6 address is longer; keeps the work linear */

enum byte_class {
    BYTE_OTHER = 0,
    BYTE_DIGIT,
    BYTE_HEX,    /* a..f, A..F */
    BYTE_LETTER, /* the others, and all bytes of UTF-8 */
    BYTE_JOINER, /* holds host names and ids together: . _ - + = / */
    BYTE_ATEXT,  /* may stand in a local part but does not join: ! # $ % & ' * ? ^ ` { | } ~ */
};

/* clang-format off */
static const uint8_t byte_classes[256] = {
    ['0'] = BYTE_DIGIT, ['1'] = BYTE_DIGIT, ['2'] = BYTE_DIGIT, ['3'] = BYTE_DIGIT,
    ['4'] = BYTE_DIGIT, ['5'] = BYTE_DIGIT, ['6'] = BYTE_DIGIT, ['7'] = BYTE_DIGIT,
    ['8'] = BYTE_DIGIT, ['9'] = BYTE_DIGIT,
    ['a'] = BYTE_HEX, ['b'] = BYTE_HEX, ['c'] = BYTE_HEX, ['d'] = BYTE_HEX, ['e'] = BYTE_HEX,
    ['f'] = BYTE_HEX,
    ['A'] = BYTE_HEX, ['B'] = BYTE_HEX, ['C'] = BYTE_HEX, ['D'] = BYTE_HEX, ['E'] = BYTE_HEX,
    ['F'] = BYTE_HEX,
    ['g'] = BYTE_LETTER, ['h'] = BYTE_LETTER, ['i'] = BYTE_LETTER, ['j'] = BYTE_LETTER,
    ['k'] = BYTE_LETTER, ['l'] = BYTE_LETTER, ['m'] = BYTE_LETTER, ['n'] = BYTE_LETTER,
    ['o'] = BYTE_LETTER, ['p'] = BYTE_LETTER, ['q'] = BYTE_LETTER, ['r'] = BYTE_LETTER,
    ['s'] = BYTE_LETTER, ['t'] = BYTE_LETTER, ['u'] = BYTE_LETTER, ['v'] = BYTE_LETTER,
    ['w'] = BYTE_LETTER, ['x'] = BYTE_LETTER, ['y'] = BYTE_LETTER, ['z'] = BYTE_LETTER,
    ['G'] = BYTE_LETTER, ['H'] = BYTE_LETTER, ['I'] = BYTE_LETTER, ['J'] = BYTE_LETTER,
    ['K'] = BYTE_LETTER, ['L'] = BYTE_LETTER, ['M'] = BYTE_LETTER, ['N'] = BYTE_LETTER,
    ['O'] = BYTE_LETTER, ['P'] = BYTE_LETTER, ['Q'] = BYTE_LETTER, ['R'] = BYTE_LETTER,
    ['S'] = BYTE_LETTER, ['T'] = BYTE_LETTER, ['U'] = BYTE_LETTER, ['V'] = BYTE_LETTER,
    ['W'] = BYTE_LETTER, ['X'] = BYTE_LETTER, ['Y'] = BYTE_LETTER, ['Z'] = BYTE_LETTER,
    ['.'] = BYTE_JOINER, ['_'] = BYTE_JOINER, ['-'] = BYTE_JOINER, ['+'] = BYTE_JOINER,
    ['='] = BYTE_JOINER, ['/'] = BYTE_JOINER,
    ['!'] = BYTE_ATEXT, ['#'] = BYTE_ATEXT, ['$'] = BYTE_ATEXT, ['%'] = BYTE_ATEXT,
    ['&'] = BYTE_ATEXT, ['\''] = BYTE_ATEXT, ['*'] = BYTE_ATEXT, ['?'] = BYTE_ATEXT,
    ['^'] = BYTE_ATEXT, ['`'] = BYTE_ATEXT, ['{'] = BYTE_ATEXT, ['|'] = BYTE_ATEXT,
    ['}'] = BYTE_ATEXT, ['~'] = BYTE_ATEXT,
};
/* clang-format on */

static enum byte_class class_of(char byte)
{
    return (uint8_t)byte >= 0x80 ? BYTE_LETTER : (enum byte_class)byte_classes[(uint8_t)byte];
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
    if (text.size > 0 && text.size <= sizeof(shape->buffer) - shape->size) {
        (void)memcpy(shape->buffer + shape->size, text.bytes, text.size);
        shape->size += text.size;
        return;
    }
    for (size_t i = 0; i < text.size; i++)
        put_byte(shape, text.bytes[i]);
}

static size_t digits_at(struct bw_text text, size_t at)
{
    size_t end = at;

    while (end < text.size && class_of(text.bytes[end]) == BYTE_DIGIT)
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
    bool has_digit = false;

    for (; end < text.size && end - at < NUMBER_BYTES_MAX; end++) {
        const enum byte_class class = class_of(text.bytes[end]);
        if (text.bytes[end] == ':')
            colons++;
        else if (class != BYTE_DIGIT && class != BYTE_HEX && (colons < 2 || text.bytes[end] != '.'))
            break;
        has_digit = has_digit || class == BYTE_DIGIT;
    }
    const bool is_whole = end == text.size ||
                          (end - at < NUMBER_BYTES_MAX && class_of(text.bytes[end]) != BYTE_LETTER);
    return colons >= 2 && has_digit && is_whole ? end : at;
}

/* End of a quoted local part at `at`, behind its second quote; `at` when none follows. */
static size_t quoted_end(struct bw_text text, size_t at)
{
    const size_t limit = text.size - at < QUOTED_BYTES_MAX ? text.size : at + QUOTED_BYTES_MAX;

    for (size_t i = at + 1; i + 1 < limit; i++)
        if (text.bytes[i] == '"' && text.bytes[i - 1] != '\\')
            return text.bytes[i + 1] == '@' ? i + 1 : at;
    return at;
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
    bool has_digit = false, has_letter = false;

    for (; end < run.size; end++) {
        const enum byte_class class = class_of(run.bytes[end]);
        if (class == BYTE_ATEXT)
            break;
        has_digit = has_digit || class == BYTE_DIGIT;
        has_letter = has_letter || class == BYTE_HEX || class == BYTE_LETTER;
    }
    const struct bw_text word = {run.bytes + at, end - at};
    if (!has_digit) {
        put(shape, word);
    } else if (!has_letter || word.size >= ID_BYTES_MIN) {
        put_byte(shape, '#');
    } else {
        put_without_digits(shape, word);
    }
    return end;
}

/* A run of what may stand in an address: one '@' in it, plain or as in a URL, makes it one. */
static void put_run(struct shape *shape, struct bw_text run, bool has_at, bool has_percent)
{
    if (has_at || (has_percent && bw_text_find(run, BW_TEXT("%40")) < run.size)) {
        put_byte(shape, '@');
        return;
    }
    for (size_t at = 0; at < run.size;) {
        if (class_of(run.bytes[at]) == BYTE_ATEXT)
            put_byte(shape, run.bytes[at++]);
        else
            at = put_word(shape, run, at);
    }
}

uint64_t bw_shape_hash(struct bw_text text)
{
    struct shape shape = {.hash = 0, .size = 0};
    size_t at = codes_size(text);

    put(&shape, bw_text_head(text, at));
    while (at < text.size) {
        size_t end = at;
        bool has_at = false, has_percent = false;

        if (text.bytes[at] == '"')
            end = quoted_end(text, at);
        for (; end < text.size; end++) {
            has_at = has_at || text.bytes[end] == '@';
            has_percent = has_percent || text.bytes[end] == '%';
            if (text.bytes[end] != '@' && class_of(text.bytes[end]) == BYTE_OTHER)
                break;
        }
        const size_t number_end = has_at ? at : colon_number_end(text, at);
        if (number_end > at && number_end >= end) {
            put_byte(&shape, '#');
            at = number_end;
        } else if (end > at) {
            put_run(&shape, (struct bw_text){text.bytes + at, end - at}, has_at, has_percent);
            at = end;
        } else {
            put_byte(&shape, text.bytes[at++]);
        }
    }
    const uint64_t tail = bw_hash((struct bw_text){shape.buffer, shape.size});
    return shape.hash == 0 ? tail : bw_hash_pair(shape.hash, tail);
}
