#include "read/tail_listing.h"
#include "read/tail_places.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static const char *under(const char *name)
{
    static char paths[8][256];
    static unsigned turn;
    char *path = paths[turn++ % 8];

    (void)snprintf(path, sizeof(paths[0]), "%s%s%s", root, name[0] == '\0' ? "" : "/", name);
    return path;
}

static void make_file(const char *name)
{
    const int fd = open(under(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    (void)close(fd);
}

static int make_places(void **state)
{
    static const char *const directories[] = {"logs",     "data",        "data/a",     "data/[b]",
                                              "data/h1",  "data/h1/log", "data/later", "hosts",
                                              "hosts/h2", "hosts/h2/log"};

    (void)state;
    (void)snprintf(root, sizeof(root), "/tmp/bw-places-XXXXXX");
    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < ARRAY_COUNT(directories); i++)
        assert_int_equal(mkdir(under(directories[i]), 0700), 0);
    make_file("logs/plain.log");
    make_file("data/a/mail.log");
    make_file("data/a/mail.log.1");
    make_file("data/[b]/odd.log");
    make_file("data/[b]/odd.log-20261127");
    make_file("hosts/README");
    assert_int_equal(symlink("../data/a/mail.log", under("logs/mail.log")), 0);
    assert_int_equal(symlink("../data/[b]/odd.log", under("logs/odd.log")), 0);
    assert_int_equal(symlink("../data/later/x.log", under("logs/later.log")), 0);
    assert_int_equal(symlink("../data/h1", under("hosts/h1")), 0);
    return 0;
}

static int remove_places(void **state)
{
    (void)state;
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    return system(command);
}

#define PLACES_MAX 16

struct places {
    char paths[PLACES_MAX][256];
    size_t count;
};

static void take_place(const char *directory, void *context)
{
    struct places *places = context;

    for (size_t i = 0; i < places->count; i++)
        if (strcmp(places->paths[i], directory) == 0)
            return;
    assert_true(places->count < PLACES_MAX);
    (void)snprintf(places->paths[places->count++], sizeof(places->paths[0]), "%s", directory);
}

static void leads_to_all_directories_that_hold_its_files(void **state)
{
    (void)state;
    static const struct {
        const char *why, *pattern;
        const char *places[4]; /* and no others, up to the first NULL */
    } cases[] = {
        {"no wildcard", "logs/plain.log", {"logs"}},
        {"a link without a wildcard", "logs/mail.log", {"logs", "data/a"}},
        {"a link whose file is not there yet", "logs/later.log", {"logs", "data/later"}},
        {"all links of a directory", "logs/*.log", {"logs", "data/a", "data/[b]", "data/later"}},
        {"directories, and a link to one",
         "hosts/*/log/mail.log*",
         {"hosts", "hosts/h2", "data/h1"}},
        {"a directory behind a link", "hosts/h1/log/*", {"data/h1/log"}},
        {"nothing is there", "data/none/x/mail.log*", {"data"}},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct places places = {.count = 0};
        size_t expected = 0;
        print_message("  %s\n", cases[i].why);
        assert_true(bw_tail_places(under(cases[i].pattern), take_place, &places));
        for (; expected < ARRAY_COUNT(cases[i].places) && cases[i].places[expected] != NULL;
             expected++) {
            bool is_there = false;
            for (size_t j = 0; j < places.count; j++)
                is_there =
                    is_there || strcmp(places.paths[j], under(cases[i].places[expected])) == 0;
            assert_true(is_there);
        }
        /* Of the case with directories, their logs' own directories come as well. */
        assert_true(places.count >= expected);
        for (size_t j = expected; j < places.count; j++)
            assert_non_null(strstr(places.paths[j], "/log"));
    }
}

static void names_a_directory_that_cannot_be_looked_into(void **state)
{
    (void)state;
    int error = 0;

    assert_null(bw_tail_closed_directory(under("logs/*.log"), &error));
    assert_null(bw_tail_closed_directory(under("none/*.log"), &error));
    assert_null(bw_tail_closed_directory(under("hosts/*/log/*"), &error));
    /* Its mode is 0700: nothing of it is another user's. */
    const bool is_root = geteuid() == 0;
    assert_int_equal(is_root ? seteuid(65534) : chmod(root, 0), 0);
    char *closed = bw_tail_closed_directory(under("*/x.log"), &error);
    assert_non_null(closed);
    assert_string_equal(closed, root);
    assert_int_equal(error, EACCES);
    free(closed);
    /* Without a wildcard nothing has to be listed. */
    assert_null(bw_tail_closed_directory(under("logs/plain.log"), &error));
    assert_int_equal(is_root ? seteuid(0) : chmod(root, 0700), 0);
}

/* Is it listed, and under a pattern or beside? */
static bool is_listed(const struct bw_tail_listing *listing, const char *name, bool is_beside)
{
    for (size_t i = 0; i < listing->count; i++)
        if (strcmp(listing->entries[i].path, under(name)) == 0)
            return listing->entries[i].is_beside == is_beside;
    return false;
}

static void rotated_names_are_found_where_a_link_leads(void **state)
{
    (void)state;
    char pattern[256];
    const char *const patterns[] = {pattern};
    const struct bw_tail_options options = {.patterns = patterns, .pattern_count = 1};
    struct bw_tail_listing listing;

    (void)snprintf(pattern, sizeof(pattern), "%s", under("logs/*.log"));
    assert_int_equal(bw_tail_list(&options, &listing), BW_OK);
    assert_int_equal(listing.count, 5);
    assert_true(is_listed(&listing, "logs/plain.log", false));
    assert_true(is_listed(&listing, "logs/mail.log", false));
    assert_true(is_listed(&listing, "logs/odd.log", false));
    assert_true(is_listed(&listing, "data/a/mail.log.1", true));
    assert_true(is_listed(&listing, "data/[b]/odd.log-20261127", true));
    bw_tail_listing_deinit(&listing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leads_to_all_directories_that_hold_its_files),
        cmocka_unit_test(names_a_directory_that_cannot_be_looked_into),
        cmocka_unit_test(rotated_names_are_found_where_a_link_leads),
    };

    return cmocka_run_group_tests_name("read/tail_places", tests, make_places, remove_places);
}
