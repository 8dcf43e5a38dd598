/*
 * Compiled databases on disk: compiling takes a second, loading a millisecond.
 *
 * A file is used only when its name fits the rules, the library and the CPU, and its checksum its
 * content; everything else is as if it were not there.
 */
#ifndef BW_MATCH_DATABASE_CACHE_H
#define BW_MATCH_DATABASE_CACHE_H

#include <hs.h>

#include <stdint.h>

/* NULL: not there, or not to be trusted. `directory` NULL: no cache. */
hs_database_t *bw_database_cache_load(const char *directory, uint64_t rules_hash);
/* Keep it for the next time; does nothing when that cannot be done. */
void bw_database_cache_store(const char *directory, uint64_t rules_hash,
                             const hs_database_t *database);

#endif
