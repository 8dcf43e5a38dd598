#include "base/network_list.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>

#define ADDRESS_BYTES 16
#define MAPPED_PREFIX 96 /* ::ffff:0:0/96 holds the IPv4 addresses */

/* All addresses as IPv6, IPv4 ones mapped. */
struct network {
    uint8_t address[ADDRESS_BYTES];
    uint8_t prefix; /* bits, 0..128 */
};

/* Without the dot of the root. */
struct host {
    char *bytes; /* owned */
    size_t size;
};

struct bw_network_list {
    struct network *networks;
    struct host *hosts;
    size_t network_count, host_count;
    bool has_ipv4_head[256]; /* an address with this first number may be in a network */
    bool has_ipv6_head[16];  /* an address with this first digit of four */
};

/* "192.0.2.7": inet_pton() wants a terminated copy, and this is asked for every outcome. */
static bool read_ipv4(struct bw_text text, uint8_t address[4])
{
    size_t at = 0;

    for (size_t part = 0; part < 4; part++) {
        uint32_t number = 0;
        const size_t first = at;

        while (at < text.size && at - first < 3 && bw_is_digit(text.bytes[at]))
            number = number * 10 + (uint32_t)(text.bytes[at++] - '0');
        const bool has_mark = part == 3 ? at == text.size : at < text.size && text.bytes[at] == '.';
        if (at == first || number > 255 || !has_mark)
            return false;
        at++;
        address[part] = (uint8_t)number;
    }
    return true;
}

static bool read_address(struct bw_text text, uint8_t address[ADDRESS_BYTES])
{
    char string[INET6_ADDRSTRLEN];

    if (read_ipv4(text, address + ADDRESS_BYTES - 4)) {
        (void)memset(address, 0, 10);
        (void)memset(address + 10, 0xFF, 2);
        return true;
    }
    if (text.size >= sizeof(string) || text.size == 0 ||
        memchr(text.bytes, '\0', text.size) != NULL)
        return false;
    (void)memcpy(string, text.bytes, text.size);
    string[text.size] = '\0';
    return inet_pton(AF_INET6, string, address) == 1;
}

static bool read_network(struct bw_text text, struct network *network)
{
    struct bw_text address;
    unsigned int prefix = 128;

    if (!bw_text_cut(&text, BW_TEXT("/"), &address)) {
        network->prefix = 128;
        return read_address(text, network->address);
    }
    if (!read_address(address, network->address) || text.size == 0 || text.size > 3)
        return false;
    prefix = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (!bw_is_digit(text.bytes[i]))
            return false;
        prefix = prefix * 10 + (unsigned int)(text.bytes[i] - '0');
    }
    const bool is_ipv4 = memchr(address.bytes, ':', address.size) == NULL;
    if (prefix > (is_ipv4 ? 32U : 128U))
        return false;
    network->prefix = (uint8_t)(is_ipv4 ? prefix + MAPPED_PREFIX : prefix);
    return true;
}

/* "10.0.0" is a mistake in an address, not a name: no last label is a number (RFC 3696 2). */
static bool ends_in_number(struct bw_text text)
{
    size_t digits = 0;

    while (digits < text.size && bw_is_digit(text.bytes[text.size - 1 - digits]))
        digits++;
    return digits > 0 && (digits == text.size || text.bytes[text.size - 1 - digits] == '.');
}

static bool is_host_name(struct bw_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        const char byte = text.bytes[i];
        if (!(bw_is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
              byte == '-' || byte == '.' || byte == '_'))
            return false;
    }
    return text.size > 0 && !ends_in_number(text);
}

/* Most relays are outside, and the beginning of their address tells. */
static void note_heads(struct bw_network_list *list, const struct network *network)
{
    static const uint8_t mapped[MAPPED_PREFIX / 8] = {[10] = 0xFF, [11] = 0xFF};

    if (network->prefix < 4)
        (void)memset(list->has_ipv6_head, true, sizeof(list->has_ipv6_head));
    list->has_ipv6_head[network->address[0] >> 4U] = true;
    if (network->prefix < MAPPED_PREFIX) {
        (void)memset(list->has_ipv4_head, true, sizeof(list->has_ipv4_head));
        return;
    }
    if (memcmp(network->address, mapped, sizeof(mapped)) != 0)
        return;
    const unsigned int bits = network->prefix - MAPPED_PREFIX;
    const unsigned int mask = bits >= 8 ? 0xFFU : 0xFFU << (8 - bits) & 0xFFU;
    for (unsigned int head = 0; head < BW_ARRAY_COUNT(list->has_ipv4_head); head++)
        if ((head & mask) == (network->address[sizeof(mapped)] & mask))
            list->has_ipv4_head[head] = true;
}

