// SPDX-License-Identifier: Apache-2.0
//
// Goal: what is printed parses to the same tree; no text is too deep or too long for the stack;
// errors point at the place. The golden test has the language itself.
#include "support/logql_equality.h"
#include "support/logql_generator.h"
#include "support/result_assertions.h"

#include <skald/read/logql/parser.h>

#include <gtest/gtest.h>

#include <string>

namespace skald::read {
namespace {

std::string repeat(const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

std::string error_of(const std::string& query) {
    const Result<ExprPtr> parsed = parse_query(query);
    return parsed ? "parsed: " + to_string(**parsed) : parsed.error().message;
}

TEST(LogqlParser, ReadsBackEveryTreeThatItPrints) {
    LogqlGenerator generate(20261101);
    for (int i = 0; i < 5000; ++i) {
        const Expr expr = generate.query();
        const std::string text = to_string(expr);

        const Result<ExprPtr> parsed = parse_query(text);

        ASSERT_TRUE(parsed) << text << "\n" << parsed.error().message;
        ASSERT_TRUE(same(expr, **parsed)) << text << "\n" << to_string(**parsed);
        ASSERT_EQ(to_string(**parsed), text);
    }
}

TEST(LogqlParser, ReadsBackInfinityAndNan) {
    for (const std::string query : {"1/0", "1e308*10", "-1e308*10", "0*vector(1)^(1/0)"}) {
        const Result<ExprPtr> parsed = parse_query(query);
        ASSERT_OK(parsed);
        const Result<ExprPtr> again = parse_query(to_string(**parsed));
        ASSERT_OK(again);
        EXPECT_TRUE(same(**parsed, **again)) << to_string(**parsed);
    }
}

TEST(LogqlParser, ShowsTheLineAndACaretUnderTheSpot) {
    EXPECT_EQ(error_of("{app=\"ä\"}\n  | foo bar"),
              "parse error at line 2, col 9: syntax error: unexpected IDENTIFIER\n"
              "  | foo bar\n"
              "        ^\n"
              "`foo` is no stage; a label filter needs a comparison, such as foo=\"value\"");
}

TEST(LogqlParser, CutsLongLinesAroundTheCaret) {
    const std::string message = error_of("{app=\"" + std::string(500, 'x') + "\"} ; {app=\"" +
                                         std::string(500, 'y') + "\"}");

    EXPECT_LT(message.size(), 400U);
    EXPECT_NE(message.find("...x"), std::string::npos);
    EXPECT_NE(message.find("y..."), std::string::npos);
}

TEST(LogqlParser, LeavesLokisTextWhenTheHintIsTakenAway) {
    EXPECT_EQ(without_hint(error_of("{app=\"a\"")),
              "parse error at line 1, col 9: syntax error: unexpected $end, expecting } or ,");
    EXPECT_EQ(without_hint("line one\nline two"), "line one\nline two");
}

TEST(LogqlParser, RefusesWhatIsNestedTooDeeply) {
    const std::string rate = "rate({app=\"a\"}[5m])";
    EXPECT_NE(error_of(repeat("sum(", 250) + rate + repeat(")", 250)).find("nested too deeply"),
              std::string::npos);
    EXPECT_NE(error_of("rate" + repeat("(", 250) + "{app=\"a\"}[5m]" + repeat(")", 250))
                  .find("nested too deeply"),
              std::string::npos);
    EXPECT_NE(error_of(rate + repeat("+" + rate, 3000)).find("nested too deeply"),
              std::string::npos);
    EXPECT_NE(
        error_of("{app=\"a\"} | a=\"b\"" + repeat(",a=\"b\"", 3000)).find("nested too deeply"),
        std::string::npos);
}

TEST(LogqlParser, SurvivesTheDeepestThatFits) {
    EXPECT_EQ(error_of(repeat("(", 60000) + "1" + repeat(")", 60000)), "parsed: 1");
    EXPECT_NE(error_of(repeat("(", 131000)).find("unexpected $end"), std::string::npos);
    EXPECT_NE(error_of(repeat("sum(", 32000)).find("nested too deeply"), std::string::npos);
    EXPECT_NE(error_of("1" + repeat("^1", 60000)).find("parsed: 1"), std::string::npos);
    EXPECT_NE(error_of("{app=\"a\"} | " + repeat("(", 100000)).find("unexpected $end"),
              std::string::npos);
}

TEST(LogqlParser, KeepsChainsOfSeveralHundredOperands) {
    std::string filter = "{app=\"a\"} | id=\"0\"";
    for (int i = 1; i < 900; ++i) filter += " or id=\"" + std::to_string(i) + "\"";
    const std::string metric = "rate({app=\"a\"}[5m])" + repeat(" + rate({app=\"a\"}[5m])", 900);

    for (const std::string& query : {filter, metric}) {
        const Result<ExprPtr> parsed = parse_query(query);
        ASSERT_OK(parsed);
        const Result<ExprPtr> again = parse_query(to_string(**parsed));
        ASSERT_OK(again);
        EXPECT_TRUE(same(**parsed, **again));
    }
}

TEST(LogqlParser, RefusesLongQueries) {
    EXPECT_EQ(error_of("{app=\"" + std::string(kQueryBytesMax, 'x') + "\"}"),
              "parse error : input size too long (131080 > 131072)");
}

TEST(LogqlParser, RefusesBrokenText) {
    EXPECT_EQ(without_hint(error_of("")), "parse error : syntax error: unexpected $end");
    EXPECT_EQ(without_hint(error_of(" ")),
              "parse error at line 1, col 2: syntax error: unexpected $end");
    EXPECT_EQ(without_hint(error_of("{app=\"\xff\"}")),
              "parse error at line 1, col 6: invalid UTF-8 rune");
    EXPECT_EQ(without_hint(error_of("\xff")), "parse error at line 1, col 1: invalid UTF-8 rune");
    EXPECT_EQ(without_hint(error_of(std::string("{\0}", 3))),
              "parse error at line 1, col 2: invalid character NUL");
}

TEST(LogqlSelector, TakesMatchersOnly) {
    const auto matchers = parse_selector("{app=\"a\", b=~\"c.*\"}", false);
    ASSERT_OK(matchers);
    ASSERT_EQ(matchers->size(), 2U);
    EXPECT_EQ((*matchers)[1].to_string(), "b=~\"c.*\"");

    for (const std::string text : {"{app=\"a\"} |= \"x\"", "{app=\"a\"} | json",
                                   "rate({app=\"a\"}[5m])", "1", "vector(1)"}) {
        const auto refused = parse_selector(text, true);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().message, "only label matchers are supported") << text;
    }
}

TEST(LogqlSelector, TakesNoMatcherOnlyWhereThatIsAllowed) {
    const auto all = parse_selector("{}", true);
    ASSERT_OK(all);
    EXPECT_TRUE(all->empty());
    EXPECT_FALSE(parse_selector("{}", false));
    EXPECT_FALSE(parse_selector("{app=~\".*\"}", true));
    EXPECT_FALSE(parse_selector("", true));
}

}  // namespace
}  // namespace skald::read
