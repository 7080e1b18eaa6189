// SPDX-License-Identifier: Apache-2.0
//
// Goal: requests that read no line end early, keep to the tenant's limits and are noted, as queries
// are. Method: a store that finds streams for as long as it is let.
#include "allowance.h"
#include "detected_labels.h"
#include "run_meter.h"
#include "stream_lists.h"
#include "support/querier_fixture.h"
#include "support/result_assertions.h"

#include <skald/read/querier/index_querier.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

using testing::HasSubstr;

/// Finds more until nobody wants it, a hundred thousand times at most.
class EndlessStore final : public storage::Store {
public:
    Result<void> publish(const storage::GenerationId&, const Fill&) override { return {}; }
    Result<bool> has_generation(const storage::GenerationId&) const override { return false; }
    Result<std::uint64_t> last_generation(const std::string&) const override { return 0; }
    Result<std::vector<storage::Run>> select(
        const storage::Selection& selection,
        const std::set<storage::GenerationId>&) const override {
        SKALD_CHECK(search(selection));
        return std::vector<storage::Run>();
    }
    Result<std::vector<StreamPtr>> streams(const storage::Selection& selection) const override {
        SKALD_CHECK(search(selection));
        return std::vector<StreamPtr>();
    }
    Totals totals() const override { return {}; }

    std::function<void()> on_step = [] {};
    mutable int steps = 0;

private:
    Result<void> search(const storage::Selection& selection) const {
        while (steps < 100'000) {
            ++steps;
            on_step();
            if (!selection.take_memory(1)) return Error{ErrorCode::kUnavailable, "told to end"};
        }
        return {};
    }
};

class Listed : public support::QuerierFixture {
protected:
    void make() {
        limits_source_ = std::make_unique<FixedLimits>(limits_);
        endless_querier_ =
            Querier::create(memtables_, endless_, *limits_source_, clock_, workers_, metrics_);
        index_ =
            IndexQuerier::create(memtables_, endless_, *limits_source_, clock_, workers_, metrics_);
    }
    Querier::MetadataRequest listing() const {
        return {.tenant = TenantId::anonymous(), .selectors = {}, .start = at(0), .end = at(100)};
    }
    IndexRequest index() const {
        return {.tenant = TenantId::anonymous(), .matchers = {}, .start = at(0), .end = at(100)};
    }
    template <class T>
    Result<void> ended(Task<Result<T>> task) {
        const Result<T> answer = support::run_task(context_, std::move(task));
        if (!answer) return answer.error();
        return {};
    }
    /// Each kind of request, by name.
    std::vector<std::pair<std::string, std::function<Result<void>(CancelToken)>>> requests() {
        return {
            {"labels",
             [&](auto token) { return ended(endless_querier_->label_names(listing(), token)); }},
            {"values",
             [&](auto token) {
                 return ended(endless_querier_->label_values(listing(), "app", token));
             }},
            {"series",
             [&](auto token) { return ended(endless_querier_->series(listing(), token)); }},
            {"stats", [&](auto token) { return ended(index_->stats(index(), token)); }},
            {"shards", [&](auto token) { return ended(index_->shards(index(), 1000, token)); }},
            {"volume",
             [&](auto token) {
                 return ended(index_->volume({.index = index(), .target_labels = {}}, token));
             }},
            {"detected_labels",
             [&](auto token) { return ended(index_->detected_labels(index(), token)); }},
        };
    }

    EndlessStore endless_;
    std::unique_ptr<Querier> endless_querier_;
    std::unique_ptr<IndexQuerier> index_;
};

TEST_F(Listed, EndsWhenItsClientLeaves) {
    make();
    for (const auto& [name, ask] : requests()) {
        const CancelToken cancel;
        endless_.steps = 0;
        endless_.on_step = [&] {
            if (endless_.steps == 3) cancel.cancel(CancelReason::kClientGone);
        };
        const auto ended = ask(cancel);
        ASSERT_FALSE(ended) << name;
        EXPECT_EQ(ended.error().code, ErrorCode::kCancelled) << name;
        EXPECT_EQ(endless_.steps, 3) << name;
    }
}

TEST_F(Listed, EndsWhenItsTimeIsUp) {
    limits_.query_timeout = 5 * kNanosPerSecond;
    make();
    endless_.on_step = [&] { clock_.advance(std::chrono::seconds(1)); };
    for (const auto& [name, ask] : requests()) {
        endless_.steps = 0;
        const auto ended = ask({});
        ASSERT_FALSE(ended) << name;
        EXPECT_EQ(ended.error().code, ErrorCode::kDeadlineExceeded) << name;
        EXPECT_THAT(ended.error().message, HasSubstr("request timed out")) << name;
        EXPECT_EQ(endless_.steps, 5) << name;
    }
}

TEST_F(Listed, EndsWhenTheTimeIsUpThatItsClientNames) {
    make();
    endless_.on_step = [&] { clock_.advance(std::chrono::seconds(1)); };
    AskedLimits asked;
    asked.query_timeout = 3 * kNanosPerSecond;
    auto request = listing();
    request.asked_limits = std::make_shared<const AskedLimits>(asked);

    const auto ended = support::run_task(context_, endless_querier_->label_names(request, {}));

    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, ErrorCode::kDeadlineExceeded);
    EXPECT_EQ(endless_.steps, 3);
}

