#include "match/database_cache.h"

#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC          UINT64_C(0x3142644877423031)
#define CACHE_SIZE_MAX ((size_t)64 * 1024 * 1024)
#define PATH_SIZE      4096

struct header {
    uint64_t magic, size, checksum;
};

static bool cache_path(char path[PATH_SIZE], const char *directory, uint64_t rules_hash)
{
    hs_platform_info_t platform = {0};

    (void)hs_populate_platform(&platform);
    uint64_t hash = bw_hash_pair(rules_hash, bw_hash(bw_text_of(hs_version())));
    hash = bw_hash_pair(hash, bw_hash((struct bw_text){(const char *)&platform, sizeof(platform)}));
    const int size = snprintf(path, PATH_SIZE, "%s/rules-%016" PRIx64 ".hsdb", directory, hash);
    return size > 0 && size < PATH_SIZE;
}

static hs_database_t *read_database(FILE *file)
{
    struct header header;
    hs_database_t *database = NULL;

    if (fread(&header, sizeof(header), 1, file) != 1 || header.magic != MAGIC || header.size == 0 ||
        header.size > CACHE_SIZE_MAX)
        return NULL;
    char *bytes = malloc(header.size);
    if (bytes != NULL && fread(bytes, 1, header.size, file) == header.size &&
        bw_hash((struct bw_text){bytes, header.size}) == header.checksum &&
        hs_deserialize_database(bytes, header.size, &database) != HS_SUCCESS)
        database = NULL;
    free(bytes);
    return database;
}

hs_database_t *bw_database_cache_load(const char *directory, uint64_t rules_hash)
{
    char path[PATH_SIZE];

    if (directory == NULL || !cache_path(path, directory, rules_hash))
        return NULL;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    hs_database_t *database = read_database(file);
    (void)fclose(file);
    return database;
}

/* Make the directory and those above it. */
static void make_directories(const char *directory)
{
    char path[PATH_SIZE];

    if (snprintf(path, sizeof(path), "%s", directory) >= (int)sizeof(path))
        return;
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    (void)mkdir(path, 0700);
}

void bw_database_cache_store(const char *directory, uint64_t rules_hash,
                             const hs_database_t *database)
{
    char path[PATH_SIZE];
    char part[PATH_SIZE + 32];
    char *bytes = NULL;
    size_t size = 0;

    if (directory == NULL || !cache_path(path, directory, rules_hash) ||
        hs_serialize_database(database, &bytes, &size) != HS_SUCCESS)
        return;
    make_directories(directory);
    (void)snprintf(part, sizeof(part), "%s.%ld.part", path, (long)getpid());
    FILE *file = fopen(part, "wxe");
    if (file != NULL) {
        const struct header header = {MAGIC, size, bw_hash((struct bw_text){bytes, size})};
        bool is_good =
            fwrite(&header, sizeof(header), 1, file) == 1 && fwrite(bytes, 1, size, file) == size;
        is_good = fclose(file) == 0 && is_good;
        if (!is_good || rename(part, path) != 0)
            (void)unlink(part);
    }
    free(bytes);
}
