/*
 * Rows of cells, aligned, never wider than the page.
 *
 * Cells are given row by row. When the page is too narrow, flexible columns are cut first, then
 * optional ones are left out, the last first.
 */
#ifndef BW_REPORT_TEXT_TABLE_H
#define BW_REPORT_TEXT_TABLE_H

#include "report/page.h"

#define BW_TABLE_COLUMNS_MAX 10

struct bw_table_column {
    const char *title;
    bool is_right;    /* numbers stand at the right */
    bool is_flexible; /* may be cut */
    bool is_optional; /* may be left out */
};

struct bw_table_cell {
    char *text; /* owned; fit to print */
    uint32_t columns;
    enum bw_tone tone;
};

struct bw_text_table {
    const struct bw_table_column *columns; /* borrowed */
    struct bw_table_cell *cells;
    uint32_t column_count; /* at most BW_TABLE_COLUMNS_MAX */
    uint32_t cell_count, cell_capacity;
    bool is_broken; /* memory ran out */
};

void bw_text_table_init(struct bw_text_table *table, const struct bw_table_column *columns,
                        uint32_t column_count);
void bw_text_table_deinit(struct bw_text_table *table);

/* Add the next cell of the current row. */
void bw_text_table_add(struct bw_text_table *table, enum bw_tone tone, struct bw_text text);
void bw_text_table_add_string(struct bw_text_table *table, const char *string);
void bw_text_table_add_count(struct bw_text_table *table, uint64_t number);

/* Print the titles and all rows; the last row must be complete. */
void bw_text_table_print(const struct bw_text_table *table, const struct bw_page *page);

#endif
