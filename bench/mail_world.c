#include "mail_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RCPT "RCPT TO"
#define DATA "end of DATA"
#define REPLIES(rows)                                                                              \
    {                                                                                              \
        rows, sizeof(rows) / sizeof((rows)[0])                                                     \
    }

/* clang-format off: one reply of a provider per row */
static const struct bw_world_reply gmail_hard[] = {
    {"5.1.1",
     "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 "
     "double-checking the recipient's email address for typos or 550-5.1.1 unnecessary spaces. For "
     "more information, go to 550 5.1.1  https://support.google.com/mail/?p=NoSuchUser %i-%i.%n - "
     "gsmtp",
     RCPT, BW_WORLD_USER_UNKNOWN, false},
};
static const struct bw_world_reply gmail_soft[] = {
    {"4.2.2",
     "452-4.2.2 The recipient's inbox is out of storage space. Please direct the 452-4.2.2 "
     "recipient to 452 4.2.2  https://support.google.com/mail/?p=OverQuotaTemp %i-%i.%n - gsmtp",
     RCPT, BW_WORLD_MAILBOX_FULL, false},
    {"4.7.28",
     "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating 421-4.7.28 "
     "from your IP address [203.0.113.25      15]. To protect our users from spam, 421-4.7.28 mail "
     "sent from your IP address has been temporarily rate limited. 421 4.7.28 "
     "https://support.google.com/mail/?p=UnsolicitedRateLimitError %i-%i.%n - gsmtp",
     DATA, BW_WORLD_VOLUME, false},
};
static const struct bw_world_reply microsoft_hard[] = {
    {"5.5.0",
     "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). "
     "[%i.eop-eur05.prod.protection.outlook.com 2026-05-01T10:11:12.123Z 08DD%n]",
     RCPT, BW_WORLD_USER_UNKNOWN, false},
};
static const struct bw_world_reply microsoft_soft[] = {
    {"4.7.500",
     "451 4.7.500 Server busy. Please try again later from [203.0.113.25]. (S77719) "
     "[%i.eop-eur05.prod.protection.outlook.com 2026-05-01T10:11:12.123Z 08DD%n]",
     RCPT, BW_WORLD_RATE_LIMIT, false},
};
static const struct bw_world_reply microsoft_365_hard[] = {
    {"5.4.1",
     "550 5.4.1 Recipient address rejected: Access denied. "
     "[%i.eop-eur05.prod.protection.outlook.com 2026-05-01T10:11:12.123Z 08DD%n]",
     RCPT, BW_WORLD_USER_UNKNOWN, false},
};
static const struct bw_world_reply yahoo_hard[] = {
    {"5.0.0",
     "554 delivery error: dd This user doesn't have a yahoo.com account (%r) [0] - "
     "mta%n.mail.bf1.yahoo.com",
     DATA, BW_WORLD_USER_UNKNOWN, false},
    {"5.0.0", "552 1 Requested mail action aborted, mailbox not found", RCPT, BW_WORLD_USER_UNKNOWN,
     false},
};
static const struct bw_world_reply yahoo_soft[] = {
    {"4.7.0",
     "421 4.7.0 [TSS04] Messages from 203.0.113.25 temporarily deferred due to unexpected volume "
     "or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
     "MAIL FROM", BW_WORLD_VOLUME, false},
};
static const struct bw_world_reply apple_hard[] = {
    {"5.1.1", "550 5.1.1 <%r>: user does not exist", RCPT, BW_WORLD_USER_UNKNOWN, false},
};
static const struct bw_world_reply mail_ru_hard[] = {
    {"5.0.0",
     "550 Message was not accepted -- invalid mailbox. Local mailbox %r is unavailable: user not "
     "found",
     DATA, BW_WORLD_USER_UNKNOWN, false},
};
static const struct bw_world_reply comcast_hard[] = {
    {"5.1.1", "550 5.1.1 Not our Customer", RCPT, BW_WORLD_USER_UNKNOWN, false},
};
static const struct bw_world_reply mimecast_hard[] = {
    {"5.0.0", "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [%i.uk%n]",
     RCPT, BW_WORLD_USER_UNKNOWN, false},
};
static const struct bw_world_reply plain_hard[] = {
    {"5.1.1", "550 5.1.1 <%r>: Recipient address rejected: User unknown in virtual mailbox table",
     RCPT, BW_WORLD_USER_UNKNOWN, false},
    {"5.1.1", "550 5.1.1 <%r>... User unknown", RCPT, BW_WORLD_USER_UNKNOWN, false},
    {"5.2.2", "552 5.2.2 <%r>: Mailbox full", RCPT, BW_WORLD_MAILBOX_FULL, false},
    {"5.7.1",
     "554 5.7.1 Service unavailable; Client host [203.0.113.25] blocked using zen.spamhaus.org; "
     "https://www.spamhaus.org/query/ip/203.0.113.25",
     RCPT, BW_WORLD_DNSBL_LISTED, false},
};
static const struct bw_world_reply plain_hard_long[] = {
    {"5.1.1",
     "550-5.1.1 <%r>: Recipient address rejected: 550-5.1.1 User unknown in virtual mailbox table; "
     "the mailbox that you wrote to has never 550-5.1.1 been here or was removed at the wish of "
     "its owner, and no forwarding address was left. 550-5.1.1 If you believe that this is an "
     "error, call the postmaster of %d and name the 550-5.1.1 reference %i%i%i, the time of your "
     "attempt and the name of the 550-5.1.1 server that you wrote from. Further attempts from your "
     "network are counted. 550 5.1.1 https://postmaster.%d/help?reference=%i%n",
     RCPT, BW_WORLD_USER_UNKNOWN, false},
    {"5.1.1",
     "550 5.1.1 <%r>: Recipient address rejected: undeliverable address: host "
     "backend-%i.%d[192.0.2.77] said: 550 5.1.1 <%r> User doesn't exist: %r (in reply to RCPT TO "
     "command)",
     RCPT, BW_WORLD_USER_UNKNOWN, false},
};
static const struct bw_world_reply plain_soft[] = {
    {"4.2.0",
     "450 4.2.0 <%r>: Recipient address rejected: Greylisted, see "
     "http://postgrey.schweikert.ch/help/%d.html",
     RCPT, BW_WORLD_GREYLIST, false},
    {"4.7.0", "421 4.7.0 Too many connections from 203.0.113.25", "MAIL FROM", BW_WORLD_RATE_LIMIT,
     false},
};
static const struct bw_world_reply trouble[] = {
    {"4.4.1", "connect to %h[%a]:25: Connection timed out", NULL, BW_WORLD_CONNECT_FAILED, true},
    {"4.4.2", "lost connection with %h[%a] while receiving the initial server greeting", NULL,
     BW_WORLD_CONNECT_FAILED, false},
    {"4.4.1", "delivery temporarily suspended: connect to %h[%a]:25: Connection refused", NULL,
     BW_WORLD_CONNECT_FAILED, true},
};
static const struct bw_world_reply dead_domain[] = {
    {"5.4.4",
     "Host or domain name not found. Name service error for name=%d type=AAAA: Host not found",
     NULL, BW_WORLD_DOMAIN_UNKNOWN, true},
};

