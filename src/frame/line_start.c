#include "frame/line_start.h"

#include "base/block.h"

#include <stdint.h>

#define STAMP_BYTES    15 /* "Jul  5 06:52:11" */
#define ISO_BYTES_MIN  19 /* "2026-05-01T09:14:00" */
#define WORD_BYTES_MAX 32 /* host, tag, and what is behind the seconds of an RFC 3339 stamp */
/* All of it with the longest words and pid, and room to look ahead. */
#define HEADER_BYTES_MAX 160
#define PID_DIGITS_MAX   10

/* Index of the first byte that is one of the two, WORD_BYTES_MAX when none is among so many. */
static inline size_t find_either(const char *bytes, char a, char b)
{
    for (size_t at = 0; at < WORD_BYTES_MAX; at += BW_BLOCK_BYTES) {
        const struct bw_block block = bw_block_load(bytes + at);
        const unsigned found = bw_block_find(block, a) | bw_block_find(block, b);
        if (found != 0)
            return at + bw_block_first(found);
    }
    return WORD_BYTES_MAX;
}

/* The same for the bytes that may end a tag. */
static inline size_t find_tag_end(const char *bytes)
{
    for (size_t at = 0; at < WORD_BYTES_MAX; at += BW_BLOCK_BYTES) {
        const struct bw_block block = bw_block_load(bytes + at);
        const unsigned found = bw_block_find(block, '[') | bw_block_find(block, ':') |
                               bw_block_find(block, ' ') | bw_block_find(block, '\n');
        if (found != 0)
            return at + bw_block_first(found);
    }
    return WORD_BYTES_MAX;
}

/* Bytes of the stamp; 0: none of the two usual forms. */
static inline size_t stamp_size(const char *b)
{
    static const char plain_shape[BW_BLOCK_BYTES] = {
        [3] = ' ', [6] = ' ', [9] = ':', [12] = ':', [15] = ' '};
    static const char iso_shape[BW_BLOCK_BYTES] = {[4] = '-', [7] = '-', [10] = 'T', [13] = ':'};
    static const unsigned plain_places = 1U << 3 | 1U << 6 | 1U << 9 | 1U << 12 | 1U << 15;
    static const unsigned iso_places = 1U << 4 | 1U << 7 | 1U << 10 | 1U << 13;
    const struct bw_block block = bw_block_load(b);

    if (bw_block_find(block, '\n') != 0)
        return 0;
    if ((bw_block_same(block, bw_block_load(plain_shape)) & plain_places) == plain_places)
        return bw_is_letter(b[0]) ? STAMP_BYTES : 0;
    if ((bw_block_same(block, bw_block_load(iso_shape)) & iso_places) != iso_places ||
        b[16] != ':' || !bw_is_digit(b[0]) || !bw_is_digit(b[11]) || b[17] == '\n' || b[18] == '\n')
        return 0;
    const size_t behind = find_either(b + ISO_BYTES_MIN, ' ', '\n');
    return behind < WORD_BYTES_MAX && b[ISO_BYTES_MIN + behind] == ' ' ? ISO_BYTES_MIN + behind : 0;
}

/* Behind the "[pid]" that begins here; NULL when none does. */
static inline const char *behind_pid(const char *at)
{
    const unsigned digits = bw_block_between(bw_block_load(at + 1), '0', '9');
    const size_t count = bw_block_first(~digits);

    at += 1 + count;
    return count <= PID_DIGITS_MAX && *at == ']' ? at + 1 : NULL;
}

const char *bw_line_start(const char *line, const char *end, struct bw_syslog_parts *parts)
{
    if (end - line < HEADER_BYTES_MAX)
        return NULL;
    parts->stamp = (struct bw_text){line, stamp_size(line)};
    if (parts->stamp.size == 0)
        return NULL;

    const char *at = line + parts->stamp.size + 1;
    const size_t host_size = find_either(at, ' ', '\n');
    /* Without a host the word is the tag; FreeBSD has "<facility.level>" in this place. */
    if (host_size == 0 || host_size == WORD_BYTES_MAX || at[host_size] != ' ' ||
        at[host_size - 1] == ':' || at[0] == '<')
        return NULL;
    parts->host = (struct bw_text){at, host_size};

    at += host_size + 1;
    const size_t tag_size = find_tag_end(at);
    if (tag_size == WORD_BYTES_MAX)
        return NULL;
    parts->program = (struct bw_text){at, tag_size};
    at += tag_size;
    if (*at == '[')
        at = behind_pid(at);
    /* What the Solaris syslogd puts in front of the message is for the other reader. */
    return at != NULL && tag_size > 0 && at[0] == ':' && at[1] == ' ' && at[2] != '[' ? at + 2
                                                                                      : NULL;
}
