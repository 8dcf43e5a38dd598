/*
 * GELF by datagrams: a sequence of chunks and messages, compressed or not, of three senders.
 */
#include "frame/gelf_chunks.h"
#include "frame/gelf_message.h"
#include "fuzz_target.h"
#include "inflate/message_inflater.h"

static void read_message(struct bw_text message)
{
    static char json[BW_GELF_BYTES_MAX];
    static char line[64 * 1024];

    if (bw_gelf_is_compressed(message))
        message = (struct bw_text){json, bw_gelf_inflate(message, json, sizeof(json))};
    const size_t size = bw_gelf_line(message, 1000, line, sizeof(line));
    BW_ASSERT(size <= sizeof(line) && (size == 0 || line[size - 1] == '\n'));
    BW_ASSERT(size == 0 || memchr(line, '\n', size - 1) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct bw_text peers[] = {BW_TEXT_INIT("a"), BW_TEXT_INIT("b"), BW_TEXT_INIT("")};
    struct bw_gelf_chunks *chunks = NULL;
    struct bw_text rest = {(const char *)data, size};
    int64_t now_ms = 0;

    BW_ASSERT(bw_gelf_chunks_create(&chunks) == BW_OK);
    /* Each datagram: its size, a sender and a time, its bytes. */
    while (rest.size > 2) {
        const size_t wanted = (uint8_t)rest.bytes[0];
        const uint8_t how = (uint8_t)rest.bytes[1];
        rest = bw_text_after(rest, 2);
        struct bw_text datagram = bw_text_head(rest, wanted < rest.size ? wanted : rest.size);
        rest = bw_text_after(rest, datagram.size);
        now_ms += how;
        if (bw_gelf_is_chunk(datagram))
            datagram = bw_gelf_chunks_take(chunks, datagram, peers[how % 3], now_ms);
        if (datagram.size > 0)
            read_message(datagram);
    }
    bw_gelf_chunks_destroy(&chunks);
    return 0;
}
