// SPDX-License-Identifier: Apache-2.0
//
// Goal: live rows go through the stages of a query as stored ones do. Method: rows fed by hand.
#include "support/fake_live_tail.h"
#include "support/result_assertions.h"

#include <skald/read/logql/parser.h>
#include <skald/read/querier/live_query.h>

#include <gtest/gtest.h>

#include <string>

namespace skald::read {
namespace {

class LiveQueryTest : public ::testing::Test {
protected:
    Result<std::unique_ptr<LiveQuery>> start(const std::string& query) {
        SKALD_TRY(const ExprPtr expr, parse_query(query));
        return LiveQuery::start(tail, TenantId::anonymous(), *expr, [] {});
    }
    static std::string text_of(const LiveQuery::Taken& taken) {
        std::string text;
        for (const LiveQuery::Row& row : taken.rows)
            text += std::to_string(row.row.time) + " " + row.stream.to_string() + " " +
                    row.row.metadata.to_string() + " " + row.row.parsed.to_string() + " " +
                    row.row.line + "\n";
        return text;
    }

    support::FakeLiveTail tail;
};

TEST_F(LiveQueryTest, RunsEveryStage) {
    const auto query = start(
        R"({app="a"} |= "keep" | logfmt | level="info" | user!="" | line_format "<{{.n}}>" | drop level)");
    ASSERT_OK(query);
    tail.feed({{"app", "a"}}, {{3, "keep level=info n=1", {{"user", "ann"}}},
                               {2, "keep level=warn n=2", {{"user", "ann"}}},
                               {1, "level=info n=3", {{"user", "ann"}}},
                               {1, "keep level=info n=4", {}},
                               {1, "keep level=info n=5", {{"user", "bob"}, {"app", "x"}}}});
    tail.feed({{"app", "b"}}, {{9, "keep level=info n=6", {{"user", "ann"}}}});

    EXPECT_EQ(text_of((*query)->take()),
              "1 {app=\"a\"} {app_extracted=\"x\", user=\"bob\"} {n=\"5\"} <5>\n"
              "3 {app=\"a\"} {user=\"ann\"} {n=\"1\"} <1>\n");
    EXPECT_EQ(text_of((*query)->take()), "");
}

TEST_F(LiveQueryTest, RowsOfOneTimeStayInTheirOrder) {
    const auto query = start(R"({app="a"})");
    ASSERT_OK(query);
    tail.feed({{"app", "a"}}, {{5, "one", {}}, {5, "two", {}}});
    tail.feed({{"app", "a"}}, {{5, "three", {}}, {4, "first", {}}});

    EXPECT_EQ(text_of((*query)->take()),
              "4 {app=\"a\"} {} {} first\n5 {app=\"a\"} {} {} one\n"
              "5 {app=\"a\"} {} {} two\n5 {app=\"a\"} {} {} three\n");
}

TEST_F(LiveQueryTest, TellsWhatWasDropped) {
    const auto query = start(R"({app="a"})");
    ASSERT_OK(query);
    tail.drop({{"app", "a"}}, 7);

    const LiveQuery::Taken taken = (*query)->take();

    ASSERT_EQ(taken.dropped.size(), 1U);
    EXPECT_EQ(taken.dropped[0].time, 7);
    EXPECT_EQ(taken.dropped[0].labels.to_string(), "{app=\"a\"}");
}

TEST_F(LiveQueryTest, DropsWhatTemplatesMakeTooLarge) {
    const auto query = start(R"({app="a"} | line_format `{{repeat 1000000 "x"}}`)");
    ASSERT_OK(query);
    for (TimeNs time = 0; time < 40; ++time) tail.feed({{"app", "a"}}, {{time, "small", {}}});

    const LiveQuery::Taken taken = (*query)->take();

    EXPECT_EQ(taken.rows.size(), 17U);
    EXPECT_EQ(taken.dropped.size(), 23U);
    tail.feed({{"app", "a"}}, {{50, "small", {}}});
    EXPECT_EQ((*query)->take().rows.size(), 1U);
}

TEST_F(LiveQueryTest, RefusesMetricQueries) {
    const auto query = start(R"(rate({app="a"}[1m]))");

    ASSERT_FALSE(query);
    EXPECT_EQ(query.error().message, "only log selector is supported");
    EXPECT_EQ(tail.subscribed(), 0U);
}

}  // namespace
}  // namespace skald::read
