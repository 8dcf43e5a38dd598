#include "frame/gelf_chunks.h"
#include "test.h"

#include <stdio.h>

#define PEER BW_TEXT("192.0.2.7")

/* A chunk in memory of its own. */
static struct bw_text chunk(char id, unsigned number, unsigned count, const char *part)
{
    static char bytes[200];
    const size_t size = strlen(part);

    bytes[0] = 0x1e;
    bytes[1] = 0x0f;
    (void)memset(bytes + 2, id, 8);
    bytes[10] = (char)number;
    bytes[11] = (char)count;
    for (size_t i = 0; i < size; i++)
        bytes[12 + i] = part[i];
    return (struct bw_text){bytes, 12 + size};
}

static struct bw_gelf_chunks *new_chunks(void)
{
    struct bw_gelf_chunks *chunks = NULL;

    assert_int_equal(bw_gelf_chunks_create(&chunks), BW_OK);
    return chunks;
}

static void joins_chunks_in_any_order(void **state)
{
    (void)state;
    static const unsigned orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
    static const char *const parts[] = {"one ", "two ", "three"};

    for (size_t i = 0; i < ARRAY_COUNT(orders); i++) {
        struct bw_gelf_chunks *chunks = new_chunks();
        for (size_t k = 0; k < 3; k++) {
            const unsigned number = orders[i][k];
            const struct bw_text whole =
                bw_gelf_chunks_take(chunks, chunk('a', number, 3, parts[number]), PEER, 1000);
            if (k < 2)
                assert_int_equal(whole.size, 0);
            else
                assert_true(bw_text_equal(whole, BW_TEXT("one two three")));
            if (k == 0) { /* the same again, and the same id at another sender */
                assert_int_equal(
                    bw_gelf_chunks_take(chunks, chunk('a', number, 3, "x"), PEER, 1000).size, 0);
                assert_int_equal(
                    bw_gelf_chunks_take(chunks, chunk('a', 0, 3, "x"), BW_TEXT("192.0.2.8"), 1000)
                        .size,
                    0);
            }
        }
        assert_int_equal(bw_gelf_chunks_counts(chunks)->complete, 1);
        assert_int_equal(bw_gelf_chunks_counts(chunks)->repeated, 1);
        bw_gelf_chunks_destroy(&chunks);
    }
}

static void gives_up_after_five_seconds(void **state)
{
    (void)state;
    struct bw_gelf_chunks *chunks = new_chunks();

    assert_int_equal(bw_gelf_chunks_take(chunks, chunk('a', 0, 2, "one"), PEER, 1000).size, 0);
    bw_gelf_chunks_expire(chunks, 5999);
    assert_int_equal(bw_gelf_chunks_counts(chunks)->incomplete, 0);
    assert_int_equal(bw_gelf_chunks_take(chunks, chunk('a', 1, 2, "two"), PEER, 6000).size, 0);
    assert_int_equal(bw_gelf_chunks_counts(chunks)->incomplete, 1);
    bw_gelf_chunks_expire(chunks, 11000);
    assert_int_equal(bw_gelf_chunks_counts(chunks)->incomplete, 2);
    assert_int_equal(bw_gelf_chunks_counts(chunks)->complete, 0);
    bw_gelf_chunks_destroy(&chunks);
}

static void counts_what_makes_no_sense(void **state)
{
    (void)state;
    struct bw_gelf_chunks *chunks = new_chunks();

    assert_int_equal(bw_gelf_chunks_take(chunks, chunk('a', 0, 0, "x"), PEER, 0).size, 0);
    assert_int_equal(bw_gelf_chunks_take(chunks, chunk('a', 0, 129, "x"), PEER, 0).size, 0);
    assert_int_equal(bw_gelf_chunks_take(chunks, chunk('a', 2, 2, "x"), PEER, 0).size, 0);
    assert_int_equal(bw_gelf_chunks_take(chunks, chunk('a', 0, 1, ""), PEER, 0).size, 0);
    assert_int_equal(bw_gelf_chunks_take(chunks, BW_TEXT("\x1e\x0f"), PEER, 0).size, 0);
    assert_int_equal(bw_gelf_chunks_counts(chunks)->bad, 5);
    assert_int_equal(bw_gelf_chunks_take(chunks, chunk('b', 0, 3, "x"), PEER, 0).size, 0);
    assert_int_equal(bw_gelf_chunks_take(chunks, chunk('b', 1, 2, "x"), PEER, 0).size, 0);
    assert_int_equal(bw_gelf_chunks_counts(chunks)->bad, 6);
    const struct bw_text whole = bw_gelf_chunks_take(chunks, chunk('c', 0, 1, "x"), PEER, 0);
    assert_true(bw_text_equal(whole, BW_TEXT("x")));
    bw_gelf_chunks_destroy(&chunks);
}

static void the_oldest_goes_when_there_is_no_room(void **state)
{
    (void)state;
    struct bw_gelf_chunks *chunks = new_chunks();

    for (int i = 0; i < 300; i++) {
        char peer[16];
        (void)snprintf(peer, sizeof(peer), "%d", i);
        assert_int_equal(
            bw_gelf_chunks_take(chunks, chunk('a', 0, 2, "x"), bw_text_of(peer), i).size, 0);
    }
    assert_int_equal(bw_gelf_chunks_counts(chunks)->evicted, 300 - 256);
    assert_int_equal(bw_gelf_chunks_take(chunks, chunk('a', 1, 2, "y"), BW_TEXT("299"), 300).size,
                     2);
    assert_int_equal(bw_gelf_chunks_take(chunks, chunk('a', 1, 2, "y"), BW_TEXT("0"), 300).size, 0);
    bw_gelf_chunks_destroy(&chunks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_chunks_in_any_order),
        cmocka_unit_test(gives_up_after_five_seconds),
        cmocka_unit_test(counts_what_makes_no_sense),
        cmocka_unit_test(the_oldest_goes_when_there_is_no_room),
    };

    return cmocka_run_group_tests_name("frame/gelf_chunks", tests, NULL, NULL);
}
