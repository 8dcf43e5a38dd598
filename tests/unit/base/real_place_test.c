#include "base/real_place.h"
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
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    (void)snprintf(path, sizeof(paths[0]), "%s%s%s", root, name[0] == '\0' ? "" : "/", name);
    return path;
}

static void make_directory(const char *name)
{
    assert_int_equal(mkdir(under(name), 0700), 0);
}

static void make_link(const char *target, const char *name)
{
    assert_int_equal(symlink(target, under(name)), 0);
}

static int make_places(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof(root), "/tmp/bw-place-XXXXXX");
    assert_non_null(mkdtemp(root));
    make_directory("logs");
    make_directory("data");
    make_directory("data/deep");
    const int fd = open(under("data/deep/mail.log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    make_link("../data/deep/mail.log", "logs/mail.log");
    make_link("mail.log", "logs/twice.log");
    make_link(under("data/deep"), "current");
    make_link("data/gone", "nowhere");
    make_link("../data/deep/later.log", "logs/later.log");
    make_link("../nowhere/sub/x.log", "logs/lost.log");
    make_link("circle-b", "circle-a");
    make_link("circle-a", "circle-b");
    make_link("/nothing-is-called-so/x.log", "logs/root.log");
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

/* `expected` NULL: there is none. */
static void assert_place(char *place, const char *expected)
{
    if (expected == NULL)
        assert_null(place);
    else
        assert_string_equal(place, under(expected));
    free(place);
}

static void a_directory_is_where_its_links_end(void **state)
{
    (void)state;
    assert_place(bw_real_directory(under("logs")), "logs");
    assert_place(bw_real_directory(under("logs/../current/.")), "data/deep");
    /* What is not there: the nearest parent, behind links as well. */
    assert_place(bw_real_directory(under("data/a/b/c")), "data");
    assert_place(bw_real_directory(under("nowhere")), "data");
    assert_place(bw_real_directory(under("nowhere/sub")), "data");
    assert_place(bw_real_directory(under("circle-a")), NULL);
}

static void the_root_directory_is_meant_only_by_its_name(void **state)
{
    (void)state;
    char *place = bw_real_directory("/");

    assert_string_equal(place, "/");
    free(place);
    assert_null(bw_real_directory("/nothing-is-called-so/log"));
    assert_null(bw_real_directory_of(under("logs/root.log")));
    /* A file there is another matter. */
    place = bw_real_directory_of("/nothing-is-called-so");
    assert_string_equal(place, "/");
    free(place);
}

static void a_file_is_in_the_directory_where_its_links_end(void **state)
{
    (void)state;
    assert_place(bw_real_directory_of(under("data/deep/mail.log")), "data/deep");
    assert_place(bw_real_directory_of(under("logs/mail.log")), "data/deep");
    assert_place(bw_real_directory_of(under("logs/twice.log")), "data/deep");
    assert_place(bw_real_directory_of(under("current/mail.log")), "data/deep");
    /* Not there yet. */
    assert_place(bw_real_directory_of(under("logs/none.log")), "logs");
    assert_place(bw_real_directory_of(under("logs/later.log")), "data/deep");
    assert_place(bw_real_directory_of(under("logs/lost.log")), "data");
    assert_place(bw_real_directory_of(under("circle-a")), NULL);
}

static void a_relative_name_is_seen_from_here(void **state)
{
    (void)state;
    char here[256];

    assert_non_null(getcwd(here, sizeof(here)));
    assert_int_equal(chdir(root), 0);
    assert_place(bw_real_directory_of("x.log"), "");
    assert_place(bw_real_directory_of("logs/mail.log"), "data/deep");
    assert_place(bw_real_directory("current"), "data/deep");
    assert_int_equal(chdir(here), 0);
}

static void what_its_rights_forbid_was_not_given_up(void **state)
{
    (void)state;
    assert_true(bw_is_given_up(under("data/deep/mail.log"), R_OK, EACCES));
    assert_false(bw_is_given_up(under("data/deep/mail.log"), R_OK, ENOENT));
    assert_false(bw_is_given_up(under("data/deep/none.log"), R_OK, EACCES));
    /* To be made. */
    assert_true(bw_is_given_up(under("data/deep/none.log"), W_OK, EACCES));
    assert_false(bw_is_given_up(under("data/none/none.log"), W_OK, EACCES));
    assert_non_null(strstr(bw_open_fault(under("data/deep/none.log"), W_OK, EACCES), "restart"));
    assert_string_equal(bw_open_fault(under("data/deep/none.log"), R_OK, EACCES),
                        "Permission denied");
    assert_string_equal(bw_open_fault(under("data/deep/none.log"), R_OK, -1),
                        "it cannot be opened");
    if (geteuid() == 0)
        return;
    assert_int_equal(chmod(under("data/deep/mail.log"), 0), 0);
    assert_false(bw_is_given_up(under("data/deep/mail.log"), R_OK, EACCES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_is_where_its_links_end),
        cmocka_unit_test(the_root_directory_is_meant_only_by_its_name),
        cmocka_unit_test(a_file_is_in_the_directory_where_its_links_end),
        cmocka_unit_test(a_relative_name_is_seen_from_here),
        cmocka_unit_test(what_its_rights_forbid_was_not_given_up),
    };

    return cmocka_run_group_tests_name("base/real_place", tests, make_places, remove_places);
}
