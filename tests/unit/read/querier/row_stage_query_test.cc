// SPDX-License-Identifier: Apache-2.0
//
// Goal: stages that work on a row's line run on the rows that need it, in the order of the query,
// and their errors go where clients look for them.
// Method: a querier over hand-made runs.
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

class RowStages : public support::QuerierFixture {
protected:
    const StreamPtr web_ = stream({{"app", "web"}});
};

TEST_F(RowStages, PutLabelsIntoTheirCategories) {
    store_run(web_, {{at(1), "code=7 app=x user=ann", "info", {{"user", "bob"}}}});

    const auto response =
        run(log_request(R"({app="web"} | logfmt | label_format where=app)", 0, 9));

    ASSERT_OK(response);
    const LogStream& stream = std::get<StreamsResult>(response->data).streams.at(0);
    EXPECT_EQ(stream.labels, Labels());
    EXPECT_EQ(stream.rows[0].metadata,
              Labels::from_pairs({{"detected_level", "info"}, {"user", "bob"}}));
    EXPECT_EQ(
        stream.rows[0].parsed,
        Labels::from_pairs(
            {{"app_extracted", "x"}, {"code", "7"}, {"user_extracted", "ann"}, {"where", "web"}}));
}

TEST_F(RowStages, ParseNoNameTwiceEvenIfItWasDropped) {
    store_run(web_, {{at(1), "b=2 a=1", "", {}}, {at(2), "b=3", "", {}}});
    const auto parsed_of = [&](const std::string& stages) {
        const auto response = run(log_request(R"({app="web"} )" + stages, 0, 9));
        EXPECT_TRUE(response) << response.error().message;
        std::string text;
        for (const LogStream& stream : std::get<StreamsResult>(response->data).streams)
            for (const LogRow& row : stream.rows) text += row.parsed.to_string();
        return text;
    };
    EXPECT_EQ(parsed_of("| logfmt | drop a | logfmt"), R"({b="3"}{b="2"})");
    EXPECT_EQ(parsed_of("| logfmt | keep b | logfmt"), R"({b="3"}{b="2"})");
    EXPECT_EQ(parsed_of("| logfmt | label_format c=a | logfmt"), R"({b="3"}{b="2", c="1"})");
}

TEST_F(RowStages, RunOnlyOnRowsThatMayBeShown) {
    std::vector<MemoryRow> rows;
    for (int second = 1; second <= 100; ++second) {
        rows.push_back({at(second), "n=" + std::to_string(second), "", {}});
    }
    store_run(web_, rows);
    QueryRequest request = log_request(R"({app="web"} | logfmt | n != "99")", 0, 200);
    request.limit = 3;
    request.explain = true;

    const auto response = run(request);

    ASSERT_OK(response);
    EXPECT_THAT(lines(*response), ElementsAre("n=100", "n=98", "n=97"));
    ASSERT_EQ(response->plan.size(), 1U);
    const std::vector<PlanStage>& stages = response->plan[0].stages;
    ASSERT_EQ(stages.size(), 4U);
    EXPECT_EQ(stages[1].text, "| logfmt");
    EXPECT_EQ(stages[1].rows, 4U);
    EXPECT_EQ(stages[2].text, R"(| n!="99")");
    EXPECT_EQ(stages[2].passed, 3U);
}

TEST_F(RowStages, FilterTheLineThatTheStagesBeforeLeave) {
    store_run(web_, {{at(1), "a=red", "", {}}, {at(2), "a=blue", "", {}}});

    const auto before =
        run(log_request(R"({app="web"} |= "a=" | logfmt | line_format "{{.a}}!" |= "a=")", 0, 9));
    const auto after =
        run(log_request(R"({app="web"} | logfmt | line_format "{{.a}}!" |= "red!")", 0, 9));

    ASSERT_OK(before);
    EXPECT_THAT(lines(*before), IsEmpty());
    ASSERT_OK(after);
    EXPECT_THAT(lines(*after), ElementsAre("red!"));
}

