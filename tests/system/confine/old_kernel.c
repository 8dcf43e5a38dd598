/*
 * Runs a program as on a kernel that can confine less: filters of seccomp(2) answer for it.
 *
 * Usage: old_kernel [landlock=VERSION] [seccomp=0] PROGRAM [ARGUMENT]...
 *        old_kernel version
 *
 * landlock=0: there is none (ENOSYS); 1 and more: it says that it is of that version, and does what
 * this kernel's does. seccomp=0: no filter can be set. The second form prints the version of this
 * kernel's Landlock, 0 for none. The program keeps this process's id.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void fail(const char *what)
{
    (void)fprintf(stderr, "old_kernel: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Sets a filter that answers one call, when one of its arguments is `value`, with `action`. */
static int answer(int number, unsigned argument, unsigned value, unsigned action, unsigned flags)
{
    /* The low half of an argument is where it begins on the machines that this is for. */
    const size_t place = offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t);
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)place),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(steps) / sizeof(steps[0]), steps};
    const long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);

    if (fd < 0)
        fail("seccomp");
    return (int)fd;
}

/* Answers every question for the version until the process that asks is gone. */
static void answer_versions(int listener, int version, pid_t asker)
{
    struct seccomp_notif question;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (getppid() == asker) {
        (void)memset(&question, 0, sizeof(question));
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) != 0)
            continue;
        struct seccomp_notif_resp reply = {.id = question.id, .val = version};
        (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
    }
    _exit(EXIT_SUCCESS);
}

static void say_version(int version)
{
    const pid_t asker = getpid();
    const int listener = answer(SYS_landlock_create_ruleset, 2, LANDLOCK_CREATE_RULESET_VERSION,
                                SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    const pid_t child = fork();

    if (child < 0)
        fail("fork");
    if (child == 0)
        answer_versions(listener, version, asker);
    (void)close(listener);
}

static void hide_landlock(int version)
{
    if (version > 0) {
        say_version(version);
        return;
    }
    for (unsigned flags = 0; flags <= LANDLOCK_CREATE_RULESET_VERSION; flags++)
        (void)answer(SYS_landlock_create_ruleset, 2, flags, SECCOMP_RET_ERRNO | ENOSYS, 0);
}

int main(int argc, char **argv)
{
    int landlock = -1;
    int at = 1;
    int has_seccomp = 1;

    if (argc == 2 && strcmp(argv[1], "version") == 0) {
        const long version =
            syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
        (void)printf("%ld\n", version < 0 ? 0 : version);
        return EXIT_SUCCESS;
    }
    for (; at < argc; at++) {
        if (strncmp(argv[at], "landlock=", 9) == 0)
            landlock = (int)strtol(argv[at] + 9, NULL, 10);
        else if (strcmp(argv[at], "seccomp=0") == 0)
            has_seccomp = 0;
        else
            break;
    }
    if (at >= argc) {
        (void)fprintf(stderr, "old_kernel: [landlock=VERSION] [seccomp=0] PROGRAM [ARGUMENT]...\n");
        return EXIT_FAILURE;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        fail("prctl");
    if (landlock >= 0)
        hide_landlock(landlock);
    /* The last of them, for no other can be set afterwards. */
    if (!has_seccomp) {
        (void)answer(SYS_prctl, 0, PR_SET_SECCOMP, SECCOMP_RET_ERRNO | EINVAL, 0);
        (void)answer(SYS_seccomp, 0, SECCOMP_SET_MODE_FILTER, SECCOMP_RET_ERRNO | ENOSYS, 0);
    }
    (void)execv(argv[at], argv + at);
    fail(argv[at]);
}
