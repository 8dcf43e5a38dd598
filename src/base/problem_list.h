/*
 * All mistakes of a file, not only the first: what configuration and rule files are answered with.
 */
#ifndef BW_BASE_PROBLEM_LIST_H
#define BW_BASE_PROBLEM_LIST_H

#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define BW_PROBLEMS_MAX 100

struct bw_problem_list {
    struct bw_problem *items; /* owned */
    size_t count;             /* at most BW_PROBLEMS_MAX are kept */
    size_t dropped;           /* further ones */
};

/* Add one problem; `format` as printf. Out of memory counts as dropped. `list` may be NULL. */
__attribute__((format(printf, 5, 6))) void bw_problem_list_add(struct bw_problem_list *list,
                                                               const char *file, uint64_t line,
                                                               uint32_t column, const char *format,
                                                               ...);
/* One line each, as "bouncewatch: FILE:LINE:COLUMN: MESSAGE" (absent parts left out). */
void bw_problem_list_print(const struct bw_problem_list *list, FILE *out);
void bw_problem_list_deinit(struct bw_problem_list *list);

#endif
