#include "frame/gelf_message.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LINE_BYTES_MAX   ((size_t)64 * 1024)
#define HEADER_BYTES_MAX ((size_t)1024)

/* A member that is a text; empty: it is not. */
static struct bw_text text_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_string(value))
        return BW_TEXT("");
    return (struct bw_text){json_string_value(value), json_string_length(value)};
}

static struct bw_text first_text(const json_t *object, const char *const *names)
{
    struct bw_text text = BW_TEXT("");

    for (; *names != NULL && text.size == 0; names++)
        text = text_of(object, *names);
    return text;
}

/* Seconds, as a number or as a text of one. */
static int64_t time_of(const json_t *object, int64_t arrived_ms)
{
    const json_t *value = json_object_get(object, "timestamp");
    double seconds = json_is_number(value) ? json_number_value(value) : 0;

    if (json_is_string(value))
        seconds = strtod(json_string_value(value), NULL);
    /* Years 1970 to 9999; what is no number either has none. */
    return seconds > 0 && seconds < 253402300800.0 ? (int64_t)llround(seconds * 1000) : arrived_ms;
}

/* What fits of a text, without what ends a line. `is_word`: and without blanks. */
static size_t append(char *line, size_t size, size_t capacity, struct bw_text text, bool is_word)
{
    for (size_t i = 0; i < text.size && size < capacity; i++) {
        const unsigned char byte = (unsigned char)text.bytes[i];
        const bool is_blank = byte < ' ' || byte == 0x7F;
        char written = text.bytes[i];
        if (is_word && (is_blank || byte == ' '))
            written = '_';
        else if (is_blank)
            written = ' ';
        line[size++] = written;
    }
    return size;
}

static size_t append_pid(const json_t *object, char *line, size_t size)
{
    static const char *const names[] = {"_SYSLOG_PID", "_process_id", "_pid"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const json_t *value = json_object_get(object, names[i]);
        char number[24] = "";
        if (json_is_integer(value))
            (void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
        const struct bw_text pid =
            number[0] != '\0' ? bw_text_of(number) : text_of(object, names[i]);
        if (pid.size == 0)
            continue;
        line[size++] = '[';
        size = append(line, size, HEADER_BYTES_MAX, pid, true);
        line[size++] = ']';
        break;
    }
    return size;
}

static size_t append_header(const json_t *object, int64_t arrived_ms, char *line)
{
    static const char *const programs[] = {
        "_SYSLOG_IDENTIFIER", "_application_name", "_program", "_ident", "_tag", "facility", NULL};
    const int64_t time_ms = time_of(object, arrived_ms);
    const time_t second = (time_t)(time_ms / 1000);
    struct tm tm;

    if (gmtime_r(&second, &tm) == NULL)
        return 0;
    size_t size = strftime(line, HEADER_BYTES_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    size += (size_t)snprintf(line + size, HEADER_BYTES_MAX - size, ".%03d+00:00 ",
                             (int)(time_ms % 1000));
    const struct bw_text host = text_of(object, "host");
    size = append(line, size, HEADER_BYTES_MAX / 2, host.size > 0 ? host : BW_TEXT("-"), true);
    line[size++] = ' ';
    const struct bw_text program = first_text(object, programs);
    if (program.size == 0)
        return size;
    size = append(line, size, HEADER_BYTES_MAX - 64, program, true);
    size = append_pid(object, line, size);
    line[size++] = ':';
    line[size++] = ' ';
    return size;
}

static struct bw_text message_of(const json_t *object)
{
    const struct bw_text brief = text_of(object, "short_message");
    const struct bw_text full = text_of(object, "full_message");

    return full.size > brief.size && bw_text_starts_with(full, brief) ? full : brief;
}

size_t bw_gelf_line(struct bw_text json, int64_t arrived_ms, char *line, size_t capacity)
{
    json_error_t error;
    json_t *object = json_loadb(json.bytes, json.size, 0, &error);
    const struct bw_text message = message_of(object);
    size_t size = 0;

    if (json_is_object(object) && message.size > 0 && capacity >= LINE_BYTES_MAX)
        size = append_header(object, arrived_ms, line);
    if (size > 0) {
        size = append(line, size, LINE_BYTES_MAX - 1, message, false);
        line[size++] = '\n';
    }
    json_decref(object);
    return size;
}
