#include "inflate/message_inflater.h"
#include "test.h"

#include <zlib.h>

#include <stdlib.h>

#define ROOM 1024

/* 'z' and the stream of a text. */
static size_t compressed(const char *text, char *message)
{
    uLongf size = ROOM - 1;

    message[0] = 'z';
    assert_int_equal(compress2((Bytef *)message + 1, &size, (const Bytef *)text, strlen(text), 9),
                     Z_OK);
    return size + 1;
}

static void gives_the_text_of_a_compressed_message(void **state)
{
    (void)state;
    static const char text[] = "<22>Nov 24 02:00:00 mx1 postfix/smtp[7]: A1: status=bounced "
                               "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    char message[ROOM];
    char out[ROOM];
    const size_t size = compressed(text, message);

    for (size_t cut = 0; cut <= size; cut++) {
        const struct bw_text part = bw_test_exact_copy((struct bw_text){message, cut});
        const size_t got = bw_message_inflate(part, out, sizeof(out));
        assert_int_equal(got, cut == size ? sizeof(text) - 1 : 0);
        bw_test_exact_free(part);
    }
    assert_memory_equal(out, text, sizeof(text) - 1);
    message[size] = 'x'; /* behind the stream */
    assert_int_equal(bw_message_inflate((struct bw_text){message, size + 1}, out, sizeof(out)), 0);
    assert_int_equal(bw_message_inflate((struct bw_text){message, size}, out, size),
                     BW_MESSAGE_TOO_LARGE);
}

static void leaves_other_messages_as_they_are(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "z", "zebra: a plain text", "<22>Nov 24 02:00:00 x: y"};
    char out[ROOM];

    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        assert_int_equal(bw_message_inflate(bw_text_of(texts[i]), out, sizeof(out)), 0);
}

/* A text as gzip or as zlib. */
static size_t gelf_of(const char *text, size_t text_size, bool is_gzip, char *message)
{
    z_stream stream = {.avail_in = 0};

    assert_int_equal(
        deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + (is_gzip ? 16 : 0), 8, Z_DEFAULT_STRATEGY),
        Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)text;
    stream.avail_in = (uInt)text_size;
    stream.next_out = (Bytef *)message;
    stream.avail_out = ROOM;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    const size_t size = ROOM - stream.avail_out;
    (void)deflateEnd(&stream);
    return size;
}

static void gives_the_json_of_a_whole_gelf_message_only(void **state)
{
    (void)state;
    static const char text[] = "{\"host\":\"h\",\"short_message\":\"xxxxxxxxxxxxxxxxxxxxxxxxxx\"}";
    const size_t text_size = sizeof(text) - 1;
    char message[ROOM];
    char out[ROOM];

    for (int is_gzip = 0; is_gzip < 2; is_gzip++) {
        const size_t size = gelf_of(text, text_size, is_gzip == 1, message);
        for (size_t cut = 0; cut <= size; cut++) {
            const struct bw_text part = bw_test_exact_copy((struct bw_text){message, cut});
            assert_true(bw_gelf_is_compressed(part) == (cut >= 2));
            assert_int_equal(bw_gelf_inflate(part, out, sizeof(out)), cut == size ? text_size : 0);
            bw_test_exact_free(part);
        }
        assert_memory_equal(out, text, text_size);
        const struct bw_text whole = {message, size};
        assert_int_equal(bw_gelf_inflate(whole, out, text_size), text_size);
        assert_int_equal(bw_gelf_inflate(whole, out, text_size - 1), 0);
        message[size - 1] ^= 1; /* in the checksum, or in the length behind it */
        assert_int_equal(bw_gelf_inflate(whole, out, sizeof(out)), 0);
    }
}

static void a_bomb_does_not_get_more_than_its_room(void **state)
{
    (void)state;
    static char zeros[100 * 1024];
    char message[ROOM];
    char *out = malloc(ROOM);
    const size_t size = gelf_of(zeros, sizeof(zeros), true, message);

    assert_non_null(out);
    assert_int_equal(bw_gelf_inflate((struct bw_text){message, size}, out, ROOM), 0);
    free(out);
}

static void tells_compressed_gelf_by_its_first_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool is_compressed;
    } cases[] = {
        {"\x1f\x8b", true},  {"\x78\x9c", true},  {"\x78\xda", true}, {"\x78\x01", true},
        {"\x78\x9d", false}, {"\x1f\x8c", false}, {"{\"", false},     {"x", false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_true(bw_gelf_is_compressed(bw_text_of(cases[i].bytes)) == cases[i].is_compressed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_text_of_a_compressed_message),
        cmocka_unit_test(leaves_other_messages_as_they_are),
        cmocka_unit_test(gives_the_json_of_a_whole_gelf_message_only),
        cmocka_unit_test(a_bomb_does_not_get_more_than_its_room),
        cmocka_unit_test(tells_compressed_gelf_by_its_first_bytes),
    };

    return cmocka_run_group_tests_name("inflate/message_inflater", tests, NULL, NULL);
}
