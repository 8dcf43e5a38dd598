#include "report/text_table.h"

#include "base/check.h"

#include <stdlib.h>

#define INDENT               2
#define GAP                  2
#define NAME_COLUMNS         28 /* a name is shown whole up to this before columns go */
#define FLEXIBLE_COLUMNS_MIN 10 /* of a flexible column, before optional ones are left out */

void bw_text_table_init(struct bw_text_table *table, const struct bw_table_column *columns,
                        uint32_t column_count)
{
    BW_ASSERT(column_count > 0 && column_count <= BW_TABLE_COLUMNS_MAX);
    *table = (struct bw_text_table){.columns = columns, .column_count = column_count};
}

void bw_text_table_deinit(struct bw_text_table *table)
{
    for (uint32_t i = 0; i < table->cell_count; i++)
        free(table->cells[i].text);
    free(table->cells);
    *table = (struct bw_text_table){0};
}

static bool make_room(struct bw_text_table *table)
{
    if (table->cell_count < table->cell_capacity)
        return true;
    const uint32_t capacity = table->cell_capacity == 0 ? 64 : table->cell_capacity * 2;
    struct bw_table_cell *cells = NULL;
    if (capacity > table->cell_capacity)
        cells = realloc(table->cells, capacity * sizeof(*cells));
    if (cells == NULL)
        return false;
    table->cells = cells;
    table->cell_capacity = capacity;
    return true;
}

void bw_text_table_add(struct bw_text_table *table, enum bw_tone tone, struct bw_text text)
{
    char plain[BW_PLAIN_BYTES(BW_PAGE_COLUMNS_MAX)];
    const uint32_t columns = bw_plain_text(text, BW_PAGE_COLUMNS_MAX, plain);
    char *copy = table->is_broken || !make_room(table) ? NULL : strdup(plain);

    if (copy == NULL) {
        table->is_broken = true;
        return;
    }
    table->cells[table->cell_count++] =
        (struct bw_table_cell){.text = copy, .columns = columns, .tone = tone};
}

void bw_text_table_add_string(struct bw_text_table *table, const char *string)
{
    bw_text_table_add(table, BW_TONE_PLAIN, string == NULL ? BW_TEXT("-") : bw_text_of(string));
}

void bw_text_table_add_count(struct bw_text_table *table, uint64_t number)
{
    const struct bw_short_text count = bw_plain_count(number);

    bw_text_table_add(table, number == 0 ? BW_TONE_DIM : BW_TONE_PLAIN, bw_text_of(count.text));
}

struct layout {
    uint32_t widths[BW_TABLE_COLUMNS_MAX]; /* 0: left out */
    uint32_t count;
};

static uint32_t total_of(const struct layout *layout)
{
    uint32_t total = INDENT;

    for (uint32_t i = 0; i < layout->count; i++)
        if (layout->widths[i] > 0)
            total += layout->widths[i] + (total > INDENT ? GAP : 0);
    return total;
}

/* Index of the widest flexible column above `floor`, or the column count. */
static uint32_t widest_flexible(const struct bw_text_table *table, const struct layout *layout,
                                bool is_optional, uint32_t floor)
{
    uint32_t widest = layout->count;

    for (uint32_t i = 0; i < layout->count; i++)
        if (table->columns[i].is_flexible && table->columns[i].is_optional == is_optional &&
            layout->widths[i] > floor &&
            (widest == layout->count || layout->widths[i] > layout->widths[widest]))
            widest = i;
    return widest;
}

static uint32_t last_optional(const struct bw_text_table *table, const struct layout *layout)
{
    for (uint32_t i = layout->count; i > 0; i--)
        if (table->columns[i - 1].is_optional && layout->widths[i - 1] > 0)
            return i - 1;
    return layout->count;
}

/* One column narrower or one fewer; false when nothing gives way. What can be left out gives way
 * first; a name is worth more than a further number, and a number more than the end of a long
 * name. */
