#include "classify/extract.h"

#include "base/check.h"
#include "classify/retry_hint.h"

/*
 * A text and the pairs of bytes in it, hashed into a bitmap: most of the hundred words looked for
 * are ruled out by their first pairs, without a search.
 */
struct haystack {
    struct bw_text text;
    uint64_t pairs[64];
};

static uint32_t pair_of(const char *bytes)
{
    const uint32_t first = (unsigned char)bw_lower(bytes[0]);
    const uint32_t second = (unsigned char)bw_lower(bytes[1]);

    return (first * 61 + second) & 4095U;
}

static void fill(struct haystack *haystack, struct bw_text text)
{
    *haystack = (struct haystack){.text = text};
    for (size_t i = 0; i + 1 < text.size; i++) {
        const uint32_t pair = pair_of(text.bytes + i);
        haystack->pairs[pair / 64] |= UINT64_C(1) << pair % 64;
    }
}

static bool has(const struct haystack *haystack, const char *words)
{
    for (size_t i = 0; i < 4 && words[i] != '\0' && words[i + 1] != '\0'; i++) {
        const uint32_t pair = pair_of(words + i);
        if ((haystack->pairs[pair / 64] & UINT64_C(1) << pair % 64) == 0)
            return false;
    }
    return bw_text_find_nocase(haystack->text, bw_text_of(words)) < haystack->text.size;
}

static bool has_any(const struct haystack *haystack, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (has(haystack, words[i]))
            return true;
    return false;
}

/*
 * Cox writes the lists as a bit mask: IPBL1 Spamhaus ZEN, 10 Return Path, 100 Invaluement, 1000
 * Cloudmark. The lowest bit that is set is named.
 */
static const char *find_cox_mask(struct bw_text text)
{
    static const char *const lists[] = {"spamhaus_zen", "return_path", "invaluement", "cloudmark"};
    const struct bw_text mark = BW_TEXT("IPBL");
    const size_t at = bw_text_find(text, mark);
    size_t digits = 0;

    if (at == text.size)
        return NULL;
    const struct bw_text mask = bw_text_after(text, at + mark.size);
    while (digits < mask.size && (mask.bytes[digits] == '0' || mask.bytes[digits] == '1'))
        digits++;
    for (size_t i = 0; i < digits && i < BW_ARRAY_COUNT(lists); i++)
        if (mask.bytes[digits - 1 - i] == '1')
            return lists[i];
    return NULL;
}

/* What a reply says -> the list; the narrower name first. */
static const char *const blocklists[][2] = {
    {"zen.spamhaus", "spamhaus_zen"},
    {"spamhaus zen", "spamhaus_zen"},
    {"sbl-xbl.spamhaus", "spamhaus_xbl"},
    {"sbl.spamhaus", "spamhaus_sbl"},
    {"xbl.spamhaus", "spamhaus_xbl"},
    {"pbl.spamhaus", "spamhaus_pbl"},
    {"css.spamhaus", "spamhaus_css"},
    {"dbl.spamhaus", "spamhaus_dbl"},
    {"spamhaus.org/sbl", "spamhaus_sbl"},
    {"spamhaus.org/xbl", "spamhaus_xbl"},
    {"spamhaus.org/pbl", "spamhaus_pbl"},
    {"spamhaus.org/css", "spamhaus_css"},
    {"spamhaus.org/dbl", "spamhaus_dbl"},
    {"spamhaus sbl", "spamhaus_sbl"},
    {"spamhaus xbl", "spamhaus_xbl"},
    {"spamhaus pbl", "spamhaus_pbl"},
    {"spamhaus css", "spamhaus_css"},
    {"spamhaus dbl", "spamhaus_dbl"},
    {"spamhaus.org/query/domain", "spamhaus_dbl"},
    {"exploits block list", "spamhaus_xbl"},
    {"policy block list", "spamhaus_pbl"},
    {"cbl.abuseat", "spamhaus_xbl"},
    {"abuseat.org", "spamhaus_xbl"},
    {"spamhaus", "spamhaus"},
    {"spamcop", "spamcop"},
    {"barracudacentral", "barracuda"},
    {"barracudabrts", "barracuda"},
    {"barracudanetworks.com/reputation", "barracuda"},
    {"barracuda reputation", "barracuda"},
    {"sorbs.net", "sorbs"},
    {" sorbs", "sorbs"},
    {"invaluement", "invaluement"},
    {"cloudmark", "cloudmark"},
    {"uceprotect", "uceprotect"},
    {"surbl", "surbl"},
    {"uribl", "uribl"},
    {"prs.proofpoint", "proofpoint"},
    {"ipcheck.proofpoint", "proofpoint"},
    {"proofpoint dynamic reputation", "proofpoint"},
    {"mail-abuse.com", "trend_micro"},
    {"ers.trendmicro", "trend_micro"},
    {"trend micro", "trend_micro"},
    {"sender.office.com", "microsoft"},
    {"delist@microsoft.com", "microsoft"},
    {"delist@messaging.microsoft.com", "microsoft"},
    {"blocked using FBLW", "microsoft"},
    {"network is on our block list", "microsoft"},
    {"psbl.surriel", "psbl"},
    {"psbl.org", "psbl"},
    {"manitu", "nixspam"},
    {"nixspam", "nixspam"},
    {"abusix", "abusix"},
    {"mailspike", "mailspike"},
    {"senderscore", "senderscore"},
    {"truncate.gbudb", "gbudb"},
    {"spamrats", "spamrats"},
    {"backscatterer", "backscatterer"},
    {"dronebl", "dronebl"},
    {"hostkarma", "hostkarma"},
    {"junkemailfilter", "hostkarma"},
    {"blocklist.de", "blocklist_de"},
    {"s5h.net", "s5h"},
    {"spfbl", "spfbl"},
    {"ix.dnsbl", "nixspam"},
    {"talosintelligence", "talos"},
    {"senderbase", "talos"},
    {"mimecast.org", "mimecast"},
    {"DNSBL:ATTRBL", "att"},
    /* Codes that stand for a list at the one provider that gives them. */
    {"[BL23]", "spamhaus_xbl"},
    {"[BL21]", "spamhaus"},
    {"OU-001", "spamhaus"},
    {"OFR006_102", "cloudmark"},
    {"AUP#120", "cloudmark"},
    {"AUP#121", "cloudmark"},
    {"AUP#122", "spamhaus"},
    {"AUP#123", "spamhaus"},
    {"AUP#124", "spamhaus"},
    {"AUP#125", "spamhaus"},
};

