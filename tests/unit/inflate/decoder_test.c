#include "inflate/decoder.h"
#include "test.h"

#include <zlib.h>

#include <stdlib.h>

#define MEMBER_BYTES_MAX ((size_t)64 * 1024)
#define OUTPUT_BYTES_MAX ((size_t)64 * 1024)
#define TRAILER_BYTES    8 /* CRC and size (RFC 1952 2.3.1) */
#define LINE             "Jul  5 06:52:11 mx1 postfix/qmgr[42]: 3F2A1C: removed\n"

struct bytes {
    char *bytes;
    size_t size, capacity;
};

static void append(struct bytes *to, struct bw_text text)
{
    assert_true(to->size + text.size <= to->capacity);
    if (text.size > 0)
        (void)memcpy(to->bytes + to->size, text.bytes, text.size);
    to->size += text.size;
}

/* Add one gzip member, with every header field that RFC 1952 knows when `has_fields`. */
static void append_member(struct bytes *to, struct bw_text text, bool has_fields)
{
    Bytef extra[] = "AB\x02\x00xy", name[] = "mail.log", comment[] = "a comment";
    gz_header header = {.extra = extra,
                        .extra_len = 6,
                        .name = name,
                        .comment = comment,
                        .hcrc = 1,
                        .time = 1777626840,
                        .os = 3};
    z_stream stream = {0};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    if (has_fields)
        assert_int_equal(deflateSetHeader(&stream, &header), Z_OK);
    stream.next_in = (z_const Bytef *)(uintptr_t)text.bytes;
    stream.avail_in = (uInt)text.size;
    stream.next_out = (Bytef *)to->bytes + to->size;
    stream.avail_out = (uInt)(to->capacity - to->size);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    to->size += stream.total_out;
    assert_int_equal(deflateEnd(&stream), Z_OK);
}

struct result {
    struct bytes text;
    const char *fault; /* at the end of the input; NULL: complete */
};

/* Decode with at most `in` bytes given and `out` bytes of room at a time. */
static struct result decode(struct bw_text input, size_t in, size_t out)
{
    struct result result = {{malloc(OUTPUT_BYTES_MAX), 0, OUTPUT_BYTES_MAX}, NULL};
    struct bw_decoder *decoder = NULL;
    char *room = malloc(out);
    enum bw_decoded decoded = BW_DECODED_MORE;
    size_t size = 1;

    assert_non_null(result.text.bytes);
    assert_non_null(room);
    assert_int_equal(bw_decoder_create(&decoder, BW_COMPRESSION_GZIP), BW_OK);
    while (decoded == BW_DECODED_MORE && (input.size > 0 || size > 0)) {
        const struct bw_text part =
            bw_test_exact_copy(bw_text_head(input, in < input.size ? in : input.size));
        struct bw_text rest = part;

        decoded = bw_decoder_feed(decoder, &rest, room, out, &size);
        assert_true(size <= out);
        assert_true(rest.size <= part.size);
        append(&result.text, (struct bw_text){room, size});
        assert_true(decoded == BW_DECODED_FAULT || size > 0 || rest.size < part.size ||
                    part.size == 0);
        input = bw_text_after(input, part.size - rest.size);
        bw_test_exact_free(part);
    }
    if (decoded == BW_DECODED_FAULT) { /* and it stays one */
        struct bw_text more = BW_TEXT("x");
        assert_non_null(bw_decoder_fault(decoder, false));
        assert_int_equal(bw_decoder_feed(decoder, &more, room, out, &size), BW_DECODED_FAULT);
        assert_int_equal(size, 0);
    }
    result.fault = bw_decoder_fault(decoder, true);
    bw_decoder_destroy(&decoder);
    assert_null(decoder);
    free(room);
    return result;
}

static const size_t steps[][2] = {
    {MEMBER_BYTES_MAX, OUTPUT_BYTES_MAX},
    {1, OUTPUT_BYTES_MAX},
    {MEMBER_BYTES_MAX, 1},
    {1, 1},
    {3, 7},
};

static void assert_decodes(struct bw_text input, struct bw_text text, const char *fault)
{
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        const struct result result = decode(input, steps[i][0], steps[i][1]);

        assert_true(bw_text_equal((struct bw_text){result.text.bytes, result.text.size}, text));
        if (fault == NULL)
            assert_null(result.fault);
        else
            assert_string_equal(result.fault, fault);
        free(result.text.bytes);
    }
}

