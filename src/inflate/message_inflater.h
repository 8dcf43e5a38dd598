/*
 * One syslog message that its sender has compressed.
 *
 * rsyslog's ziplevel (compression.mode="single") sends 'z' and a zlib stream (RFC 1950) instead of
 * a message when that is shorter; plain messages come by the same way.
 */
#ifndef BW_INFLATE_MESSAGE_INFLATER_H
#define BW_INFLATE_MESSAGE_INFLATER_H

#include <bouncewatch/text.h>

#include <stdbool.h>

/*
 * The text of a GELF message that begins like gzip (RFC 1952) or zlib: its size; 0: it is damaged,
 * or longer than `capacity`.
 */
bool bw_gelf_is_compressed(struct bw_text message);
size_t bw_gelf_inflate(struct bw_text message, char *text, size_t capacity);

/* What does not fit into the room. */
#define BW_MESSAGE_TOO_LARGE ((size_t)-1)

/*
 * The text of a message into `text`; its size. 0: it is no compressed message (no 'z', no whole
 * stream, something behind it) and means what it says. BW_MESSAGE_TOO_LARGE: more than `capacity`.
 */
size_t bw_message_inflate(struct bw_text message, char *text, size_t capacity);

#endif
