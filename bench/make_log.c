/*
 * Writes a Postfix log of any size, and what a reader of it must find.
 *
 * The same arguments give the same bytes on every machine: the only source of chance is the seed.
 * The format is in message_lines.c and delivery_lines.c, the mail in traffic.c, the world it goes
 * to in mail_world.c, the expected answer in truth.c.
 */
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BYTES_PER_ARRIVAL      885 /* measured */
#define LONG_BYTES_PER_ARRIVAL 967
#define SECONDS_PER_DAY        INT64_C(86400)
#define START_DEFAULT          INT64_C(1777593600) /* 2026-05-01T00:00:00Z, a Friday */
#define INCIDENT_HOUR          10
#define INCIDENT_ARRIVALS_MIN  400 /* in its hour, or no window reaches its hundred attempts */

static const char usage[] =
    "usage: make_log [OPTION]... [FILE]\n"
    "\n"
    "Writes a made-up Postfix log to FILE or standard output.\n"
    "\n"
    "  --seed N            another log of the same kind (default 1)\n"
    "  --bytes N           end behind the line that reaches N bytes (default 20000000)\n"
    "  --messages N        N arrivals instead, and run until the queue is empty\n"
    "  --domains N         recipient domains, by Zipf's law (default 1000)\n"
    "  --senders N         sender domains, by Zipf's law (default 20)\n"
    "  --hosts N           mail servers that write into the log (default 3)\n"
    "  --days N            time that the log covers (default 1)\n"
    "  --start SECONDS     Unix time of its beginning (default 1777593600, 2026-05-01 UTC)\n"
    "  --style STYLE       rfc3164 (default) or rfc3339 stamps\n"
    "  --queue-ids KIND    short or long (default)\n"
    "  --incident NAME     none (default), or a provider such as gmail where the first sender\n"
    "                      bounces at a higher rate during one hour\n"
    "  --incident-rate R   share of hard bounces in that hour (default 0.09)\n"
    "  --bounce-rate R     share of hard bounces otherwise (default 0.01, at which none of the\n"
    "                      others enters a zone)\n"
    "  --long-lines        long addresses and replies, TLS details\n"
    "  --truth FILE        the expected answer, as JSON\n";

struct arguments {
    const char *path, *truth_path;
    uint64_t seed, bytes, messages, domains, senders, hosts, days, start, bounce_ppm, incident_ppm;
    enum bw_log_style style;
    int incident; /* enum bw_world_provider, or -1 */
    bool has_short_ids, has_long_lines;
};

static int wrong(const char *option, const char *value, const char *wanted)
{
    (void)fprintf(stderr, "make_log: %s: \"%s\" is not %s; see make_log --help\n", option, value,
                  wanted);
    return 2;
}

static bool read_count(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
    char *end;

    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value < min || value > max)
        return false;
    *number = value;
    return true;
}

/* "0.09" as millionths, without floating point: rounding must not differ between machines. */
static bool read_rate(const char *text, uint64_t *ppm)
{
    uint64_t value = 0;
    int digits = 0;

    if (text[0] != '0' || (text[1] != '.' && text[1] != '\0'))
        return false;
    for (text += text[1] == '.' ? 2 : 1; *text >= '0' && *text <= '9' && digits < 6;
         text++, digits++)
        value = value * 10 + (uint64_t)(*text - '0');
    if (*text != '\0')
        return false;
    for (; digits < 6; digits++)
        value *= 10;
    *ppm = value;
    return true;
}

enum option_code {
    OPTION_SEED = 1,
    OPTION_BYTES,
    OPTION_MESSAGES,
    OPTION_DOMAINS,
    OPTION_SENDERS,
    OPTION_HOSTS,
    OPTION_DAYS,
    OPTION_START,
    OPTION_STYLE,
    OPTION_QUEUE_IDS,
    OPTION_INCIDENT,
    OPTION_INCIDENT_RATE,
    OPTION_BOUNCE_RATE,
    OPTION_LONG_LINES,
    OPTION_TRUTH,
    OPTION_HELP,
};

