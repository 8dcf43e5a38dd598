#include "match/anchors.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    struct bw_anchors *anchors;
    struct bw_anchors_scratch *scratch;
};

static const struct bw_text literals[] = {BW_TEXT_INIT("status="), BW_TEXT_INIT(": removed"),
                                          BW_TEXT_INIT("from=<"), BW_TEXT_INIT("=")};

static int set_up(void **state)
{
    static struct fixture fixture;

    if (bw_anchors_create(&fixture.anchors, literals, ARRAY_COUNT(literals)) != BW_OK)
        return -1;
    *state = &fixture;
    return bw_anchors_scratch_create(&fixture.scratch, fixture.anchors);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    bw_anchors_scratch_destroy(&fixture->scratch);
    bw_anchors_destroy(&fixture->anchors);
    return fixture->scratch != NULL || fixture->anchors != NULL ? -1 : 0;
}

/* What a plain search finds: every literal at every place, in order of the end. */
static size_t find_plainly(struct bw_text text, struct bw_anchor_hit *hits)
{
    size_t count = 0;

    for (uint32_t end = 1; end <= text.size; end++)
        for (uint32_t i = 0; i < ARRAY_COUNT(literals); i++)
            if (literals[i].size <= end && memcmp(text.bytes + end - literals[i].size,
                                                  literals[i].bytes, literals[i].size) == 0)
                hits[count++] = (struct bw_anchor_hit){end, i};
    return count;
}

/* Those that end at one place may come in any order among themselves. */
static bool has_hit(const struct bw_anchor_hit *hits, size_t count, struct bw_anchor_hit wanted)
{
    for (size_t i = 0; i < count; i++)
        if (hits[i].end == wanted.end && hits[i].anchor == wanted.anchor)
            return true;
    return false;
}

static size_t check(struct fixture *fixture, struct bw_text text)
{
    const struct bw_text copy = bw_test_exact_copy(text);
    struct bw_anchor_hit *expected = calloc(text.size * 2 + 1, sizeof(*expected));
    const struct bw_anchor_hit *hits = NULL;
    size_t count = 0;

    assert_non_null(expected);
    const size_t expected_count = find_plainly(copy, expected);
    assert_int_equal(bw_anchors_scan(fixture->anchors, fixture->scratch, copy, &hits, &count),
                     BW_OK);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || hits[i - 1].end <= hits[i].end);
        assert_int_equal(hits[i].end, expected[i].end);
        /* At most three end at the same byte: look at the neighbours only. */
        const size_t from = i < 3 ? 0 : i - 3;
        const size_t size = count - from < 7 ? count - from : 7;
        assert_true(has_hit(hits + from, size, expected[i]));
    }
    free(expected);
    bw_test_exact_free(copy);
    return count;
}

static void finds_each_literal_wherever_it_stands(void **state)
{
    static const struct {
        const char *why;
        struct bw_text text;
        size_t count;
    } cases[] = {
        {"nothing to look at", BW_TEXT_INIT(""), 0},
        {"none", BW_TEXT_INIT("a line without any\n"), 0},
        {"at the very beginning", BW_TEXT_INIT(": removed\n"), 1},
        {"at the very end", BW_TEXT_INIT("A1B2: removed"), 1},
        {"nothing but the literal", BW_TEXT_INIT("="), 1},
        {"one inside another", BW_TEXT_INIT("x status=sent"), 2},
        {"cut off at the end", BW_TEXT_INIT("x status"), 0},
        {"another case", BW_TEXT_INIT("x STATUS"), 0},
        {"over a line end", BW_TEXT_INIT(": remo\nved"), 0},
        {"many in a row", BW_TEXT_INIT("====status=status=from=<from=<: removed: removed"), 14},
        {"NUL around it", BW_TEXT_INIT("\0status=\0"), 2},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        assert_int_equal(check(*state, cases[i].text), cases[i].count);
    }
}

static void hits_come_in_order_at_every_place_of_a_block(void **state)
{
    char block[400];

    for (size_t at = 0; at + 7 <= sizeof(block); at++) {
        (void)memset(block, '.', sizeof(block));
        (void)memcpy(block + at, "status=", 7);
        assert_int_equal(check(*state, (struct bw_text){block, sizeof(block)}), 2);
    }
}

static void holds_more_hits_than_it_has_room_for_at_first(void **state)
{
    static const size_t counts[] = {4095, 4096, 4097, 8192, 8193, 100000, 10};
    char *block = malloc(100000);

    assert_non_null(block);
    (void)memset(block, '=', 100000);
    for (size_t i = 0; i < ARRAY_COUNT(counts); i++)
        assert_int_equal(check(*state, (struct bw_text){block, counts[i]}), counts[i]);
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_literal_wherever_it_stands),
        cmocka_unit_test(hits_come_in_order_at_every_place_of_a_block),
        cmocka_unit_test(holds_more_hits_than_it_has_room_for_at_first),
    };
    return cmocka_run_group_tests_name("match/anchors", tests, set_up, tear_down);
}
