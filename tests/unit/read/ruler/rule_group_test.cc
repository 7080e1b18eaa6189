// SPDX-License-Identifier: Apache-2.0
#include "support/memory_charge.h"
#include "support/result_assertions.h"

#include <skald/foundation/base/units.h>
#include <skald/read/ruler/rule_group.h>

#include <gtest/gtest.h>

#include <string>

namespace skald::read {
namespace {

using support::charged_to;
using support::uncharged;

constexpr std::string_view kGroup = R"(name: g
interval: 1m30s
limit: 7
rules:
  - alert: High
    expr: sum(rate({app="x"}[5m])) > 1
    for: 5m
    keep_firing_for: 2m
    labels: {severity: page}
    annotations: {summary: "{{ $labels.app }} is at {{ $value }}"}
  - record: app:lines
    expr: sum by (app) (count_over_time({app=~".+"}[1m]))
)";

std::string problem_of(std::string_view yaml) {
    const auto group = parse_rule_group(yaml, uncharged());
    return group ? "" : group.error().message;
}

TEST(RuleGroup, IsReadAndWrittenWithoutLoss) {
    const auto group = parse_rule_group(kGroup, uncharged());
    ASSERT_OK(group);
    EXPECT_EQ(group->name, "g");
    EXPECT_EQ(group->interval, 90 * kNanosPerSecond);
    EXPECT_EQ(group->limit, 7u);
    ASSERT_EQ(group->rules.size(), 2u);
    EXPECT_EQ(group->rules[0].hold, 5 * kNanosPerMinute);
    EXPECT_EQ(group->rules[0].keep_firing, 2 * kNanosPerMinute);
    EXPECT_EQ(group->rules[0].labels.at("severity"), "page");
    EXPECT_FALSE(group->rules[1].is_alert());

    const auto again = parse_rule_group(rule_group_yaml(*group), uncharged());
    ASSERT_OK(again);
    EXPECT_EQ(rule_group_yaml(*again), rule_group_yaml(*group));
    const auto file = parse_rule_file(rule_file_yaml({*group}));
    ASSERT_OK(file);
    EXPECT_EQ(rule_group_yaml(file->at(0)), rule_group_yaml(*group));
}

TEST(RuleGroup, TextsThatLookLikeOtherTypesStayTexts) {
    const auto group = parse_rule_group(
        "{name: '1', rules: [{alert: 'true', expr: vector(1), labels: {a: '007', b: ''}}]}",
        uncharged());
    ASSERT_OK(group);
    const auto again = parse_rule_group(rule_group_yaml(*group), uncharged());
    ASSERT_OK(again);
    EXPECT_EQ(again->name, "1");
    EXPECT_EQ(again->rules[0].alert, "true");
    EXPECT_EQ(again->rules[0].labels.at("a"), "007");
}

TEST(RuleGroup, SaysWhatIsWrongInLokisWords) {
    EXPECT_EQ(problem_of("- a list"), "unable to decoded rule group");
    EXPECT_EQ(problem_of("name: g\nsurprise: 1\n"), "unable to decoded rule group");
    EXPECT_EQ(problem_of("rules: {"), "unable to decoded rule group");
    EXPECT_EQ(problem_of("rules: []"), "group 0: Groupname must not be empty");
    EXPECT_EQ(problem_of("name: g\nrules: [{alert: A, record: b, expr: vector(1)}]"),
              "only one of 'record' and 'alert' must be set");
    EXPECT_EQ(problem_of("name: g\nrules: [{expr: vector(1)}]"),
              "one of 'record' or 'alert' must be set");
    EXPECT_EQ(problem_of("name: g\nrules: [{alert: A}]"), "field 'expr' must be set in rule");
    EXPECT_EQ(problem_of("name: g\nrules: [{record: a-b, expr: vector(1)}]"),
              "invalid recording rule name: a-b");
    EXPECT_EQ(
        problem_of("name: g\nrules: [{record: a, expr: vector(1), for: 1m, annotations: {x: y}}]"),
        "invalid field 'annotations' in recording rule, invalid field 'for' in recording "
        "rule");
    EXPECT_EQ(problem_of("name: g\nrules: [{alert: A, expr: vector(1), labels: {a-b: c}}]"),
              "invalid label name: a-b");
    EXPECT_TRUE(problem_of("name: g\nrules: [{alert: A, expr: 'sum('}]")
                    .starts_with("could not parse expression for alert 'A' in group 'g': parse "
                                 "error"));
    EXPECT_NE(problem_of("name: g\nrules: [{alert: A, expr: vector(1), annotations: {s: '{{'}}]"),
              "");
}

TEST(RuleGroup, NamesOfAFileAreUnique) {
    const auto file = parse_rule_file("groups: [{name: a, rules: []}, {name: a, rules: []}]");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().message, "groupname: \"a\" is repeated in the same file");
}

