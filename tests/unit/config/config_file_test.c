#include "config/config.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MISTAKES_MAX 6

static char directory[] = "/tmp/bouncewatch_config_XXXXXX";
static char path[64];

static int make_directory(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/bouncewatch.yaml", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static enum bw_status load(struct bw_text content, struct bw_config *config,
                           struct bw_problem_list *problems)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(content.bytes, 1, content.size, file), content.size);
    assert_int_equal(fclose(file), 0);
    const enum bw_status status = bw_config_load(config, path, problems);
    assert_int_equal(unlink(path), 0);
    return status;
}

static void load_good(const char *content, struct bw_config *config)
{
    struct bw_problem_list problems = {0};
    const enum bw_status status = load(bw_text_of(content), config, &problems);

    bw_problem_list_print(&problems, stderr);
    assert_int_equal(status, BW_OK);
    assert_int_equal(problems.count, 0);
    bw_problem_list_deinit(&problems);
}

static const struct bw_zone_limits *limits_of(const struct bw_config *config, const char *provider)
{
    for (size_t i = 0; i < config->limit_count; i++)
        if (strcmp(config->limits[i].provider, provider) == 0)
            return &config->limits[i].limits;
    fail_msg("no limits of %s", provider);
    return NULL;
}

static void reads_every_key(void **state)
{
    (void)state;
    struct bw_config config;
    char rules[80];

    load_good("# everything\n"
              "windows: [24h, 30m, 7d]\n"
              "min_attempts: 50\n"
              "confidence: 95%\n"
              "recover: 0.5\n"
              "count_expired: true\n"
              "limits:\n"
              "  gmail: {warning: 1%, blocking: 0.02}\n"
              "  example: {warning: 4%, blocking: 4%}\n"
              "providers:\n"
              "  example:\n"
              "    domains: [example.com, example.org]\n"
              "    relays: [mx.example.com]\n"
              "  second: {limits: gmail}\n"
              "rules: more.rules.d\n"
              "internal: [10.0.0.0/8, \"2001:db8::/32\", filter.example]\n"
              "timezone: Europe/Berlin\n"
              "max_keys: 1000\n"
              "max_queue_ids: 2000\n"
              "bulk_threshold: 0\n"
              "block_quiet: 10m\n",
              &config);
    assert_int_equal(config.keys.window_count, 3);
    assert_int_equal(config.keys.window_minutes[0], 30); /* the shortest first */
    assert_int_equal(config.keys.window_minutes[1], 24 * 60);
    assert_int_equal(config.keys.window_minutes[2], 7 * 24 * 60);
    assert_int_equal(config.zone.min_attempts, 50);
    assert_float_equal(config.zone.confidence, 0.95, 1e-12);
    assert_float_equal(config.zone.recover, 0.5, 1e-12);
    assert_true(config.count_expired);
    assert_int_equal(config.limit_count, 5);
    assert_float_equal(limits_of(&config, "gmail")->warning, 0.01, 1e-12);
    assert_float_equal(limits_of(&config, "gmail")->blocking, 0.02, 1e-12);
    assert_float_equal(limits_of(&config, "yahoo")->warning, 0.03, 1e-12);
    assert_float_equal(limits_of(&config, "example")->blocking, 0.04, 1e-12);
    assert_string_equal(config.provider_lines, "provider example\n"
                                               "domain example.com\n"
                                               "domain example.org\n"
                                               "relay mx.example.com\n"
                                               "provider second\n"
                                               "limits gmail\n");
    (void)snprintf(rules, sizeof(rules), "%s/more.rules.d", directory); /* beside the file */
    assert_string_equal(config.rules_directory, rules);
    assert_int_equal(config.internal_count, 3);
    assert_string_equal(config.internal[0], "10.0.0.0/8");
    assert_string_equal(config.internal[1], "2001:db8::/32");
    assert_string_equal(config.internal[2], "filter.example");
    assert_string_equal(config.timezone, "Europe/Berlin");
    assert_int_equal(config.keys.keys_max, 1000);
    assert_int_equal(config.queue_ids_max, 2000);
    assert_int_equal(config.bulk_threshold, 0);
    assert_int_equal(config.block_quiet_s, 600);
    bw_config_deinit(&config);
}

