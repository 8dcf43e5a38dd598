/*
 * What a reply names besides its class: the blocklist, failed authentications, what is throttled.
 */
#ifndef BW_CLASSIFY_EXTRACT_H
#define BW_CLASSIFY_EXTRACT_H

#include <bouncewatch/text.h>
#include <bouncewatch/verdict.h>

#include <stdint.h>

enum bw_auth_bit {
    BW_AUTH_SPF = 1,
    BW_AUTH_DKIM = 2,
    BW_AUTH_DMARC = 4,
    BW_AUTH_ALIGNMENT = 8,
    BW_AUTH_PTR = 16,
    BW_AUTH_TLS = 32,
};

struct bw_extract {
    const char *blocklist; /* static name such as "spamhaus_zen"; NULL: none named */
    const char *scope;     /* "ip", "netblock", "domain", "dkim_domain", ...; NULL: none */
    int64_t retry_after_s; /* -1: none */
    uint32_t auth;         /* bits of enum bw_auth_bit that the text says have failed */
};

void bw_extract(struct bw_text text, enum bw_class class_id, struct bw_extract *extract);

#endif
