#include "engine/worker.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/mask.h"
#include "frame/syslog_header.h"
#include "parse/known_programs.h"
#include "parse/postfix.h"

#include <stdlib.h>

/* No line that gives an observation is shorter: stamp, host, program, queue id, "removed". */
#define OBSERVATION_LINE_BYTES_MIN 32

#define STAMP_MEMO_BYTES 40

struct bw_worker {
    const struct bw_knowledge *knowledge;
    struct bw_matcher_scratch *matcher_scratch;
    struct bw_anchors_scratch *anchors_scratch;
    struct bw_stamp memo_stamp; /* of memo_text: neighbours often carry the same time */
    size_t memo_size;
    char memo_text[STAMP_MEMO_BYTES];
};

enum bw_status bw_chunk_init(struct bw_chunk *chunk)
{
    const size_t size = BW_CHUNK_BYTES + BW_LINE_BYTES_MAX + BW_CHUNK_PADDING;

    *chunk = (struct bw_chunk){.observation_capacity = size / OBSERVATION_LINE_BYTES_MIN};
    chunk->bytes = malloc(size);
    chunk->derived = malloc(size);
    chunk->observations = malloc(chunk->observation_capacity * sizeof(*chunk->observations));
    if (chunk->bytes != NULL && chunk->derived != NULL && chunk->observations != NULL)
        return BW_OK;
    bw_chunk_deinit(chunk);
    return BW_ERR_NO_MEMORY;
}

void bw_chunk_deinit(struct bw_chunk *chunk)
{
    free(chunk->bytes);
    free(chunk->derived);
    free(chunk->observations);
    *chunk = (struct bw_chunk){0};
}

enum bw_status bw_worker_create(struct bw_worker **created, const struct bw_knowledge *knowledge)
{
    enum bw_status status = BW_ERR_NO_MEMORY;
    struct bw_worker *worker = calloc(1, sizeof(*worker));

    if (worker == NULL)
        return BW_ERR_NO_MEMORY;
    worker->knowledge = knowledge;
    status = bw_matcher_scratch_create(&worker->matcher_scratch, knowledge->matcher);
    if (status == BW_OK)
        status = bw_anchors_scratch_create(&worker->anchors_scratch, knowledge->anchors);
    if (status != BW_OK) {
        bw_worker_destroy(&worker);
        return status;
    }
    *created = worker;
    return BW_OK;
}

void bw_worker_destroy(struct bw_worker **owned)
{
    struct bw_worker *worker = *owned;

    *owned = NULL;
    if (worker == NULL)
        return;
    bw_matcher_scratch_destroy(&worker->matcher_scratch);
    bw_anchors_scratch_destroy(&worker->anchors_scratch);
    free(worker);
}

static void read_stamp(struct bw_worker *worker, struct bw_text text, struct bw_stamp *stamp)
{
    if (text.size != worker->memo_size ||
        memcmp(text.bytes, worker->memo_text, worker->memo_size) != 0 || text.size == 0) {
        bw_stamp_parse(text, &worker->memo_stamp);
        worker->memo_size = text.size <= STAMP_MEMO_BYTES ? text.size : 0;
        if (worker->memo_size > 0)
            (void)memcpy(worker->memo_text, text.bytes, worker->memo_size);
    }
    *stamp = worker->memo_stamp;
}

void bw_worker_classify_as(struct bw_worker *worker, const struct bw_delivery *delivery,
                           uint16_t provider, struct bw_verdict *verdict)
{
    const struct bw_knowledge *knowledge = worker->knowledge;
    uint16_t rule_ids[BW_MATCHER_HITS_MAX];
    const struct bw_failure failure = {
        .text = delivery->text,
        .status = delivery->status,
        .reply = delivery->reply,
        .provider = provider,
        .outcome = delivery->outcome,
    };
    const size_t rule_count =
        bw_matcher_scan(knowledge->matcher, worker->matcher_scratch, failure.text, rule_ids);

    bw_classify(knowledge->classifier, &failure, rule_ids, rule_count, verdict);
}

