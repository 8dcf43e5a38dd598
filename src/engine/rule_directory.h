/*
 * The rule files of a user's directory, read whole.
 */
#ifndef BW_ENGINE_RULE_DIRECTORY_H
#define BW_ENGINE_RULE_DIRECTORY_H

#include "base/problem_list.h"

#include <bouncewatch/status.h>

#include <stddef.h>

/*
 * Read all *.rules of `directory`, in order of name. `*strings` gets `*count` strings, by turns
 * path and content (each NUL-terminated); the caller frees each and the array. No such directory,
 * no rule file in it, or one that cannot be read: BW_ERR_USAGE and a problem.
 */
BW_MUST_CHECK enum bw_status bw_rule_directory_read(const char *directory, char ***strings,
                                                    size_t *count,
                                                    struct bw_problem_list *problems);

#endif
