#include "base/time_zone.h"

#include "base/time_text.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_BYTES_MAX ((size_t)1024 * 1024)
#define HEADER_BYTES   44
#define DATABASE       "/usr/share/zoneinfo"

struct transition {
    int64_t at_s;     /* Unix time from which the offset holds */
    int32_t offset_s; /* east of UTC */
};

struct bw_time_zone {
    struct transition *transitions; /* ascending; the first holds from the beginning of time */
    size_t count;
};

static int64_t big_endian(const uint8_t *bytes, size_t size)
{
    uint64_t number = (bytes[0] & 0x80U) != 0 ? UINT64_MAX : 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8U | bytes[i];
    return (int64_t)number;
}

/* Counts of a TZif header (RFC 8536 3.1), in the order of the file. */
struct header {
    size_t utc_count, wall_count, leap_count, time_count, type_count, char_count;
};

static bool read_header(const uint8_t *bytes, size_t size, struct header *header)
{
    if (size < HEADER_BYTES || memcmp(bytes, "TZif", 4) != 0)
        return false;
    header->utc_count = (size_t)big_endian(bytes + 20, 4);
    header->wall_count = (size_t)big_endian(bytes + 24, 4);
    header->leap_count = (size_t)big_endian(bytes + 28, 4);
    header->time_count = (size_t)big_endian(bytes + 32, 4);
    header->type_count = (size_t)big_endian(bytes + 36, 4);
    header->char_count = (size_t)big_endian(bytes + 40, 4);
    return header->time_count < 10000 && header->type_count >= 1 && header->type_count <= 256 &&
           header->char_count < 10000 && header->leap_count < 10000 && header->utc_count <= 256 &&
           header->wall_count <= 256;
}

static size_t body_size(const struct header *header, size_t time_size)
{
    return header->time_count * (time_size + 1) + header->type_count * 6 + header->char_count +
           header->leap_count * (time_size + 4) + header->wall_count + header->utc_count;
}

static bool fill(struct bw_time_zone *zone, const uint8_t *body, const struct header *header)
{
    const uint8_t *indexes = body + header->time_count * 8;
    const uint8_t *types = indexes + header->time_count;

    zone->transitions = calloc(header->time_count + 1, sizeof(*zone->transitions));
    if (zone->transitions == NULL)
        return false;
    zone->transitions[zone->count++] =
        (struct transition){INT64_MIN, (int32_t)big_endian(types, 4)};
    for (size_t i = 0; i < header->time_count; i++) {
        if (indexes[i] >= header->type_count)
            return false;
        zone->transitions[zone->count++] = (struct transition){
            big_endian(body + i * 8, 8), (int32_t)big_endian(types + (size_t)indexes[i] * 6, 4)};
    }
    return true;
}

static bool parse(struct bw_time_zone *zone, const uint8_t *bytes, size_t size)
{
    struct header header;

    if (!read_header(bytes, size, &header) || bytes[4] < '2')
        return false;
    /* The first body has 32-bit times; the second, behind it, has 64-bit ones. */
    const size_t first = HEADER_BYTES + body_size(&header, 4);
    if (first > size || !read_header(bytes + first, size - first, &header))
        return false;
    if (size - first - HEADER_BYTES < body_size(&header, 8))
        return false;
    return fill(zone, bytes + first + HEADER_BYTES, &header);
}

static bool load(struct bw_time_zone *zone, const char *path)
{
    FILE *file = fopen(path, "re");
    uint8_t *bytes = malloc(FILE_BYTES_MAX);
    bool is_good = false;

    if (file != NULL && bytes != NULL) {
        const size_t size = fread(bytes, 1, FILE_BYTES_MAX, file);
        is_good = parse(zone, bytes, size);
    }
    if (file != NULL)
        (void)fclose(file);
    free(bytes);
    return is_good;
}

static int digit(char byte)
{
    return byte >= '0' && byte <= '9' ? byte - '0' : -1;
}

