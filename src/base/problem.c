#include <bouncewatch/status.h>

#include <stdarg.h>
#include <stdio.h>

void bw_problem_set(struct bw_problem *problem, const char *file, uint64_t line, const char *format,
                    ...)
{
    va_list arguments;

    if (problem == NULL)
        return;
    (void)snprintf(problem->file, sizeof(problem->file), "%s", file == NULL ? "" : file);
    problem->line = line;
    problem->column = 0;
    va_start(arguments, format);
    (void)vsnprintf(problem->message, sizeof(problem->message), format, arguments);
    va_end(arguments);
}
