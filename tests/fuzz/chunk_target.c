/*
 * A log in pieces must give what the same log gives whole: same observations, same counters.
 *
 * The input's first byte is the number of piece sizes (modulo 8) that follow; they are used in
 * turn. In the text behind them 0x01 and a byte N stand for the byte before, N * 300 times, so that
 * a short input reaches the limit of a line.
 */
#include "engine/worker.h"
#include "frame/line_cutter.h"
#include "fuzz_target.h"

#define REPEAT_UNIT   300
#define PIECES_MAX    200 /* a piece is at least this part of the text */
#define SIZES_MAX     8
#define TEXT_MAX      (BW_CHUNK_BYTES - 1)
#define MALFORMED_MAX 5

struct scanner {
    struct bw_worker *worker;
    struct bw_line_cutter *cutter;
    struct bw_chunk whole, piece;
};

/* Made once: compiling the rules takes a second. */
static struct scanner *scanner(void)
{
    static struct scanner made;
    static struct bw_config config;
    static struct bw_knowledge *knowledge;

    if (made.worker != NULL)
        return &made;
    BW_ASSERT(bw_config_init(&config) == BW_OK);
    BW_ASSERT(bw_knowledge_create(&knowledge, &config, NULL, NULL) == BW_OK);
    BW_ASSERT(bw_worker_create(&made.worker, knowledge) == BW_OK);
    BW_ASSERT(bw_line_cutter_create(&made.cutter) == BW_OK);
    BW_ASSERT(bw_chunk_init(&made.whole) == BW_OK && bw_chunk_init(&made.piece) == BW_OK);
    return &made;
}

static size_t expand(struct bw_text packed, char *text)
{
    size_t size = 0;

    for (size_t i = 0; i < packed.size && size < TEXT_MAX; i++) {
        if (packed.bytes[i] != '\x01' || size == 0 || i + 1 == packed.size) {
            text[size++] = packed.bytes[i];
            continue;
        }
        size_t count = (size_t)(uint8_t)packed.bytes[++i] * REPEAT_UNIT;
        if (count > TEXT_MAX - size)
            count = TEXT_MAX - size;
        memset(text + size, text[size - 1], count);
        size += count;
    }
    return size;
}

/* Put `size` bytes into the chunk, in two goes. */
static void feed(struct bw_line_cutter *cutter, struct bw_chunk *chunk, const char *bytes,
                 size_t size)
{
    const size_t sizes[2] = {size / 3, size - size / 3};

    bw_line_cutter_begin(cutter, chunk);
    for (size_t i = 0; i < 2; i++) {
        size_t capacity = 0;
        char *room = bw_line_cutter_room(cutter, chunk, &capacity);

        BW_ASSERT(capacity >= sizes[i]);
        memcpy(room, bytes, sizes[i]);
        bw_line_cutter_added(cutter, chunk, sizes[i]);
        bytes += sizes[i];
    }
}

static bool same_stamp(const struct bw_stamp *left, const struct bw_stamp *right)
{
    return left->kind == right->kind && left->utc_ms == right->utc_ms &&
           left->day_ms == right->day_ms && left->year == right->year &&
           left->month == right->month && left->day == right->day;
}

static void check_view(struct bw_text view, const struct bw_chunk *chunk)
{
    BW_ASSERT(is_inside(view, (struct bw_text){chunk->bytes, chunk->size}) ||
              is_inside(view, (struct bw_text){chunk->derived, chunk->derived_used}));
}

static void check_same_text(struct bw_text left, struct bw_text right, const struct bw_chunk *piece)
{
    BW_ASSERT(bw_text_equal(left, right));
    check_view(right, piece);
}

static void check_same_outcome(const struct bw_observation *left,
                               const struct bw_observation *right, const struct bw_chunk *piece)
{
    const struct bw_delivery *a = &left->delivery;
    const struct bw_delivery *b = &right->delivery;

    BW_ASSERT(left->recipient_hash == right->recipient_hash);
    BW_ASSERT(left->shape_hash == right->shape_hash);
    check_same_text(a->recipient, b->recipient, piece);
    check_same_text(a->relay, b->relay, piece);
    check_same_text(a->relay_host, b->relay_host, piece);
    check_same_text(a->relay_ip, b->relay_ip, piece);
    check_same_text(a->named_host, b->named_host, piece);
    check_same_text(a->status, b->status, piece);
    check_same_text(a->text, b->text, piece);
    BW_ASSERT(a->delay_ms == b->delay_ms && a->reply == b->reply);
    BW_ASSERT(a->outcome == b->outcome && a->hop == b->hop);
    BW_ASSERT(left->verdict.rule == right->verdict.rule);
    BW_ASSERT(left->verdict.provider == right->verdict.provider);
    BW_ASSERT(left->verdict.class_id == right->verdict.class_id);
    BW_ASSERT(left->verdict.bounce == right->verdict.bounce);
    BW_ASSERT(left->verdict.fault == right->verdict.fault);
    BW_ASSERT(left->verdict.variant == right->verdict.variant);
    BW_ASSERT(left->verdict.class_id < BW_CLASS_COUNT && left->verdict.fault < BW_FAULT_COUNT);
}