static struct bytes make_bytes(void)
{
    struct bytes bytes = {malloc(MEMBER_BYTES_MAX), 0, MEMBER_BYTES_MAX};

    assert_non_null(bytes.bytes);
    return bytes;
}

static void knows_gzip_by_its_first_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text head;
        const char *name;
    } cases[] = {
        {"nothing", BW_TEXT_INIT(""), "none"},
        {"text", BW_TEXT_INIT(LINE), "none"},
        {"one byte of the magic", BW_TEXT_INIT("\x1f"), "none"},
        {"two bytes of it", BW_TEXT_INIT("\x1f\x8b"), "none"},
        {"gzip", BW_TEXT_INIT("\x1f\x8b\x08"), "gzip"},
        {"a method that does not exist", BW_TEXT_INIT("\x1f\x8b\x07xxx"), "none"},
        {"compress", BW_TEXT_INIT("\x1f\x9d\x90"), "none"},
        {"the magic behind the front", BW_TEXT_INIT(" \x1f\x8b\x08"), "none"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text head = bw_test_exact_copy(cases[i].head);

        print_message("  %s\n", cases[i].why);
        assert_string_equal(bw_compression_name(bw_compression_of(head)), cases[i].name);
        bw_test_exact_free(head);
    }
}

static void reads_any_number_of_members_as_one_text(void **state)
{
    (void)state;
    struct bytes input = make_bytes();
    struct bytes text = make_bytes();

    for (int i = 0; i < 4; i++) {
        const struct bw_text member = i == 1 ? BW_TEXT("") : BW_TEXT(LINE LINE LINE "half");

        append_member(&input, member, i >= 2);
        append(&text, member);
        assert_decodes((struct bw_text){input.bytes, input.size},
                       (struct bw_text){text.bytes, text.size}, NULL);
    }
    free(input.bytes);
    free(text.bytes);
}

static void an_empty_member_is_an_empty_text(void **state)
{
    (void)state;
    struct bytes input = make_bytes();

    append_member(&input, BW_TEXT(""), false);
    assert_decodes((struct bw_text){input.bytes, input.size}, BW_TEXT(""), NULL);
    append_member(&input, BW_TEXT(""), true);
    assert_decodes((struct bw_text){input.bytes, input.size}, BW_TEXT(""), NULL);
    free(input.bytes);
}

static void reads_more_than_its_window_in_any_step(void **state)
{
    (void)state;
    struct bytes input = make_bytes();
    struct bytes text = make_bytes();
    uint32_t random = 1;

    while (text.size < 50000) { /* bytes that deflate cannot shrink, and then a long repetition */
        random = random * 1664525 + 1013904223;
        text.bytes[text.size] = (char)(text.size < 20000 ? random >> 24 : 'x');
        text.size++;
    }
    append_member(&input, (struct bw_text){text.bytes, text.size}, true);
    assert_decodes((struct bw_text){input.bytes, input.size},
                   (struct bw_text){text.bytes, text.size}, NULL);
    free(input.bytes);
    free(text.bytes);
}

static void says_that_a_stream_cut_at_any_byte_is_cut_off(void **state)
{
    (void)state;
    const struct bw_text text = BW_TEXT(LINE "second line\n");

    for (int has_first = 0; has_first <= 1; has_first++) {
        struct bytes input = make_bytes();
        size_t start;

        if (has_first == 1)
            append_member(&input, text, true);
        start = input.size;
        append_member(&input, text, true);
        for (size_t size = start + 1; size < input.size; size++)
            for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
                const struct result result =
                    decode((struct bw_text){input.bytes, size}, steps[i][0], steps[i][1]);
                const size_t least = has_first == 1 ? text.size : 0;

                assert_non_null(result.fault);
                assert_string_equal(result.fault, "the gzip stream is cut off");
                assert_true(result.text.size >= least);
                assert_memory_equal(result.text.bytes, text.bytes, least);
                assert_true(bw_text_starts_with(
                    text, (struct bw_text){result.text.bytes + least, result.text.size - least}));
                if (size >= input.size - TRAILER_BYTES) /* only the trailer is not whole */
                    assert_int_equal(result.text.size, least + text.size);
                free(result.text.bytes);
            }
        free(input.bytes);
    }
}

