/*
 * The journal of systemd: the lines that programs of the mail facility have logged, in order, each
 * once. Debian 12 has no other syslog unless one is installed.
 *
 * A line is written as "2026-11-24T02:00:00.123456+00:00 HOST IDENTIFIER[PID]: MESSAGE", from the
 * fields of systemd.journal-fields(7): _SOURCE_REALTIME_TIMESTAMP or else the entry's time,
 * _HOSTNAME, SYSLOG_IDENTIFIER or else _COMM, SYSLOG_PID or else _PID, MESSAGE.
 *
 * The cursor of the last line is the mark. A cursor that has vanished, since the journal was
 * rotated away, is answered by systemd with the entry nearest in time; that is counted as a gap.
 * What journald itself has suppressed (RateLimitBurst= of journald.conf(5)) it says in an entry of
 * its own, and that is counted too.
 */
#ifndef BW_READ_SYSTEM_JOURNAL_H
#define BW_READ_SYSTEM_JOURNAL_H

#include <bouncewatch/status.h>
#include <bouncewatch/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bw_system_journal;

/* False: the program was built without libsystemd; then opening fails with a sentence. */
bool bw_system_journal_is_built_in(void);

/*
 * `directory`: of journal files; NULL: those of the system. `mark`: of the last line that was
 * taken; empty: there is none, and `from_start` says where to begin. BW_ERR_USAGE: not built in;
 * BW_ERR_IO: it cannot be read; *problem says what to do. BW_ERR_NO_MEMORY.
 */
BW_MUST_CHECK enum bw_status bw_system_journal_open(struct bw_system_journal **opened,
                                                    const char *directory, struct bw_text mark,
                                                    bool from_start, struct bw_problem *problem);
void bw_system_journal_close(struct bw_system_journal **owned);

/* To be polled for reading; when it is readable, and once a second, _notice() is to be called. */
int bw_system_journal_fd(const struct bw_system_journal *journal);
void bw_system_journal_notice(struct bw_system_journal *journal);

struct bw_system_journal_piece {
    struct bw_text mark; /* good until the next call */
    size_t size;         /* whole lines, each with its '\n' */
    int64_t modified_s;  /* time of the last line, Unix seconds */
};

/* The next lines into `bytes`, of `capacity` at least 128 KiB. False: there are none at the moment.
 * Each piece is answered with _commit() or _take_back() before the next is asked for. */
bool bw_system_journal_read(struct bw_system_journal *journal, char *bytes, size_t capacity,
                            struct bw_system_journal_piece *piece);
void bw_system_journal_commit(struct bw_system_journal *journal);
void bw_system_journal_take_back(struct bw_system_journal *journal);

struct bw_system_journal_counts {
    uint64_t lines;
    uint64_t cut;        /* messages over 64 KiB */
    uint64_t damaged;    /* entries that could not be read */
    uint64_t gaps;       /* the cursor had vanished */
    uint64_t suppressed; /* messages that journald says it has not taken */
};
void bw_system_journal_counts(const struct bw_system_journal *journal,
                              struct bw_system_journal_counts *counts);

#endif