#define GMAIL_SENT "250 2.0.0 OK  1777593600 %i-%i.%n - gsmtp"
#define MICROSOFT_SENT                                                                             \
    "250 2.6.0 <%i.%n@mx.example> [InternalId=%n, Hostname=%i.eurprd05.prod.outlook.com] 12345 "   \
    "bytes in 0.123, 98.7 KB/sec Queued mail for delivery -> 250 2.1.5"
#define PLAIN_SENT "250 2.0.0 Ok: queued as %i"

const struct bw_world_provider_facts bw_world_providers[BW_WORLD_PROVIDER_COUNT] = {
    [BW_WORLD_GMAIL] = {"gmail",
                        {"gmail-smtp-in.l.google.com", "alt1.gmail-smtp-in.l.google.com",
                         "alt2.gmail-smtp-in.l.google.com"},
                        3,
                        GMAIL_SENT,
                        REPLIES(gmail_hard),
                        REPLIES(gmail_hard),
                        REPLIES(gmail_soft)},
    [BW_WORLD_GOOGLE_WORKSPACE] = {"google_workspace",
                                   {"aspmx.l.google.com", "alt1.aspmx.l.google.com"},
                                   2,
                                   GMAIL_SENT,
                                   REPLIES(gmail_hard),
                                   REPLIES(gmail_hard),
                                   REPLIES(gmail_soft)},
    [BW_WORLD_MICROSOFT] = {"microsoft",
                            {"outlook-com.olc.protection.outlook.com",
                             "hotmail-com.olc.protection.outlook.com"},
                            2,
                            MICROSOFT_SENT,
                            REPLIES(microsoft_hard),
                            REPLIES(microsoft_hard),
                            REPLIES(microsoft_soft)},
    [BW_WORLD_MICROSOFT_365] = {"microsoft_365",
                                {NULL},
                                0,
                                MICROSOFT_SENT,
                                REPLIES(microsoft_365_hard),
                                REPLIES(microsoft_365_hard),
                                REPLIES(microsoft_soft)},
    [BW_WORLD_YAHOO] = {"yahoo",
                        {"mta5.am0.yahoodns.net", "mta6.am0.yahoodns.net", "mta7.am0.yahoodns.net"},
                        3,
                        "250 ok dirdel",
                        REPLIES(yahoo_hard),
                        REPLIES(yahoo_hard),
                        REPLIES(yahoo_soft)},
    [BW_WORLD_APPLE] = {"apple",
                        {"mx01.mail.icloud.com", "mx02.mail.icloud.com"},
                        2,
                        PLAIN_SENT,
                        REPLIES(apple_hard),
                        REPLIES(apple_hard),
                        REPLIES(plain_soft)},
    [BW_WORLD_UNITED_INTERNET] = {"united_internet",
                                  {"mx00.emig.gmx.net", "mx-ha02.web.de"},
                                  2,
                                  "250 Requested mail action okay, completed: id=%i",
                                  REPLIES(plain_hard),
                                  REPLIES(plain_hard_long),
                                  REPLIES(plain_soft)},
    [BW_WORLD_T_ONLINE] = {"t_online",
                           {"mx00.t-online.de", "mx01.t-online.de"},
                           2,
                           "250 2.0.0 Message accepted. %i",
                           REPLIES(plain_hard),
                           REPLIES(plain_hard_long),
                           REPLIES(plain_soft)},
    [BW_WORLD_ORANGE] = {"orange",
                         {"smtp-in.orange.fr"},
                         1,
                         "250 2.0.0 %i mail accepted for delivery",
                         REPLIES(plain_hard),
                         REPLIES(plain_hard_long),
                         REPLIES(plain_soft)},
    [BW_WORLD_COMCAST] = {"comcast",
                          {"mx1a1.comcast.net", "mx2h1.comcast.net"},
                          2,
                          "250 2.0.0 %i mail accepted for delivery",
                          REPLIES(comcast_hard),
                          REPLIES(comcast_hard),
                          REPLIES(plain_soft)},
    [BW_WORLD_MAIL_RU] = {"mail_ru",
                          {"mxs.mail.ru"},
                          1,
                          "250 OK id=%i-%i-%i",
                          REPLIES(mail_ru_hard),
                          REPLIES(mail_ru_hard),
                          REPLIES(plain_soft)},
    [BW_WORLD_PROOFPOINT] = {"proofpoint",
                             {"mx0a-00123456.pphosted.com", "mx0b-00123456.pphosted.com"},
                             2,
                             "250 2.0.0 %i-1 Message accepted for delivery",
                             REPLIES(plain_hard),
                             REPLIES(plain_hard_long),
                             REPLIES(plain_soft)},
    [BW_WORLD_MIMECAST] =
        {"mimecast",
         {"eu-smtp-inbound-1.mimecast.com", "eu-smtp-inbound-2.mimecast.com"},
         2,
         "250 SmtpThread-%n-1777593600@eu-mta-1.mimecast.com Received OK [%i.uk%n]",
         REPLIES(mimecast_hard),
         REPLIES(mimecast_hard),
         REPLIES(plain_soft)},
    [BW_WORLD_OTHER] = {"other",
                        {NULL},
                        0,
                        PLAIN_SENT,
                        REPLIES(plain_hard),
                        REPLIES(plain_hard_long),
                        REPLIES(plain_soft)},
};
/* clang-format on */