static void no_input_is_a_cut_stream(void **state)
{
    (void)state;

    assert_decodes(BW_TEXT(""), BW_TEXT(""), "the gzip stream is cut off");
}

/*
 * Bits of time, speed, system and padding are free, and one text may be compressed in many ways: so
 * a flipped bit is either a fault or changes nothing. Magic, method and trailer have no free bit.
 */
static void no_flipped_bit_changes_the_text_without_a_fault(void **state)
{
    (void)state;
    const struct bw_text text = BW_TEXT(LINE "second line\n");
    struct bytes input = make_bytes();

    append_member(&input, text, false);
    for (size_t at = 0; at < input.size; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            const bool is_fixed = at < 3 || at >= input.size - TRAILER_BYTES;

            input.bytes[at] = (char)((uint8_t)input.bytes[at] ^ 1U << bit);
            for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
                const struct result result =
                    decode((struct bw_text){input.bytes, input.size}, steps[i][0], steps[i][1]);

                assert_true(result.fault != NULL || !is_fixed);
                assert_true(
                    result.fault != NULL ||
                    bw_text_equal((struct bw_text){result.text.bytes, result.text.size}, text));
                free(result.text.bytes);
            }
            input.bytes[at] = (char)((uint8_t)input.bytes[at] ^ 1U << bit);
        }
    free(input.bytes);
}

static void a_wrong_checksum_or_size_keeps_the_text_and_is_a_fault(void **state)
{
    (void)state;
    const struct bw_text text = BW_TEXT(LINE);

    for (size_t back = 1; back <= TRAILER_BYTES; back++) {
        struct bytes input = make_bytes();

        append_member(&input, text, false);
        input.bytes[input.size - back] = (char)(input.bytes[input.size - back] ^ 0x10);
        assert_decodes((struct bw_text){input.bytes, input.size}, text,
                       "the gzip stream is damaged");
        free(input.bytes);
    }
}

static void passes_over_zeros_behind_the_stream_and_nothing_else(void **state)
{
    (void)state;
    static const char garbage[] = "there is trailing garbage behind the gzip stream";
    static const struct {
        const char *why;
        struct bw_text tail;
        const char *fault;
    } cases[] = {
        {"one zero", BW_TEXT_INIT("\0"), NULL},
        {"a block of zeros", BW_TEXT_INIT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), NULL},
        {"a byte", BW_TEXT_INIT("x"), garbage},
        {"plain lines", BW_TEXT_INIT(LINE), garbage},
        {"zeros, then lines", BW_TEXT_INIT("\0\0" LINE), garbage},
        {"zeros, then a member", BW_TEXT_INIT("\0\0\x1f\x8b\x08\0\0\0\0\0\0\x03"), garbage},
        {"a byte that only begins like a member", BW_TEXT_INIT("\x1f"),
         "the gzip stream is cut off"},
        {"bytes that only begin like a member", BW_TEXT_INIT("\x1f\x8cxxxxxxxx"),
         "the gzip stream is damaged"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bytes input = make_bytes();

        print_message("  %s\n", cases[i].why);
        append_member(&input, BW_TEXT(LINE), false);
        append(&input, cases[i].tail);
        assert_decodes((struct bw_text){input.bytes, input.size}, BW_TEXT(LINE), cases[i].fault);
        free(input.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_gzip_by_its_first_bytes),
        cmocka_unit_test(reads_any_number_of_members_as_one_text),
        cmocka_unit_test(an_empty_member_is_an_empty_text),
        cmocka_unit_test(reads_more_than_its_window_in_any_step),
        cmocka_unit_test(says_that_a_stream_cut_at_any_byte_is_cut_off),
        cmocka_unit_test(no_input_is_a_cut_stream),
        cmocka_unit_test(no_flipped_bit_changes_the_text_without_a_fault),
        cmocka_unit_test(a_wrong_checksum_or_size_keeps_the_text_and_is_a_fault),
        cmocka_unit_test(passes_over_zeros_behind_the_stream_and_nothing_else),
    };
    return cmocka_run_group_tests_name("inflate/decoder", tests, NULL, NULL);
}
