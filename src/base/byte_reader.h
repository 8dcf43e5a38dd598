/*
 * What bw_byte_writer wrote, read back from bytes that nobody trusts.
 *
 * A read beyond the end, or of something that cannot be, breaks the reader: it gives zeros and
 * empty texts from then on, so that a caller checks once at the end.
 */
#ifndef BW_BASE_BYTE_READER_H
#define BW_BASE_BYTE_READER_H

#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stdint.h>

struct bw_byte_reader {
    struct bw_text rest; /* what is not read yet; borrowed */
    bool is_broken;
};

uint8_t bw_byte_read_u8(struct bw_byte_reader *reader);
uint16_t bw_byte_read_u16(struct bw_byte_reader *reader);
uint32_t bw_byte_read_u32(struct bw_byte_reader *reader);
uint64_t bw_byte_read_u64(struct bw_byte_reader *reader);
int64_t bw_byte_read_i64(struct bw_byte_reader *reader);
uint64_t bw_byte_read_varint(struct bw_byte_reader *reader);
/* A varint that is a count of things of at least `size` bytes each: breaks the reader when the rest
 * cannot hold so many, so that a damaged count takes no memory. */
uint64_t bw_byte_read_count(struct bw_byte_reader *reader, size_t size);
/* View into the reader's bytes. */
struct bw_text bw_byte_read_text(struct bw_byte_reader *reader);

#endif
