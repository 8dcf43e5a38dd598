#include "inflate/stream_inflater.h"
#include "test.h"

#include <zlib.h>

#include <stdio.h>
#include <stdlib.h>

#define TEXT_BYTES ((size_t)300 * 1024)
#define ROOM       ((size_t)64 * 1024)

/* How a sender makes its stream. */
struct sender {
    const char *why;
    int level;
    int strategy;
    size_t flush_bytes; /* a flush behind so much text; 0: only the end */
};

static const struct sender senders[] = {
    {"a flush after each batch", 9, Z_DEFAULT_STRATEGY, 700},
    {"the fastest level", 1, Z_DEFAULT_STRATEGY, 5000},
    {"no flush: blocks end within bytes", 6, Z_DEFAULT_STRATEGY, 0},
    {"fixed codes", 6, Z_FIXED, 0},
    {"stored blocks", 0, Z_DEFAULT_STRATEGY, 0},
    {"Huffman codes only", 6, Z_HUFFMAN_ONLY, 0},
};

static char text[TEXT_BYTES];

static void make_text(void)
{
    uint32_t seed = 1;
    size_t size = 0;

    while (size < TEXT_BYTES) {
        char line[200];
        seed = seed * 1103515245 + 12345;
        const int length =
            snprintf(line, sizeof(line),
                     "<22>Nov 24 02:00:00 mx1 postfix/smtp[%u]: %08X: to=<u%u@a.example>\n",
                     seed >> 20, seed, (seed >> 8) & 0xfff);
        assert_true(length > 0);
        const size_t part = (size_t)length < TEXT_BYTES - size ? (size_t)length : TEXT_BYTES - size;
        (void)memcpy(text + size, line, part);
        size += part;
    }
}

/* The stream of the text; free() it. */
static struct bw_text compressed(const struct sender *sender, size_t size)
{
    const size_t room = size * 2 + 100000;
    char *bytes = malloc(room);
    z_stream stream = {.avail_in = 0};

    assert_non_null(bytes);
    assert_int_equal(
        deflateInit2(&stream, sender->level, Z_DEFLATED, MAX_WBITS, 8, sender->strategy), Z_OK);
    stream.next_out = (Bytef *)bytes;
    stream.avail_out = (uInt)room;
    const size_t step = sender->flush_bytes == 0 ? size : sender->flush_bytes;
    for (size_t at = 0; at < size; at += step) {
        stream.next_in = (Bytef *)text + at;
        stream.avail_in = (uInt)(size - at < step ? size - at : step);
        assert_int_equal(deflate(&stream, sender->flush_bytes == 0 ? Z_NO_FLUSH : Z_SYNC_FLUSH),
                         Z_OK);
    }
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    const size_t made = room - stream.avail_out;
    (void)deflateEnd(&stream);
    return (struct bw_text){bytes, made};
}

static struct bw_text part_of(struct bw_text stream, size_t from, size_t size)
{
    const struct bw_text rest = bw_text_after(stream, from);

    return bw_text_head(rest, size < rest.size ? size : rest.size);
}

/* Feeds bytes and checks that what comes out is the text from *at on. */
static enum bw_status feed(struct bw_stream_inflater *inflater, struct bw_text bytes, size_t *at)
{
    static char out[ROOM];
    enum bw_status status = BW_OK;
    size_t taken = 0;

    do {
        size_t size = 0;
        status = bw_stream_inflater_feed(inflater, bytes, &taken, out, sizeof(out), &size);
        assert_true(*at + size <= TEXT_BYTES);
        assert_memory_equal(out, text + *at, size);
        *at += size;
        bytes = bw_text_after(bytes, taken);
    } while (bytes.size > 0 && status == BW_OK && taken > 0);
    return status;
}

static void gives_the_text_however_the_stream_is_made_and_cut(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 2, 7, 1000, 50000};

    for (size_t i = 0; i < ARRAY_COUNT(senders); i++) {
        const struct bw_text stream = compressed(&senders[i], TEXT_BYTES);
        for (size_t step = 0; step < ARRAY_COUNT(steps); step++) {
            struct bw_stream_inflater *inflater = NULL;
            size_t at = 0;

            assert_int_equal(bw_stream_inflater_create(&inflater), BW_OK);
            for (size_t cut = 0; cut < stream.size; cut += steps[step]) {
                assert_int_equal(feed(inflater, part_of(stream, cut, steps[step]), &at), BW_OK);
                bw_stream_inflater_keep(inflater);
            }
            assert_int_equal(at, TEXT_BYTES);
            assert_true(bw_stream_inflater_is_complete(inflater));
            bw_stream_inflater_destroy(&inflater);
        }
        free((char *)(uintptr_t)stream.bytes);
    }
}

