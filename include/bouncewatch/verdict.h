/*
 * What a failure means, whose fault it is, and what to do first.
 *
 * The classes and their flags are one table in classify/taxonomy.c.
 */
#ifndef BOUNCEWATCH_VERDICT_H
#define BOUNCEWATCH_VERDICT_H

#include <bouncewatch/text.h>

#include <stdint.h>

enum bw_class {
    BW_CLASS_NONE = 0, /* not a failure */
    BW_CLASS_USER_UNKNOWN,
    BW_CLASS_MAILBOX_DISABLED,
    BW_CLASS_MAILBOX_MOVED,
    BW_CLASS_MAILBOX_UNAVAILABLE_GENERIC,
    BW_CLASS_ADDRESS_SYNTAX,
    BW_CLASS_MAILBOX_FULL,
    BW_CLASS_RECIPIENT_RATE,
    BW_CLASS_RECIPIENT_RESTRICTED,
    BW_CLASS_DOMAIN_UNKNOWN,
    BW_CLASS_NULL_MX,
    BW_CLASS_RCPT_DNS_TEMP,
    BW_CLASS_RELAY_DENIED,
    BW_CLASS_DNSBL_LISTED,
    BW_CLASS_PROVIDER_IP_BLOCK,
    BW_CLASS_LOW_REPUTATION,
    BW_CLASS_COMPLAINT_OR_VOLUME_DEFERRAL,
    BW_CLASS_RATE_OR_CONNECTION_LIMIT,
    BW_CLASS_SUSPICIOUS_HOST,
    BW_CLASS_DIRECTORY_HARVEST_BLOCK,
    BW_CLASS_SPF_FAIL,
    BW_CLASS_DKIM_FAIL,
    BW_CLASS_DMARC_REJECT,
    BW_CLASS_UNAUTHENTICATED,
    BW_CLASS_ALIGNMENT_FAIL,
    BW_CLASS_DMARC_MISSING,
    BW_CLASS_PTR_MISSING,
    BW_CLASS_TLS_REQUIRED,
    BW_CLASS_SENDER_ADDRESS_REJECTED,
    BW_CLASS_SPAM_CONTENT,
    BW_CLASS_URL_LISTED,
    BW_CLASS_VIRUS_OR_ATTACHMENT,
    BW_CLASS_MALFORMED_MESSAGE,
    BW_CLASS_TOO_LARGE,
    BW_CLASS_POLICY_GENERIC,
    BW_CLASS_GREYLIST,
    BW_CLASS_GEO_BLOCK,
    BW_CLASS_CONNECT_FAILED,
    BW_CLASS_REMOTE_SYSTEM_ERROR,
    BW_CLASS_PROTOCOL_ERROR,
    BW_CLASS_LOOP,
    BW_CLASS_EXPIRED,
    BW_CLASS_AUTO_REPLY,
    BW_CLASS_CHALLENGE_RESPONSE,
    BW_CLASS_DELAY_NOTICE,
    BW_CLASS_FEEDBACK,
    BW_CLASS_LOCALLY_SUPPRESSED,
    BW_CLASS_ADMIN_DELETE,
    BW_CLASS_UNCLASSIFIED_4XX,
    BW_CLASS_UNCLASSIFIED_5XX,
    BW_CLASS_COUNT
};

enum bw_bounce { BW_BOUNCE_NONE = 0, BW_BOUNCE_HARD, BW_BOUNCE_SOFT };

enum bw_fault {
    BW_FAULT_UNKNOWN = 0,
    BW_FAULT_RECIPIENT,
    BW_FAULT_RCPT_DOMAIN,
    BW_FAULT_SENDER_IP,
    BW_FAULT_SENDER_DOMAIN,
    BW_FAULT_CONTENT,
    BW_FAULT_REMOTE_SYSTEM,
    BW_FAULT_TRANSPORT,
    BW_FAULT_LOCAL,
    BW_FAULT_COUNT
};

enum bw_suppress { BW_SUPPRESS_NEVER = 0, BW_SUPPRESS_NOW, BW_SUPPRESS_AFTER_REPEAT };

/* Which kind of evidence decided, strongest first. */
enum bw_basis {
    BW_BASIS_NONE = 0,
    BW_BASIS_PROVIDER_TEXT,
    BW_BASIS_PROVIDER_CODE,
    BW_BASIS_TEXT,
    BW_BASIS_STATUS,
    BW_BASIS_REPLY
};

/* Rows of the 550 decision matrix. */
enum bw_variant {
    BW_VARIANT_NONE = 0,
    BW_VARIANT_550_5_1_1,
    BW_VARIANT_550_5_7_1,
    BW_VARIANT_550_5_4_1,
    BW_VARIANT_550_MAILBOX_UNAVAILABLE,
    BW_VARIANT_550_CATCH_ALL,
    BW_VARIANT_550_MIXED_SIGNAL,
    BW_VARIANT_COUNT
};

#define BW_RULE_NONE      0U /* rule ids are 1 + index in struct bw_rule_set */
#define BW_PROVIDER_OTHER 0  /* provider ids are indexes into struct bw_provider_map's names */

struct bw_verdict {
    uint16_t rule;      /* BW_RULE_NONE: no rule, the class comes from the outcome alone */
    uint16_t runner_up; /* BW_RULE_NONE: nothing else matched */
    uint16_t provider;  /* provider id */
    uint8_t class_id;   /* enum bw_class */
    uint8_t bounce;     /* enum bw_bounce */
    uint8_t fault;      /* enum bw_fault */
    uint8_t suppress;   /* enum bw_suppress */
    uint8_t basis;      /* enum bw_basis */
    uint8_t variant;    /* enum bw_variant */
};

/* Names as in the contract, e.g. "user_unknown", "hard", "recipient", "now", "550 5.1.1". */
const char *bw_class_name(enum bw_class class_id); /* "" for BW_CLASS_NONE */
const char *bw_bounce_name(enum bw_bounce bounce); /* "" for none */
const char *bw_fault_name(enum bw_fault fault);
const char *bw_suppress_name(enum bw_suppress suppress);
const char *bw_basis_name(enum bw_basis basis); /* "text" for both kinds of text; "" for none */
const char *bw_variant_name(enum bw_variant variant); /* "" for none */

/* BW_CLASS_NONE when no class has that name. */
enum bw_class bw_class_find(struct bw_text name);

/* The class's own fault and suppress; cause and first action as one sentence each. */
enum bw_fault bw_class_fault(enum bw_class class_id);
enum bw_suppress bw_class_suppress(enum bw_class class_id);
const char *bw_class_cause(enum bw_class class_id);
const char *bw_class_action(enum bw_class class_id);

/* True for the classes that say a provider blocks us: they raise `block` events. */
bool bw_class_is_block(enum bw_class class_id);

#endif
