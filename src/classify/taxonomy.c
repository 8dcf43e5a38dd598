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

static const struct class_row rows[BW_CLASS_COUNT] = {
    [BW_CLASS_NONE] = {.name = "", .cause = "", .action = ""},
    [BW_CLASS_USER_UNKNOWN] =
        {
            .name = "user_unknown",
            .cause = "The recipient address does not exist.",
            .action = "Remove the address from the list and verify the list before the next send.",
            .fault = BW_FAULT_RECIPIENT,
            .suppress = BW_SUPPRESS_NOW,
            .nature = BW_BOUNCE_HARD,
            .is_block = false,
        },
    [BW_CLASS_MAILBOX_DISABLED] =
        {
            .name = "mailbox_disabled",
            .cause = "The mailbox is disabled, inactive or suspended.",
            .action = "Remove the address from the list.",
            .fault = BW_FAULT_RECIPIENT,
            .suppress = BW_SUPPRESS_NOW,
            .nature = BW_BOUNCE_HARD,
            .is_block = false,
        },
    [BW_CLASS_MAILBOX_MOVED] =
        {
            .name = "mailbox_moved",
            .cause = "The mailbox has moved to another address.",
            .action = "Remove the old address; ask the recipient for the new one by another way.",
            .fault = BW_FAULT_RECIPIENT,
            .suppress = BW_SUPPRESS_NOW,
            .nature = BW_BOUNCE_HARD,
            .is_block = false,
        },
    [BW_CLASS_MAILBOX_UNAVAILABLE_GENERIC] =
        {
            .name = "mailbox_unavailable_generic",
            .cause = "The mailbox is not available: disabled, full, or its domain has expired.",
            .action = "Verify the address; if the whole domain is gone, remove all its addresses.",
            .fault = BW_FAULT_RECIPIENT,
            .suppress = BW_SUPPRESS_AFTER_REPEAT,
            .nature = BW_BOUNCE_HARD,
            .is_block = false,
        },
    [BW_CLASS_ADDRESS_SYNTAX] =
        {
            .name = "address_syntax",
            .cause = "The recipient address is not a valid address.",
            .action = "Correct or remove the address; check how it came into the list.",
            .fault = BW_FAULT_RECIPIENT,
            .suppress = BW_SUPPRESS_NOW,
            .nature = BW_BOUNCE_HARD,
            .is_block = false,
        },
    [BW_CLASS_MAILBOX_FULL] =
        {
            .name = "mailbox_full",
            .cause = "The mailbox is over its quota.",
            .action = "Let the MTA retry; suppress the address after repeated failures over two weeks.",
            .fault = BW_FAULT_RECIPIENT,
            .suppress = BW_SUPPRESS_AFTER_REPEAT,
            .nature = BW_BOUNCE_SOFT,
            .is_block = false,
        },
    [BW_CLASS_RECIPIENT_RATE] =
        {
            .name = "recipient_rate",
            .cause = "This recipient receives mail faster than the provider allows.",
            .action = "Send less to this recipient and let the MTA retry.",
            .fault = BW_FAULT_RECIPIENT,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_SOFT,
            .is_block = false,
        },
    [BW_CLASS_RECIPIENT_RESTRICTED] =
        {
            .name = "recipient_restricted",
            .cause = "The recipient or its organisation accepts mail from chosen senders only.",
            .action = "Ask the recipient to allow your domain; stop sending if the answer is no.",
            .fault = BW_FAULT_RECIPIENT,
            .suppress = BW_SUPPRESS_AFTER_REPEAT,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_DOMAIN_UNKNOWN] =
        {
            .name = "domain_unknown",
            .cause = "The recipient domain does not exist or has no mail server.",
            .action = "Check the domain once more, then remove all its addresses.",
            .fault = BW_FAULT_RCPT_DOMAIN,
            .suppress = BW_SUPPRESS_NOW,
            .nature = BW_BOUNCE_HARD,
            .is_block = false,
        },
    [BW_CLASS_NULL_MX] =
        {
            .name = "null_mx",
            .cause = "The recipient domain says that it accepts no mail (RFC 7505).",
            .action = "Remove all addresses of the domain.",
            .fault = BW_FAULT_RCPT_DOMAIN,
            .suppress = BW_SUPPRESS_NOW,
            .nature = BW_BOUNCE_HARD,
            .is_block = false,
        },
    [BW_CLASS_RCPT_DNS_TEMP] =
        {
            .name = "rcpt_dns_temp",
            .cause = "The DNS of the recipient domain does not answer.",
            .action = "Check your own resolver, then let the MTA retry.",
            .fault = BW_FAULT_RCPT_DOMAIN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_SOFT,
            .is_block = false,
        },
    [BW_CLASS_RELAY_DENIED] =
        {
            .name = "relay_denied",
            .cause = "The server does not take mail for this domain: its MX is set up wrongly, or yours routes wrongly.",
            .action = "Check the MX of the domain and your transport table.",
            .fault = BW_FAULT_RCPT_DOMAIN,
            .suppress = BW_SUPPRESS_AFTER_REPEAT,
            .nature = BW_BOUNCE_HARD,
            .is_block = false,
        },
    [BW_CLASS_DNSBL_LISTED] =
        {
            .name = "dnsbl_listed",
            .cause = "The sending address is on a blocklist that the reply names.",
            .action = "Stop the traffic that caused the listing, then ask the named list for delisting.",
            .fault = BW_FAULT_SENDER_IP,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_PROVIDER_IP_BLOCK] =
        {
            .name = "provider_ip_block",
            .cause = "The provider blocks the sending IP address.",
            .action = "Pause this IP's traffic to the provider and ask the provider for delisting.",
            .fault = BW_FAULT_SENDER_IP,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_LOW_REPUTATION] =
        {
            .name = "low_reputation",
            .cause = "The reputation of the sending IP address or domain is too low.",
            .action = "Pause bulk mail to this provider; resume with engaged recipients at a small volume.",
            .fault = BW_FAULT_SENDER_IP,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL] =
        {
            .name = "complaint_or_volume_deferral",
            .cause = "The provider slows down because of unusual volume or complaints.",
            .action = "Halve the sending rate to this provider and wait two to four hours.",
            .fault = BW_FAULT_SENDER_IP,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_SOFT,
            .is_block = false,
        },
    [BW_CLASS_RATE_OR_CONNECTION_LIMIT] =
        {
            .name = "rate_or_connection_limit",
            .cause = "A limit on connections or messages was reached.",
            .action = "Lower concurrency and rate to this provider; the MTA retries by itself.",
            .fault = BW_FAULT_SENDER_IP,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_SOFT,
            .is_block = false,
        },
    [BW_CLASS_SUSPICIOUS_HOST] =
        {
            .name = "suspicious_host",
            .cause = "The sending host looks dynamic, open or badly named.",
            .action = "Mend HELO name and reverse DNS; send from a static address of its own.",
            .fault = BW_FAULT_SENDER_IP,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_DIRECTORY_HARVEST_BLOCK] =
        {
            .name = "directory_harvest_block",
            .cause = "Too many recipients were unknown there: the provider takes it for address guessing.",
            .action = "Stop this list segment now and verify its addresses before anything more is sent.",
            .fault = BW_FAULT_SENDER_IP,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_SPF_FAIL] =
        {
            .name = "spf_fail",
            .cause = "SPF did not pass for the envelope sender's domain.",
            .action = "Put the sending address into the domain's SPF record, or send from a permitted host.",
            .fault = BW_FAULT_SENDER_DOMAIN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_DKIM_FAIL] =
        {
            .name = "dkim_fail",
            .cause = "The DKIM signature is missing or did not verify.",
            .action = "Check selector, public key in DNS, and whatever changes the mail after signing.",
            .fault = BW_FAULT_SENDER_DOMAIN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_DMARC_REJECT] =
        {
            .name = "dmarc_reject",
            .cause = "DMARC failed and the domain's policy says reject.",
            .action = "Make SPF or DKIM pass and align with the From domain.",
            .fault = BW_FAULT_SENDER_DOMAIN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_UNAUTHENTICATED] =
        {
            .name = "unauthenticated",
            .cause = "The mail carries neither a passing SPF nor DKIM.",
            .action = "Set up SPF and DKIM for the sending domain before sending on.",
            .fault = BW_FAULT_SENDER_DOMAIN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_ALIGNMENT_FAIL] =
        {
            .name = "alignment_fail",
            .cause = "The authenticated domain is not the From domain.",
            .action = "Sign with the From domain, or use its own bounce domain.",
            .fault = BW_FAULT_SENDER_DOMAIN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_DMARC_MISSING] =
        {
            .name = "dmarc_missing",
            .cause = "The From domain has no DMARC record.",
            .action = "Publish a DMARC record, at first with p=none.",
            .fault = BW_FAULT_SENDER_DOMAIN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_PTR_MISSING] =
        {
            .name = "ptr_missing",
            .cause = "The sending IP address lacks a reverse DNS name that fits.",
            .action = "Set a PTR record whose name resolves back to the address.",
            .fault = BW_FAULT_SENDER_IP,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_TLS_REQUIRED] =
        {
            .name = "tls_required",
            .cause = "The server wants TLS, or its TLS policy could not be met.",
            .action = "Enable TLS for this destination and check certificates, MTA-STS and DANE.",
            .fault = BW_FAULT_TRANSPORT,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_SENDER_ADDRESS_REJECTED] =
        {
            .name = "sender_address_rejected",
            .cause = "The envelope sender or its domain is not accepted.",
            .action = "Use a sender domain that exists, resolves and accepts mail.",
            .fault = BW_FAULT_SENDER_DOMAIN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_SPAM_CONTENT] =
        {
            .name = "spam_content",
            .cause = "The content was taken for spam.",
            .action = "Look at the content and links of this campaign; do not resend it as it is.",
            .fault = BW_FAULT_CONTENT,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_URL_LISTED] =
        {
            .name = "url_listed",
            .cause = "A link in the mail is on a blocklist.",
            .action = "Remove the listed link or domain from the mail.",
            .fault = BW_FAULT_CONTENT,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_VIRUS_OR_ATTACHMENT] =
        {
            .name = "virus_or_attachment",
            .cause = "An attachment was refused or taken for malware.",
            .action = "Remove the attachment or change its type; scan the sending host.",
            .fault = BW_FAULT_CONTENT,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_MALFORMED_MESSAGE] =
        {
            .name = "malformed_message",
            .cause = "The message breaks the format rules (RFC 5322).",
            .action = "Mend the headers or line ends the reply names.",
            .fault = BW_FAULT_CONTENT,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_TOO_LARGE] =
        {
            .name = "too_large",
            .cause = "The message is larger than the server accepts.",
            .action = "Send it smaller, or as a link.",
            .fault = BW_FAULT_CONTENT,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_POLICY_GENERIC] =
        {
            .name = "policy_generic",
            .cause = "The mail was refused by policy, without a reason.",
            .action = "Check SPF, DKIM, DMARC and the sender's reputation.",
            .fault = BW_FAULT_SENDER_IP,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_GREYLIST] =
        {
            .name = "greylist",
            .cause = "Greylisting: the first try is always deferred.",
            .action = "Nothing; the MTA's retry will pass.",
            .fault = BW_FAULT_REMOTE_SYSTEM,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_SOFT,
            .is_block = false,
        },
    [BW_CLASS_GEO_BLOCK] =
        {
            .name = "geo_block",
            .cause = "The server refuses mail from this country.",
            .action = "Ask the recipient's administrator for an exception.",
            .fault = BW_FAULT_SENDER_IP,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = true,
        },
    [BW_CLASS_CONNECT_FAILED] =
        {
            .name = "connect_failed",
            .cause = "No connection could be made or it broke.",
            .action = "Check the route and the remote server; the MTA retries by itself.",
            .fault = BW_FAULT_TRANSPORT,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_SOFT,
            .is_block = false,
        },
    [BW_CLASS_REMOTE_SYSTEM_ERROR] =
        {
            .name = "remote_system_error",
            .cause = "The remote system has a fault of its own.",
            .action = "Wait; the MTA retries by itself.",
            .fault = BW_FAULT_REMOTE_SYSTEM,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_SOFT,
            .is_block = false,
        },
    [BW_CLASS_PROTOCOL_ERROR] =
        {
            .name = "protocol_error",
            .cause = "The two servers did not understand each other.",
            .action = "Look at the SMTP dialogue; check filters and proxies in between.",
            .fault = BW_FAULT_LOCAL,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_SOFT,
            .is_block = false,
        },
    [BW_CLASS_LOOP] =
        {
            .name = "loop",
            .cause = "The mail runs in a loop.",
            .action = "Check MX and forwarding of the recipient's domain, and your own transports.",
            .fault = BW_FAULT_RCPT_DOMAIN,
            .suppress = BW_SUPPRESS_AFTER_REPEAT,
            .nature = BW_BOUNCE_HARD,
            .is_block = false,
        },
    [BW_CLASS_EXPIRED] =
        {
            .name = "expired",
            .cause = "The mail stayed in the queue until its lifetime was over.",
            .action = "Look at the deferrals before it: they hold the reason.",
            .fault = BW_FAULT_UNKNOWN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_AUTO_REPLY] =
        {
            .name = "auto_reply",
            .cause = "An automatic reply.",
            .action = "Nothing.",
            .fault = BW_FAULT_UNKNOWN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_CHALLENGE_RESPONSE] =
        {
            .name = "challenge_response",
            .cause = "The recipient's system wants a confirmation.",
            .action = "Confirm by hand, or leave the address alone.",
            .fault = BW_FAULT_UNKNOWN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_DELAY_NOTICE] =
        {
            .name = "delay_notice",
            .cause = "A notice that the mail is delayed.",
            .action = "Nothing; wait for the final outcome.",
            .fault = BW_FAULT_UNKNOWN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_SOFT,
            .is_block = false,
        },
    [BW_CLASS_FEEDBACK] =
        {
            .name = "feedback",
            .cause = "A complaint report.",
            .action = "Take the address off the list.",
            .fault = BW_FAULT_UNKNOWN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_LOCALLY_SUPPRESSED] =
        {
            .name = "locally_suppressed",
            .cause = "Your own system did not send to this address.",
            .action = "Nothing, if the suppression is meant.",
            .fault = BW_FAULT_LOCAL,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_ADMIN_DELETE] =
        {
            .name = "admin_delete",
            .cause = "An administrator deleted the mail from the queue.",
            .action = "Nothing, if it was meant.",
            .fault = BW_FAULT_LOCAL,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
    [BW_CLASS_UNCLASSIFIED_4XX] =
        {
            .name = "unclassified_4xx",
            .cause = "A temporary failure that no rule knows.",
            .action = "Read the reply; if it recurs, write a rule for it.",
            .fault = BW_FAULT_UNKNOWN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_SOFT,
            .is_block = false,
        },
    [BW_CLASS_UNCLASSIFIED_5XX] =
        {
            .name = "unclassified_5xx",
            .cause = "A permanent failure that no rule knows.",
            .action = "Read the reply; if it recurs, write a rule for it.",
            .fault = BW_FAULT_UNKNOWN,
            .suppress = BW_SUPPRESS_NEVER,
            .nature = BW_BOUNCE_NONE,
            .is_block = false,
        },
};

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
