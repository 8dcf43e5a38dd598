#include "report/page.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdarg.h>

#define PARAGRAPH_BYTES   4096
#define PARAGRAPH_COLUMNS 100 /* longer lines are hard to read, however wide the terminal is */
#define FILE_COLUMNS      160 /* a file or a pipe: nobody has to turn the paper */

void bw_page_init(struct bw_page *page, const struct bw_snapshot *snapshot,
                  const struct bw_report_options *options, FILE *out)
{
    const int64_t day_ms = INT64_C(86400000);
    const uint32_t columns = options->width == 0 ? FILE_COLUMNS : options->width;

    *page = (struct bw_page){
        .snapshot = snapshot,
        .out = out,
        .columns = columns,
        .top = options->top == 0 ? UINT32_MAX : options->top,
        .has_color = options->has_color,
        .is_one_day =
            snapshot->first_ms >= 0 && snapshot->first_ms / day_ms == snapshot->last_ms / day_ms,
    };
    if (page->columns < BW_PAGE_COLUMNS_MIN)
        page->columns = BW_PAGE_COLUMNS_MIN;
    if (page->columns > BW_PAGE_COLUMNS_MAX)
        page->columns = BW_PAGE_COLUMNS_MAX;
}

void bw_page_tone(const struct bw_page *page, enum bw_tone tone)
{
    /* ECMA-48 8.3.117: bold, faint, and colours that every terminal has. */
    static const char *const sequences[] = {
        [BW_TONE_PLAIN] = "\033[0m",       [BW_TONE_TITLE] = "\033[1m",
        [BW_TONE_DIM] = "\033[2m",         [BW_TONE_WARNING] = "\033[33m",
        [BW_TONE_BLOCKING] = "\033[1;31m",
    };

    if (page->has_color)
        (void)fputs(sequences[tone], page->out);
}

enum bw_tone bw_page_zone_tone(enum bw_zone zone)
{
    if (zone == BW_ZONE_BLOCKING)
        return BW_TONE_BLOCKING;
    return zone == BW_ZONE_WARNING ? BW_TONE_WARNING : BW_TONE_DIM;
}

void bw_page_title(const struct bw_page *page, const char *title)
{
    (void)fputc('\n', page->out);
    bw_page_tone(page, BW_TONE_TITLE);
    (void)fputs(title, page->out);
    bw_page_tone(page, BW_TONE_PLAIN);
    (void)fputc('\n', page->out);
}

/* How much of `rest` goes on a line of `columns`: whole words, or a piece of one too long. */
static struct bw_text line_of(struct bw_text rest, uint32_t columns)
{
    size_t size = 0;
    size_t last_space = 0;
    uint32_t used = 0;

    while (size < rest.size) {
        const bool starts_column = ((uint8_t)rest.bytes[size] & 0xC0U) != 0x80;
        if (starts_column && rest.bytes[size] == ' ')
            last_space = size;
        if (starts_column && used++ == columns)
            return bw_text_head(rest, last_space > 0 ? last_space : size);
        size++;
    }
    return rest;
}

static void print_wrapped(const struct bw_page *page, struct bw_text rest, uint32_t indent)
{
    const uint32_t first_columns =
        page->columns < PARAGRAPH_COLUMNS ? page->columns : PARAGRAPH_COLUMNS;
    uint32_t columns = first_columns;

    while (rest.size > 0) {
        const struct bw_text line = line_of(rest, columns);

        (void)fwrite(line.bytes, 1, line.size, page->out);
        rest = bw_text_after(rest, line.size);
        while (rest.size > 0 && rest.bytes[0] == ' ')
            rest = bw_text_after(rest, 1);
        if (rest.size > 0)
            (void)fprintf(page->out, "\n%*s", (int)indent, "");
        columns = first_columns - indent;
    }
}

void bw_page_print(const struct bw_page *page, enum bw_tone tone, uint32_t indent,
                   const char *format, ...)
{
    BW_ASSERT(indent <= 20);
    char raw[PARAGRAPH_BYTES];
    char plain[BW_PLAIN_BYTES(PARAGRAPH_BYTES)];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(raw, sizeof(raw), format, arguments);
    va_end(arguments);
    (void)bw_plain_text(bw_text_of(raw), PARAGRAPH_BYTES, plain);
    if (tone != BW_TONE_PLAIN)
        bw_page_tone(page, tone);
    print_wrapped(page, bw_text_of(plain), indent);
    if (tone != BW_TONE_PLAIN)
        bw_page_tone(page, BW_TONE_PLAIN);
    (void)fputc('\n', page->out);
}

struct bw_short_text bw_page_time(const struct bw_page *page, int64_t unix_ms)
{
    struct bw_short_text made = bw_plain_day_time(unix_ms);

    if (page->is_one_day)
        (void)memmove(made.text, made.text + 11, sizeof("09:14"));
    return made;
}
