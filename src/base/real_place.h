/*
 * Where a name leads: the real directory, symbolic links followed, whether all of it is there yet
 * or not.
 *
 * Results are absolute, without links, "." and ".."; on the heap. NULL: there is none (a circle of
 * links, or nothing of it is there but the root directory), or memory is out (errno ENOMEM).
 */
#ifndef BW_BASE_REAL_PLACE_H
#define BW_BASE_REAL_PLACE_H

#include <stdbool.h>

/* The directory `path`; where it is not there, its nearest parent that is, but never the root
 * directory for want of anything else. */
char *bw_real_directory(const char *path);
/* The directory of the file that `path` leads to: not that of a link, but that in which the link
 * ends. */
char *bw_real_directory_of(const char *path);

/*
 * Whether a file that open(2) refused with `error` is open to us by its own rights (`mode` R_OK or
 * W_OK; of a file that is not there, by those of its directory): then the process has given it up
 * (Landlock, which access(2) does not ask).
 */
bool bw_is_given_up(const char *path, int mode, int error);
/* What to say of it: that, and what to do, or the words for `error`. Static. */
const char *bw_open_fault(const char *path, int mode, int error);

#endif
