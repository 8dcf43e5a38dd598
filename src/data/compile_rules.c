/*
 * Part of the build: compiles the built-in rules and writes them where embed.cmake's table refers
 * to (bw_embedded_database). usage: compile_rules OUTPUT
 */
#include "base/embedded.h"
#include "match/matcher.h"
#include "match/rule_file.h"

#include <stdlib.h>

/* The tool itself has none. */
const struct bw_embedded_file bw_embedded_database = {"rules.hsdb", "", 0};

int main(int argc, char **argv)
{
    struct bw_problem_list problems = {0};
    struct bw_rule_set *rules = NULL;
    size_t count = 0;

    FILE *out = argc == 2 ? fopen(argv[1], "we") : NULL;
    struct bw_rule_source *sources = calloc(bw_embedded_file_count + 1, sizeof(*sources));
    if (out == NULL || sources == NULL) {
        (void)fprintf(stderr, "usage: compile_rules OUTPUT\n");
        free(sources);
        return 1;
    }
    for (size_t i = 0; i < bw_embedded_file_count; i++) {
        const struct bw_embedded_file *file = &bw_embedded_files[i];
        if (bw_text_ends_with(bw_text_of(file->name), BW_TEXT(".rules")))
            sources[count++] = (struct bw_rule_source){file->name, {file->bytes, file->size}};
    }
    enum bw_status status = bw_rule_set_create(&rules, sources, count, &problems);
    if (status == BW_OK)
        status = bw_matcher_export(rules, out, &problems);
    bw_problem_list_print(&problems, stderr);
    bw_problem_list_deinit(&problems);
    bw_rule_set_destroy(&rules);
    free(sources);
    return fclose(out) == 0 && status == BW_OK ? 0 : 1;
}
