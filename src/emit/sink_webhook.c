/*
 * Events by HTTP: POST of the JSON object, one at a time, on a thread of the loop's pool, so that a
 * receiver that hangs holds up nobody.
 */
#include "emit/alert.h"
#include "emit/sink.h"

#if defined(BW_HAS_CURL)

#include <curl/curl.h>

#if defined(BW_HAS_OPENSSL)
#include <openssl/evp.h>
#include <openssl/hmac.h>
#endif

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALERTMANAGER "alertmanager:"
/* Without reminders an alert ends by itself after so long. */
#define HOLD_MS      ((int64_t)30 * 24 * 3600 * 1000)
#define CONNECT_S    10L
#define ALL_S        30L
#define REPLY_BYTES  ((size_t)64 * 1024) /* of a reply's body that is read at all */
#define DIGEST_BYTES 32

struct webhook {
    struct bw_sink sink;
    uv_loop_t *loop;
    char *url, *secret, *agent;
    uv_work_t work;
    atomic_bool is_ending;
    bool is_busy;
    bool is_alertmanager;
    int64_t hold_ms; /* see bw_alert_body() */
    /* of the message that is on its way */
    char *body;
    size_t body_size;
    uint64_t id;
    bw_sink_answer *answer;
    void *context;
    /* how it ended, written by the thread */
    long status; /* HTTP; 0: none */
    int64_t wait_s;
    size_t reply_bytes;
    char fault[CURL_ERROR_SIZE + 64];
};

/* The body of a reply says nothing we need; one without an end is a fault. */
static size_t take_reply(char *bytes, size_t size, size_t count, void *context)
{
    struct webhook *hook = context;

    (void)bytes;
    hook->reply_bytes += size * count;
    return hook->reply_bytes > REPLY_BYTES ? 0 : size * count;
}

static int may_go_on(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct webhook *hook = context;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return atomic_load(&hook->is_ending) ? 1 : 0;
}

static bool add_header(struct curl_slist **headers, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*headers, text);

    if (longer == NULL)
        return false;
    *headers = longer;
    return true;
}

#if defined(BW_HAS_OPENSSL)
/* "sha256=" and the hexadecimal HMAC-SHA256 (RFC 2104) of the body by the secret. */
static bool sign(const struct webhook *hook, struct curl_slist **headers)
{
    unsigned char digest[DIGEST_BYTES];
    unsigned int size = sizeof(digest);
    char text[64 + 2 * DIGEST_BYTES] = "X-Bouncewatch-Signature: sha256=";
    size_t at = strlen(text);

    if (HMAC(EVP_sha256(), hook->secret, (int)strlen(hook->secret),
             (const unsigned char *)hook->body, hook->body_size, digest, &size) == NULL)
        return false;
    for (unsigned int i = 0; i < size; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%02x", digest[i]);
    return add_header(headers, text);
}
#else
static bool sign(const struct webhook *hook, struct curl_slist **headers)
{
    (void)hook;
    (void)headers;
    return false;
}
#endif

static struct curl_slist *headers_of(const struct webhook *hook)
{
    struct curl_slist *headers = NULL;
    char key[64];
    char id[64];

    (void)snprintf(key, sizeof(key), "Idempotency-Key: %016" PRIx64, hook->id);
    (void)snprintf(id, sizeof(id), "X-Bouncewatch-Event-Id: %016" PRIx64, hook->id);
    if (add_header(&headers, "Content-Type: application/json") && add_header(&headers, key) &&
        add_header(&headers, id) && add_header(&headers, "Expect:") &&
        (hook->secret == NULL || sign(hook, &headers)))
        return headers;
    curl_slist_free_all(headers);
    return NULL;
}

static void set_options(struct webhook *hook, CURL *curl, struct curl_slist *headers)
{
    (void)curl_easy_setopt(curl, CURLOPT_URL, hook->url);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, hook->body);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)hook->body_size);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, hook->agent);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, ALL_S);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_reply);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, hook);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, may_go_on);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, hook);
}

/* On a thread of the pool. */
static void post(uv_work_t *work)
{
    struct webhook *hook = work->data;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl == NULL ? NULL : headers_of(hook);
    char error[CURL_ERROR_SIZE] = "";
    curl_off_t wait_s = 0;

    hook->status = 0;
    hook->wait_s = 0;
    hook->reply_bytes = 0;
    (void)snprintf(hook->fault, sizeof(hook->fault), "there is no memory for the request");
    if (headers != NULL) {
        set_options(hook, curl, headers);
        (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
        const CURLcode code = curl_easy_perform(curl);
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &hook->status);
        if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait_s) == CURLE_OK)
            hook->wait_s = (int64_t)wait_s;
        if (code != CURLE_OK) {
            hook->status = 0;
            (void)snprintf(hook->fault, sizeof(hook->fault), "%s",
                           error[0] != '\0' ? error : curl_easy_strerror(code));
        } else {
            (void)snprintf(hook->fault, sizeof(hook->fault), "the receiver answered HTTP %ld",
                           hook->status);
        }
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
}

