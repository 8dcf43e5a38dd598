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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_text_of_a_compressed_message),
        cmocka_unit_test(leaves_other_messages_as_they_are),
    };

    return cmocka_run_group_tests_name("inflate/message_inflater", tests, NULL, NULL);
}
