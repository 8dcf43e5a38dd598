/*
 * The inside of a tail, shared by reading (tail.c) and by looking around (tail_reconcile.c).
 */
#ifndef BW_READ_TAIL_SET_H
#define BW_READ_TAIL_SET_H

#include "base/byte_writer.h"
#include "read/tail_file.h"
#include "read/tail_listing.h"

/* A file without a name is read to its end for so long after its last growth. */
#define BW_TAIL_QUIET_MS 5000
/* A file that changed this lately is looked at whenever anything happens. */
#define BW_TAIL_HOT_MS 300000
/* A copy may show itself so long after its original was cut off. */
#define BW_TAIL_GHOST_MS 3000
/* Two files with equal text of which both stay as they are: one is a copy. */
#define BW_TAIL_COPY_MS 10000
/* What may become a copy but is too short to tell is held back so long after its last growth. */
#define BW_TAIL_HOLD_MS 1000
/* What is new is looked at often for so long. */
#define BW_TAIL_WAITING_MS 3000
/* Texts of a log that were cut off and are remembered, to recognise copies of them. */
#define BW_TAIL_REMEMBERED 8
/* What was read and is gone is known so much longer, to recognise copies of it. */
#define BW_TAIL_MEMORY_MS 600000

/* A file beside the pattern that is not known, and since when it is there. */
struct bw_tail_neighbour {
    dev_t device;
    ino_t inode;
    int64_t since_ms; /* INT64_MIN: since before anybody looked */
};

struct bw_tail {
    struct bw_tail_options options;
    struct bw_tail_file **files; /* owned array of owned files */
    size_t count, capacity;
    void *restored; /* while marks are taken: an index of tsearch(3) by identity, without ghosts */
    size_t turn;    /* where the next look at the files that grow begins */
    struct bw_tail_counters counters;
    struct bw_tail_file *current; /* whose piece is given and not answered yet; NULL: none */
    struct bw_tail_file saved;    /* what it was before */
    struct bw_byte_writer mark;
    uint64_t lines_cut; /* in that piece */
    int64_t now_ms;     /* of the last reconcile */
    bool was_reconciled;
    bool was_rotated; /* at rotated_ms a file was seen to be renamed, cut off or gone */
    int64_t rotated_ms;
    int64_t oldest_read_ns;               /* of the files that marks have told of */
    struct bw_tail_neighbour *neighbours; /* owned; of the last reconcile, in its order */
    size_t neighbour_count;
};

/* By device and inode, as qsort(3) and tsearch(3) want it. */
int bw_tail_compare_identity(const void *left, const void *right);
/* All marks are taken. */
void bw_tail_drop_index(struct bw_tail *tail);
/* Takes a copy of `file`, strings and all. NULL: memory is out. */
struct bw_tail_file *bw_tail_add(struct bw_tail *tail, const struct bw_tail_file *file);
void bw_tail_forget(struct bw_tail *tail, size_t index);
struct bw_tail_file *bw_tail_find_ghost(const struct bw_tail *tail,
                                        const struct bw_tail_file *like);
/* It goes on where the other stands, of which nothing else is left. */
void bw_tail_adopt(struct bw_tail *tail, struct bw_tail_file *file, struct bw_tail_file *known);
/* What a candidate with compressed content turns out to be; it is open. */
void bw_tail_decide_compressed(struct bw_tail *tail, struct bw_tail_file *file);
/* As a look for more text in a file that is compressed. True: `*size` bytes of text from the
 * position on may be taken; with `*is_last` nothing follows them. */
bool bw_tail_advance_compressed(struct bw_tail *tail, struct bw_tail_file *file, bool *is_last);
/* No whole line is left in it, and no more will come when it is damaged or was cut off: the part of
 * a line at its end could be taken for another. */
void bw_tail_give_up_compressed(struct bw_tail *tail, struct bw_tail_file *file);
/* Known files are as they are; what stands beside the pattern may be the rest of one, or a log that
 * nobody saw under its own name. False: memory is out. */
bool bw_tail_look_beside(struct bw_tail *tail, struct bw_tail_listing *listing);
/* A rotation was seen just now. */
void bw_tail_note_rotation(struct bw_tail *tail);
/* What is under the position of the file is not what was read. False: memory is out. */
bool bw_tail_cut_off(struct bw_tail *tail, struct bw_tail_file *file);

#endif