static void a_file_without_keys_gives_the_defaults(void **state)
{
    (void)state;
    static const char *const contents[] = {"", "\n\n", "# windows: [1h]\n", "---\n", "{}\n"};

    for (size_t i = 0; i < ARRAY_COUNT(contents); i++) {
        struct bw_config config;

        print_message("  \"%s\"\n", contents[i]);
        load_good(contents[i], &config);
        assert_int_equal(config.keys.window_count, 2);
        assert_int_equal(config.internal_count, 3);
        assert_int_equal(config.zone.min_attempts, 100);
        bw_config_deinit(&config);
    }
}

static void takes_the_edges_of_each_range(void **state)
{
    (void)state;
    struct bw_config config;

    load_good("internal: none\nrules: /etc/rules\nwindows: [1m]\nmin_attempts: 1\n"
              "confidence: 0\nrecover: 100%\nmax_keys: 16\n",
              &config);
    assert_int_equal(config.internal_count, 0);
    assert_string_equal(config.rules_directory, "/etc/rules");
    assert_int_equal(config.keys.window_minutes[0], 1);
    assert_int_equal(config.zone.min_attempts, 1);
    assert_float_equal(config.zone.confidence, 0.0, 1e-12);
    assert_float_equal(config.zone.recover, 1.0, 1e-12);
    assert_int_equal(config.keys.keys_max, 16);
    bw_config_deinit(&config);
}

struct place {
    uint64_t line;
    uint32_t column;
    const char *part; /* of the sentence */
};

static void assert_place(const struct bw_problem *problem, const struct place *place,
                         struct bw_text content)
{
    char shown[200];
    struct bw_text line = {content.bytes, 0};

