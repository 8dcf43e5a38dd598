#include "base/problem_list.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

void bw_problem_list_add(struct bw_problem_list *list, const char *file, uint64_t line,
                         uint32_t column, const char *format, ...)
{
    va_list arguments;

    if (list == NULL)
        return;
    if (list->items == NULL)
        list->items = calloc(BW_PROBLEMS_MAX, sizeof(*list->items));
    if (list->items == NULL || list->count == BW_PROBLEMS_MAX) {
        list->dropped++;
        return;
    }
    struct bw_problem *problem = &list->items[list->count++];
    bw_problem_set(problem, file, line, "%s", "");
    problem->column = column;
    va_start(arguments, format);
    (void)vsnprintf(problem->message, sizeof(problem->message), format, arguments);
    va_end(arguments);
}

void bw_problem_list_print(const struct bw_problem_list *list, FILE *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct bw_problem *problem = &list->items[i];

        (void)fprintf(out, "bouncewatch: ");
        if (problem->file[0] != '\0')
            (void)fprintf(out, "%s:", problem->file);
        if (problem->line > 0)
            (void)fprintf(out, "%" PRIu64 ":", problem->line);
        if (problem->column > 0)
            (void)fprintf(out, "%" PRIu32 ":", problem->column);
        (void)fprintf(out, "%s%s\n", problem->file[0] != '\0' ? " " : "", problem->message);
    }
    if (list->dropped > 0)
        (void)fprintf(out, "bouncewatch: and %zu more mistakes\n", list->dropped);
}

void bw_problem_list_deinit(struct bw_problem_list *list)
{
    free(list->items);
    *list = (struct bw_problem_list){0};
}
