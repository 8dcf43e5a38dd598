/*
 * A view of bytes that something else owns.
 *
 * Log lines carry no terminator and may contain NUL, so the hot path never uses
 * C strings. A view is passed by value and must not outlive what it points into.
 */
#ifndef BOUNCEWATCH_TEXT_H
#define BOUNCEWATCH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct bw_text {
    const char *bytes; /* may be NULL when size is 0 */
    size_t size;       /* in bytes */
};

/* View of a string literal: as a static initializer, and as an expression. */
/* clang-format off */
#define BW_TEXT_INIT(literal) {"" literal, sizeof(literal) - 1}
/* clang-format on */
#define BW_TEXT(literal) ((struct bw_text)BW_TEXT_INIT(literal))

/* The two arguments that printf's "%.*s" takes. */
#define BW_TEXT_ARGS(text) (int)(text).size, (text).bytes

/* View of a NUL-terminated string, without the NUL; valid as long as the string. */
static inline struct bw_text bw_text_of(const char *string)
{
    return (struct bw_text){string, strlen(string)};
}

static inline bool bw_text_equal(struct bw_text left, struct bw_text right)
{
    return left.size == right.size &&
           (left.size == 0 || memcmp(left.bytes, right.bytes, left.size) == 0);
}

static inline bool bw_text_starts_with(struct bw_text text, struct bw_text head)
{
    return text.size >= head.size &&
           (head.size == 0 || memcmp(text.bytes, head.bytes, head.size) == 0);
}

static inline bool bw_text_ends_with(struct bw_text text, struct bw_text tail)
{
    return text.size >= tail.size && (tail.size == 0 || memcmp(text.bytes + (text.size - tail.size),
                                                               tail.bytes, tail.size) == 0);
}

/* The view without its first `size` bytes; `size` must not exceed text.size. */
static inline struct bw_text bw_text_after(struct bw_text text, size_t size)
{
    return (struct bw_text){text.bytes + size, text.size - size};
}

/* The first `size` bytes of the view; `size` must not exceed text.size. */
static inline struct bw_text bw_text_head(struct bw_text text, size_t size)
{
    return (struct bw_text){text.bytes, size};
}

/* ASCII digits and letters, whatever the locale is. */
static inline bool bw_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline bool bw_is_letter(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

/* ASCII capitals as small letters, everything else as it is. */
static inline char bw_lower(char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return (char)(byte | 0x20);
    return byte;
}

/* True when the two are equal but for the case of ASCII letters. */
bool bw_text_equal_nocase(struct bw_text left, struct bw_text right);

/* Index of the first `mark` in `text`, or text.size when it is not there. `mark` is not empty. */
size_t bw_text_find(struct bw_text text, struct bw_text mark);

/* The same without regard to the case of ASCII letters. */
size_t bw_text_find_nocase(struct bw_text text, struct bw_text mark);

/*
 * Cut `*rest` at the first `mark`: `*head` is what came before it, `*rest` what
 * comes after it. Returns false, and changes nothing, when there is no `mark`.
 */
bool bw_text_cut(struct bw_text *rest, struct bw_text mark, struct bw_text *head);

/* The view without spaces, tabs, CR and LF at its two ends. */
struct bw_text bw_text_trim(struct bw_text text);

#endif