/* "+0200", "+02:00", "Z", "UTC". */
static bool read_offset(const char *name, int32_t *offset_s)
{
    const size_t size = strlen(name);

    if (strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0 || strcmp(name, "GMT") == 0) {
        *offset_s = 0;
        return true;
    }
    if ((name[0] != '+' && name[0] != '-') || (size != 5 && size != 6) ||
        (size == 6 && name[3] != ':'))
        return false;
    const int digits[] = {digit(name[1]), digit(name[2]), digit(name[size - 2]),
                          digit(name[size - 1])};
    for (size_t i = 0; i < 4; i++)
        if (digits[i] < 0)
            return false;
    if (digits[2] > 5 || digits[0] * 10 + digits[1] > 23)
        return false;
    const int32_t offset = ((digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3]) * 60;
    *offset_s = name[0] == '-' ? -offset : offset;
    return true;
}

static bool make_fixed(struct bw_time_zone *zone, int32_t offset_s)
{
    free(zone->transitions);
    zone->transitions = calloc(1, sizeof(*zone->transitions));
    if (zone->transitions == NULL)
        return false;
    zone->transitions[0] = (struct transition){INT64_MIN, offset_s};
    zone->count = 1;
    return true;
}

static bool find(struct bw_time_zone *zone, const char *name)
{
    char path[512];
    int32_t offset_s;

    if (read_offset(name, &offset_s))
        return make_fixed(zone, offset_s);
    if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL)
        return false;
    const int size = snprintf(path, sizeof(path), DATABASE "/%s", name);
    return size > 0 && (size_t)size < sizeof(path) && load(zone, path);
}

static bool find_local(struct bw_time_zone *zone)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): made before any thread exists */
    const char *name = getenv("TZ");

    if (name != NULL && name[0] != '\0') {
        name += name[0] == ':' ? 1 : 0;
        if (name[0] == '/' ? load(zone, name) : find(zone, name))
            return true;
    } else if (load(zone, "/etc/localtime")) {
        return true;
    }
    free(zone->transitions);
    *zone = (struct bw_time_zone){0};
    return make_fixed(zone, 0);
}

enum bw_status bw_time_zone_create(struct bw_time_zone **created, const char *name,
                                   struct bw_problem *problem)
{
    struct bw_time_zone *zone = calloc(1, sizeof(*zone));

    if (zone == NULL)
        return BW_ERR_NO_MEMORY;
    if (!(name == NULL ? find_local(zone) : find(zone, name))) {
        bw_problem_set(problem, "", 0,
                       "timezone: \"%s\" is not known here; give an offset such as +0200, UTC, or "
                       "a name out of " DATABASE,
                       name == NULL ? "" : name);
        bw_time_zone_destroy(&zone);
        return BW_ERR_USAGE;
    }
    *created = zone;
    return BW_OK;
}

void bw_time_zone_destroy(struct bw_time_zone **owned)
{
    struct bw_time_zone *zone = *owned;

    *owned = NULL;
    if (zone == NULL)
        return;
    free(zone->transitions);
    free(zone);
}

int64_t bw_time_zone_utc_ms(const struct bw_time_zone *zone, int64_t year, uint32_t month,
                            uint32_t day, int32_t day_ms)
{
    const int64_t local_s = bw_days_from_civil(year, month, day) * 86400 + day_ms / 1000;
    size_t low = 0;
    size_t high = zone->count;

    /* The last offset that already holds a day and a bit before: no zone is further from UTC. */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (zone->transitions[middle].at_s <= local_s - 93600)
            low = middle;
        else
            high = middle;
    }
    /* Then forward, while the next offset begins before this local time under the present one. */
    while (low + 1 < zone->count &&
           local_s - zone->transitions[low].offset_s >= zone->transitions[low + 1].at_s) {
        const struct transition *next = &zone->transitions[low + 1];
        if (next->offset_s > zone->transitions[low].offset_s &&
            local_s - next->offset_s < next->at_s)
            break; /* inside a gap */
        low++;
    }
    return (local_s - zone->transitions[low].offset_s) * 1000 + day_ms % 1000;
}
