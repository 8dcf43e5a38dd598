#include "read/tail_places.h"

#include "base/real_place.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* False: stop. */
typedef bool take_name(const char *name, void *context);

/* All names that a part of a pattern stands for. False: memory is out, or it was stopped. */
static bool each_match(const char *pattern, size_t size, take_name *take, void *context)
{
    char *part = strndup(pattern, size);
    glob_t found = {.gl_pathc = 0};
    bool is_good = part != NULL;

    if (is_good) {
        const int status = glob(part, GLOB_NOSORT, NULL, &found);
        is_good = status == 0 || status == GLOB_NOMATCH || status == GLOB_ABORTED;
    }
    for (size_t i = 0; is_good && i < found.gl_pathc; i++)
        is_good = take(found.gl_pathv[i], context);
    globfree(&found);
    free(part);
    return is_good;
}

/* How much of a pattern is before the name that its first wildcard is in, without the slash; 0 of
 * "/x*" and of "x*". A backslash may make a wildcard none: only glob(3) knows. */
static size_t plain_size(const char *pattern)
{
    size_t size = strcspn(pattern, "*?[\\");

    while (size > 0 && pattern[size] != '/')
        size--;
    return size;
}

struct placing {
    bw_tail_take_place *take;
    void *context;
};

static bool take_real(char *real, const struct placing *placing)
{
    if (real == NULL)
        return errno != ENOMEM;
    placing->take(real, placing->context);
    free(real);
    return true;
}

/* The directory before the first wildcard, or of a pattern without any. */
static bool take_first(const char *pattern, const struct placing *placing)
{
    const size_t size = plain_size(pattern);

    if (size == 0)
        return take_real(bw_real_directory(pattern[0] == '/' ? "/" : "."), placing);
    char *directory = strndup(pattern, size);
    const bool is_good = directory != NULL && take_real(bw_real_directory(directory), placing);
    free(directory);
    return is_good;
}

static bool take_directory(const char *name, void *context)
{
    struct stat info;

    if (stat(name, &info) == 0 && !S_ISDIR(info.st_mode))
        return true;
    return take_real(bw_real_directory(name), context);
}

static bool take_link(const char *name, void *context)
{
    struct stat info;

    if (lstat(name, &info) != 0 || !S_ISLNK(info.st_mode) ||
        (stat(name, &info) == 0 && S_ISDIR(info.st_mode)))
        return true;
    return take_real(bw_real_directory_of(name), context);
}

bool bw_tail_places(const char *pattern, bw_tail_take_place *take, void *context)
{
    struct placing placing = {take, context};
    bool is_good = take_first(pattern, &placing);
    size_t size = plain_size(pattern);

    while (is_good && strchr(pattern + size + 1, '/') != NULL) {
        size += 1 + strcspn(pattern + size + 1, "/");
        is_good = each_match(pattern, size, take_directory, &placing);
    }
    return is_good && each_match(pattern, strlen(pattern), take_link, &placing);
}

struct closing {
    char *directory; /* NULL: none was found yet */
    int error;
};

static bool try_directory(const char *name, void *context)
{
    struct closing *closing = context;
    const int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)close(fd);
        return true;
    }
    if (errno == ENOENT || errno == ENOTDIR)
        return true;
    closing->error = errno;
    closing->directory = strdup(name);
    return false;
}

char *bw_tail_closed_directory(const char *pattern, int *error)
{
    struct closing closing = {.directory = NULL};
    size_t begin = 0;

    /* Each name with a wildcard in it is looked for in what the names before it stand for. */
    while (closing.directory == NULL && begin < strlen(pattern)) {
        const size_t size = strcspn(pattern + begin, "/");
        if (strcspn(pattern + begin, "*?[") < size) {
            if (begin <= 1)
                (void)try_directory(begin == 0 ? "." : "/", &closing);
            else
                (void)each_match(pattern, begin - 1, try_directory, &closing);
        }
        begin += size + 1;
    }
    *error = closing.error;
    return closing.directory;
}