static const char *find_blocklist(const struct haystack *text)
{
    for (size_t i = 0; i < BW_ARRAY_COUNT(blocklists); i++)
        if (has(text, blocklists[i][0]))
            return blocklists[i][1];
    return find_cox_mask(text->text);
}

static bool is_limit_or_block(enum bw_class class_id)
{
    return class_id == BW_CLASS_RATE_OR_CONNECTION_LIMIT ||
           class_id == BW_CLASS_PROVIDER_IP_BLOCK ||
           class_id == BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL;
}

/* What is blocked or throttled. */
static const char *find_scope(const struct haystack *text, enum bw_class class_id)
{
    static const char *const accounts[] = {
        "bad outbound sender",
        "tenant has exceeded",
        "sending account",
        "your account",
        "user sending limit",
        "user sending quota",
        "for customer",
        "spam abuse detected",
        "daily limit for message recipients",
        "limit exceeded for user",
    };
    static const char *const netblocks[] = {
        "netblock", "part of their network", "subnet", "IPv6 range", "/24", "/64", "network range",
    };
    static const char *const domains[] = {
        "sending domain",   "sender domain",    "sender's domain", "your domain",
        "mailfrom domain",  "mail from domain", "helo domain",     "domain based",
        "from domain",      "domain is listed", "domain blocked",  "domain has been",
        "sender address [",
    };
    static const char *const addresses[] = {
        "IP address",    "your IP",   "IP based", "sending IP", "client host",
        "IP reputation", "source IP", "from IP",  "your host",  "mail server [",
    };
    const enum bw_fault fault = bw_class_fault(class_id);

    if (class_id == BW_CLASS_URL_LISTED)
        return "url";
    if (fault != BW_FAULT_SENDER_IP && fault != BW_FAULT_SENDER_DOMAIN)
        return NULL;
    if (is_limit_or_block(class_id) && has_any(text, accounts, BW_ARRAY_COUNT(accounts)))
        return "account";
    if (has_any(text, netblocks, BW_ARRAY_COUNT(netblocks)))
        return "netblock";
    if (has(text, "DKIM domain"))
        return "dkim_domain";
    if (has(text, "SPF domain"))
        return "spf_domain";
    if (is_limit_or_block(class_id) && has(text, "URL domain"))
        return "url";
    if (has_any(text, domains, BW_ARRAY_COUNT(domains)))
        return "domain";
    if (has_any(text, addresses, BW_ARRAY_COUNT(addresses)) || class_id == BW_CLASS_DNSBL_LISTED ||
        class_id == BW_CLASS_PROVIDER_IP_BLOCK || class_id == BW_CLASS_PTR_MISSING)
        return "ip";
    return NULL;
}

