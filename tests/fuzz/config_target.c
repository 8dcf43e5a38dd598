/*
 * A configuration file, through a file that exists in memory only.
 */
#include "base/network_list.h"
#include "config/config.h"
#include "fuzz_target.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void check_limits(const struct bw_config *config)
{
    for (size_t i = 0; i < config->limit_count; i++) {
        const struct bw_config_limits *limits = &config->limits[i];
        BW_ASSERT(limits->provider != NULL);
        BW_ASSERT(limits->limits.warning >= 0.0 && limits->limits.blocking <= 1.0);
        BW_ASSERT(limits->limits.warning <= limits->limits.blocking);
        for (size_t k = 0; k < i; k++)
            BW_ASSERT(strcmp(limits->provider, config->limits[k].provider) != 0);
    }
}

static void check_config(const struct bw_config *config)
{
    const struct bw_key_table_options *keys = &config->keys;
    struct bw_network_list *internal = NULL;
    struct bw_problem problem = {0};

    BW_ASSERT(keys->window_count >= 1 && keys->window_count <= BW_WINDOWS_MAX);
    for (size_t i = 0; i < keys->window_count; i++) {
        BW_ASSERT(keys->window_minutes[i] >= 1 && keys->window_minutes[i] <= 7 * 24 * 60);
        BW_ASSERT(i == 0 || keys->window_minutes[i - 1] < keys->window_minutes[i]);
    }
    BW_ASSERT(keys->keys_max >= 16 && config->queue_ids_max >= 16);
    BW_ASSERT(config->zone.min_attempts >= 1);
    BW_ASSERT(config->zone.confidence >= 0.0 && config->zone.confidence <= 0.9999);
    BW_ASSERT(config->zone.recover >= 0.0 && config->zone.recover <= 1.0);
    BW_ASSERT(config->block_quiet_s > 0 && config->provider_lines != NULL);
    check_limits(config);

    const enum bw_status status = bw_network_list_create(
        &internal, (const char *const *)config->internal, config->internal_count, &problem);
    BW_ASSERT(status == BW_OK || (status == BW_ERR_FORMAT && problem.message[0] != '\0'));
    if (status == BW_OK)
        (void)bw_network_list_has(internal, BW_TEXT("mx.example.com"), BW_TEXT("192.0.2.7"));
    bw_network_list_destroy(&internal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bw_problem_list problems = {0};
    struct bw_config config;
    char path[64];
    const int fd = memfd_create("fuzzed.yaml", MFD_CLOEXEC);

    BW_ASSERT(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    const enum bw_status status = bw_config_load(&config, path, &problems);
    BW_ASSERT(status == BW_OK || status == BW_ERR_FORMAT);
    if (status == BW_OK) {
        BW_ASSERT(problems.count == 0 && problems.dropped == 0);
        check_config(&config);
        bw_config_deinit(&config);
    } else {
        BW_ASSERT(problems.count > 0);
        for (size_t i = 0; i < problems.count; i++)
            BW_ASSERT(problems.items[i].message[0] != '\0' && problems.items[i].line <= size + 1);
    }
    bw_problem_list_deinit(&problems);
    (void)close(fd);
    return 0;
}