TEST_F(RowStages, NameTheFirstStageThatCannotBeBuilt) {
    const auto response =
        run(log_request(R"({app="web"} | line_format "{{.x" | label_format a="{{.y")", 0, 9));

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().message,
              "parse error : stage '| line_format \"{{.x\"' : invalid line template: template: "
              "line:1: unclosed action");
}

TEST_F(RowStages, CountBytesOfTheLineThatIsLeft) {
    store_run(web_, {{at(1), "a=red b=1234", "", {}}, {at(2), "a=blue", "", {}}});

    const auto response = run(instant_request(
        R"(sum(bytes_over_time({app="web"} | logfmt | line_format "{{.a}}" [1m])))", 10));

    ASSERT_OK(response);
    EXPECT_THAT(samples(*response), ElementsAre("{} 7@10"));
}

TEST_F(RowStages, ErrorsFailMetricQueriesUnlessTheyAreLookedAt) {
    store_run(web_, {{at(1), "x", "", {}}, {at(2), R"({"a":"1"})", "", {}}});

    const auto failing =
        run(instant_request(R"(sum by (a) (count_over_time({app="web"} | json [1m])))", 10));
    const auto filtered = run(instant_request(
        R"(sum by (a) (count_over_time({app="web"} | json | __error__="" [1m])))", 10));
    const auto unread =
        run(instant_request(R"(sum(count_over_time({app="web"} | json [1m])))", 10));

    ASSERT_FALSE(failing);
    EXPECT_EQ(failing.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(failing.error().message,
                HasSubstr("pipeline error: 'JSONParserErr' for series: '{"));
    ASSERT_OK(filtered);
    EXPECT_THAT(samples(*filtered), ElementsAre(R"({a="1"} 1@10)"));
    ASSERT_OK(unread);
    EXPECT_THAT(samples(*unread), ElementsAre("{} 2@10"));
}

TEST_F(RowStages, UnwrapTakesSamplesOfRowsThatHaveTheLabel) {
    store_run(web_, {{at(1), "v=1.5 k=a", "", {}},
                     {at(2), "k=a", "", {}},
                     {at(3), "v= k=a", "", {}},
                     {at(4), "v=bad k=a", "", {}},
                     {at(5), "v=2 k=a", "", {}}});

    const auto failing =
        run(instant_request(R"(sum_over_time({app="web"} | logfmt | unwrap v [1m]))", 10));
    const auto filtered = run(instant_request(
        R"(sum_over_time({app="web"} | logfmt | unwrap v | __error__="" [1m]))", 10));

    ASSERT_FALSE(failing);
    EXPECT_THAT(failing.error().message, HasSubstr("'SampleExtractionErr'"));
    EXPECT_THAT(failing.error().message, HasSubstr("parsing \\\"bad\\\": invalid syntax"));
    ASSERT_OK(filtered);
    EXPECT_THAT(samples(*filtered), ElementsAre(R"({app="web", k="a"} 3.5@10)"));
}

TEST_F(RowStages, UnwrapConvertsSizesAndDurations) {
    store_run(web_, {{at(1), "size=2KB took=1m0.5s", "", {}}});

    const auto size = run(instant_request(
        R"(sum(sum_over_time({app="web"} | logfmt | unwrap bytes(size) [1m])))", 9));
    const auto took = run(instant_request(
        R"(max_over_time({app="web"} | logfmt | unwrap duration(took) [1m]) by (app))", 9));

    ASSERT_OK(size);
    EXPECT_THAT(samples(*size), ElementsAre("{} 2000@9"));
    ASSERT_OK(took);
    EXPECT_THAT(samples(*took), ElementsAre(R"({app="web"} 60.5@9)"));
}

TEST_F(RowStages, QuantilesAndRatesOfCountersLookAtEverySample) {
    std::vector<MemoryRow> rows;
    for (int second = 1; second <= 60; ++second) {
        rows.push_back({at(second), "c=" + std::to_string(100 + second), "", {}});
    }
    store_run(web_, {rows.begin(), rows.begin() + 30}, 1);
    memory_run(web_, {rows.begin() + 30, rows.end()}, 2);

    const auto median = run(range_request(
        R"(quantile_over_time(0.5, {app="web"} | logfmt | unwrap c [30s]) by ())", 30, 60, 15));
    const auto rate =
        run(instant_request(R"(sum(rate_counter({app="web"} | logfmt | unwrap c [1m])))", 60));

    ASSERT_OK(median);
    EXPECT_THAT(samples(*median), ElementsAre("{} 115.5@30", "{} 130.5@45", "{} 145.5@60"));
    ASSERT_OK(rate);
    EXPECT_THAT(samples(*rate), ElementsAre("{} 1@60"));
}

TEST_F(RowStages, ExplainTellsThePlanOfEachRangeAggregation) {
    store_run(web_, {{at(1), "a=1 error", "", {}}, {at(2), "a=2", "", {}}});
    QueryRequest request = instant_request(
        R"(sum by (a) (count_over_time({app="web"} |= "error" | logfmt [1m])) / 2)", 10);
    request.explain = true;

    const auto response = run(request);

    ASSERT_OK(response);
    ASSERT_EQ(response->plan.size(), 1U);
    std::vector<std::string> texts;
    for (const PlanStage& each : response->plan[0].stages) {
        texts.push_back(each.text + " " + std::to_string(each.rows) + "/" +
                        std::to_string(each.passed));
    }
    EXPECT_THAT(texts, ElementsAre("block filter 1/1", "read columns 1/1", R"(|= "error" 2/1)",
                                   "| logfmt 1/1", "count_over_time 2/1"));
}

TEST_F(RowStages, LabelReplaceSetsAndRemoves) {
    store_run(web_, {{at(1), "line", "info", {}}});
    const auto replaced = [&](const std::string& rest) {
        const auto response = run(instant_request(
            "label_replace(sum by (app) (count_over_time({app=\"web\"}[1m])), " + rest + ")", 10));
        EXPECT_TRUE(response);
        return samples(*response);
    };
    EXPECT_THAT(replaced(R"("x", "$1-", "app", "(.).*")"),
                ElementsAre(R"({app="web", x="w-"} 1@10)"));
    EXPECT_THAT(replaced(R"("x", "a", "app", "we")"), ElementsAre(R"({app="web"} 1@10)"));
    EXPECT_THAT(replaced(R"("app", "", "app", ".*")"), ElementsAre("{} 1@10"));
}

}  // namespace
}  // namespace skald::read
