// SPDX-License-Identifier: Apache-2.0
#include "support/result_assertions.h"

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/tenant.h>

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace skald {
namespace {

TEST(Labels, SortsAndKeepsTheLastOfEqualNames) {
    const Labels labels = Labels::from_pairs({{"z", "1"}, {"a", "2"}, {"z", "3"}, {"empty", ""}});

    ASSERT_EQ(labels.size(), 3U);
    EXPECT_EQ(labels[0].name, "a");
    EXPECT_EQ(labels.find("z"), "3");
    EXPECT_EQ(labels.find("empty"), "");
    EXPECT_FALSE(labels.find("b"));
    EXPECT_EQ(labels.value_or_empty("b"), "");
    EXPECT_EQ(labels.to_string(), R"({a="2", empty="", z="3"})");
    EXPECT_EQ(Labels{}.to_string(), "{}");
}

TEST(Labels, OrderIsByPairs) {
    const Labels a = Labels::from_pairs({{"a", "1"}});
    const Labels ab = Labels::from_pairs({{"a", "1"}, {"b", "1"}});
    const Labels b = Labels::from_pairs({{"a", "2"}});
    EXPECT_LT(a, ab);
    EXPECT_LT(ab, b);
    EXPECT_EQ(a, Labels::from_pairs({{"a", "1"}}));
    EXPECT_NE(Stream(a).id, Stream(b).id);
}

TEST(Labels, OrderIsThatOfTheListOfPairs) {
    std::mt19937 random(3);
    const auto text = [&random] {
        std::string made;
        for (std::size_t size = random() % 4; size > 0; --size)
            made.push_back("\0\1ab"[random() % 4]);
        return made;
    };
    std::vector<Labels> sets;
    for (int i = 0; i < 300; ++i) {
        std::vector<Labels::Pair> pairs;
        for (std::size_t count = random() % 4; count > 0; --count)
            pairs.emplace_back(text(), text());
        sets.push_back(Labels::from_pairs(std::move(pairs)));
    }
    const auto pairs_of = [](const Labels& labels) {
        std::vector<LabelView> pairs;
        for (std::size_t i = 0; i < labels.size(); ++i) pairs.push_back(labels[i]);
        return pairs;
    };
    for (const Labels& a : sets) {
        for (const Labels& b : sets) ASSERT_EQ(a <=> b, pairs_of(a) <=> pairs_of(b));
    }
}

struct LabelCase {
    const char* text;
    const char* expected;  ///< Canonical labels, or the error.
};
void PrintTo(const LabelCase& test, std::ostream* out) {
    *out << test.text;
}

class ParseLabels : public testing::TestWithParam<LabelCase> {};

TEST_P(ParseLabels, GivesPairsOrSaysWhere) {
    const auto pairs = parse_label_pairs(GetParam().text);
    EXPECT_EQ(pairs ? Labels::from_pairs(*pairs).to_string() : pairs.error().message,
              GetParam().expected);
}

const LabelCase kLabelCases[] = {
    {"{}", "{}"},
    {R"({a="1"})", R"({a="1"})"},
    {R"( { z = "1" ,a='x"y', } )", R"({a="x\"y", z="1"})"},
    {"{a=`x\\n`}", R"({a="x\\n"})"},
    {R"({a="\u00fc\n\x41\101"})", "{a=\"ü\\nAA\"}"},
    {R"({"a.b"="c"})", R"({a.b="c"})"},
    {R"(app{a="1"})", R"({__name__="app", a="1"})"},
    {"app", R"({__name__="app"})"},
    {R"({a="",b="1"})", R"({b="1"})"},
    {R"({a-b="1"})", "1:3: parse error: unexpected character inside braces: '-'"},
    {"{app=x}", "1:7: parse error: unexpected identifier \"x\" in label set, expected string"},
    {R"({app=~"x"})", "1:5: parse error: unexpected <op:=~> in label set, expected \"=\""},
    {"{app=", "1:6: parse error: unexpected end of input inside braces"},
    {R"({app="x)", "1:6: parse error: unterminated quoted string"},
    {R"({app="\q"})", "1:6: parse error: invalid syntax"},
    {R"({a="1"}x)", "1:8: parse error: unexpected character after the closing brace: 'x'"},
    {R"({a="1" b="2"})", "1:8: parse error: unexpected character inside braces: 'b'"},
    {"", "1:1: parse error: unexpected end of input"},
};
INSTANTIATE_TEST_SUITE_P(Table, ParseLabels, testing::ValuesIn(kLabelCases));

TEST(ParseLabels, KeepsDuplicatesApart) {
    const auto pairs = parse_label_pairs(R"({b="1",a="x",a="y"})");
    ASSERT_OK(pairs);
    EXPECT_EQ(*pairs, (std::vector<Labels::Pair>{{"a", "x"}, {"a", "y"}, {"b", "1"}}));
}

bool matches(MatchOp op, const char* pattern, std::string_view value) {
    return Matcher::create(op, "l", pattern)->matches(value);
}

TEST(Matcher, AnchorsAndLetsDotMatchNewlines) {
    EXPECT_TRUE(matches(MatchOp::kEqual, "a", "a"));
    EXPECT_FALSE(matches(MatchOp::kNotEqual, "a", "a"));
    EXPECT_TRUE(matches(MatchOp::kRegex, "a.*", "ab\nc"));
    EXPECT_FALSE(matches(MatchOp::kRegex, "a", "ba"));
    EXPECT_TRUE(matches(MatchOp::kRegex, "a|b", "b"));
    EXPECT_FALSE(matches(MatchOp::kRegex, "a|b", "ab"));
    EXPECT_TRUE(matches(MatchOp::kRegex, "a|", ""));
    EXPECT_TRUE(matches(MatchOp::kNotRegex, "a.+", "a"));
    EXPECT_TRUE(matches(MatchOp::kRegex, "", ""));
    EXPECT_TRUE(matches(MatchOp::kRegex, "(?i)ABC", "abc"));
    EXPECT_EQ(Matcher::create(MatchOp::kNotRegex, "a", "x\"")->to_string(), "a!~\"x\\\"\"");
}

TEST(Matcher, SaysWhatIsWrongWithAPattern) {
    EXPECT_EQ(Matcher::create(MatchOp::kRegex, "a", "(").error().message,
              "error parsing regexp: missing closing ): `(`");
    EXPECT_FALSE(Matcher::create(MatchOp::kRegex, "a", "[z-a]"));
    // Closing the group that anchoring adds must not make a bad pattern good.
    EXPECT_FALSE(Matcher::create(MatchOp::kRegex, "a", "a)(b"));
}

TEST(TenantId, ChecksItsCharacters) {
    EXPECT_EQ(TenantId::parse("team-1.a*'()!_")->text(), "team-1.a*'()!_");
    EXPECT_EQ(TenantId::parse("a:sub")->text(), "a");
    EXPECT_EQ(TenantId::parse("").error().code, ErrorCode::kUnauthenticated);
    EXPECT_EQ(TenantId::parse("a/b").error().message,
              "tenant ID 'a/b' contains unsupported character '/'");
    EXPECT_EQ(TenantId::parse("aé").error().message,
              "tenant ID 'aé' contains unsupported character 'é'");
    EXPECT_EQ(TenantId::parse("..").error().message, "tenant ID is '.' or '..'");
    EXPECT_FALSE(TenantId::parse(std::string(151, 'a')));
    EXPECT_EQ(TenantId::anonymous().text(), "fake");
}

}  // namespace
}  // namespace skald
