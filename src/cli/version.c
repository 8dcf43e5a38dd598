#include "cli/command.h"

#include <stdio.h>

int bw_command_version(void)
{
    (void)printf("bouncewatch %s (formats: postfix; compression: gzip)\n", BW_VERSION);
    return BW_EXIT_DONE;
}