const struct bw_world_replies bw_world_trouble = REPLIES(trouble);
const struct bw_world_replies bw_world_dead_domain = REPLIES(dead_domain);

static const struct bw_world_domain mailbox_domains[] = {
    {"gmail.com", BW_WORLD_GMAIL},        {"yahoo.com", BW_WORLD_YAHOO},
    {"hotmail.com", BW_WORLD_MICROSOFT},  {"outlook.com", BW_WORLD_MICROSOFT},
    {"gmx.de", BW_WORLD_UNITED_INTERNET}, {"icloud.com", BW_WORLD_APPLE},
    {"googlemail.com", BW_WORLD_GMAIL},   {"web.de", BW_WORLD_UNITED_INTERNET},
    {"t-online.de", BW_WORLD_T_ONLINE},   {"aol.com", BW_WORLD_YAHOO},
    {"orange.fr", BW_WORLD_ORANGE},       {"comcast.net", BW_WORLD_COMCAST},
    {"mail.ru", BW_WORLD_MAIL_RU},        {"live.com", BW_WORLD_MICROSOFT},
    {"me.com", BW_WORLD_APPLE},           {"ymail.com", BW_WORLD_YAHOO},
};
#define MAILBOX_DOMAIN_COUNT ((uint32_t)(sizeof(mailbox_domains) / sizeof(mailbox_domains[0])))

