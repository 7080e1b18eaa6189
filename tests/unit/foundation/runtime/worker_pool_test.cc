// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/cancel.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/suspend.h>
#include <skald/foundation/runtime/task_group.h>
#include <skald/foundation/runtime/worker_pool.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace skald {
namespace {

/// Holds the only worker until it is released, so that what is posted meanwhile queues up.
class Plug {
public:
    explicit Plug(WorkerPool& pool) {
        std::promise<void> entered;
        auto inside = entered.get_future();
        pool.post(Lane::kIngest, [&entered, gate = gate_.get_future().share()] {
            entered.set_value();
            gate.wait();
        });
        inside.wait();
    }
    void release() { gate_.set_value(); }

private:
    std::promise<void> gate_;
};

TEST(WorkerPool, KeepsTheOrderOfALane) {
    WorkerPool pool({.threads = 1});
    Plug plug(pool);
    std::vector<int> order;
    for (int i = 0; i < 10; ++i) pool.post(Lane::kQuery, [&order, i] { order.push_back(i); });

    plug.release();
    pool.stop();

    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(WorkerPool, SharesThreadsByWeight) {
    WorkerPool pool({.threads = 1, .weights = {1, 6, 2}});
    Plug plug(pool);
    std::string order;
    for (int i = 0; i < 40; ++i) {
        pool.post(Lane::kQuery, [&order] { order.push_back('q'); });
        pool.post(Lane::kBackground, [&order] { order.push_back('b'); });
    }

    plug.release();
    pool.stop();

    // Of the first 40 jobs three quarters are of the lane with three times the weight.
    const auto queries = std::count(order.begin(), order.begin() + 40, 'q');
    EXPECT_NEAR(static_cast<double>(queries), 30, 2) << order;
    EXPECT_EQ(order.size(), 80U);
}

TEST(WorkerPool, AFlowWithLittleWorkDoesNotWaitForOneWithMuch) {
    WorkerPool pool({.threads = 1});
    Plug plug(pool);
    std::string order;
    for (int i = 0; i < 20; ++i) pool.post({Lane::kQuery, 1}, [&order] { order.push_back('a'); });
    for (int i = 0; i < 3; ++i) pool.post({Lane::kQuery, 2}, [&order] { order.push_back('b'); });

    plug.release();
    pool.stop();

    EXPECT_EQ(std::count(order.begin(), order.begin() + 8, 'b'), 3) << order;
    EXPECT_EQ(order.size(), 23U);
}

TEST(WorkerPool, OfTwoFlowsTheOneThatUsedLessTimeIsNext) {
    WorkerPool pool({.threads = 1});
    std::promise<void> long_done;
    pool.post({Lane::kQuery, 1}, [&long_done] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        long_done.set_value();
    });
    long_done.get_future().wait();
    Plug plug(pool);
    std::string order;
    for (int i = 0; i < 5; ++i) pool.post({Lane::kQuery, 1}, [&order] { order.push_back('a'); });
    for (int i = 0; i < 5; ++i) pool.post({Lane::kQuery, 2}, [&order] { order.push_back('b'); });

    plug.release();
    pool.stop();

    EXPECT_EQ(order.substr(0, 5), "bbbbb") << order;
}

TEST(WorkerPool, TellsWhetherOthersWait) {
    WorkerPool pool({.threads = 1});
    Plug plug(pool);
    EXPECT_FALSE(pool.others_wait({Lane::kQuery, 1}));

    pool.post({Lane::kQuery, 1}, [] {});

    EXPECT_FALSE(pool.others_wait({Lane::kQuery, 1}));
    EXPECT_TRUE(pool.others_wait({Lane::kQuery, 2}));
    EXPECT_TRUE(pool.others_wait({Lane::kIngest, 1}));
    plug.release();
    pool.stop();
}

TEST(WorkerPool, ALaneThatWasIdleDoesNotStarveTheOthers) {
    WorkerPool pool({.threads = 1, .weights = {1, 1, 1}});
    for (int i = 0; i < 1000; ++i) pool.post(Lane::kQuery, [] {});
    std::promise<void> drained;
    pool.post(Lane::kQuery, [&drained] { drained.set_value(); });
    drained.get_future().wait();
    Plug plug(pool);
    std::string order;
    for (int i = 0; i < 10; ++i) {
        pool.post(Lane::kBackground, [&order] { order.push_back('b'); });
        pool.post(Lane::kQuery, [&order] { order.push_back('q'); });
    }

    plug.release();
    pool.stop();

    EXPECT_NEAR(static_cast<double>(std::count(order.begin(), order.begin() + 10, 'b')), 5, 1)
        << order;
}

TEST(WorkerPool, WithBackgroundThreadsLeavesBackgroundWorkToThem) {
    WorkerPool pool({.threads = 1, .background_threads = 1});
    Plug plug(pool);
    std::promise<void> done;

    pool.post(Lane::kBackground, [&done] { done.set_value(); });

    // The only worker is held, so another thread did it.
    done.get_future().wait();
    plug.release();
    pool.stop();
}

TEST(WorkerPool, WorkersHelpWithBackgroundWorkOnlyWhileItIsUrgent) {
    WorkerPool pool({.threads = 1, .background_threads = 1, .weights = {4, 4, 2}});
    std::promise<void> held;
    std::promise<void> gate;
    pool.post(Lane::kBackground, [&] {
        held.set_value();
        gate.get_future().wait();
    });
    held.get_future().wait();
    std::promise<void> helped;
    pool.post(Lane::kBackground, [&helped] { helped.set_value(); });
    std::promise<void> passed;
    pool.post(Lane::kIngest, [&passed] { passed.set_value(); });
    passed.get_future().wait();
    EXPECT_EQ(pool.queued(Lane::kBackground), 1U);

    pool.set_weight(Lane::kBackground, 32);

    helped.get_future().wait();
    pool.set_weight(Lane::kBackground, 2);
    gate.set_value();
    pool.stop();
}

TEST(WorkerPool, StopRunsWhatIsLeftForTheBackground) {
    std::atomic<int> ran{0};
    WorkerPool pool({.threads = 1, .background_threads = 1});
    for (int i = 0; i < 100; ++i) pool.post(Lane::kBackground, [&ran] { ++ran; });

    pool.stop();

    EXPECT_EQ(ran, 100);
}

Task<> add_on_worker(WorkerPool& pool, std::promise<int>& sum, std::thread::id& resumed_on) {
    std::function<Result<int>()> work = [] { return Result<int>(40); };
    const Result<int> first = co_await run_on(pool, Lane::kQuery, std::move(work));
    resumed_on = std::this_thread::get_id();
    sum.set_value(*first + 2);
}

Task<> remember_thread(std::promise<std::thread::id>& id) {
    id.set_value(std::this_thread::get_id());
    co_return;
}

TEST(RunOn, ComesBackToItsOwnLoopWithTheResult) {
    IoThreads threads(1);  // Before the workers, which resume tasks on it.
    WorkerPool pool({.threads = 1});
    TaskGroup group;
    std::promise<int> sum;
    std::thread::id resumed_on;
    std::promise<std::thread::id> loop;

    group.spawn(threads.at(0).get_executor(), remember_thread(loop));
    group.spawn(threads.at(0).get_executor(), add_on_worker(pool, sum, resumed_on));

    EXPECT_EQ(sum.get_future().get(), 42);
    group.close();
    EXPECT_EQ(resumed_on, loop.get_future().get());
}

Task<> wait_for_value(std::function<void(int)>& resume_out, std::promise<void>& started,
                      std::promise<int>& got) {
    std::function<void(std::function<void(int)>)> start = [&](std::function<void(int)> resume) {
        resume_out = std::move(resume);
        started.set_value();
    };
    const int value = co_await suspend<int>(std::move(start));
    got.set_value(value);
}

TEST(TaskGroup, CloseWaitsForWhatRunsAndRefusesWhatIsNew) {
    IoThreads threads(2);
    TaskGroup group;
    std::function<void(int)> resume;
    std::promise<void> started;
    std::promise<int> got;
    group.spawn(threads.next().get_executor(), wait_for_value(resume, started, got));
    started.get_future().wait();
    EXPECT_EQ(group.running(), 1U);

    std::thread closer([&] { group.close(); });
    while (!group.closing()) std::this_thread::yield();
    std::promise<std::thread::id> never;
    EXPECT_FALSE(group.spawn(threads.next().get_executor(), remember_thread(never)));
    resume(7);
    closer.join();

    EXPECT_EQ(got.get_future().get(), 7);
    EXPECT_EQ(group.running(), 0U);
}

TEST(CancelToken, TheFirstReasonStays) {
    const CancelToken token;
    const CancelToken copy = token;
    EXPECT_FALSE(copy.cancelled());

    token.cancel(CancelReason::kClientGone);
    token.cancel(CancelReason::kDeadline);

    EXPECT_TRUE(copy.cancelled());
    EXPECT_EQ(copy.error().code, ErrorCode::kCancelled);
}

/// Holds a worker with a job of the flow until it is released.
class FlowPlug {
public:
    FlowPlug(WorkerPool& pool, Turn turn) {
        std::promise<void> entered;
        auto inside = entered.get_future();
        pool.post(turn, [&entered, gate = gate_.get_future().share()] {
            entered.set_value();
            gate.wait();
        });
        inside.wait();
    }
    void release() { gate_.set_value(); }

private:
    std::promise<void> gate_;
};

TEST(WorkerPool, AnExpressThreadTakesOthersJobsWhileAllWorkersAreBusy) {
    WorkerPool pool({.threads = 1, .express_threads = 1});
    FlowPlug plug(pool, {Lane::kQuery, 1});
    std::atomic<bool> own = false;
    pool.post({Lane::kQuery, 1}, [&own] { own = true; });
    for (const Lane lane : {Lane::kQuery, Lane::kIngest}) {
        std::promise<void> done;
        pool.post({lane, 2}, [&done] { done.set_value(); });
        done.get_future().wait();  // For ever, if it waited for the worker.
    }
    EXPECT_FALSE(own);  // It is of the flow that has a worker already.

    plug.release();
    pool.stop();
    EXPECT_TRUE(own);
}

TEST(WorkerPool, WhatIsBehindALightFlowsJobIsNotForgotten) {
    WorkerPool pool({.threads = 2, .express_threads = 1});
    for (int i = 0; i < 3; ++i) {  // The second and third are served after much was used.
        std::promise<void> used;
        pool.post({Lane::kQuery, 1}, [&used] {
            std::this_thread::sleep_for(std::chrono::milliseconds(6));
            used.set_value();
        });
        used.get_future().wait();
    }
    for (std::uint64_t flow = 100; flow < 300; ++flow) {
        std::promise<void> heavy_done;
        std::promise<void> light_done;
        pool.post({Lane::kQuery, flow}, [&] {
            heavy_done.get_future().wait();
            light_done.set_value();
        });
        pool.post({Lane::kQuery, 1}, [&heavy_done] { heavy_done.set_value(); });
        light_done.get_future().wait();  // For ever, if nobody was woken for the other.
    }
    pool.stop();
}

TEST(WorkerPool, AnExpressThreadDoesNotServeTheBackground) {
    WorkerPool pool({.threads = 1, .express_threads = 1});
    FlowPlug plug(pool, {Lane::kQuery, 1});
    std::atomic<bool> flushed = false;
    pool.post({Lane::kBackground, 2}, [&flushed] { flushed = true; });
    std::promise<void> done;
    pool.post({Lane::kQuery, 3}, [&done] { done.set_value(); });
    done.get_future().wait();
    EXPECT_FALSE(flushed);

    plug.release();
    pool.stop();
    EXPECT_TRUE(flushed);
}

}  // namespace
}  // namespace skald
