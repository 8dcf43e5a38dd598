/*
 * Changes to a configuration while its file is read. False: memory is out.
 */
#ifndef BW_CONFIG_CONFIG_EDIT_H
#define BW_CONFIG_CONFIG_EDIT_H

#include "config/config.h"

bool bw_config_set_limits(struct bw_config *config, const char *provider, double warning,
                          double blocking);
bool bw_config_add_internal(struct bw_config *config, const char *item);
void bw_config_clear_internal(struct bw_config *config);

#endif
