#include "serve/confine.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a process could still do after it was confined; errno or 0. */
struct seen {
    struct bw_confinement done;
    int read_inside, write_inside, make_inside, remove_inside;
    int read_beside, write_beside, write_read_only, read_etc;
    int exec, new_process, packet_socket, tcp_socket;
    int thread;
};

static char directory[64];

static int try_open(const char *name, int flags)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s%s", strncmp(name, "/etc/", 5) == 0 ? "" : directory,
                   name);
    const int fd = open(path, flags | O_CLOEXEC, 0600);
    const int error = fd < 0 ? errno : 0;
    if (fd >= 0)
        (void)close(fd);
    return error;
}

static void *nothing(void *argument)
{
    return argument;
}

static int try_exec(void)
{
    (void)execl("/bin/true", "true", (char *)NULL);
    return errno;
}

static int try_process(void)
{
    const pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    if (pid < 0)
        return errno;
    (void)waitpid(pid, NULL, 0);
    return 0;
}

static int try_socket(int family)
{
    const int fd = socket(family, SOCK_STREAM, 0);
    const int error = fd < 0 ? errno : 0;

    if (fd >= 0)
        (void)close(fd);
    return error;
}

static void look(struct seen *seen)
{
    char inside[128];
    char read_only[128];
    char new_file[128];
    char none[128];
    pthread_t thread;

    (void)snprintf(inside, sizeof(inside), "%s/inside", directory);
    (void)snprintf(read_only, sizeof(read_only), "%s/read", directory);
    (void)snprintf(none, sizeof(none), "%s/none", directory);
    /* What is not there opens nothing else. */
    const struct bw_confine_place places[] = {{inside, true}, {read_only, false}, {none, true}};
    const struct bw_confine_options options = {places, ARRAY_COUNT(places)};
    seen->done = bw_confine(&options);
    seen->read_inside = try_open("/inside/file", O_RDONLY);
    seen->write_inside = try_open("/inside/file", O_WRONLY | O_TRUNC);
    seen->make_inside = try_open("/inside/new", O_WRONLY | O_CREAT);
    (void)snprintf(new_file, sizeof(new_file), "%s/inside/new", directory);
    seen->remove_inside = unlink(new_file) == 0 ? 0 : errno;
    seen->read_beside = try_open("/beside", O_RDONLY);
    seen->write_beside = try_open("/beside", O_WRONLY);
    seen->write_read_only = try_open("/read/file", O_WRONLY);
    seen->read_etc = try_open("/etc/passwd", O_RDONLY);
    seen->new_process = try_process();
    seen->packet_socket = try_socket(AF_VSOCK);
    seen->tcp_socket = try_socket(AF_INET);
    seen->thread = pthread_create(&thread, NULL, nothing, NULL);
    if (seen->thread == 0)
        (void)pthread_join(thread, NULL);
    /* Where it is allowed nothing would be told any more. */
    seen->exec = seen->done.has_seccomp ? try_exec() : 0;
}

static void make_file(const char *name)
{
    assert_int_equal(try_open(name, O_WRONLY | O_CREAT), 0);
}

#if defined(BW_HAS_SECCOMP) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}
#endif

static void only_what_is_named_is_left(void **state)
{
    (void)state;
    struct seen seen;
    int result[2];
    char command[128];
    char path[128];

    (void)snprintf(directory, sizeof(directory), "/tmp/bw-confine-XXXXXX");
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof(path), "%s/inside", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s/read", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    make_file("/inside/file");
    make_file("/read/file");
    make_file("/beside");
    assert_int_equal(pipe(result), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        look(&seen);
        const bool is_told = write(result[1], &seen, sizeof(seen)) == sizeof(seen);
        _exit(is_told ? 0 : 1);
    }
    assert_int_equal(read(result[0], &seen, sizeof(seen)), sizeof(seen));
    (void)waitpid(child, NULL, 0);

    /* Whatever the kernel has, this works. */
    assert_int_equal(seen.read_inside, 0);
    assert_int_equal(seen.write_inside, 0);
    assert_int_equal(seen.make_inside, 0);
    assert_int_equal(seen.remove_inside, 0);
    assert_int_equal(seen.read_etc, 0);
    assert_int_equal(seen.tcp_socket, 0);
    assert_int_equal(seen.thread, 0);
    /* A child cannot hand over pointers; whether there is a reason is told by the flags. */
    assert_true(seen.done.has_landlock == (seen.done.landlock_fault == NULL));
    assert_true(seen.done.has_seccomp == (seen.done.seccomp_fault == NULL));
    if (seen.done.has_landlock) {
        assert_int_equal(seen.read_beside, EACCES);
        assert_int_equal(seen.write_beside, EACCES);
        assert_int_equal(seen.write_read_only, EACCES);
    } else {
        print_message("  NOT TRIED: Landlock is not in this kernel or this build\n");
        assert_int_equal(seen.read_beside, 0);
    }
    if (seen.done.has_seccomp) {
        assert_int_equal(seen.exec, EPERM);
        assert_int_equal(seen.new_process, EPERM);
        assert_int_equal(seen.packet_socket, EAFNOSUPPORT);
    } else {
        print_message("  NOT TRIED: seccomp is not in this build\n");
        assert_int_equal(seen.new_process, 0);
    }
    (void)close(result[0]);
    (void)close(result[1]);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", directory);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test has one thread */
    assert_int_equal(system(command), 0);
#if defined(BW_HAS_SECCOMP) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(seen.done.has_seccomp);
    assert_int_equal(seen.done.has_landlock, has_landlock());
#else
    assert_false(seen.done.has_seccomp);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_what_is_named_is_left)};

    return cmocka_run_group_tests_name("serve/confine", tests, NULL, NULL);
}
