#include "keep/journal.h"
#include "keep/segment.h"
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RECORDS_MAX 4096
#define KILLS       60

struct fixture {
    char directory[64];
    struct bw_problem problem;
};

static const struct bw_journal_options small = {.segment_bytes = 4096};

static int set_up(void **state)
{
    static struct fixture fixture;

    (void)snprintf(fixture.directory, sizeof(fixture.directory), "/tmp/bw-journal-XXXXXX");
    *state = &fixture;
    return mkdtemp(fixture.directory) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", fixture->directory);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    return system(command);
}

static struct bw_journal *open_journal(struct fixture *fixture)
{
    struct bw_journal *journal = NULL;

    if (bw_journal_open(&journal, fixture->directory, &small, &fixture->problem) != BW_OK)
        fail_msg("%s: %s", fixture->problem.file, fixture->problem.message);
    return journal;
}

/* What was read, and that it is what was written: the payload of record n says "record n". */
struct found {
    uint64_t count, first, last;
    uint32_t segments;
};

static void check_record(const struct bw_journal_record *record, void *context)
{
    struct found *found = context;
    char expected[32];

    (void)snprintf(expected, sizeof(expected), "record %llu", (unsigned long long)record->number);
    assert_true(bw_text_starts_with(record->payload, bw_text_of(expected)));
    assert_int_equal(record->type, record->number % 7);
    assert_true(found->count == 0 || record->number > found->last);
    if (found->count == 0)
        found->first = record->number;
    found->last = record->number;
    found->segments = record->segment;
    found->count++;
}

static struct found read_all(const struct fixture *fixture, struct bw_journal_damage *damage)
{
    struct found found = {.count = 0};
    struct bw_journal_damage unused;

    assert_int_equal(bw_journal_read(fixture->directory, check_record, &found,
                                     damage == NULL ? &unused : damage),
                     BW_OK);
    return found;
}

/* Record `number` with `padding` more bytes. */
static enum bw_status add(struct bw_journal *journal, uint64_t number, size_t padding,
                          bool is_segment)
{
    char text[8192];
    const size_t size =
        (size_t)snprintf(text, sizeof(text), "record %llu ", (unsigned long long)number);

    assert_true(size + padding < sizeof(text));
    memset(text + size, 'x', padding);
    const struct bw_text payload = {text, size + padding};
    return is_segment ? bw_journal_start_segment(journal, (uint8_t)(number % 7), payload)
                      : bw_journal_append(journal, (uint8_t)(number % 7), payload);
}

static void gives_back_what_was_added_over_segments(void **state)
{
    struct fixture *fixture = *state;
    struct bw_journal_damage damage;
    struct bw_journal_numbers numbers;
    struct bw_journal *journal = open_journal(fixture);

    assert_int_equal(bw_journal_newest(journal), 0);
    for (uint64_t number = 1; number <= 100; number++)
        assert_int_equal(
            add(journal, number, (size_t)number * 7 % 900, bw_journal_is_segment_due(journal)),
            BW_OK);
    assert_int_equal(bw_journal_sync(journal), BW_OK);
    const struct found found = read_all(fixture, &damage);
    assert_int_equal(found.count, 100);
    assert_int_equal(found.first, 1);
    assert_string_equal(damage.first.message, "");
    assert_true(bw_journal_newest(journal) > 5);
    assert_int_equal(bw_journal_drop_before(journal, 3), BW_OK);
    assert_int_equal(bw_journal_oldest(journal), 3);
    bw_journal_numbers(journal, &numbers);
    assert_int_equal(numbers.segments, bw_journal_newest(journal) - 2);
    assert_true(read_all(fixture, NULL).first > 1);
    assert_int_equal(bw_journal_drop_before(journal, 1000), BW_OK);
    assert_int_equal(bw_journal_oldest(journal), bw_journal_newest(journal));
    bw_journal_close(&journal);

    journal = open_journal(fixture);
    assert_int_equal(add(journal, 101, 0, false), BW_OK);
    assert_int_equal(read_all(fixture, NULL).last, 101);
    bw_journal_close(&journal);
}

