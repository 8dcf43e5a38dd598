#include "test.h"

#include <stdlib.h>

void bw_test_assert_text(struct bw_text text, const char *string, const char *file, int line)
{
    if (bw_text_equal(text, bw_text_of(string)))
        return;
    print_error("\"%.*s\" is not \"%s\"\n", BW_TEXT_ARGS(text), string);
    _fail(file, line);
}

struct bw_text bw_test_exact_copy(struct bw_text text)
{
    char *copy = malloc(text.size == 0 ? 1 : text.size);
    if (copy == NULL)
        abort();
    if (text.size > 0)
        (void)memcpy(copy, text.bytes, text.size);
    return (struct bw_text){copy, text.size};
}

void bw_test_exact_free(struct bw_text text)
{
    free((void *)(uintptr_t)text.bytes);
}

unsigned bw_test_seed(void)
{
    const char *wanted = getenv("BW_SEED");

    return wanted != NULL ? (unsigned)strtoul(wanted, NULL, 10) : 1009;
}
