/*
 * What every unit test includes: cmocka with the headers it forgets, and a few assertions.
 */
#ifndef BW_TESTS_SUPPORT_TEST_H
#define BW_TESTS_SUPPORT_TEST_H

#include <bouncewatch/text.h>

/* cmocka.h uses what it does not include, so its order stands. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* clang-format on */

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Assert that a view holds exactly the bytes of a C string; prints both when it does not. */
#define assert_text_equal(text, string) bw_test_assert_text((text), (string), __FILE__, __LINE__)

void bw_test_assert_text(struct bw_text text, const char *string, const char *file, int line);

/*
 * A copy of the bytes in memory of exactly their size, so that the sanitizers see a read of even
 * one byte too many. Free it with bw_test_exact_free().
 */
struct bw_text bw_test_exact_copy(struct bw_text text);
void bw_test_exact_free(struct bw_text text);

/*
 * Where the random numbers of a test begin: the environment's BW_SEED (a number), or else always
 * the same, so that a run that goes bad says something about the change that was made. Look for
 * news with BW_SEED=$(date +%s).
 */
unsigned bw_test_seed(void);

#endif