/* 0, or the exit status of wrong usage. */
static int take_word(int option, struct arguments *arguments)
{
    switch (option) {
    case OPTION_STYLE:
        if (strcmp(optarg, "rfc3164") != 0 && strcmp(optarg, "rfc3339") != 0)
            return wrong("--style", optarg, "rfc3164 or rfc3339");
        arguments->style = strcmp(optarg, "rfc3164") == 0 ? BW_LOG_RFC3164 : BW_LOG_RFC3339;
        return 0;
    case OPTION_QUEUE_IDS:
        if (strcmp(optarg, "short") != 0 && strcmp(optarg, "long") != 0)
            return wrong("--queue-ids", optarg, "short or long");
        arguments->has_short_ids = strcmp(optarg, "short") == 0;
        return 0;
    case OPTION_INCIDENT:
        arguments->incident = bw_world_provider_find(optarg);
        if (arguments->incident < 0 && strcmp(optarg, "none") != 0)
            return wrong("--incident", optarg, "none or a provider of mail_world.c");
        return 0;
    case OPTION_INCIDENT_RATE:
    case OPTION_BOUNCE_RATE:
        if (!read_rate(optarg, option == OPTION_BOUNCE_RATE ? &arguments->bounce_ppm
                                                            : &arguments->incident_ppm))
            return wrong("the rate", optarg, "a number such as 0.09");
        return 0;
    case OPTION_LONG_LINES: arguments->has_long_lines = true; return 0;
    case OPTION_TRUTH: arguments->truth_path = optarg; return 0;
    default: return 2; /* getopt has said what is wrong */
    }
}

static int read_arguments(int count, char **words, struct arguments *arguments)
{
    static const struct option_range {
        const char *name;
        size_t at;
        uint64_t min, max;
    } numbers[] = {
        [OPTION_SEED] = {"--seed", offsetof(struct arguments, seed), 0, UINT64_MAX},
        [OPTION_BYTES] = {"--bytes", offsetof(struct arguments, bytes), 1, UINT64_C(1) << 44},
        [OPTION_MESSAGES] = {"--messages", offsetof(struct arguments, messages), 1, 4000000000},
        [OPTION_DOMAINS] = {"--domains", offsetof(struct arguments, domains), 1, 4000000},
        [OPTION_SENDERS] = {"--senders", offsetof(struct arguments, senders), 1, 100000},
        [OPTION_HOSTS] = {"--hosts", offsetof(struct arguments, hosts), 1, 200},
        [OPTION_DAYS] = {"--days", offsetof(struct arguments, days), 1, 366},
        [OPTION_START] = {"--start", offsetof(struct arguments, start), 0, 4000000000},
    };
    static const struct option options[] = {
        {"seed", required_argument, NULL, OPTION_SEED},
        {"bytes", required_argument, NULL, OPTION_BYTES},
        {"messages", required_argument, NULL, OPTION_MESSAGES},
        {"domains", required_argument, NULL, OPTION_DOMAINS},
        {"senders", required_argument, NULL, OPTION_SENDERS},
        {"hosts", required_argument, NULL, OPTION_HOSTS},
        {"days", required_argument, NULL, OPTION_DAYS},
        {"start", required_argument, NULL, OPTION_START},
        {"style", required_argument, NULL, OPTION_STYLE},
        {"queue-ids", required_argument, NULL, OPTION_QUEUE_IDS},
        {"incident", required_argument, NULL, OPTION_INCIDENT},
        {"incident-rate", required_argument, NULL, OPTION_INCIDENT_RATE},
        {"bounce-rate", required_argument, NULL, OPTION_BOUNCE_RATE},
        {"long-lines", no_argument, NULL, OPTION_LONG_LINES},
        {"truth", required_argument, NULL, OPTION_TRUTH},
        {"help", no_argument, NULL, OPTION_HELP},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(count, words, "", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            (void)fputs(usage, stdout);
            exit(0);
        }
        if (option >= OPTION_SEED && option <= OPTION_START) {
            const struct option_range *number = &numbers[option];
            if (!read_count(optarg, number->min, number->max,
                            (uint64_t *)(void *)((char *)arguments + number->at)))
                return wrong(number->name, optarg, "a number that it takes");
            continue;
        }
        const int status = take_word(option, arguments);
        if (status != 0)
            return status;
    }
    if (count - optind > 1)
        return wrong("operands", words[optind + 1], "expected behind the first");
    arguments->path = optind < count ? words[optind] : "-";
    return 0;
}

