/*
 * The classes: name, whose fault, whether the address should go, cause and first action. Only
 * faults of the recipient or its domain may ever suppress an address.
 */
#include "classify/taxonomy.h"

#include "base/check.h"

struct class_row {
    const char *name, *cause, *action;
    uint8_t fault, suppress, nature;
    bool is_block;
};

/* clang-format off */
static const struct class_row rows[BW_CLASS_COUNT] = {
    [BW_CLASS_NONE] = {.name = "", .cause = "", .action = ""},
    [BW_CLASS_USER_UNKNOWN] = {"user_unknown",
     "The recipient address does not exist.",
     "Remove the address from the list and verify the list before the next send.",
     BW_FAULT_RECIPIENT, BW_SUPPRESS_NOW, BW_BOUNCE_HARD, false},
    [BW_CLASS_MAILBOX_DISABLED] = {"mailbox_disabled",
     "The mailbox is disabled, inactive or suspended.",
     "Remove the address from the list.",
     BW_FAULT_RECIPIENT, BW_SUPPRESS_NOW, BW_BOUNCE_HARD, false},
    [BW_CLASS_MAILBOX_MOVED] = {"mailbox_moved",
     "The mailbox has moved to another address.",
     "Remove the old address; ask the recipient for the new one by another way.",
     BW_FAULT_RECIPIENT, BW_SUPPRESS_NOW, BW_BOUNCE_HARD, false},
    [BW_CLASS_MAILBOX_UNAVAILABLE_GENERIC] = {"mailbox_unavailable_generic",
     "The mailbox is not available: disabled, full, or its domain has expired.",
     "Verify the address and take it off after the second failure within a week; if the whole domain is gone, remove all its addresses.",
     BW_FAULT_RECIPIENT, BW_SUPPRESS_AFTER_REPEAT, BW_BOUNCE_HARD, false},
    [BW_CLASS_ADDRESS_SYNTAX] = {"address_syntax",
     "The recipient address is not a valid address.",
     "Correct or remove the address; check how it came into the list.",
     BW_FAULT_RECIPIENT, BW_SUPPRESS_NOW, BW_BOUNCE_HARD, false},
    [BW_CLASS_MAILBOX_FULL] = {"mailbox_full",
     "The mailbox is over its quota.",
     "Let the MTA retry; take the address off after three failures within two weeks.",
     BW_FAULT_RECIPIENT, BW_SUPPRESS_AFTER_REPEAT, BW_BOUNCE_SOFT, false},
    [BW_CLASS_RECIPIENT_RATE] = {"recipient_rate",
     "This recipient receives mail faster than the provider allows.",
     "Send less to this recipient and let the MTA retry.",
     BW_FAULT_RECIPIENT, BW_SUPPRESS_NEVER, BW_BOUNCE_SOFT, false},
    [BW_CLASS_RECIPIENT_RESTRICTED] = {"recipient_restricted",
     "The recipient or its organisation accepts mail from chosen senders only.",
     "Ask the recipient or its administrator to allow your domain; stop after the second refusal within a month.",
     BW_FAULT_RECIPIENT, BW_SUPPRESS_AFTER_REPEAT, BW_BOUNCE_NONE, false},
    [BW_CLASS_DOMAIN_UNKNOWN] = {"domain_unknown",
     "The recipient domain does not exist or has no mail server.",
     "Check the domain once more, then remove all its addresses.",
     BW_FAULT_RCPT_DOMAIN, BW_SUPPRESS_NOW, BW_BOUNCE_HARD, false},
    [BW_CLASS_NULL_MX] = {"null_mx",
     "The recipient domain says that it accepts no mail (RFC 7505).",
     "Remove all addresses of the domain.",
     BW_FAULT_RCPT_DOMAIN, BW_SUPPRESS_NOW, BW_BOUNCE_HARD, false},
    [BW_CLASS_RCPT_DNS_TEMP] = {"rcpt_dns_temp",
     "The DNS of the recipient domain does not answer.",
     "Check your own resolver, then let the MTA retry.",
     BW_FAULT_RCPT_DOMAIN, BW_SUPPRESS_NEVER, BW_BOUNCE_SOFT, false},
    [BW_CLASS_RELAY_DENIED] = {"relay_denied",
     "The server does not take mail for this domain: its MX is set up wrongly, or yours routes wrongly.",
     "Check the MX of the domain and your transport table; take the address off after the second failure within a week.",
     BW_FAULT_RCPT_DOMAIN, BW_SUPPRESS_AFTER_REPEAT, BW_BOUNCE_HARD, false},
    [BW_CLASS_DNSBL_LISTED] = {"dnsbl_listed",
     "The sending IP or domain is on a blocklist.",
     "Look the IP or domain up at the named list, stop the traffic that caused the listing, then ask the list for removal.",
     BW_FAULT_SENDER_IP, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_PROVIDER_IP_BLOCK] = {"provider_ip_block",
     "The provider blocks the sending IP address.",
     "Pause this IP's traffic to the provider and ask the provider for delisting.",
     BW_FAULT_SENDER_IP, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_LOW_REPUTATION] = {"low_reputation",
     "The reputation of the sending IP address or domain is too low.",
     "Pause bulk mail to this provider; resume with engaged recipients at a small volume.",
     BW_FAULT_SENDER_IP, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL] = {"complaint_or_volume_deferral",
     "The provider slows down because of unusual volume or complaints.",
     "Halve the sending rate to this provider and wait two to four hours.",
     BW_FAULT_SENDER_IP, BW_SUPPRESS_NEVER, BW_BOUNCE_SOFT, false},
    [BW_CLASS_RATE_OR_CONNECTION_LIMIT] = {"rate_or_connection_limit",
     "A limit on connections or messages was reached.",
     "Lower concurrency and rate to this provider; the MTA retries by itself.",
     BW_FAULT_SENDER_IP, BW_SUPPRESS_NEVER, BW_BOUNCE_SOFT, false},
    [BW_CLASS_SUSPICIOUS_HOST] = {"suspicious_host",
     "The sending host looks dynamic, open or badly named.",
     "Mend HELO name and reverse DNS; send from a static address of its own.",
     BW_FAULT_SENDER_IP, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_DIRECTORY_HARVEST_BLOCK] = {"directory_harvest_block",
     "Too many recipients were unknown there: the provider takes it for address guessing.",
     "Stop this list segment now and verify its addresses before anything more is sent.",
     BW_FAULT_SENDER_IP, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_SPF_FAIL] = {"spf_fail",
     "SPF did not pass for the envelope sender's domain.",
     "Add the sending IP to the SPF record of the envelope sender's domain, or send from a permitted host.",
     BW_FAULT_SENDER_DOMAIN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_DKIM_FAIL] = {"dkim_fail",
     "The DKIM signature is missing or did not verify.",
     "Check selector, public key in DNS, and whatever changes the mail after signing.",
     BW_FAULT_SENDER_DOMAIN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_DMARC_REJECT] = {"dmarc_reject",
     "DMARC failed and the domain's policy says reject.",
     "Sign with DKIM for the From domain, or use an envelope sender of it whose SPF passes: one of both must pass and align.",
     BW_FAULT_SENDER_DOMAIN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_UNAUTHENTICATED] = {"unauthenticated",
     "The mail carries neither a passing SPF nor DKIM.",
     "Set up SPF and DKIM for the sending domain before sending on.",
     BW_FAULT_SENDER_DOMAIN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_ALIGNMENT_FAIL] = {"alignment_fail",
     "The authenticated domain is not the From domain.",
     "Sign with the From domain, or use its own bounce domain.",
     BW_FAULT_SENDER_DOMAIN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_DMARC_MISSING] = {"dmarc_missing",
     "The From domain has no DMARC record.",
     "Publish a DMARC record, at first with p=none.",
     BW_FAULT_SENDER_DOMAIN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_PTR_MISSING] = {"ptr_missing",
     "The sending IP address lacks a reverse DNS name that fits.",
     "Set a PTR record whose name resolves back to the address.",
     BW_FAULT_SENDER_IP, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_TLS_REQUIRED] = {"tls_required",
     "The server wants TLS, or its TLS policy could not be met.",
     "Enable TLS for this destination and check certificates, MTA-STS and DANE.",
     BW_FAULT_TRANSPORT, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_SENDER_ADDRESS_REJECTED] = {"sender_address_rejected",
     "The envelope sender or its domain is not accepted.",
     "Use a sender domain that exists, resolves and accepts mail.",
     BW_FAULT_SENDER_DOMAIN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_SPAM_CONTENT] = {"spam_content",
     "The content was taken for spam.",
     "Look at the content and links of this campaign; do not resend it as it is.",
     BW_FAULT_CONTENT, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_URL_LISTED] = {"url_listed",
     "A link in the mail is on a blocklist.",
     "Remove the listed link or domain from the mail.",
     BW_FAULT_CONTENT, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_VIRUS_OR_ATTACHMENT] = {"virus_or_attachment",
     "An attachment was refused or taken for malware.",
     "Remove the attachment or change its type; scan the sending host.",
     BW_FAULT_CONTENT, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_MALFORMED_MESSAGE] = {"malformed_message",
     "The message breaks the format rules (RFC 5322).",
     "Mend the headers or line ends the reply names.",
     BW_FAULT_CONTENT, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_TOO_LARGE] = {"too_large",
     "The message is larger than the server accepts.",
     "Send it smaller, or as a link.",
     BW_FAULT_CONTENT, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_POLICY_GENERIC] = {"policy_generic",
     "The mail was refused by policy, without a reason.",
     "Check SPF, DKIM, DMARC, reverse DNS and reputation of the sender; the address itself may be good.",
     BW_FAULT_SENDER_IP, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_GREYLIST] = {"greylist",
     "Greylisting: the first try is always deferred.",
     "Nothing; the MTA's retry will pass.",
     BW_FAULT_REMOTE_SYSTEM, BW_SUPPRESS_NEVER, BW_BOUNCE_SOFT, false},
    [BW_CLASS_GEO_BLOCK] = {"geo_block",
     "The server refuses mail from this country.",
     "Ask the recipient's administrator for an exception.",
     BW_FAULT_SENDER_IP, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, true},
    [BW_CLASS_CONNECT_FAILED] = {"connect_failed",
     "No connection could be made or it broke.",
     "Check the route and the remote server; the MTA retries by itself.",
     BW_FAULT_TRANSPORT, BW_SUPPRESS_NEVER, BW_BOUNCE_SOFT, false},
    [BW_CLASS_REMOTE_SYSTEM_ERROR] = {"remote_system_error",
     "The remote system has a fault of its own.",
     "Nothing yet, the MTA retries by itself; ask the remote postmaster if it lasts for a day.",
     BW_FAULT_REMOTE_SYSTEM, BW_SUPPRESS_NEVER, BW_BOUNCE_SOFT, false},
    [BW_CLASS_PROTOCOL_ERROR] = {"protocol_error",
     "The two servers did not understand each other.",
     "Look at the SMTP dialogue; check filters and proxies in between.",
     BW_FAULT_LOCAL, BW_SUPPRESS_NEVER, BW_BOUNCE_SOFT, false},
    [BW_CLASS_LOOP] = {"loop",
     "The mail runs in a loop.",
     "Check MX and forwarding of the recipient's domain, and your own transports.",
     BW_FAULT_RCPT_DOMAIN, BW_SUPPRESS_AFTER_REPEAT, BW_BOUNCE_HARD, false},
    [BW_CLASS_EXPIRED] = {"expired",
     "The mail stayed in the queue until its lifetime was over.",
     "Look at the deferrals before it: they hold the reason.",
     BW_FAULT_UNKNOWN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_AUTO_REPLY] = {"auto_reply",
     "An automatic reply.",
     "Nothing.",
     BW_FAULT_UNKNOWN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_CHALLENGE_RESPONSE] = {"challenge_response",
     "The recipient's system wants a confirmation.",
     "Confirm by hand, or leave the address alone.",
     BW_FAULT_UNKNOWN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_DELAY_NOTICE] = {"delay_notice",
     "A notice that the mail is delayed.",
     "Nothing; wait for the final outcome.",
     BW_FAULT_UNKNOWN, BW_SUPPRESS_NEVER, BW_BOUNCE_SOFT, false},
    [BW_CLASS_FEEDBACK] = {"feedback",
     "A complaint report.",
     "Take the address off the list.",
     BW_FAULT_UNKNOWN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_LOCALLY_SUPPRESSED] = {"locally_suppressed",
     "Your own system did not send to this address.",
     "Nothing, if the suppression is meant.",
     BW_FAULT_LOCAL, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_ADMIN_DELETE] = {"admin_delete",
     "An administrator deleted the mail from the queue.",
     "Nothing, if it was meant.",
     BW_FAULT_LOCAL, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
    [BW_CLASS_UNCLASSIFIED_4XX] = {"unclassified_4xx",
     "A temporary failure that no rule knows.",
     "Read the reply; if it recurs, write a rule for it.",
     BW_FAULT_UNKNOWN, BW_SUPPRESS_NEVER, BW_BOUNCE_SOFT, false},
    [BW_CLASS_UNCLASSIFIED_5XX] = {"unclassified_5xx",
     "A permanent failure that no rule knows.",
     "Read the reply; if it recurs, write a rule for it.",
     BW_FAULT_UNKNOWN, BW_SUPPRESS_NEVER, BW_BOUNCE_NONE, false},
};
/* clang-format on */

static const struct class_row *row_of(enum bw_class class_id)
{
    BW_ASSERT((unsigned int)class_id < BW_CLASS_COUNT);
    return &rows[class_id];
}

const char *bw_class_name(enum bw_class class_id)
{
    return row_of(class_id)->name;
}

enum bw_class bw_class_find(struct bw_text name)
{
    for (uint32_t class_id = 1; class_id < BW_CLASS_COUNT; class_id++)
        if (bw_text_equal(name, bw_text_of(rows[class_id].name)))
            return (enum bw_class)class_id;
    return BW_CLASS_NONE;
}

enum bw_fault bw_class_fault(enum bw_class class_id)
{
    return (enum bw_fault)row_of(class_id)->fault;
}

enum bw_suppress bw_class_suppress(enum bw_class class_id)
{
    return (enum bw_suppress)row_of(class_id)->suppress;
}

enum bw_bounce bw_class_nature(enum bw_class class_id)
{
    return (enum bw_bounce)row_of(class_id)->nature;
}

const char *bw_class_cause(enum bw_class class_id)
{
    return row_of(class_id)->cause;
}

const char *bw_class_action(enum bw_class class_id)
{
    return row_of(class_id)->action;
}

bool bw_class_is_block(enum bw_class class_id)
{
    return row_of(class_id)->is_block;
}
