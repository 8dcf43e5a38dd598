#include "base/embedded.h"
#include "classify/provider_map.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct bw_provider_map *parse(const char *first, const char *second)
{
    const struct bw_provider_source sources[] = {{"first.map", bw_text_of(first)},
                                                 {"second.map", bw_text_of(second)}};
    struct bw_provider_map *map = NULL;
    struct bw_problem_list problems = {0};
    const enum bw_status status = bw_provider_map_create(&map, sources, 2, &problems);

    bw_problem_list_print(&problems, stderr);
    bw_problem_list_deinit(&problems);
    assert_int_equal(status, BW_OK);
    return map;
}

static const char *relay(const struct bw_provider_map *map, const char *host)
{
    const struct bw_text copy = bw_test_exact_copy(bw_text_of(host));
    const uint16_t provider = bw_provider_map_find_relay(map, copy);

    bw_test_exact_free(copy);
    return bw_provider_map_name(map, provider);
}

static const char *domain(const struct bw_provider_map *map, const char *name)
{
    const struct bw_text copy = bw_test_exact_copy(bw_text_of(name));
    const uint16_t provider = bw_provider_map_find_domain(map, copy);

    bw_test_exact_free(copy);
    return bw_provider_map_name(map, provider);
}

static const char sample[] = "# two operators\n"
                             "provider alpha\n"
                             "domain alpha.example\n"
                             "relay alpha.example\n"
                             "relay MX.Shared.example\n"
                             "\n"
                             "provider beta\n"
                             "limits alpha\n"
                             "domain .beta.example\n"
                             "domain beta-mail.example\n"
                             "relay in.alpha.example\n"
                             "relay com\n"
                             "provider gamma\n"
                             "filter\n"
                             "relay gamma.example";

static void a_relay_belongs_to_the_longest_suffix_on_a_label_boundary(void **state)
{
    (void)state;
    static const struct {
        const char *why, *host, *provider;
    } cases[] = {
        {"the name itself", "alpha.example", "alpha"},
        {"a host below it", "mx1.alpha.example", "alpha"},
        {"far below it", "a.b.c.d.alpha.example", "alpha"},
        {"the longer suffix wins", "in.alpha.example", "beta"},
        {"below the longer one", "mx.in.alpha.example", "beta"},
        {"not within a label", "notalpha.example", "other"},
        {"not within a label of the longer one", "login.alpha.example", "alpha"},
        {"not at the front", "alpha.example.org", "other"},
        {"one label only", "mail.something.com", "beta"},
        {"one label, not within it", "mail.telecom", "other"},
        {"case of the host", "MX1.ALPHA.EXAMPLE", "alpha"},
        {"case of the map", "a.mx.shared.example", "alpha"},
        {"one trailing dot", "mx1.alpha.example.", "alpha"},
        {"two trailing dots are no name", "mx1.alpha.example..", "other"},
        {"a dot alone", ".", "other"},
        {"empty", "", "other"},
        {"an address", "192.0.2.1", "other"},
        {"a host without dots", "localhost", "other"},
        {"a domain is no relay", "beta-mail.example", "other"},
    };
    struct bw_provider_map *map = parse(sample, "");

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        assert_string_equal(relay(map, cases[i].host), cases[i].provider);
    }
    bw_provider_map_destroy(&map);
    assert_null(map);
}

static void a_domain_counts_whole_unless_the_map_says_otherwise(void **state)
{
    (void)state;
    static const struct {
        const char *why, *name, *provider;
    } cases[] = {
        {"itself", "alpha.example", "alpha"},
        {"case", "Alpha.EXAMPLE", "alpha"},
        {"trailing dot", "alpha.example.", "alpha"},
        {"below it", "news.alpha.example", "other"},
        {"above it", "example", "other"},
        {"a suffix: itself", "beta.example", "beta"},
        {"a suffix: below it", "a.b.beta.example", "beta"},
        {"a suffix: not within a label", "alphabeta.example", "other"},
        {"a relay is no domain", "in.alpha.example", "other"},
        {"empty", "", "other"},
        {"a dot", ".", "other"},
    };
    struct bw_provider_map *map = parse(sample, "");

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].why);
        assert_string_equal(domain(map, cases[i].name), cases[i].provider);
    }
    bw_provider_map_destroy(&map);
}

