#include "frame/line_start.h"

#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define STAMP_BYTES    15 /* "Jul  5 06:52:11" */
#define ISO_BYTES_MIN  19 /* "2026-05-01T09:14:00" */
#define WORD_BYTES_MAX 32 /* host, tag, and what is behind the seconds of an RFC 3339 stamp */
#define HEADER_BYTES_MAX                                                                           \
    160 /* all of it with the longest words and pid, and room to look ahead                        \
         */
#define PID_DIGITS_MAX 10

/* Index of the first byte of `bytes` that is one of the four, WORD_BYTES_MAX when none is among so
 * many. */
static size_t find_any(const char *bytes, char a, char b, char c, char d)
{
#if defined(__SSE2__)
    for (size_t at = 0; at < WORD_BYTES_MAX; at += 16) {
        const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(bytes + at));
        const __m128i ab = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(a)),
                                        _mm_cmpeq_epi8(block, _mm_set1_epi8(b)));
        const __m128i cd = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(c)),
                                        _mm_cmpeq_epi8(block, _mm_set1_epi8(d)));
        const int found = _mm_movemask_epi8(_mm_or_si128(ab, cd));
        if (found != 0)
            return at + (size_t)__builtin_ctz((unsigned)found);
    }
    return WORD_BYTES_MAX;
#else
    size_t at = 0;

    while (at < WORD_BYTES_MAX && bytes[at] != a && bytes[at] != b && bytes[at] != c &&
           bytes[at] != d)
        at++;
    return at;
#endif
}

/* Bytes of the stamp; 0: none of the two usual forms. */
static size_t stamp_size(const char *b)
{
    const size_t newline = find_any(b, '\n', '\n', '\n', '\n');

    if (newline < ISO_BYTES_MIN)
        return 0;
    if (b[3] == ' ' && b[6] == ' ' && b[9] == ':' && b[12] == ':' && b[15] == ' ')
        return bw_is_letter(b[0]) ? STAMP_BYTES : 0;
    if (b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' ||
        !bw_is_digit(b[0]) || !bw_is_digit(b[11]))
        return 0;
    const size_t behind = find_any(b + ISO_BYTES_MIN, ' ', '\n', ' ', '\n');
    return behind < WORD_BYTES_MAX && b[ISO_BYTES_MIN + behind] == ' ' ? ISO_BYTES_MIN + behind : 0;
}

const char *bw_line_start(const char *line, const char *end, struct bw_syslog_parts *parts)
{
    if (end - line < HEADER_BYTES_MAX)
        return NULL;
    parts->stamp = (struct bw_text){line, stamp_size(line)};
    if (parts->stamp.size == 0)
        return NULL;

    const char *at = line + parts->stamp.size + 1;
    const size_t host_size = find_any(at, ' ', '\n', ' ', '\n');
    /* Without a host the word is the tag; FreeBSD has "<facility.level>" in this place. */
    if (host_size == 0 || host_size == WORD_BYTES_MAX || at[host_size] != ' ' ||
        at[host_size - 1] == ':' || at[0] == '<')
        return NULL;
    parts->host = (struct bw_text){at, host_size};

    at += host_size + 1;
    const size_t tag_size = find_any(at, '[', ':', ' ', '\n');
    if (tag_size == WORD_BYTES_MAX)
        return NULL;
    parts->program = (struct bw_text){at, tag_size};
    at += tag_size;
    if (*at == '[') {
        const char *pid = ++at;
        while (bw_is_digit(*at) && at - pid < PID_DIGITS_MAX)
            at++;
        if (*at++ != ']')
            return NULL;
    }
    /* What the Solaris syslogd puts in front of the message is for the other reader. */
    return tag_size > 0 && at[0] == ':' && at[1] == ' ' && at[2] != '[' ? at + 2 : NULL;
}
