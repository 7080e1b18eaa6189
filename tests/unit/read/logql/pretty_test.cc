// SPDX-License-Identifier: Apache-2.0
#include "support/logql_generator.h"

#include <skald/read/logql/parser.h>

#include <gtest/gtest.h>

#include <string>

namespace skald::read {
namespace {

std::string pretty(const std::string& query) {
    const auto parsed = parse_query(query);
    return parsed ? format_query(**parsed) : parsed.error().message;
}

TEST(FormatQuery, ShortQueriesStayOnALine) {
    EXPECT_EQ(pretty(R"(sum by(a)(rate({app="x"}|json[5m])))"),
              R"(sum by (a)(rate({app="x"} | json[5m])))");
}

TEST(FormatQuery, EachStageOfALongPipelineHasItsLine) {
    EXPECT_EQ(
        pretty(
            R"({cluster="production", namespace="payments"} |= "error" != "timeout" | json status="response.code" | status >= 500)"),
        R"({cluster="production", namespace="payments"}
  |= "error"
  != "timeout"
  | json status="response.code"
  | status>=500)");
}

TEST(FormatQuery, CallsPutTheirArgumentsOnLines) {
    EXPECT_EQ(
        pretty(
            R"(topk(5, sum by (cluster, namespace) (quantile_over_time(0.99, {cluster="production", namespace="payments"})"
            R"( | logfmt | unwrap duration(took) | __error__="" [5m] offset 1h) by (cluster, namespace))))"),
        R"(topk(
  5,
  sum by (cluster, namespace) (
    quantile_over_time(
      0.99,
      {cluster="production", namespace="payments"} | logfmt
        | unwrap duration(took)
        | __error__="" [5m] offset 1h
    ) by (cluster, namespace) 
  )
))");
}

TEST(FormatQuery, OperatorsStandBetweenTheirOperands) {
    EXPECT_EQ(
        pretty(
            R"(sum by (a) (rate({cluster="production", app="payments"}[5m])) / on (a) group_left (b) )"
            R"(sum by (a, b) (rate({cluster="production"}[5m])))"),
        R"(  sum by (a)(rate({cluster="production", app="payments"}[5m]))
/ on (a) group_left (b)
  sum by (a,b)(rate({cluster="production"}[5m])))");
}

TEST(FormatQuery, LabelReplaceShowsItsTexts) {
    const std::string query =
        R"q(label_replace(rate({cluster="production", namespace="payments"}[5m]), )q"
        R"q("destination", "$1-x", "namespace", "(.*)"))q";
    EXPECT_EQ(pretty(query), R"q(label_replace(
  rate({cluster="production", namespace="payments"}[5m]),
  "destination",
  "$1-x",
  "namespace",
  "(.*)"
))q");
}

TEST(FormatQuery, KeepsTheMeaning) {
    const std::string term = "sum(rate({cluster=\"production\", namespace=\"payments\"}[5m]))";
    const std::string left = "(" + term + " / " + term + ") / " + term;
    const std::string right = term + " / (" + term + " / " + term + ")";
    EXPECT_NE(pretty(left).find('\n'), std::string::npos);
    EXPECT_EQ(pretty(right).find('\n'), std::string::npos);
    LogqlGenerator generate(5);
    int split = 0;
    for (int i = 0; i < 2000; ++i) {
        const Expr expr = generate.query();
        const std::string text = format_query(expr);
        const auto again = parse_query(text);
        ASSERT_TRUE(again) << text;
        ASSERT_EQ(to_string(**again), to_string(expr)) << text;
        split += text.find('\n') != std::string::npos;
    }
    EXPECT_GT(split, 500);
}

}  // namespace
}  // namespace skald::read
