/*
 * Events as lines of a file, or on standard output.
 */
#include "base/real_place.h"
#include "emit/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct file_sink {
    struct bw_sink sink;
    char *path; /* "-": standard output */
    int fd;     /* -1: closed */
};

static bool open_file(struct file_sink *file)
{
    if (file->fd >= 0)
        return true;
    if (strcmp(file->path, "-") == 0)
        file->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    else
        file->fd = open(file->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
    return file->fd >= 0;
}

static void close_file(struct file_sink *file)
{
    if (file->fd >= 0)
        (void)close(file->fd);
    file->fd = -1;
}

/* The whole line, or nothing of it: what a full disk let through is taken away again. */
static bool write_line(int fd, const struct bw_message *message)
{
    char newline = '\n';
    size_t done = 0;
    struct stat before;

    const bool is_file = fstat(fd, &before) == 0 && S_ISREG(before.st_mode);
    while (done < message->size + 1) {
        struct iovec parts[2];
        int count = 0;
        if (done < message->size)
            parts[count++] = (struct iovec){message->json + done, message->size - done};
        parts[count++] = (struct iovec){&newline, 1};
        const ssize_t wrote = writev(fd, parts, count);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            const int failure = errno;
            if (is_file && done > 0)
                (void)!ftruncate(fd, before.st_size);
            errno = failure;
            return false;
        }
        done += (size_t)wrote;
    }
    return true;
}

static void send_message(struct bw_sink *sink, const struct bw_message *message,
                         bw_sink_answer *answer, void *context)
{
    struct file_sink *file = (struct file_sink *)sink;

    if (open_file(file) && write_line(file->fd, message)) {
        answer(context, BW_SENT_DONE, NULL, 0);
        return;
    }
    const char *fault = bw_open_fault(file->path, W_OK, errno);
    close_file(file);
    answer(context, BW_SENT_LATER, fault, 0);
}

static void reopen(struct bw_sink *sink)
{
    close_file((struct file_sink *)sink);
}

static const char *probe(struct bw_sink *sink)
{
    struct file_sink *file = (struct file_sink *)sink;

    return open_file(file) ? NULL : bw_open_fault(file->path, W_OK, errno);
}

static void destroy(struct bw_sink *sink)
{
    struct file_sink *file = (struct file_sink *)sink;

    close_file(file);
    free(file->path);
    free(file);
}

enum bw_status bw_sink_file_create(struct bw_sink **created, const char *path)
{
    static const struct bw_sink_kind kind = {send_message, reopen, probe, destroy};
    struct file_sink *file = calloc(1, sizeof(*file));

    if (file == NULL)
        return BW_ERR_NO_MEMORY;
    *file = (struct file_sink){.sink = {&kind}, .path = strdup(path), .fd = -1};
    if (file->path == NULL) {
        free(file);
        return BW_ERR_NO_MEMORY;
    }
    *created = &file->sink;
    return BW_OK;
}
