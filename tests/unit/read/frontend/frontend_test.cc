// SPDX-License-Identifier: Apache-2.0
#include "support/querier_fixture.h"
#include "support/quiet_stderr.h"
#include "support/result_assertions.h"

#include <skald/read/frontend/frontend.h>
#include <skald/storage/store/change_log.h>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

constexpr double kHour = 3600;

/// A querier that counts what it is asked and may fail first.
class Observed final : public Querier {
public:
    explicit Observed(Querier& next) : next_(next) {}

    Task<Result<QueryResponse>> query(QueryRequest request, CancelToken cancel) override {
        asked.push_back(request);
        if (before) before(request);
        if (failures > 0) {
            --failures;
            co_return failure;
        }
        Result<QueryResponse> response = co_await next_.query(std::move(request), cancel);
        co_return response;
    }
    Task<Result<Names>> label_names(MetadataRequest request, CancelToken cancel) override {
        return next_.label_names(std::move(request), std::move(cancel));
    }
    Task<Result<Names>> label_values(MetadataRequest request, std::string name,
                                     CancelToken cancel) override {
        return next_.label_values(std::move(request), std::move(name), std::move(cancel));
    }
    Task<Result<std::vector<StreamPtr>>> series(MetadataRequest request,
                                                CancelToken cancel) override {
        return next_.series(std::move(request), std::move(cancel));
    }

    std::vector<QueryRequest> asked;
    std::function<void(const QueryRequest&)> before;
    int failures = 0;
    Error failure{ErrorCode::kIo, "the disk is gone"};

private:
    Querier& next_;
};

class FrontendTest : public support::QuerierFixture {
protected:
    /// The clock stands still at kStart; rows are some hours before it.
    void SetUp() override {
        web_ = stream({{"app", "web"}});
        for (int i = 0; i < 240; ++i) {
            store_run(web_, {{at(-4 * kHour + i * 60), "line " + std::to_string(i), "", {}}}, 1,
                      static_cast<std::uint64_t>(i));
        }
    }
    void make(FrontendOptions options = {}) {
        make_querier();
        observed_ = std::make_unique<Observed>(*querier_);
        frontend_ = make_frontend(
            options, {*observed_, &changes_, *limits_source_, clock_, workers_, metrics_, queue_});
    }
    Result<QueryResponse> ask(QueryRequest request, CancelToken cancel = {}) {
        if (frontend_ == nullptr) make();
        return support::run_task(context_, frontend_->query(std::move(request), std::move(cancel)));
    }
    QueryRequest panel() const {
        return range_request(R"(count_over_time({app="web"}[1m]))", -3 * kHour, 0, 60);
    }
    void add_row(double seconds) {
        store_run(web_, {{at(seconds), "late", "", {}}}, 2, next_position_++);
    }
    void note(double seconds) { changes_.note(TenantId::anonymous(), at(seconds), at(seconds)); }

    StreamPtr web_;
    std::uint64_t next_position_ = 0;
    storage::ChangeLog changes_;
    FairQueue queue_{{}, clock_, metrics_};
    std::unique_ptr<Observed> observed_;
    std::unique_ptr<Querier> frontend_;
    QuietStderr quiet_;  // A line a query.
};

TEST_F(FrontendTest, ASecondTimeOnlyTheNewestStepsAreAskedFor) {
    ASSERT_OK(ask(panel()));
    observed_->asked.clear();

    const auto again = ask(panel());

    ASSERT_OK(again);
    ASSERT_EQ(observed_->asked.size(), 1U);
    EXPECT_EQ(observed_->asked[0].start, at(-9 * 60));
    EXPECT_EQ(observed_->asked[0].end, at(0));
    EXPECT_EQ(samples(*again), samples(*run(panel())));
}

TEST_F(FrontendTest, ALateRowMakesItsIntervalBeComputedAgain) {
    ASSERT_OK(ask(panel()));
    add_row(-2.5 * kHour);
    note(-2.5 * kHour);
    observed_->asked.clear();

    const auto again = ask(panel());

    ASSERT_OK(again);
    EXPECT_EQ(samples(*again), samples(*run(panel())));
    ASSERT_EQ(observed_->asked.size(), 2U);
    EXPECT_GE(observed_->asked[0].start, at(-3 * kHour));
    EXPECT_LE(observed_->asked[0].end, at(-2 * kHour));
}

TEST_F(FrontendTest, ARowThatComesWhileItsIntervalIsComputedIsNotMissed) {
    make();
    bool is_first = true;
    observed_->before = [&](const QueryRequest&) {
        // Noted after the version was taken; whether the query saw it doesn't matter.
        if (std::exchange(is_first, false)) note(-2.5 * kHour);
    };
    ASSERT_OK(ask(panel()));
    add_row(-2.5 * kHour);

    const auto again = ask(panel());

    ASSERT_OK(again);
    EXPECT_EQ(samples(*again), samples(*run(panel())));
}

