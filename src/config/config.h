/*
 * The configuration file (YAML) as one struct; defaults when there is no file.
 */
#ifndef BW_CONFIG_CONFIG_H
#define BW_CONFIG_CONFIG_H

#include "aggregate/key_table.h"
#include "base/problem_list.h"
#include "zone/zone_machine.h"

#include <bouncewatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of one provider by name; "default" is everyone else. */
struct bw_config_limits {
    char *provider; /* owned */
    struct bw_zone_limits limits;
};

/* A sender domain that is being warmed up: from this day on, so many mails a day. */
struct bw_config_warmup {
    char *sender; /* owned; lower case */
    int64_t start_ms;
};

/* Texts in the order of the file. */
struct bw_config_list {
    char **items; /* owned */
    size_t count;
};

/* One `sinks:` entry: where events go. */
struct bw_config_sink {
    char *name;   /* owned */
    char *to;     /* owned: "-", a path, "syslog:", "https://...", "alertmanager:...", "exec:..." */
    char *secret; /* owned; NULL: bodies are not signed */
    char *secret_file; /* owned; where the secret was read from; NULL: from the configuration */
    uint8_t min_zone;  /* enum bw_zone: zone events below it are not sent, but for the way back */
    bool has_zones, has_blocks, has_notices; /* types of events that are sent */
};

/* What only the daemon asks for. */
struct bw_config_run {
    struct bw_config_list tail;   /* patterns of files */
    struct bw_config_list listen; /* URLs */
    struct bw_config_list allow;  /* networks and hosts that may send; empty: all */
    struct bw_config_list mute;   /* keys of which nothing is told */
    struct bw_config_sink *sinks; /* owned */
    size_t sink_count;
    char *http;               /* owned; NULL: no HTTP */
    char *state;              /* owned; the state directory; NULL: the default */
    int64_t remind_s;         /* remind of what is still open; 0: never; default 86400 */
    uint64_t state_bytes_max; /* of the state directory; default 2 GiB */
    bool from_start;          /* files that are there at the first start are read whole */
    bool is_unconfined;       /* nothing is given up after the start, see serve/confine.h */
    bool reads_journal;       /* systemd's journal */
    char *journal_directory;  /* owned; of its files; NULL: those of the system */
};

/* One `providers:` entry: more domains and relay suffixes, as provider-map source lines. */
struct bw_config {
    struct bw_key_table_options keys; /* windows: and max_keys: */
    struct bw_zone_options zone;      /* min_attempts: confidence: recover: */
    struct bw_config_limits *limits;  /* owned; the built-in ones, changed or added to by limits: */
    size_t limit_count;
    char *provider_lines;  /* owned: "provider NAME\ndomain X\nrelay Y\n..." for the provider map;
                              may be "" */
    char *rules_directory; /* owned; NULL: built-in rules only */
    char **internal; /* owned: networks ("10.0.0.0/8", "::1") and host names; default loopback */
    size_t internal_count; /* `internal: none` gives 0 */
    char *timezone;        /* owned; NULL: the machine's */
    size_t queue_ids_max;  /* max_queue_ids: default 1000000 */
    uint64_t
        bulk_threshold; /* per sender domain and day at Google or Microsoft; default 5000; 0: off */
    struct bw_config_warmup *warmups; /* owned; warmup: */
    size_t warmup_count;
    int64_t block_quiet_s; /* quiet period of block events; default 1800 */
    bool count_expired;    /* default false */
    struct bw_config_run run;
};

/* Fill with the defaults of the contract. BW_ERR_NO_MEMORY. */
BW_MUST_CHECK enum bw_status bw_config_init(struct bw_config *config);
/*
 * Defaults, then `path` over them. Every mistake (wrong type, unknown key with the nearest known
 * one, value out of range, duplicate, warning limit above blocking limit ...) is added to
 * `problems` with file, line and column, its message ending in the line itself and a caret:
 * BW_ERR_FORMAT. BW_ERR_IO when the file cannot be read (also added as a problem).
 */
BW_MUST_CHECK enum bw_status bw_config_load(struct bw_config *config, const char *path,
                                            struct bw_problem_list *problems);
void bw_config_deinit(struct bw_config *config);

/* Add a copy of `item`. False: memory is out. */
bool bw_config_list_add(struct bw_config_list *list, const char *item);
void bw_config_list_clear(struct bw_config_list *list);
/* A sink that is told of everything. False: memory is out. */
bool bw_config_add_sink(struct bw_config_run *run, const char *name, const char *to);
void bw_config_clear_sinks(struct bw_config_run *run);

/* Over what the file says: a copy of `value` (NULL: nothing changes). False: memory is out. */
bool bw_config_set_string(char **string, const char *value);
/* "10.0.0.0/8,mx.example.com" or "none" instead of the internal networks. False: memory is out. */
bool bw_config_set_internal(struct bw_config *config, const char *list);

/* "1h", "24h", "30m", "7d", "90s" -> seconds; false when it is none of these or 0. */
bool bw_config_duration(struct bw_text text, int64_t *seconds);
/* "3%", "2.5 %", "0.03" -> fraction in 0 .. 1. */
bool bw_config_fraction(struct bw_text text, double *fraction);

#endif