void bw_worker_classify(struct bw_worker *worker, const struct bw_delivery *delivery,
                        struct bw_verdict *verdict)
{
    const uint16_t provider =
        bw_knowledge_provider(worker->knowledge, delivery->relay_host, delivery->named_host,
                              bw_domain_of(delivery->recipient));

    *verdict = (struct bw_verdict){.provider = provider};
    if (delivery->outcome == BW_OUTCOME_DEFERRED || delivery->outcome == BW_OUTCOME_BOUNCED ||
        delivery->outcome == BW_OUTCOME_EXPIRED)
        bw_worker_classify_as(worker, delivery, provider, verdict);
}

static void complete(struct bw_worker *worker, struct bw_text host,
                     struct bw_observation *observation)
{
    const struct bw_delivery *delivery = &observation->delivery;

    observation->queue_key =
        delivery->queue_id.size == 0 ? 0 : bw_hash_seeded(delivery->queue_id, bw_hash(host));
    observation->domain_hash = 0;
    observation->recipient_hash = 0;
    observation->shape_hash = 0;
    if (observation->kind == BW_OBSERVATION_REMOVED)
        return;

    const struct bw_text domain = bw_domain_of(
        observation->kind == BW_OBSERVATION_ENVELOPE ? delivery->sender : delivery->recipient);
    if (domain.size > 0)
        observation->domain_hash = bw_hash_nocase(domain);
    if (observation->kind == BW_OBSERVATION_ENVELOPE)
        return;
    observation->recipient_hash = bw_hash_nocase(delivery->recipient);
    bw_worker_classify(worker, delivery, &observation->verdict);
    if (observation->verdict.class_id != BW_CLASS_NONE)
        observation->shape_hash = bw_shape_hash(delivery->text);
}

/* What a line without a syslog header still is when it ends like an outcome. */
static bool looks_like_outcome(struct bw_text line)
{
    return bw_text_find(line, BW_TEXT(", status=")) < line.size &&
           bw_text_find(line, BW_TEXT("relay=")) < line.size;
}

static enum bw_parsed scan_line(struct bw_worker *worker, struct bw_chunk *chunk,
                                struct bw_text line, bool has_anchor)
{
    struct bw_syslog_parts parts;

    if (!bw_syslog_split(line, &parts))
        return has_anchor && looks_like_outcome(line) ? BW_PARSED_MALFORMED : BW_PARSED_UNKNOWN;
    if (!has_anchor && parts.program.size == 0)
        return bw_text_starts_with(parts.message, BW_TEXT("last message repeated"))
                   ? BW_PARSED_KNOWN
                   : BW_PARSED_UNKNOWN;

    BW_ASSERT(chunk->observation_count < chunk->observation_capacity);
    struct bw_observation *observation = &chunk->observations[chunk->observation_count];
    struct bw_text_room room = {chunk->derived, chunk->derived_used,
                                BW_CHUNK_BYTES + BW_LINE_BYTES_MAX};
    const enum bw_parsed parsed =
        bw_postfix_parse(parts.program, parts.message, has_anchor, worker->knowledge->internal,
                         &room, &observation->delivery);
    if (parsed == BW_PARSED_UNKNOWN)
        return bw_is_mail_program(parts.program) ? BW_PARSED_KNOWN : BW_PARSED_UNKNOWN;
    if (parsed < BW_PARSED_OUTCOME)
        return parsed;

    read_stamp(worker, parts.stamp, &observation->stamp);
    if (observation->stamp.kind == BW_STAMP_NONE)
        return parsed == BW_PARSED_OUTCOME ? BW_PARSED_MALFORMED : BW_PARSED_KNOWN;
    chunk->derived_used = room.used;
    observation->kind = parsed == BW_PARSED_OUTCOME    ? BW_OBSERVATION_OUTCOME
                        : parsed == BW_PARSED_ENVELOPE ? BW_OBSERVATION_ENVELOPE
                                                       : BW_OBSERVATION_REMOVED;
    observation->line = (uint32_t)chunk->lines.total;
    complete(worker, parts.host, observation);
    chunk->observation_count++;
    return parsed;
}

