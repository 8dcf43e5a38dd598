#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH 24

static void draw(const struct bw_scan_progress *progress, void *context)
{
    char bar[BAR_WIDTH + 1];
    const double seconds = progress->elapsed_s > 0.001 ? progress->elapsed_s : 0.001;
    const double bytes = (double)progress->bytes;
    const double share = progress->bytes_total == 0 ? 0.0 : bytes / (double)progress->bytes_total;

    (void)context;
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = (double)i < share * BAR_WIDTH ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    if (progress->bytes_total == 0)
        (void)fprintf(stderr, "\r\033[K%.1f MB  %.0f lines/s", bytes / 1e6,
                      (double)progress->lines / seconds);
    else
        (void)fprintf(stderr, "\r\033[K[%s] %3.0f %%  %.1f MB  %.0f lines/s  %.0f s left", bar,
                      share * 100.0, bytes / 1e6, (double)progress->lines / seconds,
                      share > 0.0 ? seconds * (1.0 - share) / share : 0.0);
    (void)fflush(stderr);
}

bw_progress_callback *bw_progress_bar(void)
{
    return isatty(STDERR_FILENO) ? draw : NULL;
}

void bw_progress_clear(void)
{
    if (isatty(STDERR_FILENO))
        (void)fprintf(stderr, "\r\033[K");
}