static int hexadecimal(char byte)
{
    if (bw_is_digit(byte))
        return byte - '0';
    const char low = (char)(byte | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* False only for addresses that are in no network. */
static bool may_have(const struct bw_network_list *list, struct bw_text ip)
{
    unsigned int head = 0;
    size_t at = 0;

    if (ip.size > 4 && ip.bytes[4] == ':') {
        for (; at < 4; at++)
            if (hexadecimal(ip.bytes[at]) < 0)
                return true;
        return list->has_ipv6_head[hexadecimal(ip.bytes[0])];
    }
    while (at < ip.size && at < 3 && bw_is_digit(ip.bytes[at]))
        head = head * 10 + (unsigned int)(ip.bytes[at++] - '0');
    if (at == 0 || at == ip.size || ip.bytes[at] != '.' ||
        head >= BW_ARRAY_COUNT(list->has_ipv4_head))
        return true;
    return list->has_ipv4_head[head];
}

/* A name with or without the dot of the root is the same name. */
static struct bw_text without_root(struct bw_text host)
{
    return bw_text_ends_with(host, BW_TEXT(".")) ? bw_text_head(host, host.size - 1) : host;
}

enum bw_status bw_network_list_create(struct bw_network_list **created, const char *const *items,
                                      size_t count, struct bw_problem *problem)
{
    struct bw_network_list *list = calloc(1, sizeof(*list));
    enum bw_status status = BW_ERR_NO_MEMORY;

    if (list == NULL)
        return status;
    list->networks = calloc(count + 1, sizeof(*list->networks));
    list->hosts = calloc(count + 1, sizeof(*list->hosts));
    if (list->networks == NULL || list->hosts == NULL)
        goto fail;
    for (size_t i = 0; i < count; i++) {
        const struct bw_text item = bw_text_of(items[i]);
        if (read_network(item, &list->networks[list->network_count])) {
            note_heads(list, &list->networks[list->network_count]);
            list->network_count++;
        } else if (is_host_name(without_root(item))) {
            const size_t size = without_root(item).size;
            char *bytes = strndup(items[i], size);
            list->hosts[list->host_count] = (struct host){bytes, size};
            if (bytes == NULL)
                goto fail;
            list->host_count++;
        } else {
            bw_problem_set(problem, "", 0,
                           "internal: \"%s\" is neither a network such as 10.0.0.0/8 nor a host "
                           "name",
                           items[i]);
            status = BW_ERR_FORMAT;
            goto fail;
        }
    }
    *created = list;
    return BW_OK;

fail:
    bw_network_list_destroy(&list);
    return status;
}

void bw_network_list_destroy(struct bw_network_list **owned)
{
    struct bw_network_list *list = *owned;

    *owned = NULL;
    if (list == NULL)
        return;
    for (size_t i = 0; i < list->host_count; i++)
        free(list->hosts[i].bytes);
    free(list->hosts);
    free(list->networks);
    free(list);
}

static bool is_in(const struct network *network, const uint8_t address[ADDRESS_BYTES])
{
    const size_t bytes = network->prefix / 8;
    const unsigned int bits = network->prefix % 8;

    if (memcmp(network->address, address, bytes) != 0)
        return false;
    if (bits == 0)
        return true;
    const unsigned int mask = 0xFFU << (8 - bits) & 0xFFU;
    return (network->address[bytes] & mask) == (address[bytes] & mask);
}

/* Both without the dot of the root. */
static bool is_host_or_below(struct bw_text host, struct bw_text name)
{
    if (host.size < name.size || host.size == 0 ||
        ((host.bytes[host.size - 1] ^ name.bytes[name.size - 1]) & ~0x20) != 0 ||
        !bw_text_equal_nocase(bw_text_after(host, host.size - name.size), name))
        return false;
    return host.size == name.size || host.bytes[host.size - name.size - 1] == '.';
}

bool bw_network_list_has(const struct bw_network_list *list, struct bw_text host, struct bw_text ip)
{
    uint8_t address[ADDRESS_BYTES];

    if (host.size > 0 && host.bytes[host.size - 1] == '.')
        host.size--;
    for (size_t i = 0; i < list->host_count; i++)
        if (is_host_or_below(host, (struct bw_text){list->hosts[i].bytes, list->hosts[i].size}))
            return true;
    if (list->network_count == 0 || !may_have(list, ip) || !read_address(ip, address))
        return false;
    for (size_t i = 0; i < list->network_count; i++)
        if (is_in(&list->networks[i], address))
            return true;
    return false;
}
