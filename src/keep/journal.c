#include "keep/journal.h"

#include "base/check.h"
#include "keep/journal_directory.h"
#include "keep/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* A segment is at least so many times as long as what it begins with. */
#define BEGINNING_PARTS 5

struct bw_journal {
    char *directory;
    struct bw_journal_options options;
    struct bw_segment_head head; /* of the newest segment; segment 0: there is none */
    struct bw_journal_numbers numbers;
    uint64_t next_number;
    uint64_t good_end;  /* of the newest segment: behind its last record */
    uint64_t first_end; /* of the same: behind its first; 0: another life began it */
    uint32_t oldest;
    int lock_fd, directory_fd, segment_fd;
    bool has_new_name; /* the directory has an entry that may not be on disk */
};

static bool fail(struct bw_problem *problem, const char *path, const char *advice)
{
    bw_problem_set(problem, path, 0, "%s; %s", strerror(errno), advice);
    return false;
}

static bool take_directory(struct bw_journal *journal, struct bw_problem *problem)
{
    if (mkdir(journal->directory, 0700) != 0 && errno != EEXIST)
        return fail(problem, journal->directory,
                    "name a state directory that can be made, with --state");
    journal->directory_fd = open(journal->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->directory_fd < 0)
        return fail(problem, journal->directory, "name another state directory with --state");
    journal->lock_fd = openat(journal->directory_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (journal->lock_fd < 0)
        return fail(problem, journal->directory, "the state directory must be writable");
    return true;
}

/* What the newest segment ends with that is no record goes; what is good stays. */
static enum bw_status open_newest(struct bw_journal *journal, uint32_t segment,
                                  struct bw_problem *problem)
{
    struct bw_text bytes;
    struct bw_segment_walk walk;
    struct bw_journal_record record;
    char path[PATH_MAX];

    bw_journal_directory_path(journal->directory, segment, path, sizeof(path));
    enum bw_status status = bw_journal_directory_load(journal->directory, segment, &bytes);
    if (status != BW_OK) {
        (void)fail(problem, path, "the state must be readable");
        return status;
    }
    status = bw_segment_head_take(bytes, segment, &journal->head);
    if (status == BW_OK) {
        bw_segment_walk_begin(&walk, bytes, &journal->head, journal->head.first_record);
        journal->next_number = journal->head.first_record;
        while (bw_segment_walk_next(&walk, &record))
            journal->next_number = record.number + 1;
        journal->good_end = walk.good_end;
    }
    free((void *)(uintptr_t)bytes.bytes);
    if (status != BW_OK)
        return status;
    journal->segment_fd = open(path, O_WRONLY | O_CLOEXEC);
    if (journal->segment_fd < 0 || ftruncate(journal->segment_fd, (off_t)journal->good_end) != 0) {
        (void)fail(problem, path, "the state must be writable");
        return BW_ERR_IO;
    }
    return BW_OK;
}

/* A file that was cut off in its head never had a record. */
static bool is_stillborn(const struct bw_journal *journal, uint32_t segment)
{
    struct stat info;
    char path[PATH_MAX];

    bw_journal_directory_path(journal->directory, segment, path, sizeof(path));
    return stat(path, &info) == 0 && info.st_size < BW_SEGMENT_HEAD_BYTES + BW_RECORD_HEAD_BYTES &&
           unlink(path) == 0;
}

static enum bw_status open_segments(struct bw_journal *journal, struct bw_problem *problem)
{
    struct bw_journal_directory list;
    enum bw_status status = bw_journal_directory_read(&list, journal->directory);

    if (status != BW_OK) {
        (void)fail(problem, journal->directory, "the state directory must be readable");
        return status;
    }
    while (list.count > 0 && is_stillborn(journal, list.segments[list.count - 1]))
        list.count--;
    for (size_t i = 0; i < list.count; i++) {
        struct stat info;
        char path[PATH_MAX];
        bw_journal_directory_path(journal->directory, list.segments[i], path, sizeof(path));
        if (stat(path, &info) == 0)
            journal->numbers.bytes += (uint64_t)info.st_size;
    }
    journal->numbers.segments = (uint32_t)list.count;
    if (list.count > 0) {
        journal->oldest = list.segments[0];
        status = open_newest(journal, list.segments[list.count - 1], problem);
    }
    if (status == BW_ERR_FORMAT)
        bw_problem_set(problem, journal->directory, 0,
                       "the state is of another version or no state; move it away to start anew");
    bw_journal_directory_deinit(&list);
    return status;
}

enum bw_status bw_journal_open(struct bw_journal **opened, const char *directory,
                               const struct bw_journal_options *options, struct bw_problem *problem)
{
    struct bw_journal *journal = calloc(1, sizeof(*journal));
    enum bw_status status = BW_ERR_IO;

    if (journal == NULL)
        return BW_ERR_NO_MEMORY;
    journal->options = *options;
    journal->next_number = 1;
    journal->lock_fd = journal->directory_fd = journal->segment_fd = -1;
    journal->directory = strdup(directory);
    if (journal->directory == NULL) {
        status = BW_ERR_NO_MEMORY;
    } else if (take_directory(journal, problem)) {
        if (flock(journal->lock_fd, LOCK_EX | LOCK_NB) == 0) {
            status = open_segments(journal, problem);
        } else {
            status = BW_ERR_USAGE;
            bw_problem_set(problem, directory, 0,
                           "another bouncewatch uses this state directory; stop it, or name "
                           "another one with --state");
        }
    }
    if (status != BW_OK) {
        bw_journal_close(&journal);
        return status;
    }
    *opened = journal;
    return BW_OK;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

void bw_journal_close(struct bw_journal **owned)
{
    struct bw_journal *journal = *owned;

    *owned = NULL;
    if (journal == NULL)
        return;
    close_fd(journal->segment_fd);
    close_fd(journal->directory_fd);
    close_fd(journal->lock_fd);
    free(journal->directory);
    free(journal);
}

/* Head and payload at the end of the file, in one call where the system lets us; false (errno)
 * when not all of it was written. */
static bool write_record(int fd, uint64_t offset, const char *head, struct bw_text payload)
{
    const size_t size = BW_RECORD_HEAD_BYTES + payload.size;
    size_t done = 0;

    while (done < size) {
        struct iovec parts[2];
        int count = 0;

        if (done < BW_RECORD_HEAD_BYTES)
            parts[count++] =
                (struct iovec){(void *)(uintptr_t)(head + done), BW_RECORD_HEAD_BYTES - done};
        const size_t into = done < BW_RECORD_HEAD_BYTES ? 0 : done - BW_RECORD_HEAD_BYTES;
        if (payload.size > into)
            parts[count++] =
                (struct iovec){(void *)(uintptr_t)(payload.bytes + into), payload.size - into};
        const ssize_t wrote = pwritev(fd, parts, count, (off_t)(offset + done));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            errno = wrote == 0 ? ENOSPC : errno;
            return false;
        }
        done += (size_t)wrote;
    }
    return true;
}

/* False when somebody has cut, lengthened or removed the file of the newest segment. */
static bool is_as_left(const struct bw_journal *journal)
{
    struct stat info;

    if (fstat(journal->segment_fd, &info) == 0 && info.st_nlink > 0 &&
        (uint64_t)info.st_size == journal->good_end)
        return true;
    errno = ESTALE;
    return false;
}

enum bw_status bw_journal_append(struct bw_journal *journal, uint8_t type, struct bw_text payload)
{
    char head[BW_RECORD_HEAD_BYTES];

    BW_ASSERT(journal->head.segment != 0);
    if (payload.size > BW_JOURNAL_RECORD_BYTES_MAX)
        return BW_ERR_LIMIT;
    bw_record_head(&journal->head, type, journal->next_number, payload, head);
    if (!is_as_left(journal) ||
        !write_record(journal->segment_fd, journal->good_end, head, payload)) {
        const int failure = errno;
        /* Should even this fail, the next append finds the file not as it was left. */
        if (failure != ESTALE)
            (void)!ftruncate(journal->segment_fd, (off_t)journal->good_end);
        journal->numbers.failures++;
        errno = failure;
        return BW_ERR_IO;
    }
    journal->good_end += BW_RECORD_HEAD_BYTES + payload.size;
    journal->numbers.bytes += BW_RECORD_HEAD_BYTES + payload.size;
    journal->numbers.records++;
    journal->next_number++;
    return BW_OK;
}

/* The new file is complete under another name before it gets its own. */
static bool write_segment(const struct bw_journal *journal, int fd,
                          const struct bw_segment_head *head, const char *record,
                          struct bw_text payload)
{
    char bytes[BW_SEGMENT_HEAD_BYTES];
    char name[64];

    bw_segment_head_put(head, bytes);
    (void)snprintf(name, sizeof(name), "journal-%010u", head->segment);
    return pwrite(fd, bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes) &&
           write_record(fd, sizeof(bytes), record, payload) && fdatasync(fd) == 0 &&
           renameat(journal->directory_fd, "journal.new", journal->directory_fd, name) == 0;
}

enum bw_status bw_journal_start_segment(struct bw_journal *journal, uint8_t type,
                                        struct bw_text payload)
{
    struct bw_segment_head head = {.first_record = journal->next_number,
                                   .segment = journal->head.segment + 1};
    char record[BW_RECORD_HEAD_BYTES];

    if (payload.size > BW_JOURNAL_RECORD_BYTES_MAX)
        return BW_ERR_LIMIT;
    if (getrandom(&head.salt, sizeof(head.salt), 0) != (ssize_t)sizeof(head.salt))
        return BW_ERR_IO;
    bw_record_head(&head, type, journal->next_number, payload, record);
    const int fd = openat(journal->directory_fd, "journal.new",
                          O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || !write_segment(journal, fd, &head, record, payload)) {
        const int failure = errno;
        close_fd(fd);
        (void)unlinkat(journal->directory_fd, "journal.new", 0);
        journal->numbers.failures++;
        errno = failure;
        return BW_ERR_IO;
    }
    close_fd(journal->segment_fd);
    journal->segment_fd = fd;
    journal->head = head;
    journal->good_end = BW_SEGMENT_HEAD_BYTES + BW_RECORD_HEAD_BYTES + payload.size;
    journal->first_end = journal->good_end;
    journal->numbers.bytes += journal->good_end;
    journal->numbers.segments++;
    journal->numbers.records++;
    journal->next_number++;
    journal->has_new_name = true;
    if (journal->oldest == 0)
        journal->oldest = head.segment;
    return BW_OK;
}

enum bw_status bw_journal_sync(struct bw_journal *journal)
{
    if (journal->segment_fd >= 0 && fdatasync(journal->segment_fd) != 0)
        return BW_ERR_IO;
    if (journal->has_new_name && fsync(journal->directory_fd) != 0)
        return BW_ERR_IO;
    journal->has_new_name = false;
    return BW_OK;
}

enum bw_status bw_journal_drop_before(struct bw_journal *journal, uint32_t segment)
{
    if (segment > journal->head.segment)
        segment = journal->head.segment;
    for (; journal->oldest != 0 && journal->oldest < segment; journal->oldest++) {
        struct stat info;
        char path[PATH_MAX];

        bw_journal_directory_path(journal->directory, journal->oldest, path, sizeof(path));
        if (stat(path, &info) != 0)
            continue;
        if (unlink(path) != 0)
            return BW_ERR_IO;
        journal->numbers.bytes -= (uint64_t)info.st_size < journal->numbers.bytes
                                      ? (uint64_t)info.st_size
                                      : journal->numbers.bytes;
        journal->numbers.segments--;
    }
    return BW_OK;
}

bool bw_journal_is_segment_due(const struct bw_journal *journal)
{
    /* What a segment begins with may be long itself: it is to be a small part of the whole. */
    const uint64_t most = journal->first_end * BEGINNING_PARTS > journal->options.segment_bytes
                              ? journal->first_end * BEGINNING_PARTS
                              : journal->options.segment_bytes;

    return journal->head.segment == 0 || journal->good_end >= most || !is_as_left(journal);
}

uint32_t bw_journal_oldest(const struct bw_journal *journal)
{
    return journal->oldest;
}

uint32_t bw_journal_newest(const struct bw_journal *journal)
{
    return journal->head.segment;
}

void bw_journal_path(const struct bw_journal *journal, uint32_t segment, char *path,
                     size_t capacity)
{
    bw_journal_directory_path(journal->directory, segment, path, capacity);
}

void bw_journal_numbers(const struct bw_journal *journal, struct bw_journal_numbers *numbers)
{
    *numbers = journal->numbers;
}
