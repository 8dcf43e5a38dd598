/*
 * Texts by their shape: "550 5.1.1 <jane@example.com> unknown (in 4Fd2x7Q9)" and the next
 * failure's text differ in what is masked here and are counted together.
 */
#include "base/byte_kind.h"
#include "base/hash.h"
#include "base/mask.h"

#define BUFFER_BYTES     512
#define ID_BYTES_MIN     6   /* shorter words that start with a letter keep their letters */
#define QUOTED_BYTES_MAX 160 /* longest quoted local part that is looked for */
#define NUMBER_BYTES_MAX 64  /* no IPv6 address is longer; keeps the work linear */

/* What may stand in an address but does not join host names and ids. */
#define SPLITS_WORDS (BW_KIND_LOCAL | BW_KIND_QUERY | BW_KIND_PERCENT | BW_KIND_AT)

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

    while (end < text.size && bw_byte_kind(text.bytes[end]) == BW_KIND_DIGIT)
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
        const unsigned kind = bw_byte_kind(text.bytes[end]);
        if (text.bytes[end] == ':')
            colons++;
        else if ((kind & (BW_KIND_DIGIT | BW_KIND_HEX)) == 0 &&
                 (colons < 2 || text.bytes[end] != '.'))
            break;
        seen |= kind;
    }
    const bool is_whole = end == text.size || (end - at < NUMBER_BYTES_MAX &&
                                               bw_byte_kind(text.bytes[end]) != BW_KIND_LETTER);
    return colons >= 2 && (seen & BW_KIND_DIGIT) != 0 && is_whole ? end : at;
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
    for (end++; end < text.size && bw_byte_kind(text.bytes[end]) != BW_KIND_OTHER;)
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

    for (; end < run.size && (bw_byte_kind(run.bytes[end]) & SPLITS_WORDS) == 0; end++)
        seen |= bw_byte_kind(run.bytes[end]);
    const struct bw_text word = {run.bytes + at, end - at};
    if ((seen & BW_KIND_DIGIT) == 0)
        put(shape, word);
    else if ((seen & (BW_KIND_HEX | BW_KIND_LETTER)) == 0 || word.size >= ID_BYTES_MIN ||
             digits_at(word, 0) > 0)
        put_byte(shape, '#');
    else
        put_without_digits(shape, word);
    return end;
}

/* A run of what may stand in an address: one '@' in it, plain or as in a URL, makes it one. */
static void put_run(struct shape *shape, struct bw_text run, unsigned seen)
{
    if ((seen & BW_KIND_AT) != 0 ||
        ((seen & BW_KIND_PERCENT) != 0 && bw_text_find(run, BW_TEXT("%40")) < run.size)) {
        put_byte(shape, '@');
        return;
    }
    for (size_t at = 0; at < run.size;) {
        if ((bw_byte_kind(run.bytes[at]) & SPLITS_WORDS) != 0)
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

        for (; end < text.size && bw_byte_kind(text.bytes[end]) != BW_KIND_OTHER; end++)
            seen |= bw_byte_kind(text.bytes[end]);
        const size_t whole_end = number_or_quoted_end(text, at, end);
        if (whole_end > at || (seen & (BW_KIND_DIGIT | BW_KIND_AT | BW_KIND_PERCENT)) != 0) {
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
