#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

void bw_assert_failed(const char *claim, const char *file, int line)
{
    (void)fprintf(stderr, "bouncewatch: bug: %s:%d: this does not hold: %s\n", file, line, claim);
    abort();
}
