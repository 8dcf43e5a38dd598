/*
 * A file or standard input, decompressed when it is compressed.
 */
#ifndef BW_READ_SOURCE_FILE_H
#define BW_READ_SOURCE_FILE_H

#include "base/decoder_interface.h"

#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bw_source_file;

/* `path` "-" is standard input. Not there or not readable: BW_ERR_IO with errno in *problem. */
BW_MUST_CHECK enum bw_status bw_source_file_open(struct bw_source_file **opened, const char *path,
                                                 const struct bw_decoder_interface *decoders,
                                                 struct bw_problem *problem);
void bw_source_file_close(struct bw_source_file **owned);

/*
 * Up to `capacity` bytes of plain text into `bytes`; `*size` 0 means the end. The end may come
 * early: then bw_source_file_fault() is not NULL. Never blocks on anything but the file.
 */
void bw_source_file_read(struct bw_source_file *file, char *bytes, size_t capacity, size_t *size);

const char *bw_source_file_fault(const struct bw_source_file *file); /* NULL: complete so far */
const char *bw_source_file_compression(const struct bw_source_file *file); /* "none", "gzip" */
uint64_t bw_source_file_bytes(const struct bw_source_file *file);          /* read from disk */
uint64_t bw_source_file_text_bytes(const struct bw_source_file *file);     /* handed out */

#endif
