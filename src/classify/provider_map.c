#include "classify/provider_map.h"

#include "base/check.h"
#include "base/hash.h"

#include <stdlib.h>

#define PROVIDERS_MAX 1000
#define NO_PROVIDER   UINT16_MAX /* no `provider` line was seen yet */
#define FIRST_SLOTS   ((size_t)256)
#define NAMES_MAX     ((size_t)1 << 16) /* in each table */

struct provider {
    char *name;
    char *limits; /* name of the provider whose limits count; NULL: its own */
    bool is_filter;
};

struct entry {
    char *name; /* lower case */
    uint64_t hash;
    uint16_t provider;
};

/* Small enough for the cache when the names are few: it is looked into for every outcome. */
struct table {
    struct entry *slots;
    size_t slot_count; /* a power of two, at least twice `count`; 0: empty */
    size_t count;
};

struct bw_provider_map {
    struct provider *providers;
    struct table relays;  /* suffixes on label boundaries */
    struct table domains; /* whole domains */
    struct table domain_suffixes;
    uint16_t *limits_of; /* by provider */
    uint16_t count;
};

/* The entry of the name, or the free slot where it would stand; the table is not empty. */
static struct entry *find(const struct table *table, uint64_t hash, struct bw_text name)
{
    size_t slot = (size_t)hash & (table->slot_count - 1);

    while (table->slots[slot].name != NULL &&
           (table->slots[slot].hash != hash ||
            !bw_text_equal_nocase(bw_text_of(table->slots[slot].name), name)))
        slot = (slot + 1) & (table->slot_count - 1);
    return &table->slots[slot];
}

static bool grow(struct table *table)
{
    const size_t slot_count = table->slot_count == 0 ? FIRST_SLOTS : table->slot_count * 2;
    struct table grown = {calloc(slot_count, sizeof(*grown.slots)), slot_count, table->count};

    if (grown.slots == NULL)
        return false;
    for (size_t i = 0; i < table->slot_count; i++)
        if (table->slots[i].name != NULL)
            *find(&grown, table->slots[i].hash, bw_text_of(table->slots[i].name)) = table->slots[i];
    free(table->slots);
    *table = grown;
    return true;
}

static char *copy(struct bw_text text)
{
    char *string = malloc(text.size + 1);

    if (string == NULL)
        return NULL;
    if (text.size > 0)
        (void)memcpy(string, text.bytes, text.size);
    string[text.size] = '\0';
    return string;
}

/* NULL when all is well, else what is wrong. */
static const char *put(struct table *table, struct bw_text name, uint16_t provider)
{
    if (table->count >= NAMES_MAX)
        return "too many names in the provider map";
    if (table->count * 2 >= table->slot_count && !grow(table))
        return "out of memory";
    const uint64_t hash = bw_hash_nocase(name);
    struct entry *entry = find(table, hash, name);
    if (entry->name == NULL) {
        entry->name = copy(name);
        if (entry->name == NULL)
            return "out of memory";
        entry->hash = hash;
        table->count++;
    }
    entry->provider = provider;
    return NULL;
}

static const char *begin_provider(struct bw_provider_map *map, struct bw_text name,
                                  uint16_t *provider)
{
    *provider = bw_provider_map_find_name(map, name);
    if (*provider != BW_PROVIDER_OTHER || bw_text_equal(name, BW_TEXT("other")))
        return NULL;
    if (map->count == PROVIDERS_MAX)
        return "too many providers";
    map->providers[map->count].name = copy(name);
    if (map->providers[map->count].name == NULL)
        return "out of memory";
    *provider = map->count++;
    return NULL;
}

static const char *take_line(struct bw_provider_map *map, struct bw_text line, uint16_t *provider)
{
    struct bw_text value = line;
    size_t size = 0;
    while (size < value.size && value.bytes[size] != ' ' && value.bytes[size] != '\t')
        size++;
    const struct bw_text keyword = bw_text_head(value, size);
    value = bw_text_trim(bw_text_after(value, size));
    if (bw_text_equal(keyword, BW_TEXT("provider")))
        return value.size == 0 ? "provider wants a name" : begin_provider(map, value, provider);
    if (*provider == NO_PROVIDER)
        return "this stands before the first `provider` line";
    if (bw_text_equal(keyword, BW_TEXT("filter"))) {
        map->providers[*provider].is_filter = true;
        return NULL;
    }
    if (value.size == 0)
        return "the keywords are provider, domain, relay, limits and filter, each with a value";
    if (bw_text_equal(keyword, BW_TEXT("domain")))
        return value.bytes[0] == '.'
                   ? put(&map->domain_suffixes, bw_text_after(value, 1), *provider)
                   : put(&map->domains, value, *provider);
    if (bw_text_equal(keyword, BW_TEXT("relay")))
        return put(&map->relays, value, *provider);
    if (bw_text_equal(keyword, BW_TEXT("limits"))) {
        free(map->providers[*provider].limits);
        map->providers[*provider].limits = copy(value);
        return map->providers[*provider].limits == NULL ? "out of memory" : NULL;
    }
    return "the keywords are provider, domain, relay, limits and filter";
}

static bool take_source(struct bw_provider_map *map, const struct bw_provider_source *source,
                        struct bw_problem_list *problems)
{
    struct bw_text rest = source->content;
    struct bw_text line;
    uint16_t provider = NO_PROVIDER;
    bool is_good = true;

