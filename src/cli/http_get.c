#include "cli/http_get.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef BW_HAS_CURL

#include <curl/curl.h>

#define BYTES_MAX ((size_t)256 * 1024 * 1024)
#define CONNECT_S 5L

static size_t take(char *bytes, size_t size, size_t count, void *context)
{
    struct bw_http_reply *reply = context;
    const size_t more = size * count;

    if (reply->size + more > BYTES_MAX)
        return 0;
    char *longer = realloc(reply->bytes, reply->size + more + 1);
    if (longer == NULL)
        return 0;
    (void)memcpy(longer + reply->size, bytes, more);
    reply->bytes = longer;
    reply->size += more;
    longer[reply->size] = '\0';
    return more;
}

/* The first line of a reply that is no success says why. */
static void say_status(struct bw_http_reply *reply)
{
    const size_t end = reply->bytes == NULL ? 0 : strcspn(reply->bytes, "\r\n");
    const int size = end > 200 ? 200 : (int)end;

    (void)snprintf(reply->fault, sizeof(reply->fault), "it answers HTTP %ld%s%.*s", reply->status,
                   size == 0 ? "" : ": ", size, size == 0 ? "" : reply->bytes);
}

bool bw_http_get(const char *url, const char *path, long seconds, struct bw_http_reply *reply)
{
    static const char unix_head[] = "unix:";
    const bool is_unix = strncmp(url, unix_head, strlen(unix_head)) == 0;
    const size_t size = strlen(url);
    char error[CURL_ERROR_SIZE] = "";
    char *whole = NULL;
    CURL *curl = curl_easy_init();

    *reply = (struct bw_http_reply){.size = 0};
    if (asprintf(&whole, "%s%.*s%s", strstr(url, "://") == NULL ? "http://" : "",
                 is_unix ? 9 : (int)(size > 0 && url[size - 1] == '/' ? size - 1 : size),
                 is_unix ? "localhost" : url, path) < 0)
        whole = NULL;
    if (curl == NULL || whole == NULL) {
        (void)snprintf(reply->fault, sizeof(reply->fault), "out of memory");
        curl_easy_cleanup(curl);
        free(whole);
        return false;
    }
    (void)curl_easy_setopt(curl, CURLOPT_URL, whole);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
    if (is_unix)
        (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, url + strlen(unix_head));
    const CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    if (code != CURLE_OK)
        (void)snprintf(reply->fault, sizeof(reply->fault), "%s",
                       error[0] != '\0' ? error : curl_easy_strerror(code));
    else if (reply->status != 200)
        say_status(reply);
    curl_easy_cleanup(curl);
    free(whole);
    return code == CURLE_OK && reply->status == 200;
}

#else

bool bw_http_get(const char *url, const char *path, long seconds, struct bw_http_reply *reply)
{
    (void)url;
    (void)path;
    (void)seconds;
    *reply = (struct bw_http_reply){.size = 0};
    (void)snprintf(reply->fault, sizeof(reply->fault), "this build has no HTTP (libcurl)");
    return false;
}

#endif
