#include "engine/rule_directory.h"

#include "base/real_place.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RULE_FILE_BYTES_MAX ((size_t)4 * 1024 * 1024)

static int is_rule_file(const struct dirent *entry)
{
    const size_t size = strlen(entry->d_name);

    return entry->d_name[0] != '.' && size > 6 && strcmp(entry->d_name + size - 6, ".rules") == 0;
}

/* NULL and a reason when it cannot be used whole: half a rule file would be worse than none. */
static char *read_whole(const char *path, const char **reason)
{
    FILE *file = fopen(path, "re");
    const int error = errno;
    char *content = malloc(RULE_FILE_BYTES_MAX + 1);
    size_t size = 0;

    if (file != NULL && content != NULL)
        size = fread(content, 1, RULE_FILE_BYTES_MAX + 1, file);
    *reason = NULL;
    if (file == NULL)
        *reason = bw_open_fault(path, R_OK, error);
    else if (content == NULL || ferror(file) != 0)
        *reason = strerror(errno);
    else if (size > RULE_FILE_BYTES_MAX)
        *reason = "it is larger than 4 MiB";
    else if (memchr(content, '\0', size) != NULL)
        *reason = "there is a NUL byte in it; is this a rule file?";
    if (file != NULL)
        (void)fclose(file);
    if (*reason != NULL || content == NULL) {
        free(content);
        return NULL;
    }
    content[size] = '\0';
    char *fitting = realloc(content, size + 1);
    return fitting == NULL ? content : fitting;
}

/* Add a file's path and content to `strings`; both are owned there. */
static enum bw_status add_file(const char *directory, const char *name, char **strings,
                               size_t *count, struct bw_problem_list *problems)
{
    char *path = NULL;

    if (asprintf(&path, "%s/%s", directory, name) < 0)
        return BW_ERR_NO_MEMORY;
    const char *reason = NULL;
    char *content = read_whole(path, &reason);
    if (content == NULL) {
        bw_problem_list_add(problems, path, 0, 0, "cannot be read: %s", reason);
        free(path);
        return BW_ERR_USAGE;
    }
    strings[(*count)++] = path;
    strings[(*count)++] = content;
    return BW_OK;
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
                                       : bw_open_fault(directory, R_OK, errno));
        free(entries);
        return BW_ERR_USAGE;
    }
    *strings = calloc((size_t)found * 2, sizeof(**strings));
    for (int i = 0; i < found; i++) {
        const enum bw_status added =
            *strings == NULL ? BW_ERR_NO_MEMORY
                             : add_file(directory, entries[i]->d_name, *strings, count, problems);
        if (added != BW_OK)
            status = added;
        free(entries[i]);
    }
    free(entries);
    return status;
}
