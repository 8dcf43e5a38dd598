/*
 * The first byte of a mark: what it is the mark of. Marks of all kinds stand in one journal, and
 * each reader knows its own; a number that was given once keeps its meaning.
 */
#ifndef BW_BASE_MARK_KIND_H
#define BW_BASE_MARK_KIND_H

enum bw_mark_kind {
    BW_MARK_FILE_OF_SECONDS = 1, /* of a file, as earlier releases wrote it: times in seconds */
    BW_MARK_STREAM = 2,          /* of a connection with plain text */
    BW_MARK_STREAM_WHOLE = 3,    /* of one with a zlib stream, with its inflater */
    BW_MARK_STREAM_MORE = 4,     /* of that: the compressed bytes behind the mark before */
    BW_MARK_JOURNAL = 5,         /* of systemd's journal */
    BW_MARK_FILE = 6,            /* of a file */
};

#endif
