/*
 * The four tables of keys: providers, senders at providers, recipient domains, sender domains.
 */
#include "report/sections.h"
#include "report/text_table.h"

#define CELL_BYTES 512

struct key_table {
    const char *title;
    const char *name_title;
    enum bw_scope scope;
    bool has_provider;
    bool has_failures_only;
    bool has_worst; /* set for the table in hand: a shown key was in a worse zone before */
};

static bool has_failures(const struct bw_key_row *row)
{
    return (row->tally.hard | row->tally.soft | row->tally.expired) != 0;
}

static const char *const zone_names[] = {
    [BW_ZONE_ACCEPTABLE] = "ok", [BW_ZONE_WARNING] = "WARNING", [BW_ZONE_BLOCKING] = "BLOCKING"};

static void add_zone(struct bw_text_table *table, const struct bw_key_row *row)
{
    const enum bw_zone zone = (enum bw_zone)row->zone;
    const bool was_worse = row->worst_zone > row->zone;

    /* Who has just recovered is not as well as who never was ill. */
    bw_text_table_add(
        table, zone == BW_ZONE_ACCEPTABLE && was_worse ? BW_TONE_WARNING : bw_page_zone_tone(zone),
        bw_text_of(zone_names[zone]));
}

/* "BLOCKING 09:14": a worse zone that was left again, and when it was entered. */
static void add_worst(struct bw_text_table *table, const struct bw_page *page,
                      const struct bw_key_row *row)
{
    char text[CELL_BYTES] = "";

    if (row->worst_zone > row->zone)
        (void)snprintf(
            text, sizeof(text), "%s %s", zone_names[row->worst_zone],
            row->worst_zone_ms == INT64_MIN ? "" : bw_page_time(page, row->worst_zone_ms).text);
    bw_text_table_add(table, BW_TONE_WARNING, bw_text_of(text));
}

static bool has_recovered(const struct bw_snapshot *snapshot, const struct key_table *kind,
                          uint32_t top)
{
    for (uint32_t i = 0; i < snapshot->table_counts[kind->scope] && i < top; i++)
        if (snapshot->tables[kind->scope][i].worst_zone > snapshot->tables[kind->scope][i].zone)
            return true;
    return false;
}

/* The most frequent class of the failures that the rate is made of; without any, of the others. */
static void add_top_class(struct bw_text_table *table, const struct bw_key_row *row)
{
    const struct bw_class_count *top = NULL;
    char text[CELL_BYTES] = "";
    uint64_t failures = 0;

    for (uint32_t i = 0; i < row->class_count; i++) {
        const struct bw_class_count *count = &row->classes[i];
        if (row->tally.hard > 0 && count->bounce != BW_BOUNCE_HARD)
            continue;
        failures += count->count;
        if (top == NULL)
            top = count;
    }
    if (top != NULL)
        (void)snprintf(text, sizeof(text), "%s %s", bw_class_name((enum bw_class)top->class_id),
                       bw_plain_share(top->count, failures).text);
    bw_text_table_add(table, BW_TONE_DIM, bw_text_of(text));
}

static void add_row(struct bw_text_table *table, const struct bw_page *page,
                    const struct key_table *kind, const struct bw_key_row *row)
{
    const bool has_attempts = row->tally.delivered + row->tally.hard > 0;

    add_zone(table, row);
    bw_text_table_add_string(table, row->name);
    if (kind->has_provider)
        bw_text_table_add_string(table, row->provider);
    bw_text_table_add_count(table, row->tally.delivered);
    bw_text_table_add_count(table, row->tally.hard);
    bw_text_table_add(table, bw_page_zone_tone((enum bw_zone)row->zone),
                      bw_text_of(has_attempts ? bw_plain_percent(row->rate).text : "-"));
    bw_text_table_add_count(table, row->tally.soft);
    bw_text_table_add_count(table, row->tally.expired);
    if (kind->has_worst)
        add_worst(table, page, row);
    add_top_class(table, row);
}

static uint32_t fill_columns(struct bw_table_column *columns, const struct key_table *kind)
{
    static const struct bw_table_column numbers[] = {
        {.title = "delivered", .is_right = true},
        {.title = "hard", .is_right = true},
        {.title = "rate", .is_right = true},
        {.title = "soft", .is_right = true, .is_optional = true},
        {.title = "expired", .is_right = true, .is_optional = true},
        {.title = "was"},
        {.title = "top class", .is_flexible = true, .is_optional = true},
    };
    uint32_t count = 0;

    columns[count++] = (struct bw_table_column){.title = "zone"};
    columns[count++] = (struct bw_table_column){.title = kind->name_title, .is_flexible = true};
    if (kind->has_provider)
        columns[count++] =
            (struct bw_table_column){.title = "provider", .is_flexible = true, .is_optional = true};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (kind->has_worst || strcmp(numbers[i].title, "was") != 0)
            columns[count++] = numbers[i];
    return count;
}

static void print_table(struct bw_page *page, const struct key_table *kind)
{
    const struct bw_snapshot *snapshot = page->snapshot;
    struct bw_table_column columns[BW_TABLE_COLUMNS_MAX];
    struct bw_text_table table;
    uint32_t printed = 0;
    uint64_t more = 0;

    bw_text_table_init(&table, columns, fill_columns(columns, kind));
    for (uint32_t i = 0; i < snapshot->table_counts[kind->scope]; i++) {
        const struct bw_key_row *row = &snapshot->tables[kind->scope][i];
        if (kind->has_failures_only && !has_failures(row))
            continue;
        if (printed == page->top) {
            more++;
            continue;
        }
        add_row(&table, page, kind, row);
        printed++;
    }
    if (printed > 0) {
        bw_page_title(page, kind->title);
        bw_text_table_print(&table, page);
    }
    if (more > 0)
        bw_page_print(page, BW_TONE_DIM, 2, "  and %s more (--top 0 shows all)",
                      bw_plain_count(more).text);
    page->is_broken = page->is_broken || table.is_broken;
    bw_text_table_deinit(&table);
}

void bw_section_keys(struct bw_page *page)
{
    static const struct key_table kinds[] = {
        {.title = "Providers", .name_title = "provider", .scope = BW_SCOPE_PROVIDER},
        {.title = "Senders at providers",
         .name_title = "sender",
         .scope = BW_SCOPE_SENDER_PROVIDER,
         .has_provider = true,
         .has_failures_only = true},
        {.title = "Recipient domains",
         .name_title = "domain",
         .scope = BW_SCOPE_RECIPIENT_DOMAIN,
         .has_provider = true,
         .has_failures_only = true},
        {.title = "Sender domains",
         .name_title = "domain",
         .scope = BW_SCOPE_SENDER_DOMAIN,
         .has_failures_only = true},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct key_table kind = kinds[i];
        kind.has_worst = has_recovered(page->snapshot, &kind, page->top);
        print_table(page, &kind);
    }
}