TEST_F(FrontendTest, AnotherTenantDoesNotGetTheAnswer) {
    ASSERT_OK(ask(panel()));
    QueryRequest other = panel();
    other.tenant = *TenantId::parse("other");
    observed_->asked.clear();

    ASSERT_OK(ask(other));

    EXPECT_GT(observed_->asked.size(), 1U);
}

TEST_F(FrontendTest, WithoutNoticesOfChangesNothingIsKept) {
    make_querier();
    Observed observed(*querier_);
    const auto plain =
        make_frontend({}, {observed, nullptr, *limits_source_, clock_, workers_, metrics_, queue_});
    ASSERT_OK(support::run_task(context_, plain->query(panel(), {})));
    const std::size_t first = observed.asked.size();

    ASSERT_OK(support::run_task(context_, plain->query(panel(), {})));

    EXPECT_EQ(observed.asked.size(), 2 * first);
}

TEST_F(FrontendTest, RowsThatPassTheirRetentionAreNotAnsweredFromMemory) {
    limits_.retention_period = 3 * kNanosPerHour;
    ASSERT_OK(ask(panel()));
    observed_->asked.clear();
    clock_.advance(std::chrono::hours(1));

    ASSERT_OK(ask(panel()));

    // The step at -2 h looks at rows before it.
    ASSERT_GE(observed_->asked.size(), 2U);
    EXPECT_EQ(observed_->asked[0].start, at(-3 * kHour));
    EXPECT_EQ(observed_->asked[1].start, at(-2 * kHour));
}

TEST_F(FrontendTest, AnIntervalWithoutRowsIsNotSearchedAgain) {
    const QueryRequest request = log_request(R"({app="web"} |= "absent")", -3 * kHour, 0);
    ASSERT_OK(ask(request));
    observed_->asked.clear();

    const auto again = ask(request);

    ASSERT_OK(again);
    ASSERT_EQ(observed_->asked.size(), 1U);
    EXPECT_EQ(observed_->asked[0].start, at(-600));
}

TEST_F(FrontendTest, ALogQueryEndsWithTheIntervalThatFillsItsLimit) {
    QueryRequest request = log_request(R"({app="web"})", -4 * kHour, 0);
    request.limit = 10;

    const auto response = ask(request);

    ASSERT_OK(response);
    EXPECT_EQ(lines(*response).size(), 10U);
    ASSERT_EQ(observed_->asked.size(), 1U);
    EXPECT_EQ(observed_->asked[0].start, at(-kHour));
}

TEST_F(FrontendTest, MoreSeriesThanAllowedAreRefusedAlsoIfNoPartHasThem) {
    limits_.max_query_series = 1;
    const StreamPtr api = stream({{"app", "api"}});
    store_run(stream({{"app", "early"}}), {{at(-3.5 * kHour), "x", "", {}}}, 3);
    store_run(api, {{at(-100), "x", "", {}}}, 4);
    QueryRequest request = range_request(
        R"(sum by (app) (count_over_time({app=~"early|api"}[1m])))", -4 * kHour, 0, 60);

    const auto response = ask(request);

    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().message, run(request).error().message);
}

TEST_F(FrontendTest, AFaultThatPassesIsTriedAgain) {
    make({.max_retries = 3});
    observed_->failures = 3;
    Result<QueryResponse> response = Error{ErrorCode::kInternal, "not run"};
    // Sleeps are virtual, so the loop and the workers take turns.
    TaskGroup group;
    const auto guard = boost::asio::make_work_guard(context_);
    const auto run_query = [&]() -> Task<> { response = co_await frontend_->query(panel(), {}); };
    group.spawn(context_.get_executor(), run_query());
    while (group.running() > 0) {
        clock_.run(context_);
    }

    EXPECT_OK(response);
    EXPECT_EQ(clock_.now().time_since_epoch(), std::chrono::milliseconds(250 + 500 + 1000));
}

TEST_F(FrontendTest, AFaultOfTheRequestIsNotTriedAgain) {
    make();
    observed_->failures = 1;
    observed_->failure = {ErrorCode::kInvalidArgument, "no"};

    EXPECT_FALSE(ask(panel()).has_value());

    EXPECT_EQ(observed_->asked.size(), 1U);
}

TEST_F(FrontendTest, AQueryWhoseClientLeavesAsksForNoFurtherPart) {
    make();
    const CancelToken cancel;
    observed_->before = [&](const QueryRequest&) { cancel.cancel(CancelReason::kClientGone); };

    const auto response = ask(panel(), cancel);

    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code, ErrorCode::kCancelled);
    EXPECT_EQ(observed_->asked.size(), 1U);
}

}  // namespace
}  // namespace skald::read
