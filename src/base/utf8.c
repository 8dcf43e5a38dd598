#include "base/utf8.h"

#include "base/check.h"

/* What the first byte of a sequence of several bytes promises; size 0: no such sequence. */
struct promise {
    size_t size;
    uint8_t low, high; /* of the second byte; the others are 0x80..0xBF */
};

/* The second byte's range keeps out overlong forms, surrogates and what is above U+10FFFF. */
static struct promise promise_of(uint8_t first)
{
    if (first >= 0xC2 && first <= 0xDF)
        return (struct promise){2, 0x80, 0xBF};
    if (first >= 0xE0 && first <= 0xEF)
        return (struct promise){3, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF};
    if (first >= 0xF0 && first <= 0xF4)
        return (struct promise){4, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF};
    return (struct promise){0};
}

size_t bw_utf8_next(struct bw_text text, uint32_t *code_point, bool *is_valid)
{
    BW_ASSERT(text.size > 0);
    const uint8_t first = (uint8_t)text.bytes[0];

    *is_valid = true;
    if (first < 0x80) {
        *code_point = first;
        return 1;
    }
    struct promise promise = promise_of(first);
    uint32_t point = promise.size == 0 ? 0 : first & (0x7FU >> promise.size);
    size_t size = 1;
    for (; size < promise.size && size < text.size; size++) {
        const uint8_t byte = (uint8_t)text.bytes[size];
        if (byte < promise.low || byte > promise.high)
            break;
        point = point << 6U | (byte & 0x3FU);
        promise.low = 0x80;
        promise.high = 0xBF;
    }
    *is_valid = promise.size > 0 && size == promise.size;
    *code_point = *is_valid ? point : BW_UTF8_REPLACEMENT;
    return size;
}
