/* The smallest program that uses the library. usage: count_bounces FILE PIECE_BYTES */
#include <bouncewatch/analyzer.h>

#include <stdio.h>
#include <stdlib.h>

static void count_event(const struct bw_event *event, void *context)
{
    unsigned *count = context;

    (void)event;
    ++*count;
}

static int fail(const char *what)
{
    (void)fprintf(stderr, "count_bounces: %s\n", what);
    return 1;
}

int main(int argc, char **argv)
{
    const struct bw_analyzer_options options = {.timezone = "UTC"};
    struct bw_analyzer *analyzer = NULL;
    struct bw_snapshot snapshot = {0};
    struct bw_problem problem = {0};
    unsigned events = 0;
    int status = 1;

    const size_t piece = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    FILE *file = piece == 0 ? NULL : fopen(argv[1], "r");
    char *bytes = piece == 0 ? NULL : malloc(piece);
    if (file == NULL || bytes == NULL) {
        status = fail("usage: count_bounces FILE PIECE_BYTES");
        goto done;
    }
    if (bw_analyzer_create(&analyzer, &options, &problem) != BW_OK) {
        status = fail(problem.message);
        goto done;
    }
    bw_analyzer_on_event(analyzer, count_event, &events);
    if (bw_analyzer_start_input(analyzer, argv[1], 0) != BW_OK)
        goto done;
    for (size_t size; (size = fread(bytes, 1, piece, file)) > 0;)
        if (bw_analyzer_feed(analyzer, (struct bw_text){bytes, size}) != BW_OK)
            goto done;
    if (bw_analyzer_end_input(analyzer) != BW_OK ||
        bw_analyzer_finish(analyzer, &snapshot) != BW_OK)
        goto done;
    printf("%llu delivered, %llu hard, %u events\n", (unsigned long long)snapshot.totals.delivered,
           (unsigned long long)snapshot.totals.hard, events);
    status = snapshot.event_count == events ? 0 : fail("the events told are not those kept");

done:
    bw_snapshot_deinit(&snapshot);
    bw_analyzer_destroy(&analyzer);
    free(bytes);
    if (file != NULL)
        (void)fclose(file);
    return status;
}
