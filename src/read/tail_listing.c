#include "read/tail_listing.h"

#include <stdio.h>
#include <stdlib.h>

/* What a rotated log is called: mail.log.1, mail.log-20261127.gz */
#define ROTATED "[.-]*"

static bool glob_into(glob_t *found, const char *pattern, bool is_more)
{
    const int status = glob(pattern, GLOB_NOSORT | (is_more ? GLOB_APPEND : 0), NULL, found);

    return status == 0 || status == GLOB_NOMATCH || status == GLOB_ABORTED;
}

/* What links lead to may be called as nobody meant a pattern. */
static char *escape(const char *path)
{
    char *escaped = malloc(strlen(path) * 2 + sizeof(ROTATED));
    char *at = escaped;

    for (; escaped != NULL && *path != '\0'; path++) {
        if (strchr("*?[\\", *path) != NULL)
            *at++ = '\\';
        *at++ = *path;
    }
    if (escaped != NULL)
        (void)memcpy(at, ROTATED, sizeof(ROTATED));
    return escaped;
}

/* A link to a log: where the log is, its rotated names are. */
static bool look_behind(struct bw_tail_listing *listing, const char *path)
{
    char *real = realpath(path, NULL);
    char *pattern = real == NULL ? NULL : escape(real);
    /* What has gone meanwhile has nothing behind it. */
    const bool is_good =
        real == NULL || (pattern != NULL && glob_into(&listing->beside, pattern, true));

    free(pattern);
    free(real);
    return is_good;
}

static bool add_entry(struct bw_tail_listing *listing, const char *path, bool is_beside)
{
    struct bw_tail_entry *entry = &listing->entries[listing->count];

    if (lstat(path, &entry->info) != 0)
        return true;
    const bool is_link = S_ISLNK(entry->info.st_mode);
    if ((is_link && stat(path, &entry->info) != 0) || !S_ISREG(entry->info.st_mode))
        return true;
    entry->path = path;
    entry->device = entry->info.st_dev;
    entry->inode = entry->info.st_ino;
    entry->is_known = false;
    entry->is_beside = is_beside;
    listing->count++;
    return is_beside || !is_link || look_behind(listing, path);
}

static bool add_entries(struct bw_tail_listing *listing, const glob_t *found, bool is_beside)
{
    struct bw_tail_entry *entries = realloc(
        listing->entries, (listing->count + found->gl_pathc + 1) * sizeof(*listing->entries));
    bool is_good = entries != NULL;

    if (is_good)
        listing->entries = entries;
    for (size_t i = 0; is_good && i < found->gl_pathc; i++)
        is_good = add_entry(listing, found->gl_pathv[i], is_beside);
    return is_good;
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

void bw_tail_listing_deinit(struct bw_tail_listing *listing)
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
        char *wider = NULL;

        is_good = glob_into(&listing->inside, options->patterns[i], i > 0) &&
                  asprintf(&wider, "%s" ROTATED, options->patterns[i]) >= 0 &&
                  glob_into(&listing->beside, wider, i > 0);
        free(wider);
    }
    /* Those inside first: what is behind links among them comes to those beside. */
    if (!is_good || !add_entries(listing, &listing->inside, false) ||
        !add_entries(listing, &listing->beside, true)) {
        bw_tail_listing_deinit(listing);
        return BW_ERR_NO_MEMORY;
    }
    qsort(listing->entries, listing->count, sizeof(*listing->entries), compare_entries);
    return BW_OK;
}
