// SPDX-License-Identifier: Apache-2.0
//
// Goal: subscriptions see what they select, once it is durable, and bounded memory holds it.
// Method: batches offered by hand; then through an ingester whose disk fails.
#include "live_hub.h"

#include "ingester_harness.h"
#include "support/quiet_stderr.h"

#include <gtest/gtest.h>

#include <string>

namespace skald::write {
namespace {

using cluster::LiveSubscription;

Matcher app_is(const std::string& app) {
    return *Matcher::create(MatchOp::kEqual, "app", app);
}

class LiveHubTest : public ::testing::Test {
protected:
    std::unique_ptr<LiveSubscription> tail(std::vector<Matcher> matchers,
                                           std::uint64_t bytes_max = kMiB) {
        return hub.subscribe({.tenant = TenantId::anonymous(),
                              .matchers = std::move(matchers),
                              .queued_bytes_max = bytes_max,
                              .wake = [this] { ++wakes; }});
    }
    static std::string lines_of(const LiveSubscription::Taken& taken) {
        std::string lines;
        for (const cluster::LiveRows& rows : taken.rows) {
            for (const std::uint32_t index : rows.streams) {
                const auto& stream = rows.batch->streams[index];
                for (std::uint32_t i = stream.entries_begin; i < stream.entries_end; ++i)
                    lines += std::string(rows.batch->entries[i].line) + " ";
            }
        }
        return lines;
    }

