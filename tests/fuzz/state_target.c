/*
 * A state directory's bytes, by whoever wrote them: segments, batches, marks of files, and what the
 * sinks know.
 */
#include "base/byte_writer.h"
#include "emit/dispatcher.h"
#include "engine/batch.h"
#include "engine/state_reader.h"
#include "fuzz_target.h"
#include "keep/segment.h"
#include "read/tail_file.h"

static void read_segment(struct bw_text bytes)
{
    struct bw_segment_head head = {.segment = 1};
    struct bw_segment_walk walk;
    struct bw_journal_record record;
    uint64_t last = 0;

    (void)!bw_segment_head_take(bytes, 1, &head);
    bw_segment_walk_begin(&walk, bytes, &head, 1);
    while (bw_segment_walk_next(&walk, &record)) {
        BW_ASSERT(is_inside(record.payload, bytes) && record.number > last);
        last = record.number;
    }
    BW_ASSERT(walk.good_end <= bytes.size || walk.good_end == BW_SEGMENT_HEAD_BYTES);
}

static void read_batch(struct bw_text bytes)
{
    static struct bw_chunk chunk;
    struct bw_batch batch;

    if (chunk.bytes == NULL)
        chunk.bytes = malloc(BW_CHUNK_BYTES + BW_LINE_BYTES_MAX + BW_CHUNK_PADDING);
    BW_ASSERT(chunk.bytes != NULL);
    if (bw_batch_decode(bytes, &batch) == BW_OK)
        BW_ASSERT(is_inside(batch.path, bytes) && is_inside(batch.mark, bytes));
    if (bw_batch_fill(bytes, &chunk) == BW_OK) {
        BW_ASSERT(chunk.size == 0 || chunk.bytes[chunk.size - 1] == '\n');
        bw_batch_restore(bytes, &chunk);
    }
}

/* A mark that is good says the same when it is written again. */
static void read_mark(struct bw_text bytes)
{
    struct bw_tail_file file;
    struct bw_byte_writer writer = {0};

    if (bw_tail_file_from_mark(&file, bytes) != BW_OK)
        return;
    bw_tail_file_mark(&file, &writer);
    struct bw_tail_file again;
    BW_ASSERT(bw_tail_file_from_mark(&again, bw_byte_writer_text(&writer)) == BW_OK);
    BW_ASSERT(again.position == file.position && again.kind == file.kind);
    bw_tail_file_deinit(&file);
    bw_tail_file_deinit(&again);
    bw_byte_writer_deinit(&writer);
}

static void read_sinks(struct bw_text bytes)
{
    static struct bw_dispatcher *dispatcher;
    const struct bw_dispatcher_options options = {.version = "fuzz"};
    struct bw_problem problem;

    if (dispatcher == NULL)
        BW_ASSERT(bw_dispatcher_create(&dispatcher, &options, &problem) == BW_OK);
    (void)!bw_dispatcher_load(dispatcher, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bw_carry carry;

    if (size == 0)
        return 0;
    const struct bw_text bytes = {(const char *)data + 1, size - 1};
    switch (data[0] % 5) {
    case 0: read_segment(bytes); break;
    case 1: read_batch(bytes); break;
    case 2: read_mark(bytes); break;
    case 3: read_sinks(bytes); break;
    default: (void)!bw_carry_decode(bytes, &carry); break;
    }
    return 0;
}
