#include "frame/line_cutter.h"
#include "test.h"

#include <stdlib.h>

#define TEXT_BYTES_MAX ((size_t)2 * 1024 * 1024)
#define ALLOCATED      (BW_CHUNK_BYTES + BW_LINE_BYTES_MAX + BW_CHUNK_PADDING)

/* Cuts a stream as read/ and engine/ do, and puts the lines together again. */
struct rig {
    struct bw_line_cutter *cutter;
    struct bw_chunk chunk;
    char *lines;
    size_t size;
};

static int make_rig(void **state)
{
    struct rig *rig = calloc(1, sizeof(*rig));

    if (rig == NULL || bw_line_cutter_create(&rig->cutter) != BW_OK)
        return -1;
    rig->chunk.bytes = malloc(ALLOCATED);
    rig->lines = malloc(TEXT_BYTES_MAX);
    *state = rig;
    return rig->chunk.bytes == NULL || rig->lines == NULL ? -1 : 0;
}

static int free_rig(void **state)
{
    struct rig *rig = *state;

    bw_line_cutter_destroy(&rig->cutter);
    assert_null(rig->cutter);
    free(rig->chunk.bytes);
    free(rig->lines);
    free(rig);
    return 0;
}

/*
 * A line that lies whole in one chunk may be longer than the limit: whoever takes lines out of
 * chunks looks at no more than the limit and at whether there is more, and so does this.
 */
static size_t append_cut(char *to, struct bw_text line)
{
    const size_t size = line.size > BW_LINE_BYTES_MAX + 1 ? BW_LINE_BYTES_MAX + 1 : line.size;

    (void)memcpy(to, line.bytes, size);
    to[size] = '\n';
    return size + 1;
}

static void take_chunk(struct rig *rig, bool is_end)
{
    bw_line_cutter_finish(rig->cutter, &rig->chunk, is_end);
    assert_true(rig->chunk.size <= ALLOCATED - BW_CHUNK_PADDING);
    assert_true(rig->chunk.size == 0 || rig->chunk.bytes[rig->chunk.size - 1] == '\n');
    struct bw_text rest = {rig->chunk.bytes, rig->chunk.size};
    struct bw_text line;
    while (bw_text_cut(&rest, BW_TEXT("\n"), &line))
        rig->size += append_cut(rig->lines + rig->size, line);
}

/* Add up to `size` bytes of the stream; a full chunk is taken away. */
static size_t add(struct rig *rig, struct bw_text stream, size_t size)
{
    size_t capacity;
    char *room = bw_line_cutter_room(rig->cutter, &rig->chunk, &capacity);

    if (capacity == 0) {
        take_chunk(rig, false);
        bw_line_cutter_begin(rig->cutter, &rig->chunk);
        return 0;
    }
    size = size < stream.size ? size : stream.size;
    size = size < capacity ? size : capacity;
    (void)memcpy(room, stream.bytes, size);
    bw_line_cutter_added(rig->cutter, &rig->chunk, size);
    return size;
}

/* The stream in pieces: the first of `first` bytes, the others of `others`. */
static void run(struct rig *rig, struct bw_text stream, const size_t pieces[2],
                bool is_chunk_per_piece)
{
    size_t piece = pieces[0];

    rig->size = 0;
    bw_line_cutter_reset(rig->cutter);
    bw_line_cutter_begin(rig->cutter, &rig->chunk);
    while (stream.size > 0) {
        const size_t added = add(rig, stream, piece);

        stream = bw_text_after(stream, added);
        piece -= added;
        if (piece > 0)
            continue;
        piece = pieces[1];
        if (!is_chunk_per_piece)
            continue;
        take_chunk(rig, false);
        bw_line_cutter_begin(rig->cutter, &rig->chunk);
    }
    take_chunk(rig, true);
}

static struct bw_text lines_of(const struct rig *rig)
{
    return (struct bw_text){rig->lines, rig->size};
}

