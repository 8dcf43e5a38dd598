/*
 * Bytes of a syslog connection -> one line for each message (RFC 6587).
 *
 * Framing is decided afresh at every frame, for senders mix them: a count (digits, one blank and
 * then '<' or 'z') or else up to the next LF or NUL (RFC 6587 3.4.1, 3.4.2). What is no whole frame
 * yet is left to the caller, who gives it again with more behind it.
 */
#ifndef BW_FRAME_STREAM_FRAMER_H
#define BW_FRAME_STREAM_FRAMER_H

#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

/* A message is cut behind so many bytes. */
#define BW_FRAME_BYTES_MAX ((size_t)64 * 1024)

/* The text of a message that is compressed, see inflate/message_inflater.h: 0 when it is not. */
typedef size_t bw_message_opener(struct bw_text message, char *text, size_t capacity);

/* Zeroed at the beginning of a connection. Plain data: it may be kept and put back. */
struct bw_stream_framer {
    bw_message_opener *open; /* NULL: no message is compressed */
    uint64_t skip_bytes;     /* of a counted frame that was cut: still to be passed over */
    bool is_skipping;        /* the rest of an LF frame that was cut */
    uint64_t messages, empty, cut, bad_counts, truncated; /* counters */
};

/*
 * Append the lines of all whole frames at the front of `bytes` to `lines` (room for `capacity`
 * bytes from *size on). Returns how many bytes of `bytes` these frames are: 0 when the first one
 * is not whole or its line does not fit. With `is_end` nothing follows: the rest is a last frame.
 */
size_t bw_stream_framer_feed(struct bw_stream_framer *framer, struct bw_text bytes, bool is_end,
                             char *lines, size_t capacity, size_t *size);

/*
 * One message as one line, opened first when it is compressed (`open` may be NULL): without LF, CR
 * and NUL at its end, a blank for each LF in it, a '\n' behind it. Returns its size; 0: the message
 * is empty, opened too large, or the line does not fit into `capacity`.
 */
size_t bw_message_line(struct bw_text message, bw_message_opener *open, char *line,
                       size_t capacity);

#endif
