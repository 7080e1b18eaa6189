// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/blocking.h>
#include <skald/foundation/runtime/worker_pool.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>

namespace skald {
namespace {

TEST(Blocking, AWaitingWorkerIsStoodInFor) {
    WorkerPool pool({.threads = 1});
    std::promise<void> go_on;
    std::promise<void> ran;
    pool.post(Lane::kQuery, [&] {
        const Blocking outer;
        const Blocking inner;
        go_on.get_future().wait();
    });
    pool.post(Lane::kIngest, [&] { ran.set_value(); });
    ran.get_future().wait();
    go_on.set_value();
    pool.stop();
    EXPECT_EQ(pool.threads(), 1U);
}

TEST(Blocking, QueriesThatAllWaitKeepNobodyElseWaiting) {
    WorkerPool pool({.threads = 2});
    std::promise<void> go_on;
    const std::shared_future<void> gate = go_on.get_future().share();
    std::atomic<int> waited = 0;
    for (int i = 0; i < 200; ++i) {
        pool.post(Lane::kQuery, [&] {
            const Blocking blocking;
            gate.wait();
            ++waited;
        });
    }
    for (int i = 0; i < 20; ++i) {
        std::promise<void> ran;
        pool.post(Lane::kIngest, [&] { ran.set_value(); });
        ran.get_future().wait();
    }
    EXPECT_EQ(waited, 0);
    go_on.set_value();
    pool.stop();
    EXPECT_EQ(waited, 200);
}

TEST(Blocking, NoMoreThanTheThreadsRunAtATime) {
    WorkerPool pool({.threads = 2});
    std::atomic<int> running = 0;
    std::atomic<int> most = 0;
    for (int i = 0; i < 500; ++i) {
        pool.post(Lane::kQuery, [&] {
            const int now = ++running;
            most = std::max(most.load(), now);
            --running;
            const Blocking blocking;
        });
    }
    pool.stop();
    // One that comes back from waiting may go on beside those that stood in.
    EXPECT_LE(most, 4);
}

TEST(Blocking, MeansNothingOutsideOfAPool) {
    const Blocking blocking;
}

}  // namespace
}  // namespace skald
