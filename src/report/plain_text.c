#include "report/plain_text.h"

#include "base/check.h"
#include "base/time_text.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>

#define REPLACEMENT "\xEF\xBF\xBD"
#define ELLIPSIS    "\xE2\x80\xA6"

/* Controls, line and paragraph separators, and what makes text run the other way. */
static bool is_fit_to_print(uint32_t code_point)
{
    if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0))
        return false;
    if (code_point >= 0x200B && code_point <= 0x200F)
        return false;
    if (code_point >= 0x2028 && code_point <= 0x202E)
        return false;
    if (code_point == 0x061C) /* the Arabic letter mark turns the direction too */
        return false;
    return (code_point < 0x2066 || code_point > 0x2069) && code_point != 0xFEFF;
}

uint32_t bw_plain_text(struct bw_text text, uint32_t columns, char *out)
{
    BW_ASSERT(columns > 0);
    size_t size = 0;
    size_t last_start = 0; /* of the code point that the ellipsis would replace */
    uint32_t written = 0;

    while (text.size > 0 && written < columns) {
        uint32_t code_point;
        bool is_valid;
        const size_t taken = bw_utf8_next(text, &code_point, &is_valid);

        last_start = size;
        if (code_point == '\t' || code_point == '\n' || code_point == '\r') {
            out[size++] = ' ';
        } else if (is_valid && is_fit_to_print(code_point)) {
            (void)memcpy(out + size, text.bytes, taken);
            size += taken;
        } else {
            (void)memcpy(out + size, REPLACEMENT, 3);
            size += 3;
        }
        text = bw_text_after(text, taken);
        written++;
    }
    if (text.size > 0) {
        (void)memcpy(out + last_start, ELLIPSIS, 3);
        size = last_start + 3;
    }
    out[size] = '\0';
    return written;
}

uint32_t bw_plain_columns(struct bw_text plain)
{
    uint32_t columns = 0;

    for (size_t i = 0; i < plain.size; i++)
        if (((uint8_t)plain.bytes[i] & 0xC0U) != 0x80)
            columns++;
    return columns;
}

struct bw_short_text bw_plain_count(uint64_t number)
{
    struct bw_short_text made = {""};
    char digits[24];
    const int count = snprintf(digits, sizeof(digits), "%" PRIu64, number);
    size_t size = 0;

    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            made.text[size++] = ',';
        made.text[size++] = digits[i];
    }
    return made;
}

struct bw_short_text bw_plain_percent(double fraction)
{
    struct bw_short_text made;

    (void)snprintf(made.text, sizeof(made.text), "%.1f %%", fraction * 100.0);
    return made;
}

struct bw_short_text bw_plain_share(uint64_t part, uint64_t whole)
{
    return bw_plain_percent(whole == 0 ? 0.0 : (double)part / (double)whole);
}

struct bw_short_text bw_plain_day_time(int64_t unix_ms)
{
    struct bw_short_text made;
    char text[BW_TIME_TEXT_BYTES];

    bw_time_format(unix_ms, text);
    text[10] = ' ';
    (void)snprintf(made.text, sizeof(made.text), "%.16s", text);
    return made;
}
