#include "cli/report_output.h"

#include "cli/setup.h"
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool bw_report_output_form(struct bw_report_output *output, const char *value)
{
    output->is_json = strcmp(value, "json") == 0;
    if (output->is_json || strcmp(value, "text") == 0)
        return true;
    (void)fprintf(stderr, "bouncewatch: --report: \"%s\" is not valid; use text or json\n", value);
    return false;
}

bool bw_report_output_top(struct bw_report_output *output, const char *value)
{
    uint64_t number = 0;

    if (!bw_setup_number("top", value, 0, 100000000, &number))
        return false;
    output->top = (uint32_t)number;
    return true;
}

/* NULL after a message. */
static FILE *open_output(const struct bw_report_output *output)
{
    FILE *out = output->path == NULL ? stdout : fopen(output->path, "we");

    if (out == NULL)
        (void)fprintf(stderr, "bouncewatch: %s: %s; choose a place that can be written\n",
                      output->path, strerror(errno));
    return out;
}

static bool close_output(FILE *out, bool is_good)
{
    if (out != stdout)
        is_good = fclose(out) == 0 && is_good;
    else
        is_good = fflush(out) == 0 && is_good;
    if (!is_good)
        (void)fprintf(stderr, "bouncewatch: the report could not be written: %s\n",
                      strerror(errno));
    return is_good;
}

bool bw_report_output_write(const struct bw_report_output *output, const char *bytes, size_t size)
{
    FILE *out = open_output(output);

    return out != NULL && close_output(out, fwrite(bytes, 1, size, out) == size);
}

bool bw_report_output_print(const struct bw_report_output *output,
                            const struct bw_snapshot *snapshot)
{
    struct winsize size = {0};
    struct bw_report_options options = {.top = output->top, .version = BW_VERSION};
    FILE *out = open_output(output);

    if (out == NULL)
        return false;
    if (output->path == NULL && isatty(STDOUT_FILENO)) {
        options.has_color = getenv("NO_COLOR") == NULL;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
            options.width = size.ws_col;
    }
    return close_output(out, output->is_json ? bw_report_json(snapshot, &options, out)
                                             : bw_report_text(snapshot, &options, out));
}
