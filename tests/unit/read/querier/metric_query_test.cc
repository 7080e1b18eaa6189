// SPDX-License-Identifier: Apache-2.0
//
// Goal: metric queries count the right rows in the right windows and read no more than they need.
// Method: a querier over hand-made runs, with blocks that count how often a column is read.
#include "support/querier_fixture.h"
#include "support/result_assertions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skald::read {
namespace {

using support::MemoryRow;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class MetricQueries : public support::QuerierFixture {
protected:
    static std::vector<MemoryRow> every_second(int from, int to, const std::string& line,
                                               const std::string& level = "info") {
        std::vector<MemoryRow> rows;
        for (int second = from; second <= to; ++second)
            rows.push_back({at(second), line, level, {}});
        return rows;
    }

    const StreamPtr web_ = stream({{"app", "web"}, {"pod", "w"}});
    const StreamPtr api_ = stream({{"app", "api"}, {"pod", "a"}});
};

TEST_F(MetricQueries, CountFromHeadersInsideAWindow) {
    const auto block = store_run(web_, every_second(1, 50, "line"));

    const auto response =
        run(range_request(R"(sum by (app) (count_over_time({app="web"}[1m])))", 60, 120, 60));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response), ElementsAre(R"({app="web"} 50@60)"));
    EXPECT_EQ(block->time_reads + block->offset_reads + block->line_reads + block->level_reads +
                  block->metadata_reads,
              0);
}

TEST_F(MetricQueries, CountByTimesAtTheEdgesOnly) {
    const auto block = store_run(web_, every_second(1, 100, "line"));

    const auto response =
        run(range_request(R"(sum(count_over_time({app="web"}[1m])))", 60, 120, 60));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response), ElementsAre("{} 60@60", "{} 40@120"));
    EXPECT_EQ(block->time_reads, 1);
    EXPECT_EQ(block->line_reads + block->offset_reads, 0);
}

TEST_F(MetricQueries, CountBytesFromOffsets) {
    const auto inside = store_run(web_, every_second(1, 10, "12345"));
    const auto across = store_run(web_, every_second(55, 64, "1234567"), 2);

    const auto response =
        run(range_request(R"(sum by (app) (bytes_over_time({app="web"}[1m])))", 60, 120, 60));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response), ElementsAre(R"({app="web"} 92@60)", R"({app="web"} 28@120)"));
    EXPECT_EQ(inside->offset_reads + inside->time_reads, 0);
    EXPECT_EQ(across->offset_reads, 1);
    EXPECT_EQ(across->line_reads, 0);
}

TEST_F(MetricQueries, WindowsAreOpenOnTheLeftAndClosedOnTheRight) {
    store_run(web_, {{at(10), "a", "", {}}, {at(10) + 1, "b", "", {}}, {at(20), "c", "", {}}});

    const auto response =
        run(range_request(R"(sum(count_over_time({app="web"}[10s])))", 10, 30, 10));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response), ElementsAre("{} 1@10", "{} 2@20"));
}

TEST_F(MetricQueries, EmptyLinesGiveASampleOfZeroBytes) {
    store_run(web_, {{at(5), "", "", {}}});

    const auto response = run(instant_request(R"(sum(bytes_over_time({app="web"}[10s])))", 10));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response), ElementsAre("{} 0@10"));
}

TEST_F(MetricQueries, StartAndEndGoOutToMultiplesOfTheStep) {
    store_run(web_, every_second(1, 300, "x"));
    const QueryRequest request =
        range_request(R"(sum(count_over_time({app="web"}[1m])))", 100, 130, 60);

    const auto aligned = run(request);
    limits_.split_queries_by_interval = 0;
    make_querier();
    const auto as_asked = run(request);

    ASSERT_OK(aligned);
    ASSERT_OK(as_asked);
    EXPECT_THAT(samples(*aligned), ElementsAre("{} 60@60", "{} 60@120", "{} 60@180"));
    EXPECT_THAT(samples(*as_asked), ElementsAre("{} 60@100"));
}