static void names_ids_limits_and_filters_belong_together(void **state)
{
    (void)state;
    struct bw_provider_map *map = parse(sample, "");
    const uint16_t alpha = bw_provider_map_find_name(map, BW_TEXT("alpha"));
    const uint16_t beta = bw_provider_map_find_name(map, BW_TEXT("beta"));
    const uint16_t gamma = bw_provider_map_find_name(map, BW_TEXT("gamma"));

    assert_int_equal(bw_provider_map_count(map), 4);
    for (uint16_t id = 1; id < 4; id++)
        assert_int_equal(bw_provider_map_find_name(map, bw_text_of(bw_provider_map_name(map, id))),
                         id);
    assert_string_equal(bw_provider_map_name(map, BW_PROVIDER_OTHER), "other");
    assert_int_equal(bw_provider_map_find_name(map, BW_TEXT("delta")), BW_PROVIDER_OTHER);
    assert_int_equal(bw_provider_map_find_name(map, BW_TEXT("")), BW_PROVIDER_OTHER);
    assert_int_equal(bw_provider_map_limits_of(map, alpha), alpha);
    assert_int_equal(bw_provider_map_limits_of(map, beta), alpha);
    assert_int_equal(bw_provider_map_limits_of(map, BW_PROVIDER_OTHER), BW_PROVIDER_OTHER);
    assert_false(bw_provider_map_is_filter(map, alpha));
    assert_false(bw_provider_map_is_filter(map, BW_PROVIDER_OTHER));
    assert_true(bw_provider_map_is_filter(map, gamma));
    bw_provider_map_destroy(&map);
}

static void a_later_source_adds_and_overrides(void **state)
{
    (void)state;
    struct bw_provider_map *map = parse(sample, "provider delta\r\n"
                                                "relay in.alpha.example\r\n"
                                                "domain alpha.example\r\n"
                                                "provider alpha\r\n"
                                                "domain new.example\r\n"
                                                "provider beta\n"
                                                "limits gamma\n");

    assert_string_equal(relay(map, "mx.in.alpha.example"), "delta");
    assert_string_equal(relay(map, "mx.alpha.example"), "alpha");
    assert_string_equal(domain(map, "alpha.example"), "delta");
    assert_string_equal(domain(map, "new.example"), "alpha");
    assert_int_equal(bw_provider_map_count(map), 5);
    assert_int_equal(
        bw_provider_map_limits_of(map, bw_provider_map_find_name(map, BW_TEXT("beta"))),
        bw_provider_map_find_name(map, BW_TEXT("gamma")));
    bw_provider_map_destroy(&map);
}

static void names_file_and_line_of_each_mistake(void **state)
{
    (void)state;
    static const struct {
        const char *why, *content, *reason;
        uint64_t line;
    } cases[] = {
        {"unknown keyword", "provider a\nrelai x.example\n", "keywords", 2},
        {"provider without a name", "# x\nprovider\n", "name", 2},
        {"domain without a value", "provider a\n\ndomain \n", "value", 3},
        {"relay without a value", "provider a\nrelay\n", "value", 2},
        {"limits without a value", "provider a\nlimits\n", "value", 2},
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct bw_provider_source source = {"my.map", bw_text_of(cases[i].content)};
        struct bw_provider_map *map = NULL;
        struct bw_problem_list problems = {0};

        print_message("  %s\n", cases[i].why);
        assert_int_equal(bw_provider_map_create(&map, &source, 1, &problems), BW_ERR_FORMAT);
        assert_null(map);
        assert_int_equal(problems.count, 1);
        assert_string_equal(problems.items[0].file, "my.map");
        assert_int_equal(problems.items[0].line, cases[i].line);
        assert_non_null(strstr(problems.items[0].message, cases[i].reason));
        bw_problem_list_deinit(&problems);
    }
}

