#include "frame/stream_framer.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#define ROOM ((size_t)256 * 1024)

/* Everything at once, or cut into two at a place, as a caller with a socket would give it. */
static void frame(struct bw_text bytes, size_t cut, char *lines, size_t *size,
                  struct bw_stream_framer *framer)
{
    size_t at = 0;

    *framer = (struct bw_stream_framer){.messages = 0};
    *size = 0;
    for (int step = 0; step < 2; step++) {
        const size_t end = step == 0 ? cut : bytes.size;
        const struct bw_text part =
            bw_test_exact_copy((struct bw_text){bytes.bytes + at, end - at});
        at += bw_stream_framer_feed(framer, part, step == 1, lines, ROOM, size);
        bw_test_exact_free(part);
    }
    assert_int_equal(at, bytes.size);
}

static void makes_one_line_of_each_message(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text bytes;
        const char *lines;
    } cases[] = {
        {"LF", BW_TEXT_INIT("<22>a\n<22>b\n"), "<22>a\n<22>b\n"},
        {"CR LF", BW_TEXT_INIT("<22>a\r\n<22>b\r\n"), "<22>a\n<22>b\n"},
        {"NUL", BW_TEXT_INIT("<22>a\0<22>b\0"), "<22>a\n<22>b\n"},
        {"no end at the end", BW_TEXT_INIT("<22>a\n<22>b"), "<22>a\n<22>b\n"},
        {"counted", BW_TEXT_INIT("5 <22>a6 <22>bc"), "<22>a\n<22>bc\n"},
        {"counted with LF in it", BW_TEXT_INIT("7 <22>a\nb5 <22>c"), "<22>a b\n<22>c\n"},
        {"counted with its LF, as syslog-ng sends", BW_TEXT_INIT("6 <22>a\n6 <22>b\n"),
         "<22>a\n<22>b\n"},
        {"mixed", BW_TEXT_INIT("<22>a\n5 <22>b<22>c\n5 <22>d"), "<22>a\n<22>b\n<22>c\n<22>d\n"},
        {"empty ones are dropped", BW_TEXT_INIT("\n\n<22>a\n\n"), "<22>a\n"},
        {"a number that is no count", BW_TEXT_INIT("2026 was a year\n5 x\n"),
         "2026 was a year\n5 x\n"},
        {"a count of nothing", BW_TEXT_INIT("0 <22>a\n<22>b\n"), "0 <22>a\n<22>b\n"},
        {"leading zeros", BW_TEXT_INIT("0005 <22>a<22>b\n"), "<22>a\n<22>b\n"},
        {"a count that is too large", BW_TEXT_INIT("9999999 <22>a\n<22>b\n"),
         "9999999 <22>a\n<22>b\n"},
        {"more digits than any count", BW_TEXT_INIT("99999999999999999999 <22>a\n"),
         "99999999999999999999 <22>a\n"},
        {"cut off within a count's message", BW_TEXT_INIT("50 <22>abc"), "<22>abc\n"},
        {"digits alone", BW_TEXT_INIT("123"), "123\n"},
    };
    char *lines = malloc(ROOM);
    struct bw_stream_framer framer;
    size_t size;

    assert_non_null(lines);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        for (size_t cut = 0; cut <= cases[i].bytes.size; cut++) {
            frame(cases[i].bytes, cut, lines, &size, &framer);
            assert_text_equal(((struct bw_text){lines, size}), cases[i].lines);
        }
    }
    free(lines);
}

static void messages_over_the_limit_are_cut_and_what_follows_is_whole(void **state)
{
    (void)state;
    static const size_t sizes[] = {BW_FRAME_BYTES_MAX - 1, BW_FRAME_BYTES_MAX,
                                   BW_FRAME_BYTES_MAX + 1, BW_FRAME_BYTES_MAX + 5000};
    char *bytes = malloc(ROOM);
    char *lines = malloc(ROOM);
    struct bw_stream_framer framer;
    size_t size;

    assert_non_null(bytes);
    assert_non_null(lines);
    for (size_t i = 0; i < ARRAY_COUNT(sizes) * 2; i++) {
        const size_t length = sizes[i / 2];
        size_t used = i % 2 == 0 ? 0 : (size_t)sprintf(bytes, "%zu ", length);
        bytes[used] = '<';
        memset(bytes + used + 1, 'x', length - 1);
        used += length;
        if (i % 2 == 0)
            bytes[used++] = '\n';
        used += (size_t)sprintf(bytes + used, "<22>next\n");
        for (size_t cut = 0; cut <= used; cut += 997) {
            frame((struct bw_text){bytes, used}, cut, lines, &size, &framer);
            assert_int_equal(framer.messages, 2);
            assert_int_equal(framer.cut, length > BW_FRAME_BYTES_MAX ? 1 : 0);
            assert_true(size >= 9 && memcmp(lines + size - 9, "<22>next\n", 9) == 0);
        }
    }
    free(bytes);
    free(lines);
}

static void waits_when_there_is_no_room(void **state)
{
    (void)state;
    struct bw_stream_framer framer = {.messages = 0};
    const struct bw_text bytes = BW_TEXT("<22>first\n<22>second\n");
    char lines[12];
    size_t size = 0;

    assert_int_equal(bw_stream_framer_feed(&framer, bytes, false, lines, sizeof(lines), &size), 10);
    assert_int_equal(size, 10);
    size = 0;
    assert_int_equal(bw_stream_framer_feed(&framer, bw_text_after(bytes, 10), false, lines,
                                           sizeof(lines), &size),
                     11);
    assert_text_equal(((struct bw_text){lines, size}), "<22>second\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_one_line_of_each_message),
        cmocka_unit_test(messages_over_the_limit_are_cut_and_what_follows_is_whole),
        cmocka_unit_test(waits_when_there_is_no_room),
    };

    return cmocka_run_group_tests_name("frame/stream_framer", tests, NULL, NULL);
}