TEST_F(MetricQueries, OffsetLooksBackAndKeepsTheTime) {
    store_run(web_, every_second(1, 60, "x"));

    const auto response = run(instant_request(R"(sum(rate({app="web"}[30s] offset 1m)))", 120));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response), ElementsAre("{} 1@120"));
}

TEST_F(MetricQueries, WithoutGroupingSeriesHaveAllLabels) {
    const auto block = store_run(web_, {{at(1), "a", "info", {{"trace", "x"}}},
                                        {at(2), "b", "info", {}},
                                        {at(3), "c", "error", {{"trace", "x"}}},
                                        {at(4), "d", "info", {{"trace", "x"}}}});

    const auto response = run(instant_request(R"(count_over_time({app="web"}[10s]))", 10));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response),
                ElementsAre(R"({app="web", detected_level="error", pod="w", trace="x"} 1@10)",
                            R"({app="web", detected_level="info", pod="w"} 1@10)",
                            R"({app="web", detected_level="info", pod="w", trace="x"} 2@10)"));
    EXPECT_EQ(block->line_reads, 0);
}

TEST_F(MetricQueries, GroupByMetadataWithoutReadingLines) {
    store_run(web_, every_second(1, 5, "x", "error"));
    const auto block = store_run(web_, every_second(6, 9, "x", "info"));

    const auto response = run(instant_request(
        R"(sum by (level, detected_level) (count_over_time({app="web"} | drop __error__ [10s])))",
        10));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response),
                ElementsAre(R"({detected_level="error"} 5@10)", R"({detected_level="info"} 4@10)"));
    EXPECT_EQ(block->level_reads, 1);
    EXPECT_EQ(block->line_reads + block->time_reads + block->metadata_reads, 0);
}

TEST_F(MetricQueries, SumWithoutKeepsTheOtherLabels) {
    store_run(web_, every_second(1, 5, "x"));
    store_run(api_, every_second(1, 3, "x"));

    const auto response =
        run(instant_request(R"(sum without (pod) (count_over_time({app=~".+"}[10s])))", 10));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response), ElementsAre(R"({app="api", detected_level="info"} 3@10)",
                                                R"({app="web", detected_level="info"} 5@10)"));
}

TEST_F(MetricQueries, CountARowOnceThatSeveralRunsHold) {
    store_run(web_, every_second(1, 10, "x"), 1);
    store_run(web_, every_second(6, 15, "x"), 2);
    memory_run(web_, every_second(1, 20, "x"), 3);

    const auto count = run(instant_request(R"(sum(count_over_time({app="web"}[30s])))", 30));
    const auto bytes = run(instant_request(R"(sum(bytes_over_time({app="web"}[30s])))", 30));
    const auto filtered =
        run(instant_request(R"(sum(count_over_time({app="web"} |= "x" [30s])))", 30));

    for (const auto* response : {&count, &bytes, &filtered}) {
        ASSERT_OK(*response);
        EXPECT_THAT(samples(**response), ElementsAre("{} 20@30"));
        EXPECT_EQ((*response)->stats.duplicates, 20U);
    }
}

TEST_F(MetricQueries, LeaveOutSegmentsOfPinnedGenerations) {
    memory_run(web_, every_second(1, 10, "x"), 7);
    const auto block = std::make_shared<support::MemoryBlock>(every_second(1, 10, "x"));
    store_.list.runs.push_back({support::run_of(block, web_, 7, 0), {"memory", 7}});

    const auto response = run(instant_request(R"(sum(count_over_time({app="web"}[30s])))", 30));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response), ElementsAre("{} 10@30"));
    EXPECT_EQ(response->stats.runs_matched, 1U);
}