/* Segments of a state that is long to write down must not hold little else. */
static void what_begins_with_much_holds_five_times_as_much(void **state)
{
    struct fixture *fixture = *state;
    static const size_t beginnings[] = {10, 3000};

    for (size_t i = 0; i < ARRAY_COUNT(beginnings); i++) {
        struct bw_journal *journal = open_journal(fixture);
        uint64_t number = UINT64_C(1000) * bw_journal_newest(journal);
        size_t written = 0;

        assert_int_equal(add(journal, number++, beginnings[i], true), BW_OK);
        while (!bw_journal_is_segment_due(journal)) {
            assert_int_equal(add(journal, number++, 500, false), BW_OK);
            written += 500;
        }
        const size_t least = beginnings[i] * 4 > 3000 ? beginnings[i] * 4 : 3000;
        assert_true(written >= least - 500 && written <= least + 1500);
        bw_journal_close(&journal);
    }
}

static void belongs_to_one_process_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct bw_journal *journal = open_journal(fixture);
    struct bw_journal *second = NULL;

    assert_int_equal(bw_journal_open(&second, fixture->directory, &small, &fixture->problem),
                     BW_ERR_USAGE);
    assert_non_null(strstr(fixture->problem.message, "another bouncewatch"));
    bw_journal_close(&journal);
    journal = open_journal(fixture);
    bw_journal_close(&journal);
}

/* The bytes of the only segment. */
static size_t load(const struct fixture *fixture, char *bytes, size_t capacity)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/journal-0000000001", fixture->directory);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, capacity, file);
    assert_int_equal(fclose(file), 0);
    return size;
}

static void store(const struct fixture *fixture, const char *bytes, size_t size)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/journal-0000000001", fixture->directory);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static size_t small_journal(struct fixture *fixture, char *bytes, size_t capacity)
{
    struct bw_journal *journal = open_journal(fixture);

    assert_int_equal(add(journal, 1, 3, true), BW_OK);
    for (uint64_t number = 2; number <= 6; number++)
        assert_int_equal(add(journal, number, (size_t)number * 5, false), BW_OK);
    bw_journal_close(&journal);
    return load(fixture, bytes, capacity);
}

static void a_torn_end_goes_wherever_it_is_torn(void **state)
{
    struct fixture *fixture = *state;
    char bytes[4096];
    const size_t size = small_journal(fixture, bytes, sizeof(bytes));
    uint64_t before = 0;

    for (size_t cut = 0; cut <= size; cut++) {
        store(fixture, bytes, cut);
        const struct found found = read_all(fixture, NULL);
        assert_true(found.count == found.last && found.last >= before);
        before = found.last;
        struct bw_journal *journal = open_journal(fixture);
        /* What comes next has the next number, and nothing torn stays between. */
        assert_int_equal(add(journal, found.last + 1, 9, bw_journal_newest(journal) == 0), BW_OK);
        bw_journal_close(&journal);
        assert_int_equal(read_all(fixture, NULL).count, found.count + 1);
    }
    assert_int_equal(before, 6);
}

static void no_flipped_bit_makes_another_record(void **state)
{
    struct fixture *fixture = *state;
    char bytes[4096];
    const size_t size = small_journal(fixture, bytes, sizeof(bytes));

    for (size_t bit = 0; bit < size * 8; bit++) {
        struct bw_journal_damage damage;
        struct found found = {.count = 0};
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
        store(fixture, bytes, size);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
        const enum bw_status status =
            bw_journal_read(fixture->directory, check_record, &found, &damage);
        if (bit / 8 < BW_SEGMENT_HEAD_BYTES) {
            assert_int_equal(status, BW_ERR_FORMAT);
            continue;
        }
        assert_int_equal(status, BW_OK);
        assert_int_equal(found.count, 5); /* all but the one with the bit */
        /* The last one may as well be a torn end. */
        assert_int_equal(damage.records, found.last == 6 ? 1 : 0);
        assert_true((damage.first.message[0] != '\0') == (found.last == 6));
    }
}

