#include "read/system_journal.h"

#include "base/mark_kind.h"

#ifdef BW_HAS_SYSTEMD

#include <bouncewatch/chunk.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <time.h>

/* SD_MESSAGE_JOURNAL_DROPPED of sd-messages.h: "Suppressed N messages from UNIT". */
#define SUPPRESSED_MATCH "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e"
#define MAIL_MATCH       "SYSLOG_FACILITY=2"
#define HEADER_BYTES_MAX 1024

struct bw_system_journal {
    sd_journal *journal;
    char *mark;     /* owned; a byte of kind and the cursor behind the last piece; NULL: none yet */
    char *kept;     /* owned; the same of the last piece that was committed */
    bool has_entry; /* the journal stands at an entry that is not taken yet */
    bool is_new_place; /* where it stands was never written down */
    bool from_start;
    struct bw_system_journal_counts counts, kept_counts;
};

bool bw_system_journal_is_built_in(void)
{
    return true;
}

/* The entry at the cursor itself was taken before. */
static void go_behind(struct bw_system_journal *journal, const char *cursor)
{
    journal->has_entry = false;
    if (cursor[0] == '\0') {
        (void)sd_journal_seek_head(journal->journal);
        return;
    }
    if (sd_journal_seek_cursor(journal->journal, cursor) < 0 ||
        sd_journal_next(journal->journal) <= 0)
        return;
    if (sd_journal_test_cursor(journal->journal, cursor) > 0)
        return;
    journal->counts.gaps++;
    journal->has_entry = true;
}

/* Behind the last entry there is, which is a place to be written down. */
static void go_to_end(struct bw_system_journal *journal)
{
    (void)sd_journal_seek_tail(journal->journal);
    /* At the tail itself nothing follows even when something is added: stand at the last entry. */
    journal->is_new_place = true;
    if (sd_journal_previous(journal->journal) <= 0)
        (void)sd_journal_seek_head(journal->journal);
}

static void go_to_first(struct bw_system_journal *journal)
{
    if (journal->from_start)
        (void)sd_journal_seek_head(journal->journal);
    else
        go_to_end(journal);
}

static bool keep_mark(struct bw_system_journal *journal)
{
    free(journal->kept);
    journal->kept = journal->mark == NULL ? NULL : strdup(journal->mark);
    journal->kept_counts = journal->counts;
    return journal->mark == NULL || journal->kept != NULL;
}

static int match(sd_journal *journal)
{
    int result = sd_journal_add_match(journal, MAIL_MATCH, 0);

    if (result >= 0)
        result = sd_journal_add_disjunction(journal);
    return result < 0 ? result : sd_journal_add_match(journal, SUPPRESSED_MATCH, 0);
}

enum bw_status bw_system_journal_open(struct bw_system_journal **opened, const char *directory,
                                      struct bw_text mark, bool from_start,
                                      struct bw_problem *problem)
{
    struct bw_system_journal *journal = calloc(1, sizeof(*journal));

    if (journal == NULL)
        return BW_ERR_NO_MEMORY;
    int result = directory == NULL ? sd_journal_open(&journal->journal, SD_JOURNAL_LOCAL_ONLY)
                                   : sd_journal_open_directory(&journal->journal, directory, 0);
    if (result >= 0)
        result = match(journal->journal);
    if (result >= 0)
        result = sd_journal_get_fd(journal->journal);
    if (result < 0) {
        bw_problem_set(problem, directory == NULL ? "" : directory, 0,
                       "the journal of systemd cannot be read: %s; the group systemd-journal may",
                       strerrordesc_np(-result));
        bw_system_journal_close(&journal);
        return BW_ERR_IO;
    }
    journal->from_start = from_start;
    (void)sd_journal_set_data_threshold(journal->journal, BW_LINE_BYTES_MAX + 64);
    if (mark.size > 0) {
        journal->mark = strndup(mark.bytes, mark.size);
        if (journal->mark == NULL || !keep_mark(journal)) {
            bw_system_journal_close(&journal);
            return BW_ERR_NO_MEMORY;
        }
        go_behind(journal, journal->mark + 1);
    } else {
        go_to_first(journal);
    }
    *opened = journal;
    return BW_OK;
}

