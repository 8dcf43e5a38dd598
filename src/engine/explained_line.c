#include "engine/explained_line.h"

#include "base/check.h"

static enum bw_line_counter counter_of(const struct bw_line_counts *lines)
{
    if (lines->outcome > 0)
        return BW_LINE_OUTCOME;
    if (lines->known > 0)
        return BW_LINE_KNOWN;
    return lines->malformed > 0 ? BW_LINE_MALFORMED : BW_LINE_UNKNOWN;
}

static const struct bw_rule *rule_of(const struct bw_knowledge *knowledge, uint16_t rule)
{
    return rule == BW_RULE_NONE ? NULL : &knowledge->rules->rules[rule - 1];
}

void bw_explain_line(struct bw_worker *worker, const struct bw_knowledge *knowledge,
                     struct bw_text line, struct bw_log_clock *clock, struct bw_chunk *chunk,
                     struct bw_explained_line *explained)
{
    struct bw_syslog_memo memo = {0};

    if (line.size > BW_LINE_BYTES_MAX)
        line.size = BW_LINE_BYTES_MAX;
    if (line.size > 0)
        (void)memcpy(chunk->bytes, line.bytes, line.size);
    chunk->bytes[line.size] = '\n';
    chunk->size = line.size + 1;
    line.bytes = chunk->bytes;
    bw_worker_scan(worker, chunk);

    *explained = (struct bw_explained_line){
        .time_ms = BW_TIME_NONE,
        .counter = counter_of(&chunk->lines),
    };
    explained->has_header = bw_syslog_split(line, &memo, &explained->parts);
    if (explained->has_header) {
        bw_stamp_parse(explained->parts.stamp, &explained->stamp);
        explained->time_ms = bw_log_clock_ms(clock, &explained->stamp);
        explained->agent = bw_postfix_agent_of(explained->parts.program);
    }
    if (chunk->observation_count == 0)
        return;
    explained->observation = &chunk->observations[0];
    if (explained->observation->kind != BW_OBSERVATION_OUTCOME)
        return;
    const struct bw_verdict *verdict = &explained->observation->verdict;
    explained->rule = rule_of(knowledge, verdict->rule);
    explained->runner_up = rule_of(knowledge, verdict->runner_up);
    bw_extract(explained->observation->delivery.text, (enum bw_class)verdict->class_id,
               &explained->extract);
}

const char *bw_line_counter_name(enum bw_line_counter counter)
{
    static const char *const names[BW_LINE_COUNTER_COUNT] = {
        [BW_LINE_OUTCOME] = "outcome",
        [BW_LINE_KNOWN] = "known",
        [BW_LINE_MALFORMED] = "malformed",
        [BW_LINE_UNKNOWN] = "unknown",
    };

    BW_ASSERT(counter < BW_LINE_COUNTER_COUNT);
    return names[counter];
}
