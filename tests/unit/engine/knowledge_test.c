#include "engine/knowledge.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct bw_knowledge *create(const struct bw_config *config)
{
    struct bw_knowledge *knowledge = NULL;
    struct bw_problem_list problems = {0};
    const enum bw_status status = bw_knowledge_create(&knowledge, config, NULL, &problems);

    bw_problem_list_print(&problems, stderr);
    assert_int_equal(status, BW_OK);
    bw_problem_list_deinit(&problems);
    return knowledge;
}

static void assert_refused(const struct bw_config *config, enum bw_status expected,
                           const char *words)
{
    struct bw_knowledge *knowledge = NULL;
    struct bw_problem_list problems = {0};

    assert_int_equal(bw_knowledge_create(&knowledge, config, NULL, &problems), expected);
    assert_null(knowledge);
    assert_true(problems.count >= 1);
    if (strstr(problems.items[0].message, words) == NULL)
        print_error("\"%s\" does not say \"%s\"\n", problems.items[0].message, words);
    assert_non_null(strstr(problems.items[0].message, words));
    bw_problem_list_deinit(&problems);
}

static void assert_limits(const struct bw_knowledge *knowledge, const char *provider,
                          double warning, double blocking)
{
    const uint16_t id = bw_provider_map_find_name(knowledge->providers, bw_text_of(provider));

    print_message("  %s\n", provider);
    assert_true(id != BW_PROVIDER_OTHER || strcmp(provider, "other") == 0);
    assert_true(fabs(knowledge->limits[id].warning - warning) < 1e-12);
    assert_true(fabs(knowledge->limits[id].blocking - blocking) < 1e-12);
}

/* Add limits to a configuration that owns its list. */
static void set_limits(struct bw_config *config, const char *provider, double warning,
                       double blocking)
{
    for (size_t i = 0; i < config->limit_count; i++)
        if (strcmp(config->limits[i].provider, provider) == 0) {
            config->limits[i].limits = (struct bw_zone_limits){warning, blocking};
            return;
        }
    struct bw_config_limits *limits =
        realloc(config->limits, (config->limit_count + 1) * sizeof(*limits));
    assert_non_null(limits);
    config->limits = limits;
    limits[config->limit_count++] =
        (struct bw_config_limits){strdup(provider), {warning, blocking}};
}

static void the_limits_of_the_contract_hold_and_are_inherited(void **state)
{
    (void)state;
    struct bw_config config;

    assert_int_equal(bw_config_init(&config), BW_OK);
    struct bw_knowledge *knowledge = create(&config);
    assert_limits(knowledge, "gmail", 0.03, 0.05);
    assert_limits(knowledge, "google_workspace", 0.03, 0.05);
    assert_limits(knowledge, "microsoft", 0.05, 0.08);
    assert_limits(knowledge, "microsoft_365", 0.05, 0.08);
    assert_limits(knowledge, "yahoo", 0.03, 0.05);
    assert_limits(knowledge, "apple", 0.02, 0.05);
    assert_limits(knowledge, "proofpoint", 0.02, 0.05);
    assert_limits(knowledge, "other", 0.02, 0.05);
    assert_true(fabs(knowledge->general_limits.warning - 0.02) < 1e-12);
    assert_true(fabs(knowledge->general_limits.blocking - 0.05) < 1e-12);
    bw_knowledge_destroy(&knowledge);
    assert_null(knowledge);
    bw_config_deinit(&config);
}

static void own_limits_come_before_inherited_ones(void **state)
{
    (void)state;
    struct bw_config config;

    assert_int_equal(bw_config_init(&config), BW_OK);
    set_limits(&config, "gmail", 0.01, 0.04);
    set_limits(&config, "microsoft_365", 0.06, 0.09);
    set_limits(&config, "apple", 0.07, 0.10);
    set_limits(&config, "default", 0.015, 0.025);
    struct bw_knowledge *knowledge = create(&config);
    assert_limits(knowledge, "gmail", 0.01, 0.04);
    assert_limits(knowledge, "google_workspace", 0.01, 0.04);
    assert_limits(knowledge, "microsoft", 0.05, 0.08);
    assert_limits(knowledge, "microsoft_365", 0.06, 0.09);
    assert_limits(knowledge, "apple", 0.07, 0.10);
    assert_limits(knowledge, "comcast", 0.015, 0.025);
    assert_limits(knowledge, "other", 0.015, 0.025);
    bw_knowledge_destroy(&knowledge);
    bw_config_deinit(&config);
}

