#include "cli/command.h"

#include <stdio.h>

int bw_command_version(void)
{
    /* Parts that a build may lack. */
    static const char *const parts[] = {
#ifdef BW_HAS_CURL
        "webhooks",
#endif
#ifdef BW_HAS_OPENSSL
        "TLS",
#endif
#ifdef BW_HAS_SYSTEMD
        "journal",
#endif
#ifdef BW_HAS_SECCOMP
        "seccomp",
#endif
        NULL};

    (void)printf("bouncewatch %s (formats: postfix; compression: gzip; with:", BW_VERSION);
    for (size_t i = 0; parts[i] != NULL; i++)
        (void)printf("%s %s", i == 0 ? "" : ",", parts[i]);
    (void)printf("%s)\n", parts[0] == NULL ? " nothing more" : "");
    return BW_EXIT_DONE;
}
