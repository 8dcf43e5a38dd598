#include "frame/gelf_chunks.h"

#include "base/hash.h"

#include <stdlib.h>

#define HEADER_BYTES 12
#define CHUNKS_MAX   128
#define MESSAGES_MAX 256
#define BYTES_MAX    ((size_t)16 * 1024 * 1024)
#define WAIT_MS      5000

/* A message of which not all chunks are there. */
struct waiting {
    uint64_t key; /* of sender and id; 0: this place is free */
    int64_t first_ms;
    char *parts[CHUNKS_MAX]; /* owned; NULL: not there */
    uint32_t sizes[CHUNKS_MAX];
    uint8_t count, have;
    size_t bytes;
};

struct bw_gelf_chunks {
    struct waiting messages[MESSAGES_MAX];
    size_t bytes; /* of all parts */
    char *whole;  /* owned; the message that was given last */
    struct bw_gelf_chunk_counts counts;
};

enum bw_status bw_gelf_chunks_create(struct bw_gelf_chunks **created)
{
    *created = calloc(1, sizeof(**created));
    return *created == NULL ? BW_ERR_NO_MEMORY : BW_OK;
}

static void forget(struct bw_gelf_chunks *chunks, struct waiting *message)
{
    for (size_t i = 0; i < message->count; i++)
        free(message->parts[i]);
    chunks->bytes -= message->bytes;
    *message = (struct waiting){.key = 0};
}

void bw_gelf_chunks_destroy(struct bw_gelf_chunks **owned)
{
    struct bw_gelf_chunks *chunks = *owned;

    *owned = NULL;
    if (chunks == NULL)
        return;
    for (size_t i = 0; i < MESSAGES_MAX; i++)
        forget(chunks, &chunks->messages[i]);
    free(chunks->whole);
    free(chunks);
}

bool bw_gelf_is_chunk(struct bw_text datagram)
{
    return bw_text_starts_with(datagram, BW_TEXT("\x1e\x0f"));
}

void bw_gelf_chunks_expire(struct bw_gelf_chunks *chunks, int64_t now_ms)
{
    for (size_t i = 0; i < MESSAGES_MAX; i++) {
        struct waiting *message = &chunks->messages[i];
        if (message->key == 0 || now_ms - message->first_ms < WAIT_MS)
            continue;
        chunks->counts.incomplete++;
        forget(chunks, message);
    }
}

/* NULL: none is there. `but`: not this one. */
static struct waiting *oldest(struct bw_gelf_chunks *chunks, const struct waiting *but)
{
    struct waiting *found = NULL;

    for (size_t i = 0; i < MESSAGES_MAX; i++) {
        struct waiting *message = &chunks->messages[i];
        if (message->key != 0 && message != but &&
            (found == NULL || message->first_ms < found->first_ms))
            found = message;
    }
    return found;
}

/* The place of a message, a new one when it has none; the oldest goes when there is no other. */
static struct waiting *place_of(struct bw_gelf_chunks *chunks, uint64_t key)
{
    struct waiting *free_place = NULL;

    for (size_t i = 0; i < MESSAGES_MAX; i++) {
        struct waiting *message = &chunks->messages[i];
        if (message->key == key)
            return message;
        if (message->key == 0 && free_place == NULL)
            free_place = message;
    }
    if (free_place != NULL)
        return free_place;
    free_place = oldest(chunks, NULL);
    chunks->counts.evicted++;
    forget(chunks, free_place);
    return free_place;
}

static void make_room(struct bw_gelf_chunks *chunks, const struct waiting *message, size_t size)
{
    struct waiting *victim;

    while (chunks->bytes + size > BYTES_MAX && (victim = oldest(chunks, message)) != NULL) {
        chunks->counts.evicted++;
        forget(chunks, victim);
    }
}

/* All chunks as one text. */
static struct bw_text join(struct bw_gelf_chunks *chunks, struct waiting *message)
{
    char *whole = realloc(chunks->whole, message->bytes);
    size_t size = 0;

    if (whole == NULL) {
        chunks->counts.evicted++;
        forget(chunks, message);
        return BW_TEXT("");
    }
    chunks->whole = whole;
    for (size_t i = 0; i < message->count; i++) {
        (void)memcpy(whole + size, message->parts[i], message->sizes[i]);
        size += message->sizes[i];
    }
    chunks->counts.complete++;
    forget(chunks, message);
    return (struct bw_text){whole, size};
}

struct bw_text bw_gelf_chunks_take(struct bw_gelf_chunks *chunks, struct bw_text datagram,
                                   struct bw_text peer, int64_t now_ms)
{
    bw_gelf_chunks_expire(chunks, now_ms);
    if (!bw_gelf_is_chunk(datagram) || datagram.size <= HEADER_BYTES) {
        chunks->counts.bad++;
        return BW_TEXT("");
    }
    const uint8_t number = (uint8_t)datagram.bytes[10];
    const uint8_t count = (uint8_t)datagram.bytes[11];
    const struct bw_text part = bw_text_after(datagram, HEADER_BYTES);
    const struct bw_text id = bw_text_head(bw_text_after(datagram, 2), 8);
    const uint64_t key = bw_hash_pair(bw_hash(id), bw_hash(peer)) | 1;

    if (count == 0 || count > CHUNKS_MAX || number >= count) {
        chunks->counts.bad++;
        return BW_TEXT("");
    }
    struct waiting *message = place_of(chunks, key);
    if (message->key == 0) {
        message->key = key;
        message->first_ms = now_ms;
        message->count = count;
    }
    if (message->count != count || message->parts[number] != NULL) {
        chunks->counts.bad += message->count != count ? 1 : 0;
        chunks->counts.repeated += message->count == count ? 1 : 0;
        return BW_TEXT("");
    }
    make_room(chunks, message, part.size);
    message->parts[number] = malloc(part.size);
    if (message->parts[number] == NULL) {
        chunks->counts.evicted++;
        forget(chunks, message);
        return BW_TEXT("");
    }
    (void)memcpy(message->parts[number], part.bytes, part.size);
    message->sizes[number] = (uint32_t)part.size;
    message->bytes += part.size;
    chunks->bytes += part.size;
    message->have++;
    return message->have == count ? join(chunks, message) : BW_TEXT("");
}

const struct bw_gelf_chunk_counts *bw_gelf_chunks_counts(const struct bw_gelf_chunks *chunks)
{
    return &chunks->counts;
}
