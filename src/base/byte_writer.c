#include "base/byte_writer.h"

#include <stdlib.h>

#define FIRST_CAPACITY ((size_t)256)

void bw_byte_writer_deinit(struct bw_byte_writer *writer)
{
    free(writer->bytes);
    *writer = (struct bw_byte_writer){0};
}

void bw_byte_writer_reset(struct bw_byte_writer *writer)
{
    writer->size = 0;
    writer->is_broken = false;
}

static char *take_room(struct bw_byte_writer *writer, size_t size)
{
    if (writer->capacity - writer->size < size) {
        size_t capacity = writer->capacity == 0 ? FIRST_CAPACITY : writer->capacity;
        while (capacity - writer->size < size)
            capacity *= 2;
        char *bytes = realloc(writer->bytes, capacity);
        if (bytes == NULL) {
            writer->is_broken = true;
            return NULL;
        }
        writer->bytes = bytes;
        writer->capacity = capacity;
    }
    char *room = writer->bytes + writer->size;
    writer->size += size;
    return room;
}

static void write_number(struct bw_byte_writer *writer, uint64_t value, size_t size)
{
    char *room = take_room(writer, size);

    for (size_t i = 0; room != NULL && i < size; i++)
        room[i] = (char)(value >> (8 * i) & 0xFF);
}

void bw_byte_write_u8(struct bw_byte_writer *writer, uint8_t value)
{
    write_number(writer, value, 1);
}

void bw_byte_write_u16(struct bw_byte_writer *writer, uint16_t value)
{
    write_number(writer, value, 2);
}

void bw_byte_write_u32(struct bw_byte_writer *writer, uint32_t value)
{
    write_number(writer, value, 4);
}

void bw_byte_write_u64(struct bw_byte_writer *writer, uint64_t value)
{
    write_number(writer, value, 8);
}

void bw_byte_write_i64(struct bw_byte_writer *writer, int64_t value)
{
    write_number(writer, (uint64_t)value, 8);
}

void bw_byte_write_varint(struct bw_byte_writer *writer, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        write_number(writer, (value & 0x7F) | 0x80, 1);
    write_number(writer, value, 1);
}

void bw_byte_write_text(struct bw_byte_writer *writer, struct bw_text text)
{
    bw_byte_write_varint(writer, text.size);
    bw_byte_write_raw(writer, text);
}

void bw_byte_write_raw(struct bw_byte_writer *writer, struct bw_text text)
{
    char *room = text.size == 0 ? NULL : take_room(writer, text.size);

    if (room != NULL)
        (void)memcpy(room, text.bytes, text.size);
}
