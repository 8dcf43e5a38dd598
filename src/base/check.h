/*
 * Claims that only a bug can break. They stay on in release builds: a wrong count is worse than
 * a stopped program.
 */
#ifndef BW_BASE_CHECK_H
#define BW_BASE_CHECK_H

#define BW_ASSERT(claim) ((claim) ? (void)0 : bw_assert_failed(#claim, __FILE__, __LINE__))

#define BW_ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Prints the claim and its place on standard error and aborts. */
_Noreturn void bw_assert_failed(const char *claim, const char *file, int line);

#endif
