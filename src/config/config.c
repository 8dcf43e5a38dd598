#include "config/config_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add_limits(struct bw_config *config, const char *provider, double warning,
                       double blocking)
{
    struct bw_config_limits *limits =
        realloc(config->limits, (config->limit_count + 1) * sizeof(*limits));
    if (limits == NULL)
        return false;
    config->limits = limits;
    limits[config->limit_count] =
        (struct bw_config_limits){.provider = strdup(provider), .limits = {warning, blocking}};
    if (limits[config->limit_count].provider == NULL)
        return false;
    config->limit_count++;
    return true;
}

bool bw_config_set_limits(struct bw_config *config, const char *provider, double warning,
                          double blocking)
{
    for (size_t i = 0; i < config->limit_count; i++) {
        if (strcmp(config->limits[i].provider, provider) != 0)
            continue;
        config->limits[i].limits = (struct bw_zone_limits){warning, blocking};
        return true;
    }
    return add_limits(config, provider, warning, blocking);
}

bool bw_config_add_internal(struct bw_config *config, const char *item)
{
    char **items = realloc(config->internal, (config->internal_count + 1) * sizeof(*items));

    if (items == NULL)
        return false;
    config->internal = items;
    items[config->internal_count] = strdup(item);
    if (items[config->internal_count] == NULL)
        return false;
    config->internal_count++;
    return true;
}

bool bw_config_add_warmup(struct bw_config *config, const char *sender, int64_t start_ms)
{
    struct bw_config_warmup *warmups =
        realloc(config->warmups, (config->warmup_count + 1) * sizeof(*warmups));

    if (warmups == NULL)
        return false;
    config->warmups = warmups;
    char *copy = strdup(sender);
    if (copy == NULL)
        return false;
    for (char *byte = copy; *byte != '\0'; byte++)
        *byte = bw_lower(*byte);
    warmups[config->warmup_count++] = (struct bw_config_warmup){copy, start_ms};
    return true;
}

void bw_config_clear_internal(struct bw_config *config)
{
    for (size_t i = 0; i < config->internal_count; i++)
        free(config->internal[i]);
    free(config->internal);
    config->internal = NULL;
    config->internal_count = 0;
}

bool bw_config_set_string(char **string, const char *value)
{
    char *copy = value == NULL ? NULL : strdup(value);

    if (value == NULL)
        return true;
    if (copy == NULL)
        return false;
    free(*string);
    *string = copy;
    return true;
}

bool bw_config_set_internal(struct bw_config *config, const char *list)
{
    struct bw_text rest = bw_text_of(list);
    struct bw_text item;

    bw_config_clear_internal(config);
    if (strcmp(list, "none") == 0)
        return true;
    while (rest.size > 0) {
        if (!bw_text_cut(&rest, BW_TEXT(","), &item)) {
            item = rest;
            rest.size = 0;
        }
        item = bw_text_trim(item);
        char *copy = strndup(item.bytes, item.size);
        const bool is_good =
            copy != NULL && (item.size == 0 || bw_config_add_internal(config, copy));
        free(copy);
        if (!is_good)
            return false;
    }
    return true;
}

enum bw_status bw_config_init(struct bw_config *config)
{
    *config = (struct bw_config){
        .keys = {.window_minutes = {60, 1440}, .window_count = 2, .keys_max = 1000000},
        .zone = {.min_attempts = 100, .confidence = 0.80, .recover = 0.8},
        .queue_ids_max = 1000000,
        .bulk_threshold = 5000,
        .block_quiet_s = 1800,
        .run = {.remind_s = 86400, .state_bytes_max = UINT64_C(2) << 30U},
    };
    config->provider_lines = calloc(1, 1);
    if (config->provider_lines != NULL && add_limits(config, "gmail", 0.03, 0.05) &&
        add_limits(config, "microsoft", 0.05, 0.08) && add_limits(config, "yahoo", 0.03, 0.05) &&
        add_limits(config, "default", 0.02, 0.05) &&
        bw_config_add_internal(config, "127.0.0.0/8") && bw_config_add_internal(config, "::1") &&
        bw_config_add_internal(config, "localhost"))
        return BW_OK;
    bw_config_deinit(config);
    return BW_ERR_NO_MEMORY;
}

void bw_config_deinit(struct bw_config *config)
{
    bw_config_run_deinit(&config->run);
    for (size_t i = 0; i < config->limit_count; i++)
        free(config->limits[i].provider);
    free(config->limits);
    for (size_t i = 0; i < config->warmup_count; i++)
        free(config->warmups[i].sender);
    free(config->warmups);
    free(config->provider_lines);
    free(config->rules_directory);
    free(config->timezone);
    bw_config_clear_internal(config);
    *config = (struct bw_config){0};
}

/* A decimal number at the front of `*rest`; false when there is none. */
static bool take_number(struct bw_text *rest, double *number)
{
    size_t index = 0;
    double weight = 1.0;
    bool has_digit = false;
    bool has_point = false;

    *number = 0.0;
    for (; index < rest->size; index++) {
        const char byte = rest->bytes[index];
        if (byte == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (byte < '0' || byte > '9' || index > 18)
            break;
        has_digit = true;
        *number = *number * 10.0 + (byte - '0');
        weight *= has_point ? 10.0 : 1.0;
    }
    *number /= weight;
    *rest = bw_text_trim(bw_text_after(*rest, index));
    return has_digit;
}

bool bw_config_duration(struct bw_text text, int64_t *seconds)
{
    struct bw_text rest = bw_text_trim(text);
    double number;
    int64_t unit;

    if (!take_number(&rest, &number) || rest.size != 1)
        return false;
    switch (rest.bytes[0]) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    case 'd': unit = 86400; break;
    default: return false;
    }
    if (number > 1e9)
        return false;
    *seconds = (int64_t)(number * (double)unit);
    return *seconds > 0;
}

bool bw_config_fraction(struct bw_text text, double *fraction)
{
    struct bw_text rest = bw_text_trim(text);
    double number;

    if (!take_number(&rest, &number))
        return false;
    if (rest.size == 1 && rest.bytes[0] == '%')
        number /= 100.0;
    else if (rest.size > 0)
        return false;
    if (number > 1.0)
        return false;
    *fraction = number;
    return true;
}
