/*
 * One reply text on its own -> verdict, for `classify` and `explain`.
 */
#ifndef BW_ENGINE_CLASSIFY_TEXT_H
#define BW_ENGINE_CLASSIFY_TEXT_H

#include "classify/extract.h"
#include "engine/worker.h"

struct bw_classified_text {
    struct bw_delivery
        delivery; /* text, reply and status are filled; views into `room` or `text` */
    struct bw_verdict verdict;
    struct bw_extract extract;
};

/* `provider`: name, or NULL. `room` holds at least text.size bytes and as long as the result. */
void bw_classify_text(struct bw_worker *worker, const struct bw_knowledge *knowledge,
                      struct bw_text text, const char *provider, char *room,
                      struct bw_classified_text *result);

#endif
