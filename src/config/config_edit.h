/*
 * Changes to a configuration while its file is read. False: memory is out.
 */
#ifndef BW_CONFIG_CONFIG_EDIT_H
#define BW_CONFIG_CONFIG_EDIT_H

#include "config/config.h"

bool bw_config_set_limits(struct bw_config *config, const char *provider, double warning,
                          double blocking);
bool bw_config_add_internal(struct bw_config *config, const char *item);
/* `sender` is copied in lower case. */
bool bw_config_add_warmup(struct bw_config *config, const char *sender, int64_t start_ms);
void bw_config_run_deinit(struct bw_config_run *run);
void bw_config_clear_internal(struct bw_config *config);

#endif
