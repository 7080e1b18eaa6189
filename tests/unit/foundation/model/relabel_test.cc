// SPDX-License-Identifier: Apache-2.0
//
// Goal: relabel rules do what Prometheus' documentation says. Method: a table for each action,
// rules as people write them against sets before and after.
#include "support/result_assertions.h"

#include <skald/foundation/model/relabel.h>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace skald {
namespace {

using enum RelabelAction;
using Pairs = std::vector<Labels::Pair>;

RelabelRule rule(RelabelAction action, std::vector<std::string> sources, std::string regex = "(.*)",
                 std::string target = "", std::string replacement = "$1") {
    RelabelRule made;
    made.action = action;
    made.source_labels = std::move(sources);
    made.regex = std::move(regex);
    made.target_label = std::move(target);
    made.replacement = std::move(replacement);
    return made;
}

RelabelRule hash_mod(std::vector<std::string> sources, std::uint64_t modulus) {
    RelabelRule made = rule(kHashMod, std::move(sources), "(.*)", "shard");
    made.modulus = modulus;
    return made;
}

RelabelRule with_separator(RelabelRule made, std::string separator) {
    made.separator = std::move(separator);
    return made;
}

/// The set behind the rules as text; "dropped" if there is none.
std::string applied(std::vector<RelabelRule> rules, Pairs labels) {
    const auto made = RelabelRules::create(std::move(rules));
    if (!made) return made.error().message;
    const auto left = made->apply(Labels::from_pairs(std::move(labels)));
    return left ? left->to_string() : "dropped";
}

std::string refused(RelabelRule wrong) {
    const auto made = RelabelRules::create({std::move(wrong)});
    return made ? "" : made.error().message;
}

const Pairs kSet = {{"a", "foo"}, {"b", "bar"}, {"c", "baz"}};
const char* const kSame = R"({a="foo", b="bar", c="baz"})";

struct Case {
    std::string name;
    std::vector<RelabelRule> rules;
    std::string left;
};
void PrintTo(const Case& test, std::ostream* out) {
    *out << test.name;
}

class OneSet : public testing::TestWithParam<Case> {};

TEST_P(OneSet, IsLeftAsPrometheusWould) {
    EXPECT_EQ(applied(GetParam().rules, kSet), GetParam().left);
}

const Case kCases[] = {
    {"no_rules", {}, kSame},
    {"replace_whole",
     {rule(kReplace, {"a"}, "(.*)", "d")},
     R"({a="foo", b="bar", c="baz", d="foo"})"},
    {"replace_group",
     {rule(kReplace, {"a"}, "f(.*)", "d", "ch${1}-ch${1}")},
     R"({a="foo", b="bar", c="baz", d="choo-choo"})"},
    {"replace_named_group",
     {rule(kReplace, {"a"}, "f(?P<rest>.*)", "d", "$rest")},
     R"({a="foo", b="bar", c="baz", d="oo"})"},
    {"replace_joined",
     {rule(kReplace, {"a", "b"}, "f(.*);(.*)r", "a", "b${1}${2}m")},
     R"({a="boobam", b="bar", c="baz"})"},
    {"replace_with_separator",
     {with_separator(rule(kReplace, {"a", "b", "c"}, "(.*)", "d"), "-")},
     R"({a="foo", b="bar", c="baz", d="foo-bar-baz"})"},
    {"replace_in_order",
     {rule(kReplace, {"a"}, "(.*)", "b", "${1}x"), rule(kReplace, {"b"}, "(.*)", "c")},
     R"({a="foo", b="foox", c="foox"})"},
    {"replace_needs_the_whole", {rule(kReplace, {"a"}, "o+", "d", "x")}, kSame},
    {"replace_alternatives_are_anchored_together",
     {rule(kReplace, {"a"}, "fo|oo", "d", "x")},
     kSame},
    {"replace_no_sources",
     {rule(kReplace, {}, "(.*)", "d", "fixed")},
     R"({a="foo", b="bar", c="baz", d="fixed"})"},
    {"replace_no_sources_no_match", {rule(kReplace, {}, "(.+)", "d", "fixed")}, kSame},
    {"replace_missing_source_is_empty",
     {rule(kReplace, {"none", "a"}, ";foo", "d", "yes")},
     R"({a="foo", b="bar", c="baz", d="yes"})"},
    {"replace_empty_result_removes",
     {rule(kReplace, {"none"}, "(.*)", "a")},
     R"({b="bar", c="baz"})"},
    {"replace_empty_replacement_removes",
     {rule(kReplace, {"a"}, "f.*", "b", "")},
     R"({a="foo", c="baz"})"},
    {"replace_group_in_target",
     {rule(kReplace, {"a"}, "(f).*", "${1}_x", "$1")},
     R"({a="foo", b="bar", c="baz", f_x="f"})"},
    {"replace_name_is_as_long_as_can_be",
     {rule(kReplace, {"a"}, "(f)(.*)", "d", "$1x-$2")},
     R"({a="foo", b="bar", c="baz", d="-oo"})"},
    {"replace_unknown_group_is_nothing",
     {rule(kReplace, {"a"}, "(f).*", "d", "x$7y${nobody}z")},
     R"({a="foo", b="bar", c="baz", d="xz"})"},
    {"replace_dollar",
     {rule(kReplace, {"a"}, ".*", "d", "$$1")},
     R"({a="foo", b="bar", c="baz", d="$1"})"},
    {"replace_bad_name_is_no_label", {rule(kReplace, {"a"}, "f(.*)", "$2x")}, kSame},
    {"keep_hit", {rule(kKeep, {"a"}, "f.*")}, kSame},
    {"keep_miss", {rule(kKeep, {"a"}, "f")}, "dropped"},
    {"keep_without_sources", {rule(kKeep, {}, ".+")}, "dropped"},
    {"drop_hit", {rule(kDrop, {"a", "b"}, "foo;b.*")}, "dropped"},
    {"drop_miss", {rule(kDrop, {"a"}, "oo")}, kSame},
    {"drop_missing_label", {rule(kDrop, {"none"}, "")}, "dropped"},
    {"drop_ends_it", {rule(kDrop, {"a"}), rule(kReplace, {"a"}, "(.*)", "d")}, "dropped"},
    {"keepequal_hit", {rule(kKeepEqual, {"a"}, "(.*)", "a")}, kSame},
    {"keepequal_miss", {rule(kKeepEqual, {"a"}, "(.*)", "b")}, "dropped"},
    {"keepequal_both_missing", {rule(kKeepEqual, {"none"}, "(.*)", "nobody")}, kSame},
    {"dropequal_hit", {rule(kDropEqual, {"b"}, "(.*)", "b")}, "dropped"},
    {"dropequal_miss", {rule(kDropEqual, {"b"}, "(.*)", "c")}, kSame},
    {"hashmod", {hash_mod({"c"}, 1000)}, R"({a="foo", b="bar", c="baz", shard="976"})"},
    {"hashmod_of_nothing", {hash_mod({}, 7)}, R"({a="foo", b="bar", c="baz", shard="1"})"},
    {"hashmod_one", {hash_mod({"a"}, 1)}, R"({a="foo", b="bar", c="baz", shard="0"})"},
    {"labelmap",
     {rule(kLabelMap, {}, "([ab])", "", "meta_$1")},
     R"({a="foo", b="bar", c="baz", meta_a="foo", meta_b="bar"})"},
    {"labelmap_whole_names_only", {rule(kLabelMap, {}, "", "", "x")}, kSame},
    {"labelmap_bad_names_are_no_labels", {rule(kLabelMap, {}, "(x)?a", "", "$1")}, kSame},
    {"labeldrop", {rule(kLabelDrop, {}, "[ab]")}, R"({c="baz"})"},
    {"labelkeep", {rule(kLabelKeep, {}, "b|c")}, R"({b="bar", c="baz"})"},
    {"labeldrop_all", {rule(kLabelDrop, {}, ".*")}, "dropped"},
    {"labelkeep_none", {rule(kLabelKeep, {}, "x")}, "dropped"},
    {"uppercase",
     {rule(kUppercase, {"a", "b"}, "(.*)", "d")},
     R"({a="foo", b="bar", c="baz", d="FOO;BAR"})"},
    {"lowercase_missing_removes",
     {rule(kLowercase, {"none"}, "(.*)", "a")},
     R"({b="bar", c="baz"})"},
};
INSTANTIATE_TEST_SUITE_P(Relabel, OneSet, testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

TEST(Relabel, ADotIsAlsoTheEndOfALine) {
    EXPECT_EQ(applied({rule(kDrop, {"a"}, "x.y")}, {{"a", "x\ny"}}), "dropped");
}

TEST(Relabel, CaseIsThatOfUnicode) {
    EXPECT_EQ(applied({rule(kLowercase, {"a"}, "(.*)", "a")}, {{"a", "ÄÖ Ω"}}), "{a=\"äö ω\"}");
    EXPECT_EQ(applied({rule(kUppercase, {"a"}, "(.*)", "a")}, {{"a", "äö ω"}}), "{a=\"ÄÖ Ω\"}");
}

TEST(Relabel, LabelsWithoutAValueAreNotThere) {
    EXPECT_EQ(applied({rule(kKeep, {})}, {{"a", ""}}), "dropped");
    EXPECT_EQ(applied({rule(kKeep, {})}, {{"a", ""}, {"b", "x"}}), "{b=\"x\"}");
}

TEST(Relabel, WhatGrowsTooLargeIsDropped) {
    const RelabelRule twice = rule(kReplace, {"a"}, "(.*)", "a", "$1$1$1$1$1$1$1$1");
    EXPECT_EQ(applied(std::vector(4, twice), {{"a", "12345678"}}).size(), 32768u + 6);
    EXPECT_EQ(applied(std::vector(5, twice), {{"a", "12345678"}}), "dropped");
    EXPECT_EQ(applied(std::vector(90, twice), {{"a", "12345678"}}), "dropped");
    EXPECT_EQ(applied({rule(kKeep, {})}, {{"a", std::string(70'000, 'x')}}), "dropped");
}

TEST(Relabel, SaysWhatIsWrongWithARule) {
    EXPECT_EQ(refused(rule(kReplace, {"a"}, "(", "b")),
              "rule 1: regex: error parsing regexp: missing closing ): `(`");
    EXPECT_EQ(refused(rule(kKeep, {"a"}, "a)(b")).substr(0, 29), "rule 1: regex: error parsing ");
    EXPECT_EQ(refused(rule(kReplace, {"a"})), "rule 1: target_label: the action replace needs it");
    EXPECT_EQ(refused(rule(kReplace, {"a"}, "(.*)", "a-b")),
              "rule 1: target_label: \"a-b\" is no name of a label");
    EXPECT_EQ(refused(rule(kReplace, {"a"}, "(.*)", "${1")),
              "rule 1: target_label: \"${1\" is no name of a label");
    EXPECT_EQ(refused(rule(kLowercase, {"a"}, "(.*)", "$1")),
              "rule 1: target_label: \"$1\" is no name of a label");
    EXPECT_EQ(refused(hash_mod({"a"}, 0)),
              "rule 1: modulus: the action hashmod needs it, and more than 0");
    EXPECT_EQ(refused(rule(kLabelMap, {}, "(.*)", "", "a-$1")),
              "rule 1: replacement: \"a-$1\" is no name of a label");
    EXPECT_EQ(refused(rule(kLabelDrop, {"a"}, "b")),
              "rule 1: source_labels: the action labeldrop has no use for it");
    EXPECT_EQ(refused(rule(kDropEqual, {"a"}, "b", "c")),
              "rule 1: regex: the action dropequal has no use for it");
    EXPECT_EQ(refused(rule(kUppercase, {"a"}, "(.*)", "c", "x")),
              "rule 1: replacement: the action uppercase has no use for it");
}

TEST(Relabel, RulesAreBounded) {
    const RelabelRule one = rule(kKeep, {"a"});
    EXPECT_OK(RelabelRules::create(std::vector(RelabelRules::kRulesMax, one)));
    EXPECT_EQ(RelabelRules::create(std::vector(RelabelRules::kRulesMax + 1, one)).error().message,
              "there are more than 100 rules");
    EXPECT_EQ(refused(rule(kKeep, std::vector<std::string>(65, "a"))),
              "rule 1: source_labels: there are more than 64");
    EXPECT_EQ(refused(rule(kKeep, {"a"}, std::string(5000, 'x'))),
              "rule 1: a text is longer than 4096 bytes");
    EXPECT_NE(refused(rule(kKeep, {"a"}, "((a{100}){100}){100}")), "");
}

TEST(Relabel, ActionsAreNamedInAnyCase) {
    ASSERT_OK(parse_relabel_action("LabelMap"));
    EXPECT_EQ(*parse_relabel_action("LabelMap"), kLabelMap);
    EXPECT_EQ(to_string(kDropEqual), "dropequal");
    EXPECT_NE(parse_relabel_action("mapp").error().message.find("got \"mapp\""), std::string::npos);
}

}  // namespace
}  // namespace skald
