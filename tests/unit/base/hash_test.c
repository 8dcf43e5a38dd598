#include "base/hash.h"
#include "test.h"

static void is_the_published_xxh3_so_that_ids_stay_over_releases(void **state)
{
    (void)state;

    /* The value of the empty input without a seed, as xxHash publishes it. */
    assert_true(bw_hash(BW_TEXT("")) == UINT64_C(0x2D06800538D394C2));
    assert_true(bw_hash((struct bw_text){NULL, 0}) == UINT64_C(0x2D06800538D394C2));
}

static void folds_ascii_capitals_and_nothing_else(void **state)
{
    (void)state;

    assert_true(bw_hash_nocase(BW_TEXT("Example.COM")) == bw_hash(BW_TEXT("example.com")));
    assert_true(bw_hash_nocase(BW_TEXT("example.com")) == bw_hash(BW_TEXT("example.com")));
    assert_true(bw_hash_nocase(BW_TEXT("@[")) == bw_hash(BW_TEXT("@[")));
    assert_true(bw_hash_nocase(BW_TEXT("\xC4")) != bw_hash_nocase(BW_TEXT("\xE4")));
    assert_true(bw_hash_nocase(BW_TEXT("a\0b")) != bw_hash_nocase(BW_TEXT("a\0c")));
}

static void counts_long_texts_by_their_head(void **state)
{
    (void)state;
    char long_text[1030];

    (void)memset(long_text, 'A', sizeof(long_text));
    const uint64_t head = bw_hash_nocase((struct bw_text){long_text, 1024});
    for (size_t size = 1024; size <= sizeof(long_text); size++) {
        const struct bw_text copy = bw_test_exact_copy((struct bw_text){long_text, size});
        assert_true(bw_hash_nocase(copy) == head);
        bw_test_exact_free(copy);
    }
    assert_true(bw_hash_nocase((struct bw_text){long_text, 1023}) != head);
}

static void tells_seeds_sizes_and_orders_apart(void **state)
{
    (void)state;

    assert_true(bw_hash_seeded(BW_TEXT("a"), 0) == bw_hash(BW_TEXT("a")));
    assert_true(bw_hash_seeded(BW_TEXT("a"), 1) != bw_hash_seeded(BW_TEXT("a"), 2));
    assert_true(bw_hash(BW_TEXT("a")) != bw_hash(BW_TEXT("a\0")));
    assert_true(bw_hash_pair(1, 2) != bw_hash_pair(2, 1));
    assert_true(bw_hash_pair(1, 2) == bw_hash_pair(1, 2));
    assert_true(bw_hash_pair(0, 0) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_published_xxh3_so_that_ids_stay_over_releases),
        cmocka_unit_test(folds_ascii_capitals_and_nothing_else),
        cmocka_unit_test(counts_long_texts_by_their_head),
        cmocka_unit_test(tells_seeds_sizes_and_orders_apart),
    };
    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
