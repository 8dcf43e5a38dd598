#include "base/json_writer.h"

#include "base/time_text.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static void append(struct bw_json_writer *writer, const char *bytes, size_t size)
{
    if (writer->is_broken || size == 0)
        return;
    if (writer->capacity - writer->size < size) {
        if (size > SIZE_MAX / 4 || writer->capacity > SIZE_MAX / 4) {
            writer->is_broken = true;
            return;
        }
        size_t capacity = writer->capacity == 0 ? 4096 : writer->capacity;
        while (capacity - writer->size < size)
            capacity *= 2;
        char *grown = realloc(writer->bytes, capacity);
        if (grown == NULL) {
            writer->is_broken = true;
            return;
        }
        writer->bytes = grown;
        writer->capacity = capacity;
    }
    (void)memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
}

static void begin_value(struct bw_json_writer *writer)
{
    if (writer->needs_comma)
        append(writer, ",", 1);
    writer->needs_comma = true;
}

void bw_json_writer_deinit(struct bw_json_writer *writer)
{
    free(writer->bytes);
    *writer = (struct bw_json_writer){0};
}

static void open_with(struct bw_json_writer *writer, const char *bracket)
{
    begin_value(writer);
    append(writer, bracket, 1);
    writer->needs_comma = false;
}

static void close_with(struct bw_json_writer *writer, const char *bracket)
{
    append(writer, bracket, 1);
    writer->needs_comma = true;
}

void bw_json_begin_object(struct bw_json_writer *writer)
{
    open_with(writer, "{");
}

void bw_json_end_object(struct bw_json_writer *writer)
{
    close_with(writer, "}");
}

void bw_json_begin_array(struct bw_json_writer *writer)
{
    open_with(writer, "[");
}

void bw_json_end_array(struct bw_json_writer *writer)
{
    close_with(writer, "]");
}

void bw_json_key(struct bw_json_writer *writer, const char *key)
{
    begin_value(writer);
    append(writer, "\"", 1);
    append(writer, key, strlen(key));
    append(writer, "\":", 2);
    writer->needs_comma = false;
}

/* One code point that does not stand for itself: a quote, a backslash, a control character. */
static void append_escaped(struct bw_json_writer *writer, uint32_t code_point)
{
    char escaped[16];

    switch (code_point) {
    case '"': append(writer, "\\\"", 2); return;
    case '\\': append(writer, "\\\\", 2); return;
    case '\n': append(writer, "\\n", 2); return;
    case '\r': append(writer, "\\r", 2); return;
    case '\t': append(writer, "\\t", 2); return;
    default:
        (void)snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned)code_point);
        append(writer, escaped, 6);
        return;
    }
}

static bool is_plain(char byte)
{
    return (uint8_t)byte >= 0x20 && (uint8_t)byte < 0x7F && byte != '"' && byte != '\\';
}

/* The front of `text` that is no plain run; returns how many bytes of it were written about. */
static size_t append_special(struct bw_json_writer *writer, struct bw_text text)
{
    uint32_t code_point;
    bool is_valid;
    const size_t size = bw_utf8_next(text, &code_point, &is_valid);

    if (!is_valid)
        append(writer, "\xEF\xBF\xBD", 3);
    else if (code_point < 0xA0) /* a terminal would obey U+0080..U+009F, so they are escaped too */
        append_escaped(writer, code_point);
    else
        append(writer, text.bytes, size);
    return size;
}

void bw_json_text(struct bw_json_writer *writer, struct bw_text text)
{
    begin_value(writer);
    append(writer, "\"", 1);
    while (text.size > 0) {
        size_t size = 0;

        while (size < text.size && is_plain(text.bytes[size]))
            size++;
        append(writer, text.bytes, size);
        text = bw_text_after(text, size);
        if (text.size > 0)
            text = bw_text_after(text, append_special(writer, text));
    }
    append(writer, "\"", 1);
}

void bw_json_string(struct bw_json_writer *writer, const char *string)
{
    bw_json_text(writer, bw_text_of(string));
}

static void append_number(struct bw_json_writer *writer, const char *text)
{
    begin_value(writer);
    append(writer, text, strlen(text));
}

void bw_json_uint(struct bw_json_writer *writer, uint64_t number)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64, number);
    append_number(writer, text);
}

void bw_json_int(struct bw_json_writer *writer, int64_t number)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRId64, number);
    append_number(writer, text);
}

void bw_json_bool(struct bw_json_writer *writer, bool claim)
{
    append_number(writer, claim ? "true" : "false");
}

void bw_json_decimal(struct bw_json_writer *writer, double number, int decimals)
{
    char text[64];

    /* JSON has no infinity; nothing bouncewatch measures comes near the bound. */
    if (!isfinite(number) || fabs(number) >= 1e18)
        number = 0.0;
    const int size = snprintf(text, sizeof(text), "%.*f", decimals < 1 ? 1 : decimals, number);
    for (int last = size - 1; text[last] == '0' && text[last - 1] != '.'; last--)
        text[last] = '\0';
    append_number(writer, strcmp(text, "-0.0") == 0 ? "0.0" : text);
}

void bw_json_time(struct bw_json_writer *writer, int64_t unix_ms)
{
    char text[BW_TIME_TEXT_BYTES];

    bw_time_format(unix_ms, text);
    bw_json_string(writer, text);
}

void bw_json_raw(struct bw_json_writer *writer, struct bw_text json)
{
    begin_value(writer);
    append(writer, json.bytes, json.size);
    writer->needs_comma = true;
}

void bw_json_newline(struct bw_json_writer *writer)
{
    append(writer, "\n", 1);
    writer->needs_comma = false;
}

void bw_json_text_member(struct bw_json_writer *writer, const char *key, struct bw_text text)
{
    if (text.size == 0)
        return;
    bw_json_key(writer, key);
    bw_json_text(writer, text);
}

void bw_json_string_member(struct bw_json_writer *writer, const char *key, const char *string)
{
    if (string != NULL)
        bw_json_text_member(writer, key, bw_text_of(string));
}

void bw_json_uint_member(struct bw_json_writer *writer, const char *key, uint64_t number)
{
    bw_json_key(writer, key);
    bw_json_uint(writer, number);
}

bool bw_json_flush(struct bw_json_writer *writer, FILE *out)
{
    const bool is_good =
        !writer->is_broken &&
        (writer->size == 0 || fwrite(writer->bytes, 1, writer->size, out) == writer->size);

    writer->size = 0;
    return is_good;
}
