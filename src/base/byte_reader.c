#include "base/byte_reader.h"

static uint64_t read_number(struct bw_byte_reader *reader, size_t size)
{
    uint64_t value = 0;

    if (reader->is_broken || reader->rest.size < size) {
        reader->is_broken = true;
        return 0;
    }
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)(uint8_t)reader->rest.bytes[i] << (8 * i);
    reader->rest = bw_text_after(reader->rest, size);
    return value;
}

uint8_t bw_byte_read_u8(struct bw_byte_reader *reader)
{
    return (uint8_t)read_number(reader, 1);
}

uint16_t bw_byte_read_u16(struct bw_byte_reader *reader)
{
    return (uint16_t)read_number(reader, 2);
}

uint32_t bw_byte_read_u32(struct bw_byte_reader *reader)
{
    return (uint32_t)read_number(reader, 4);
}

uint64_t bw_byte_read_u64(struct bw_byte_reader *reader)
{
    return read_number(reader, 8);
}

int64_t bw_byte_read_i64(struct bw_byte_reader *reader)
{
    return (int64_t)read_number(reader, 8);
}

uint64_t bw_byte_read_varint(struct bw_byte_reader *reader)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint64_t byte = read_number(reader, 1);
        /* The tenth byte has one bit left. */
        if (shift == 63 && byte > 1)
            break;
        value |= (byte & 0x7F) << shift;
        if (byte < 0x80)
            return reader->is_broken ? 0 : value;
    }
    reader->is_broken = true;
    return 0;
}

uint64_t bw_byte_read_count(struct bw_byte_reader *reader, size_t size)
{
    const uint64_t count = bw_byte_read_varint(reader);

    if (size > 0 && count > reader->rest.size / size) {
        reader->is_broken = true;
        return 0;
    }
    return count;
}

struct bw_text bw_byte_read_text(struct bw_byte_reader *reader)
{
    const size_t size = (size_t)bw_byte_read_count(reader, 1);
    const struct bw_text text = bw_text_head(reader->rest, size);

    reader->rest = bw_text_after(reader->rest, size);
    return text;
}