/* RFC 9110 15: what a later try may mend. */
static bool is_temporary(long status)
{
    return status == 0 || status == 408 || status == 425 || status == 429 || status >= 500;
}

static void free_hook(struct webhook *hook)
{
    free(hook->url);
    free(hook->secret);
    free(hook->agent);
    free(hook->body);
    free(hook);
}

static void posted(uv_work_t *work, int status)
{
    struct webhook *hook = work->data;

    (void)status;
    hook->is_busy = false;
    free(hook->body);
    hook->body = NULL;
    if (atomic_load(&hook->is_ending)) {
        free_hook(hook);
        return;
    }
    if (hook->status >= 200 && hook->status < 300)
        hook->answer(hook->context, BW_SENT_DONE, NULL, 0);
    else
        hook->answer(hook->context, is_temporary(hook->status) ? BW_SENT_LATER : BW_SENT_REFUSED,
                     hook->fault, hook->wait_s);
}

static bool make_body(struct webhook *hook, const struct bw_message *message)
{
    struct bw_json_writer writer = {0};

    if (hook->is_alertmanager && !bw_alert_body(&writer, message, hook->hold_ms)) {
        bw_json_writer_deinit(&writer);
        return false;
    }
    if (hook->is_alertmanager) {
        hook->body = writer.bytes; /* the writer's memory, taken over */
        hook->body_size = writer.size;
        return true;
    }
    hook->body = malloc(message->size + 1);
    if (hook->body == NULL)
        return false;
    (void)memcpy(hook->body, message->json, message->size);
    hook->body_size = message->size;
    return true;
}

static void send_message(struct bw_sink *sink, const struct bw_message *message,
                         bw_sink_answer *answer, void *context)
{
    struct webhook *hook = (struct webhook *)sink;

    if (!make_body(hook, message)) {
        answer(context, BW_SENT_LATER, "there is no memory for the request", 0);
        return;
    }
    hook->id = message->id;
    hook->answer = answer;
    hook->context = context;
    hook->work.data = hook;
    hook->is_busy = uv_queue_work(hook->loop, &hook->work, post, posted) == 0;
    if (hook->is_busy)
        return;
    free(hook->body);
    hook->body = NULL;
    answer(context, BW_SENT_LATER, "there is no thread for the request", 0);
}

static void destroy(struct bw_sink *sink)
{
    struct webhook *hook = (struct webhook *)sink;

    atomic_store(&hook->is_ending, true);
    if (!hook->is_busy)
        free_hook(hook);
}

/* The place of the API under an Alertmanager's own URL. */
static char *alerts_url(const char *to)
{
    const char *base = to + strlen(ALERTMANAGER);
    size_t size = strlen(base);
    char *url = NULL;

    while (size > 0 && base[size - 1] == '/')
        size--;
    return asprintf(&url, "%.*s/api/v2/alerts", (int)size, base) < 0 ? NULL : url;
}

enum bw_status bw_sink_webhook_create(struct bw_sink **created,
                                      const struct bw_sink_options *options,
                                      struct bw_problem *problem)
{
    static const struct bw_sink_kind kind = {.send = send_message, .destroy = destroy};

#if !defined(BW_HAS_OPENSSL)
    if (options->secret != NULL) {
        bw_problem_set(problem, "", 0, "signed webhooks are not built in; build with OpenSSL");
        return BW_ERR_USAGE;
    }
#else
    (void)problem;
#endif
    struct webhook *hook = calloc(1, sizeof(*hook));
    if (hook == NULL)
        return BW_ERR_NO_MEMORY;
    hook->sink.kind = &kind;
    hook->loop = options->loop;
    hook->is_alertmanager = strncmp(options->to, ALERTMANAGER, strlen(ALERTMANAGER)) == 0;
    hook->hold_ms = options->remind_s == 0 ? HOLD_MS : options->remind_s * 2 * 1000;
    hook->url = hook->is_alertmanager ? alerts_url(options->to) : strdup(options->to);
    hook->secret = options->secret == NULL ? NULL : strdup(options->secret);
    if (asprintf(&hook->agent, "bouncewatch/%s", options->version) < 0)
        hook->agent = NULL;
    if (hook->url == NULL || hook->agent == NULL ||
        (options->secret != NULL && hook->secret == NULL)) {
        free_hook(hook);
        return BW_ERR_NO_MEMORY;
    }
    *created = &hook->sink;
    return BW_OK;
}

#else

enum bw_status bw_sink_webhook_create(struct bw_sink **created,
                                      const struct bw_sink_options *options,
                                      struct bw_problem *problem)
{
    (void)created;
    bw_problem_set(problem, "", 0, "%s: webhooks are not built in; build with libcurl",
                   options->to);
    return BW_ERR_USAGE;
}

#endif
