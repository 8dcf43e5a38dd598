/*
 * A compressed file that is followed: its text from some place on, forward only.
 *
 * Logs are compressed when they are rotated, and that may happen while nobody reads. Positions are
 * in the text, as if it were not compressed. To get to a place the text before it is decoded again.
 * A file that is still being written is decoded as far as it goes.
 */
#ifndef BW_READ_TAIL_ARCHIVE_H
#define BW_READ_TAIL_ARCHIVE_H

#include "base/decoder_interface.h"

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So much text before a place is kept when reading goes on behind it. */
#define BW_TAIL_ARCHIVE_KEPT ((size_t)1024)

struct bw_tail_archive;

/* `decoders` is borrowed. `magic`: the first bytes of the file. BW_ERR_NO_MEMORY; BW_ERR_USAGE:
 * this compression cannot be read here. */
BW_MUST_CHECK enum bw_status bw_tail_archive_create(struct bw_tail_archive **created,
                                                    const struct bw_decoder_interface *decoders,
                                                    struct bw_text magic);
void bw_tail_archive_destroy(struct bw_tail_archive **owned);

/*
 * Decode on from `fd` until there are as many bytes of text behind `position` as there is room for,
 * or the file has no more, or `budget` bytes of text were decoded. True when text behind `position`
 * is at hand or none will come; false: call again.
 */
bool bw_tail_archive_advance(struct bw_tail_archive *archive, int fd, uint64_t position,
                             size_t budget);
/* Up to `size` bytes of text at `offset`, as far as they are at hand. */
size_t bw_tail_archive_copy(const struct bw_tail_archive *archive, char *bytes, size_t size,
                            uint64_t offset);
/* The first bytes of all, up to BW_TAIL_ARCHIVE_KEPT, as far as they are decoded. */
struct bw_text bw_tail_archive_head(const struct bw_tail_archive *archive);
/* How much text was decoded so far, from the beginning. */
uint64_t bw_tail_archive_extent(const struct bw_tail_archive *archive);
/* The content has come to an end where it may: no text follows unless the file grows. */
bool bw_tail_archive_is_complete(const struct bw_tail_archive *archive);
/* Why the content is not complete: it is damaged, or cut off (and may still be written); NULL: it
 * is, or there is more to decode. */
const char *bw_tail_archive_fault(const struct bw_tail_archive *archive);

#endif
