#include "base/find_either.h"
#include "test.h"

#define LENGTH_MAX 50

static void finds_the_first_of_both_at_every_place(void **state)
{
    (void)state;
    char bytes[LENGTH_MAX];

    for (size_t length = 0; length <= LENGTH_MAX; length++)
        for (size_t at = 0; at <= length; at++) {
            for (size_t i = 0; i < length; i++)
                bytes[i] = (char)(i < at ? 'x' : i == at ? ',' : ' ');
            const struct bw_text text = bw_test_exact_copy((struct bw_text){bytes, length});
            assert_int_equal(bw_find_either(text, ',', ' '), at);
            assert_int_equal(bw_find_either(text, ' ', ','), at);
            assert_int_equal(bw_find_either(text, ',', ','), at);
            assert_int_equal(bw_find_either(text, ' ', ' '), at + 1 < length ? at + 1 : length);
            assert_int_equal(bw_find_either(text, '-', '\0'), length);
            bw_test_exact_free(text);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_first_of_both_at_every_place),
    };

    return cmocka_run_group_tests_name("base/find_either", tests, NULL, NULL);
}
