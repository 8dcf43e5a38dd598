#include "keep/journal_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX        "journal-"
#define NUMBER_DIGITS 10

void bw_journal_directory_path(const char *directory, uint32_t segment, char *path, size_t capacity)
{
    (void)snprintf(path, capacity, "%s/" PREFIX "%010u", directory, segment);
}

/* The number of a segment by its name; 0: it is no segment. */
static uint32_t number_of(const char *name)
{
    const size_t prefix = sizeof(PREFIX) - 1;
    uint64_t number = 0;

    if (strncmp(name, PREFIX, prefix) != 0 || strlen(name) != prefix + NUMBER_DIGITS)
        return 0;
    for (const char *digit = name + prefix; *digit != '\0'; digit++) {
        if (!bw_is_digit(*digit))
            return 0;
        number = number * 10 + (uint64_t)(*digit - '0');
    }
    return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static int compare(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static bool add(struct bw_journal_directory *list, size_t *capacity, uint32_t number)
{
    if (list->count == *capacity) {
        *capacity = *capacity == 0 ? 64 : *capacity * 2;
        uint32_t *segments = realloc(list->segments, *capacity * sizeof(*segments));
        if (segments == NULL)
            return false;
        list->segments = segments;
    }
    list->segments[list->count++] = number;
    return true;
}

enum bw_status bw_journal_directory_read(struct bw_journal_directory *list, const char *directory)
{
    DIR *stream = opendir(directory);
    struct bw_journal_directory found = {0};
    const struct dirent *entry;
    size_t capacity = 0;
    bool is_good = true;

    if (stream == NULL)
        return BW_ERR_IO;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): glibc locks nothing but this stream */
    while (is_good && (entry = readdir(stream)) != NULL) {
        const uint32_t number = number_of(entry->d_name);
        is_good = number == 0 || add(&found, &capacity, number);
    }
    (void)closedir(stream);
    if (!is_good) {
        bw_journal_directory_deinit(&found);
        return BW_ERR_NO_MEMORY;
    }
    if (found.count > 0)
        qsort(found.segments, found.count, sizeof(*found.segments), compare);
    *list = found;
    return BW_OK;
}

void bw_journal_directory_deinit(struct bw_journal_directory *list)
{
    free(list->segments);
    *list = (struct bw_journal_directory){0};
}

static bool read_all(int fd, char *bytes, size_t *size)
{
    size_t done = 0;

    while (done < *size) {
        const ssize_t got = read(fd, bytes + done, *size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *size = done;
    return true;
}

enum bw_status bw_journal_directory_load(const char *directory, uint32_t segment,
                                         struct bw_text *bytes)
{
    char path[PATH_MAX];
    struct stat info;
    enum bw_status status = BW_ERR_IO;

    bw_journal_directory_path(directory, segment, path, sizeof(path));
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return BW_ERR_IO;
    if (fstat(fd, &info) == 0) {
        size_t size = (size_t)info.st_size;
        char *copy = malloc(size + 1);
        status = copy == NULL ? BW_ERR_NO_MEMORY : read_all(fd, copy, &size) ? BW_OK : BW_ERR_IO;
        if (status == BW_OK)
            *bytes = (struct bw_text){copy, size};
        else
            free(copy);
    }
    const int failure = errno;
    (void)close(fd);
    errno = failure;
    return status;
}