static void gives_the_same_lines_for_every_split(void **state)
{
    struct rig *rig = *state;
    static const struct {
        const char *why;
        struct bw_text stream;
        const char *lines;
    } cases[] = {
        {"no input", BW_TEXT_INIT(""), ""},
        {"one line", BW_TEXT_INIT("abc\n"), "abc\n"},
        {"no final newline", BW_TEXT_INIT("abc\ndef"), "abc\ndef\n"},
        {"one byte", BW_TEXT_INIT("x"), "x\n"},
        {"an empty line", BW_TEXT_INIT("\n"), "\n"},
        {"empty lines", BW_TEXT_INIT("\n\na\n\n"), "\n\na\n\n"},
        {"CR LF is left to the reader of lines", BW_TEXT_INIT("a\r\nb\r\n\r\nc\r"),
         "a\r\nb\r\n\r\nc\r\n"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text stream = bw_test_exact_copy(cases[i].stream);

        print_message("  %s\n", cases[i].why);
        for (size_t first = 1; first <= stream.size + 1; first++)
            for (size_t others = 1; others <= stream.size + 1; others++) {
                run(rig, stream, (size_t[]){first, others}, true);
                assert_text_equal(lines_of(rig), cases[i].lines);
                run(rig, stream, (size_t[]){first, others}, false);
                assert_text_equal(lines_of(rig), cases[i].lines);
            }
        bw_test_exact_free(stream);
    }
}

static void keeps_nul_bytes(void **state)
{
    struct rig *rig = *state;
    static const char stream[] = "a\0b\n\0\nc\0";

    for (size_t piece = 1; piece < sizeof(stream); piece++) {
        run(rig, (struct bw_text){stream, sizeof(stream) - 1}, (size_t[]){piece, piece}, true);
        assert_true(bw_text_equal(lines_of(rig), BW_TEXT("a\0b\n\0\nc\0\n")));
    }
}

/* "before\n", a line of `size` bytes, and (has_next) "\nafter\n". */
static struct bw_text stream_with_a_line_of(size_t size, bool has_next)
{
    const struct bw_text before = BW_TEXT("before\n");
    const struct bw_text after = BW_TEXT("\nafter\n");
    const size_t total = before.size + size + (has_next ? after.size : 0);
    char *bytes = malloc(total);

    assert_non_null(bytes);
    (void)memcpy(bytes, before.bytes, before.size);
    for (size_t i = 0; i < size; i++)
        bytes[before.size + i] = (char)('a' + i % 26);
    if (has_next)
        (void)memcpy(bytes + before.size + size, after.bytes, after.size);
    return (struct bw_text){bytes, total};
}

static void assert_cut_lines(const struct rig *rig, struct bw_text stream, size_t size,
                             bool has_next)
{
    const struct bw_text before = BW_TEXT("before\n");
    const size_t kept = size > BW_LINE_BYTES_MAX + 1 ? BW_LINE_BYTES_MAX + 1 : size;
    struct bw_text lines = lines_of(rig);

    assert_true(bw_text_starts_with(lines, before));
    lines = bw_text_after(lines, before.size);
    assert_true(lines.size > kept);
    assert_memory_equal(lines.bytes, stream.bytes + before.size, kept);
    assert_text_equal(bw_text_after(lines, kept), has_next ? "\nafter\n" : "\n");
}

static void drops_the_rest_of_a_line_over_the_limit_and_nothing_else(void **state)
{
    struct rig *rig = *state;
    static const struct {
        const char *why;
        size_t size;
    } cases[] = {
        {"one below the limit", BW_LINE_BYTES_MAX - 1},
        {"exactly the limit", BW_LINE_BYTES_MAX},
        {"one over the limit", BW_LINE_BYTES_MAX + 1},
        {"two over the limit", BW_LINE_BYTES_MAX + 2},
        {"200 KiB", (size_t)200 * 1024},
        {"a chunk", BW_CHUNK_BYTES},
        {"a chunk and the limit", BW_CHUNK_BYTES + BW_LINE_BYTES_MAX},
        {"four chunks", 4 * BW_CHUNK_BYTES + 1},
    };
    static const size_t pieces[] = {TEXT_BYTES_MAX,        997,
                                    BW_LINE_BYTES_MAX - 1, BW_LINE_BYTES_MAX,
                                    BW_LINE_BYTES_MAX + 1, BW_LINE_BYTES_MAX + 2,
                                    BW_LINE_BYTES_MAX + 8, BW_CHUNK_BYTES};

    for (size_t i = 0; i < ARRAY_COUNT(cases) * 2; i++) {
        const size_t size = cases[i / 2].size;
        const bool has_next = i % 2 == 0;
        const struct bw_text stream = stream_with_a_line_of(size, has_next);

        print_message("  %s, %s\n", cases[i / 2].why, has_next ? "one behind it" : "the last");
        for (size_t k = 0; k < ARRAY_COUNT(pieces) * 2; k++) {
            run(rig, stream, (size_t[]){pieces[k / 2], pieces[k / 2]}, k % 2 == 0);
            assert_cut_lines(rig, stream, size, has_next);
        }
        run(rig, stream, (size_t[]){1, 1}, false);
        assert_cut_lines(rig, stream, size, has_next);
        bw_test_exact_free(stream);
    }
}

/* Around the places where the limit, the newline and the chunk's end meet. */
static void finds_the_end_of_a_long_line_at_every_split(void **state)
{
    struct rig *rig = *state;
    const size_t sizes[] = {BW_LINE_BYTES_MAX, BW_LINE_BYTES_MAX + 1, BW_LINE_BYTES_MAX + 9};

    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        const struct bw_text stream = stream_with_a_line_of(sizes[i], true);

        for (size_t first = BW_LINE_BYTES_MAX - 2; first <= stream.size; first++)
            for (size_t others = 1; others <= 5; others++) {
                run(rig, stream, (size_t[]){first, others}, true);
                assert_cut_lines(rig, stream, sizes[i], true);
            }
        bw_test_exact_free(stream);
    }
}

static void forgets_the_last_input_when_a_new_one_starts(void **state)
{
    struct rig *rig = *state;
    static char long_line[BW_LINE_BYTES_MAX + 100];
    size_t capacity;

    (void)memset(long_line, 'x', sizeof(long_line));
    bw_line_cutter_reset(rig->cutter);
    bw_line_cutter_begin(rig->cutter, &rig->chunk);
    char *room = bw_line_cutter_room(rig->cutter, &rig->chunk, &capacity);
    assert_true(capacity >= sizeof(long_line));
    (void)memcpy(room, long_line, sizeof(long_line));
    bw_line_cutter_added(rig->cutter, &rig->chunk, sizeof(long_line));
    bw_line_cutter_finish(rig->cutter, &rig->chunk, false);
    assert_int_equal(rig->chunk.size, 0);
    run(rig, BW_TEXT("new\nlines\n"), (size_t[]){3, 4}, false); /* resets first */
    assert_text_equal(lines_of(rig), "new\nlines\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_same_lines_for_every_split),
        cmocka_unit_test(keeps_nul_bytes),
        cmocka_unit_test(drops_the_rest_of_a_line_over_the_limit_and_nothing_else),
        cmocka_unit_test(finds_the_end_of_a_long_line_at_every_split),
        cmocka_unit_test(forgets_the_last_input_when_a_new_one_starts),
    };
    return cmocka_run_group_tests_name("frame/line_cutter", tests, make_rig, free_rig);
}
