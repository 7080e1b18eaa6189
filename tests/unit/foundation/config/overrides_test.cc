// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/config/config.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skald {
namespace {

std::string problems_of(std::string_view yaml) {
    LoadedOverrides loaded;
    load_overrides(yaml, Limits(), loaded);
    std::string text;
    for (const ConfigProblem& problem : loaded.problems)
        text += std::to_string(problem.line) + ": " + problem.text + "\n";
    return text;
}

TEST(Overrides, ChangeWhatATenantSetsAndNothingElse) {
    Limits base;
    base.max_query_series = 7;
    LoadedOverrides loaded;
    load_overrides("overrides:\n  a:\n    ingestion_rate_mb: 20\n  b: {}\n  c:\n", base, loaded);
    ASSERT_TRUE(loaded.problems.empty());
    ASSERT_EQ(loaded.tenants.size(), 2U);
    EXPECT_EQ(loaded.tenants.at("a").ingestion_rate_mb, 20);
    EXPECT_EQ(loaded.tenants.at("a").max_query_series, 7U);
    EXPECT_EQ(loaded.tenants.at("b").ingestion_rate_mb, base.ingestion_rate_mb);
}

TEST(Overrides, OfALaterFileGoOverThoseOfAFormerOne) {
    LoadedOverrides loaded;
    load_overrides("overrides: {a: {max_query_series: 1, max_line_size: 2KB}}", Limits(), loaded);
    load_overrides("overrides: {a: {max_query_series: 3}}", Limits(), loaded);
    EXPECT_EQ(loaded.tenants.at("a").max_query_series, 3U);
    EXPECT_EQ(loaded.tenants.at("a").max_line_size, 2048U);
}

TEST(Overrides, GiveATenantItsOwnRulesForOtlp) {
    LoadedOverrides loaded;
    load_overrides(
        "overrides:\n  a:\n    otlp_config:\n      log_attributes:\n"
        "        - {action: drop, regex: 'secret.*'}\n",
        Limits(), loaded);
    ASSERT_TRUE(loaded.problems.empty());
    EXPECT_EQ(loaded.tenants.at("a").otlp_config.log_action("secret.key"), OtlpAction::kDrop);
    LoadedOverrides again;
    load_overrides(overrides_yaml(loaded.tenants, Limits()), Limits(), again);
    ASSERT_TRUE(again.problems.empty());
    EXPECT_EQ(again.tenants.at("a").otlp_config.log_action("secret.key"), OtlpAction::kDrop);
}

TEST(Overrides, SayWhatIsWrongAndWhere) {
    EXPECT_EQ(problems_of("overrides:\n  a:\n    max_line_size: lots\n    max_line_sise: 1\n"),
              "3: overrides.a: limits_config.max_line_size: must be a size such as 256KB or 4MB, "
              "got \"lots\"\n"
              "4: overrides.a: limits_config.max_line_sise: no such key; did you mean "
              "limits_config.max_line_size?\n");
    EXPECT_EQ(problems_of("override: {}\n"),
              "1: override: no such key; there are overrides, configs, multi_kv_config\n");
    EXPECT_EQ(problems_of("overrides: [a]\n"),
              "1: overrides: must be a map from tenant to limits\n");
    EXPECT_EQ(problems_of("overrides: {a: 5}\n"), "1: overrides.a: must be a map of limits\n");
    EXPECT_EQ(problems_of("overrides: {../x: {}}\n"),
              "1: overrides: a key is not a tenant's name\n");
    EXPECT_NE(problems_of("overrides: {").find("not YAML"), std::string::npos);
    EXPECT_EQ(problems_of(""), "");
    EXPECT_EQ(problems_of("configs: {a: {log_push_request: true}}"), "");
}

TEST(Overrides, ANameThatNobodyIsAskedForByIsTold) {
    LoadedOverrides loaded;
    load_overrides("overrides: {'team:dev': {max_query_series: 3}}", Limits(), loaded);
    EXPECT_TRUE(loaded.problems.empty());
    EXPECT_TRUE(loaded.tenants.empty());
    EXPECT_EQ(loaded.ignored.count("overrides.team:dev"), 1U);
}

TEST(Overrides, PrintAsTheyAreRead) {
    LoadedOverrides loaded;
    load_overrides("overrides: {a: {max_query_series: 3, enforced_labels: [x, y]}, 'b!': {}}",
                   Limits(), loaded);
    const std::string text = overrides_yaml(loaded.tenants, Limits());
    EXPECT_EQ(text,
              "overrides:\n  \"a\":\n    enforced_labels: [\"x\", \"y\"]\n    max_query_series: 3\n"
              "  \"b!\": {}\n");
    LoadedOverrides again;
    load_overrides(text, Limits(), again);
    EXPECT_EQ(overrides_yaml(again.tenants, Limits()), text);
    EXPECT_EQ(overrides_yaml({}, Limits()), "overrides: {}\n");
}

TEST(Overrides, GiveATenantItsOwnPoliciesAndBlockedQueries) {
    LoadedOverrides loaded;
    load_overrides(
        "overrides:\n  a:\n"
        "    policy_stream_mapping: {f: [{selector: '{app=\"x\"}', priority: 2}]}\n"
        "    policy_enforced_labels: {f: [owner], '*': [team]}\n"
        "    block_ingestion_policy_until: {f: 2030-01-02T03:04:05Z}\n"
        "    block_ingestion_until: 2030-01-02\n"
        "    blocked_queries: [{pattern: 'x.*', regex: true, hash: 7, types: [metric], tags: {a: "
        "b}}]\n",
        Limits(), loaded);
    ASSERT_TRUE(loaded.problems.empty()) << loaded.problems.front().text;
    const Limits& limits = loaded.tenants.at("a");
    EXPECT_EQ(limits.policies.policy_of(Labels::from_pairs({{"app", "x"}})), "f");
    EXPECT_EQ(limits.policies.blocked_until.at("f") - limits.block_ingestion_until,
              (3 * 3600 + 4 * 60 + 5) * kNanosPerSecond);
    // What is shown is read back as the same.
    const std::string shown = overrides_yaml(loaded.tenants, Limits());
    LoadedOverrides again;
    load_overrides(shown, Limits(), again);
    EXPECT_TRUE(again.problems.empty());
    EXPECT_EQ(overrides_yaml(again.tenants, Limits()), shown);
    EXPECT_NE(shown.find("hash: 7"), std::string::npos);
}

TEST(Overrides, GiveATenantItsOwnFieldsAndMessages) {
    LoadedOverrides loaded;
    load_overrides(
        "overrides:\n  a:\n    discover_generic_fields: {fields: {trace: [trace_id, a.b]}}\n"
        "    pattern_ingester_tokenizable_json_fields_append: text,body\n",
        Limits(), loaded);
    ASSERT_TRUE(loaded.problems.empty());
    EXPECT_TRUE(loaded.ignored.empty());
    const Limits& limits = loaded.tenants.at("a");
    EXPECT_EQ(limits.discover_generic_fields.at("trace"),
              (std::vector<std::string>{"trace_id", "a.b"}));
    EXPECT_EQ(limits.pattern_ingester_tokenizable_json_fields_append,
              (std::vector<std::string>{"text", "body"}));
    EXPECT_EQ(problems_of("overrides:\n  a:\n    discover_generic_fields: {fields: {1: [b]}}\n"),
              "3: overrides.a: limits_config.discover_generic_fields.fields: \"1\" can't be the "
              "name of a field\n");
}

TEST(Overrides, GiveATenantItsOwnReceiversAndShowNoSecrets) {
    LoadedOverrides loaded;
    load_overrides(
        "overrides:\n  a:\n    ruler_remote_write_disabled: true\n"
        "    ruler_remote_write_url: http://me:a,hush@x/w\n"
        "    ruler_remote_write_timeout: 5s\n"
        "    ruler_remote_write_headers: {X-Key: hush}\n"
        "    ruler_remote_write_config: {main: {authorization: {credentials: hush}}}\n",
        Limits(), loaded);
    ASSERT_TRUE(loaded.problems.empty());
    EXPECT_TRUE(loaded.ignored.empty());
    const Limits& limits = loaded.tenants.at("a");
    EXPECT_TRUE(limits.ruler_remote_write_disabled);
    EXPECT_EQ(limits.ruler_remote_write_url, "http://me:a,hush@x/w");
    EXPECT_EQ(limits.ruler_remote_write_timeout, 5 * kNanosPerSecond);
    EXPECT_EQ(limits.ruler_remote_write_headers, (HttpHeaders{{"X-Key", "hush"}}));
    EXPECT_EQ(limits.ruler_remote_write_config.at(0).id, "main");
    EXPECT_EQ(limits.ruler_remote_write_config.at(0).credentials, "hush");
    const std::string shown = overrides_yaml(loaded.tenants, Limits());
    EXPECT_EQ(shown.find("hush"), std::string::npos) << shown;
    EXPECT_EQ(problems_of(shown), "");
}

/// Or it would seem that the tenant has the value of all.
TEST(Overrides, ShowThatASecretIsAnotherThanTheUsualOne) {
    const std::string own =
        "    ruler_remote_write_url: \"http://********@x/w\"\n"
        "    ruler_remote_write_headers: {\"********\": \"********\"}\n"
        "    ruler_remote_write_config: {\"********\": {}}\n";
    const auto limits = [](const std::string& secret) {
        Limits made;
        made.ruler_remote_write_url = "http://me:" + secret + "@x/w";
        made.ruler_remote_write_headers = {{"X-Key", secret}};
        made.ruler_remote_write_config.emplace_back().credentials = secret;
        return made;
    };
    EXPECT_EQ(overrides_yaml({{"a", limits("one")}}, limits("other")),
              "overrides:\n  \"a\":\n" + own);
    EXPECT_EQ(overrides_yaml({{"a", limits("one")}}, limits("one")), "overrides:\n  \"a\": {}\n");
}

TEST(Overrides, ShowAlertmanagersThatDifferInASecretOnly) {
    const auto limits = [](const std::string& secret) {
        Limits made;
        made.ruler_alertmanager_config.emplace().password = secret;
        return made;
    };
    const std::string shown = overrides_yaml({{"a", limits("one")}}, limits("other"));
    EXPECT_NE(shown.find("ruler_alertmanager_config: "), std::string::npos);
    EXPECT_EQ(shown.find("one"), std::string::npos);
    EXPECT_EQ(overrides_yaml({{"a", limits("one")}}, limits("one")), "overrides:\n  \"a\": {}\n");
}

TEST(Overrides, RefuseReceiversThatCanNotBeReached) {
    for (const char* wrong :
         {"ruler_remote_write_url: ftp://x", "ruler_remote_write_url: 'http://'",
          "ruler_remote_write_headers: [X-Key]", "ruler_remote_write_headers: {'X Key': a}",
          "ruler_remote_write_headers: {X-Key: \"a\\r\\nB: c\"}",
          "ruler_remote_write_config: {main: {url: nowhere}}",
          "ruler_remote_write_config: {main: {sigv4: {region: x}}}"})
        EXPECT_NE(problems_of(std::string("overrides: {a: {") + wrong + "}}"), "") << wrong;
    EXPECT_EQ(problems_of("overrides: {a: {ruler_remote_write_url: 'me:hush@x/w'}}").find("hush"),
              std::string::npos);
}

TEST(Overrides, NameWhatIsWrongWithARule) {
    const auto problem = [](const std::string& limit) {
        return problems_of("overrides: {a: {" + limit + "}}");
    };
    EXPECT_NE(problem("blocked_queries: [{pattern: '(', regex: true}]").find("missing closing )"),
              std::string::npos);
    EXPECT_NE(problem("blocked_queries: [{patern: x}]").find("\"patern\""), std::string::npos);
    EXPECT_NE(problem("policy_stream_mapping: {f: [{selector: '{a}'}]}").find("after a"),
              std::string::npos);
    EXPECT_NE(problem("block_ingestion_until: tomorrow").find("must be a time"), std::string::npos);
}

}  // namespace
}  // namespace skald