static void limits_of_a_provider_that_does_not_exist_are_a_mistake(void **state)
{
    (void)state;
    const struct bw_provider_source source = {"my.map",
                                              BW_TEXT_INIT("provider a\nlimits nobody\n")};
    struct bw_provider_map *map = NULL;
    struct bw_problem_list problems = {0};

    assert_int_equal(bw_provider_map_create(&map, &source, 1, &problems), BW_ERR_FORMAT);
    assert_int_equal(problems.count, 1);
    assert_non_null(strstr(problems.items[0].message, "nobody"));
    bw_problem_list_deinit(&problems);
}

static void refuses_more_names_than_it_has_room_for(void **state)
{
    (void)state;
    char *content = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&content, &size);
    struct bw_provider_map *map = NULL;
    struct bw_problem_list problems = {0};

    assert_non_null(stream);
    (void)fprintf(stream, "provider a\n");
    for (int i = 0; i < 70000; i++)
        (void)fprintf(stream, "domain d%d.example\n", i);
    (void)fclose(stream);
    const struct bw_provider_source source = {"my.map", {content, size}};
    assert_int_equal(bw_provider_map_create(&map, &source, 1, &problems), BW_ERR_FORMAT);
    assert_non_null(strstr(problems.items[0].message, "too many"));
    bw_problem_list_deinit(&problems);
    free(content);
}

static struct bw_provider_map *built_in(struct bw_text *content)
{
    struct bw_provider_map *map = NULL;

    for (size_t i = 0; i < bw_embedded_file_count; i++) {
        if (strcmp(bw_embedded_files[i].name, "providers.map") != 0)
            continue;
        *content = (struct bw_text){bw_embedded_files[i].bytes, bw_embedded_files[i].size};
        const struct bw_provider_source source = {"providers.map", *content};
        assert_int_equal(bw_provider_map_create(&map, &source, 1, NULL), BW_OK);
    }
    assert_non_null(map);
    return map;
}

/* A line of the map under a name that another group took would be lost without a word. */
static void every_line_of_the_built_in_map_leads_to_its_own_group(void **state)
{
    (void)state;
    struct bw_text rest;
    struct bw_provider_map *map = built_in(&rest);
    struct bw_text line, keyword;
    const char *group = "no group";
    size_t checked = 0;
    size_t wrong = 0;

    while (bw_text_cut(&rest, BW_TEXT("\n"), &line)) {
        char host[512];
        struct bw_text value = line;
        if (!bw_text_cut(&value, BW_TEXT(" "), &keyword))
            continue;
        if (bw_text_equal(keyword, BW_TEXT("provider")))
            group = bw_provider_map_name(map, bw_provider_map_find_name(map, value));
        const bool is_relay = bw_text_equal(keyword, BW_TEXT("relay"));
        if (!is_relay && !bw_text_equal(keyword, BW_TEXT("domain")))
            continue;
        (void)snprintf(host, sizeof(host), "%s%.*s", is_relay ? "mx-1." : "", BW_TEXT_ARGS(value));
        const char *found =
            is_relay ? relay(map, host) : domain(map, host[0] == '.' ? host + 1 : host);
        if (strcmp(found, group) != 0)
            print_error("%.*s of %s is found as %s\n", BW_TEXT_ARGS(line), group, found);
        wrong += strcmp(found, group) != 0 ? 1 : 0;
        checked++;
    }
    assert_true(checked > 300);
    assert_int_equal(wrong, 0);
    bw_provider_map_destroy(&map);
}