void bw_system_journal_close(struct bw_system_journal **owned)
{
    struct bw_system_journal *journal = *owned;

    *owned = NULL;
    if (journal == NULL)
        return;
    sd_journal_close(journal->journal);
    free(journal->mark);
    free(journal->kept);
    free(journal);
}

int bw_system_journal_fd(const struct bw_system_journal *journal)
{
    return sd_journal_get_fd(journal->journal);
}

void bw_system_journal_notice(struct bw_system_journal *journal)
{
    (void)sd_journal_process(journal->journal);
}

/* The value of a field; empty: the entry has none. */
static struct bw_text field(struct bw_system_journal *journal, const char *name)
{
    const void *data = NULL;
    size_t size = 0;
    const size_t head = strlen(name) + 1;

    if (sd_journal_get_data(journal->journal, name, &data, &size) < 0 || size < head)
        return BW_TEXT("");
    return (struct bw_text){(const char *)data + head, size - head};
}

static uint64_t number_of(struct bw_text text)
{
    uint64_t number = 0;

    for (size_t i = 0; i < text.size && i < 18 && bw_is_digit(text.bytes[i]); i++)
        number = number * 10 + (uint64_t)(text.bytes[i] - '0');
    return number;
}

/* Appends what fits of a text, without the bytes that end a line or a text. */
static size_t append(char *line, size_t size, size_t capacity, struct bw_text text)
{
    for (size_t i = 0; i < text.size && size < capacity; i++) {
        const char byte = text.bytes[i];
        if (byte == '\n' || byte == '\r' || byte == '\0')
            line[size++] = ' ';
        else
            line[size++] = byte;
    }
    return size;
}

