#include "engine/intake.h"

#include "base/check.h"
#include "base/hash.h"
#include "engine/worker.h"

#include <stdlib.h>

#define FIRST_SLOTS 64U

/* A source and its input in the ledger. */
struct source {
    uint64_t hash; /* of the path; 0: free */
    uint64_t line, text_bytes;
    uint32_t input;
};

struct bw_intake {
    struct bw_ledger *ledger;
    struct bw_worker *worker;
    struct bw_chunk chunk;
    struct bw_byte_writer record;
    struct source *sources; /* open addressing, a power of two */
    uint32_t source_count, slot_count;
};

enum bw_status bw_intake_create(struct bw_intake **created, const struct bw_knowledge *knowledge,
                                struct bw_ledger *ledger)
{
    struct bw_intake *intake = calloc(1, sizeof(*intake));
    enum bw_status status = BW_ERR_NO_MEMORY;

    if (intake == NULL)
        return status;
    intake->ledger = ledger;
    intake->slot_count = FIRST_SLOTS;
    intake->sources = calloc(FIRST_SLOTS, sizeof(*intake->sources));
    if (intake->sources != NULL)
        status = bw_chunk_init(&intake->chunk);
    if (status == BW_OK)
        status = bw_worker_create(&intake->worker, knowledge);
    if (status != BW_OK) {
        bw_intake_destroy(&intake);
        return status;
    }
    *created = intake;
    return BW_OK;
}

void bw_intake_destroy(struct bw_intake **owned)
{
    struct bw_intake *intake = *owned;

    *owned = NULL;
    if (intake == NULL)
        return;
    bw_worker_destroy(&intake->worker);
    bw_chunk_deinit(&intake->chunk);
    bw_byte_writer_deinit(&intake->record);
    free(intake->sources);
    free(intake);
}

struct bw_chunk *bw_intake_chunk(struct bw_intake *intake)
{
    return &intake->chunk;
}

static struct source *slot_of(const struct bw_intake *intake, uint64_t hash)
{
    uint32_t slot = (uint32_t)hash & (intake->slot_count - 1);

    while (intake->sources[slot].hash != 0 && intake->sources[slot].hash != hash)
        slot = (slot + 1) & (intake->slot_count - 1);
    return &intake->sources[slot];
}

static bool grow(struct bw_intake *intake)
{
    struct source *old = intake->sources;
    const uint32_t old_count = intake->slot_count;
    struct source *sources = calloc((size_t)old_count * 2, sizeof(*sources));

    if (sources == NULL)
        return false;
    intake->sources = sources;
    intake->slot_count = old_count * 2;
    for (uint32_t i = 0; i < old_count; i++)
        if (old[i].hash != 0)
            *slot_of(intake, old[i].hash) = old[i];
    free(old);
    return true;
}

/* The source of this path, made an input of the ledger when it is new. NULL: memory is out. */
static struct source *source_of(struct bw_intake *intake, const struct bw_batch *batch)
{
    const uint64_t hash = bw_hash(batch->path);
    struct source *source = slot_of(intake, hash);

    if (source->hash != 0)
        return source;
    if (intake->source_count * 2 >= intake->slot_count && !grow(intake))
        return NULL;
    char *path = strndup(batch->path.bytes, batch->path.size);
    uint32_t input = 0;
    const enum bw_status status =
        path == NULL ? BW_ERR_NO_MEMORY
                     : bw_ledger_start_input(intake->ledger, path, batch->modified_s, &input);
    free(path);
    if (status != BW_OK)
        return NULL;
    source = slot_of(intake, hash);
    *source = (struct source){.hash = hash, .input = input};
    intake->source_count++;
    return source;
}

struct bw_text bw_intake_record(struct bw_intake *intake, struct bw_batch *batch)
{
    BW_ASSERT(intake->chunk.size == 0 || intake->chunk.bytes[intake->chunk.size - 1] == '\n');
    bw_worker_scan(intake->worker, &intake->chunk);
    batch->text_bytes = intake->chunk.size;
    bw_byte_writer_clear(&intake->record);
    bw_batch_encode(batch, &intake->chunk, &intake->record);
    return intake->record.is_broken ? BW_TEXT("") : bw_byte_writer_text(&intake->record);
}

enum bw_status bw_intake_count(struct bw_intake *intake, const struct bw_batch *batch)
{
    struct source *source = source_of(intake, batch);

    if (source == NULL)
        return BW_ERR_NO_MEMORY;
    bw_ledger_choose_input(intake->ledger, source->input);
    bw_ledger_place_input(intake->ledger, batch->line);
    bw_ledger_take(intake->ledger, &intake->chunk);
    source->line = batch->line + intake->chunk.lines.total;
    source->text_bytes = batch->text_offset + batch->text_bytes;
    return bw_ledger_is_broken(intake->ledger) ? BW_ERR_NO_MEMORY : BW_OK;
}

enum bw_status bw_intake_replay(struct bw_intake *intake, struct bw_text record)
{
    struct bw_batch batch;

    if (bw_batch_decode(record, &batch) != BW_OK || bw_batch_fill(record, &intake->chunk) != BW_OK)
        return BW_ERR_FORMAT;
    bw_worker_scan(intake->worker, &intake->chunk);
    bw_batch_restore(record, &intake->chunk);
    return bw_intake_count(intake, &batch);
}

bool bw_intake_place(const struct bw_intake *intake, struct bw_text path, uint64_t *line,
                     uint64_t *text_bytes)
{
    const struct source *source = slot_of(intake, bw_hash(path));

    if (source->hash == 0)
        return false;
    *line = source->line;
    *text_bytes = source->text_bytes;
    return true;
}

void bw_intake_end(struct bw_intake *intake)
{
    for (uint32_t i = 0; i < intake->slot_count; i++) {
        const struct source *source = &intake->sources[i];
        if (source->hash == 0)
            continue;
        bw_ledger_choose_input(intake->ledger, source->input);
        bw_ledger_end_input(intake->ledger, "none", source->text_bytes, source->text_bytes, NULL);
    }
}
