// SPDX-License-Identifier: Apache-2.0
//
// Goal: a client may ask to be held to stricter limits, and is told what is wrong with what it
// asks. Method: the header's parser, and the router over fakes.
#include "asked_limits.h"

#include "fakes.h"
#include "support/result_assertions.h"
#include "support/run_task.h"

#include <skald/api/routes.h>
#include <skald/foundation/base/units.h>

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace skald::api {
namespace {

std::string refusal(std::string header) {
    const auto limits = parse_asked_limits(std::move(header));
    return limits ? "" : limits.error().message;
}

TEST(AskedLimits, AreReadFromJson) {
    const auto limits = parse_asked_limits(
        R"({"maxQueryLength":"1h","maxQueryInterval":"2m","maxQueryLookback":"1d",)"
        R"("maxQueryTime":"30s","maxEntriesLimitPerQuery":7,"minimumLabelsNumber":2,)"
        R"("requiredLabels":["app","env"],"maxQueryBytesRead":"1MB","later":{"x":[1]}})");

    ASSERT_OK(limits);
    EXPECT_EQ(*limits, (read::AskedLimits{.max_query_length = kNanosPerHour,
                                          .max_query_range = 2 * kNanosPerMinute,
                                          .max_query_lookback = kNanosPerDay,
                                          .query_timeout = 30 * kNanosPerSecond,
                                          .max_query_bytes_read = kMiB,
                                          .max_entries_limit_per_query = 7,
                                          .minimum_labels_number = 2,
                                          .required_labels = {"app", "env"}}));
}

TEST(AskedLimits, ThatAreNotThereAreNone) {
    EXPECT_EQ(*parse_asked_limits("{}"), read::AskedLimits{});
    EXPECT_EQ(*parse_asked_limits(R"( {"requiredLabels": null, "maxQueryTime": null} )"),
              read::AskedLimits{});
    EXPECT_EQ(parse_asked_limits(R"({"maxQueryBytesRead":4096})")->max_query_bytes_read, 4096U);
}

TEST(AskedLimits, SayWhatIsWrongWithThem) {
    const auto says = [](const std::string& header, const std::string& why) {
        const std::string text = refusal(header);
        EXPECT_EQ(text.find("invalid X-Loki-Query-Limits header: "), 0U) << header << ": " << text;
        EXPECT_NE(text.find(why), std::string::npos) << header << ": " << text;
    };
    says("nonsense", " header: expected '{' in the header, at byte 1");
    says("[]", " header: expected '{' in the header, at byte 1");
    says(R"({"maxQueryLength":"1h")", " header: unexpected end, expected '}' in the header");
    says(R"({"maxQueryLength":"1h"}})", "behind the JSON object");
    says(R"({"maxQueryLength":3600})",
         " header: maxQueryLength must be a duration as text, \"1h\" for example, at byte 19");
    says(R"({"maxQueryTime":"soon"})", "maxQueryTime must be a duration");
    says(R"({"maxEntriesLimitPerQuery":"7"})", "maxEntriesLimitPerQuery must be a whole number");
    says(R"({"maxEntriesLimitPerQuery":-1})", "maxEntriesLimitPerQuery must be a whole number");
    says(R"({"minimumLabelsNumber":5000000000})", "minimumLabelsNumber must be a whole number");
    says(R"({"maxQueryBytesRead":"much"})", "maxQueryBytesRead must be a number of bytes");
    says(R"({"requiredLabels":"app"})", "");
    says(std::string(4097, ' '), "more than 4096 bytes");
    says(R"({"x":)" + std::string(2000, '[') + "}", "");
}

class AskedLimitsRoutes : public ::testing::Test {
protected:
    AskedLimitsRoutes() { options_.per_request_limits = true; }

    HttpResponse get(const std::string& path, const std::string& header) {
        Services services;
        services.querier = &querier_;
        services.index = &index_;
        const auto router =
            build_routes(std::move(services), options_, limits_, clock_, workers_, metrics_);
        HttpRequest request = get_request("/loki/api/v1/" + path, "query=%7Bapp%3D%22x%22%7D");
        request.headers.add("X-Loki-Query-Limits", header);
        return support::run_task(context_, router->handle(std::move(request)));
    }

    RouteOptions options_;
    FakeQuerier querier_;
    FakeIndexQuerier index_;
    FixedLimits limits_{Limits{}};
    StillClock clock_{1'793'500'000 * kNanosPerSecond};
    boost::asio::io_context context_;  // Before the workers, which resume tasks on it.
    WorkerPool workers_{WorkerPool::Options{}};
    MetricsRegistry metrics_;
};

TEST_F(AskedLimitsRoutes, HoldEveryReadToThem) {
    const std::string header = R"({"maxQueryTime":"3s"})";
    for (const std::string path : {"query_range", "query", "detected_fields"})
        EXPECT_EQ(get(path, header).status, 200) << path;
    for (const auto& query : querier_.queries) {
        ASSERT_NE(query.asked_limits, nullptr);
        EXPECT_EQ(query.asked_limits->query_timeout, 3 * kNanosPerSecond);
    }
    EXPECT_EQ(querier_.queries.size(), 3U);
    for (const std::string path : {"labels", "label/a/values", "series"}) get(path, header);
    EXPECT_EQ(querier_.metadata.size(), 3U);
    for (const auto& listing : querier_.metadata) EXPECT_NE(listing.asked_limits, nullptr);
    for (const std::string path : {"index/stats", "detected_labels"}) get(path, header);
    EXPECT_EQ(index_.requests.size(), 2U);
    for (const auto& request : index_.requests) EXPECT_NE(request.asked_limits, nullptr);
    get("index/volume", header);
    ASSERT_EQ(index_.volumes.size(), 1U);
    EXPECT_NE(index_.volumes[0].index.asked_limits, nullptr);
}

TEST_F(AskedLimitsRoutes, AnswerWhatIsWrong) {
    const HttpResponse refused = get("labels", "{");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.body.find("invalid X-Loki-Query-Limits header: "), 0U) << refused.body;
    EXPECT_TRUE(querier_.metadata.empty());
}

TEST_F(AskedLimitsRoutes, LeaveTheHeaderAloneUnlessTheyMayBeAskedFor) {
    options_.per_request_limits = false;
    EXPECT_EQ(get("query_range", "{").status, 200);
    ASSERT_EQ(querier_.queries.size(), 1U);
    EXPECT_EQ(querier_.queries[0].asked_limits, nullptr);
}

}  // namespace
}  // namespace skald::api
