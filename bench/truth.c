#include "truth.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

bool bw_truth_init(struct bw_truth *truth, const struct bw_mail_world *world)
{
    const size_t senders = world->sender_count;

    *truth = (struct bw_truth){.world = world};
    truth->domains = calloc(world->domain_count + senders, sizeof(*truth->domains));
    truth->senders = calloc(senders, sizeof(*truth->senders));
    truth->sender_providers =
        calloc(senders * BW_WORLD_PROVIDER_COUNT, sizeof(*truth->sender_providers));
    if (truth->domains != NULL && truth->senders != NULL && truth->sender_providers != NULL)
        return true;
    bw_truth_deinit(truth);
    return false;
}

void bw_truth_deinit(struct bw_truth *truth)
{
    free(truth->domains);
    free(truth->senders);
    free(truth->sender_providers);
    *truth = (struct bw_truth){0};
}

void bw_truth_count(struct bw_truth *truth, uint32_t sender, uint32_t domain,
                    enum bw_truth_outcome outcome, uint8_t class_id)
{
    const uint8_t provider = truth->world->domains[domain].provider;

    truth->totals.counts[outcome]++;
    truth->providers[provider].counts[outcome]++;
    truth->domains[domain].counts[outcome]++;
    if (outcome == BW_TRUTH_HARD || outcome == BW_TRUTH_SOFT)
        truth->classes[class_id][outcome]++;
    if (sender == BW_TRUTH_NO_SENDER)
        return;
    truth->senders[sender].counts[outcome]++;
    truth->sender_providers[(size_t)sender * BW_WORLD_PROVIDER_COUNT + provider].counts[outcome]++;
}

static void write_counts(FILE *out, const struct bw_truth_tally *tally)
{
    (void)fprintf(out,
                  "\"delivered\":%" PRIu64 ",\"hard\":%" PRIu64 ",\"soft\":%" PRIu64
                  ",\"expired\":%" PRIu64,
                  tally->counts[BW_TRUTH_DELIVERED], tally->counts[BW_TRUTH_HARD],
                  tally->counts[BW_TRUTH_SOFT], tally->counts[BW_TRUTH_EXPIRED]);
}

/* A row of a table, unless all its counts are 0. */
static void write_row(FILE *out, const char **separator, const char *names,
                      const struct bw_truth_tally *tally)
{
    uint64_t sum = 0;

    for (int i = 0; i < BW_TRUTH_OUTCOME_COUNT; i++)
        sum += tally->counts[i];
    if (sum == 0)
        return;
    (void)fprintf(out, "%s\n{%s,", *separator, names);
    write_counts(out, tally);
    (void)fputc('}', out);
    *separator = ",";
}

static void write_tables(const struct bw_truth *truth, FILE *out)
{
    const struct bw_mail_world *world = truth->world;
    const char *separator = "";
    char names[160];

    (void)fputs(",\n\"providers\":[", out);
    for (uint32_t i = 0; i < BW_WORLD_PROVIDER_COUNT; i++) {
        (void)snprintf(names, sizeof(names), "\"provider\":\"%s\"", bw_world_providers[i].name);
        write_row(out, &separator, names, &truth->providers[i]);
    }
    separator = "";
    (void)fputs("],\n\"recipient_domains\":[", out);
    for (uint32_t i = 0; i < world->domain_count + world->sender_count; i++) {
        (void)snprintf(names, sizeof(names), "\"domain\":\"%s\",\"provider\":\"%s\"",
                       world->domains[i].name, bw_world_providers[world->domains[i].provider].name);
        write_row(out, &separator, names, &truth->domains[i]);
    }
    separator = "";
    (void)fputs("],\n\"sender_domains\":[", out);
    for (uint32_t i = 0; i < world->sender_count; i++) {
        (void)snprintf(names, sizeof(names), "\"domain\":\"%s\"",
                       bw_mail_world_sender_name(world, i));
        write_row(out, &separator, names, &truth->senders[i]);
    }
    separator = "";
    (void)fputs("],\n\"sender_providers\":[", out);
    for (uint32_t i = 0; i < world->sender_count * BW_WORLD_PROVIDER_COUNT; i++) {
        (void)snprintf(names, sizeof(names), "\"sender\":\"%s\",\"provider\":\"%s\"",
                       bw_mail_world_sender_name(world, i / BW_WORLD_PROVIDER_COUNT),
                       bw_world_providers[i % BW_WORLD_PROVIDER_COUNT].name);
        write_row(out, &separator, names, &truth->sender_providers[i]);
    }
    (void)fputs("]", out);
}

static void write_classes(const struct bw_truth *truth, FILE *out)
{
    const char *separator = "";

    (void)fputs(",\n\"classes\":[", out);
    for (int i = 0; i < BW_WORLD_CLASS_COUNT; i++) {
        for (int outcome = BW_TRUTH_HARD; outcome <= BW_TRUTH_SOFT; outcome++) {
            if (truth->classes[i][outcome] == 0)
                continue;
            (void)fprintf(out, "%s\n{\"class\":\"%s\",\"bounce\":\"%s\",\"count\":%" PRIu64 "}",
                          separator, bw_world_class_name((enum bw_world_class)i),
                          outcome == BW_TRUTH_HARD ? "hard" : "soft", truth->classes[i][outcome]);
            separator = ",";
        }
    }
    (void)fputs("]", out);
}

static void write_time(FILE *out, const char *name, int64_t second)
{
    const time_t moment = (time_t)second;
    struct tm parts;
    char text[32];

    if (gmtime_r(&moment, &parts) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000Z", &parts) == 0)
        return;
    (void)fprintf(out, ",\"%s\":\"%s\"", name, text);
}

static void write_incident(const struct bw_truth *truth, const struct bw_truth_incident *incident,
                           FILE *out)
{
    if (incident->provider < 0)
        return;
    (void)fprintf(out, ",\n\"incident\":{\"sender\":\"%s\",\"provider\":\"%s\"",
                  bw_mail_world_sender_name(truth->world, incident->sender),
                  bw_world_providers[incident->provider].name);
    write_time(out, "start", incident->start_s);
    write_time(out, "end", incident->start_s + 3600);
    (void)fprintf(out, ",\"attempts\":%" PRIu64 ",\"hard\":%" PRIu64 "}", truth->incident_attempts,
                  truth->incident_hard);
}

bool bw_truth_write(const struct bw_truth *truth, const struct bw_truth_incident *incident,
                    uint64_t lines, uint64_t bytes, FILE *out)
{
    (void)fprintf(out,
                  "{\"bytes\":%" PRIu64 ",\n\"lines\":{\"total\":%" PRIu64 ",\"outcome\":%" PRIu64
                  ",\"known\":%" PRIu64 ",\"malformed\":0,\"unknown\":0},\n\"totals\":{",
                  bytes, lines, truth->outcome_lines, lines - truth->outcome_lines);
    write_counts(out, &truth->totals);
    (void)fprintf(out,
                  ",\"suppressed\":0,\"internal\":%" PRIu64 ",\"local\":%" PRIu64
                  ",\"discarded\":%" PRIu64 ",\"probes\":%" PRIu64 "}",
                  truth->internal, truth->local, truth->discarded, truth->probes);
    write_classes(truth, out);
    write_tables(truth, out);
    write_incident(truth, incident, out);
    (void)fputs("}\n", out);
    return fflush(out) == 0 && ferror(out) == 0;
}
