#include "engine/worker.h"

#include "base/block.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/mask.h"
#include "frame/line_start.h"
#include "parse/known_programs.h"
#include "parse/postfix.h"

#include <stdlib.h>

/* No line that gives an observation is shorter: stamp, host, program, queue id, "removed". */
#define OBSERVATION_LINE_BYTES_MIN 32

#define STAMP_MEMO_BYTES 40
#define HOST_MEMO_BYTES  64
#define TAG_MEMO_BYTES   40
#define TAG_MEMO_SLOTS   32   /* a power of two */
#define PROVIDER_SLOTS   2048 /* a power of two */
#define VERDICT_SLOTS    4096 /* a power of two */

/* Names and whose they are: mail goes to few hosts and domains, and the map looks at every label.
 * Small, to stay in the nearest cache: a slot holds the hash but for its last sixteen bits, which
 * are the provider's (0: free). */
struct provider_memo {
    uint64_t slots[PROVIDER_SLOTS];
};

static inline uint64_t *provider_slot(struct provider_memo *memo, uint64_t hash)
{
    return &memo->slots[(hash >> 16U) % PROVIDER_SLOTS];
}

/* False: it is not remembered. */
static inline bool recall_provider(uint64_t slot, uint64_t hash, uint16_t *provider)
{
    *provider = (uint16_t)slot;
    return slot >> 16U == hash >> 16U && slot != 0;
}

/* A tag and whose it is: a log has few of them. */
struct tag_memo {
    size_t size; /* 0: free */
    enum bw_postfix_agent agent;
    char bytes[TAG_MEMO_BYTES];
};

/* What was said of a failure that was seen before: servers give the same reply all day long. */
struct verdict_memo {
    uint64_t hash; /* of the quiet text, the codes, provider and outcome; 0: free */
    uint32_t size; /* of the quiet text */
    struct bw_verdict verdict;
};

struct bw_worker {
    const struct bw_knowledge *knowledge;
    struct bw_matcher_scratch *matcher_scratch;
    struct bw_stamp memo_stamp; /* of memo_text: neighbours often carry the same time */
    size_t memo_size;
    char memo_text[STAMP_MEMO_BYTES];
    uint64_t memo_host_hash; /* of memo_host: most logs are one host's */
    size_t memo_host_size;
    char memo_host[HOST_MEMO_BYTES];
    struct bw_syslog_memo syslog_memo;
    struct tag_memo tags[TAG_MEMO_SLOTS];
    struct provider_memo relays, domains;
    struct verdict_memo verdicts[VERDICT_SLOTS];
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
    free(worker);
}

/* memcmp() for the few bytes of a tag or a stamp: two loads at each end, no call. */
static bool is_same(const char *left, const char *right, size_t size)
{
    uint64_t head[2];
    uint64_t tail[2];

    if (size < sizeof(uint64_t) || size > 2 * sizeof(uint64_t))
        return memcmp(left, right, size) == 0;
    (void)memcpy(&head[0], left, sizeof(uint64_t));
    (void)memcpy(&head[1], right, sizeof(uint64_t));
    (void)memcpy(&tail[0], left + size - sizeof(uint64_t), sizeof(uint64_t));
    (void)memcpy(&tail[1], right + size - sizeof(uint64_t), sizeof(uint64_t));
    return head[0] == head[1] && tail[0] == tail[1];
}