static void count_line(struct bw_chunk *chunk, enum bw_parsed parsed)
{
    struct bw_line_counts *lines = &chunk->lines;

    switch (parsed) {
    case BW_PARSED_OUTCOME: lines->outcome++; break;
    case BW_PARSED_UNKNOWN: lines->unknown++; break;
    case BW_PARSED_MALFORMED:
        if (lines->malformed < BW_ARRAY_COUNT(chunk->malformed_lines))
            chunk->malformed_lines[lines->malformed] = lines->total;
        lines->malformed++;
        break;
    case BW_PARSED_KNOWN:
    case BW_PARSED_ENVELOPE:
    case BW_PARSED_REMOVED: lines->known++; break;
    }
    lines->total++;
}

/* The line between `start` and its '\n', without CR, and without the NULs that copytruncate
 * leaves in front of the first line behind it. */
static struct bw_text clean_line(struct bw_text line, struct bw_line_counts *lines)
{
    if (line.size > BW_LINE_BYTES_MAX) {
        line.size = BW_LINE_BYTES_MAX;
        lines->cut++;
    }
    if (line.size > 0 && line.bytes[line.size - 1] == '\r')
        line.size--;
    while (line.size > 0 && line.bytes[0] == '\0')
        line = bw_text_after(line, 1);
    return line;
}

static bool stamp_of_line(struct bw_worker *worker, struct bw_text line, struct bw_stamp *stamp)
{
    struct bw_syslog_parts parts;
    struct bw_line_counts ignored = {0};

    if (!bw_syslog_split(clean_line(line, &ignored), &parts))
        return false;
    read_stamp(worker, parts.stamp, stamp);
    return stamp->kind != BW_STAMP_NONE;
}

/* The first and the last line with a time, for the span of the input. */
static void find_edge_stamps(struct bw_worker *worker, struct bw_chunk *chunk)
{
    const char *const end = chunk->bytes + chunk->size;

    for (const char *start = chunk->bytes; start < end;) {
        const char *newline = memchr(start, '\n', (size_t)(end - start));
        if (stamp_of_line(worker, (struct bw_text){start, (size_t)(newline - start)},
                          &chunk->first_stamp))
            break;
        start = newline + 1;
    }
    for (const char *newline = end; newline > chunk->bytes;) {
        newline--;
        const size_t before = (size_t)(newline - chunk->bytes);
        const char *previous = before == 0 ? NULL : memrchr(chunk->bytes, '\n', before);
        const char *start = previous == NULL ? chunk->bytes : previous + 1;
        if (stamp_of_line(worker, (struct bw_text){start, (size_t)(newline - start)},
                          &chunk->last_stamp))
            break;
        if (previous == NULL)
            break;
        newline = previous + 1;
    }
}

enum bw_status bw_worker_scan(struct bw_worker *worker, struct bw_chunk *chunk)
{
    const struct bw_anchor_hit *hits = NULL;
    size_t hit_count = 0;
    size_t hit = 0;

    chunk->derived_used = 0;
    chunk->observation_count = 0;
    chunk->lines = (struct bw_line_counts){0};
    chunk->first_stamp = (struct bw_stamp){0};
    chunk->last_stamp = (struct bw_stamp){0};
    const enum bw_status status =
        bw_anchors_scan(worker->knowledge->anchors, worker->anchors_scratch,
                        (struct bw_text){chunk->bytes, chunk->size}, &hits, &hit_count);
    if (status != BW_OK)
        return status;

    for (size_t start = 0; start < chunk->size;) {
        const char *newline = memchr(chunk->bytes + start, '\n', chunk->size - start);
        BW_ASSERT(newline != NULL);
        const size_t end = (size_t)(newline - chunk->bytes);
        const bool has_anchor = hit < hit_count && hits[hit].end <= end;

        while (hit < hit_count && hits[hit].end <= end)
            hit++;
        const struct bw_text line =
            clean_line((struct bw_text){chunk->bytes + start, end - start}, &chunk->lines);
        count_line(chunk, scan_line(worker, chunk, line, has_anchor));
        start = end + 1;
    }
    find_edge_stamps(worker, chunk);
    return BW_OK;
}
