/*
 * Mistakes in a configuration file, each with its place and the line itself.
 */
#ifndef BW_CONFIG_MISTAKE_H
#define BW_CONFIG_MISTAKE_H

#include "base/problem_list.h"

#include <bouncewatch/text.h>

struct bw_mistakes {
    struct bw_problem_list *problems; /* borrowed; may be NULL */
    const char *path;                 /* borrowed: of the file */
    struct bw_text content;           /* borrowed: the whole file */
    size_t count;
};

/*
 * Add one: the sentence by a printf format, and when `line` (from 1; 0: no place) is known the line
 * itself and a caret under `column` (from 1, in code points). Control characters become blanks.
 */
__attribute__((format(printf, 4, 5))) void bw_mistake_add(struct bw_mistakes *mistakes,
                                                          uint64_t line, uint32_t column,
                                                          const char *format, ...);

/*
 * The one of `count` names that `word` most likely was meant to be, by the number of letters to
 * add, drop, change or swap; the first of equal ones. NULL: none is near enough to be meant.
 */
const struct bw_text *bw_nearest_name(struct bw_text word, const struct bw_text *names,
                                      size_t count);

#endif
