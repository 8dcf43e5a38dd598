#include "read/tail_archive.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define INPUT_BYTES ((size_t)64 * 1024)
/* The kept text, and enough of what follows for a batch of lines. */
#define TEXT_BYTES (BW_TAIL_ARCHIVE_KEPT + (size_t)512 * 1024)

struct bw_tail_archive {
    const struct bw_decoder_interface *decoders;
    void *decoder;
    char *input; /* owned; INPUT_BYTES */
    struct bw_text rest;
    uint64_t input_offset; /* of the file, behind `rest` */
    char head[BW_TAIL_ARCHIVE_KEPT];
    size_t head_size;
    char *text; /* owned; TEXT_BYTES */
    size_t text_size;
    uint64_t text_offset; /* of text[0] in all of it */
    bool is_dry;          /* the file had no more */
    bool is_damaged;
};

enum bw_status bw_tail_archive_create(struct bw_tail_archive **created,
                                      const struct bw_decoder_interface *decoders,
                                      struct bw_text magic)
{
    struct bw_tail_archive *archive = calloc(1, sizeof(*archive));

    if (archive == NULL)
        return BW_ERR_NO_MEMORY;
    archive->decoders = decoders;
    archive->input = malloc(INPUT_BYTES);
    archive->text = malloc(TEXT_BYTES);
    enum bw_status status =
        archive->input == NULL || archive->text == NULL ? BW_ERR_NO_MEMORY : BW_OK;
    if (status == BW_OK)
        status = decoders->create(&archive->decoder, magic);
    if (status != BW_OK) {
        archive->decoder = NULL;
        bw_tail_archive_destroy(&archive);
        return status;
    }
    *created = archive;
    return BW_OK;
}

void bw_tail_archive_destroy(struct bw_tail_archive **owned)
{
    struct bw_tail_archive *archive = *owned;

    *owned = NULL;
    if (archive == NULL)
        return;
    if (archive->decoder != NULL)
        archive->decoders->destroy(archive->decoder);
    free(archive->input);
    free(archive->text);
    free(archive);
}

/* Text that lies further before the position than is kept goes. */
static void drop(struct bw_tail_archive *archive, uint64_t position)
{
    const uint64_t from = position < BW_TAIL_ARCHIVE_KEPT ? 0 : position - BW_TAIL_ARCHIVE_KEPT;

    if (from <= archive->text_offset)
        return;
    const uint64_t most = from - archive->text_offset;
    const size_t size = most < archive->text_size ? (size_t)most : archive->text_size;
    archive->text_size -= size;
    archive->text_offset += size;
    (void)memmove(archive->text, archive->text + size, archive->text_size);
}

static void keep_head(struct bw_tail_archive *archive, struct bw_text text)
{
    const size_t room = sizeof(archive->head) - archive->head_size;
    const size_t size = text.size < room ? text.size : room;

    if (size > 0)
        (void)memcpy(archive->head + archive->head_size, text.bytes, size);
    archive->head_size += size;
}

static void refill(struct bw_tail_archive *archive, int fd)
{
    ssize_t got;

    do
        got = pread(fd, archive->input, INPUT_BYTES, (off_t)archive->input_offset);
    while (got < 0 && errno == EINTR);
    archive->is_dry = got <= 0;
    archive->rest = (struct bw_text){archive->input, got < 0 ? 0 : (size_t)got};
    archive->input_offset += archive->rest.size;
}

bool bw_tail_archive_advance(struct bw_tail_archive *archive, int fd, uint64_t position,
                             size_t budget)
{
    size_t done = 0;

    archive->is_dry = false;
    drop(archive, position);
    while (!archive->is_dry && !archive->is_damaged && archive->text_size < TEXT_BYTES &&
           done < budget) {
        size_t size = 0;
        /* What the decoder holds back comes without new bytes, so it is asked first. */
        archive->is_damaged = !archive->decoders->feed(archive->decoder, &archive->rest,
                                                       archive->text + archive->text_size,
                                                       TEXT_BYTES - archive->text_size, &size);
        keep_head(archive, (struct bw_text){archive->text + archive->text_size, size});
        archive->text_size += size;
        done += size;
        drop(archive, position);
        if (size == 0 && archive->rest.size == 0 && !archive->is_damaged)
            refill(archive, fd);
    }
    return archive->is_dry || archive->is_damaged ||
           archive->text_offset + archive->text_size > position;
}

size_t bw_tail_archive_copy(const struct bw_tail_archive *archive, char *bytes, size_t size,
                            uint64_t offset)
{
    if (offset < archive->text_offset || offset > archive->text_offset + archive->text_size)
        return 0;
    const size_t from = (size_t)(offset - archive->text_offset);
    if (size > archive->text_size - from)
        size = archive->text_size - from;
    if (size > 0)
        (void)memcpy(bytes, archive->text + from, size);
    return size;
}

struct bw_text bw_tail_archive_head(const struct bw_tail_archive *archive)
{
    return (struct bw_text){archive->head, archive->head_size};
}

uint64_t bw_tail_archive_extent(const struct bw_tail_archive *archive)
{
    return archive->text_offset + archive->text_size;
}

bool bw_tail_archive_is_complete(const struct bw_tail_archive *archive)
{
    return archive->is_dry && !archive->is_damaged &&
           archive->decoders->fault(archive->decoder, true) == NULL;
}

const char *bw_tail_archive_fault(const struct bw_tail_archive *archive)
{
    if (!archive->is_damaged && !archive->is_dry)
        return NULL;
    return archive->decoders->fault(archive->decoder, archive->is_dry);
}
