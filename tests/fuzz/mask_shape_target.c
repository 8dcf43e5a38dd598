/*
 * Texts on their way out: local parts masked, shapes hashed, UTF-8 mended in JSON. The input's
 * first byte says how much room the masked text gets when it is cut.
 */
#include "base/json_writer.h"
#include "base/mask.h"
#include "base/utf8.h"
#include "fuzz_target.h"

static bool is_alphanumeric(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || (uint8_t)byte >= 0x80;
}

static void check_mask(struct bw_text text, size_t capacity)
{
    const size_t whole_capacity = text.size * 4 + 1; /* every '@' adds three asterisks at most */
    char *whole = exact_room(whole_capacity);
    char *cut = exact_room(capacity);
    const size_t size = bw_mask_addresses(text, whole, whole_capacity);
    const size_t cut_size = bw_mask_addresses(text, cut, capacity);

    BW_ASSERT(size < whole_capacity);
    BW_ASSERT(cut_size == (size < capacity ? size : capacity));
    BW_ASSERT(cut_size == 0 || memcmp(whole, cut, cut_size) == 0);
    /* Quotes of a quoted local part are dropped, which may bring '@' beside letters. */
    const bool has_quote = memchr(text.bytes, '"', text.size) != NULL;
    for (size_t i = 1; i + 1 < size && !has_quote; i++)
        BW_ASSERT(
            !(whole[i] == '@' && is_alphanumeric(whole[i - 1]) && is_alphanumeric(whole[i + 1])));
    if (memchr(text.bytes, '@', text.size) == NULL &&
        bw_text_find(text, BW_TEXT("%40")) == text.size)
        BW_ASSERT(bw_text_equal(text, (struct bw_text){whole, size}));
    free(whole);
    free(cut);
}

/* Other digits, same shape; but for codes at the front, which count as they are, and "%40". */
static void check_shape(struct bw_text text)
{
    const uint64_t hash = bw_shape_hash(text);
    char *other = exact_room(text.size);

    BW_ASSERT(hash != 0 && bw_shape_hash(text) == hash);
    memcpy(other, text.bytes, text.size);
    for (size_t i = 0; i < text.size; i++)
        if (other[i] >= '0' && other[i] <= '9')
            other[i] = (char)('9' - (other[i] - '0'));
    const bool has_code = text.bytes[0] == '#' || (text.bytes[0] >= '0' && text.bytes[0] <= '9');
    if (!has_code && memchr(text.bytes, '%', text.size) == NULL)
        BW_ASSERT(bw_shape_hash((struct bw_text){other, text.size}) == hash);
    free(other);
}

static size_t encode(uint32_t point, uint8_t bytes[4])
{
    if (point < 0x80) {
        bytes[0] = (uint8_t)point;
        return 1;
    }
    if (point < 0x800) {
        bytes[0] = (uint8_t)(0xC0U | point >> 6U);
        bytes[1] = (uint8_t)(0x80U | (point & 0x3FU));
        return 2;
    }
    if (point < 0x10000) {
        bytes[0] = (uint8_t)(0xE0U | point >> 12U);
        bytes[1] = (uint8_t)(0x80U | (point >> 6U & 0x3FU));
        bytes[2] = (uint8_t)(0x80U | (point & 0x3FU));
        return 3;
    }
    bytes[0] = (uint8_t)(0xF0U | point >> 18U);
    bytes[1] = (uint8_t)(0x80U | (point >> 12U & 0x3FU));
    bytes[2] = (uint8_t)(0x80U | (point >> 6U & 0x3FU));
    bytes[3] = (uint8_t)(0x80U | (point & 0x3FU));
    return 4;
}

/* Valid code points encode to the bytes they were read from; the rest is U+FFFD. */
static bool check_utf8(struct bw_text text)
{
    bool is_all_valid = true;

    while (text.size > 0) {
        uint8_t bytes[4];
        uint32_t point = 0;
        bool is_valid = false;
        const size_t size = bw_utf8_next(text, &point, &is_valid);

        BW_ASSERT(size >= 1 && size <= 4 && size <= text.size);
        if (is_valid) {
            BW_ASSERT(point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF));
            BW_ASSERT(encode(point, bytes) == size && memcmp(bytes, text.bytes, size) == 0);
        } else {
            BW_ASSERT(point == BW_UTF8_REPLACEMENT && (uint8_t)text.bytes[0] >= 0x80);
        }
        is_all_valid = is_all_valid && is_valid;
        text = bw_text_after(text, size);
    }
    return is_all_valid;
}

/* A JSON string is valid UTF-8 without control characters, and ends where it ends. */
static void check_json(struct bw_text text)
{
    struct bw_json_writer writer = {0};

    bw_json_text(&writer, text);
    BW_ASSERT(!writer.is_broken && writer.size >= 2);
    BW_ASSERT(check_utf8((struct bw_text){writer.bytes, writer.size}));
    BW_ASSERT(writer.bytes[0] == '"' && writer.bytes[writer.size - 1] == '"');
    for (size_t i = 1; i + 1 < writer.size; i++) {
        BW_ASSERT((uint8_t)writer.bytes[i] >= 0x20 && writer.bytes[i] != '"');
        if (writer.bytes[i] == '\\') {
            i++;
            BW_ASSERT(i + 1 < writer.size && writer.bytes[i] != '\0' &&
                      strchr("\"\\/bfnrtu", writer.bytes[i]) != NULL);
        }
    }
    bw_json_writer_deinit(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct bw_text text = {(const char *)data + 1, size - 1};

    check_mask(text, data[0]);
    check_shape(text);
    (void)check_utf8(text);
    check_json(text);
    return 0;
}
