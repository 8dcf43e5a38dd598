#include "parse/postfix_programs.h"

#include "base/check.h"

#include <stdint.h>

#define NAME_SIZE_MAX 15

struct program {
    struct bw_text name;
    enum bw_postfix_agent agent;
};

/* Ordered by the size of the name, so that a look-up compares only names of its own size. */
/* clang-format off */
static const struct program programs[] = {
    {BW_TEXT_INIT("smtp"), BW_POSTFIX_AGENT_SMTP},
    {BW_TEXT_INIT("qmgr"), BW_POSTFIX_AGENT_QUEUE},
    {BW_TEXT_INIT("lmtp"), BW_POSTFIX_AGENT_LMTP},
    {BW_TEXT_INIT("pipe"), BW_POSTFIX_AGENT_MAILBOX},
    {BW_TEXT_INIT("smtpd"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("local"), BW_POSTFIX_AGENT_MAILBOX},
    {BW_TEXT_INIT("error"), BW_POSTFIX_AGENT_ERROR},
    {BW_TEXT_INIT("retry"), BW_POSTFIX_AGENT_ERROR},
    {BW_TEXT_INIT("anvil"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("oqmgr"), BW_POSTFIX_AGENT_QUEUE},
    {BW_TEXT_INIT("defer"), BW_POSTFIX_AGENT_QUEUE},
    {BW_TEXT_INIT("trace"), BW_POSTFIX_AGENT_QUEUE},
    {BW_TEXT_INIT("flush"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("showq"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("qmqpd"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("spawn"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("pickup"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("bounce"), BW_POSTFIX_AGENT_QUEUE},
    {BW_TEXT_INIT("scache"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("tlsmgr"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("master"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("verify"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("cleanup"), BW_POSTFIX_AGENT_QUEUE},
    {BW_TEXT_INIT("virtual"), BW_POSTFIX_AGENT_MAILBOX},
    {BW_TEXT_INIT("discard"), BW_POSTFIX_AGENT_DISCARD},
    {BW_TEXT_INIT("rewrite"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("dnsblog"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("postmap"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("postlog"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("tlsproxy"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("proxymap"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("sendmail"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("postdrop"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("postconf"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("postlogd"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("postkick"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("postqueue"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("postsuper"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("postalias"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("postmulti"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("postscreen"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("proxywrite"), BW_POSTFIX_AGENT_SILENT},
    {BW_TEXT_INIT("trivial-rewrite"), BW_POSTFIX_AGENT_SILENT},
};

/* Index of the first name of each size. */
static const uint8_t first_of_size[NAME_SIZE_MAX + 2] = {
    [0] = 0, [1] = 0, [2] = 0, [3] = 0, [4] = 0, [5] = 4, [6] = 16, [7] = 22, [8] = 29, [9] = 36,
    [10] = 40, [11] = 42, [12] = 42, [13] = 42, [14] = 42, [15] = 42, [16] = 43,
};
/* clang-format on */

_Static_assert(sizeof(programs) / sizeof(programs[0]) == 43, "first_of_size counts them");

enum bw_postfix_agent bw_postfix_agent_of(struct bw_text program)
{
    const char *slash = program.size == 0 ? NULL : memrchr(program.bytes, '/', program.size);
    const bool is_postfix = bw_text_starts_with(program, BW_TEXT("postfix"));

    /* Without a syslog_name in front, "smtp" or "local" could be anybody's. */
    if (slash == NULL)
        return is_postfix ? BW_POSTFIX_AGENT_SILENT : BW_POSTFIX_AGENT_NO;
    const struct bw_text name = bw_text_after(program, (size_t)(slash - program.bytes) + 1);
    if (name.size <= NAME_SIZE_MAX)
        for (size_t i = first_of_size[name.size]; i < first_of_size[name.size + 1]; i++)
            if (bw_text_equal(name, programs[i].name))
                return programs[i].agent;
    /* Wrappers and helpers of a site that log as "postfix/whatever". */
    return is_postfix ? BW_POSTFIX_AGENT_QUEUE : BW_POSTFIX_AGENT_NO;
}
