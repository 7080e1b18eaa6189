// SPDX-License-Identifier: Apache-2.0
//
// Goal: a label filter keeps the rows that the language says, and marks those that it cannot read.
#include "support/result_assertions.h"

#include <skald/read/logql/label_filter.h>
#include <skald/read/logql/parser.h>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {
namespace {

using LabelMap = std::map<std::string, std::string, std::less<>>;

class MapLookup final : public LabelLookup {
public:
    explicit MapLookup(const LabelMap& labels) : labels_(labels) {}
    std::optional<std::string_view> find(std::string_view name) const override {
        const auto found = labels_.find(name);
        if (found == labels_.end()) return std::nullopt;
        return found->second;
    }

private:
    const LabelMap& labels_;
};

/// The filter of `{app="a"} | filter`.
LabelFilter parse_filter(const std::string& text) {
    const Result<ExprPtr> parsed = parse_query("{app=\"a\"} | " + text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return std::get<LabelFilter>(std::get<LogExpr>((*parsed)->node).stages.at(0));
}

LabelFilterProgram::Outcome evaluate(const std::string& text, const LabelMap& labels) {
    const auto program = LabelFilterProgram::compile(parse_filter(text));
    EXPECT_TRUE(program);
    return (*program)->evaluate(MapLookup(labels));
}
bool keeps(const std::string& text, const LabelMap& labels) {
    const LabelFilterProgram::Outcome outcome = evaluate(text, labels);
    EXPECT_EQ(outcome.error, "") << text;
    return outcome.keep;
}

TEST(LabelFilter, ComparesTextsWithMissingLabelsAsEmpty) {
    EXPECT_TRUE(keeps("l=\"x\"", {{"l", "x"}}));
    EXPECT_FALSE(keeps("l=\"x\"", {{"l", "xy"}}));
    EXPECT_TRUE(keeps("l!=\"x\"", {}));
    EXPECT_TRUE(keeps("l=\"\"", {}));
    EXPECT_FALSE(keeps("l!=\"\"", {}));
}

TEST(LabelFilter, AnchorsRegularExpressions) {
    EXPECT_TRUE(keeps("l=~\"foo.+\"", {{"l", "foobar"}}));
    EXPECT_FALSE(keeps("l=~\"foo.+\"", {{"l", "xfoobar"}}));
    EXPECT_FALSE(keeps("l=~\"^foo.*\"", {{"l", "xfoo"}}));
    EXPECT_FALSE(keeps("l=~\"foo.*bar\"", {{"l", "xfoobar"}}));
    EXPECT_FALSE(keeps("l=~\"arn\"", {{"l", "warn"}}));
    EXPECT_TRUE(keeps("l!~\"arn\"", {{"l", "warn"}}));
    EXPECT_TRUE(keeps("l=~\"(?i)WARN|x\"", {{"l", "warn"}}));
}

TEST(LabelFilter, LooksAnywhereForATextWithDotStarAround) {
    for (const std::string regex :
         {"foo.*", ".*foo", ".*foo.*", "zz|foo.*", "foo.*|zz", "(?i)FOO.*"}) {
        EXPECT_TRUE(keeps("l=~\"" + regex + "\"", {{"l", "xfoo\ny"}})) << regex;
        EXPECT_FALSE(keeps("l!~\"" + regex + "\"", {{"l", "xfoo\ny"}})) << regex;
        EXPECT_FALSE(keeps("l=~\"" + regex + "\"", {{"l", "fo"}})) << regex;
    }
    EXPECT_FALSE(keeps("l=~\"foo.*|zz\"", {{"l", "xzz"}}));
    EXPECT_TRUE(keeps("l=~\"foo.*|zz\"", {{"l", "zz"}}));
    EXPECT_TRUE(keeps("l=~\"w.*|e.*\"", {{"l", "debug"}}));
    EXPECT_TRUE(keeps("l=~`a\\.b.*`", {{"l", "xa.b"}}));
    EXPECT_FALSE(keeps("l=~`a\\.b.*`", {{"l", "xaxb"}}));
    EXPECT_TRUE(keeps("l=~\".*\"", {}));
}

TEST(LabelFilter, ComparesNumbers) {
    EXPECT_TRUE(keeps("n>5", {{"n", "42"}}));
    EXPECT_FALSE(keeps("n>5", {{"n", "5"}}));
    EXPECT_TRUE(keeps("n>=5", {{"n", "5"}}));
    EXPECT_TRUE(keeps("n<-1", {{"n", "-1.5"}}));
    EXPECT_TRUE(keeps("n=1000", {{"n", "1e3"}}));
    EXPECT_TRUE(keeps("n==5", {{"n", "5.0"}}));
    EXPECT_TRUE(keeps("n!=5", {{"n", "6"}}));
    EXPECT_TRUE(keeps("n>1", {{"n", "Inf"}}));
    EXPECT_FALSE(keeps("n>1", {{"n", "NaN"}}));
    EXPECT_FALSE(keeps("n>5", {}));
    EXPECT_FALSE(keeps("n!=5", {}));
}

TEST(LabelFilter, ComparesDurationsToTheNanosecond) {
    EXPECT_TRUE(keeps("d>1s", {{"d", "1.5s"}}));
    EXPECT_FALSE(keeps("d>1s", {{"d", "150ms"}}));
    EXPECT_TRUE(keeps("d<1d", {{"d", "2h"}}));
    EXPECT_TRUE(keeps("d<=-5m", {{"d", "-5m0s"}}));
    // 200 days and a nanosecond: a double would round it away.
    EXPECT_FALSE(keeps("d=4800h0m0.000000001s", {{"d", "4800h"}}));
    EXPECT_TRUE(keeps("d=4800h0m0.000000001s", {{"d", "4800h0m0.000000001s"}}));
    EXPECT_FALSE(keeps("d>1s", {}));
}

TEST(LabelFilter, ComparesSizes) {
    EXPECT_TRUE(keeps("b>1KB", {{"b", "2KB"}}));
    EXPECT_TRUE(keeps("b>=1MiB", {{"b", "1048576"}}));
    EXPECT_TRUE(keeps("b<1MiB", {{"b", "1MB"}}));
    EXPECT_TRUE(keeps("b=1PiB", {{"b", "1024TiB"}}));
    EXPECT_FALSE(keeps("b>1KB", {}));
}

TEST(LabelFilter, KeepsAndMarksWhatItCannotRead) {
    for (const std::string text : {"l>5", "l>5s", "l>5KB"}) {
        const LabelFilterProgram::Outcome outcome = evaluate(text, {{"l", "huge"}});
        EXPECT_TRUE(outcome.keep) << text;
        EXPECT_EQ(outcome.error, "LabelFilterErr") << text;
        EXPECT_NE(outcome.error_details, "") << text;
    }
    EXPECT_EQ(evaluate("l>5", {{"l", " 5 "}}).error_details,
              "strconv.ParseFloat: parsing \" 5 \": invalid syntax");
    EXPECT_EQ(evaluate("l>5s", {{"l", "fast"}}).error_details, "time: invalid duration \"fast\"");
}

TEST(LabelFilter, LeavesAnErrorThatIsThereAlready) {
    const LabelMap labels = {{"l", "x"}, {"__error__", "JSONParserErr"}};
    EXPECT_TRUE(keeps("l>5", labels));
    EXPECT_TRUE(keeps("__error__=\"JSONParserErr\"", labels));
    EXPECT_FALSE(keeps("__error__=\"\"", labels));
}

TEST(LabelFilter, SeesItsOwnError) {
    EXPECT_FALSE(evaluate("l>5 and __error__=\"\"", {{"l", "x"}}).keep);
    EXPECT_TRUE(evaluate("l>5 and __error__=\"LabelFilterErr\"", {{"l", "x"}}).keep);
    EXPECT_TRUE(evaluate("l>5 and m=ip(\"1.1.1.1\")", {{"l", "x"}}).keep);
    EXPECT_EQ(evaluate("l>5 and m>5s", {{"l", "x"}, {"m", "y"}}).error_details,
              "strconv.ParseFloat: parsing \"x\": invalid syntax");
}

TEST(LabelFilter, FindsAddresses) {
    EXPECT_TRUE(keeps("i=ip(\"10.0.0.0/8\")", {{"i", "10.1.2.3"}}));
    EXPECT_FALSE(keeps("i=ip(\"10.0.0.0/8\")", {{"i", "11.1.2.3"}}));
    EXPECT_TRUE(keeps("i!=ip(\"10.0.0.0/8\")", {{"i", "nope"}}));
    EXPECT_FALSE(keeps("i!=ip(\"10.0.0.0/8\")", {}));
    EXPECT_TRUE(keeps("i=ip(\"10.0.0.0/8\")", {{"i", "x"}, {"__error__", "e"}}));
}

TEST(LabelFilter, JoinsConditionsFromLeftToRight) {
    // Every tree over three conditions and every assignment, against the truth.
    const auto value = [](bool b) { return std::string(b ? "1" : "0"); };
    for (int bits = 0; bits < 8; ++bits) {
        const bool a = (bits & 1) != 0;
        const bool b = (bits & 2) != 0;
        const bool c = (bits & 4) != 0;
        const LabelMap labels = {{"a", value(a)}, {"b", value(b)}, {"c", value(c)}};
        EXPECT_EQ(keeps("(a=\"1\" and b=\"1\") or c=\"1\"", labels), (a && b) || c);
        EXPECT_EQ(keeps("(a=\"1\" or b=\"1\") and c=\"1\"", labels), (a || b) && c);
        EXPECT_EQ(keeps("a=\"1\" and (b=\"1\" or c=\"1\")", labels), a && (b || c));
        EXPECT_EQ(keeps("a=\"1\" or b=\"1\" and c=\"1\"", labels), a || (b && c));
        EXPECT_EQ(keeps("a=\"1\", b=\"1\" c=\"1\"", labels), a && b && c);
        EXPECT_EQ(keeps("a=\"1\" or b=\"1\" or c=\"1\"", labels), a || b || c);
        EXPECT_EQ(keeps("(a=\"1\" and b=\"1\") or (b=\"1\" and c=\"1\") or (a=\"1\" and c=\"1\")",
                        labels),
                  a + b + c >= 2);
    }
}

TEST(LabelFilter, AsksNoMoreThanItNeeds) {
    EXPECT_EQ(evaluate("a=\"1\" or l>5", {{"a", "1"}, {"l", "x"}}).error, "");
    EXPECT_EQ(evaluate("a=\"1\" and l>5", {{"a", "2"}, {"l", "x"}}).error, "");
    EXPECT_EQ(evaluate("a=\"1\" or l>5", {{"a", "2"}, {"l", "x"}}).error, "LabelFilterErr");
}

TEST(LabelFilter, NamesTheLabelsThatItReads) {
    const auto program =
        LabelFilterProgram::compile(parse_filter("b>5 or (a=\"1\" and c=ip(\"::1\") and b<2s)"));
    ASSERT_OK(program);
    EXPECT_EQ((*program)->names(), (std::vector<std::string>{"__error__", "a", "b", "c"}));
}

TEST(LabelFilter, RefusesBadAddresses) {
    LabelFilter filter;
    filter.kind = LabelFilter::Kind::kIp;
    filter.name = "i";
    filter.text = "zz";
    const auto refused = LabelFilterProgram::compile(filter);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "ip: invalid pattern: \"zz\"");
}

}  // namespace
}  // namespace skald::read
