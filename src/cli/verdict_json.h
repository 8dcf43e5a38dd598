/*
 * Verdict members as `records` and `classify` print them.
 */
#ifndef BW_CLI_VERDICT_JSON_H
#define BW_CLI_VERDICT_JSON_H

#include "base/json_writer.h"
#include "engine/knowledge.h"

/* "bounce", "class", "fault", "suppress". */
void bw_verdict_json(struct bw_json_writer *writer, const struct bw_verdict *verdict);

#endif