static bool give_way(const struct bw_text_table *table, struct layout *layout)
{
    const struct {
        bool is_optional;
        uint32_t floor;
    } steps[] = {{true, FLEXIBLE_COLUMNS_MIN}, {false, NAME_COLUMNS}};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const uint32_t flexible =
            widest_flexible(table, layout, steps[i].is_optional, steps[i].floor);
        if (flexible < layout->count) {
            layout->widths[flexible]--;
            return true;
        }
    }
    const uint32_t optional = last_optional(table, layout);
    const uint32_t name = widest_flexible(table, layout, false, 1);
    if (optional < layout->count)
        layout->widths[optional] = 0;
    else if (name < layout->count)
        layout->widths[name]--;
    return optional < layout->count || name < layout->count;
}

static void fit(const struct bw_text_table *table, struct layout *layout, uint32_t columns)
{
    while (total_of(layout) > columns)
        if (!give_way(table, layout))
            return; /* the cells are cut at the edge of the page instead */
}

static struct layout lay_out(const struct bw_text_table *table, uint32_t columns)
{
    struct layout layout = {.count = table->column_count};

    for (uint32_t i = 0; i < layout.count; i++)
        layout.widths[i] = bw_plain_columns(bw_text_of(table->columns[i].title));
    for (uint32_t i = 0; i < table->cell_count; i++) {
        uint32_t *width = &layout.widths[i % layout.count];
        if (table->cells[i].columns > *width)
            *width = table->cells[i].columns;
    }
    fit(table, &layout, columns);
    return layout;
}

/* Behind the last cell of a row that has anything to show. */
static uint32_t row_end(const struct layout *layout, const struct bw_table_cell *cells)
{
    uint32_t end = layout->count;

    while (end > 0 && (layout->widths[end - 1] == 0 || cells[end - 1].columns == 0))
        end--;
    return end;
}

static void print_row(const struct bw_text_table *table, const struct layout *layout,
                      const struct bw_table_cell *cells, const struct bw_page *page)
{
    const uint32_t end = row_end(layout, cells);
    uint32_t room = page->columns - INDENT;

    (void)fprintf(page->out, "%*s", INDENT, "");
    for (uint32_t i = 0; i < end && room > 0; i++) {
        char text[BW_PLAIN_BYTES(BW_PAGE_COLUMNS_MAX)];
        if (layout->widths[i] == 0)
            continue;
        const uint32_t width = layout->widths[i] < room ? layout->widths[i] : room;
        const uint32_t used = bw_plain_text(bw_text_of(cells[i].text), width, text);
        const uint32_t padding = width - used;
        const bool has_tone = cells[i].tone != BW_TONE_PLAIN;

        if (table->columns[i].is_right)
            (void)fprintf(page->out, "%*s", (int)padding, "");
        if (has_tone)
            bw_page_tone(page, cells[i].tone);
        (void)fputs(text, page->out);
        if (has_tone)
            bw_page_tone(page, BW_TONE_PLAIN);
        room -= width;
        if (i + 1 == end || room <= GAP)
            break;
        (void)fprintf(page->out, "%*s", (int)(GAP + (table->columns[i].is_right ? 0 : padding)),
                      "");
        room -= GAP;
    }
    (void)fputc('\n', page->out);
}

/* Titles are cells too; they are only read, though cells own their text. */
static void print_titles(const struct bw_text_table *table, const struct layout *layout,
                         const struct bw_page *page)
{
    struct bw_table_cell cells[BW_TABLE_COLUMNS_MAX];
    char titles[BW_TABLE_COLUMNS_MAX][BW_PLAIN_BYTES(24)];

    for (uint32_t i = 0; i < table->column_count; i++) {
        const struct bw_text title = bw_text_of(table->columns[i].title);
        cells[i] = (struct bw_table_cell){
            .text = titles[i], .columns = bw_plain_text(title, 24, titles[i]), .tone = BW_TONE_DIM};
    }
    print_row(table, layout, cells, page);
}

void bw_text_table_print(const struct bw_text_table *table, const struct bw_page *page)
{
    if (table->is_broken)
        return;
    BW_ASSERT(table->cell_count % table->column_count == 0);
    const struct layout layout = lay_out(table, page->columns);

    print_titles(table, &layout, page);
    for (uint32_t i = 0; i < table->cell_count; i += table->column_count)
        print_row(table, &layout, &table->cells[i], page);
}
