#include "emit/sink.h"

#include <string.h>

static bool begins(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

enum bw_status bw_sink_create(struct bw_sink **created, const struct bw_sink_options *options,
                              struct bw_problem *problem)
{
    const char *to = options->to;

    if (strcmp(to, "-") == 0 || to[0] == '/')
        return bw_sink_file_create(created, to);
    if (begins(to, "file:"))
        return bw_sink_file_create(created, to + strlen("file:"));
    if (begins(to, "exec:/"))
        return bw_sink_exec_create(created, options->loop, to + strlen("exec:"));
    if (strcmp(to, "syslog:") == 0)
        return bw_sink_syslog_create(created, "/dev/log");
    if (begins(to, "syslog:/"))
        return bw_sink_syslog_create(created, to + strlen("syslog:"));
    if (begins(to, "http://") || begins(to, "https://") || begins(to, "alertmanager:http://") ||
        begins(to, "alertmanager:https://"))
        return bw_sink_webhook_create(created, options, problem);
    bw_problem_set(problem, "", 0,
                   "\"%s\" is no place for events; write -, /PATH, file:PATH, https://..., "
                   "alertmanager:https://..., exec:/PROGRAM, or syslog:",
                   to);
    return BW_ERR_USAGE;
}

void bw_sink_destroy(struct bw_sink **owned)
{
    struct bw_sink *sink = *owned;

    *owned = NULL;
    if (sink != NULL)
        sink->kind->destroy(sink);
}
