#include "read/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_BYTES ((size_t)128 * 1024)
#define HEAD_BYTES  6 /* the longest magic that is looked for */

struct bw_source_file {
    const struct bw_decoder_interface *decoders;
    void *decoder;       /* NULL: plain */
    struct bw_text rest; /* of input: read and not yet used */
    const char *fault;
    uint64_t bytes, text_bytes;
    int fd;
    bool is_at_end; /* the file has no more bytes */
    char fault_text[256];
    char input[INPUT_BYTES];
};

/* Compressions that cannot be read, so that nobody takes their bytes for lines. */
static const char *foreign_compression(struct bw_text head)
{
    static const struct {
        struct bw_text magic;
        const char *name;
    } foreign[] = {
        {BW_TEXT_INIT("\x28\xb5\x2f\xfd"), "zstd"},
        {BW_TEXT_INIT("\xfd\x37\x7a\x58\x5a"), "xz"},
        {BW_TEXT_INIT("BZh"), "bzip2"},
        {BW_TEXT_INIT("\x04\x22\x4d\x18"), "lz4"},
        {BW_TEXT_INIT("PK\x03\x04"), "zip"},
    };

    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
        if (bw_text_starts_with(head, foreign[i].magic))
            return foreign[i].name;
    return NULL;
}

/* read(2) that is not ended by a signal; an error ends the file and is its fault. */
static size_t read_some(struct bw_source_file *file, char *bytes, size_t capacity)
{
    ssize_t size;

    if (file->is_at_end)
        return 0;
    do
        size = read(file->fd, bytes, capacity);
    while (size < 0 && errno == EINTR);
    if (size <= 0)
        file->is_at_end = true;
    if (size < 0) {
        (void)snprintf(file->fault_text, sizeof(file->fault_text), "reading failed: %s",
                       strerror(errno));
        file->fault = file->fault_text;
        return 0;
    }
    file->bytes += (uint64_t)size;
    return (size_t)size;
}

static enum bw_status find_decoder(struct bw_source_file *file)
{
    size_t size = 0;

    /* A pipe may give fewer bytes than a magic has. */
    for (size_t added = 1; size < HEAD_BYTES && added > 0; size += added)
        added = read_some(file, file->input + size, INPUT_BYTES - size);
    file->rest = (struct bw_text){file->input, size};

    const char *foreign = foreign_compression(file->rest);
    if (foreign != NULL) {
        (void)snprintf(file->fault_text, sizeof(file->fault_text),
                       "compressed with %s, which this build cannot read: decompress it first",
                       foreign);
        file->fault = file->fault_text;
        file->rest.size = 0;
        file->is_at_end = true;
        return BW_OK;
    }
    if (strcmp(file->decoders->name_of(file->rest), "none") == 0)
        return BW_OK;
    return file->decoders->create(&file->decoder, file->rest);
}

enum bw_status bw_source_file_open(struct bw_source_file **opened, const char *path,
                                   const struct bw_decoder_interface *decoders,
                                   struct bw_problem *problem)
{
    struct bw_source_file *file = malloc(sizeof(*file));
    struct stat info;

    if (file == NULL)
        return BW_ERR_NO_MEMORY;
    *file = (struct bw_source_file){.decoders = decoders};
    file->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd >= 0 && fstat(file->fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        (void)close(file->fd);
        file->fd = -1;
        errno = EISDIR;
    }
    if (file->fd < 0) {
        bw_problem_set(problem, path, 0, "cannot be read: %s", strerror(errno));
        free(file);
        return BW_ERR_IO;
    }
    (void)posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    const enum bw_status status = find_decoder(file);
    if (status != BW_OK) {
        bw_source_file_close(&file);
        return status;
    }
    *opened = file;
    return BW_OK;
}

void bw_source_file_close(struct bw_source_file **owned)
{
    struct bw_source_file *file = *owned;

    *owned = NULL;
    if (file == NULL)
        return;
    if (file->decoder != NULL)
        file->decoders->destroy(file->decoder);
    if (file->fd != STDIN_FILENO)
        (void)close(file->fd);
    free(file);
}

static void read_plain(struct bw_source_file *file, char *bytes, size_t capacity, size_t *size)
{
    if (file->rest.size > 0) {
        *size = file->rest.size < capacity ? file->rest.size : capacity;
        (void)memcpy(bytes, file->rest.bytes, *size);
        file->rest = bw_text_after(file->rest, *size);
        return;
    }
    *size = read_some(file, bytes, capacity);
}

static void read_decoded(struct bw_source_file *file, char *bytes, size_t capacity, size_t *size)
{
    while (*size == 0) {
        if (file->rest.size == 0)
            file->rest = (struct bw_text){file->input, read_some(file, file->input, INPUT_BYTES)};
        const bool has_input = file->rest.size > 0;
        const bool is_good =
            file->decoders->feed(file->decoder, &file->rest, bytes, capacity, size);
        if (!is_good) {
            file->fault = file->decoders->fault(file->decoder, false);
            file->is_at_end = true;
            file->rest.size = 0;
            return;
        }
        if (!has_input && *size == 0) {
            if (file->fault == NULL)
                file->fault = file->decoders->fault(file->decoder, true);
            return;
        }
    }
}

void bw_source_file_read(struct bw_source_file *file, char *bytes, size_t capacity, size_t *size)
{
    *size = 0;
    if (file->decoder == NULL)
        read_plain(file, bytes, capacity, size);
    else if (file->fault == NULL)
        read_decoded(file, bytes, capacity, size);
    file->text_bytes += *size;
}

const char *bw_source_file_fault(const struct bw_source_file *file)
{
    return file->fault;
}

const char *bw_source_file_compression(const struct bw_source_file *file)
{
    return file->decoder == NULL ? "none" : "gzip";
}

uint64_t bw_source_file_bytes(const struct bw_source_file *file)
{
    return file->bytes;
}

uint64_t bw_source_file_text_bytes(const struct bw_source_file *file)
{
    return file->text_bytes;
}
