#include "classify/retry_hint.h"

#include "base/check.h"

#include <stdbool.h>

#define LOOK_BACK_BYTES  100
#define LOOK_AHEAD_BYTES 50
#define SECONDS_MAX      (INT64_C(30) * 86400) /* longer is no hint for a retry */

static size_t digits_at(struct bw_text text, size_t index)
{
    size_t count = 0;

    while (index + count < text.size && bw_is_digit(text.bytes[index + count]))
        count++;
    return count;
}

static int64_t number_at(struct bw_text text, size_t index, size_t digits)
{
    int64_t number = 0;

    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text.bytes[index + i] - '0');
    return number;
}

static size_t blanks_at(struct bw_text text, size_t index)
{
    size_t count = 0;

    while (index + count < text.size && text.bytes[index + count] == ' ')
        count++;
    return count;
}

/* Seconds of the unit that is the whole word at `index`, or 0. */
static int64_t unit_at(struct bw_text text, size_t index)
{
    static const struct {
        const char *word;
        int64_t seconds;
    } units[] = {
        {"s", 1},          {"sec", 1},       {"secs", 1},      {"second", 1},   {"seconds", 1},
        {"sekunden", 1},   {"secondes", 1},  {"segundos", 1},  {"secondi", 1},  {"seconden", 1},
        {"m", 60},         {"min", 60},      {"mins", 60},     {"minute", 60},  {"minutes", 60},
        {"minuten", 60},   {"minutos", 60},  {"minuti", 60},   {"minut", 60},   {"h", 3600},
        {"hr", 3600},      {"hrs", 3600},    {"hour", 3600},   {"hours", 3600}, {"stunde", 3600},
        {"stunden", 3600}, {"heure", 3600},  {"heures", 3600}, {"hora", 3600},  {"horas", 3600},
        {"ore", 3600},     {"uur", 3600},    {"d", 86400},     {"day", 86400},  {"days", 86400},
        {"tag", 86400},    {"tagen", 86400}, {"jours", 86400},
    };
    size_t size = 0;

    while (index + size < text.size && bw_is_letter(text.bytes[index + size]))
        size++;
    const struct bw_text word = bw_text_head(bw_text_after(text, index), size);
    for (size_t i = 0; i < BW_ARRAY_COUNT(units); i++)
        if (bw_text_equal_nocase(word, bw_text_of(units[i].word)))
            return units[i].seconds;
    return 0;
}

/* "00:04:59" or "04:59" at `index`; the size is written when it is one. */
static int64_t clock_at(struct bw_text text, size_t index, size_t *size)
{
    int64_t seconds = 0;
    size_t at = index;
    size_t parts = 0;

    while (parts < 3) {
        const size_t digits = digits_at(text, at);
        if (digits < 1 || digits > 2)
            return -1;
        seconds = seconds * 60 + number_at(text, at, digits);
        at += digits;
        parts++;
        if (at >= text.size || text.bytes[at] != ':')
            break;
        at++;
    }
    if (parts < 2)
        return -1;
    *size = at - index;
    return seconds;
}

/* Where the sentence that holds `index` begins, at most LOOK_BACK_BYTES before it. */
static size_t sentence_start(struct bw_text text, size_t index)
{
    const size_t limit = index > LOOK_BACK_BYTES ? index - LOOK_BACK_BYTES : 0;
    size_t start = index;

    while (start > limit && !(start >= 2 && text.bytes[start - 1] == ' ' &&
                              (text.bytes[start - 2] == '.' || text.bytes[start - 2] == ';')))
        start--;
    return start;
}

static bool speaks_of_retry(struct bw_text text, size_t *last_word)
{
    static const char *const words[] = {
        "try",      "again",    "retry",          "come back", "wait",   "later",
        "greylist", "graylist", "grey list",      "GL for",    "defer",  "delay",
        "resend",   "temporar", "blocked for",    "remaining", "erneut", "sp\xc3\xa4ter",
        "ressay",   "reintent", "r\303\251essay", "tente",     "riprov", "opnieuw",
    };
    bool is_there = false;

    *last_word = 0;
    for (size_t i = 0; i < BW_ARRAY_COUNT(words); i++) {
        const size_t at = bw_text_find_nocase(text, bw_text_of(words[i]));
        if (at < text.size && at >= *last_word)
            *last_word = at;
        is_there = is_there || at < text.size;
    }
    return is_there;
}

static bool speaks_of_counts(struct bw_text text)
{
    static const char *const counts[] = {"limit", "per ", "too many", "exceed"};

    for (size_t i = 0; i < BW_ARRAY_COUNT(counts); i++)
        if (bw_text_find_nocase(text, bw_text_of(counts[i])) < text.size)
            return true;
    return false;
}

/*
 * Whether the words around a time span speak of trying again, not of what was counted in it: "try
 * again, you sent too many messages in 1 hour" has the count behind the word.
 */
static bool asks_to_wait(struct bw_text before, struct bw_text behind)
{
    size_t last_word;

    if (speaks_of_retry(before, &last_word))
        return !speaks_of_counts(bw_text_after(before, last_word));
    /* "in 15 Minuten erneut versuchen": the verb ends the sentence. */
    return !speaks_of_counts(before) && speaks_of_retry(behind, &last_word);
}

/* The span that begins with the digits at `index`, in seconds, or -1. */
static int64_t span_at(struct bw_text text, size_t index)
{
    size_t digits = digits_at(text, index);
    size_t clock_size = 0;
    const int64_t clock = clock_at(text, index, &clock_size);

    if (clock >= 0)
        return clock;
    if (digits > 7)
        return -1;
    int64_t number = number_at(text, index, digits);
    size_t at = index + digits;
    /* "5-10 minutes": the later end is the safe one. */
    if (at < text.size && text.bytes[at] == '-' && (digits = digits_at(text, at + 1)) > 0 &&
        digits <= 7) {
        number = number_at(text, at + 1, digits);
        at += 1 + digits;
    }
    at += blanks_at(text, at);
    const int64_t unit = at < text.size ? unit_at(text, at) : 0;
    return unit == 0 ? -1 : number * unit;
}

int64_t bw_retry_hint(struct bw_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        const size_t digits = digits_at(text, i);

        if (digits == 0)
            continue;
        /* A number that is part of a word, an address or a code is none. */
        const bool is_alone = i == 0 || text.bytes[i - 1] == ' ' || text.bytes[i - 1] == '(' ||
                              text.bytes[i - 1] == '=' || text.bytes[i - 1] == ':';
        const int64_t seconds = is_alone ? span_at(text, i) : -1;
        if (seconds >= 0 && seconds <= SECONDS_MAX) {
            const size_t start = sentence_start(text, i);
            const struct bw_text behind = bw_text_after(text, i);
            const size_t dot = bw_text_find(behind, BW_TEXT("."));
            if (asks_to_wait(bw_text_head(bw_text_after(text, start), i - start),
                             bw_text_head(behind, dot < LOOK_AHEAD_BYTES ? dot : LOOK_AHEAD_BYTES)))
                return seconds;
        }
        i += digits - 1;
    }
    return -1;
}
