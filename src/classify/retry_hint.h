/*
 * When a reply asks to come back: "try again in 5 minutes", "GL for 300 seconds", "in 00:04:59".
 */
#ifndef BW_CLASSIFY_RETRY_HINT_H
#define BW_CLASSIFY_RETRY_HINT_H

#include <bouncewatch/text.h>

#include <stdint.h>

/* Seconds, or -1 when the text names no time to wait. */
int64_t bw_retry_hint(struct bw_text text);

#endif
