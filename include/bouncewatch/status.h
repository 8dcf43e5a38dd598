/*
 * How a function says that the world did not let it do its work.
 *
 * Bad *input* is never one of these: it is a result that is counted. A status is for
 * files, memory and configuration; where a human must act, a problem goes with it.
 */
#ifndef BOUNCEWATCH_STATUS_H
#define BOUNCEWATCH_STATUS_H

#include <stdint.h>

enum bw_status {
    BW_OK = 0,
    BW_ERR_NO_MEMORY = -1,
    BW_ERR_IO = -2,     /* errno tells which */
    BW_ERR_FORMAT = -3, /* the content is damaged or has a mistake in it */
    BW_ERR_LIMIT = -4,  /* a limit of the options was reached */
    BW_ERR_USAGE = -5,  /* the caller's user asked for something that does not exist */
};

#if defined(__GNUC__)
#define BW_MUST_CHECK __attribute__((warn_unused_result))
#else
#define BW_MUST_CHECK
#endif

#define BW_PROBLEM_FILE_BYTES    1024
#define BW_PROBLEM_MESSAGE_BYTES 1024

/* One mistake and where it is, for "bouncewatch: FILE:LINE: MESSAGE". Owns its text. */
struct bw_problem {
    char file[BW_PROBLEM_FILE_BYTES];       /* "" when there is no file */
    char message[BW_PROBLEM_MESSAGE_BYTES]; /* one sentence: what is wrong, what to do */
    uint64_t line;                          /* from 1; 0: no line */
    uint32_t column;                        /* from 1; 0: no column */
};

/* Fill `problem` (NULL: do nothing) by a printf format; what does not fit is cut. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void bw_problem_set(struct bw_problem *problem, const char *file, uint64_t line,
                    const char *format, ...);

#endif
