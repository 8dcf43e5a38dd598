/*
 * Numbers and texts -> bytes, for what is kept on disk. Little-endian, no padding, no alignment.
 */
#ifndef BW_BASE_BYTE_WRITER_H
#define BW_BASE_BYTE_WRITER_H

#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

struct bw_byte_writer {
    char *bytes; /* owned */
    size_t size, capacity;
    bool is_broken; /* memory ran out; everything since is ignored */
};

void bw_byte_writer_deinit(struct bw_byte_writer *writer);
/* Forget what is written, keep the memory. */
void bw_byte_writer_clear(struct bw_byte_writer *writer);

void bw_put_u8(struct bw_byte_writer *writer, uint8_t number);
void bw_put_u16(struct bw_byte_writer *writer, uint16_t number);
void bw_put_u32(struct bw_byte_writer *writer, uint32_t number);
void bw_put_u64(struct bw_byte_writer *writer, uint64_t number);
void bw_put_i64(struct bw_byte_writer *writer, int64_t number);
/* Its size (32 bits) and its bytes. */
void bw_put_text(struct bw_byte_writer *writer, struct bw_text text);
/* The bytes alone. */
void bw_put_bytes(struct bw_byte_writer *writer, const void *bytes, size_t size);

struct bw_text bw_byte_writer_text(const struct bw_byte_writer *writer);

#endif