    assert_string_equal(problem->file, path);
    assert_int_equal(problem->line, place->line);
    assert_int_equal(problem->column, place->column);
    if (strstr(problem->message, place->part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", problem->message, place->part);
    for (uint64_t i = 0; i < place->line; i++)
        if (!bw_text_cut(&content, BW_TEXT("\n"), &line))
            line = content;
    (void)snprintf(shown, sizeof(shown), "\n    %.*s\n    %*s^", BW_TEXT_ARGS(line),
                   (int)place->column - 1, "");
    assert_true(bw_text_ends_with(bw_text_of(problem->message), bw_text_of(shown)));
}

static void tells_every_mistake_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bw_text content;
        struct place places[MISTAKES_MAX];
    } cases[] = {
        {"a key misspelt",
         BW_TEXT_INIT("min_atempts: 5\n"),
         {{1, 1, "did you mean min_attempts?"}}},
        {"a key like no other",
         BW_TEXT_INIT("colour: blue\n"),
         {{1, 1, "\"colour\" is no key; valid are windows, min_attempts,"}}},
        {"an unknown key behind good ones",
         BW_TEXT_INIT("windows: [1h]\n\n  \nruels: x\n"),
         {{4, 1, "did you mean rules?"}}},
        {"windows that are no list", BW_TEXT_INIT("windows: 1h\n"), {{1, 10, "windows is a list"}}},
        {"windows without a value", BW_TEXT_INIT("windows:\n"), {{1, 1, "windows is a list"}}},
        {"no windows", BW_TEXT_INIT("windows: []\n"), {{1, 1, "windows is a list"}}},
        {"too many windows",
         BW_TEXT_INIT("windows: [1h, 2h, 3h, 4h, 5h, 6h, 7h, 8h, 9h]\n"),
         {{1, 11, "1 to 8"}}},
        {"every bad window",
         BW_TEXT_INIT("windows: [8d, 1h, 90s, x, 60m, 0m]\n"),
         {{1, 11, "\"8d\" is no window"},
          {1, 19, "\"90s\" is no window"},
          {1, 24, "\"x\" is no window"},
          {1, 27, "stands twice"},
          {1, 32, "\"0m\" is no window"}}},
        {"counts out of their range",
         BW_TEXT_INIT("min_attempts: 0\nmax_keys: 15\nmax_queue_ids: -1\nbulk_threshold: 1.5\n"),
         {{1, 15, "\"0\" is no whole number from 1 to 1000000000"},
          {2, 11, "\"15\" is no whole number from 16 to 100000000"},
          {3, 16, "\"-1\" is no whole number from 16"},
          {4, 17, "\"1.5\" is no whole number from 0"}}},
        {"a count with more digits than any number",
         BW_TEXT_INIT("max_keys: 18446744073709551632\n"),
         {{1, 11, "is no whole number"}}},
        {"shares that are none",
         BW_TEXT_INIT("confidence: 2\nrecover: high\n"),
         {{1, 13, "\"2\" is no share"}, {2, 10, "\"high\" is no share"}}},
        {"certainty", BW_TEXT_INIT("confidence: 100%\n"), {{1, 13, "at most 0.9999"}}},
        {"neither true nor false",
         BW_TEXT_INIT("count_expired: yes\n"),
         {{1, 16, "\"yes\" is neither true nor false"}}},
        {"limits that are no map", BW_TEXT_INIT("limits: 5%\n"), {{1, 9, "limits is a map"}}},
        {"limits of every wrong form",
         BW_TEXT_INIT("limits:\n  gmail: {warning: 6%, blocking: 5%}\n  yahoo: {warning: 3%}\n"
                      "  other: 5%\n  more: {warning: 1%, blocking: 2%, x: 1}\n"
                      "  bad: {warning: much, blocking: 5%}\n"),
         {{2, 20, "above the blocking limit"},
          {3, 11, "exactly `warning` and `blocking`"},
          {4, 10, "exactly `warning` and `blocking`"},
          {5, 10, "exactly `warning` and `blocking`"},
          {6, 18, "\"much\" is no share"}}},
        {"providers of every wrong form",
         BW_TEXT_INIT("providers:\n  \"two words\": {domains: [a.example]}\n  one: 5\n"
                      "  two: {domains: a.example}\n  three: {relays: [\"a b\"], colour: x}\n"
                      "  four: {limits: [gmail]}\n"),
         {{2, 4, "no name of a provider"},
          {3, 8, "a provider has domains, relays and limits"},
          {4, 18, "this is a list"},
          {5, 21, "no domain or host name"},
          {5, 28, "\"colour\" is not known"},
          {6, 19, "name of the provider"}}},
        {"rules that are no directory", BW_TEXT_INIT("rules: [a]\n"), {{1, 9, "directory"}}},
        {"rules without a value", BW_TEXT_INIT("rules:\n"), {{1, 1, "directory"}}},
        {"internal networks and hosts that are none",
         BW_TEXT_INIT("internal: [10.0.0.0/8, 10.0.0.0/33, ok.example, \"a b\"]\n"),
         {{1, 24, "\"10.0.0.0/33\" is neither"}, {1, 50, "\"a b\" is neither"}}},
        {"internal that is a word",
         BW_TEXT_INIT("internal: all\n"),
         {{1, 11, "internal is a list"}}},
        {"a zone that is not known",
         BW_TEXT_INIT("timezone: Nowhere/City\n"),
         {{1, 11, "\"Nowhere/City\" is not known"}}},
        {"a duration that is none",
         BW_TEXT_INIT("block_quiet: 30\n"),
         {{1, 14, "\"30\" is no duration"}}},
        {"a key that stands twice",
         BW_TEXT_INIT("min_attempts: 5\nmax_keys: 100\nmin_attempts: 6\n"),
         {{3, 1, "\"min_attempts\" stands twice"}}},
        {"a provider that stands twice",
         BW_TEXT_INIT("limits:\n  gmail: {warning: 1%, blocking: 2%}\n"
                      "  gmail: {warning: 2%, blocking: 3%}\n"),
         {{3, 3, "\"gmail\" stands twice"}}},
        {"a list at the top", BW_TEXT_INIT("- a\n"), {{1, 3, "a map of keys to values"}}},
        {"a word at the top", BW_TEXT_INIT("hello\n"), {{1, 1, "a map of keys to values"}}},
        {"a second document",
         BW_TEXT_INIT("min_attempts: 5\n---\nmax_keys: 100\n"),
         {{3, 1, "one document"}}},
        {"YAML that is none",
         BW_TEXT_INIT("min_attempts: 5\nwindows: a: b\n"),
         {{2, 11, "invalid nested block mapping"}}},
        {"several kinds at once",
         BW_TEXT_INIT("windos: [1h]\nmin_attempts: x\nlimits: 5\n"),
         {{1, 1, "did you mean windows?"}, {2, 15, "\"x\""}, {3, 9, "limits is a map"}}},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bw_config config;
        struct bw_problem_list problems = {0};
        size_t count = 0;

        print_message("  %s\n", cases[i].why);
        assert_int_equal(load(cases[i].content, &config, &problems), BW_ERR_FORMAT);
        assert_null(config.limits); /* nothing is left to free */
        for (; count < MISTAKES_MAX && cases[i].places[count].line > 0; count++) {
            assert_true(count < problems.count);
            assert_place(&problems.items[count], &cases[i].places[count], cases[i].content);
        }
        assert_int_equal(problems.count, count);
        bw_problem_list_deinit(&problems);
    }
}

