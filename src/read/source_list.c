#include "read/source_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool add(struct bw_source_list *list, const char *path, const struct stat *info,
                uint32_t named_order)
{
    struct bw_source *sources = realloc(list->sources, (list->count + 1) * sizeof(*list->sources));
    if (sources == NULL)
        return false;
    list->sources = sources;
    struct bw_source *source = &sources[list->count];
    *source = (struct bw_source){.path = strdup(path), .named_order = named_order};
    if (source->path == NULL)
        return false;
    if (info != NULL) {
        source->modified_s = info->st_mtim.tv_sec;
        source->bytes = S_ISREG(info->st_mode) ? (uint64_t)info->st_size : 0;
    }
    list->count++;
    return true;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool add_directory(struct bw_source_list *list, const char *directory, uint32_t named_order,
                          struct bw_problem_list *problems)
{
    struct dirent **entries = NULL;
    const size_t before = list->count;
    bool has_memory = true;

    const int found = scandir(directory, &entries, is_visible, alphasort);
    if (found < 0) {
        bw_problem_list_add(problems, directory, 0, 0, "the directory cannot be read: %s",
                            strerror(errno));
        return true;
    }
    for (int i = 0; i < found; i++) {
        char *path = NULL;
        struct stat info;

        if (asprintf(&path, "%s/%s", directory, entries[i]->d_name) < 0) {
            path = NULL;
            has_memory = false;
        } else if (stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
            has_memory = has_memory && add(list, path, &info, named_order);
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    if (has_memory && list->count == before)
        bw_problem_list_add(problems, directory, 0, 0,
                            "there is no file in this directory; name one that holds logs");
    return has_memory;
}

enum bw_status bw_source_list_create(struct bw_source_list *list, const char *const *names,
                                     size_t count, struct bw_problem_list *problems)
{
    *list = (struct bw_source_list){0};
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        bool has_memory = true;

        if (strcmp(names[i], "-") == 0)
            has_memory = add(list, "-", NULL, (uint32_t)i);
        else if (stat(names[i], &info) != 0)
            bw_problem_list_add(problems, names[i], 0, 0, "cannot be read: %s; check the name",
                                strerror(errno));
        else if (S_ISDIR(info.st_mode))
            has_memory = add_directory(list, names[i], (uint32_t)i, problems);
        else
            has_memory = add(list, names[i], &info, (uint32_t)i);
        if (!has_memory) {
            bw_source_list_deinit(list);
            return BW_ERR_NO_MEMORY;
        }
    }
    return BW_OK;
}

void bw_source_list_deinit(struct bw_source_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->sources[i].path);
    free(list->sources);
    *list = (struct bw_source_list){0};
}

static int compare(const void *left, const void *right)
{
    const struct bw_source *a = left;
    const struct bw_source *b = right;
    const bool a_is_pipe = strcmp(a->path, "-") == 0;
    const bool b_is_pipe = strcmp(b->path, "-") == 0;

    if (a_is_pipe != b_is_pipe)
        return a_is_pipe ? 1 : -1;
    if (a->sort_ms != b->sort_ms)
        return a->sort_ms < b->sort_ms ? -1 : 1;
    if (a->named_order != b->named_order)
        return a->named_order < b->named_order ? -1 : 1;
    return strcmp(a->path, b->path);
}

void bw_source_list_sort(struct bw_source_list *list)
{
    if (list->count > 1)
        qsort(list->sources, list->count, sizeof(*list->sources), compare);
}