static void read_stamp(struct bw_worker *worker, struct bw_text text, struct bw_stamp *stamp)
{
    if (text.size != worker->memo_size || text.size == 0 ||
        !is_same(text.bytes, worker->memo_text, text.size)) {
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
    const struct bw_failure failure = {
        .text = bw_matcher_quiet(knowledge->matcher, worker->matcher_scratch, delivery->text),
        .status = delivery->status,
        .reply = delivery->reply,
        .provider = provider,
        .outcome = delivery->outcome,
    };
    const uint64_t codes =
        (uint64_t)failure.reply << 32U | (uint64_t)provider << 8U | failure.outcome;
    const uint64_t hash = bw_hash_seeded(failure.text, bw_hash_seeded(failure.status, codes));
    struct verdict_memo *memo = &worker->verdicts[hash % VERDICT_SLOTS];
    if (memo->hash != hash || memo->size != failure.text.size) {
        uint16_t rule_ids[BW_MATCHER_HITS_MAX];
        const size_t rule_count =
            bw_matcher_scan(knowledge->matcher, worker->matcher_scratch, failure.text, rule_ids);
        memo->hash = hash;
        memo->size = (uint32_t)failure.text.size;
        bw_classify(knowledge->classifier, &failure, rule_ids, rule_count, &memo->verdict);
    }
    *verdict = memo->verdict;
}

static uint64_t host_hash(struct bw_worker *worker, struct bw_text host)
{
    if (host.size == worker->memo_host_size &&
        memcmp(host.bytes, worker->memo_host, host.size) == 0 && worker->memo_host_hash != 0)
        return worker->memo_host_hash;
    const uint64_t hash = bw_hash(host);
    if (host.size > HOST_MEMO_BYTES)
        return hash;
    worker->memo_host_hash = hash;
    worker->memo_host_size = host.size;
    if (host.size > 0)
        (void)memcpy(worker->memo_host, host.bytes, host.size);
    return hash;
}

static uint16_t provider_of_relay(struct bw_worker *worker, struct bw_text host)
{
    if (host.size == 0)
        return BW_PROVIDER_OTHER;
    const uint64_t hash = bw_hash(host);
    uint64_t *slot = provider_slot(&worker->relays, hash);
    uint16_t provider;
    if (!recall_provider(*slot, hash, &provider)) {
        provider = bw_provider_map_find_relay(worker->knowledge->providers, host);
        *slot = hash >> 16U << 16U | provider;
    }
    return provider;
}

static uint16_t provider_of_domain(struct bw_worker *worker, uint64_t hash, struct bw_text domain)
{
    uint64_t *slot = provider_slot(&worker->domains, hash);
    uint16_t provider;

    if (!recall_provider(*slot, hash, &provider)) {
        provider = bw_provider_map_find_hashed_domain(worker->knowledge->providers, hash, domain);
        *slot = hash >> 16U << 16U | provider;
    }
    return provider;
}

/* By relay host, by the host that the text names, by recipient domain. */
static uint16_t provider_of(struct bw_worker *worker, const struct bw_delivery *delivery,
                            uint64_t domain_hash, struct bw_text domain)
{
    uint16_t provider = provider_of_relay(worker, delivery->relay_host);

    if (provider == BW_PROVIDER_OTHER)
        provider = provider_of_relay(worker, delivery->named_host);
    if (provider == BW_PROVIDER_OTHER && domain.size > 0)
        provider = provider_of_domain(worker, domain_hash, domain);
    return provider;
}

static void complete_outcome(struct bw_worker *worker, struct bw_observation *observation)
{
    const struct bw_delivery *delivery = &observation->delivery;
    const struct bw_text domain = bw_domain_of(delivery->recipient);

    observation->domain_hash = domain.size == 0 ? 0 : bw_hash_nocase(domain);
    observation->recipient_hash = bw_hash_nocase(delivery->recipient);
    observation->shape_hash = 0;
    observation->verdict = (struct bw_verdict){
        .provider = provider_of(worker, delivery, observation->domain_hash, domain)};
    if (delivery->outcome != BW_OUTCOME_DEFERRED && delivery->outcome != BW_OUTCOME_BOUNCED &&
        delivery->outcome != BW_OUTCOME_EXPIRED)
        return;
    bw_worker_classify_as(worker, delivery, observation->verdict.provider, &observation->verdict);
    observation->shape_hash = bw_shape_hash(delivery->text);
}

/* Short queue ids are hexadecimal and come again when their file's number does; long ones hold the
 * time (postconf(5) enable_long_queue_ids) and have other letters too. */
static bool is_unique_id(struct bw_text queue_id)
{
    for (size_t i = queue_id.size; i > 0; i--)
        if (queue_id.bytes[i - 1] > 'F')
            return true;
    return false;
}

static void complete(struct bw_worker *worker, struct bw_text host,
                     struct bw_observation *observation)
{
    const struct bw_delivery *delivery = &observation->delivery;

    observation->queue_key = delivery->queue_id.size == 0
                                 ? 0
                                 : bw_hash_seeded(delivery->queue_id, host_hash(worker, host));
    observation->has_unique_id = is_unique_id(delivery->queue_id);
    if (observation->kind == BW_OBSERVATION_OUTCOME) {
        complete_outcome(worker, observation);
    } else if (observation->kind == BW_OBSERVATION_ENVELOPE) {
        const struct bw_text domain = bw_domain_of(delivery->sender);
        observation->domain_hash = domain.size == 0 ? 0 : bw_hash_nocase(domain);
    }
}

static inline size_t tag_slot(struct bw_text program)
{
    return (program.size * 5 + (uint8_t)program.bytes[program.size - 1]) % TAG_MEMO_SLOTS;
}

static enum bw_postfix_agent agent_of(struct bw_worker *worker, struct bw_text program)
{
    struct tag_memo *memo = &worker->tags[tag_slot(program)];

    if (memo->size == program.size && memcmp(memo->bytes, program.bytes, program.size) == 0)
        return memo->agent;
    const enum bw_postfix_agent agent = bw_postfix_agent_of(program);
    if (program.size <= TAG_MEMO_BYTES) {
        memo->size = program.size;
        memo->agent = agent;
        (void)memcpy(memo->bytes, program.bytes, program.size);
    }
    return agent;
}

/* The same where the sixteen bytes from the program's first can be read: nearly always one load
 * tells that it is the program that was in this place before. */
static inline enum bw_postfix_agent quick_agent_of(struct bw_worker *worker, struct bw_text program)
{
    const struct tag_memo *memo = &worker->tags[tag_slot(program)];

    if (program.size > BW_BLOCK_BYTES || memo->size != program.size)
        return agent_of(worker, program);
    const unsigned other = ~bw_block_same(bw_block_load(program.bytes), bw_block_load(memo->bytes));
    return (other & ((1U << program.size) - 1)) == 0 ? memo->agent : agent_of(worker, program);
}

/* What a line without a syslog header still is when it ends like an outcome. */
static bool looks_like_outcome(struct bw_text line)
{
    return bw_text_find(line, BW_TEXT(", status=")) < line.size &&
           bw_text_find(line, BW_TEXT("relay=")) < line.size;
}

static enum bw_parsed scan_message(struct bw_worker *worker, struct bw_chunk *chunk,
                                   enum bw_postfix_agent agent, const struct bw_syslog_parts *parts)
{
    if (agent == BW_POSTFIX_AGENT_SILENT)
        return BW_PARSED_KNOWN;
    if (agent == BW_POSTFIX_AGENT_NO)
        return bw_is_mail_program(parts->program) ? BW_PARSED_KNOWN : BW_PARSED_UNKNOWN;

    BW_ASSERT(chunk->observation_count < chunk->observation_capacity);
    struct bw_observation *observation = &chunk->observations[chunk->observation_count];
    struct bw_text_room room = {chunk->derived, chunk->derived_used,
                                BW_CHUNK_BYTES + BW_LINE_BYTES_MAX};
    const enum bw_parsed parsed = bw_postfix_parse(
        agent, parts->message, worker->knowledge->internal, &room, &observation->delivery);
    if (parsed < BW_PARSED_OUTCOME)
        return parsed;

    read_stamp(worker, parts->stamp, &observation->stamp);
    if (observation->stamp.kind == BW_STAMP_NONE)
        return parsed == BW_PARSED_OUTCOME ? BW_PARSED_MALFORMED : BW_PARSED_KNOWN;
    chunk->derived_used = room.used;
    observation->kind = parsed == BW_PARSED_OUTCOME    ? BW_OBSERVATION_OUTCOME
                        : parsed == BW_PARSED_ENVELOPE ? BW_OBSERVATION_ENVELOPE
                                                       : BW_OBSERVATION_REMOVED;
    observation->line = (uint32_t)chunk->lines.total;
    complete(worker, parts->host, observation);
    chunk->observation_count++;
    return parsed;
}

static enum bw_parsed scan_line(struct bw_worker *worker, struct bw_chunk *chunk,
                                struct bw_text line)
{
    struct bw_syslog_parts parts;

    if (!bw_syslog_split(line, &worker->syslog_memo, &parts))
        return looks_like_outcome(line) ? BW_PARSED_MALFORMED : BW_PARSED_UNKNOWN;
    if (parts.program.size == 0)
        return bw_text_starts_with(parts.message, BW_TEXT("last message repeated"))
                   ? BW_PARSED_KNOWN
                   : BW_PARSED_UNKNOWN;
    return scan_message(worker, chunk, agent_of(worker, parts.program), &parts);
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

    if (!bw_syslog_split(clean_line(line, &ignored), &worker->syslog_memo, &parts))
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

/* The line whose header is in `parts`, from its message to its '\n'. */
static inline void scan_message_to(struct bw_worker *worker, struct bw_chunk *chunk,
                                   struct bw_syslog_parts *parts, const char *message,
                                   const char *newline)
{
    const enum bw_postfix_agent agent = quick_agent_of(worker, parts->program);

    if (agent == BW_POSTFIX_AGENT_SILENT) {
        chunk->lines.known++;
        chunk->lines.total++;
        return;
    }
    const bool has_cr = newline > message && newline[-1] == '\r';
    parts->message = (struct bw_text){message, (size_t)(newline - message) - has_cr};
    count_line(chunk, scan_message(worker, chunk, agent, parts));
}

void bw_worker_scan(struct bw_worker *worker, struct bw_chunk *chunk)
{
    chunk->derived_used = 0;
    chunk->observation_count = 0;
    chunk->lines = (struct bw_line_counts){0};
    chunk->first_stamp = (struct bw_stamp){0};
    chunk->last_stamp = (struct bw_stamp){0};
    const char *const end = chunk->bytes + chunk->size;
    for (const char *line = chunk->bytes; line < end;) {
        struct bw_syslog_parts parts;
        const char *message = bw_line_start(line, end, &parts);
        const char *from = message == NULL ? line : message;
        const char *newline = memchr(from, '\n', (size_t)(end - from));

        BW_ASSERT(newline != NULL);
        if (message == NULL || (size_t)(newline - line) > BW_LINE_BYTES_MAX) {
            const struct bw_text whole =
                clean_line((struct bw_text){line, (size_t)(newline - line)}, &chunk->lines);
            count_line(chunk, scan_line(worker, chunk, whole));
        } else {
            scan_message_to(worker, chunk, &parts, message, newline);
        }
        line = newline + 1;
    }
    find_edge_stamps(worker, chunk);
}
