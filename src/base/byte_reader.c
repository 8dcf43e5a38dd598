#include "base/byte_reader.h"

struct bw_text bw_take_bytes(struct bw_byte_reader *reader, size_t size)
{
    if (reader->is_broken || reader->rest.size < size) {
        reader->is_broken = true;
        return BW_TEXT("");
    }
    const struct bw_text taken = bw_text_head(reader->rest, size);
    reader->rest = bw_text_after(reader->rest, size);
    return taken;
}

static uint64_t take_number(struct bw_byte_reader *reader, size_t size)
{
    const struct bw_text taken = bw_take_bytes(reader, size);
    uint64_t number = 0;

    for (size_t i = taken.size; i > 0; i--)
        number = number << 8U | (uint8_t)taken.bytes[i - 1];
    return number;
}

uint8_t bw_take_u8(struct bw_byte_reader *reader)
{
    return (uint8_t)take_number(reader, sizeof(uint8_t));
}

uint16_t bw_take_u16(struct bw_byte_reader *reader)
{
    return (uint16_t)take_number(reader, sizeof(uint16_t));
}

uint32_t bw_take_u32(struct bw_byte_reader *reader)
{
    return (uint32_t)take_number(reader, sizeof(uint32_t));
}

uint64_t bw_take_u64(struct bw_byte_reader *reader)
{
    return take_number(reader, sizeof(uint64_t));
}

int64_t bw_take_i64(struct bw_byte_reader *reader)
{
    return (int64_t)take_number(reader, sizeof(int64_t));
}

struct bw_text bw_take_text(struct bw_byte_reader *reader)
{
    return bw_take_bytes(reader, bw_take_u32(reader));
}
