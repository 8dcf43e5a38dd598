#include "engine/rule_directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE_FILE_BYTES_MAX ((size_t)4 * 1024 * 1024)

static int is_rule_file(const struct dirent *entry)
{
    const size_t size = strlen(entry->d_name);

    return entry->d_name[0] != '.' && size > 6 && strcmp(entry->d_name + size - 6, ".rules") == 0;
}

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "re");
    char *content = malloc(RULE_FILE_BYTES_MAX + 1);
    size_t size = 0;

    if (file != NULL && content != NULL)
        size = fread(content, 1, RULE_FILE_BYTES_MAX, file);
    const bool is_good = file != NULL && content != NULL && ferror(file) == 0;
    if (file != NULL)
        (void)fclose(file);
    if (!is_good) {
        free(content);
        return NULL;
    }
    content[size] = '\0';
    char *fitting = realloc(content, size + 1);
    return fitting == NULL ? content : fitting;
}

enum bw_status bw_rule_directory_read(const char *directory, char ***strings, size_t *count,
                                      struct bw_problem_list *problems)
{
    struct dirent **entries = NULL;
    enum bw_status status = BW_OK;

    const int found = scandir(directory, &entries, is_rule_file, alphasort);
    if (found <= 0) {
        bw_problem_list_add(problems, directory, 0, 0, "%s",
                            found == 0 ? "no *.rules file in this directory; give one that has some"
                                       : strerror(errno));
        free(entries);
        return BW_ERR_USAGE;
    }
    *strings = calloc((size_t)found * 2, sizeof(**strings));
    for (int i = 0; i < found; i++) {
        char *path = NULL;

        if (*strings == NULL || asprintf(&path, "%s/%s", directory, entries[i]->d_name) < 0) {
            status = BW_ERR_NO_MEMORY;
        } else {
            char *content = read_whole(path);
            if (content == NULL) {
                bw_problem_list_add(problems, path, 0, 0, "cannot be read: %s", strerror(errno));
                status = BW_ERR_USAGE;
                free(path);
            } else {
                (*strings)[(*count)++] = path;
                (*strings)[(*count)++] = content;
            }
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}