enum result { RESULT_NONE, RESULT_PASS, RESULT_FAIL };

static bool names_method(struct bw_text text)
{
    static const char *const methods[] = {"spf", "dkim", "dmarc"};

    for (size_t i = 0; i < BW_ARRAY_COUNT(methods); i++)
        if (bw_text_find_nocase(text, bw_text_of(methods[i])) < text.size)
            return true;
    return false;
}

/* "Spf= Fail", "DKIM = did not pass", "SPF [example.com] with ip: [192.0.2.1] = did not pass". */
static enum result result_of(struct bw_text text, const char *method)
{
    const struct bw_text name = bw_text_of(method);

    for (size_t at; (at = bw_text_find_nocase(text, name)) < text.size;) {
        text = bw_text_after(text, at + name.size);
        const size_t equals = bw_text_find(text, BW_TEXT("="));
        const struct bw_text between = bw_text_head(text, equals);
        if (equals == text.size || equals > 120 || names_method(between))
            continue;
        const struct bw_text verdict = bw_text_trim(bw_text_after(text, equals + 1));
        if (bw_text_find_nocase(verdict, BW_TEXT("pass")) == 0)
            return RESULT_PASS;
        static const char *const failures[] = {"fail",    "softfail", "none",         "neutral",
                                               "permerr", "temperr",  "did not pass", "not pass"};
        for (size_t i = 0; i < BW_ARRAY_COUNT(failures); i++)
            if (verdict.size > 0 && bw_text_find_nocase(verdict, bw_text_of(failures[i])) == 0)
                return RESULT_FAIL;
    }
    return RESULT_NONE;
}

static uint32_t auth_of_class(enum bw_class class_id)
{
    static const struct {
        enum bw_class class_id;
        enum bw_auth_bit bit;
    } bits[] = {
        {BW_CLASS_SPF_FAIL, BW_AUTH_SPF},
        {BW_CLASS_DKIM_FAIL, BW_AUTH_DKIM},
        {BW_CLASS_DMARC_REJECT, BW_AUTH_DMARC},
        {BW_CLASS_DMARC_MISSING, BW_AUTH_DMARC},
        {BW_CLASS_ALIGNMENT_FAIL, BW_AUTH_ALIGNMENT},
        {BW_CLASS_PTR_MISSING, BW_AUTH_PTR},
        {BW_CLASS_TLS_REQUIRED, BW_AUTH_TLS},
    };

    for (size_t i = 0; i < BW_ARRAY_COUNT(bits); i++)
        if (bits[i].class_id == class_id)
            return (uint32_t)bits[i].bit;
    return 0;
}

static uint32_t find_auth(const struct haystack *text, enum bw_class class_id)
{
    static const struct {
        const char *method;
        enum bw_auth_bit bit;
    } methods[] = {{"spf", BW_AUTH_SPF}, {"dkim", BW_AUTH_DKIM}, {"dmarc", BW_AUTH_DMARC}};
    uint32_t auth = auth_of_class(class_id);
    uint32_t named = 0;
    bool has_results = false;

    if (bw_class_fault(class_id) != BW_FAULT_SENDER_DOMAIN)
        return auth;
    for (size_t i = 0; i < BW_ARRAY_COUNT(methods); i++) {
        const enum result result = result_of(text->text, methods[i].method);
        if (result == RESULT_FAIL)
            auth |= (uint32_t)methods[i].bit;
        has_results = has_results || result != RESULT_NONE;
        if (has(text, methods[i].method))
            named |= (uint32_t)methods[i].bit;
    }
    /* "must authenticate with SPF or DKIM" without results: all that it names are missing. */
    if (class_id == BW_CLASS_UNAUTHENTICATED && !has_results)
        auth |= named != 0 ? named : (uint32_t)BW_AUTH_SPF | (uint32_t)BW_AUTH_DKIM;
    return auth;
}

void bw_extract(struct bw_text text, enum bw_class class_id, struct bw_extract *extract)
{
    struct haystack haystack;

    fill(&haystack, text);
    *extract = (struct bw_extract){
        .blocklist = find_blocklist(&haystack),
        .scope = find_scope(&haystack, class_id),
        .retry_after_s = bw_retry_hint(text),
        .auth = find_auth(&haystack, class_id),
    };
}
