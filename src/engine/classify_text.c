#include "engine/classify_text.h"

#include "parse/postfix_text.h"

void bw_classify_text(struct bw_worker *worker, const struct bw_knowledge *knowledge,
                      struct bw_text text, const char *provider, char *room,
                      struct bw_classified_text *result)
{
    struct bw_text_room derived = {room, 0, text.size};

    *result = (struct bw_classified_text){.delivery = {.delay_ms = -1}};
    bw_postfix_text_parse(text, &derived, &result->delivery);
    /* A relay host of the wanted provider is not at hand, so the name itself is given. */
    bw_worker_classify_as(
        worker, &result->delivery,
        provider == NULL ? BW_PROVIDER_OTHER
                         : bw_provider_map_find_name(knowledge->providers, bw_text_of(provider)),
        &result->verdict);
    bw_extract(result->delivery.text, (enum bw_class)result->verdict.class_id, &result->extract);
}