    for (uint64_t number = 1; rest.size > 0; number++) {
        if (!bw_text_cut(&rest, BW_TEXT("\n"), &line)) {
            line = rest;
            rest.size = 0;
        }
        line = bw_text_trim(line);
        if (line.size == 0 || line.bytes[0] == '#')
            continue;
        const char *wrong = take_line(map, line, &provider);
        if (wrong == NULL)
            continue;
        bw_problem_list_add(problems, source->name, number, 0, "%s", wrong);
        is_good = false;
    }
    return is_good;
}

static bool resolve_limits(struct bw_provider_map *map, struct bw_problem_list *problems)
{
    for (uint16_t i = 0; i < map->count; i++) {
        const char *leader = map->providers[i].limits;

        map->limits_of[i] = i;
        if (leader == NULL)
            continue;
        map->limits_of[i] = bw_provider_map_find_name(map, bw_text_of(leader));
        if (map->limits_of[i] == BW_PROVIDER_OTHER) {
            bw_problem_list_add(problems, "", 0, 0,
                                "provider %s takes the limits of \"%s\", which does not exist",
                                map->providers[i].name, leader);
            return false;
        }
    }
    return true;
}

enum bw_status bw_provider_map_create(struct bw_provider_map **created,
                                      const struct bw_provider_source *sources, size_t count,
                                      struct bw_problem_list *problems)
{
    struct bw_provider_map *map = calloc(1, sizeof(*map));
    enum bw_status status = BW_ERR_NO_MEMORY;

    if (map == NULL)
        return BW_ERR_NO_MEMORY;
    map->providers = calloc(PROVIDERS_MAX, sizeof(*map->providers));
    map->limits_of = calloc(PROVIDERS_MAX, sizeof(*map->limits_of));
    if (map->providers == NULL || map->limits_of == NULL)
        goto fail;
    map->providers[0].name = copy(BW_TEXT("other"));
    map->count = 1;
    if (map->providers[0].name == NULL)
        goto fail;
    status = BW_OK;
    for (size_t i = 0; i < count; i++)
        if (!take_source(map, &sources[i], problems))
            status = BW_ERR_FORMAT;
    if (status == BW_OK && !resolve_limits(map, problems))
        status = BW_ERR_FORMAT;
    if (status != BW_OK)
        goto fail;
    *created = map;
    return BW_OK;

fail:
    bw_provider_map_destroy(&map);
    return status;
}

static void free_table(struct table *table)
{
    for (size_t i = 0; i < table->slot_count; i++)
        free(table->slots[i].name);
    free(table->slots);
}

void bw_provider_map_destroy(struct bw_provider_map **owned)
{
    struct bw_provider_map *map = *owned;

    *owned = NULL;
    if (map == NULL)
        return;
    for (uint16_t i = 0; i < map->count; i++) {
        free(map->providers[i].name);
        free(map->providers[i].limits);
    }
    free(map->providers);
    free(map->limits_of);
    free_table(&map->relays);
    free_table(&map->domains);
    free_table(&map->domain_suffixes);
    free(map);
}

uint16_t bw_provider_map_count(const struct bw_provider_map *map)
{
    return map->count;
}

const char *bw_provider_map_name(const struct bw_provider_map *map, uint16_t provider)
{
    BW_ASSERT(provider < map->count);
    return map->providers[provider].name;
}

uint16_t bw_provider_map_find_name(const struct bw_provider_map *map, struct bw_text name)
{
    for (uint16_t i = 1; i < map->count; i++)
        if (bw_text_equal(name, bw_text_of(map->providers[i].name)))
            return i;
    return BW_PROVIDER_OTHER;
}

/* The longest suffix on a label boundary; longer ones are looked up first. */
static uint16_t find_suffix(const struct table *table, struct bw_text host)
{
    while (host.size > 0 && table->count > 0) {
        const struct entry *entry = find(table, bw_hash_nocase(host), host);
        if (entry->name != NULL)
            return entry->provider;
        const char *dot = memchr(host.bytes, '.', host.size);
        if (dot == NULL)
            break;
        host = bw_text_after(host, (size_t)(dot - host.bytes) + 1);
    }
    return BW_PROVIDER_OTHER;
}

static struct bw_text without_final_dot(struct bw_text name)
{
    if (name.size > 0 && name.bytes[name.size - 1] == '.')
        name.size--;
    return name;
}

uint16_t bw_provider_map_find_relay(const struct bw_provider_map *map, struct bw_text host)
{
    return find_suffix(&map->relays, without_final_dot(host));
}

uint16_t bw_provider_map_find_domain(const struct bw_provider_map *map, struct bw_text domain)
{
    domain = without_final_dot(domain);
    return domain.size == 0
               ? BW_PROVIDER_OTHER
               : bw_provider_map_find_hashed_domain(map, bw_hash_nocase(domain), domain);
}

uint16_t bw_provider_map_find_hashed_domain(const struct bw_provider_map *map, uint64_t hash,
                                            struct bw_text domain)
{
    if (map->domains.count > 0) {
        const struct entry *entry = find(&map->domains, hash, domain);
        if (entry->name != NULL)
            return entry->provider;
    }
    return find_suffix(&map->domain_suffixes, domain);
}

uint16_t bw_provider_map_limits_of(const struct bw_provider_map *map, uint16_t provider)
{
    BW_ASSERT(provider < map->count);
    return map->limits_of[provider];
}

bool bw_provider_map_is_filter(const struct bw_provider_map *map, uint16_t provider)
{
    BW_ASSERT(provider < map->count);
    return map->providers[provider].is_filter;
}
