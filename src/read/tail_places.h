/*
 * Where the patterns of logs lead, links followed: the directories that have to be looked at and
 * read. They are those of this moment; a link that appears or is changed later may lead elsewhere.
 */
#ifndef BW_READ_TAIL_PLACES_H
#define BW_READ_TAIL_PLACES_H

#include <stdbool.h>

typedef void bw_tail_take_place(const char *directory, void *context);

/*
 * Gives, as real paths (see base/real_place.h) and some of them more than once:
 *
 *   /srv/X/log/mail.log*     X stands for a wildcard
 *   /srv                     the directory before the first wildcard,
 *   /srv/a, /srv/a/log       those that the names before the last one stand for,
 *   /data/log                and those in which links end that the whole pattern matches, whether
 *                            their files are there yet or not.
 *
 * What is not there is its nearest parent that is. False: memory is out.
 */
bool bw_tail_places(const char *pattern, bw_tail_take_place *take, void *context);

/*
 * A directory that has to be listed for the pattern, is there, and cannot be opened; `*error` says
 * why (errno). On the heap; NULL: there is none, or memory is out.
 */
char *bw_tail_closed_directory(const char *pattern, int *error);

#endif
