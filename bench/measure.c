/*
 * Runs a command and writes "SECONDS CPU_SECONDS PEAK_KIB STATUS" to a file: time to the
 * microsecond, where time(1) has hundredths, and the memory of the command alone.
 *
 *   measure FILE COMMAND [ARGUMENT]...
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(struct timeval span)
{
    return (double)span.tv_sec + (double)span.tv_usec / 1e6;
}

static double seconds_now(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int count, char **words)
{
    struct rusage usage;
    int state;

    if (count < 3) {
        (void)fputs("usage: measure FILE COMMAND [ARGUMENT]...\n", stderr);
        return 2;
    }
    const double start = seconds_now();
    const pid_t child = fork();
    if (child == 0) {
        (void)execvp(words[2], words + 2);
        perror(words[2]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &state, 0, &usage) != child) {
        perror("measure");
        return 1;
    }
    const double end = seconds_now();
    const int status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    const double cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    FILE *out = fopen(words[1], "w");
    if (out == NULL ||
        fprintf(out, "%.6f %.6f %ld %d\n", end - start, cpu, usage.ru_maxrss, status) < 0 ||
        fclose(out) != 0) {
        perror(words[1]);
        return 1;
    }
    return status;
}
