/*
 * The process gives up what it does not need: files outside of the named places (Landlock,
 * landlock(7)), and system calls that a reader of logs never makes (seccomp(2), by libseccomp).
 *
 * Both are for good, and for all that is started from then on. The kernel may lack them; that is
 * told, not an error.
 *
 * seccomp denies what is dangerous instead of allowing what is known: what libc, libcurl and name
 * services call changes with their versions, and a daemon that dies of an update at night is worse
 * than one that may still call getcpu().
 */
#ifndef BW_SERVE_CONFINE_H
#define BW_SERVE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

struct bw_confine_place {
    const char
        *path;      /* a directory, or a file; links are followed; what is not there is not added */
    bool may_write; /* and create and remove beneath it */
};

struct bw_confine_options {
    const struct bw_confine_place *places; /* besides what every program needs to read */
    size_t place_count;
};

struct bw_confinement {
    bool has_landlock, has_seccomp;
    const char *landlock_fault, *seccomp_fault; /* why not; NULL: it has; static */
    const char
        *landlock_lack; /* what this kernel's Landlock cannot forbid; NULL: nothing; static */
};

/* On the only thread there is. */
struct bw_confinement bw_confine(const struct bw_confine_options *options);

#endif
