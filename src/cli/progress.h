/*
 * The progress bar on standard error, when that is a terminal.
 */
#ifndef BW_CLI_PROGRESS_H
#define BW_CLI_PROGRESS_H

#include "engine/scan.h"

/* For struct bw_scan_options; NULL when standard error is no terminal. */
typedef void bw_progress_callback(const struct bw_scan_progress *progress, void *context);
bw_progress_callback *bw_progress_bar(void);
/* Wipe the bar before other output. */
void bw_progress_clear(void);

#endif
