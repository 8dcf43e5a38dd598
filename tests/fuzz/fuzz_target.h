/*
 * What every fuzz target has: the entry that libFuzzer calls, and claims about views.
 *
 * A broken claim (BW_ASSERT) aborts, which the fuzzer reports like any crash and keeps the input.
 */
#ifndef BW_FUZZ_FUZZ_TARGET_H
#define BW_FUZZ_FUZZ_TARGET_H

#include "base/check.h"

#include <bouncewatch/text.h>

#include <stdint.h>
#include <stdlib.h>

/* `data` lies in memory of exactly `size` bytes, so that ASan sees what reads past it. Returns 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An empty view may point anywhere. */
static inline bool is_inside(struct bw_text part, struct bw_text whole)
{
    return part.size == 0 ||
           (part.bytes >= whole.bytes && part.bytes + part.size <= whole.bytes + whole.size);
}

/* Memory of exactly `size` bytes, also of none, so that ASan sees what writes past it. */
static inline char *exact_room(size_t size)
{
    char *bytes = malloc(size); /* NOLINT(clang-analyzer-optin.portability.UnixAPI) */

    BW_ASSERT(bytes != NULL || size == 0);
    return bytes;
}

#endif