TEST_F(Listed, IsNotBegunForAClientThatHasGone) {
    make();
    const CancelToken cancel;
    cancel.cancel(CancelReason::kClientGone);
    for (const auto& [name, ask] : requests()) EXPECT_FALSE(ask(cancel)) << name;
    EXPECT_EQ(endless_.steps, 0);
}

TEST_F(Listed, IsRefusedWhereQueriesAre) {
    limits_.max_query_parallelism = 0;
    make();
    for (const auto& [name, ask] : requests()) {
        const auto refused = ask({});
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().message,
                  "querying is disabled, please contact your Loki operator "
                  "(limits_config.max_query_parallelism)");
    }
}

TEST_F(Listed, IsCountedAndTimedByItsKind) {
    make();
    endless_.steps = 100'000;
    for (const auto& [name, ask] : requests()) ASSERT_OK(ask({}));

    const std::string text = metrics_.exposition();
    for (const std::string kind : {"series", "stats", "shards", "volume", "detected_labels"})
        EXPECT_THAT(text,
                    HasSubstr("logql_query_duration_seconds_count{query_type=\"" + kind + "\"} 1"));
    EXPECT_THAT(text, HasSubstr("logql_query_duration_seconds_count{query_type=\"labels\"} 2"));
    EXPECT_THAT(text, HasSubstr("loki_logql_querystats_latency_seconds_count{range=\"\",status_"
                                "code=\"200\",type=\"series\"} 1"));
}

class Lookback : public support::QuerierFixture {
protected:
    Lookback() {
        const StreamPtr old = stream({{"old", "1"}});
        const StreamPtr fresh = stream({{"fresh", "1"}});
        store_run(old, {{at(-7200), "0123456789", "", {}}}, 1);
        store_run(fresh, {{at(-600), "0123456789", "", {}}}, 2);
        limits_.max_query_lookback = kNanosPerHour;
        make_querier();
        index_ =
            IndexQuerier::create(memtables_, store_, *limits_source_, clock_, workers_, metrics_);
    }
    std::unique_ptr<IndexQuerier> index_;
};

TEST_F(Lookback, HidesWhatIsTooLongAgo) {
    const auto names = support::run_task(
        context_, querier_->label_names({TenantId::anonymous(), {}, at(-9000), at(0)}, {}));
    const auto stats = support::run_task(
        context_, index_->stats({TenantId::anonymous(), {}, at(-9000), at(0)}, {}));
    ASSERT_OK(names);
    EXPECT_THAT(*names, testing::ElementsAre("fresh"));
    ASSERT_OK(stats);
    EXPECT_EQ(*stats, (IndexStats{1, 1, 10, 1}));
}

TEST_F(Lookback, LeavesNothingOfARangeBeforeIt) {
    const IndexRequest before{TenantId::anonymous(), {}, at(-9000), at(-5000)};
    const auto names = support::run_task(
        context_, querier_->label_names({TenantId::anonymous(), {}, at(-9000), at(-5000)}, {}));
    const auto plan = support::run_task(context_, index_->shards(before, 100, {}));
    const auto volume =
        support::run_task(context_, index_->volume({.index = before, .target_labels = {}}, {}));
    ASSERT_OK(names);
    EXPECT_TRUE(names->empty());
    ASSERT_OK(plan);
    ASSERT_EQ(plan->shards.size(), 1U);
    EXPECT_EQ(plan->shards[0].max, UINT64_MAX);
    ASSERT_OK(volume);
    EXPECT_EQ(samples(*volume), std::vector<std::string>{});
}

/// Lists of many streams, of which nobody wants to hear the end.
class StoppedList : public testing::Test {
protected:
    void SetUp() override {
        const auto one = std::make_shared<const Stream>(Labels::from_pairs({{"app", "x"}}));
        streams_.assign(10'000, one);
        cancel_.cancel(CancelReason::kClientGone);
    }
    template <class T>
    static void expect_cancelled(const Result<T>& result) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
    }

    support::SimClock clock_;
    CancelToken cancel_;
    Allowance allowance_{nullptr, StopSign(cancel_, clock_)};
    std::vector<StreamPtr> streams_;
};

TEST_F(StoppedList, IsNotMade) {
    expect_cancelled(names_of(streams_, allowance_));
    expect_cancelled(values_of(streams_, "app", allowance_));
    expect_cancelled(detect_labels(streams_, allowance_));
    expect_cancelled(sort_unique(streams_, allowance_));
}

TEST_F(StoppedList, OfRunsIsNotSummed) {
    const auto block =
        std::make_shared<support::MemoryBlock>(std::vector<support::MemoryRow>{{1, "x", "", {}}});
    SelectedRuns runs{
        .pins = {}, .in_memory = {support::run_of(block, streams_.front(), 1, 0)}, .stored = {}};
    int taken = 0;
    RunMeter meter(TimeBuckets(0, 10, 0));
    expect_cancelled(meter.measure(runs, StopSign(cancel_, clock_),
                                   [&](const storage::Run&, std::size_t, RunShare) { ++taken; }));
    EXPECT_EQ(taken, 0);
}

}  // namespace
}  // namespace skald::read