static void every_group_of_the_built_in_map_can_be_found(void **state)
{
    (void)state;
    struct bw_text rest;
    struct bw_provider_map *map = built_in(&rest);
    static size_t names[1000];
    struct bw_text line, keyword;
    uint16_t group = BW_PROVIDER_OTHER;

    (void)memset(names, 0, sizeof(names));
    while (bw_text_cut(&rest, BW_TEXT("\n"), &line)) {
        struct bw_text value = line;
        if (!bw_text_cut(&value, BW_TEXT(" "), &keyword))
            continue;
        if (bw_text_equal(keyword, BW_TEXT("provider")))
            group = bw_provider_map_find_name(map, value);
        else if (bw_text_equal(keyword, BW_TEXT("relay")) ||
                 bw_text_equal(keyword, BW_TEXT("domain")))
            names[group]++;
    }
    assert_int_equal(names[BW_PROVIDER_OTHER], 0);
    for (uint16_t id = 1; id < bw_provider_map_count(map); id++) {
        if (names[id] == 0)
            print_error("%s has neither relay nor domain\n", bw_provider_map_name(map, id));
        assert_true(names[id] > 0);
    }
    bw_provider_map_destroy(&map);
}

/* What the big operators publish as their mail exchangers and domains. */
static void knows_the_big_operators(void **state)
{
    (void)state;
    static const struct {
        const char *relay, *domain, *provider;
    } cases[] = {
        {"gmail-smtp-in.l.google.com", "gmail.com", "gmail"},
        {"alt4.gmail-smtp-in.l.google.com", "googlemail.com", "gmail"},
        {"aspmx.l.google.com", NULL, "google_workspace"},
        {"alt1.aspmx.l.google.com", NULL, "google_workspace"},
        {"outlook-com.olc.protection.outlook.com", "outlook.com", "microsoft"},
        {"hotmail-com.olc.protection.outlook.com", "hotmail.com", "microsoft"},
        {"example-org.mail.protection.outlook.com", NULL, "microsoft_365"},
        {"mta5.am0.yahoodns.net", "yahoo.com", "yahoo"},
        {"mx01.mail.icloud.com", "icloud.com", "apple"},
        {"mx00.gmx.net", "gmx.de", "united_internet"},
        {"mx0a-00000000.pphosted.com", NULL, "proofpoint"},
        {"eu-smtp-inbound-1.mimecast.com", NULL, "mimecast"},
    };
    struct bw_text content;
    struct bw_provider_map *map = built_in(&content);

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        print_message("  %s\n", cases[i].relay);
        assert_string_equal(relay(map, cases[i].relay), cases[i].provider);
        if (cases[i].domain != NULL)
            assert_string_equal(domain(map, cases[i].domain), cases[i].provider);
    }
    static const char *const filters[] = {"proofpoint", "mimecast", "barracuda", "messagelabs"};
    for (size_t i = 0; i < ARRAY_COUNT(filters); i++)
        assert_true(
            bw_provider_map_is_filter(map, bw_provider_map_find_name(map, bw_text_of(filters[i]))));
    assert_false(bw_provider_map_is_filter(map, bw_provider_map_find_name(map, BW_TEXT("gmail"))));
    bw_provider_map_destroy(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_belongs_to_the_longest_suffix_on_a_label_boundary),
        cmocka_unit_test(a_domain_counts_whole_unless_the_map_says_otherwise),
        cmocka_unit_test(names_ids_limits_and_filters_belong_together),
        cmocka_unit_test(a_later_source_adds_and_overrides),
        cmocka_unit_test(names_file_and_line_of_each_mistake),
        cmocka_unit_test(limits_of_a_provider_that_does_not_exist_are_a_mistake),
        cmocka_unit_test(refuses_more_names_than_it_has_room_for),
        cmocka_unit_test(every_line_of_the_built_in_map_leads_to_its_own_group),
        cmocka_unit_test(every_group_of_the_built_in_map_can_be_found),
        cmocka_unit_test(knows_the_big_operators),
    };
    return cmocka_run_group_tests_name("classify/provider_map", tests, NULL, NULL);
}
