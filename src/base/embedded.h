/*
 * The files of src/data that are compiled into the program: rules and the provider map.
 */
#ifndef BW_BASE_EMBEDDED_H
#define BW_BASE_EMBEDDED_H

#include <stddef.h>

struct bw_embedded_file {
    const char *name;  /* without a directory, e.g. "gmail.rules" */
    const char *bytes; /* a NUL follows the last one */
    size_t size;       /* without that NUL */
};

/* Sorted by name; bw_embedded_file_count entries. */
extern const struct bw_embedded_file bw_embedded_files[];
extern const size_t bw_embedded_file_count;

/* The built-in rules, compiled when the program was built: what bw_matcher_export() wrote. Size 0:
 * they are compiled when they are first needed. */
extern const struct bw_embedded_file bw_embedded_database;

#endif
