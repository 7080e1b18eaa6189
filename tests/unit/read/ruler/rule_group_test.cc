// SPDX-License-Identifier: Apache-2.0
#include "support/result_assertions.h"

#include <skald/foundation/base/units.h>
#include <skald/read/ruler/rule_group.h>

#include <gtest/gtest.h>

#include <string>

namespace skald::read {
namespace {

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
    const auto group = parse_rule_group(yaml);
    return group ? "" : group.error().message;
}

TEST(RuleGroup, IsReadAndWrittenWithoutLoss) {
    const auto group = parse_rule_group(kGroup);
    ASSERT_OK(group);
    EXPECT_EQ(group->name, "g");
    EXPECT_EQ(group->interval, 90 * kNanosPerSecond);
    EXPECT_EQ(group->limit, 7u);
    ASSERT_EQ(group->rules.size(), 2u);
    EXPECT_EQ(group->rules[0].hold, 5 * kNanosPerMinute);
    EXPECT_EQ(group->rules[0].keep_firing, 2 * kNanosPerMinute);
    EXPECT_EQ(group->rules[0].labels.at("severity"), "page");
    EXPECT_FALSE(group->rules[1].is_alert());

    const auto again = parse_rule_group(rule_group_yaml(*group));
    ASSERT_OK(again);
    EXPECT_EQ(rule_group_yaml(*again), rule_group_yaml(*group));
    const auto file = parse_rule_file(rule_file_yaml({*group}));
    ASSERT_OK(file);
    EXPECT_EQ(rule_group_yaml(file->at(0)), rule_group_yaml(*group));
}

TEST(RuleGroup, TextsThatLookLikeOtherTypesStayTexts) {
    const auto group = parse_rule_group(
        "{name: '1', rules: [{alert: 'true', expr: vector(1), labels: {a: '007', b: ''}}]}");
    ASSERT_OK(group);
    const auto again = parse_rule_group(rule_group_yaml(*group));
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

}  // namespace
}  // namespace skald::read
