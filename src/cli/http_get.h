/*
 * One GET from the daemon's HTTP interface.
 */
#ifndef BW_CLI_HTTP_GET_H
#define BW_CLI_HTTP_GET_H

#include <stdbool.h>
#include <stddef.h>

struct bw_http_reply {
    char *bytes; /* owned, NUL behind them; free() */
    size_t size;
    long status;     /* HTTP; 0: no answer came */
    char fault[300]; /* a sentence part when it is not 200 */
};

/*
 * `url`: where the daemon serves: http://127.0.0.1:9464, 127.0.0.1:9464, or unix:PATH. `path` with
 * its query. At most `seconds`, and 256 MiB. True: the answer is 200.
 */
bool bw_http_get(const char *url, const char *path, long seconds, struct bw_http_reply *reply);

#endif
