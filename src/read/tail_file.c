#include "read/tail_file.h"

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/mark_kind.h"
#include "base/real_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define NS_PER_S   INT64_C(1000000000)
#define LINE_BYTES ((size_t)64 * 1024)

enum mark_flag {
    MARK_SKIPPING = 1,
    MARK_ADOPTED = 2,
    MARK_OVER = 4,
    MARK_RENAMED = 8,
    MARK_COMPRESSED = 16,
    MARK_AT_END = 32,
    MARK_REMEMBERED = 64,
    MARK_BESIDE = 128,
};

int64_t bw_tail_modified_ns(const struct stat *info)
{
    return info->st_mtim.tv_sec * NS_PER_S + info->st_mtim.tv_nsec;
}

bool bw_tail_file_init(struct bw_tail_file *file, const char *path, const struct stat *info)
{
    *file = (struct bw_tail_file){
        .path = strdup(path),
        .now_path = strdup(path),
        .device = info->st_dev,
        .inode = info->st_ino,
        .size = (uint64_t)info->st_size,
        .modified_ns = bw_tail_modified_ns(info),
        .read_ns = INT64_MIN,
        .fd = -1,
    };
    if (file->path != NULL && file->now_path != NULL)
        return true;
    bw_tail_file_deinit(file);
    return false;
}

void bw_tail_file_deinit(struct bw_tail_file *file)
{
    bw_tail_file_close(file);
    free(file->path);
    free(file->now_path);
    *file = (struct bw_tail_file){.fd = -1};
}

bool bw_tail_file_open(struct bw_tail_file *file)
{
    struct stat info;

    if (file->fd >= 0)
        return true;
    if (file->now_path == NULL)
        return false;
    /* Not blocking: a pipe under the name of a log must not stop everything. */
    const int fd = open(file->now_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        const int error = errno;
        file->is_unreadable = error != ENOENT;
        file->is_closed = bw_is_given_up(file->now_path, R_OK, error);
        return false;
    }
    if (fstat(fd, &info) != 0 || info.st_dev != file->device || info.st_ino != file->inode) {
        (void)close(fd);
        return false;
    }
    file->fd = fd;
    file->is_unreadable = file->is_closed = file->is_trouble_told = false;
    return true;
}

void bw_tail_file_close(struct bw_tail_file *file)
{
    if (file->fd >= 0)
        (void)close(file->fd);
    file->fd = -1;
    bw_tail_archive_destroy(&file->archive);
    file->is_verified = file->is_seeking = false;
}

