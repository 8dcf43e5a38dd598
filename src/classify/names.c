/*
 * The names of the contract for outcomes and verdicts.
 */
#include <bouncewatch/delivery.h>
#include <bouncewatch/verdict.h>

const char *bw_bounce_name(enum bw_bounce bounce)
{
    switch (bounce) {
    case BW_BOUNCE_NONE: return "";
    case BW_BOUNCE_HARD: return "hard";
    case BW_BOUNCE_SOFT: return "soft";
    }
    return "";
}

const char *bw_fault_name(enum bw_fault fault)
{
    switch (fault) {
    case BW_FAULT_UNKNOWN: return "unknown";
    case BW_FAULT_RECIPIENT: return "recipient";
    case BW_FAULT_RCPT_DOMAIN: return "rcpt_domain";
    case BW_FAULT_SENDER_IP: return "sender_ip";
    case BW_FAULT_SENDER_DOMAIN: return "sender_domain";
    case BW_FAULT_CONTENT: return "content";
    case BW_FAULT_REMOTE_SYSTEM: return "remote_system";
    case BW_FAULT_TRANSPORT: return "transport";
    case BW_FAULT_LOCAL: return "local";
    case BW_FAULT_COUNT: return "";
    }
    return "";
}

const char *bw_suppress_name(enum bw_suppress suppress)
{
    switch (suppress) {
    case BW_SUPPRESS_NEVER: return "never";
    case BW_SUPPRESS_NOW: return "now";
    case BW_SUPPRESS_AFTER_REPEAT: return "after_repeat";
    }
    return "";
}

const char *bw_basis_name(enum bw_basis basis)
{
    switch (basis) {
    case BW_BASIS_NONE: return "";
    case BW_BASIS_PROVIDER_TEXT: return "text";
    case BW_BASIS_PROVIDER_CODE: return "provider_code";
    case BW_BASIS_TEXT: return "text";
    case BW_BASIS_STATUS: return "status";
    case BW_BASIS_REPLY: return "reply";
    }
    return "";
}

const char *bw_variant_name(enum bw_variant variant)
{
    switch (variant) {
    case BW_VARIANT_NONE: return "";
    case BW_VARIANT_550_5_1_1: return "550 5.1.1";
    case BW_VARIANT_550_5_7_1: return "550 5.7.1";
    case BW_VARIANT_550_5_4_1: return "550 5.4.1";
    case BW_VARIANT_550_MAILBOX_UNAVAILABLE: return "550 mailbox-unavailable";
    case BW_VARIANT_550_CATCH_ALL: return "550 catch-all";
    case BW_VARIANT_550_MIXED_SIGNAL: return "550 mixed-signal";
    case BW_VARIANT_COUNT: return "";
    }
    return "";
}

const char *bw_outcome_name(enum bw_outcome outcome)
{
    switch (outcome) {
    case BW_OUTCOME_DELIVERED: return "delivered";
    case BW_OUTCOME_DEFERRED: return "deferred";
    case BW_OUTCOME_BOUNCED: return "bounced";
    case BW_OUTCOME_EXPIRED: return "expired";
    case BW_OUTCOME_DISCARDED: return "discarded";
    case BW_OUTCOME_SUPPRESSED: return "suppressed";
    case BW_OUTCOME_PROBE: return "probe";
    case BW_OUTCOME_NONE:
    case BW_OUTCOME_COUNT: break;
    }
    return NULL;
}

const char *bw_hop_name(enum bw_hop hop)
{
    switch (hop) {
    case BW_HOP_REMOTE: return "remote";
    case BW_HOP_INTERNAL: return "internal";
    case BW_HOP_LOCAL: return "local";
    case BW_HOP_COUNT: return "";
    }
    return "";
}
