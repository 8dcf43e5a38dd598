#include "base/byte_writer.h"

#include <stdlib.h>

#define FIRST_BYTES ((size_t)256)

void bw_byte_writer_deinit(struct bw_byte_writer *writer)
{
    free(writer->bytes);
    *writer = (struct bw_byte_writer){0};
}

void bw_byte_writer_clear(struct bw_byte_writer *writer)
{
    writer->size = 0;
    writer->is_broken = false;
}

static bool make_room(struct bw_byte_writer *writer, size_t size)
{
    size_t capacity = writer->capacity == 0 ? FIRST_BYTES : writer->capacity;

    if (writer->is_broken)
        return false;
    if (writer->capacity - writer->size >= size)
        return true;
    while (capacity - writer->size < size)
        capacity *= 2;
    char *bytes = realloc(writer->bytes, capacity);
    if (bytes == NULL) {
        writer->is_broken = true;
        return false;
    }
    writer->bytes = bytes;
    writer->capacity = capacity;
    return true;
}

static void put_number(struct bw_byte_writer *writer, uint64_t number, size_t size)
{
    if (!make_room(writer, size))
        return;
    for (size_t i = 0; i < size; i++)
        writer->bytes[writer->size++] = (char)(uint8_t)(number >> (8 * i));
}

void bw_put_u8(struct bw_byte_writer *writer, uint8_t number)
{
    put_number(writer, number, sizeof(number));
}

void bw_put_u16(struct bw_byte_writer *writer, uint16_t number)
{
    put_number(writer, number, sizeof(number));
}

void bw_put_u32(struct bw_byte_writer *writer, uint32_t number)
{
    put_number(writer, number, sizeof(number));
}

void bw_put_u64(struct bw_byte_writer *writer, uint64_t number)
{
    put_number(writer, number, sizeof(number));
}

void bw_put_i64(struct bw_byte_writer *writer, int64_t number)
{
    put_number(writer, (uint64_t)number, sizeof(number));
}

void bw_put_text(struct bw_byte_writer *writer, struct bw_text text)
{
    bw_put_u32(writer, (uint32_t)text.size);
    bw_put_bytes(writer, text.bytes, text.size);
}

void bw_put_bytes(struct bw_byte_writer *writer, const void *bytes, size_t size)
{
    if (size == 0 || !make_room(writer, size))
        return;
    (void)memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
}

struct bw_text bw_byte_writer_text(const struct bw_byte_writer *writer)
{
    return (struct bw_text){writer->bytes, writer->size};
}
