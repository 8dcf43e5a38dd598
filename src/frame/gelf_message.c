#include "frame/gelf_message.h"

#include "base/utf8.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LINE_BYTES_MAX   ((size_t)64 * 1024)
#define HEADER_BYTES_MAX ((size_t)1024)
#define WORD_BYTES_MAX   ((size_t)256)
#define VALUES_MAX       ((size_t)1024)
#define DEPTH_MAX        ((size_t)32)

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

/* Whether all of a text is digits with at most one point: of "2026-11-24T..." the year is none. */
static bool is_decimal(struct bw_text text)
{
    size_t points = 0;

    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == '.')
            points++;
        else if (!bw_is_digit(text.bytes[i]))
            return false;
    }
    return text.size > points && points <= 1;
}

/* Seconds, as a number or as a text of one. */
static int64_t time_of(const json_t *object, int64_t arrived_ms)
{
    const json_t *value = json_object_get(object, "timestamp");
    double seconds = json_is_number(value) ? json_number_value(value) : 0;

    if (is_decimal(text_of(object, "timestamp")))
        seconds = strtod(json_string_value(value), NULL);
    /* Years 1970 to 9999, also when rounded; what is no number either has none. */
    return seconds > 0 && seconds < 253402300799.0 ? (int64_t)llround(seconds * 1000) : arrived_ms;
}

/* What fits of a text, without what ends a line. `marks`: bytes that become '_' as blanks
 * do; NULL: it is no word. */
static size_t append(char *line, size_t size, size_t capacity, struct bw_text text,
                     const char *marks)
{
    for (size_t i = 0; i < text.size && size < capacity; i++) {
        const unsigned char byte = (unsigned char)text.bytes[i];
        const bool is_blank = byte <= ' ' || byte == 0x7F;
        char written = text.bytes[i];
        if (marks != NULL && (is_blank || strchr(marks, written) != NULL))
            written = '_';
        else if (is_blank)
            written = ' ';
        line[size++] = written;
    }
    return size;
}

/* A word of the header of at most WORD_BYTES_MAX. */
static size_t append_word(char *line, size_t size, struct bw_text word, const char *marks)
{
    return append(line, size, size + WORD_BYTES_MAX, word, marks);
}

/* A member that says it, or `from_tag`; empty: nothing does. `number`: room for a number. */
static struct bw_text pid_of(const json_t *object, struct bw_text from_tag, char *number,
                             size_t capacity)
{
    static const char *const names[] = {"_SYSLOG_PID", "_process_id", "_pid"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const json_t *value = json_object_get(object, names[i]);
        const double pid = json_is_number(value) ? json_number_value(value) : -1;
        const struct bw_text text = text_of(object, names[i]);
        if (text.size > 0)
            return text;
        if (pid >= 0 && pid <= INT32_MAX) {
            (void)snprintf(number, capacity, "%.0f", pid);
            return bw_text_of(number);
        }
    }
    return from_tag;
}

/* "postfix/smtp[7]:", which senders of a whole syslog tag have: the program, and its pid. */
static struct bw_text split_tag(struct bw_text program, struct bw_text *pid)
{
    struct bw_text rest = program;
    struct bw_text head;

    *pid = BW_TEXT("");
    if (bw_text_ends_with(rest, BW_TEXT(":")))
        rest = bw_text_head(rest, rest.size - 1);
    if (!bw_text_ends_with(rest, BW_TEXT("]")))
        return rest;
    program = bw_text_head(rest, rest.size - 1);
    if (!bw_text_cut(&program, BW_TEXT("["), &head))
        return rest;
    *pid = program;
    return head;
}