static void refuses_what_is_no_text(void **state)
{
    (void)state;
    struct bw_config config;
    struct bw_problem_list problems = {0};
    char *big = malloc(1024 * 1024 + 1);

    assert_non_null(big);
    (void)memset(big, '#', 1024 * 1024 + 1);
    assert_int_equal(load((struct bw_text){big, 1024 * 1024 + 1}, &config, &problems),
                     BW_ERR_FORMAT);
    free(big);
    assert_int_equal(load(BW_TEXT("min_attempts: 5\n\0"), &config, &problems), BW_ERR_FORMAT);
    assert_int_equal(bw_config_load(&config, path, &problems), BW_ERR_IO);
    assert_int_equal(bw_config_load(&config, directory, &problems), BW_ERR_FORMAT);
    assert_int_equal(problems.count, 4);
    assert_non_null(strstr(problems.items[0].message, "over 1 MiB"));
    assert_non_null(strstr(problems.items[1].message, "binary"));
    assert_non_null(strstr(problems.items[2].message, "No such file or directory"));
    assert_non_null(strstr(problems.items[3].message, "unreadable"));
    bw_problem_list_deinit(&problems);
}

/* libfyaml 0.7 would never come back from the second. */
static void tells_where_a_file_is_not_utf8(void **state)
{
    (void)state;
    struct bw_config config;
    struct bw_problem_list problems = {0};

    assert_int_equal(load(BW_TEXT("rules: r\n# Gr\xfc\n"), &config, &problems), BW_ERR_FORMAT);
    assert_int_equal(load(BW_TEXT("%\xdb\xdb\n"), &config, &problems), BW_ERR_FORMAT);
    assert_int_equal(problems.count, 2);
    assert_int_equal(problems.items[0].line, 2);
    assert_int_equal(problems.items[1].line, 1);
    for (size_t i = 0; i < problems.count; i++)
        assert_non_null(strstr(problems.items[i].message, "is not UTF-8"));
    bw_problem_list_deinit(&problems);
}

/* The sanitizers watch. */
static void survives_a_file_cut_at_any_byte(void **state)
{
    (void)state;
    static const struct bw_text whole =
        BW_TEXT_INIT("windows: [1h, 24h]\nlimits: {gmail: {warning: 3%, blocking: \"5%\"}}\n"
                     "providers:\n  a:\n    domains: &x [a.example]\n    relays: *x\n# end\n");

    for (size_t size = 0; size <= whole.size; size++) {
        struct bw_config config;
        struct bw_problem_list problems = {0};
        const enum bw_status status = load(bw_text_head(whole, size), &config, &problems);

        assert_int_equal(status == BW_OK, problems.count == 0);
        if (status == BW_OK)
            bw_config_deinit(&config);
        bw_problem_list_deinit(&problems);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_key),
        cmocka_unit_test(a_file_without_keys_gives_the_defaults),
        cmocka_unit_test(takes_the_edges_of_each_range),
        cmocka_unit_test(tells_every_mistake_with_its_place),
        cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(tells_where_a_file_is_not_utf8),
        cmocka_unit_test(survives_a_file_cut_at_any_byte),
    };
    return cmocka_run_group_tests_name("config/config_file", tests, make_directory,
                                       remove_directory);
}
