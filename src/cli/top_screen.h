/*
 * What `top` shows: one frame of text, made of the daemon's /api/v1/zones.
 */
#ifndef BW_CLI_TOP_SCREEN_H
#define BW_CLI_TOP_SCREEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct bw_top_view {
    int columns, rows;  /* of the terminal; rows 0: all there is, for a pipe */
    const char *window; /* "1h"; NULL: the first there is */
    const char *fault;  /* why there is no news; NULL: there is */
    bool has_color;
    bool has_utf8; /* else only ASCII is written */
    bool is_paused;
};

/* `zones` NULL: nothing is known yet. Lines end in '\n', none is longer than the terminal. */
void bw_top_screen(const json_t *zones, const struct bw_top_view *view, FILE *out);

/* The window behind `window` in the daemon's list, or the first; a text of `zones`; NULL: none. */
const char *bw_top_next_window(const json_t *zones, const char *window);

#endif
