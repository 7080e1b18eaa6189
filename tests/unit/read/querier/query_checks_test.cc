// SPDX-License-Identifier: Apache-2.0
//
// Goal: requests beyond the tenant's limits are refused in Loki's words (http-api 8.8).
#include "support/querier_fixture.h"
#include "support/result_assertions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace skald::read {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class QueryChecks : public support::QuerierFixture {
protected:
    void expect_refused(QueryRequest request, const std::string& message) {
        make_querier();
        const auto response = run(std::move(request));
        ASSERT_FALSE(response);
        EXPECT_EQ(response.error().code, ErrorCode::kInvalidArgument);
        EXPECT_THAT(response.error().message, HasSubstr(message));
    }
};

TEST_F(QueryChecks, RefuseLongRanges) {
    expect_refused(log_request(R"({a="b"})", 0, 744 * 3600),
                   "the query time range exceeds the limit (query length: 744h0m0s, limit: 30d1h) "
                   "(limits_config.max_query_length)");
}

TEST_F(QueryChecks, RefuseListingsOfLongRanges) {
    make_querier();
    const Querier::MetadataRequest long_range{
        .tenant = TenantId::anonymous(), .selectors = {}, .start = at(0), .end = at(744 * 3600)};
    const auto names = support::run_task(context_, querier_->label_names(long_range, {}));
    const auto values = support::run_task(context_, querier_->label_values(long_range, "app", {}));
    const auto series = support::run_task(context_, querier_->series(long_range, {}));
    for (const Error* error : {names ? nullptr : &names.error(), values ? nullptr : &values.error(),
                               series ? nullptr : &series.error()}) {
        ASSERT_NE(error, nullptr);
        EXPECT_EQ(error->message,
                  "the query time range exceeds the limit (query length: 744h0m0s, limit: 30d1h) "
                  "(limits_config.max_query_length)");
    }
}

TEST_F(QueryChecks, RefuseManyEntries) {
    QueryRequest request = log_request(R"({a="b"})", 0, 10);
    request.limit = 5001;
    expect_refused(
        request,
        "max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 "
        "> 5000)");
}

TEST_F(QueryChecks, HoldARequestToTheStricterLimitsThatItNames) {
    AskedLimits asked;
    asked.max_query_length = kNanosPerMinute;
    asked.max_entries_limit_per_query = 7;
    QueryRequest request = log_request(R"({a="b"})", 0, 10);
    request.asked_limits = std::make_shared<const AskedLimits>(asked);
    expect_refused(request, "limit > max_entries_limit_per_query (100 > 7)");

    const Querier::MetadataRequest listing{.tenant = TenantId::anonymous(),
                                           .selectors = {},
                                           .start = at(0),
                                           .end = at(61),
                                           .asked_limits = request.asked_limits};
    const auto names = support::run_task(context_, querier_->label_names(listing, {}));
    ASSERT_FALSE(names);
    EXPECT_THAT(names.error().message, HasSubstr("(query length: 1m1s, limit: 1m)"));

    asked.max_entries_limit_per_query = 10'000;
    request.asked_limits = std::make_shared<const AskedLimits>(asked);
    request.limit = 5001;
    expect_refused(request, "limit > max_entries_limit_per_query (5001 > 5000)");
}

TEST_F(QueryChecks, RefuseManyMatchers) {
    limits_.max_streams_matchers_per_query = 1;
    expect_refused(range_request(R"(sum(rate({a="b", c="d"}[1m])) + vector(1))", 0, 60, 60),
                   "max streams matchers per query exceeded, matchers-count > limit (2 > 1) "
                   "(limits_config.max_streams_matchers_per_query)");
}

TEST_F(QueryChecks, RefuseLongWindows) {
    limits_.max_query_range = 3600 * 1'000'000'000LL;
    expect_refused(instant_request(R"(sum(rate({a="b"}[2h])))", 0),
                   "[interval] value exceeds limit: [2h] > [1h] (limits_config.max_query_range)");
}

TEST_F(QueryChecks, RefuseInstantLogQueries) {
    expect_refused(instant_request(R"({a="b"})", 0),
                   "log queries are not supported as an instant query type");
}

TEST_F(QueryChecks, RefuseManyPoints) {
    expect_refused(range_request(R"(rate({a="b"}[1m]))", 0, 12000, 1),
                   "exceeded maximum resolution of 11,000 points per time series");
}

TEST_F(QueryChecks, RefuseApproximateTopkOverARange) {
    expect_refused(range_request(R"(approx_topk(1, rate({a="b"}[1m])))", 0, 60, 1),
                   "`approx_topk` is only supported on instant queries");
}

TEST_F(QueryChecks, RefuseWhatDoesNotParse) {
    expect_refused(log_request("{", 0, 1), "parse error at line 1, col 2");
    expect_refused(log_request(R"({a="b"} |~ "(")", 0, 1),
                   "parse error : stage '|~ \"(\"' : error parsing regexp: missing closing )");
}

TEST_F(QueryChecks, AnswerOnlyWhatIsInsideTheLookback) {
    limits_.max_query_lookback = 60 * 1'000'000'000LL;
    const StreamPtr app = stream({{"app", "web"}});
    store_run(app, {{at(-100), "old", "", {}}, {at(-50), "new", "", {}}});

    const auto some = run(log_request(R"({app="web"})", -200, 0));
    const auto none = run(log_request(R"({app="web"})", -200, -90));
    const auto count = run(instant_request(R"(sum(count_over_time({app="web"}[5m])))", -90));

    ASSERT_OK(some);
    EXPECT_THAT(lines(*some), ElementsAre("new"));
    ASSERT_OK(none);
    EXPECT_THAT(lines(*none), IsEmpty());
    ASSERT_OK(count);
    EXPECT_THAT(samples(*count), IsEmpty());
}

TEST_F(QueryChecks, RefuseSelectorsWithoutTheRequiredLabels) {
    // Once each, however many ask for it.
    limits_.required_labels = {"env", "app", "env"};
    expect_refused(range_request(R"(sum(rate({app="b"}[1m])) + vector(1))", 0, 60, 60),
                   "stream selector is missing required matchers [env], labels present in the "
                   "query were [app] (limits_config.required_labels)");
}

TEST_F(QueryChecks, RefuseSelectorsWithFewLabels) {
    limits_.minimum_labels_number = 3;
    expect_refused(log_request(R"({a="b", c="d"})", 0, 10),
                   "stream selector has less label matchers than required: (present: [a, c], "
                   "number_present: 2, required_number_label_matchers: 3) "
                   "(limits_config.minimum_labels_number)");
}

TEST_F(QueryChecks, RefuseBlockedQueriesOfTheirType) {
    BlockedQuery::Rule rule;
    rule.types = {"filter"};
    limits_.blocked_queries.push_back(*BlockedQuery::create(rule));
    expect_refused(log_request(R"({a="b"} | json)", 0, 10),
                   "query blocked by policy (limits_config.blocked_queries)");
    EXPECT_TRUE(run(log_request(R"({a="b"})", 0, 10)));
}

TEST_F(QueryChecks, CanBeOff) {
    limits_.max_query_parallelism = 0;
    make_querier();
    const auto response = run(log_request(R"({a="b"})", 0, 10));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kLimitExceeded);
    EXPECT_EQ(response.error().message,
              "querying is disabled, please contact your Loki operator "
              "(limits_config.max_query_parallelism)");
}

}  // namespace
}  // namespace skald::read