static void check_same_observation(const struct bw_observation *left,
                                   const struct bw_observation *right, uint64_t line_base,
                                   const struct bw_chunk *piece)
{
    BW_ASSERT(left->kind == right->kind && left->line == line_base + right->line);
    BW_ASSERT(left->queue_key == right->queue_key && left->queue_key != 0);
    BW_ASSERT(same_stamp(&left->stamp, &right->stamp) && left->stamp.kind != BW_STAMP_NONE);
    check_same_text(left->delivery.queue_id, right->delivery.queue_id, piece);
    if (left->kind == BW_OBSERVATION_REMOVED)
        return;
    BW_ASSERT(left->domain_hash == right->domain_hash);
    check_same_text(left->delivery.sender, right->delivery.sender, piece);
    BW_ASSERT(left->delivery.null_sender == right->delivery.null_sender);
    BW_ASSERT(left->delivery.has_sender == right->delivery.has_sender);
    if (left->kind == BW_OBSERVATION_OUTCOME)
        check_same_outcome(left, right, piece);
}

static void check_counters(const struct bw_chunk *chunk)
{
    const struct bw_line_counts *lines = &chunk->lines;
    uint64_t outcomes = 0;

    BW_ASSERT(lines->outcome + lines->known + lines->malformed + lines->unknown == lines->total);
    BW_ASSERT(lines->cut <= lines->total);
    for (size_t i = 0; i < chunk->observation_count; i++) {
        outcomes += chunk->observations[i].kind == BW_OBSERVATION_OUTCOME ? 1 : 0;
        BW_ASSERT(chunk->observations[i].line < lines->total);
        BW_ASSERT(i == 0 || chunk->observations[i - 1].line < chunk->observations[i].line);
    }
    BW_ASSERT(outcomes == lines->outcome);
}

/* What the pieces gave so far. */
struct sum {
    struct bw_line_counts lines;
    struct bw_stamp first, last;
    size_t observations;
};

static void add_piece(struct sum *sum, const struct bw_chunk *whole, const struct bw_chunk *piece)
{
    struct bw_line_counts *lines = &sum->lines;

    check_counters(piece);
    BW_ASSERT(sum->observations + piece->observation_count <= whole->observation_count);
    for (size_t i = 0; i < piece->observation_count; i++)
        check_same_observation(&whole->observations[sum->observations++], &piece->observations[i],
                               lines->total, piece);
    for (uint64_t i = 0; i < piece->lines.malformed && i < MALFORMED_MAX; i++)
        if (lines->malformed + i < MALFORMED_MAX)
            BW_ASSERT(whole->malformed_lines[lines->malformed + i] ==
                      lines->total + piece->malformed_lines[i]);
    if (sum->first.kind == BW_STAMP_NONE)
        sum->first = piece->first_stamp;
    if (piece->last_stamp.kind != BW_STAMP_NONE)
        sum->last = piece->last_stamp;
    lines->outcome += piece->lines.outcome;
    lines->known += piece->lines.known;
    lines->malformed += piece->lines.malformed;
    lines->unknown += piece->lines.unknown;
    lines->cut += piece->lines.cut;
    lines->total += piece->lines.total;
}

static void check_sum(const struct sum *sum, const struct bw_chunk *whole)
{
    BW_ASSERT(sum->observations == whole->observation_count);
    BW_ASSERT(sum->lines.total == whole->lines.total && sum->lines.cut == whole->lines.cut);
    BW_ASSERT(sum->lines.outcome == whole->lines.outcome);
    BW_ASSERT(sum->lines.known == whole->lines.known);
    BW_ASSERT(sum->lines.malformed == whole->lines.malformed);
    BW_ASSERT(sum->lines.unknown == whole->lines.unknown);
    BW_ASSERT(sum->first.kind == whole->first_stamp.kind);
    BW_ASSERT(sum->first.kind == BW_STAMP_NONE || same_stamp(&sum->first, &whole->first_stamp));
    BW_ASSERT(sum->last.kind == BW_STAMP_NONE || same_stamp(&sum->last, &whole->last_stamp));
}

static uint64_t lines_of(struct bw_text text)
{
    uint64_t count = text.size > 0 && text.bytes[text.size - 1] != '\n' ? 1 : 0;

    for (size_t i = 0; i < text.size; i++)
        count += text.bytes[i] == '\n' ? 1 : 0;
    return count;
}

static void check_pieces(struct scanner *scanner, struct bw_text text, const uint8_t *sizes,
                         size_t size_count)
{
    const size_t unit = text.size / PIECES_MAX + 1;
    struct sum sum = {0};
    size_t at = 0;

    bw_line_cutter_reset(scanner->cutter);
    for (size_t i = 0; at < text.size; i++) {
        const size_t wanted = ((size_t)sizes[i % size_count] + 1) * unit;
        const size_t size = wanted < text.size - at ? wanted : text.size - at;

        feed(scanner->cutter, &scanner->piece, text.bytes + at, size);
        at += size;
        bw_line_cutter_finish(scanner->cutter, &scanner->piece, at == text.size);
        bw_worker_scan(scanner->worker, &scanner->piece);
        add_piece(&sum, &scanner->whole, &scanner->piece);
    }
    check_sum(&sum, &scanner->whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t one = 0;
    struct scanner *made = scanner();
    const size_t size_count = size == 0 ? 0 : data[0] % SIZES_MAX;

    if (size < 1 + size_count)
        return 0;
    static char bytes[TEXT_MAX];
    const struct bw_text packed = {(const char *)data + 1 + size_count, size - 1 - size_count};
    const struct bw_text text = {bytes, expand(packed, bytes)};

    bw_line_cutter_reset(made->cutter);
    feed(made->cutter, &made->whole, text.bytes, text.size);
    bw_line_cutter_finish(made->cutter, &made->whole, true);
    bw_worker_scan(made->worker, &made->whole);
    check_counters(&made->whole);
    BW_ASSERT(made->whole.lines.total == lines_of(text));
    check_pieces(made, text, size_count == 0 ? &one : data + 1, size_count == 0 ? 1 : size_count);
    return 0;
}
