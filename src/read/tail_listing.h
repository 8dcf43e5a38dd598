/*
 * What is there under the patterns of logs at this moment.
 */
#ifndef BW_READ_TAIL_LISTING_H
#define BW_READ_TAIL_LISTING_H

#include "read/tail.h"

#include <glob.h>
#include <sys/stat.h>

/* A regular file under a pattern, or beside the files of one (a rotated name). */
struct bw_tail_entry {
    const char *path; /* the listing's */
    dev_t device;
    ino_t inode;
    struct stat info;
    bool is_known;  /* one of the tail's files: the caller's word */
    bool is_beside; /* not under a pattern, but its name goes on behind one: "mail.log.1" */
};

struct bw_tail_listing {
    glob_t inside, beside;
    struct bw_tail_entry *entries; /* owned; by device, inode, and those under a pattern first */
    size_t count;
};

/*
 * A file with several names may be there several times. Where a name under a pattern is a link,
 * rotated names are looked for where the file is as well. BW_ERR_NO_MEMORY.
 */
BW_MUST_CHECK enum bw_status bw_tail_list(const struct bw_tail_options *options,
                                          struct bw_tail_listing *listing);
void bw_tail_listing_deinit(struct bw_tail_listing *listing);

#endif
