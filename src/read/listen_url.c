#include "read/listen_url.h"

#include "base/check.h"

#include <stdio.h>

#define URL_QUOTED_MAX 300 /* bytes of a URL that a message repeats */
#define RCVBUF_MIN     ((uint64_t)4096)
#define RCVBUF_MAX     ((uint64_t)1 << 30)
#define MODE_DEFAULT   0660
#define MODE_MAX       0777
#define PORT_MAX       65535

static const struct {
    struct bw_text head;
    const char *name;
    enum bw_listen_kind kind;
} kinds[] = {
    {BW_TEXT_INIT("udp://"), "udp", BW_LISTEN_UDP},
    {BW_TEXT_INIT("tcp://"), "tcp", BW_LISTEN_TCP},
    {BW_TEXT_INIT("tls://"), "tls", BW_LISTEN_TLS},
    {BW_TEXT_INIT("unixgram:"), "unixgram", BW_LISTEN_UNIXGRAM},
    {BW_TEXT_INIT("unix:"), "unix", BW_LISTEN_UNIX},
};

/* What is being read, so that every mistake can quote the whole of it. */
struct reading {
    struct bw_listen_url *url;
    struct bw_text whole;
    struct bw_problem *problem;
};

const char *bw_listen_kind_name(enum bw_listen_kind kind)
{
    for (size_t i = 0; i < BW_ARRAY_COUNT(kinds); i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "";
}

/* Always BW_ERR_FORMAT, so that it can be returned. */
static enum bw_status mistake(const struct reading *reading, const char *what)
{
    struct bw_text quoted = reading->whole;

    if (quoted.size > URL_QUOTED_MAX)
        quoted.size = URL_QUOTED_MAX;
    bw_problem_set(reading->problem, "", 0, "listen: \"%.*s\": %s", BW_TEXT_ARGS(quoted), what);
    return BW_ERR_FORMAT;
}

/* Digits of the base and nothing else. */
static bool read_number(struct bw_text text, uint64_t base, uint64_t max, uint64_t *number)
{
    uint64_t value = 0;

    if (text.size == 0)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (!bw_is_digit(text.bytes[i]) || (uint64_t)(text.bytes[i] - '0') >= base)
            return false;
        value = value * base + (uint64_t)(text.bytes[i] - '0');
        if (value > max)
            return false;
    }
    *number = value;
    return true;
}

static bool read_bytes(struct bw_text text, uint64_t *bytes)
{
    uint64_t unit = 1;

    if (bw_text_ends_with(text, BW_TEXT("K")))
        unit = 1024;
    else if (bw_text_ends_with(text, BW_TEXT("M")))
        unit = (uint64_t)1024 * 1024;
    if (unit > 1)
        text.size--;
    if (!read_number(text, 10, RCVBUF_MAX / unit, bytes))
        return false;
    *bytes *= unit;
    return *bytes >= RCVBUF_MIN;
}

/* cert, key and ca are alike. */
static enum bw_status read_file(const struct reading *reading, struct bw_text value, char *file)
{
    if (reading->url->kind != BW_LISTEN_TLS)
        return mistake(reading, "only tls:// has a certificate, a key and an authority");
    if (value.size == 0 || value.bytes[0] != '/' || value.size >= BW_LISTEN_FILE_BYTES ||
        memchr(value.bytes, '\0', value.size) != NULL)
        return mistake(reading, "cert, key and ca are files, such as "
                                "cert=/etc/ssl/certs/logs.pem");
    (void)memcpy(file, value.bytes, value.size);
    file[value.size] = '\0';
    return BW_OK;
}

static enum bw_status read_option(const struct reading *reading, struct bw_text key,
                                  struct bw_text value)
{
    struct bw_listen_url *url = reading->url;
    uint64_t number = 0;

    if (bw_text_equal(key, BW_TEXT("format"))) {
        url->is_gelf = bw_text_equal(value, BW_TEXT("gelf"));
        if (!url->is_gelf && !bw_text_equal(value, BW_TEXT("syslog")))
            return mistake(reading, "format is syslog or gelf");
        return BW_OK;
    }
    if (bw_text_equal(key, BW_TEXT("rcvbuf"))) {
        if (!read_bytes(value, &number))
            return mistake(reading, "rcvbuf is a number of bytes from 4096 to 1024M, such as 4M");
        url->rcvbuf_bytes = (uint32_t)number;
        return BW_OK;
    }
    if (bw_text_equal(key, BW_TEXT("mode"))) {
        if (!bw_listen_kind_is_unix(url->kind))
            return mistake(reading, "only unix: and unixgram: sockets have a mode");
        if (!read_number(value, 8, MODE_MAX, &number))
            return mistake(reading, "mode is an octal number up to 0777, such as 0660");
        url->mode = (uint32_t)number;
        return BW_OK;
    }
    if (bw_text_equal(key, BW_TEXT("sockets"))) {
        if (url->kind != BW_LISTEN_UDP)
            return mistake(reading, "only udp:// can have more than one of sockets");
        if (!read_number(value, 10, BW_LISTEN_SOCKETS_MAX, &number) || number == 0)
            return mistake(reading, "sockets is a number from 1 to 16");
        url->sockets = (uint32_t)number;
        return BW_OK;
    }
    if (bw_text_equal(key, BW_TEXT("cert")))
        return read_file(reading, value, url->certificate);
    if (bw_text_equal(key, BW_TEXT("key")))
        return read_file(reading, value, url->key);
    if (bw_text_equal(key, BW_TEXT("ca")))
        return read_file(reading, value, url->client_ca);
    return mistake(reading, "the options are format, rcvbuf, mode, sockets, cert, key and ca, "
                            "written as ?format=gelf&rcvbuf=4M");
}

