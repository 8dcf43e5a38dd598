/*
 * One line of a log: the header is found, its time is read. When the input holds a newline, the
 * line is what stands behind it, and the line before it is what the splitter remembers.
 */
#include "base/time_text.h"
#include "frame/line_start.h"
#include "fuzz_target.h"

#include <stdlib.h>

#define MS_PER_DAY INT64_C(86400000)

static void check_stamp(struct bw_text text)
{
    struct bw_stamp stamp;
    struct bw_stamp again;
    char formatted[BW_TIME_TEXT_BYTES];

    bw_stamp_parse(text, &stamp);
    switch ((enum bw_stamp_kind)stamp.kind) {
    case BW_STAMP_NONE: break;
    case BW_STAMP_ABSOLUTE:
        /* Years 1 to 9999, and a zone that moves them by less than a day. */
        BW_ASSERT(stamp.utc_ms >= (bw_days_from_civil(1, 1, 1) - 1) * MS_PER_DAY);
        BW_ASSERT(stamp.utc_ms < (bw_days_from_civil(10000, 1, 1) + 1) * MS_PER_DAY);
        if (stamp.utc_ms < bw_days_from_civil(1, 1, 1) * MS_PER_DAY ||
            stamp.utc_ms >= bw_days_from_civil(10000, 1, 1) * MS_PER_DAY)
            break;
        bw_time_format(stamp.utc_ms, formatted);
        bw_stamp_parse(bw_text_of(formatted), &again);
        BW_ASSERT(again.kind == BW_STAMP_ABSOLUTE && again.utc_ms == stamp.utc_ms);
        break;
    case BW_STAMP_NO_ZONE: BW_ASSERT(stamp.year >= 1 && stamp.year <= 9999); /* fall through */
    case BW_STAMP_NO_YEAR:
        BW_ASSERT(stamp.kind == BW_STAMP_NO_ZONE || stamp.year == 0);
        BW_ASSERT(stamp.month >= 1 && stamp.month <= 12);
        BW_ASSERT(stamp.day >= 1 && stamp.day <= 31);
        BW_ASSERT(stamp.day_ms >= 0 && stamp.day_ms < MS_PER_DAY + 1000);
        break;
    }
}

static bool is_same_view(struct bw_text left, struct bw_text right)
{
    return left.size == right.size && (left.size == 0 || left.bytes == right.bytes);
}

/* What is remembered of another line, or of the same line, changes nothing. */
static bool split(struct bw_text line, struct bw_text line_before, struct bw_syslog_parts *parts)
{
    struct bw_syslog_memo memo = {0};
    const bool is_syslog = bw_syslog_split(line, &memo, parts);
    const struct bw_text lines_before[2] = {line, line_before};

    for (size_t i = 0; i < BW_ARRAY_COUNT(lines_before); i++) {
        struct bw_syslog_parts ignored, again;

        memo = (struct bw_syslog_memo){0};
        (void)bw_syslog_split(lines_before[i], &memo, &ignored);
        BW_ASSERT(bw_syslog_split(line, &memo, &again) == is_syslog);
        if (!is_syslog)
            continue;
        BW_ASSERT(is_same_view(again.stamp, parts->stamp));
        BW_ASSERT(is_same_view(again.host, parts->host));
        BW_ASSERT(is_same_view(again.program, parts->program));
        BW_ASSERT(is_same_view(again.message, parts->message));
    }
    return is_syslog;
}

/* The reader that does not know the end of the line agrees, where it can read the line at all. */
static void check_line_start(struct bw_text line, const struct bw_syslog_parts *expected)
{
    const size_t behind = 200;
    char *bytes = malloc(line.size + behind);
    struct bw_syslog_parts parts;

    BW_ASSERT(bytes != NULL);
    if (line.size > 0)
        (void)memcpy(bytes, line.bytes, line.size);
    (void)memset(bytes + line.size, '\n', behind);
    const char *message = bw_line_start(bytes, bytes + line.size + behind, &parts);
    if (message != NULL && memchr(bytes, '\n', line.size) == NULL) {
        BW_ASSERT(expected != NULL);
        BW_ASSERT(bw_text_equal(parts.stamp, expected->stamp));
        BW_ASSERT(bw_text_equal(parts.host, expected->host));
        BW_ASSERT(bw_text_equal(parts.program, expected->program));
        parts.message = (struct bw_text){message, (size_t)(bytes + line.size - message)};
        BW_ASSERT(bw_text_equal(parts.message, expected->message));
    }
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bw_text line = {(const char *)data, size};
    struct bw_text line_before = {line.bytes, 0};
    struct bw_syslog_parts parts;

    (void)bw_text_cut(&line, BW_TEXT("\n"), &line_before);
    check_stamp(line);
    const bool is_syslog = split(line, line_before, &parts);
    check_line_start(line, is_syslog ? &parts : NULL);
    if (!is_syslog)
        return 0;
    const char *const end = line.bytes + line.size;
    BW_ASSERT(is_inside(parts.stamp, line) && is_inside(parts.host, line));
    BW_ASSERT(is_inside(parts.program, line) && is_inside(parts.message, line));
    /* Left to right, and the message goes to the end of the line. */
    BW_ASSERT(parts.message.size == 0 || parts.message.bytes + parts.message.size == end);
    if (parts.message.size > 0) {
        BW_ASSERT(parts.stamp.bytes + parts.stamp.size <= parts.message.bytes);
        BW_ASSERT(parts.host.size == 0 ||
                  parts.host.bytes + parts.host.size <= parts.message.bytes);
        BW_ASSERT(parts.program.size == 0 ||
                  parts.program.bytes + parts.program.size <= parts.message.bytes);
    }
    BW_ASSERT(parts.host.size == 0 || memchr(parts.host.bytes, ' ', parts.host.size) == NULL);
    BW_ASSERT(parts.program.size == 0 ||
              memchr(parts.program.bytes, ' ', parts.program.size) == NULL);
    check_stamp(parts.stamp);
    return 0;
}