static void a_provider_of_the_configuration_is_as_good_as_a_built_in_one(void **state)
{
    (void)state;
    struct bw_config config;

    assert_int_equal(bw_config_init(&config), BW_OK);
    free(config.provider_lines);
    config.provider_lines = strdup("provider house\ndomain house.example\nrelay mx.house.example\n"
                                   "provider gmail\ndomain gmail.example\n");
    set_limits(&config, "house", 0.2, 0.3);
    struct bw_knowledge *knowledge = create(&config);
    assert_limits(knowledge, "house", 0.2, 0.3);
    assert_string_equal(bw_provider_map_name(knowledge->providers,
                                             bw_provider_map_find_domain(knowledge->providers,
                                                                         BW_TEXT("gmail.example"))),
                        "gmail");
    bw_knowledge_destroy(&knowledge);
    bw_config_deinit(&config);
}

static void limits_of_an_unknown_provider_are_refused(void **state)
{
    (void)state;
    struct bw_config config;

    assert_int_equal(bw_config_init(&config), BW_OK);
    set_limits(&config, "gmial", 0.1, 0.2);
    assert_refused(&config, BW_ERR_FORMAT, "gmial");
    bw_config_deinit(&config);
}

static void what_cannot_be_understood_is_refused_with_its_name(void **state)
{
    (void)state;
    struct bw_config config;

    assert_int_equal(bw_config_init(&config), BW_OK);
    free(config.timezone);
    config.timezone = strdup("Europe/Atlantis");
    assert_refused(&config, BW_ERR_USAGE, "Europe/Atlantis");
    bw_config_deinit(&config);

    assert_int_equal(bw_config_init(&config), BW_OK);
    free(config.rules_directory);
    config.rules_directory = strdup("/nonexistent/rules");
    assert_refused(&config, BW_ERR_USAGE, "No such file");
    bw_config_deinit(&config);
}

static void the_domain_is_behind_the_last_at_sign(void **state)
{
    (void)state;
    static const struct {
        const char *address, *domain;
    } cases[] = {
        {"jane@example.com", "example.com"},
        {"jane@example.com.", "example.com"},
        {"\"a@b\"@example.org", "example.org"},
        {"@example.net", "example.net"},
        {"jane@", ""},
        {"jane@.", ""},
        {"root", ""},
        {"", ""},
        {"jane@[192.0.2.1]", "[192.0.2.1]"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_text address = bw_test_exact_copy(bw_text_of(cases[i].address));
        assert_text_equal(bw_domain_of(address), cases[i].domain);
        bw_test_exact_free(address);
    }
}

/* At the same level and length the earlier rule wins, and the user's stand first. */
static void the_users_rules_stand_before_the_built_in_ones(void **state)
{
    (void)state;
    char directory[] = "/tmp/bouncewatch-test-XXXXXX";
    char path[128];
    struct bw_config config;

    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof(path), "%s/own.rules", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("rule my-own\nclass loop\ntext \"a text of mine\"\nsource me\nexample 550 a text "
                "of mine\n",
                file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(bw_config_init(&config), BW_OK);
    struct bw_knowledge *without = create(&config);
    free(config.rules_directory);
    config.rules_directory = strdup(directory);
    struct bw_knowledge *with = create(&config);

    assert_int_equal(with->rules->count, without->rules->count + 1);
    assert_string_equal(with->rules->rules[0].name, "my-own");
    assert_string_equal(with->rules->rules[0].file, path);
    bw_knowledge_destroy(&with);
    bw_knowledge_destroy(&without);
    bw_config_deinit(&config);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limits_of_the_contract_hold_and_are_inherited),
        cmocka_unit_test(own_limits_come_before_inherited_ones),
        cmocka_unit_test(a_provider_of_the_configuration_is_as_good_as_a_built_in_one),
        cmocka_unit_test(limits_of_an_unknown_provider_are_refused),
        cmocka_unit_test(what_cannot_be_understood_is_refused_with_its_name),
        cmocka_unit_test(the_domain_is_behind_the_last_at_sign),
        cmocka_unit_test(the_users_rules_stand_before_the_built_in_ones),
    };
    return cmocka_run_group_tests_name("engine/knowledge", tests, NULL, NULL);
}
