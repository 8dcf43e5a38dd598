#include "classify/extract.h"
#include "test.h"

static struct bw_extract extract(const char *text, enum bw_class class_id)
{
    const struct bw_text copy = bw_test_exact_copy(bw_text_of(text));
    struct bw_extract found;

    bw_extract(copy, class_id, &found);
    bw_test_exact_free(copy);
    return found;
}

static void assert_name(const char *found, const char *expected)
{
    if (expected == NULL)
        assert_null(found);
    else
        assert_string_equal(found, expected);
}

static void names_the_blocklist(void **state)
{
    (void)state;
    static const struct {
        const char *text, *blocklist;
    } cases[] = {
        {"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
         "spamhaus_zen"},
        {"550 blocked by sbl.spamhaus.org", "spamhaus_sbl"},
        {"550 see https://www.spamhaus.org/sbl/query/SBL000001", "spamhaus_sbl"},
        {"550 see https://www.spamhaus.org/pbl/query/PBL000001", "spamhaus_pbl"},
        {"550 listed in xbl.spamhaus.org", "spamhaus_xbl"},
        {"550 The domain is listed in dbl.spamhaus.org", "spamhaus_dbl"},
        {"550 ZEN.SPAMHAUS.ORG", "spamhaus_zen"},
        {"550 listed at Spamhaus", "spamhaus"},
        {"554 blocked using bl.spamcop.net", "spamcop"},
        {"554 blocked using b.barracudacentral.org", "barracuda"},
        {"550 multi.surbl.org", "surbl"},
        {"550 5.1.1 user unknown", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].text);
        assert_name(extract(cases[i].text, BW_CLASS_DNSBL_LISTED).blocklist, cases[i].blocklist);
    }
}

static void names_what_is_throttled_or_blocked(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *scope;
        enum bw_class class_id;
    } cases[] = {
        {"address", "421 4.7.28 unusual rate of mail originating from your IP address", "ip",
         BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL},
        {"network", "421 4.7.28 unusual rate originating from your IP Netblock", "netblock",
         BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL},
        {"signing domain", "421 4.7.28 unusual rate originating from your DKIM domain [a.example]",
         "dkim_domain", BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL},
        {"envelope domain", "421 4.7.28 unusual rate originating from your SPF domain [a.example]",
         "spf_domain", BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL},
        {"link", "421 4.7.28 mail with the URL domain of b.example", "url", BW_CLASS_URL_LISTED},
        {"reputation", "550 5.7.1 very low reputation of the sending domain", "domain",
         BW_CLASS_LOW_REPUTATION},
        {"by the host", "554 5.7.1 Client host [192.0.2.1] blocked", "ip", BW_CLASS_DNSBL_LISTED},
        {"nothing is named", "421 try later", NULL, BW_CLASS_LOW_REPUTATION},
        {"the recipient's fault has no scope", "550 your IP address book has no such user", NULL,
         BW_CLASS_USER_UNKNOWN},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        assert_name(extract(cases[i].text, cases[i].class_id).scope, cases[i].scope);
    }
}

static void says_which_authentication_failed(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        enum bw_class class_id;
        uint32_t auth;
    } cases[] = {
        {"by the class alone", "550 5.7.23 rejected", BW_CLASS_SPF_FAIL, BW_AUTH_SPF},
        {"DKIM", "550 5.7.20 no passing signature", BW_CLASS_DKIM_FAIL, BW_AUTH_DKIM},
        {"DMARC", "550 5.7.1 rejected by policy", BW_CLASS_DMARC_REJECT, BW_AUTH_DMARC},
        {"no DMARC record", "550 5.7.1 publish one", BW_CLASS_DMARC_MISSING, BW_AUTH_DMARC},
        {"alignment", "550 5.7.1 not aligned", BW_CLASS_ALIGNMENT_FAIL, BW_AUTH_ALIGNMENT},
        {"reverse DNS", "550 5.7.25 no PTR", BW_CLASS_PTR_MISSING, BW_AUTH_PTR},
        {"TLS", "530 5.7.0 Must issue a STARTTLS command first", BW_CLASS_TLS_REQUIRED,
         BW_AUTH_TLS},
        {"both that the text names", "550 5.7.26 neither SPF nor DKIM passed",
         BW_CLASS_UNAUTHENTICATED, BW_AUTH_SPF | BW_AUTH_DKIM},
        {"class and text together", "550 5.7.26 DMARC: SPF and DKIM did not pass",
         BW_CLASS_DMARC_REJECT, BW_AUTH_SPF | BW_AUTH_DKIM | BW_AUTH_DMARC},
        {"an advice is no failure", "452 4.2.2 full, see our DKIM page", BW_CLASS_MAILBOX_FULL, 0},
        {"none", "550 5.1.1 no such user", BW_CLASS_USER_UNKNOWN, 0},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        assert_int_equal(extract(cases[i].text, cases[i].class_id).auth, cases[i].auth);
    }
}

static void reads_when_to_try_again(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"450 4.2.0 Greylisted, try again in 300 seconds", 300},
        {"450 4.2.0 Greylisted for 5 minutes", 300},
        {"421 try again in 1 hour", 3600},
        {"421 blocked for 24 hours.", 86400},
        {"421 wait within 2 Days", 172800},
        {"450 retry after 60 sec", 60},
        {"450 try in 10min", 600},
        {"450 IN 10 MINUTES", 600},
        {"450 in our house, come back in 5 minutes", 300},
        {"450 in 5", -1},
        {"450 in 5 ", -1},
        {"450 in 5 parts", -1},
        {"450 in minutes", -1},
        {"450 in 99999999999999999999 seconds", -1},
        {"450 within reason", -1},
        {"", -1},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].text);
        assert_int_equal(extract(cases[i].text, BW_CLASS_GREYLIST).retry_after_s, cases[i].seconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_blocklist),
        cmocka_unit_test(names_what_is_throttled_or_blocked),
        cmocka_unit_test(says_which_authentication_failed),
        cmocka_unit_test(reads_when_to_try_again),
    };
    return cmocka_run_group_tests_name("classify/extract", tests, NULL, NULL);
}
