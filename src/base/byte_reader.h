/*
 * Bytes -> the numbers and texts that bw_byte_writer put there. Input that is cut off or foreign is
 * a result: the reader is broken, and everything it gives from then on is 0 or empty.
 */
#ifndef BW_BASE_BYTE_READER_H
#define BW_BASE_BYTE_READER_H

#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

struct bw_byte_reader {
    struct bw_text rest; /* a view: what is not read yet */
    bool is_broken;
};

uint8_t bw_take_u8(struct bw_byte_reader *reader);
uint16_t bw_take_u16(struct bw_byte_reader *reader);
uint32_t bw_take_u32(struct bw_byte_reader *reader);
uint64_t bw_take_u64(struct bw_byte_reader *reader);
int64_t bw_take_i64(struct bw_byte_reader *reader);
/* A view into the bytes that are read. */
struct bw_text bw_take_text(struct bw_byte_reader *reader);
struct bw_text bw_take_bytes(struct bw_byte_reader *reader, size_t size);

#endif