static void plan(const struct arguments *arguments, struct bw_traffic_options *options)
{
    const uint64_t per_arrival =
        arguments->has_long_lines ? LONG_BYTES_PER_ARRIVAL : BYTES_PER_ARRIVAL;
    const int64_t days = (int64_t)arguments->days;
    const int64_t start_s = (int64_t)arguments->start;

    *options = (struct bw_traffic_options){
        .bytes_max = arguments->messages > 0 ? 0 : arguments->bytes,
        .arrivals_max = arguments->messages,
        .arrivals_expected =
            arguments->messages > 0 ? arguments->messages : arguments->bytes / per_arrival + 1,
        .start_s = start_s,
        .span_us = days * SECONDS_PER_DAY * 1000000,
        .hosts = (uint32_t)arguments->hosts,
        .bounce_ppm = (uint32_t)arguments->bounce_ppm,
        .incident_ppm = (uint32_t)arguments->incident_ppm,
        .has_long_ids = !arguments->has_short_ids,
        .has_long_lines = arguments->has_long_lines,
        .incident = {arguments->incident, 0,
                     start_s + days / 2 * SECONDS_PER_DAY + INCIDENT_HOUR * 3600},
    };
}

/* The incident needs a domain of its provider, and enough mail in its hour to be seen. */
static int check_incident(const struct arguments *arguments,
                          const struct bw_traffic_options *options,
                          const struct bw_mail_world *world)
{
    if (arguments->incident < 0)
        return 0;
    if (options->arrivals_expected / (arguments->days * 24) < INCIDENT_ARRIVALS_MIN) {
        (void)fputs("make_log: too little mail for an incident; raise --bytes or --messages, or "
                    "lower --days\n",
                    stderr);
        return 2;
    }
    for (uint32_t i = 0; i < world->domain_count; i++)
        if (world->domains[i].provider == arguments->incident)
            return 0;
    (void)fputs("make_log: no recipient domain is at the incident's provider; raise --domains\n",
                stderr);
    return 2;
}

static int fail(const char *path)
{
    (void)fprintf(stderr, "make_log: %s: %s\n", path, strerror(errno));
    return 1;
}

static int write_truth(const char *path, const struct bw_truth *truth,
                       const struct bw_truth_incident *incident, const struct bw_log_writer *writer)
{
    FILE *out = fopen(path, "w");

    if (out == NULL)
        return fail(path);
    const bool is_written =
        bw_truth_write(truth, incident, writer->lines, bw_log_total_bytes(writer), out);
    if (fclose(out) != 0 || !is_written)
        return fail(path);
    return 0;
}

static int make(const struct arguments *arguments, const struct bw_traffic_options *options,
                const struct bw_mail_world *world, struct bw_truth *truth)
{
    const bool is_stdout = strcmp(arguments->path, "-") == 0;
    struct bw_log_writer writer;
    struct bw_random random;

    const int fd = is_stdout
                       ? STDOUT_FILENO
                       : open(arguments->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || !bw_log_writer_init(&writer, fd, arguments->style))
        return fail(arguments->path);
    bw_random_seed(&random, arguments->seed);
    const bool is_made = bw_traffic_run(options, world, &random, &writer, truth);
    const bool is_written = bw_log_writer_finish(&writer);
    if (!is_made)
        errno = ENOMEM;
    if ((!is_stdout && close(fd) != 0) || !is_written || !is_made)
        return fail(arguments->path);
    return arguments->truth_path == NULL
               ? 0
               : write_truth(arguments->truth_path, truth, &options->incident, &writer);
}

int main(int count, char **words)
{
    struct arguments arguments = {
        .seed = 1,
        .bytes = 20000000,
        .domains = 1000,
        .senders = 20,
        .hosts = 3,
        .days = 1,
        .start = (uint64_t)START_DEFAULT,
        .bounce_ppm = 10000,
        .incident_ppm = 90000,
        .incident = -1,
    };
    struct bw_traffic_options options;
    struct bw_mail_world world = {0};
    struct bw_truth truth = {0};

    int status = read_arguments(count, words, &arguments);
    if (status != 0)
        return status;
    plan(&arguments, &options);
    if (!bw_mail_world_init(&world, (uint32_t)arguments.domains, (uint32_t)arguments.senders) ||
        !bw_truth_init(&truth, &world)) {
        bw_mail_world_deinit(&world);
        return fail("memory");
    }
    status = check_incident(&arguments, &options, &world);
    if (status == 0)
        status = make(&arguments, &options, &world, &truth);
    bw_truth_deinit(&truth);
    bw_mail_world_deinit(&world);
    return status;
}
