/*
 * One file that is followed: what it is known by, and where reading stands in it.
 */
#ifndef BW_READ_TAIL_FILE_H
#define BW_READ_TAIL_FILE_H

#include "read/tail.h"
#include "read/tail_archive.h"

#include <sys/stat.h>

#define BW_TAIL_HEAD_BYTES   1024
#define BW_TAIL_BEFORE_BYTES 256
#define BW_TAIL_START_BYTES  64

enum bw_tail_kind {
    BW_TAIL_CANDIDATE = 0, /* seen, not decided yet: it may be the copy of another */
    BW_TAIL_FOLLOWED,
    BW_TAIL_DONE,  /* read, or a copy of what was read; only what grows behind counts */
    BW_TAIL_GHOST, /* its text was cut off or is gone; a copy may hold what was not read */
};

struct bw_tail_file {
    char *path;     /* owned; the first name */
    char *now_path; /* owned; NULL: no name is known any more */
    dev_t device;   /* a ghost has neither device nor inode */
    ino_t inode;
    uint64_t position, lines;
    uint64_t size;        /* when it was last looked at */
    uint64_t size_before; /* the last one that was not below the position */
    uint64_t head_hash;   /* of the first head_size bytes */
    int64_t modified_ns;  /* Unix time */
    int64_t read_ns;      /* modified_ns when text was last read of it; INT64_MIN: never */
    int64_t changed_ms;   /* when it was last seen to have changed; when a ghost became one */
    int fd;               /* -1: closed */
    uint16_t head_size, before_size;
    char before[BW_TAIL_BEFORE_BYTES]; /* the bytes before position, before_size of them */
    char start[BW_TAIL_START_BYTES];   /* the first bytes, as many of them as of the head */
    uint8_t kind;                      /* enum bw_tail_kind */
    bool is_skipping;                  /* the rest of a line that was cut */
    bool is_renamed;                   /* it has another name than at first */
    bool is_seen;                      /* by this reconcile */
    bool is_unreadable;                /* the last attempt to open it failed */
    bool is_closed;                    /* though its rights allow it: we have given it up */
    bool is_trouble_told;              /* by bw_tail_take_trouble() */
    bool needs_mark;                   /* something changed that no piece of text tells */
    bool has_adopted;                  /* it goes on where a ghost ended: the next mark says so */
    struct bw_tail_archive *archive;   /* owned; of a compressed file that is open; or NULL */
    bool is_compressed;                /* position and the like are in its text */
    bool is_at_end;                    /* of a compressed file: all of its text was read */
    bool is_verified;                  /* its archive is known to hold what was read of it */
    bool is_seeking;                   /* its archive is on the way to the position */
    bool is_only_rest;                 /* not under a pattern: good as the rest of another only */
    bool is_beside;                    /* not under a pattern: may be one that nobody saw there */
    bool is_remembered; /* a ghost that nothing is expected of any more: copies of it are known by
                           it */
    bool is_adopted;    /* a ghost that another goes on from; it goes when its mark was given */
    bool is_over;       /* to be forgotten once its last mark is safe */
};

/* When it was last modified: Unix time in nanoseconds. */
int64_t bw_tail_modified_ns(const struct stat *info);

/* False: memory is out. */
bool bw_tail_file_init(struct bw_tail_file *file, const char *path, const struct stat *info);
void bw_tail_file_deinit(struct bw_tail_file *file);

/* Open it under its name unless it is open. False: it cannot be, or the name now is of another. */
bool bw_tail_file_open(struct bw_tail_file *file);
void bw_tail_file_close(struct bw_tail_file *file);

/* What the file holds at a place equals these bytes. */
bool bw_tail_file_holds(const struct bw_tail_file *file, uint64_t offset, struct bw_text bytes);
/* Its first `size` bytes have this hash. */
bool bw_tail_file_has_head(const struct bw_tail_file *file, size_t size, uint64_t hash);
/* Take the hash of as much of the head as there is now, when that is more than is known. */
void bw_tail_file_learn_head(struct bw_tail_file *file);
/* Its first bytes say that it is compressed. */
bool bw_tail_file_looks_compressed(const struct bw_tail_file *file);
/* Up to `size` bytes of text at `offset`; of a compressed file what is at hand. */
size_t bw_tail_file_text(const struct bw_tail_file *file, char *bytes, size_t size,
                         uint64_t offset);
/* There is text behind the position, as far as is known. */
bool bw_tail_file_has_more(const struct bw_tail_file *file);
/* Position and what comes before it are as they were; the file must be open. */
bool bw_tail_file_is_itself(struct bw_tail_file *file);

/* Where two files agree. */
enum bw_tail_relation {
    BW_TAIL_OTHER,   /* they do not */
    BW_TAIL_UNKNOWN, /* too little is there to say */
    BW_TAIL_PREFIX,  /* all of `file` so far is in `known` */
    BW_TAIL_HOLDS,   /* `file` holds all that was read of `known` */
};
/* `file` is open; `known` may be closed or a ghost. */
enum bw_tail_relation bw_tail_file_relation(const struct bw_tail_file *file,
                                            const struct bw_tail_file *known);

/* Go on in `file` where `known` stands. */
void bw_tail_file_continue(struct bw_tail_file *file, const struct bw_tail_file *known);
/* It begins anew. */
void bw_tail_file_restart(struct bw_tail_file *file);

/*
 * Read the next whole lines behind the position: `*taken` bytes of the file make `*size` bytes of
 * text and `*lines_cut` lines were cut. With `is_last` a last line without '\n' is given one.
 * Nothing changes in `file` but is_skipping (see bw_tail_file_pass()). False: it cannot be read.
 */
struct bw_tail_reading {
    size_t size;        /* of text */
    uint64_t taken;     /* bytes of the file */
    uint64_t lines_cut; /* that were cut in it */
    bool is_skipping;   /* behind it */
};
bool bw_tail_file_read(const struct bw_tail_file *file, char *bytes, size_t capacity, bool is_last,
                       struct bw_tail_reading *reading);
/* Move the position behind what was read. `bytes` is the end of the file's bytes up to there;
 * empty: they are read again (they may have changed in between). */
void bw_tail_file_pass(struct bw_tail_file *file, struct bw_text bytes,
                       const struct bw_tail_reading *reading);

/* Go behind the last whole line there is. The file is open. */
void bw_tail_file_go_to_end(struct bw_tail_file *file);

/* Where reading stands, as bytes and back. */
struct bw_byte_writer;
void bw_tail_file_mark(const struct bw_tail_file *file, struct bw_byte_writer *writer);
/* BW_ERR_FORMAT, BW_ERR_NO_MEMORY. The file is not open. */
BW_MUST_CHECK enum bw_status bw_tail_file_from_mark(struct bw_tail_file *file, struct bw_text mark);

#endif