static size_t append_time(struct bw_system_journal *journal, char *line, int64_t *second)
{
    uint64_t us = number_of(field(journal, "_SOURCE_REALTIME_TIMESTAMP"));
    struct tm tm;

    if (us == 0)
        (void)sd_journal_get_realtime_usec(journal->journal, &us);
    const time_t time = (time_t)(us / 1000000);
    *second = (int64_t)time;
    if (gmtime_r(&time, &tm) == NULL)
        return 0;
    const size_t size = strftime(line, HEADER_BYTES_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    const int more =
        snprintf(line + size, HEADER_BYTES_MAX - size, ".%06u+00:00 ", (unsigned)(us % 1000000));
    return size + (size_t)more;
}

/* The line of the entry; 0: it is not one of the mail facility's, or has no text. */
static size_t write_line(struct bw_system_journal *journal, char *line, size_t capacity,
                         int64_t *second)
{
    const struct bw_text suppressed = field(journal, "N_DROPPED");

    if (suppressed.size > 0) {
        journal->counts.suppressed += number_of(suppressed);
        return 0;
    }
    size_t size = append_time(journal, line, second);
    struct bw_text part = field(journal, "_HOSTNAME");
    size = append(line, size, HEADER_BYTES_MAX, part.size > 0 ? part : BW_TEXT("-"));
    line[size++] = ' ';
    part = field(journal, "SYSLOG_IDENTIFIER");
    if (part.size == 0)
        part = field(journal, "_COMM");
    size = append(line, size, HEADER_BYTES_MAX, part.size > 0 ? part : BW_TEXT("-"));
    part = field(journal, "SYSLOG_PID");
    if (part.size == 0)
        part = field(journal, "_PID");
    if (part.size > 0) {
        line[size++] = '[';
        size = append(line, size, HEADER_BYTES_MAX + 1, part);
        line[size++] = ']';
    }
    line[size++] = ':';
    line[size++] = ' ';
    part = field(journal, "MESSAGE");
    if (part.size == 0)
        return 0;
    const size_t most = capacity < BW_LINE_BYTES_MAX ? capacity : BW_LINE_BYTES_MAX;
    journal->counts.cut += size + part.size > most - 1 ? 1 : 0;
    size = append(line, size, most - 1, part);
    line[size++] = '\n';
    journal->counts.lines++;
    return size;
}

/* The journal stands behind the entry that was read last. False: there is no memory for it. */
static bool note_place(struct bw_system_journal *journal)
{
    char *cursor = NULL;

    /* A journal without entries has no cursor: then the mark says that all of it is new. */
    if (sd_journal_get_cursor(journal->journal, &cursor) < 0)
        cursor = NULL;
    const size_t size = cursor == NULL ? 0 : strlen(cursor);
    char *mark = malloc(size + 2);
    if (mark != NULL) {
        mark[0] = BW_MARK_JOURNAL;
        mark[size + 1] = '\0';
        if (size > 0)
            (void)memcpy(mark + 1, cursor, size);
        free(journal->mark);
        journal->mark = mark;
    }
    free(cursor);
    return mark != NULL;
}

bool bw_system_journal_read(struct bw_system_journal *journal, char *bytes, size_t capacity,
                            struct bw_system_journal_piece *piece)
{
    bool has_read = journal->is_new_place;
    int result = 1;

    *piece = (struct bw_system_journal_piece){.size = 0};
    journal->is_new_place = false;
    while (capacity - piece->size > BW_LINE_BYTES_MAX + HEADER_BYTES_MAX) {
        if (!journal->has_entry)
            result = sd_journal_next(journal->journal);
        journal->has_entry = false;
        if (result <= 0)
            break;
        has_read = true;
        piece->size +=
            write_line(journal, bytes + piece->size, capacity - piece->size, &piece->modified_s);
    }
    if (result < 0)
        journal->counts.damaged++;
    if (!has_read || !note_place(journal))
        return false;
    piece->mark = bw_text_of(journal->mark);
    return true;
}

void bw_system_journal_commit(struct bw_system_journal *journal)
{
    /* Without memory for it the piece would come twice if it came to a take-back. */
    if (!keep_mark(journal))
        journal->kept = NULL;
}

void bw_system_journal_take_back(struct bw_system_journal *journal)
{
    journal->counts = journal->kept_counts;
    if (journal->kept != NULL) {
        go_behind(journal, journal->kept + 1);
        return;
    }
    journal->has_entry = false;
    go_to_first(journal);
}

void bw_system_journal_counts(const struct bw_system_journal *journal,
                              struct bw_system_journal_counts *counts)
{
    *counts = journal->counts;
}

#else

bool bw_system_journal_is_built_in(void)
{
    return false;
}

enum bw_status bw_system_journal_open(struct bw_system_journal **opened, const char *directory,
                                      struct bw_text mark, bool from_start,
                                      struct bw_problem *problem)
{
    (void)opened;
    (void)directory;
    (void)mark;
    (void)from_start;
    bw_problem_set(problem, "", 0, "this build cannot read the journal of systemd (libsystemd)");
    return BW_ERR_USAGE;
}

void bw_system_journal_close(struct bw_system_journal **owned)
{
    *owned = NULL;
}

int bw_system_journal_fd(const struct bw_system_journal *journal)
{
    (void)journal;
    return -1;
}

void bw_system_journal_notice(struct bw_system_journal *journal)
{
    (void)journal;
}

bool bw_system_journal_read(struct bw_system_journal *journal, char *bytes, size_t capacity,
                            struct bw_system_journal_piece *piece)
{
    (void)journal;
    (void)bytes;
    (void)capacity;
    (void)piece;
    return false;
}

void bw_system_journal_commit(struct bw_system_journal *journal)
{
    (void)journal;
}

void bw_system_journal_take_back(struct bw_system_journal *journal)
{
    (void)journal;
}

void bw_system_journal_counts(const struct bw_system_journal *journal,
                              struct bw_system_journal_counts *counts)
{
    (void)journal;
    *counts = (struct bw_system_journal_counts){0};
}

#endif
