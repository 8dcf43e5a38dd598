#include "serve/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef BW_HAS_SECCOMP
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>
#endif

/* The sanitizers' own threads and calls would be forbidden, too. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_RIGHTS                                                                               \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |  \
     LANDLOCK_ACCESS_FS_MAKE_SOCK)
/* All of the first version (Linux 5.13): what is handled and not allowed is denied. */
#define FIRST_RIGHTS                                                                               \
    (READ_RIGHTS | WRITE_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |      \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
/* Of the third version; headers of an older kernel do not name it. */
#define TRUNCATE_RIGHT (UINT64_C(1) << 14)

/* What libc, name services, TLS and time zones read. */
static const struct bw_confine_place basics[] = {
    {"/etc", false},         {"/usr", false},
    {"/lib", false},         {"/lib64", false},
    {"/run/systemd", false}, {"/run/resolvconf", false},
    {"/proc", false},        {"/sys/devices/system/cpu", false},
    {"/dev/urandom", false}, {"/dev/null", true},
};

/* False: the rule could not be added. */
static bool allow(int rules, const struct bw_confine_place *place, uint64_t handled)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = READ_RIGHTS};
    struct stat info;

    rule.parent_fd = open(place->path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return true; /* nothing is there to be read */
    if (place->may_write)
        rule.allowed_access |= WRITE_RIGHTS | TRUNCATE_RIGHT;
    if (fstat(rule.parent_fd, &info) == 0 && !S_ISDIR(info.st_mode))
        rule.allowed_access &=
            LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE_RIGHT;
    rule.allowed_access &= handled;
    const bool is_good =
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    (void)close(rule.parent_fd);
    return is_good;
}

/* `*lack`: what this kernel's version of Landlock leaves. */
static const char *confine_files(const struct bw_confine_options *options, const char **lack)
{
    struct landlock_ruleset_attr attributes = {.handled_access_fs = FIRST_RIGHTS};
    const long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (version < 1)
        return "this kernel has no Landlock, or it is turned off";
    if (version >= 3)
        attributes.handled_access_fs |= TRUNCATE_RIGHT;
    else
        *lack = "Landlock of this kernel is older than version 3 (Linux 6.2) and does not keep "
                "files outside from being truncated";
    const int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
    if (rules < 0)
        return "Landlock took no rules";
    bool is_good = true;
    for (size_t i = 0; i < sizeof(basics) / sizeof(basics[0]); i++)
        is_good = is_good && allow(rules, &basics[i], attributes.handled_access_fs);
    for (size_t i = 0; i < options->place_count; i++)
        is_good = is_good && allow(rules, &options->places[i], attributes.handled_access_fs);
    is_good = is_good && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    (void)close(rules);
    return is_good ? NULL : "Landlock refused a rule";
}

#ifdef BW_HAS_SECCOMP
/* Programs are not started, other processes not touched, the system not changed. */
static const char *const denied_calls[] = {
    "execve",
    "execveat",
    "fork",
    "vfork",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "pidfd_getfd",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "setns",
    "unshare",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "fspick",
    "mount_setattr",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "reboot",
    "swapon",
    "swapoff",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "add_key",
    "request_key",
    "keyctl",
    "acct",
    "quotactl",
    "quotactl_fd",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "clock_adjtime",
    "iopl",
    "ioperm",
    "modify_ldt",
    "personality",
    "syslog",
    "vhangup",
    "sethostname",
    "setdomainname",
    "lookup_dcookie",
    "name_to_handle_at",
    "open_by_handle_at",
    "mknod",
    "mknodat",
    "fanotify_init",
    "memfd_secret",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "setfsuid",
    "setfsgid",
    "capset",
};

static bool deny(scmp_filter_ctx filter)
{
    bool is_good = true;

    for (size_t i = 0; i < sizeof(denied_calls) / sizeof(denied_calls[0]); i++) {
        const int number = seccomp_syscall_resolve_name(denied_calls[i]);
        /* A call that this machine does not have needs no rule. */
        if (number != __NR_SCMP_ERROR &&
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0) != 0)
            is_good = false;
    }
    /* A new process, in contrast to a new thread. clone3 has its flags in memory, where no filter
     * sees them: without it libc takes clone. */
    if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                         SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) != 0 ||
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0)
        is_good = false;
    /* Of sockets: unix, IPv4, IPv6, and netlink (16), by which libc asks for addresses. */
    if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                         SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0)) != 0)
        is_good = false;
    for (unsigned family = AF_INET + 1; family < AF_NETLINK; family++)
        if (family != AF_INET6 &&
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                             SCMP_A0(SCMP_CMP_EQ, family, 0)) != 0)
            is_good = false;
    return is_good;
}

static const char *confine_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const bool is_good = filter != NULL && deny(filter) && seccomp_load(filter) == 0;

    seccomp_release(filter);
    return is_good ? NULL : "the kernel took no filter of system calls";
}
#else
static const char *confine_calls(void)
{
    return "this build has no filter of system calls (libseccomp)";
}
#endif

struct bw_confinement bw_confine(const struct bw_confine_options *options)
{
    struct bw_confinement done = {.has_landlock = false};

    if (IS_SANITIZED) {
        done.landlock_fault = done.seccomp_fault = "this build is watched by a sanitizer";
        return done;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        done.landlock_fault = done.seccomp_fault = "the kernel does not let privileges be given up";
        return done;
    }
    done.landlock_fault = confine_files(options, &done.landlock_lack);
    done.seccomp_fault = confine_calls();
    done.has_landlock = done.landlock_fault == NULL;
    done.has_seccomp = done.seccomp_fault == NULL;
    return done;
}