/* Write it down, lose it, read it again. */
static void reborn(struct bw_stream_inflater **inflater)
{
    struct bw_byte_writer writer = {0};
    struct bw_byte_reader reader;

    bw_stream_inflater_save(*inflater, &writer);
    bw_stream_inflater_destroy(inflater);
    reader = (struct bw_byte_reader){.rest = bw_byte_writer_text(&writer)};
    assert_int_equal(bw_stream_inflater_load(inflater, &reader), BW_OK);
    assert_int_equal(reader.rest.size, 0);
    bw_byte_writer_deinit(&writer);
}

static void goes_on_from_what_was_written_down_anywhere(void **state)
{
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(senders); i++) {
        const struct bw_text stream = compressed(&senders[i], TEXT_BYTES);
        struct bw_stream_inflater *inflater = NULL;
        size_t at = 0;
        size_t step = 1;

        assert_int_equal(bw_stream_inflater_create(&inflater), BW_OK);
        for (size_t cut = 0; cut < stream.size; cut += step) {
            step = 1 + (cut * 7919) % 997;
            assert_int_equal(feed(inflater, part_of(stream, cut, step), &at), BW_OK);
            bw_stream_inflater_keep(inflater);
            reborn(&inflater);
        }
        assert_int_equal(at, TEXT_BYTES);
        assert_true(bw_stream_inflater_is_complete(inflater));
        bw_stream_inflater_destroy(&inflater);
        free((char *)(uintptr_t)stream.bytes);
    }
}

static void takes_back_what_was_not_kept(void **state)
{
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(senders); i++) {
        const struct bw_text stream = compressed(&senders[i], TEXT_BYTES);
        struct bw_stream_inflater *inflater = NULL;
        size_t at = 0;
        size_t step = 1;

        assert_int_equal(bw_stream_inflater_create(&inflater), BW_OK);
        for (size_t cut = 0; cut < stream.size; cut += step) {
            size_t refused = at;
            step = 1 + (cut * 7919) % 30011;
            assert_int_equal(feed(inflater, part_of(stream, cut, step + 40), &refused), BW_OK);
            assert_int_equal(bw_stream_inflater_take_back(inflater), BW_OK);
            assert_int_equal(feed(inflater, part_of(stream, cut, step), &at), BW_OK);
            bw_stream_inflater_keep(inflater);
        }
        assert_int_equal(at, TEXT_BYTES);
        bw_stream_inflater_destroy(&inflater);
        free((char *)(uintptr_t)stream.bytes);
    }
}

static void a_damaged_stream_gives_what_comes_before_the_damage_and_no_more(void **state)
{
    (void)state;
    const struct bw_text stream = compressed(&senders[0], 5000);
    static const char more[] = "more";

    for (size_t bad = 0; bad < stream.size; bad++) {
        const struct bw_text copy = bw_test_exact_copy(stream);
        struct bw_stream_inflater *inflater = NULL;
        char out[ROOM];
        size_t taken = 0;
        size_t size = 0;

        ((char *)(uintptr_t)copy.bytes)[bad] ^= 0x55;
        assert_int_equal(bw_stream_inflater_create(&inflater), BW_OK);
        enum bw_status status =
            bw_stream_inflater_feed(inflater, copy, &taken, out, sizeof(out), &size);
        if (status == BW_OK) /* the damage has made it longer */
            assert_false(bw_stream_inflater_is_complete(inflater));
        else
            assert_int_equal(status, BW_ERR_FORMAT);
        bw_stream_inflater_keep(inflater);
        if (status == BW_ERR_FORMAT) {
            reborn(&inflater);
            size = 0;
            assert_int_equal(
                bw_stream_inflater_feed(inflater, BW_TEXT("x"), &taken, out, sizeof(out), &size),
                BW_ERR_FORMAT);
            assert_int_equal(taken, 0);
        }
        bw_stream_inflater_destroy(&inflater);
        bw_test_exact_free(copy);
    }
    struct bw_stream_inflater *inflater = NULL;
    size_t at = 0;
    assert_int_equal(bw_stream_inflater_create(&inflater), BW_OK);
    assert_int_equal(feed(inflater, stream, &at), BW_OK);
    assert_int_equal(at, 5000);
    assert_int_equal(feed(inflater, bw_text_of(more), &at), BW_ERR_FORMAT);
    bw_stream_inflater_destroy(&inflater);
    free((char *)(uintptr_t)stream.bytes);
}

