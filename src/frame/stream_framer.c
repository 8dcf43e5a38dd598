#include "frame/stream_framer.h"

#define COUNT_DIGITS_MAX 7
#define COUNT_MAX        UINT64_C(1048576)

static struct bw_text without_end(struct bw_text message)
{
    while (message.size > 0 &&
           (message.bytes[message.size - 1] == '\n' || message.bytes[message.size - 1] == '\r' ||
            message.bytes[message.size - 1] == '\0'))
        message.size--;
    return message;
}

size_t bw_message_line(struct bw_text message, bw_message_opener *open, char *line, size_t capacity)
{
    const bool may_open = open != NULL && message.size > 0 && message.bytes[0] == 'z';
    const size_t most = capacity - 1 < BW_FRAME_BYTES_MAX ? capacity - 1 : BW_FRAME_BYTES_MAX;
    const size_t opened = may_open && capacity > 0 ? open(message, line, most) : 0;

    if (opened > most)
        return 0;
    if (opened > 0)
        message = (struct bw_text){line, opened};
    message = without_end(message);
    if (message.size == 0 || message.size + 1 > capacity)
        return 0;
    if (opened == 0)
        (void)memcpy(line, message.bytes, message.size);
    for (char *at = line; (at = memchr(at, '\n', (size_t)(line + message.size - at))) != NULL;)
        *at++ = ' ';
    line[message.size] = '\n';
    return message.size + 1;
}

/* Where the lines go. */
struct output {
    char *lines;
    size_t capacity;
    size_t size;
};

/* How the frame at the front is made. */
enum frame_kind { FRAME_LINE, FRAME_COUNTED, FRAME_UNDECIDED };

/* `*prefix`: bytes of the count and its blank. */
static enum frame_kind kind_of(struct bw_text bytes, size_t *prefix, uint64_t *count)
{
    size_t digits = 0;

    *count = 0;
    while (digits < bytes.size && digits <= COUNT_DIGITS_MAX && bw_is_digit(bytes.bytes[digits]))
        *count = *count * 10 + (uint64_t)(bytes.bytes[digits++] - '0');
    if (digits == 0 || digits > COUNT_DIGITS_MAX)
        return FRAME_LINE;
    if (digits + 1 >= bytes.size)
        return digits < bytes.size && bytes.bytes[digits] != ' ' ? FRAME_LINE : FRAME_UNDECIDED;
    *prefix = digits + 1;
    return bytes.bytes[digits] == ' ' &&
                   (bytes.bytes[digits + 1] == '<' || bytes.bytes[digits + 1] == 'z')
               ? FRAME_COUNTED
               : FRAME_LINE;
}

/* The line of a message goes out. False: there is no room for it. */
static bool give(struct bw_stream_framer *framer, struct bw_text message, struct output *output)
{
    const bool is_cut = message.size > BW_FRAME_BYTES_MAX;

    if (is_cut)
        message.size = BW_FRAME_BYTES_MAX;
    /* A compressed message needs room for what it may become. */
    const size_t needed = framer->open != NULL && message.size > 0 && message.bytes[0] == 'z'
                              ? BW_FRAME_BYTES_MAX
                              : message.size;
    if (output->capacity - output->size < needed + 1)
        return false;
    const size_t line = bw_message_line(message, framer->open, output->lines + output->size,
                                        output->capacity - output->size);
    output->size += line;
    framer->messages += line > 0 ? 1 : 0;
    framer->empty += line > 0 ? 0 : 1;
    framer->cut += is_cut ? 1 : 0;
    return true;
}

static size_t end_of_line(struct bw_text bytes)
{
    const size_t newline = bw_text_find(bytes, BW_TEXT("\n"));
    const char *nul = memchr(bytes.bytes, '\0', newline);

    return nul == NULL ? newline : (size_t)(nul - bytes.bytes);
}

/* Up to LF or NUL. */
static size_t take_line(struct bw_stream_framer *framer, struct bw_text bytes, bool is_end,
                        struct output *output)
{
    const size_t end = end_of_line(bytes);
    const bool is_whole = end < bytes.size;

    if (framer->is_skipping) {
        framer->is_skipping = !is_whole && !is_end;
        return is_whole ? end + 1 : bytes.size;
    }
    if (!is_whole && !is_end && bytes.size <= BW_FRAME_BYTES_MAX)
        return 0;
    if (!give(framer, bw_text_head(bytes, end), output))
        return 0;
    framer->is_skipping = !is_whole && !is_end;
    return is_whole ? end + 1 : bytes.size;
}

static size_t take_counted(struct bw_stream_framer *framer, struct bw_text body, uint64_t count,
                           bool is_end, struct output *output)
{
    const size_t there = count < body.size ? (size_t)count : body.size;

    if (there < count && there <= BW_FRAME_BYTES_MAX && !is_end)
        return 0;
    if (!give(framer, bw_text_head(body, there), output))
        return 0;
    if (there < count && is_end)
        framer->truncated++;
    else
        framer->skip_bytes = count - there;
    return there;
}

/* Bytes of the next frame; 0: it is not whole, or has no room. */
static size_t take_frame(struct bw_stream_framer *framer, struct bw_text bytes, bool is_end,
                         struct output *output)
{
    size_t prefix = 0;
    uint64_t count = 0;

    if (framer->skip_bytes > 0) {
        const size_t skipped =
            framer->skip_bytes < bytes.size ? (size_t)framer->skip_bytes : bytes.size;
        framer->skip_bytes -= skipped;
        return skipped;
    }
    const enum frame_kind kind = framer->is_skipping ? FRAME_LINE : kind_of(bytes, &prefix, &count);
    if (kind == FRAME_UNDECIDED && !is_end)
        return 0;
    if (kind == FRAME_COUNTED && (count == 0 || count > COUNT_MAX))
        framer->bad_counts++;
    else if (kind == FRAME_COUNTED) {
        const size_t taken =
            take_counted(framer, bw_text_after(bytes, prefix), count, is_end, output);
        return taken == 0 ? 0 : prefix + taken;
    }
    return take_line(framer, bytes, is_end, output);
}

size_t bw_stream_framer_feed(struct bw_stream_framer *framer, struct bw_text bytes, bool is_end,
                             char *lines, size_t capacity, size_t *size)
{
    struct output output = {lines, capacity, *size};
    size_t consumed = 0;

    while (consumed < bytes.size) {
        const size_t taken = take_frame(framer, bw_text_after(bytes, consumed), is_end, &output);
        if (taken == 0)
            break;
        consumed += taken;
    }
    *size = output.size;
    return consumed;
}
