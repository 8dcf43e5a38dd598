/*
 * What a reply names besides its class. Texts have the shape of the providers' own replies; the
 * expected values are those that the contract's `classify` section asks for.
 */
#include "classify/extract.h"
#include "classify/retry_hint.h"
#include "test.h"

static struct bw_extract extract(const char *text, enum bw_class class_id)
{
    struct bw_extract found;
    struct bw_text exact = bw_test_exact_copy(bw_text_of(text));

    bw_extract(exact, class_id, &found);
    bw_test_exact_free(exact);
    return found;
}

static void assert_word(const char *found, const char *expected, const char *text)
{
    if (found == NULL || expected == NULL) {
        if (found != expected)
            print_error("%s\n", text);
        assert_true(found == expected);
    } else {
        if (strcmp(found, expected) != 0)
            print_error("%s\n", text);
        assert_string_equal(found, expected);
    }
}

static void names_the_blocklist_by_its_narrowest_name(void **state)
{
    static const struct {
        const char *text, *list;
    } cases[] = {
        {"554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org", "spamhaus_zen"},
        {"550 blocked, see https://www.spamhaus.org/query/ip/192.0.2.1", "spamhaus"},
        {"550 https://www.spamhaus.org/sbl/query/SBL1", "spamhaus_sbl"},
        {"553 Connections not accepted from IP addresses on Spamhaus XBL", "spamhaus_xbl"},
        {"554 192.0.2.1 is listed at pbl.spamhaus.org", "spamhaus_pbl"},
        {"550 a domain present in the Spamhaus DBL", "spamhaus_dbl"},
        {"550 listed by css.spamhaus.org", "spamhaus_css"},
        {"550 blocked using bl.spamcop.net", "spamcop"},
        {"554 found in b.barracudacentral.org", "barracuda"},
        {"550 listed at dnsbl.sorbs.net", "sorbs"},
        {"550 rejected by Invaluement", "invaluement"},
        {"550 http://csi.cloudmark.com/reset-request/?ip=192.0.2.1", "cloudmark"},
        {"550 UCEPROTECT-Level 2", "uceprotect"},
        {"550 URL listed by multi.surbl.org", "surbl"},
        {"550 see http://lookup.uribl.com", "uribl"},
        {"550 blocked using prs.proofpoint.com", "proofpoint"},
        {"550 see https://sender.office.com/", "microsoft"},
        {"550 see http://www.mail-abuse.com/cgi-bin/lookup", "trend_micro"},
        {"553 5.7.1 [BL23] Connections not accepted", "spamhaus_xbl"},
        {"554 cox 192.0.2.1 AUP#IPBL1000", "cloudmark"},
        {"554 cox 192.0.2.1 AUP#IPBL1", "spamhaus_zen"},
        {"554 cox 192.0.2.1 AUP#IPBL100", "invaluement"},
        {"554 mx.example.net AUP#1220", "spamhaus"},
        {"550 5.1.1 User unknown", NULL},
        {"550 the sponge absorbs.", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_word(extract(cases[i].text, BW_CLASS_DNSBL_LISTED).blocklist, cases[i].list,
                    cases[i].text);
}

static void says_what_is_blocked_or_throttled(void **state)
{
    static const struct {
        const char *text, *scope;
        enum bw_class class_id;
    } cases[] = {
        {"421-4.7.28 unusual rate of unsolicited mail originating from your IP Netblock "
         "[192.0.2.0]",
         "netblock", BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL},
        {"421-4.7.28 unusual rate of mail from your DKIM domain [example.com]", "dkim_domain",
         BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL},
        {"421-4.7.28 unusual rate of mail from your SPF domain [example.com]", "spf_domain",
         BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL},
        {"421-4.7.28 unusual rate of mail containing one of your URL domains", "url",
         BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL},
        {"421-4.7.28 unusual rate of mail originating from your IP address", "ip",
         BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL},
        {"550 very low reputation of the sending domain", "domain", BW_CLASS_LOW_REPUTATION},
        {"550 very low reputation of the sending IP address", "ip", BW_CLASS_LOW_REPUTATION},
        {"550 part of their network is on our block list (S3140)", "netblock",
         BW_CLASS_PROVIDER_IP_BLOCK},
        {"550 5.7.606 Access denied, banned sending IP [192.0.2.1]", "ip",
         BW_CLASS_PROVIDER_IP_BLOCK},
        {"550 5.1.8 Access denied, bad outbound sender", "account", BW_CLASS_PROVIDER_IP_BLOCK},
        {"550 5.4.5 Daily user sending limit exceeded", "account",
         BW_CLASS_RATE_OR_CONNECTION_LIMIT},
        {"550 MailFrom domain is listed in Spamhaus", "domain", BW_CLASS_DNSBL_LISTED},
        {"554 blocked using bl.example.org", "ip", BW_CLASS_DNSBL_LISTED},
        {"550 Message contains a listed link", "url", BW_CLASS_URL_LISTED},
        {"550 5.1.1 User unknown at your domain", NULL, BW_CLASS_USER_UNKNOWN},
        {"451 Temporary failure of our IP address pool", NULL, BW_CLASS_REMOTE_SYSTEM_ERROR},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_word(extract(cases[i].text, cases[i].class_id).scope, cases[i].scope, cases[i].text);
}

static void lists_the_authentications_that_failed(void **state)
{
    static const struct {
        const char *text;
        enum bw_class class_id;
        uint32_t auth;
    } cases[] = {
        {"550 5.7.515 Access denied, required authentication level. Spf= Fail , Dkim= Pass , "
         "DMARC= Fail",
         BW_CLASS_UNAUTHENTICATED, BW_AUTH_SPF | BW_AUTH_DMARC},
        {"550 5.7.515 Access denied. Spf= Pass , Dkim= Fail , DMARC= Pass", BW_CLASS_DKIM_FAIL,
         BW_AUTH_DKIM},
        {"550 5.7.26 sender is unauthenticated. Authentication results: DKIM = did not pass SPF "
         "[example.com] with ip: [192.0.2.1] = did not pass",
         BW_CLASS_UNAUTHENTICATED, BW_AUTH_SPF | BW_AUTH_DKIM},
        {"550 5.7.26 sender is unauthenticated. Authentication results: DKIM = pass SPF "
         "[example.com] with ip: [192.0.2.1] = did not pass",
         BW_CLASS_UNAUTHENTICATED, BW_AUTH_SPF},
        {"550 5.7.9 senders must authenticate with either SPF or DKIM", BW_CLASS_UNAUTHENTICATED,
         BW_AUTH_SPF | BW_AUTH_DKIM},
        {"550 5.7.23 SPF validation failed for example.com", BW_CLASS_SPF_FAIL, BW_AUTH_SPF},
        {"550 The originating IP is not permitted by the domain owner", BW_CLASS_SPF_FAIL,
         BW_AUTH_SPF},
        {"550 DKIM did not verify", BW_CLASS_DKIM_FAIL, BW_AUTH_DKIM},
        {"550 not accepted due to domain's DMARC policy", BW_CLASS_DMARC_REJECT, BW_AUTH_DMARC},
        {"550 5.7.40 no DMARC record", BW_CLASS_DMARC_MISSING, BW_AUTH_DMARC},
        {"421 4.7.32 From: header isn't aligned with either the authenticated SPF or DKIM domain",
         BW_CLASS_ALIGNMENT_FAIL, BW_AUTH_ALIGNMENT},
        {"550 5.7.25 no PTR record", BW_CLASS_PTR_MISSING, BW_AUTH_PTR},
        {"530 5.7.0 Must issue a STARTTLS command first", BW_CLASS_TLS_REQUIRED, BW_AUTH_TLS},
        {"550 5.1.1 no such user (spf=fail)", BW_CLASS_USER_UNKNOWN, 0},
        {"550 5.1.8 Domain of sender address j@example.com does not exist",
         BW_CLASS_SENDER_ADDRESS_REJECTED, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const uint32_t auth = extract(cases[i].text, cases[i].class_id).auth;
        if (auth != cases[i].auth)
            print_error("%s\n", cases[i].text);
        assert_int_equal(auth, cases[i].auth);
    }
}

static void reads_the_time_to_wait_in_seconds(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"451 4.7.1 Please try again in 5 minutes", 300},
        {"450 4.7.1 GL for 300 seconds", 300},
        {"451 Greylisting in action, please come back in 00:04:59", 299},
        {"450 greylisted for 60 seconds by the filter", 60},
        {"421 retry later (wait 2 hours)", 7200},
        {"451 Please retry in 1 hour", 3600},
        {"451 try again after 90 sec", 90},
        {"451 try again in 5-10 minutes", 600},
        {"421 temporarily blocked for 10 mins", 600},
        {"421 4.7.0 Try again in 24h", 86400},
        {"451 Bitte in 15 Minuten erneut versuchen", 900},
        {"451 Bitte erneut versuchen in 15 Minuten", 900},
        {"451 Try again. delay=00:59", 59},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_text exact = bw_test_exact_copy(bw_text_of(cases[i].text));
        const int64_t seconds = bw_retry_hint(exact);
        if (seconds != cases[i].seconds)
            print_error("%s\n", cases[i].text);
        bw_test_exact_free(exact);
        assert_int_equal(seconds, cases[i].seconds);
    }
}

static void takes_no_other_number_for_a_time_to_wait(void **state)
{
    static const char *const texts[] = {
        "452 Too many messages in 1 hour. Try again later",
        "550 limit of 100 messages per 1 hour reached",
        "421 try again, you exceed the limit in 1 hour",
        "550 5.7.1 [192.0.2.1 12] try again",
        "421 4.7.0 try again 4.16.55.1",
        "552 mailbox not used for 90 days",
        "450 try again",
        "451 try again in 99999999999999999999 seconds",
        "451 try again in 400 days",
        "451 try again in 5",
        "",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct bw_text exact = bw_test_exact_copy(bw_text_of(texts[i]));
        const int64_t seconds = bw_retry_hint(exact);
        if (seconds != -1)
            print_error("%s\n", texts[i]);
        bw_test_exact_free(exact);
        assert_int_equal(seconds, -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_blocklist_by_its_narrowest_name),
        cmocka_unit_test(says_what_is_blocked_or_throttled),
        cmocka_unit_test(lists_the_authentications_that_failed),
        cmocka_unit_test(reads_the_time_to_wait_in_seconds),
        cmocka_unit_test(takes_no_other_number_for_a_time_to_wait),
    };
    return cmocka_run_group_tests_name("classify/extract", tests, NULL, NULL);
}
