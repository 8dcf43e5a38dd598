/*
 * Room in which a parser puts a text together that does not stand in the line as it is.
 */
#ifndef BW_BASE_TEXT_ROOM_H
#define BW_BASE_TEXT_ROOM_H

#include <stddef.h>

struct bw_text_room {
    char *bytes; /* borrowed */
    size_t used, capacity;
};

#endif