static void refuses_a_block_without_end(void **state)
{
    (void)state;
    /* Fixed codes (RFC 1951 3.2.6): a block begins, and one-bits are literals of nine bits. */
    struct bw_stream_inflater *inflater = NULL;
    static char bytes[1000];
    char out[ROOM];
    enum bw_status status = BW_OK;
    size_t fed = 0;
    size_t taken = 0;
    size_t size = 0;

    assert_int_equal(bw_stream_inflater_create(&inflater), BW_OK);
    assert_int_equal(
        bw_stream_inflater_feed(inflater, BW_TEXT("\x78\x9c\xfb"), &taken, out, sizeof(out), &size),
        BW_OK);
    (void)memset(bytes, 0xff, sizeof(bytes));
    while (status == BW_OK && fed < (size_t)8 * 1024 * 1024) {
        size = 0;
        status = bw_stream_inflater_feed(inflater, (struct bw_text){bytes, sizeof(bytes)}, &taken,
                                         out, sizeof(out), &size);
        bw_stream_inflater_keep(inflater);
        fed += taken;
    }
    assert_int_equal(status, BW_ERR_LIMIT);
    assert_true(fed < (size_t)2 * 1024 * 1024);
    bw_stream_inflater_destroy(&inflater);
}

static void knows_a_stream_by_its_first_two_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *beginning;
        size_t size;
        enum bw_stream_kind kind;
    } cases[] = {
        {"", 0, BW_STREAM_UNDECIDED},     {"\x78", 1, BW_STREAM_UNDECIDED},
        {"\x78\x01", 2, BW_STREAM_ZLIB},  {"\x78\x5e", 2, BW_STREAM_ZLIB},
        {"\x78\x9c", 2, BW_STREAM_ZLIB},  {"\x78\xda", 2, BW_STREAM_ZLIB},
        {"\x78\xbb", 2, BW_STREAM_PLAIN}, {"xy", 2, BW_STREAM_PLAIN},
        {"x", 1, BW_STREAM_UNDECIDED},    {"<22>", 4, BW_STREAM_PLAIN},
        {"<", 1, BW_STREAM_PLAIN},        {"1", 1, BW_STREAM_PLAIN},
        {"z", 1, BW_STREAM_PLAIN},        {"8", 1, BW_STREAM_UNDECIDED},
        {"88 <22>", 7, BW_STREAM_PLAIN},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_int_equal(bw_stream_kind_of((struct bw_text){cases[i].beginning, cases[i].size}),
                         cases[i].kind);
}

static void foreign_bytes_are_no_inflater(void **state)
{
    (void)state;
    struct bw_stream_inflater *inflater = NULL;
    struct bw_byte_writer writer = {0};
    size_t at = 0;

    const struct bw_text stream = compressed(&senders[1], TEXT_BYTES);
    assert_int_equal(bw_stream_inflater_create(&inflater), BW_OK);
    assert_int_equal(feed(inflater, bw_text_head(stream, stream.size / 2), &at), BW_OK);
    bw_stream_inflater_keep(inflater);
    bw_stream_inflater_save(inflater, &writer);
    bw_stream_inflater_destroy(&inflater);
    const struct bw_text saved = bw_byte_writer_text(&writer);
    for (size_t cut = 0; cut < saved.size; cut += cut < 50 ? 1 : 997) {
        struct bw_byte_reader reader = {.rest = bw_text_head(saved, cut)};
        assert_int_equal(bw_stream_inflater_load(&inflater, &reader), BW_ERR_FORMAT);
        assert_null(inflater);
    }
    bw_byte_writer_deinit(&writer);
    free((char *)(uintptr_t)stream.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_text_however_the_stream_is_made_and_cut),
        cmocka_unit_test(goes_on_from_what_was_written_down_anywhere),
        cmocka_unit_test(takes_back_what_was_not_kept),
        cmocka_unit_test(a_damaged_stream_gives_what_comes_before_the_damage_and_no_more),
        cmocka_unit_test(refuses_a_block_without_end),
        cmocka_unit_test(knows_a_stream_by_its_first_two_bytes),
        cmocka_unit_test(foreign_bytes_are_no_inflater),
    };

    make_text();
    return cmocka_run_group_tests_name("inflate/stream_inflater", tests, NULL, NULL);
}
