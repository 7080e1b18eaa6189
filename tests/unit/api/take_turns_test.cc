// SPDX-License-Identifier: Apache-2.0
//
// Goal: requests that read no line wait for their turn as queries do. Method: the router over fakes
// and a queue that lets one run.
#include "fakes.h"
#include "router.h"
#include "support/run_task.h"

#include <skald/api/routes.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/runtime/task_group.h>
#include <skald/read/frontend/fair_queue.h>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace skald::api {
namespace {

class TakeTurns : public ::testing::Test {
protected:
    void make(std::size_t waiting_max) {
        queue_ = std::make_unique<read::FairQueue>(
            read::FairQueue::Options{.running_max = 1, .waiting_max = waiting_max}, clock_,
            metrics_);
        Services services;
        services.querier = &querier_;
        services.index = &index_;
        services.queue = queue_.get();
        router_ = build_routes(std::move(services), {}, limits_, clock_, workers_, metrics_);
        running_.emplace(support::run_task(context_, queue_->enter(*TenantId::parse("t"), 10, {})));
        ASSERT_TRUE(running_->has_value());
    }
    HttpResponse get(const std::string& path) {
        return support::run_task(context_, router_->handle(listing(path)));
    }
    static HttpRequest listing(const std::string& path) {
        return get_request("/loki/api/v1/" + path, "query=%7Bapp%3D%22x%22%7D");
    }

    FakeQuerier querier_;
    FakeIndexQuerier index_;
    FixedLimits limits_{Limits{}};
    StillClock clock_{1'793'500'000 * kNanosPerSecond};
    MetricsRegistry metrics_;
    boost::asio::io_context context_;
    WorkerPool workers_{WorkerPool::Options{}};
    std::unique_ptr<read::FairQueue> queue_;
    std::shared_ptr<const Router> router_;
    std::optional<Result<read::FairQueue::Ticket>> running_;
};

TEST_F(TakeTurns, MoreThanMayWaitAreRefused) {
    make(0);
    for (const std::string path :
         {"labels", "label", "label/app/values", "series", "index/stats", "index/volume",
          "index/volume_range", "index/shards", "detected_labels", "patterns"}) {
        const HttpResponse refused = get(path);
        EXPECT_EQ(refused.status, 429) << path;
        EXPECT_EQ(refused.body,
                  "too many outstanding requests "
                  "(query_scheduler.max_outstanding_requests_per_tenant)")
            << path;
    }
    EXPECT_TRUE(querier_.metadata.empty());
    EXPECT_TRUE(index_.requests.empty());
}

TEST_F(TakeTurns, QueriesTakeTheirsElsewhere) {
    make(0);
    EXPECT_EQ(get("query_range").status, 200);
    EXPECT_EQ(get("detected_fields").status, 200);
}

TEST_F(TakeTurns, WhoeverWaitsRunsWhenAnotherHasEnded) {
    make(1);
    std::optional<HttpResponse> answer;
    TaskGroup group;
    const auto ask = [&]() -> Task<> {
        HttpResponse response = co_await router_->handle(listing("labels"));
        answer = std::move(response);
    };
    group.spawn(context_.get_executor(), ask());
    context_.poll();
    EXPECT_FALSE(answer);
    EXPECT_TRUE(querier_.metadata.empty());

    running_.reset();
    const auto guard = boost::asio::make_work_guard(context_);
    context_.restart();
    while (!answer) context_.run_one();

    EXPECT_EQ(answer->status, 200);
}

TEST_F(TakeTurns, WhoeverLeavesWhileItWaitsIsNotServed) {
    make(1);
    HttpRequest request = listing("labels");
    const CancelToken cancel = request.cancel;
    std::optional<HttpResponse> answer;
    TaskGroup group;
    const auto ask = [&]() -> Task<> {
        HttpResponse response = co_await router_->handle(std::move(request));
        answer = std::move(response);
    };
    group.spawn(context_.get_executor(), ask());
    context_.poll();
    cancel.cancel(CancelReason::kClientGone);

    running_.reset();
    context_.restart();
    while (!answer && context_.run_one() > 0) {
    }

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 499);
    EXPECT_TRUE(querier_.metadata.empty());
}

}  // namespace
}  // namespace skald::api
