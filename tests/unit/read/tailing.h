/*
 * A log that is written, rotated and compressed, and a reader of it with its marks.
 */
#ifndef BW_TESTS_READ_TAILING_H
#define BW_TESTS_READ_TAILING_H

#include "engine/decoders.h"
#include "read/tail.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARKS_MAX 60000
#define IDS_MAX   200000

/* A directory with a log that is written, and a reader whose marks are kept as a journal keeps
 * them. */
struct scene {
    char directory[64];
    char pattern[128];
    char *patterns[1];
    struct bw_tail *tail;
    struct bw_text marks[MARKS_MAX]; /* exact copies */
    size_t mark_count;
    uint32_t seen[IDS_MAX]; /* how often each id was read */
    uint32_t next_id;
    uint32_t junk;  /* lines without an id */
    int writer;     /* descriptor of the log */
    int old_writer; /* of a log that was renamed; -1: none */
    int rotated;    /* names given so far */
    int64_t now_ms;
    bool from_start;
};

static inline struct scene *scene_new(const char *pattern)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    (void)snprintf(scene->directory, sizeof(scene->directory), "/tmp/bw-tail-XXXXXX");
    assert_non_null(mkdtemp(scene->directory));
    (void)snprintf(scene->pattern, sizeof(scene->pattern), "%s/%s", scene->directory, pattern);
    scene->patterns[0] = scene->pattern;
    scene->writer = scene->old_writer = -1;
    scene->from_start = true;
    return scene;
}

static inline const char *path_of(const struct scene *scene, const char *name)
{
    static char paths[4][128];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    (void)snprintf(path, sizeof(paths[0]), "%s/%s", scene->directory, name);
    return path;
}

static inline void start_reader(struct scene *scene)
{
    const struct bw_tail_options options = {
        .patterns = (const char *const *)scene->patterns,
        .pattern_count = 1,
        .decoders = &bw_decoders,
        .files_max = 1000,
        .from_start = scene->from_start,
        .is_first_start = scene->mark_count == 0,
    };

    assert_int_equal(bw_tail_create(&scene->tail, &options), BW_OK);
    for (size_t i = 0; i < scene->mark_count; i++)
        assert_int_equal(bw_tail_restore(scene->tail, scene->marks[i]), BW_OK);
}

static inline void kill_reader(struct scene *scene)
{
    bw_tail_destroy(&scene->tail);
}

static inline void scene_free(struct scene *scene)
{
    char command[128];

    if (scene->tail != NULL)
        bw_tail_destroy(&scene->tail);
    if (scene->writer >= 0)
        (void)close(scene->writer);
    if (scene->old_writer >= 0)
        (void)close(scene->old_writer);
    for (size_t i = 0; i < scene->mark_count; i++)
        bw_test_exact_free(scene->marks[i]);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", scene->directory);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    assert_int_equal(system(command), 0);
    free(scene);
}

static inline void open_log(struct scene *scene)
{
    scene->writer = open(path_of(scene, "in.log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(scene->writer >= 0);
}

static inline void write_line_to(struct scene *scene, int fd)
{
    char line[200];
    const int size = snprintf(line, sizeof(line),
                              "May  1 09:14:00 mx1 postfix/smtp[7]: id=%06u to=<a@example.com>, "
                              "relay=none, delay=1, dsn=2.0.0, status=sent (250 OK)\n",
                              scene->next_id);

    assert_true(scene->next_id < IDS_MAX);
    assert_int_equal(write(fd, line, (size_t)size), size);
    scene->next_id++;
}

static inline void write_lines(struct scene *scene, int count)
{
    for (int i = 0; i < count; i++)
        write_line_to(scene, scene->writer);
}

static inline void note_ids(struct scene *scene, struct bw_text text)
{
    while (text.size > 0) {
        const size_t end = bw_text_find(text, BW_TEXT("\n"));
        const struct bw_text line = bw_text_head(text, end);
        const size_t at = bw_text_find(line, BW_TEXT("id="));
        assert_true(end < text.size);
        if (at < line.size) {
            const unsigned long id = strtoul(line.bytes + at + 3, NULL, 10);
            assert_true(id < scene->next_id);
            scene->seen[id]++;
        } else {
            scene->junk++;
        }
        text = bw_text_after(text, end + 1);
    }
}

/* Take up to `pieces`; every seventh is refused once. */
static inline void read_pieces(struct scene *scene, int pieces)
{
    static char bytes[128 * 1024];
    static unsigned turn;
    struct bw_tail_piece piece;

    for (int i = 0; i < pieces && bw_tail_read(scene->tail, bytes, sizeof(bytes), &piece); i++) {
        if (++turn % 7 == 0) {
            bw_tail_take_back(scene->tail);
            continue;
        }
        assert_true(scene->mark_count < MARKS_MAX);
        scene->marks[scene->mark_count++] = bw_test_exact_copy(piece.mark);
        note_ids(scene, (struct bw_text){bytes, piece.size});
        bw_tail_commit(scene->tail);
    }
}

static inline void look(struct scene *scene, int64_t passed_ms)
{
    scene->now_ms += passed_ms;
    assert_int_equal(bw_tail_reconcile(scene->tail, scene->now_ms), BW_OK);
}

/* Until everything has come to rest. */
static inline void settle(struct scene *scene)
{
    for (int i = 0; i < 40; i++) {
        look(scene, 1000);
        read_pieces(scene, 1000);
    }
}

static inline void assert_each_line_once(const struct scene *scene)
{
    uint32_t lost = 0;
    uint32_t doubled = 0;

    for (uint32_t id = 0; id < scene->next_id; id++) {
        lost += scene->seen[id] == 0 ? 1 : 0;
        doubled += scene->seen[id] > 1 ? 1 : 0;
    }
    if (lost + doubled > 0)
        fail_msg("of %u lines %u were lost and %u doubled", scene->next_id, lost, doubled);
}

static inline void rename_log(struct scene *scene)
{
    char name[32];

    (void)snprintf(name, sizeof(name), "in.log.%d", ++scene->rotated);
    assert_int_equal(rename(path_of(scene, "in.log"), path_of(scene, name)), 0);
    if (scene->old_writer >= 0)
        (void)close(scene->old_writer);
    scene->old_writer = scene->writer;
    open_log(scene);
}

static inline void copy_and_truncate(struct scene *scene)
{
    char command[400];

    ++scene->rotated;
    (void)snprintf(command, sizeof(command), "cp '%s/in.log' '%s/in.log.%d'", scene->directory,
                   scene->directory, scene->rotated);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    assert_int_equal(system(command), 0);
    assert_int_equal(ftruncate(scene->writer, 0), 0);
}

static inline void delete_and_create(struct scene *scene)
{
    assert_int_equal(unlink(path_of(scene, "in.log")), 0);
    (void)close(scene->writer);
    open_log(scene);
}

/* A rotated file becomes its .gz, as logrotate's `compress` does. */
static inline void compress_rotated(struct scene *scene, int number)
{
    char command[400];

    (void)snprintf(command, sizeof(command), "gzip -f '%s/in.log.%d'", scene->directory, number);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    assert_int_equal(system(command), 0);
}

#endif