static void a_full_disk_leaves_nothing_torn(void **state)
{
    struct fixture *fixture = *state;
    struct bw_journal *journal = open_journal(fixture);
    struct rlimit before;
    struct rlimit limit;
    uint64_t number = 1;

    assert_int_equal(add(journal, number++, 0, true), BW_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    limit = before;
    for (limit.rlim_cur = 400; limit.rlim_cur < 600; limit.rlim_cur++) {
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        while (add(journal, number, 40, false) == BW_OK)
            number++;
        assert_int_equal(errno, EFBIG);
        assert_int_equal(add(journal, number, 600, true), BW_ERR_IO);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(read_all(fixture, NULL).last, number - 1);
        assert_int_equal(add(journal, number++, 7, false), BW_OK);
        assert_int_equal(read_all(fixture, NULL).last, number - 1);
    }
    bw_journal_close(&journal);
}

static void notices_a_file_that_somebody_has_cut(void **state)
{
    struct fixture *fixture = *state;
    struct bw_journal *journal = open_journal(fixture);
    char path[128];

    assert_int_equal(add(journal, 1, 0, true), BW_OK);
    assert_int_equal(add(journal, 2, 0, false), BW_OK);
    (void)snprintf(path, sizeof(path), "%s/journal-0000000001", fixture->directory);
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(add(journal, 3, 0, false), BW_ERR_IO);
    assert_true(bw_journal_is_segment_due(journal));
    assert_int_equal(add(journal, 3, 0, true), BW_OK);
    assert_int_equal(read_all(fixture, NULL).last, 3);
    bw_journal_close(&journal);
}

/* Adds records for ever and says each one that was added. */
static void add_until_killed(struct fixture *fixture, int said)
{
    struct bw_journal *journal = open_journal(fixture);
    uint64_t number = read_all(fixture, NULL).last + 1;

    for (;; number++) {
        if (add(journal, number, (size_t)number * 131 % 6000, bw_journal_is_segment_due(journal)) !=
                BW_OK ||
            write(said, &number, sizeof(number)) != (ssize_t)sizeof(number))
            _exit(1);
    }
}

static void a_kill_at_any_moment_loses_nothing_that_was_added(void **state)
{
    struct fixture *fixture = *state;
    const unsigned seed = bw_test_seed();
    unsigned random = seed;

    print_message("  seed %u\n", seed);
    for (int kill_count = 0; kill_count < KILLS; kill_count++) {
        int ends[2];
        uint64_t said = 0;
        uint64_t number;

        assert_int_equal(pipe(ends), 0);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            (void)close(ends[0]);
            add_until_killed(fixture, ends[1]);
        }
        (void)close(ends[1]);
        random = random * 1103515245U + 12345U;
        const struct timespec pause = {.tv_nsec = (long)(random >> 16U) % 20000 * 1000L};
        (void)nanosleep(&pause, NULL);
        (void)kill(child, SIGKILL);
        while (read(ends[0], &number, sizeof(number)) == (ssize_t)sizeof(number))
            said = number;
        (void)close(ends[0]);
        assert_true(waitpid(child, NULL, 0) == child);
        const struct found found = read_all(fixture, NULL);
        assert_true(found.last >= said);
        assert_int_equal(found.count, found.last); /* no gap */
    }
    assert_true(read_all(fixture, NULL).count > KILLS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gives_back_what_was_added_over_segments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_begins_with_much_holds_five_times_as_much, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(belongs_to_one_process_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_torn_end_goes_wherever_it_is_torn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_flipped_bit_makes_another_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing_torn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(notices_a_file_that_somebody_has_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kill_at_any_moment_loses_nothing_that_was_added, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("keep/journal", tests, NULL, NULL);
}