TEST_F(MetricQueries, FailOnRowsWithAnError) {
    store_run(web_, {{at(1), "a", "", {{"size", "many"}}}, {at(2), "b", "", {{"size", "7"}}}});

    const auto failed = run(
        instant_request(R"(sum by (size) (count_over_time({app="web"} | size > 5 [10s])))", 10));
    const auto skipped = run(instant_request(
        R"(sum by (size) (count_over_time({app="web"} | size > 5 | __error__="" [10s])))", 10));
    const auto filtered = run(instant_request(
        R"(sum by (size) (count_over_time({app="web"} |= "b" | size > 5 [10s])))", 10));

    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(failed.error().message,
                HasSubstr("pipeline error: 'LabelFilterErr' for series: '{"));
    ASSERT_OK(skipped);
    EXPECT_THAT(samples(*skipped), ElementsAre(R"({size="7"} 1@10)"));
    ASSERT_OK(filtered);
    EXPECT_THAT(samples(*filtered), ElementsAre(R"({size="7"} 1@10)"));
}

TEST_F(MetricQueries, BoundTheLabelsInAnErrorOfARow) {
    const std::string value(100'000, 'x');
    store_run(web_, {{at(1), "a", "", {{"size", "many"}, {"zeal", value}}}});

    const auto failed = run(
        instant_request(R"(sum by (zeal) (count_over_time({app="web"} | size > 5 [10s])))", 10));
    const auto renamed = run(instant_request(
        R"(sum by (zeal) (count_over_time({app="web"} | label_format __error__=zeal [10s])))", 10));

    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("for series: '{__error__=\"LabelFilterErr\""));
    EXPECT_THAT(failed.error().message, HasSubstr("xxx…(100"));
    EXPECT_THAT(failed.error().message, HasSubstr(" bytes)'.\nUse a label filter"));
    EXPECT_LT(failed.error().message.size(), 5000U);
    ASSERT_FALSE(renamed);
    EXPECT_LT(renamed.error().message.size(), 14'000U);
}

TEST_F(MetricQueries, TellWhenNothingIsThere) {
    store_run(web_, every_second(61, 70, "x"));

    const auto response = run(range_request(
        R"(absent_over_time({app="web", pod=~".+", x="1", x=~"1"}[1m]))", 60, 180, 60));
    const auto present = run(instant_request(R"(absent_over_time({app="web"}[1m]))", 70));
    const auto gaps =
        run(range_request(R"(absent_over_time({app="web", pod!="z"}[1m]))", 60, 180, 60));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response),
                ElementsAre(R"({app="web"} 1@60)", R"({app="web"} 1@120)", R"({app="web"} 1@180)"));
    ASSERT_OK(present);
    EXPECT_THAT(samples(*present), IsEmpty());
    ASSERT_OK(gaps);
    EXPECT_THAT(samples(*gaps), ElementsAre(R"({app="web"} 1@60)", R"({app="web"} 1@180)"));
}

TEST_F(MetricQueries, LimitTheNumberOfSeries) {
    limits_.max_query_series = 2;
    store_run(web_, {{at(1), "a", "", {{"id", "1"}}},
                     {at(2), "b", "", {{"id", "2"}}},
                     {at(3), "c", "", {{"id", "3"}}}});
    QueryRequest request = instant_request(R"(count_over_time({app="web"}[10s]))", 10);

    const auto refused = run(request);
    request.partial_results = true;
    const auto partial = run(request);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(refused.error().message,
                HasSubstr("maximum number of series (2) reached for a single query; consider"));
    ASSERT_OK(partial);
    EXPECT_EQ(samples(*partial).size(), 2U);
    EXPECT_THAT(partial->warnings,
                ElementsAre("maximum number of series (2) reached for a single query; returning "
                            "partial results (limits_config.max_query_series)"));
}

TEST_F(MetricQueries, RefuseMoreValuesThanFitInMemory) {
    std::vector<MemoryRow> rows;
    for (int i = 0; i < 2000; ++i) {
        rows.push_back({at(i), "x", "", {{"id", std::to_string(i)}}});
    }
    store_run(web_, rows);

    const auto response =
        run(range_request(R"(topk(1, count_over_time({app="web"}[1s])))", 0, 10000, 1));

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kLimitExceeded);
}

