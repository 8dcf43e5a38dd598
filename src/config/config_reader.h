/*
 * What the readers of the parts of a configuration file share: nodes of libfyaml in, values or
 * mistakes out.
 */
#ifndef BW_CONFIG_CONFIG_READER_H
#define BW_CONFIG_CONFIG_READER_H

#include "config/config.h"
#include "config/mistake.h"

#include <libfyaml.h>

struct bw_config_reader {
    struct bw_config *config;
    struct bw_mistakes mistakes;
    struct fy_node *key; /* of the pair that is read: the place of a value that is not there */
    bool has_no_memory;
};

/* A mistake at the node, or at its key when there is nothing. */
__attribute__((format(printf, 3, 4))) void
bw_config_complain(struct bw_config_reader *reader, struct fy_node *node, const char *format, ...);

/* The text of a scalar, "" for anything else; lives as long as the document. */
struct bw_text bw_config_scalar(struct fy_node *node);
/* The same on the heap; NULL when memory is out, which the reader remembers. */
char *bw_config_scalar_copy(struct bw_config_reader *reader, struct fy_node *node);

/* What a name of a host, domain or provider looks like: no blank, no control character. */
bool bw_config_is_word(struct bw_text text);

/* A share such as "3%"; 0 and a mistake when it is none. */
double bw_config_take_fraction(struct bw_config_reader *reader, struct fy_node *node);

/* A whole number; a mistake when it is none from `low` to `high`. */
uint64_t bw_config_take_count(struct bw_config_reader *reader, struct fy_node *node, uint64_t low,
                              uint64_t high);
/* true or false; anything else is a mistake. */
bool bw_config_take_bool(struct bw_config_reader *reader, struct fy_node *node);

/* The keys of the daemon, in config_run.c. */
void bw_config_take_tail(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_listen(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_allow(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_mute(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_sinks(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_http(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_state(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_from(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_journal(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_confine(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_remind(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_max_state(struct bw_config_reader *reader, struct fy_node *node);

/* The keys of more than one level, in config_providers.c. */
void bw_config_take_limits(struct bw_config_reader *reader, struct fy_node *node);
void bw_config_take_providers(struct bw_config_reader *reader, struct fy_node *node);

#endif