/* Who runs the mail of the n-th company: the same for every seed. */
static const uint8_t company_providers[] = {
    BW_WORLD_OTHER, BW_WORLD_MICROSOFT_365, BW_WORLD_GOOGLE_WORKSPACE, BW_WORLD_OTHER,
    BW_WORLD_OTHER, BW_WORLD_MICROSOFT_365, BW_WORLD_PROOFPOINT,       BW_WORLD_OTHER,
    BW_WORLD_OTHER, BW_WORLD_OTHER,         BW_WORLD_GOOGLE_WORKSPACE, BW_WORLD_MIMECAST,
};

const char *bw_world_class_name(enum bw_world_class class_id)
{
    static const char *const names[BW_WORLD_CLASS_COUNT] = {
        [BW_WORLD_USER_UNKNOWN] = "user_unknown",
        [BW_WORLD_MAILBOX_FULL] = "mailbox_full",
        [BW_WORLD_DOMAIN_UNKNOWN] = "domain_unknown",
        [BW_WORLD_DNSBL_LISTED] = "dnsbl_listed",
        [BW_WORLD_GREYLIST] = "greylist",
        [BW_WORLD_VOLUME] = "complaint_or_volume_deferral",
        [BW_WORLD_RATE_LIMIT] = "rate_or_connection_limit",
        [BW_WORLD_CONNECT_FAILED] = "connect_failed",
    };
    return names[class_id];
}

int bw_world_provider_find(const char *name)
{
    for (int i = 0; i < BW_WORLD_PROVIDER_COUNT; i++)
        if (strcmp(bw_world_providers[i].name, name) == 0)
            return i;
    return -1;
}

static uint64_t *zipf_sums(uint32_t count)
{
    uint64_t *sums = calloc(count, sizeof(*sums));
    uint64_t sum = 0;

    for (uint32_t i = 0; sums != NULL && i < count; i++) {
        sum += (UINT64_C(1) << 31) / (i + 1);
        sums[i] = sum;
    }
    return sums;
}

bool bw_mail_world_init(struct bw_mail_world *world, uint32_t domain_count, uint32_t sender_count)
{
    *world = (struct bw_mail_world){.domain_count = domain_count, .sender_count = sender_count};
    world->domains = calloc((size_t)domain_count + sender_count, sizeof(*world->domains));
    world->domain_weights = zipf_sums(domain_count);
    world->sender_weights = zipf_sums(sender_count);
    if (world->domains == NULL || world->domain_weights == NULL || world->sender_weights == NULL) {
        bw_mail_world_deinit(world);
        return false;
    }
    for (uint32_t i = 0; i < domain_count; i++) {
        struct bw_world_domain *domain = &world->domains[i];

        if (i < MAILBOX_DOMAIN_COUNT) {
            *domain = mailbox_domains[i];
            continue;
        }
        (void)snprintf(domain->name, sizeof(domain->name), "company%u.example", i);
        domain->provider = company_providers[i % sizeof(company_providers)];
    }
    for (uint32_t i = 0; i < sender_count; i++) {
        struct bw_world_domain *domain = &world->domains[domain_count + i];

        (void)snprintf(domain->name, sizeof(domain->name), "list%u.example", i);
        domain->provider = BW_WORLD_OTHER;
    }
    return true;
}

void bw_mail_world_deinit(struct bw_mail_world *world)
{
    free(world->domains);
    free(world->domain_weights);
    free(world->sender_weights);
    *world = (struct bw_mail_world){0};
}

static uint32_t draw(const uint64_t *sums, uint32_t count, struct bw_random *random)
{
    /* The sums stay below 2^36, so the upper bits of a draw are fair enough. */
    const uint64_t mark = bw_random_next(random) % sums[count - 1];
    uint32_t low = 0;
    uint32_t high = count - 1;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (sums[middle] > mark)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

uint32_t bw_mail_world_domain(const struct bw_mail_world *world, struct bw_random *random)
{
    return draw(world->domain_weights, world->domain_count, random);
}

uint32_t bw_mail_world_sender(const struct bw_mail_world *world, struct bw_random *random)
{
    return draw(world->sender_weights, world->sender_count, random);
}
