#include "inflate/message_inflater.h"

#include <zlib.h>

#include <stdbool.h>
#include <stdint.h>

size_t bw_message_inflate(struct bw_text message, char *text, size_t capacity)
{
    z_stream stream = {.avail_in = 0};

    /* The shortest stream: two bytes of header, two of data, four of checksum. */
    if (message.size < 9 || message.bytes[0] != 'z' || message.size > capacity)
        return 0;
    if (inflateInit(&stream) != Z_OK)
        return 0;
    stream.next_in = (Bytef *)(uintptr_t)(message.bytes + 1);
    stream.avail_in = (uInt)(message.size - 1);
    stream.next_out = (Bytef *)text;
    stream.avail_out = (uInt)capacity;
    const int result = inflate(&stream, Z_FINISH);
    const size_t size = capacity - stream.avail_out;
    const bool has_rest = stream.avail_in > 0;
    (void)inflateEnd(&stream);
    if (result == Z_STREAM_END && !has_rest)
        return size;
    return result == Z_BUF_ERROR && size == capacity ? BW_MESSAGE_TOO_LARGE : 0;
}

bool bw_gelf_is_compressed(struct bw_text message)
{
    const unsigned char *bytes = (const unsigned char *)message.bytes;

    if (message.size < 2)
        return false;
    return (bytes[0] == 0x1f && bytes[1] == 0x8b) ||
           (bytes[0] == 0x78 && ((unsigned int)bytes[0] * 256 + bytes[1]) % 31 == 0);
}

size_t bw_gelf_inflate(struct bw_text message, char *text, size_t capacity)
{
    z_stream stream = {.avail_in = 0};

    if (message.size > UINT32_MAX || capacity > UINT32_MAX ||
        inflateInit2(&stream, MAX_WBITS + 32) != Z_OK) /* gzip or zlib, as the header says */
        return 0;
    stream.next_in = (Bytef *)(uintptr_t)message.bytes;
    stream.avail_in = (uInt)message.size;
    stream.next_out = (Bytef *)text;
    stream.avail_out = (uInt)capacity;
    const int result = inflate(&stream, Z_FINISH);
    const size_t size = capacity - stream.avail_out;
    (void)inflateEnd(&stream);
    return result == Z_STREAM_END ? size : 0;
}