static enum bw_status read_query(const struct reading *reading, struct bw_text query)
{
    struct bw_text seen = query;

    while (query.size > 0) {
        struct bw_text option, key;

        if (!bw_text_cut(&query, BW_TEXT("&"), &option)) {
            option = query;
            query.size = 0;
        }
        if (!bw_text_cut(&option, BW_TEXT("="), &key))
            return mistake(reading, "an option after ? is written as NAME=VALUE");
        const enum bw_status status = read_option(reading, key, option);
        if (status != BW_OK)
            return status;
    }
    return seen.size > 0 ? BW_OK : mistake(reading, "nothing follows the ?");
}

static enum bw_status read_path(const struct reading *reading, struct bw_text path)
{
    struct bw_listen_url *url = reading->url;

    if (path.size == 0 || path.bytes[0] != '/')
        return mistake(reading, "the path of a unix socket starts with /, such as "
                                "unix:/run/bouncewatch/log");
    if (path.size >= sizeof(url->path))
        return mistake(reading, "the path of a unix socket has at most 107 bytes");
    if (memchr(path.bytes, '\0', path.size) != NULL)
        return mistake(reading, "a path holds no NUL");
    (void)memcpy(url->path, path.bytes, path.size);
    url->path[path.size] = '\0';
    return BW_OK;
}

static bool is_host(struct bw_text host, bool is_bracketed)
{
    for (size_t i = 0; i < host.size; i++) {
        const char byte = host.bytes[i];
        if (!bw_is_digit(byte) && !bw_is_letter(byte) && byte != '.' && byte != '-' &&
            byte != '_' && !(is_bracketed && (byte == ':' || byte == '%')))
            return false;
    }
    return host.size > 0;
}

static enum bw_status read_host(const struct reading *reading, struct bw_text host,
                                bool is_bracketed)
{
    struct bw_listen_url *url = reading->url;

    if (host.size >= sizeof(url->host))
        return mistake(reading, "the host is too long");
    if (!is_bracketed && bw_text_find(host, BW_TEXT(":")) < host.size)
        return mistake(reading, "an IPv6 address stands in brackets, such as udp://[::1]:514");
    if (!(bw_text_equal(host, BW_TEXT("*")) && !is_bracketed) && !is_host(host, is_bracketed))
        return mistake(reading, "the host is a name, an IPv4 address, an IPv6 address in brackets, "
                                "or * for all addresses");
    (void)memcpy(url->host, host.bytes, host.size);
    url->host[host.size] = '\0';
    return BW_OK;
}

static enum bw_status read_place(const struct reading *reading, struct bw_text place)
{
    const bool is_bracketed = bw_text_starts_with(place, BW_TEXT("["));
    struct bw_text host;
    uint64_t port = 0;

    if (is_bracketed) {
        place = bw_text_after(place, 1);
        if (!bw_text_cut(&place, BW_TEXT("]"), &host))
            return mistake(reading, "the ] behind the IPv6 address is missing");
        if (!bw_text_starts_with(place, BW_TEXT(":")))
            return mistake(reading, "the port is missing, such as :514");
        place = bw_text_after(place, 1);
    } else {
        size_t colon = place.size;
        while (colon > 0 && place.bytes[colon - 1] != ':')
            colon--;
        if (colon == 0)
            return mistake(reading, "the port is missing, such as :514");
        host = bw_text_head(place, colon - 1);
        place = bw_text_after(place, colon);
    }
    const enum bw_status status = read_host(reading, host, is_bracketed);
    if (status != BW_OK)
        return status;
    if (!read_number(place, 10, PORT_MAX, &port))
        return mistake(reading, "the port is a number from 0 to 65535");
    reading->url->port = (uint16_t)port;
    return BW_OK;
}

static void write_name(struct bw_listen_url *url)
{
    if (bw_listen_kind_is_unix(url->kind)) {
        (void)snprintf(url->name, sizeof(url->name), "%s:%s", bw_listen_kind_name(url->kind),
                       url->path);
        return;
    }
    const bool is_bracketed = strchr(url->host, ':') != NULL;
    (void)snprintf(url->name, sizeof(url->name), "%s://%s%s%s:%u", bw_listen_kind_name(url->kind),
                   is_bracketed ? "[" : "", url->host, is_bracketed ? "]" : "", url->port);
}

enum bw_status bw_listen_url_parse(struct bw_listen_url *url, struct bw_text text,
                                   struct bw_problem *problem)
{
    struct bw_listen_url read = {.mode = MODE_DEFAULT, .sockets = 1};
    const struct reading reading = {&read, text, problem};
    size_t i = 0;

    while (i < BW_ARRAY_COUNT(kinds) && !bw_text_starts_with(text, kinds[i].head))
        i++;
    if (i == BW_ARRAY_COUNT(kinds))
        return mistake(&reading, "it starts with udp://, tcp://, tls://, unix: or unixgram:");
    read.kind = kinds[i].kind;

    struct bw_text query = bw_text_after(text, kinds[i].head.size);
    struct bw_text place = query;
    const bool has_query = bw_text_cut(&query, BW_TEXT("?"), &place);
    enum bw_status status = bw_listen_kind_is_unix(read.kind) ? read_path(&reading, place)
                                                              : read_place(&reading, place);
    if (status == BW_OK && has_query)
        status = read_query(&reading, query);
    if (status == BW_OK && read.kind == BW_LISTEN_TLS && read.certificate[0] == '\0')
        status = mistake(&reading, "tls:// needs a certificate, such as "
                                   "tls://0.0.0.0:6514?cert=/etc/ssl/logs.pem");
    if (status != BW_OK)
        return status;
    write_name(&read);
    *url = read;
    return BW_OK;
}
