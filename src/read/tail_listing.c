#include "read/tail_listing.h"

#include <stdio.h>
#include <stdlib.h>

static void add_entries(struct bw_tail_listing *listing, const glob_t *found, bool is_beside)
{
    for (size_t i = 0; i < found->gl_pathc; i++) {
        struct bw_tail_entry *entry = &listing->entries[listing->count];
        if (stat(found->gl_pathv[i], &entry->info) != 0 || !S_ISREG(entry->info.st_mode))
            continue;
        entry->path = found->gl_pathv[i];
        entry->device = entry->info.st_dev;
        entry->inode = entry->info.st_ino;
        entry->is_beside = is_beside;
        listing->count++;
    }
}

static int compare_entries(const void *left, const void *right)
{
    const struct bw_tail_entry *a = left;
    const struct bw_tail_entry *b = right;

    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return (a->is_beside ? 1 : 0) - (b->is_beside ? 1 : 0);
}

static bool glob_into(glob_t *found, const char *pattern, bool is_more)
{
    const int status = glob(pattern, GLOB_NOSORT | (is_more ? GLOB_APPEND : 0), NULL, found);

    return status == 0 || status == GLOB_NOMATCH || status == GLOB_ABORTED;
}

void bw_tail_listing_free(struct bw_tail_listing *listing)
{
    globfree(&listing->inside);
    globfree(&listing->beside);
    free(listing->entries);
}

enum bw_status bw_tail_list(const struct bw_tail_options *options, struct bw_tail_listing *listing)
{
    bool is_good = true;

    *listing = (struct bw_tail_listing){.count = 0};
    for (size_t i = 0; is_good && i < options->pattern_count; i++) {
        const char *pattern = options->patterns[i];
        char *wider = NULL;

        is_good = glob_into(&listing->inside, pattern, i > 0) &&
                  asprintf(&wider, "%s[.-]*", pattern) >= 0 &&
                  glob_into(&listing->beside, wider, i > 0);
        free(wider);
    }
    const size_t most = listing->inside.gl_pathc + listing->beside.gl_pathc;
    listing->entries = calloc(most + 1, sizeof(*listing->entries));
    if (!is_good || listing->entries == NULL) {
        bw_tail_listing_free(listing);
        return BW_ERR_NO_MEMORY;
    }
    add_entries(listing, &listing->inside, false);
    add_entries(listing, &listing->beside, true);
    qsort(listing->entries, listing->count, sizeof(*listing->entries), compare_entries);
    return BW_OK;
}
