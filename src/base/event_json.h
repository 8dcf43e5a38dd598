/*
 * An event as one JSON object: the form of the event stream and of the report's `events`.
 */
#ifndef BW_BASE_EVENT_JSON_H
#define BW_BASE_EVENT_JSON_H

#include "base/json_writer.h"

#include <bouncewatch/event.h>

/* Write the object (no newline). Members as in the contract's section "Events". */
void bw_event_json(struct bw_json_writer *writer, const struct bw_event *event);

#endif