/* Up to `size` bytes at `offset`; fewer at the end of the file; 0 when it cannot be read. */
static size_t read_at(int fd, char *bytes, size_t size, uint64_t offset)
{
    size_t done = 0;

    while (done < size) {
        const ssize_t got = pread(fd, bytes + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    return done;
}

size_t bw_tail_file_text(const struct bw_tail_file *file, char *bytes, size_t size, uint64_t offset)
{
    if (!file->is_compressed)
        return read_at(file->fd, bytes, size, offset);
    return file->archive == NULL ? 0 : bw_tail_archive_copy(file->archive, bytes, size, offset);
}

bool bw_tail_file_has_more(const struct bw_tail_file *file)
{
    return file->is_compressed ? !file->is_at_end : file->size > file->position;
}

bool bw_tail_file_holds(const struct bw_tail_file *file, uint64_t offset, struct bw_text bytes)
{
    char found[BW_TAIL_BEFORE_BYTES];

    BW_ASSERT(bytes.size <= sizeof(found));
    return bw_tail_file_text(file, found, bytes.size, offset) == bytes.size &&
           (bytes.size == 0 || memcmp(found, bytes.bytes, bytes.size) == 0);
}

bool bw_tail_file_has_head(const struct bw_tail_file *file, size_t size, uint64_t hash)
{
    char head[BW_TAIL_HEAD_BYTES];

    BW_ASSERT(size <= sizeof(head));
    return bw_tail_file_text(file, head, size, 0) == size &&
           bw_hash((struct bw_text){head, size}) == hash;
}

void bw_tail_file_learn_head(struct bw_tail_file *file)
{
    char head[BW_TAIL_HEAD_BYTES] = "";

    if (file->head_size == BW_TAIL_HEAD_BYTES || file->fd < 0)
        return;
    /* Only what was read is known to stay: a line that is being written may be another copy's. */
    const size_t most = file->position < sizeof(head) ? (size_t)file->position : sizeof(head);
    size_t size;
    if (file->archive != NULL) {
        const struct bw_text start = bw_tail_archive_head(file->archive);
        size = start.size < most ? start.size : most;
        (void)memcpy(head, start.bytes, size);
    } else {
        size = bw_tail_file_text(file, head, most, 0);
    }
    if (size <= file->head_size)
        return;
    file->head_size = (uint16_t)size;
    file->head_hash = bw_hash((struct bw_text){head, size});
    (void)memcpy(file->start, head, sizeof(file->start));
}

bool bw_tail_file_looks_compressed(const struct bw_tail_file *file)
{
    /* RFC 1952 2.3.1 (gzip); the formats' own documents: xz 2.1.1.1, zstd RFC 8878 3.1.1, bzip2,
     * the lz4 frame. */
    static const struct bw_text magics[] = {
        BW_TEXT_INIT("\x1F\x8B"),
        BW_TEXT_INIT("\xFD"
                     "7zXZ"),
        BW_TEXT_INIT("\x28\xB5\x2F\xFD"),
        BW_TEXT_INIT("BZh"),
        BW_TEXT_INIT("\x04\x22\x4D\x18"),
    };

    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
        if (bw_tail_file_holds(file, 0, magics[i]))
            return true;
    return false;
}

bool bw_tail_file_is_itself(struct bw_tail_file *file)
{
    struct stat info;

    if (fstat(file->fd, &info) != 0)
        return false;
    file->size = (uint64_t)info.st_size;
    file->modified_ns = bw_tail_modified_ns(&info);
    /* What is compressed is written once; its archive is compared with what was read of it. */
    if (file->is_compressed)
        return true;
    if (file->size < file->position ||
        !bw_tail_file_holds(file, file->position - file->before_size,
                            (struct bw_text){file->before, file->before_size}))
        return false;
    file->size_before = file->size;
    return true;
}

/* The last bytes of `file` stand at the same place in `known`. */
static enum bw_tail_relation compare_end(const struct bw_tail_file *file,
                                         const struct bw_tail_file *known)
{
    char end[BW_TAIL_BEFORE_BYTES];

    if (known->fd < 0 || known->is_compressed)
        return BW_TAIL_UNKNOWN;
    const size_t size = file->size < sizeof(end) ? (size_t)file->size : sizeof(end);
    if (read_at(file->fd, end, size, file->size - size) != size)
        return BW_TAIL_UNKNOWN;
    return bw_tail_file_holds(known, file->size - size, (struct bw_text){end, size})
               ? BW_TAIL_PREFIX
               : BW_TAIL_OTHER;
}

/* Bytes that both have at their start, where one of them may be closed. */
static size_t start_size(const struct bw_tail_file *file, const struct bw_tail_file *known)
{
    size_t size = sizeof(known->start);

    if (size > known->head_size)
        size = known->head_size;
    return size > file->size ? (size_t)file->size : size;
}

enum bw_tail_relation bw_tail_file_relation(const struct bw_tail_file *file,
                                            const struct bw_tail_file *known)
{
    if (known->position == 0 ||
        !bw_tail_file_holds(file, 0, (struct bw_text){known->start, start_size(file, known)}))
        return BW_TAIL_OTHER;
    if (file->size < known->head_size)
        return file->size == 0 ? BW_TAIL_UNKNOWN : compare_end(file, known);
    if (!bw_tail_file_has_head(file, known->head_size, known->head_hash))
        return BW_TAIL_OTHER;
    if (file->size < known->position)
        return compare_end(file, known);
    return bw_tail_file_holds(file, known->position - known->before_size,
                              (struct bw_text){known->before, known->before_size})
               ? BW_TAIL_HOLDS
               : BW_TAIL_OTHER;
}

void bw_tail_file_continue(struct bw_tail_file *file, const struct bw_tail_file *known)
{
    file->position = known->position;
    file->lines = known->lines;
    file->head_size = known->head_size;
    file->head_hash = known->head_hash;
    (void)memcpy(file->start, known->start, sizeof(file->start));
    file->before_size = known->before_size;
    (void)memcpy(file->before, known->before, sizeof(file->before));
    file->is_skipping = known->is_skipping;
    file->needs_mark = true;
}

void bw_tail_file_restart(struct bw_tail_file *file)
{
    file->position = file->lines = 0;
    file->head_size = file->before_size = 0;
    file->head_hash = 0;
    file->is_skipping = false;
    file->is_compressed = file->is_at_end = file->is_verified = false;
    bw_tail_archive_destroy(&file->archive);
    file->needs_mark = true;
}

/* Drop the rest of a line that was cut: bytes up to its end, or all of them. */
static size_t skipped_size(struct bw_text bytes, bool *is_skipping)
{
    const size_t end = bw_text_find(bytes, BW_TEXT("\n"));

    *is_skipping = end == bytes.size;
    return end == bytes.size ? end : end + 1;
}

/* A line that fills the room: its first 64 KiB and one byte, which says that it was cut. */
static void cut_line(char *bytes, struct bw_tail_reading *reading)
{
    reading->size = LINE_BYTES + 1;
    bytes[reading->size++] = '\n';
    reading->taken += LINE_BYTES + 1;
    reading->lines_cut++;
    reading->is_skipping = true;
}

bool bw_tail_file_read(const struct bw_tail_file *file, char *bytes, size_t capacity, bool is_last,
                       struct bw_tail_reading *reading)
{
    *reading = (struct bw_tail_reading){.is_skipping = file->is_skipping};
    BW_ASSERT(capacity >= BW_TAIL_BYTES_MIN);
    /* One byte stays free for the end of a last line. */
    size_t size = bw_tail_file_text(file, bytes, capacity - 1, file->position);

    if (reading->is_skipping) {
        const size_t skipped = skipped_size((struct bw_text){bytes, size}, &reading->is_skipping);
        reading->taken = skipped;
        size -= skipped;
        (void)memmove(bytes, bytes + skipped, size);
    }
    const char *newline = size == 0 ? NULL : memrchr(bytes, '\n', size);
    if (newline != NULL) {
        reading->size = (size_t)(newline + 1 - bytes);
        reading->taken += reading->size;
    } else if (size > LINE_BYTES) {
        cut_line(bytes, reading);
    } else if (is_last && size > 0) {
        reading->taken += size;
        bytes[size] = '\n';
        reading->size = size + 1;
    }
    return reading->taken > 0;
}

void bw_tail_file_pass(struct bw_tail_file *file, struct bw_text bytes,
                       const struct bw_tail_reading *reading)
{
    file->position += reading->taken;
    file->is_skipping = reading->is_skipping;
    if (bytes.size == 0) {
        const size_t size =
            file->position < sizeof(file->before) ? (size_t)file->position : sizeof(file->before);
        file->before_size =
            (uint16_t)bw_tail_file_text(file, file->before, size, file->position - size);
    } else if (bytes.size >= sizeof(file->before)) {
        (void)memcpy(file->before, bytes.bytes + bytes.size - sizeof(file->before),
                     sizeof(file->before));
        file->before_size = sizeof(file->before);
    } else {
        const size_t kept = sizeof(file->before) - bytes.size < file->before_size
                                ? sizeof(file->before) - bytes.size
                                : file->before_size;
        (void)memmove(file->before, file->before + file->before_size - kept, kept);
        (void)memcpy(file->before + kept, bytes.bytes, bytes.size);
        file->before_size = (uint16_t)(kept + bytes.size);
    }
    bw_tail_file_learn_head(file);
}

void bw_tail_file_go_to_end(struct bw_tail_file *file)
{
    char bytes[4096];
    uint64_t end = file->size;

    while (end > 0) {
        const size_t size = end < sizeof(bytes) ? (size_t)end : sizeof(bytes);
        const ssize_t got = pread(file->fd, bytes, size, (off_t)(end - size));
        if (got != (ssize_t)size)
            break;
        const char *newline = memrchr(bytes, '\n', size);
        if (newline != NULL) {
            end = end - size + (uint64_t)(newline + 1 - bytes);
            break;
        }
        end -= size;
    }
    const struct bw_tail_reading reading = {.taken = end};
    file->position = 0;
    bw_tail_file_pass(file, BW_TEXT(""), &reading);
}

void bw_tail_file_mark(const struct bw_tail_file *file, struct bw_byte_writer *writer)
{
    uint8_t flags = 0;

    flags |= file->is_skipping ? MARK_SKIPPING : 0;
    flags |= file->has_adopted ? MARK_ADOPTED : 0;
    flags |= file->is_over ? MARK_OVER : 0;
    flags |= file->is_renamed ? MARK_RENAMED : 0;
    flags |= file->is_compressed ? MARK_COMPRESSED : 0;
    flags |= file->is_at_end ? MARK_AT_END : 0;
    flags |= file->is_remembered ? MARK_REMEMBERED : 0;
    flags |= file->is_beside ? MARK_BESIDE : 0;
    bw_put_u8(writer, BW_MARK_FILE);
    bw_put_u8(writer, file->kind);
    bw_put_u8(writer, flags);
    bw_put_u64(writer, (uint64_t)file->device);
    bw_put_u64(writer, (uint64_t)file->inode);
    bw_put_u64(writer, file->position);
    bw_put_u64(writer, file->lines);
    bw_put_u64(writer, file->size);
    bw_put_i64(writer, file->modified_ns);
    bw_put_i64(writer, file->read_ns);
    bw_put_u16(writer, file->head_size);
    bw_put_u64(writer, file->head_hash);
    bw_put_bytes(writer, file->start, sizeof(file->start));
    bw_put_text(writer, (struct bw_text){file->before, file->before_size});
    bw_put_text(writer, bw_text_of(file->path));
}

enum bw_status bw_tail_file_from_mark(struct bw_tail_file *file, struct bw_text mark)
{
    struct bw_byte_reader reader = {.rest = mark};
    struct bw_tail_file found = {.fd = -1};

    const uint8_t mark_kind = bw_take_u8(&reader);
    if (mark_kind != BW_MARK_FILE && mark_kind != BW_MARK_FILE_OF_SECONDS)
        return BW_ERR_FORMAT;
    found.kind = bw_take_u8(&reader);
    const uint8_t flags = bw_take_u8(&reader);
    found.is_skipping = (flags & MARK_SKIPPING) != 0;
    found.has_adopted = (flags & MARK_ADOPTED) != 0;
    found.is_over = (flags & MARK_OVER) != 0;
    found.is_renamed = (flags & MARK_RENAMED) != 0;
    found.is_compressed = (flags & MARK_COMPRESSED) != 0;
    found.is_at_end = (flags & MARK_AT_END) != 0;
    found.is_remembered = (flags & MARK_REMEMBERED) != 0;
    found.is_beside = (flags & MARK_BESIDE) != 0;
    found.device = (dev_t)bw_take_u64(&reader);
    found.inode = (ino_t)bw_take_u64(&reader);
    found.position = bw_take_u64(&reader);
    found.lines = bw_take_u64(&reader);
    found.size = bw_take_u64(&reader);
    found.modified_ns = bw_take_i64(&reader);
    found.read_ns = found.modified_ns;
    if (mark_kind == BW_MARK_FILE)
        found.read_ns = bw_take_i64(&reader);
    else if (found.modified_ns > 0 && found.modified_ns < INT64_MAX / NS_PER_S)
        found.modified_ns = found.read_ns = found.modified_ns * NS_PER_S;
    found.head_size = bw_take_u16(&reader);
    found.head_hash = bw_take_u64(&reader);
    const struct bw_text start = bw_take_bytes(&reader, sizeof(found.start));
    const struct bw_text before = bw_take_text(&reader);
    const struct bw_text path = bw_take_text(&reader);
    if (reader.is_broken || reader.rest.size > 0 || found.kind > BW_TAIL_GHOST ||
        before.size > sizeof(found.before) || before.size > found.position ||
        found.head_size > BW_TAIL_HEAD_BYTES || path.size == 0)
        return BW_ERR_FORMAT;
    (void)memcpy(found.start, start.bytes, sizeof(found.start));
    if (before.size > 0)
        (void)memcpy(found.before, before.bytes, before.size);
    found.before_size = (uint16_t)before.size;
    found.path = strndup(path.bytes, path.size);
    if (found.path == NULL)
        return BW_ERR_NO_MEMORY;
    *file = found;
    return BW_OK;
}