/* `facility` of GELF 1.0 is the program with some senders, and syslog's facility with others. */
static bool is_syslog_facility(struct bw_text word)
{
    static const char *const names[] = {"kern",   "user", "mail",  "daemon", "auth", "security",
                                        "syslog", "lpr",  "news",  "uucp",   "cron", "authpriv",
                                        "ftp",    "ntp",  "audit", "console"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (bw_text_equal_nocase(word, bw_text_of(names[i])))
            return true;
    return word.size == 6 && bw_text_equal_nocase(bw_text_head(word, 5), BW_TEXT("local")) &&
           bw_is_digit(word.bytes[5]);
}

/* "program[pid]: "; nothing when no member says a program. */
static size_t append_tag(const json_t *object, char *line, size_t size)
{
    static const char *const programs[] = {
        "_SYSLOG_IDENTIFIER", "_application_name", "_program", "_ident", "_tag", NULL};
    const struct bw_text facility = text_of(object, "facility");
    struct bw_text program = first_text(object, programs);
    struct bw_text pid;
    char number[16];

    if (program.size == 0 && !is_syslog_facility(facility))
        program = facility;
    program = split_tag(program, &pid);
    if (program.size == 0)
        return size;
    size = append_word(line, size, program, "[:");
    pid = pid_of(object, pid, number, sizeof(number));
    if (pid.size > 0) {
        line[size++] = '[';
        size = append_word(line, size, pid, "]");
        line[size++] = ']';
    }
    line[size++] = ':';
    line[size++] = ' ';
    return size;
}

static size_t append_header(const json_t *object, int64_t arrived_ms, char *line)
{
    const int64_t time_ms = time_of(object, arrived_ms);
    const time_t second = (time_t)(time_ms / 1000);
    struct tm tm;

    if (gmtime_r(&second, &tm) == NULL)
        return 0;
    size_t size = strftime(line, HEADER_BYTES_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    size += (size_t)snprintf(line + size, HEADER_BYTES_MAX - size, ".%03d+00:00 ",
                             (int)(time_ms % 1000));
    const struct bw_text host = text_of(object, "host");
    size = append_word(line, size, host.size > 0 ? host : BW_TEXT("-"), "");
    /* A word with a colon at its end would be read as the tag. */
    if (line[size - 1] == ':')
        line[size - 1] = '_';
    line[size++] = ' ';
    return append_tag(object, line, size);
}

static struct bw_text message_of(const json_t *object)
{
    const struct bw_text brief = text_of(object, "short_message");
    const struct bw_text full = text_of(object, "full_message");

    return full.size > brief.size && bw_text_starts_with(full, brief) ? full : brief;
}

/* Whether there are few values, not deep in each other. A few hundred compressed bytes can be a
 * hundred thousand values, for which a tree is far dearer than their text. Not a check of JSON. */
static bool is_modest(struct bw_text json)
{
    size_t values = 0;
    size_t depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < json.size && values <= VALUES_MAX && depth <= DEPTH_MAX; i++) {
        const char byte = json.bytes[i];

        if (byte == '"')
            in_string = !in_string;
        else if (in_string && byte == '\\')
            i++;
        else if (in_string)
            continue;
        else if (byte == '[' || byte == '{')
            depth++;
        else if (byte == ']' || byte == '}')
            depth -= depth > 0 ? 1 : 0;
        values += !in_string && (byte == ',' || byte == '[' || byte == '{') ? 1 : 0;
    }
    return values <= VALUES_MAX && depth <= DEPTH_MAX;
}

/* The same with '?' for each byte that is no UTF-8: replies of old servers come in their own
 * character sets. NULL: there is no memory. The caller frees it. */
static char *repaired(struct bw_text json)
{
    char *copy = malloc(json.size);
    size_t size;

    if (copy == NULL)
        return NULL;
    (void)memcpy(copy, json.bytes, json.size);
    for (size_t at = 0; at < json.size; at += size) {
        uint32_t code_point;
        bool is_valid;
        size = bw_utf8_next(bw_text_after(json, at), &code_point, &is_valid);
        if (is_valid)
            continue;
        (void)memset(copy + at, '?', size);
    }
    return copy;
}

/* NULL: it is no JSON. Whole numbers become real ones, so that none is too large. */
static json_t *load(struct bw_text json)
{
    const size_t flags = JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL;
    json_error_t error;

    if (!is_modest(json))
        return NULL;
    json_t *object = json_loadb(json.bytes, json.size, flags, &error);
    if (object != NULL || json_error_code(&error) != json_error_invalid_utf8)
        return object;
    char *copy = repaired(json);
    if (copy != NULL)
        object = json_loadb(copy, json.size, flags, &error);
    free(copy);
    return object;
}

size_t bw_gelf_line(struct bw_text json, int64_t arrived_ms, char *line, size_t capacity)
{
    json_t *object = load(json);
    const struct bw_text message = message_of(object);
    size_t size = 0;

    if (json_is_object(object) && message.size > 0 && capacity >= LINE_BYTES_MAX)
        size = append_header(object, arrived_ms, line);
    if (size > 0) {
        size = append(line, size, LINE_BYTES_MAX - 1, message, NULL);
        line[size++] = '\n';
    }
    json_decref(object);
    return size;
}
