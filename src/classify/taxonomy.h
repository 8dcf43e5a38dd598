/*
 * What only classify/ needs to know of the classes, besides the public names.
 */
#ifndef BW_CLASSIFY_TAXONOMY_H
#define BW_CLASSIFY_TAXONOMY_H

#include <bouncewatch/verdict.h>

/* Hard or soft by the class itself; BW_BOUNCE_NONE: the outcome decides. */
enum bw_bounce bw_class_nature(enum bw_class class_id);

#endif