    MetricsRegistry metrics;
    std::shared_ptr<MemoryBudget> memory = std::make_shared<MemoryBudget>(2000);
    LiveHub hub{metrics, memory};
    int wakes = 0;
};

TEST_F(LiveHubTest, ShowsTheStreamsThatAreSelected) {
    const auto subscription = tail({app_is("a")});
    BatchBuilder batch;
    batch.stream({{"app", "b"}}).entry(1, "no");
    batch.stream({{"app", "a"}}).entry(2, "yes").entry(3, "too");

    hub.offer(batch.take(), 100);
    hub.offer(one_stream("b", kNoon, {"no"}), 100);
    hub.offer(one_stream("a", kNoon, {"no"}, *TenantId::parse("other")), 100);
    hub.offer(one_stream("a", kNoon, {"last"}), 100);

    EXPECT_EQ(wakes, 1);
    EXPECT_EQ(lines_of(subscription->take()), "yes too last ");
    EXPECT_EQ(lines_of(subscription->take()), "");
    hub.offer(one_stream("a", kNoon, {"more"}), 100);
    EXPECT_EQ(wakes, 2);
}

TEST_F(LiveHubTest, OneBatchIsSharedByAllWhoSelectIt) {
    const auto one = tail({app_is("a")});
    const auto two = tail({});

    hub.offer(one_stream("a", kNoon, {"x"}), 100);

    auto first = one->take();
    auto second = two->take();
    ASSERT_EQ(first.rows.size(), 1U);
    ASSERT_EQ(second.rows.size(), 1U);
    EXPECT_EQ(first.rows[0].batch, second.rows[0].batch);
    EXPECT_EQ(hub.held_bytes(), 100U);
    first = {};
    EXPECT_EQ(hub.held_bytes(), 100U);
    second = {};
    EXPECT_EQ(hub.held_bytes(), 0U);
}

TEST_F(LiveHubTest, DropsWhatDoesNotFitAndSaysWhich) {
    const auto slow = tail({}, 250);
    const auto other = tail({app_is("z")});
    for (int i = 0; i < 4; ++i) hub.offer(one_stream("a", kNoon + i, {std::to_string(i)}), 100);

    const LiveSubscription::Taken taken = slow->take();

    EXPECT_EQ(lines_of(taken), "0 1 ");
    ASSERT_EQ(taken.dropped.size(), 2U);
    EXPECT_EQ(taken.dropped[0].time, kNoon + 2);
    EXPECT_EQ(taken.dropped[0].stream->labels.to_string(), "{app=\"a\"}");
    EXPECT_EQ(metrics.counter("skald_tail_dropped_rows_total", "", {}).value(), 2);
    hub.offer(one_stream("a", kNoon, {"again"}), 100);
    EXPECT_EQ(lines_of(slow->take()), "again ");
    EXPECT_TRUE(other->take().dropped.empty());
}

TEST_F(LiveHubTest, AllTogetherHoldOnlySoMuch) {
    const auto subscription = tail({});
    const auto second = tail({});
    for (int i = 0; i < 20; ++i) hub.offer(one_stream("a", kNoon + i, {"x"}), 100);

    EXPECT_EQ(hub.held_bytes(), 1000U);
    EXPECT_EQ(subscription->take().dropped.size(), 10U);
    // What the first gave back was held by the second still.
    EXPECT_EQ(hub.held_bytes(), 1000U);
    EXPECT_EQ(second->take().rows.size(), 10U);
    EXPECT_EQ(hub.held_bytes(), 0U);
    EXPECT_EQ(memory->used(), 0U);
}

TEST_F(LiveHubTest, TakesNoMemoryThatMessagesHold) {
    const auto subscription = tail({});
    ASSERT_TRUE(memory->take(1850));
    for (int i = 0; i < 3; ++i) hub.offer(one_stream("a", kNoon + i, {"x"}), 100);

    EXPECT_EQ(memory->used(), 1950U);
    EXPECT_EQ(subscription->take().dropped.size(), 2U);
    EXPECT_EQ(memory->used(), 1850U);
    memory->give(1850);
}

TEST_F(LiveHubTest, DroppedRowsAreListedUpToABound) {
    const auto slow = tail({}, 0);
    BatchBuilder batch;
    batch.stream({{"app", "a"}});
    for (int i = 0; i < 3000; ++i) batch.entry(i, "x");

    hub.offer(batch.take(), 100);

    EXPECT_EQ(slow->take().dropped.size(), LiveSubscription::kDroppedMax);
    EXPECT_EQ(metrics.counter("skald_tail_dropped_rows_total", "", {}).value(), 3000);
}

TEST_F(LiveHubTest, NobodyIsAskedOnceTheLastTailIsGone) {
    auto subscription = tail({});
    EXPECT_TRUE(hub.is_tailed());
    hub.offer(one_stream("a", kNoon, {"x"}), 100);
    subscription.reset();

    EXPECT_FALSE(hub.is_tailed());
    EXPECT_EQ(hub.held_bytes(), 0U);
    hub.offer(one_stream("a", kNoon, {"x"}), 100);
    EXPECT_EQ(wakes, 1);
}

TEST(LiveTail, ShowsRowsOnlyOnceTheyAreDurable) {
    const QuietStderr quiet;
    storage::FaultyFileSystem files;
    IngesterHarness harness(files);
    ASSERT_OK(harness.start());
    const auto subscription = harness.ingester->live_tail().subscribe(
        {.tenant = TenantId::anonymous(), .matchers = {}, .queued_bytes_max = kMiB, .wake = [] {}});
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"one"})));
    LiveSubscription::Taken taken = subscription->take();
    ASSERT_EQ(taken.rows.size(), 1U);
    EXPECT_EQ(taken.rows[0].batch->entries[0].line, "one");

    files.fail_next(storage::FaultyFileSystem::Operation::kAppend, {ErrorCode::kIo, "broken"});
    EXPECT_FALSE(harness.push(one_stream("a", kNoon + 1, {"two"})));
    EXPECT_TRUE(subscription->take().rows.empty());
}

TEST(LiveTail, ShowsOnlyRowsThatAreKept) {
    storage::FaultyFileSystem files;
    IngesterHarness harness(files);
    ASSERT_OK(harness.start());
    {
        const auto subscription = harness.ingester->live_tail().subscribe(
            {.tenant = TenantId::anonymous(), .matchers = {}, .queued_bytes_max = kMiB, .wake = [] {
             }});
        BatchBuilder batch;
        batch.stream({{"app", "a"}}).entry(kNoon, "new").entry(kNoon - kNanosPerDay, "too old");
        EXPECT_FALSE(harness.push(batch.take()));

        const LiveSubscription::Taken taken = subscription->take();
        ASSERT_EQ(taken.rows.size(), 1U);
        const auto& rows = *taken.rows[0].batch;
        ASSERT_EQ(rows.streams.size(), 1U);
        ASSERT_EQ(rows.streams[0].entries_end - rows.streams[0].entries_begin, 1U);
        EXPECT_EQ(rows.entries[rows.streams[0].entries_begin].line, "new");
    }
    harness.stop();
}

}  // namespace
}  // namespace skald::write
