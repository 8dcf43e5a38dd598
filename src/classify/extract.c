#include "classify/extract.h"

#include "base/check.h"

static bool has(struct bw_text text, const char *words)
{
    return bw_text_find_nocase(text, bw_text_of(words)) < text.size;
}

static const char *find_blocklist(struct bw_text text)
{
    /* The narrower name first. */
    static const char *const lists[][2] = {
        {"zen.spamhaus", "spamhaus_zen"},
        {"sbl-xbl.spamhaus", "spamhaus_xbl"},
        {"sbl.spamhaus", "spamhaus_sbl"},
        {"xbl.spamhaus", "spamhaus_xbl"},
        {"pbl.spamhaus", "spamhaus_pbl"},
        {"spamhaus.org/sbl", "spamhaus_sbl"},
        {"spamhaus.org/pbl", "spamhaus_pbl"},
        {"spamhaus.org/dbl", "spamhaus_dbl"},
        {"dbl.spamhaus", "spamhaus_dbl"},
        {"spamhaus dbl", "spamhaus_dbl"},
        {"css.spamhaus", "spamhaus_css"},
        {"spamhaus css", "spamhaus_css"},
        {"spamhaus", "spamhaus"},
        {"spamcop", "spamcop"},
        {"barracudacentral", "barracuda"},
        {"barracudabrts", "barracuda"},
        {"sorbs", "sorbs"},
        {"invaluement", "invaluement"},
        {"cloudmark", "cloudmark"},
        {"uceprotect", "uceprotect"},
        {"surbl", "surbl"},
        {"uribl", "uribl"},
        {"prs.proofpoint", "proofpoint"},
        {"ipcheck.proofpoint", "proofpoint"},
        {"mail-abuse.com", "trend_micro"},
        {"ers.trendmicro", "trend_micro"},
        {"sender.office.com", "microsoft"},
        {"psbl.surriel", "psbl"},
        {"manitu", "nixspam"},
        {"abusix", "abusix"},
        {"senderscore", "senderscore"},
        {"truncate.gbudb", "gbudb"},
    };

    for (size_t i = 0; i < BW_ARRAY_COUNT(lists); i++)
        if (has(text, lists[i][0]))
            return lists[i][1];
    return NULL;
}

static const char *find_scope(struct bw_text text, enum bw_class class_id)
{
    if (bw_class_fault(class_id) != BW_FAULT_SENDER_IP &&
        bw_class_fault(class_id) != BW_FAULT_SENDER_DOMAIN && class_id != BW_CLASS_URL_LISTED)
        return NULL;
    if (has(text, "netblock"))
        return "netblock";
    if (has(text, "DKIM domain"))
        return "dkim_domain";
    if (has(text, "SPF domain"))
        return "spf_domain";
    if (has(text, "URL") && class_id == BW_CLASS_URL_LISTED)
        return "url";
    if (has(text, "IP address") || has(text, "your IP") || has(text, "client host ["))
        return "ip";
    if (has(text, "sending domain") || has(text, "reputation of the domain"))
        return "domain";
    return NULL;
}

/* "in 5 minutes", "for 300 seconds", "within 2 hours": seconds, or -1. */
static int64_t find_retry(struct bw_text text)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {{"sec", 1}, {"min", 60}, {"hour", 3600}, {"day", 86400}};
    static const char *const heads[] = {" in ", " for ", " within ", " after "};

    for (size_t i = 0; i < BW_ARRAY_COUNT(heads); i++) {
        const struct bw_text head = bw_text_of(heads[i]);
        struct bw_text rest = text;
        for (size_t at; (at = bw_text_find_nocase(rest, head)) < rest.size;) {
            int64_t number = 0;
            size_t digits = 0;
            rest = bw_text_after(rest, at + head.size);
            while (digits < rest.size && digits < 7 && rest.bytes[digits] >= '0' &&
                   rest.bytes[digits] <= '9')
                number = number * 10 + (rest.bytes[digits++] - '0');
            if (digits == 0 || digits == rest.size)
                continue;
            const struct bw_text unit = bw_text_trim(bw_text_after(rest, digits));
            for (size_t j = 0; j < BW_ARRAY_COUNT(units); j++)
                if (bw_text_find_nocase(unit, bw_text_of(units[j].unit)) == 0 && unit.size > 0)
                    return number * units[j].seconds;
        }
    }
    return -1;
}

static uint32_t find_auth(struct bw_text text, enum bw_class class_id)
{
    uint32_t auth = 0;

    switch (bw_class_fault(class_id)) {
    case BW_FAULT_SENDER_DOMAIN:
        auth |= has(text, "SPF") ? (uint32_t)BW_AUTH_SPF : 0;
        auth |= has(text, "DKIM") ? (uint32_t)BW_AUTH_DKIM : 0;
        auth |= has(text, "DMARC") ? (uint32_t)BW_AUTH_DMARC : 0;
        break;
    case BW_FAULT_SENDER_IP:
    case BW_FAULT_TRANSPORT:
    case BW_FAULT_UNKNOWN:
    case BW_FAULT_RECIPIENT:
    case BW_FAULT_RCPT_DOMAIN:
    case BW_FAULT_CONTENT:
    case BW_FAULT_REMOTE_SYSTEM:
    case BW_FAULT_LOCAL:
    case BW_FAULT_COUNT: break;
    }
    auth |= class_id == BW_CLASS_SPF_FAIL ? (uint32_t)BW_AUTH_SPF : 0;
    auth |= class_id == BW_CLASS_DKIM_FAIL ? (uint32_t)BW_AUTH_DKIM : 0;
    auth |= class_id == BW_CLASS_DMARC_REJECT ? (uint32_t)BW_AUTH_DMARC : 0;
    auth |= class_id == BW_CLASS_DMARC_MISSING ? (uint32_t)BW_AUTH_DMARC : 0;
    auth |= class_id == BW_CLASS_ALIGNMENT_FAIL ? (uint32_t)BW_AUTH_ALIGNMENT : 0;
    auth |= class_id == BW_CLASS_PTR_MISSING ? (uint32_t)BW_AUTH_PTR : 0;
    auth |= class_id == BW_CLASS_TLS_REQUIRED ? (uint32_t)BW_AUTH_TLS : 0;
    return auth;
}

void bw_extract(struct bw_text text, enum bw_class class_id, struct bw_extract *extract)
{
    *extract = (struct bw_extract){
        .blocklist = find_blocklist(text),
        .scope = find_scope(text, class_id),
        .retry_after_s = find_retry(text),
        .auth = find_auth(text, class_id),
    };
}