TEST(RuleGroup, AnchorsStandForWhatTheyName) {
    const auto group = parse_rule_group(
        "name: &n g\n"
        "rules:\n"
        "- &r {record: *n, expr: &e vector(1), labels: &l {a: b, c: }}\n"
        "- *r\n"
        "- {alert: &none , record: h, expr: *e, labels: *l, annotations: *none}\n",
        uncharged());
    ASSERT_OK(group);
    ASSERT_EQ(group->rules.size(), 3u);
    EXPECT_EQ(group->rules[1].record, "g");
    EXPECT_EQ(group->rules[1].expr, "vector(1)");
    EXPECT_EQ(group->rules[2].labels, (std::map<std::string, std::string>{{"a", "b"}, {"c", ""}}));
    EXPECT_EQ(problem_of("&a [*a]"), "unable to decoded rule group");
    EXPECT_EQ(problem_of("name: g\nrules: &a [*a]"), "unable to decoded rule group");
    EXPECT_EQ(problem_of("name: *nowhere"), "unable to decoded rule group");
}

TEST(RuleGroup, ReadsThousandsOfUsualRulesForAFewTimesTheirBytes) {
    std::string yaml = "name: g\nrules:\n";
    for (int i = 0; i < 5000; ++i) {
        yaml += "- alert: High" + std::to_string(i) +
                "\n"
                "  expr: |\n"
                "    sum by (app, level) (rate({app=~\"a|b|c\", env=\"prod\"} | json\n"
                "      | status=~\"[45].{2}\", code!=\"1\" [5m])) > 10\n"
                "  for: 5m\n"
                "  labels:\n"
                "    severity: page\n"
                "    team: storage\n"
                "  annotations:\n"
                "    summary: '{{ $labels.app }}, {{ $labels.level }}: [{{ $value }}]'\n";
    }
    MemoryBudget budget(14 * yaml.size());
    const auto group = parse_rule_group(yaml, charged_to(budget));
    ASSERT_OK(group);
    EXPECT_EQ(group->rules.size(), 5000u);
    EXPECT_GT(budget.used(), 2 * yaml.size());
}

std::string repeated(std::string_view text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += text;
    return all;
}

TEST(RuleGroup, WhatALittleTextBecomesIsCharged) {
    const std::string long_text(10'000, 'x');
    const std::string texts[] = {
        "[" + repeated("x,", 100'000) + "]",
        "name: g\nrules:\n- " + repeated("[{\n", 40'000),
        "name: g\nrules:\n- [" + repeated("{x: y},\n", 50'000),
        "name: g\nrules: [" + repeated("{},", 200'000) + "]",
        "name: g\nrules:\n" + repeated("- record: a\n  expr: 1\n", 50'000),
        "name: &n " + long_text + "\nrules:\n" + repeated("- record: *n\n  expr: 1\n", 20'000),
        "name: g\nrules:\n- {labels: &l {x: " + long_text + "}}\n" +
            repeated("- {labels: *l}\n", 20'000),
        repeated("&a", 300'000) + " x",
    };
    for (const std::string& text : texts) {
        MemoryBudget budget(8 * kMiB);
        const auto group = parse_rule_group(text, charged_to(budget));
        ASSERT_FALSE(group);
        EXPECT_EQ(group.error().message, "charged out") << text.substr(0, 40);
    }
}

TEST(RuleGroup, LongTextsAreNotRead) {
    const std::string text(kRuleFileBytesMax + 1, ' ');
    const auto group = parse_rule_group(text, uncharged());
    ASSERT_FALSE(group);
    EXPECT_EQ(group.error().code, ErrorCode::kTooLarge);
    EXPECT_EQ(group.error().message,
              "too many rules in one text: 8388609 bytes, at most 8388608 are read");
    EXPECT_EQ(parse_rule_file(text).error().code, ErrorCode::kTooLarge);
}

TEST(RuleGroup, AliasesOfAFileAreBounded) {
    const auto file = parse_rule_file("groups:\n- name: g\n  rules:\n  - {record: &n " +
                                      std::string(100'000, 'x') + ", expr: 1}\n" +
                                      repeated("  - {record: *n, expr: 1}\n", 5000));
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().message,
              "too many rules in one text: they take more than 268435456 bytes");
}

TEST(RuleGroup, ProblemsAreNotMuchMoreThanTheRules) {
    const std::string problem = problem_of("name: " + std::string(1000, 'g') + "\nrules:\n" +
                                           repeated("- {record: a, expr: sum(}\n", 1000));
    EXPECT_TRUE(problem.ends_with(", and maybe more")) << problem.size();
    EXPECT_LT(problem.size(), 70'000u);
}

}  // namespace
}  // namespace skald::read