TEST_F(MetricQueries, NumbersAndVectors) {
    const auto vector = run(instant_request("vector(1)+vector(1)", 10));
    const auto number = run(instant_request("1 + 2 * 3", 10));
    const auto matrix = run(range_request("7", 0, 60, 30));
    const auto compared = run(instant_request("vector(3) > bool 2", 10));

    ASSERT_OK(vector);
    EXPECT_THAT(samples(*vector), ElementsAre("{} 2@10"));
    ASSERT_OK(number);
    EXPECT_EQ(std::get<ScalarResult>(number->data).sample.value, 7);
    ASSERT_OK(matrix);
    EXPECT_THAT(samples(*matrix), ElementsAre("{} 7@0", "{} 7@30", "{} 7@60"));
    ASSERT_OK(compared);
    EXPECT_THAT(samples(*compared), ElementsAre("{} 1@10"));
}

TEST_F(MetricQueries, DivisionByZeroIsNoNumber) {
    const auto response = run(instant_request("vector(1) / 0", 10));
    const auto infinite = run(instant_request("vector(1e300) * 1e10", 10));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response), ElementsAre("{} NaN@10"));
    ASSERT_OK(infinite);
    EXPECT_THAT(samples(*infinite), ElementsAre("{} +Inf@10"));
}

TEST_F(MetricQueries, SortInstantVectorsByValue) {
    store_run(web_, every_second(1, 5, "x"));
    store_run(api_, every_second(1, 9, "x"));
    store_run(stream({{"app", "db"}}), every_second(1, 7, "x"));

    const std::string counts = R"((sum by (app) (count_over_time({app=~".+"}[10s]))))";
    const auto up = run(instant_request("sort" + counts, 10));
    const auto down = run(instant_request("sort_desc" + counts, 10));
    const auto top = run(instant_request("topk(2, " + counts + ")", 10));

    ASSERT_OK(up);
    ASSERT_OK(down);
    ASSERT_OK(top);
    EXPECT_THAT(samples(*up),
                ElementsAre(R"({app="web"} 5@10)", R"({app="db"} 7@10)", R"({app="api"} 9@10)"));
    EXPECT_THAT(samples(*down),
                ElementsAre(R"({app="api"} 9@10)", R"({app="db"} 7@10)", R"({app="web"} 5@10)"));
    EXPECT_THAT(samples(*top), ElementsAre(R"({app="api"} 9@10)", R"({app="db"} 7@10)"));
}

TEST_F(MetricQueries, RefuseAmbiguousMatches) {
    store_run(web_, every_second(1, 5, "x"));
    store_run(stream({{"app", "web"}, {"pod", "v"}}), every_second(1, 5, "x"));
    const std::string by_pod = "sum by (app, pod) (count_over_time({app=\"web\"}[10s]))";
    const std::string by_app = "sum by (app) (count_over_time({app=\"web\"}[10s]))";

    const auto left = run(instant_request(by_pod + " / on (app) " + by_app, 10));
    const auto right = run(instant_request(by_app + " / on (app) " + by_pod, 10));
    const auto grouped = run(instant_request(by_pod + " / on (app) group_left " + by_app, 10));

    ASSERT_FALSE(left);
    EXPECT_THAT(left.error().message,
                HasSubstr("many-to-one matching must be explicit (group_left/group_right)"));
    ASSERT_FALSE(right);
    EXPECT_THAT(right.error().message, HasSubstr("found duplicate series on the right hand-side"));
    ASSERT_OK(grouped);
    EXPECT_THAT(samples(*grouped),
                ElementsAre(R"({app="web", pod="v"} 0.5@10)", R"({app="web", pod="w"} 0.5@10)"));
}

TEST_F(MetricQueries, GroupRightTakesLabelsOver) {
    store_run(web_, every_second(1, 5, "x"));
    store_run(stream({{"app", "web"}, {"pod", "v"}}), every_second(1, 2, "x"));
    const std::string by_pod = "sum by (app, pod) (count_over_time({app=\"web\"}[10s]))";

    const auto response = run(instant_request(
        "sum by (app, detected_level) (count_over_time({app=\"web\"}[10s])) - on (app) "
        "group_right (detected_level) " +
            by_pod,
        10));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response),
                ElementsAre(R"({app="web", detected_level="info", pod="v"} 5@10)",
                            R"({app="web", detected_level="info", pod="w"} 2@10)"));
}

}  // namespace
}  // namespace skald::read
