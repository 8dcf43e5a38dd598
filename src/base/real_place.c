#include "base/real_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than the kernel follows (40, path_resolution(7)), and as many missing directories. */
#define TURNS_MAX 128

/* All before the last name of a path; "." and "/" have none, and stay. */
static char *parent_of(const char *path)
{
    size_t size = strlen(path);

    while (size > 1 && path[size - 1] == '/')
        size--;
    while (size > 0 && path[size - 1] != '/')
        size--;
    while (size > 1 && path[size - 1] == '/')
        size--;
    return size == 0 ? strdup(".") : strndup(path, size);
}

/* What a link says, seen from where the link is. NULL: it is none, or memory is out. */
static char *link_target(const char *path)
{
    char target[PATH_MAX];
    char *next = NULL;
    const ssize_t size = readlink(path, target, sizeof(target));

    if (size <= 0 || (size_t)size == sizeof(target)) {
        errno = 0;
        return NULL;
    }
    if (target[0] == '/')
        return strndup(target, (size_t)size);
    char *parent = parent_of(path);
    if (parent == NULL || asprintf(&next, "%s/%.*s", parent, (int)size, target) < 0) {
        next = NULL;
        errno = ENOMEM;
    }
    free(parent);
    return next;
}

char *bw_real_directory(const char *path)
{
    char *name = strdup(path);
    char *real = NULL;

    for (int turn = 0; turn < TURNS_MAX && name != NULL; turn++) {
        real = realpath(name, NULL);
        /* By its name the root directory is meant; for want of another it would be everything. */
        if (real != NULL && turn > 0 && strcmp(real, "/") == 0) {
            free(real);
            real = NULL;
            errno = ENOENT;
            break;
        }
        if (real != NULL)
            break;
        char *next = link_target(name);
        if (next == NULL && errno != ENOMEM)
            next = parent_of(name);
        free(name);
        name = next;
    }
    free(name);
    return real;
}

char *bw_real_directory_of(const char *path)
{
    char *name = strdup(path);
    char *next = NULL;
    char *real = NULL;
    int turn = 0;

    while (turn++ < TURNS_MAX && name != NULL && (next = link_target(name)) != NULL) {
        free(name);
        name = next;
    }
    if (next == NULL && name != NULL && errno != ENOMEM) {
        char *parent = parent_of(name);
        real = parent == NULL ? NULL : bw_real_directory(parent);
        free(parent);
    }
    free(name);
    return real;
}

bool bw_is_given_up(const char *path, int mode, int error)
{
    if (error != EACCES)
        return false;
    if (faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0)
        return true;
    if (mode != W_OK || errno != ENOENT)
        return false;
    char *parent = parent_of(path);
    const bool may_make =
        parent != NULL && faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) == 0;
    free(parent);
    return may_make;
}

const char *bw_open_fault(const char *path, int mode, int error)
{
    if (bw_is_given_up(path, mode, error))
        return "it lies outside of the directories that bouncewatch kept the right to when it "
               "started; restart bouncewatch";
    const char *words = strerrordesc_np(error);
    return words == NULL ? "it cannot be opened" : words;
}
