#include "match/database_cache.h"
#include "match/matcher.h"
#include "match/rule_file.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char directory[64];
    hs_database_t *database;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    hs_compile_error_t *error = NULL;

    if (fixture == NULL)
        return -1;
    (void)strcpy(fixture->directory, "/tmp/bouncewatch-test-XXXXXX");
    *state = fixture;
    if (mkdtemp(fixture->directory) == NULL)
        return -1;
    return hs_compile("user unknown", HS_FLAG_SINGLEMATCH, HS_MODE_BLOCK, NULL, &fixture->database,
                      &error) == HS_SUCCESS
               ? 0
               : -1;
}

static void file_in(const char *directory, char path[512])
{
    DIR *opened = opendir(directory);
    const struct dirent *entry;
    size_t count = 0;

    assert_non_null(opened);
    while ((entry = readdir(opened)) != NULL)
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, 512, "%s/%s", directory, entry->d_name);
            count++;
        }
    (void)closedir(opened);
    assert_int_equal(count, 1); /* and nothing half-written beside it */
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char path[512];
    DIR *opened = opendir(fixture->directory);
    const struct dirent *entry;

    while (opened != NULL && (entry = readdir(opened)) != NULL)
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof(path), "%s/%s", fixture->directory, entry->d_name);
            (void)unlink(path);
        }
    if (opened != NULL)
        (void)closedir(opened);
    const int removed = rmdir(fixture->directory);
    hs_free_database(fixture->database);
    free(fixture);
    return removed;
}

static int on_match(unsigned int id, unsigned long long from, unsigned long long to,
                    unsigned int flags, void *context)
{
    (void)id;
    (void)from;
    (void)to;
    (void)flags;
    ++*(size_t *)context;
    return 0;
}

static size_t matches(const hs_database_t *database, const char *text)
{
    hs_scratch_t *scratch = NULL;
    size_t count = 0;

    assert_int_equal(hs_alloc_scratch(database, &scratch), HS_SUCCESS);
    assert_int_equal(
        hs_scan(database, text, (unsigned int)strlen(text), 0, scratch, on_match, &count),
        HS_SUCCESS);
    hs_free_scratch(scratch);
    return count;
}

static bool can_load(const char *directory, uint64_t rules_hash)
{
    hs_database_t *database = bw_database_cache_load(directory, rules_hash);
    const bool is_there = database != NULL;

    if (is_there)
        assert_int_equal(matches(database, "550 user unknown"), 1);
    hs_free_database(database);
    return is_there;
}

static void what_was_stored_is_loaded_for_the_same_rules_only(void **state)
{
    struct fixture *fixture = *state;

    assert_false(can_load(fixture->directory, 1));
    bw_database_cache_store(fixture->directory, 1, fixture->database);
    assert_true(can_load(fixture->directory, 1));
    assert_false(can_load(fixture->directory, 2));
    bw_database_cache_store(fixture->directory, 1, fixture->database); /* again: no mistake */
    assert_true(can_load(fixture->directory, 1));
}

