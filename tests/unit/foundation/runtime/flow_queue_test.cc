// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/flow_queue.h>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace skald {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPushes = 0;
constexpr std::size_t kQueries = 1;
constexpr std::uint64_t kHeavy = 1;
constexpr std::uint64_t kSmall = 2;
constexpr std::uint64_t kOther = 3;

/// A queue whose time goes by only while jobs run.
class FlowQueueTest : public testing::Test {
protected:
    void post(std::size_t lane, std::uint64_t flow) {
        queue_.push(lane, flow, [] {});
    }
    /// Runs the next job for so long; whose it was.
    std::uint64_t run(std::size_t lane, FlowQueue::Time takes) {
        const FlowQueue::Taken taken = queue_.pop(lane, now_);
        now_ += takes;
        queue_.finished(taken, now_);
        return taken.flow;
    }
    /// A flow that has a job waiting all the time, and gets this much of a thread.
    void keep_busy(std::size_t lane, std::uint64_t flow, FlowQueue::Time time) {
        if (queue_.jobs_of(lane, flow) == 0) post(lane, flow);
        for (FlowQueue::Time used{0}; used < time; used += 1ms) {
            post(lane, flow);
            run(lane, 1ms);
        }
    }

    FlowQueue queue_{2};
    FlowQueue::Time now_{0};
};

TEST_F(FlowQueueTest, WithManyJobsOfOneFlowTheNextTurnIsTheOthers) {
    keep_busy(kQueries, kHeavy, 50ms);
    for (int i = 0; i < 100; ++i) post(kQueries, kHeavy);
    post(kQueries, kSmall);

    EXPECT_EQ(run(kQueries, 1ms), kSmall);
    EXPECT_EQ(run(kQueries, 1ms), kHeavy);
}

TEST_F(FlowQueueTest, WhoAsksForLittleGoesFirstWithAllTheStepsOfARequest) {
    keep_busy(kQueries, kHeavy, 50ms);
    for (int step = 0; step < 6; ++step) {
        post(kQueries, kSmall);
        EXPECT_EQ(run(kQueries, 500us), kSmall) << step;
    }
}

TEST_F(FlowQueueTest, NobodySavesUpToShutOthersOut) {
    post(kQueries, kSmall);
    run(kQueries, 1ms);
    keep_busy(kQueries, kHeavy, 1s);
    for (int i = 0; i < 100; ++i) post(kQueries, kSmall);

    int in_a_row = 0;
    while (run(kQueries, 1ms) == kSmall) ++in_a_row;

    EXPECT_NEAR(in_a_row, static_cast<double>(FlowQueue::kCredit / 1ms), 1);
}

TEST_F(FlowQueueTest, WhatAFlowUsesInOneLaneCountsInTheOther) {
    keep_busy(kPushes, kHeavy, 50ms);
    post(kQueries, kHeavy);
    post(kQueries, kSmall);

    EXPECT_TRUE(queue_.next_is_light(kQueries));
    EXPECT_EQ(run(kQueries, 1ms), kSmall);
    EXPECT_FALSE(queue_.next_is_light(kQueries));
    EXPECT_EQ(run(kQueries, 1ms), kHeavy);
}

TEST_F(FlowQueueTest, AFlowIsLightUntilItHasUsedNearlyAsMuchAsTheOthers) {
    keep_busy(kQueries, kHeavy, 50ms);
    post(kQueries, kSmall);

    FlowQueue::Time used{0};
    while (queue_.next_is_light(kQueries)) {
        run(kQueries, 1ms);
        used += 1ms;
        post(kQueries, kSmall);
    }

    EXPECT_GE(used, FlowQueue::kCredit - FlowQueue::kLight);
    EXPECT_LE(used, FlowQueue::kCredit);
}

TEST_F(FlowQueueTest, NoFlowIsLightAlone) {
    keep_busy(kQueries, kSmall, 10ms);
    now_ += 1h;
    post(kQueries, kSmall);
    EXPECT_FALSE(queue_.next_is_light(kQueries));
}

TEST_F(FlowQueueTest, AFlowMayJoinThoseThatRunIfNoneOfThemHasUsedLess) {
    post(kQueries, kHeavy);
    const FlowQueue::Taken heavy = queue_.pop(kQueries, now_);
    post(kQueries, kHeavy);
    EXPECT_FALSE(queue_.next_may_join(kQueries, now_));  // It has one running.
    post(kQueries, kSmall);
    EXPECT_TRUE(queue_.next_may_join(kQueries, now_));

    const FlowQueue::Taken small = queue_.pop(kQueries, now_);
    now_ += 5ms;
    queue_.finished(heavy, now_);
    EXPECT_TRUE(queue_.next_may_join(kQueries, now_));  // Both have used as much so far.
    now_ += 5ms;
    queue_.finished(small, now_);
}

TEST_F(FlowQueueTest, WhoHasUsedMoreDoesNotJoin) {
    keep_busy(kQueries, kHeavy, 50ms);
    post(kQueries, kSmall);
    const FlowQueue::Taken small = queue_.pop(kQueries, now_);
    ASSERT_EQ(small.flow, kSmall);

    EXPECT_FALSE(queue_.next_may_join(kQueries, now_));

    post(kQueries, kOther);
    EXPECT_TRUE(queue_.next_may_join(kQueries, now_));
    queue_.finished(small, now_);
}

TEST_F(FlowQueueTest, ForgetsIdleFlows) {
    for (std::uint64_t flow = 0; flow < 10'000; ++flow) {
        post(kQueries, flow);
        run(kQueries, 1ms);
    }
    keep_busy(kQueries, 1'000'000, 1s);
    EXPECT_EQ(queue_.jobs_of(kQueries, 5), 0U);
    EXPECT_LT(queue_.flows(), 2'000U);
}

}  // namespace
}  // namespace skald
