/*
 * State as bytes: little-endian numbers and texts with their size, into memory that grows.
 */
#ifndef BW_BASE_BYTE_WRITER_H
#define BW_BASE_BYTE_WRITER_H

#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed, it is empty. */
struct bw_byte_writer {
    char *bytes; /* owned */
    size_t size, capacity;
    bool is_broken; /* memory ran out: what was written since is missing */
};

void bw_byte_writer_deinit(struct bw_byte_writer *writer);
/* Empty it; its memory stays. */
void bw_byte_writer_reset(struct bw_byte_writer *writer);

void bw_byte_write_u8(struct bw_byte_writer *writer, uint8_t value);
void bw_byte_write_u16(struct bw_byte_writer *writer, uint16_t value);
void bw_byte_write_u32(struct bw_byte_writer *writer, uint32_t value);
void bw_byte_write_u64(struct bw_byte_writer *writer, uint64_t value);
void bw_byte_write_i64(struct bw_byte_writer *writer, int64_t value);
/* Seven bits a byte, the lowest first: small numbers are short. */
void bw_byte_write_varint(struct bw_byte_writer *writer, uint64_t value);
/* Its size as a varint, then its bytes. */
void bw_byte_write_text(struct bw_byte_writer *writer, struct bw_text text);
/* The bytes alone. */
void bw_byte_write_raw(struct bw_byte_writer *writer, struct bw_text text);

#endif
