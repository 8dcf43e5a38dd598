/*
 * A numbered piece of one input: whole lines, and what was found in them.
 *
 * read/ and inflate/ fill the bytes, frame/ sees to it that lines are whole, a worker adds the
 * observations, and the one consumer takes chunks in the order of their numbers.
 */
#ifndef BOUNCEWATCH_CHUNK_H
#define BOUNCEWATCH_CHUNK_H

#include <bouncewatch/observation.h>
#include <bouncewatch/text.h>

#include <stdint.h>

/* Bytes of text in a chunk; a line at most BW_LINE_BYTES_MAX of them (plus one, so that a cut
 * line can be told from one of exactly the limit). */
#define BW_CHUNK_BYTES    ((size_t)256 * 1024)
#define BW_LINE_BYTES_MAX ((size_t)64 * 1024)

/* Readable bytes behind the text that a scanner may look at but not use. */
#define BW_CHUNK_PADDING 64

struct bw_line_counts {
    uint64_t total, outcome, known, malformed, unknown;
    uint64_t cut;
};

struct bw_chunk {
    char *bytes; /* BW_CHUNK_BYTES + BW_LINE_BYTES_MAX + BW_CHUNK_PADDING allocated */
    size_t size; /* of text; every line in it ends in '\n' */
    uint64_t number;
    uint32_t input;         /* index of the input it came from */
    bool is_first, is_last; /* of its input; a chunk may be both, and the last may be empty */

    char *derived; /* room for texts the parser puts together; same size as bytes */
    size_t derived_used;
    struct bw_observation *observations;
    size_t observation_count, observation_capacity;
    struct bw_line_counts lines;
    struct bw_stamp first_stamp, last_stamp; /* of the first and last line that has one */
    uint64_t malformed_lines[5];             /* index within the chunk of the first ones, from 0 */
};

#endif
