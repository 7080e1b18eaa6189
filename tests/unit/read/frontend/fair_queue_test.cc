// SPDX-License-Identifier: Apache-2.0
#include "support/result_assertions.h"
#include "support/sim_clock.h"

#include <skald/foundation/runtime/task_group.h>
#include <skald/read/frontend/fair_queue.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

class FairQueueTest : public testing::Test {
protected:
    struct Query {
        std::string tenant;
        CancelToken cancel;
        std::optional<Result<FairQueue::Ticket>> entered;
    };
    using QueryPtr = std::shared_ptr<Query>;

    QueryPtr enter(const std::string& tenant, std::size_t own_max = 100) {
        auto query = std::make_shared<Query>();
        query->tenant = tenant;
        group_.spawn(context_.get_executor(), wait(query, own_max));
        run();
        return query;
    }
    Task<> wait(QueryPtr query, std::size_t own_max) {
        auto ticket =
            co_await queue_->enter(*TenantId::parse(query->tenant), own_max, query->cancel);
        query->entered.emplace(std::move(ticket));
        order_.push_back(query->tenant);
    }
    void leave(const QueryPtr& query) {
        query->entered.reset();
        run();
    }
    void run() {
        context_.restart();
        context_.poll();
    }
    static bool runs(const QueryPtr& query) {
        return query->entered && query->entered->has_value();
    }

    boost::asio::io_context context_;
    support::SimClock clock_;
    MetricsRegistry metrics_;
    std::optional<FairQueue> queue_{
        std::in_place, FairQueue::Options{.running_max = 6, .waiting_max = 3}, clock_, metrics_};
    TaskGroup group_;
    std::vector<std::string> order_;
};

TEST_F(FairQueueTest, OneTenantLeavesRoomForTheNext) {
    std::vector<QueryPtr> heavy;
    for (int i = 0; i < 5; ++i) heavy.push_back(enter("heavy"));

    const QueryPtr light = enter("light");

    EXPECT_TRUE(runs(heavy[2]));
    EXPECT_FALSE(heavy[3]->entered);
    EXPECT_TRUE(runs(light));
    for (const QueryPtr& each : heavy) each->cancel.cancel(CancelReason::kShutdown);
    leave(heavy[0]);
    leave(heavy[1]);
    leave(heavy[2]);
}

TEST_F(FairQueueTest, ATenantHasNoMoreRunningThanItMay) {
    const QueryPtr first = enter("ann", 1);
    const QueryPtr second = enter("ann", 1);
    EXPECT_FALSE(second->entered);

    leave(first);

    EXPECT_TRUE(runs(second));
}

TEST_F(FairQueueTest, MoreThanMayWaitAreRefused) {
    std::vector<QueryPtr> queries;
    for (int i = 0; i < 4; ++i) queries.push_back(enter("ann", 1));

    const QueryPtr refused = enter("ann", 1);

    ASSERT_TRUE(refused->entered && !refused->entered->has_value());
    EXPECT_EQ(refused->entered->error().code, ErrorCode::kLimitExceeded);
    EXPECT_EQ(refused->entered->error().message,
              "too many outstanding requests "
              "(query_scheduler.max_outstanding_requests_per_tenant)");
    for (const QueryPtr& each : queries) leave(each);
}

TEST_F(FairQueueTest, WhoHasGoneMakesRoomInAFullQueue) {
    std::vector<QueryPtr> queries;
    for (int i = 0; i < 4; ++i) queries.push_back(enter("ann", 1));
    queries[2]->cancel.cancel(CancelReason::kClientGone);

    const QueryPtr next = enter("ann", 1);

    EXPECT_FALSE(next->entered);
    ASSERT_TRUE(queries[2]->entered && !queries[2]->entered->has_value());
    EXPECT_EQ(queries[2]->entered->error().code, ErrorCode::kCancelled);
    for (const QueryPtr& each : queries) leave(each);
    EXPECT_TRUE(runs(next));
}

TEST_F(FairQueueTest, AQueryThatWasCancelledWhileItWaitedDoesNotRun) {
    const QueryPtr first = enter("ann", 1);
    const QueryPtr gone = enter("ann", 1);
    const QueryPtr last = enter("ann", 1);
    gone->cancel.cancel(CancelReason::kClientGone);

    leave(first);

    ASSERT_TRUE(gone->entered && !gone->entered->has_value());
    EXPECT_EQ(gone->entered->error().code, ErrorCode::kCancelled);
    EXPECT_TRUE(runs(last));
}

TEST_F(FairQueueTest, TenantsThatWaitTakeTurns) {
    queue_.emplace(FairQueue::Options{.running_max = 1, .waiting_max = 3}, clock_, metrics_);
    std::vector<QueryPtr> queries;
    for (const char* name : {"ann", "ann", "ann", "bob", "bob"}) queries.push_back(enter(name));
    order_.clear();

    for (int round = 0; round < 5; ++round) {
        const auto running = std::find_if(queries.begin(), queries.end(), runs);
        ASSERT_NE(running, queries.end());
        leave(*running);
    }

    EXPECT_EQ(order_, (std::vector<std::string>{"ann", "bob", "ann", "bob"}));
}

}  // namespace
}  // namespace skald::read
