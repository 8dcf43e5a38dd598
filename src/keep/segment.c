#include "keep/segment.h"

#include "base/byte_reader.h"
#include "base/hash.h"

#define RECORD_MAGIC UINT32_C(0x52577742) /* "BwWR" */
#define VERSION      1U
#define CHECK_OFFSET 32U /* of the checksum in the head of a record */

static const char segment_magic[8] = {'b', 'w', 'j', 'o', 'u', 'r', 'n', 'l'};

static void put(char *bytes, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(uint8_t)(number >> (8 * i));
}

void bw_segment_head_put(const struct bw_segment_head *head, char bytes[BW_SEGMENT_HEAD_BYTES])
{
    (void)memcpy(bytes, segment_magic, sizeof(segment_magic));
    put(bytes + 8, VERSION, 4);
    put(bytes + 12, head->segment, 4);
    put(bytes + 16, head->first_record, 8);
    put(bytes + 24, head->salt, 8);
    put(bytes + 32, bw_hash((struct bw_text){bytes, 32}), 8);
}

enum bw_status bw_segment_head_take(struct bw_text bytes, uint32_t segment,
                                    struct bw_segment_head *head)
{
    struct bw_byte_reader reader = {.rest = bytes};

    if (bytes.size < BW_SEGMENT_HEAD_BYTES ||
        !bw_text_equal(bw_take_bytes(&reader, 8),
                       (struct bw_text){segment_magic, sizeof(segment_magic)}) ||
        bw_take_u32(&reader) != VERSION || bw_take_u32(&reader) != segment)
        return BW_ERR_FORMAT;
    const uint64_t first_record = bw_take_u64(&reader);
    const uint64_t salt = bw_take_u64(&reader);
    if (bw_take_u64(&reader) != bw_hash(bw_text_head(bytes, 32)) || reader.is_broken)
        return BW_ERR_FORMAT;
    *head = (struct bw_segment_head){first_record, salt, segment};
    return BW_OK;
}

static uint64_t checksum(const struct bw_segment_head *segment, const char *head,
                         struct bw_text payload)
{
    return bw_hash_seeded(payload,
                          bw_hash_seeded((struct bw_text){head, CHECK_OFFSET}, segment->salt));
}

/* magic 4, size 4, number 8, segment 4, type 1, nothing 11, checksum 8. */
void bw_record_head(const struct bw_segment_head *segment, uint8_t type, uint64_t number,
                    struct bw_text payload, char head[BW_RECORD_HEAD_BYTES])
{
    put(head, RECORD_MAGIC, 4);
    put(head + 4, payload.size, 4);
    put(head + 8, number, 8);
    put(head + 16, segment->segment, 4);
    put(head + 20, type, 1);
    put(head + 21, 0, 8);
    put(head + 29, 0, 3);
    put(head + CHECK_OFFSET, checksum(segment, head, payload), 8);
}

void bw_segment_walk_begin(struct bw_segment_walk *walk, struct bw_text bytes,
                           const struct bw_segment_head *head, uint64_t least_number)
{
    *walk = (struct bw_segment_walk){
        .bytes = bytes,
        .at = BW_SEGMENT_HEAD_BYTES,
        .good_end = BW_SEGMENT_HEAD_BYTES,
        .head = *head,
        .least_number = least_number,
    };
}

/* True when a whole record with the right checksum begins at `at`. */
static bool is_record(const struct bw_segment_walk *walk, size_t at,
                      struct bw_journal_record *record)
{
    const struct bw_text rest = bw_text_after(walk->bytes, at);
    struct bw_byte_reader reader = {.rest = rest};

    if (rest.size < BW_RECORD_HEAD_BYTES || bw_take_u32(&reader) != RECORD_MAGIC)
        return false;
    const size_t size = bw_take_u32(&reader);
    record->number = bw_take_u64(&reader);
    record->segment = bw_take_u32(&reader);
    record->type = bw_take_u8(&reader);
    (void)bw_take_bytes(&reader, 11);
    const uint64_t check = bw_take_u64(&reader);
    if (size > rest.size - BW_RECORD_HEAD_BYTES || record->segment != walk->head.segment ||
        record->number < walk->least_number)
        return false;
    record->payload = bw_text_head(bw_text_after(rest, BW_RECORD_HEAD_BYTES), size);
    return checksum(&walk->head, rest.bytes, record->payload) == check;
}

/* Where the next magic is; the end when there is none. */
static size_t next_magic(const struct bw_segment_walk *walk, size_t from)
{
    char magic[4];

    put(magic, RECORD_MAGIC, sizeof(magic));
    return from +
           bw_text_find(bw_text_after(walk->bytes, from), (struct bw_text){magic, sizeof(magic)});
}

bool bw_segment_walk_next(struct bw_segment_walk *walk, struct bw_journal_record *record)
{
    size_t at = walk->at;

    while (at < walk->bytes.size && !is_record(walk, at, record))
        at = next_magic(walk, at + 1 > walk->bytes.size ? walk->bytes.size : at + 1);
    if (at >= walk->bytes.size)
        return false;
    if (at > walk->at) {
        if (walk->first_skipped == 0)
            walk->first_skipped = walk->at;
        walk->skipped_bytes += at - walk->at;
    }
    walk->at = at + BW_RECORD_HEAD_BYTES + record->payload.size;
    walk->good_end = walk->at;
    walk->least_number = record->number + 1;
    return true;
}