static void a_damaged_file_is_as_if_it_were_not_there(void **state)
{
    struct fixture *fixture = *state;
    char path[512];
    struct stat status;

    bw_database_cache_store(fixture->directory, 1, fixture->database);
    file_in(fixture->directory, path);
    assert_int_equal(stat(path, &status), 0);
    /* Each byte of the header, and bytes all over the content. */
    for (long at = 0; at < (long)status.st_size; at += at < 64 ? 1 : 97) {
        FILE *file = fopen(path, "r+");
        assert_non_null(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        const int byte = fgetc(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_int_not_equal(fputc(byte ^ 0x40, file), EOF);
        assert_int_equal(fclose(file), 0);

        assert_false(can_load(fixture->directory, 1));

        file = fopen(path, "r+");
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_int_not_equal(fputc(byte, file), EOF);
        assert_int_equal(fclose(file), 0);
    }
    assert_true(can_load(fixture->directory, 1));
}

static void a_file_cut_short_is_as_if_it_were_not_there(void **state)
{
    struct fixture *fixture = *state;
    char path[512];
    struct stat status;

    bw_database_cache_store(fixture->directory, 1, fixture->database);
    file_in(fixture->directory, path);
    assert_int_equal(stat(path, &status), 0);
    for (off_t size = status.st_size - 1; size >= 0; size -= size > 40 ? 101 : 1) {
        assert_int_equal(truncate(path, size), 0);
        assert_false(can_load(fixture->directory, 1));
    }
    bw_database_cache_store(fixture->directory, 1, fixture->database); /* replaced */
    assert_true(can_load(fixture->directory, 1));
}

static void a_missing_directory_is_made(void **state)
{
    struct fixture *fixture = *state;
    char directory[256], path[512];

    (void)snprintf(directory, sizeof(directory), "%s/a/b", fixture->directory);
    assert_false(can_load(directory, 1));
    bw_database_cache_store(directory, 1, fixture->database);
    assert_true(can_load(directory, 1));
    file_in(directory, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
    directory[strlen(directory) - 2] = '\0';
    assert_int_equal(rmdir(directory), 0);
}

static void a_directory_that_cannot_be_used_is_as_if_there_were_no_cache(void **state)
{
    struct fixture *fixture = *state;
    char path[512], below[600];

    assert_null(bw_database_cache_load(NULL, 1));
    bw_database_cache_store(NULL, 1, fixture->database);

    /* A file stands where the directory should be: nobody can write there, not even root. */
    (void)snprintf(path, sizeof(path), "%s/file", fixture->directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    bw_database_cache_store(path, 1, fixture->database);
    assert_false(can_load(path, 1));
    (void)snprintf(below, sizeof(below), "%s/below", path);
    bw_database_cache_store(below, 1, fixture->database);
    assert_false(can_load(below, 1));
    file_in(fixture->directory, path); /* nothing else was left behind */

    char *long_name = malloc(6000);
    assert_non_null(long_name);
    (void)memset(long_name, 'x', 5999);
    long_name[5999] = '\0';
    bw_database_cache_store(long_name, 1, fixture->database);
    assert_false(can_load(long_name, 1));
    free(long_name);
}

static struct bw_rule_set *rules_with(const char *text)
{
    static char content[256];
    struct bw_rule_set *rules = NULL;

    (void)snprintf(content, sizeof(content),
                   "rule a\nclass loop\nsource s\nexample 550 no\ntext \"%s\"\n", text);
    const struct bw_rule_source source = {"my.rules", bw_text_of(content)};
    assert_int_equal(bw_rule_set_create(&rules, &source, 1, NULL), BW_OK);
    return rules;
}

static size_t hits_with_cache(const struct bw_rule_set *rules, const char *directory,
                              const char *text)
{
    struct bw_matcher *matcher = NULL;
    struct bw_matcher_scratch *scratch = NULL;
    uint16_t ids[BW_MATCHER_HITS_MAX];

    assert_int_equal(bw_matcher_create(&matcher, rules, directory, NULL), BW_OK);
    assert_int_equal(bw_matcher_scratch_create(&scratch, matcher), BW_OK);
    const size_t count = bw_matcher_scan(matcher, scratch, bw_text_of(text), ids);
    bw_matcher_scratch_destroy(&scratch);
    bw_matcher_destroy(&matcher);
    return count;
}

/* To see that the second matcher was loaded and not compiled, the file is given another content
 * under the same name: what it finds then can only come from there. */
static void the_second_matcher_of_the_same_rules_comes_out_of_the_cache(void **state)
{
    struct fixture *fixture = *state;
    struct bw_rule_set *rules = rules_with("over quota");

    assert_int_equal(hits_with_cache(rules, fixture->directory, "over quota"), 1);
    assert_int_equal(hits_with_cache(rules, fixture->directory, "over quota"), 1);
    bw_database_cache_store(fixture->directory, rules->content_hash, fixture->database);
    assert_int_equal(hits_with_cache(rules, fixture->directory, "over quota"), 0);
    assert_int_equal(hits_with_cache(rules, fixture->directory, "user unknown"), 1);
    assert_int_equal(hits_with_cache(rules, NULL, "over quota"), 1);
    bw_rule_set_destroy(&rules);
}

static void other_rules_do_not_get_the_database_of_these(void **state)
{
    struct fixture *fixture = *state;
    struct bw_rule_set *first = rules_with("over quota");
    struct bw_rule_set *second = rules_with("mailbox full");

    assert_int_equal(hits_with_cache(first, fixture->directory, "over quota"), 1);
    assert_int_equal(hits_with_cache(second, fixture->directory, "over quota"), 0);
    assert_int_equal(hits_with_cache(second, fixture->directory, "mailbox full"), 1);
    assert_int_equal(hits_with_cache(first, fixture->directory, "over quota"), 1);
    bw_rule_set_destroy(&first);
    bw_rule_set_destroy(&second);
}

static void a_damaged_cache_is_replaced(void **state)
{
    struct fixture *fixture = *state;
    struct bw_rule_set *rules = rules_with("over quota");
    char path[512];

    assert_int_equal(hits_with_cache(rules, fixture->directory, "over quota"), 1);
    file_in(fixture->directory, path);
    assert_int_equal(truncate(path, 10), 0);
    assert_int_equal(hits_with_cache(rules, fixture->directory, "over quota"), 1);
    hs_database_t *loaded = bw_database_cache_load(fixture->directory, rules->content_hash);
    assert_non_null(loaded);
    hs_free_database(loaded);
    bw_rule_set_destroy(&rules);
}

#define WITH_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIRECTORY(what_was_stored_is_loaded_for_the_same_rules_only),
        WITH_DIRECTORY(a_damaged_file_is_as_if_it_were_not_there),
        WITH_DIRECTORY(a_file_cut_short_is_as_if_it_were_not_there),
        WITH_DIRECTORY(a_missing_directory_is_made),
        WITH_DIRECTORY(a_directory_that_cannot_be_used_is_as_if_there_were_no_cache),
        WITH_DIRECTORY(the_second_matcher_of_the_same_rules_comes_out_of_the_cache),
        WITH_DIRECTORY(other_rules_do_not_get_the_database_of_these),
        WITH_DIRECTORY(a_damaged_cache_is_replaced),
    };
    return cmocka_run_group_tests_name("match/database_cache", tests, NULL, NULL);
}
