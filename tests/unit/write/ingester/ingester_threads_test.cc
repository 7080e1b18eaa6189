// SPDX-License-Identifier: Apache-2.0
//
// Goal: pushes, queries and flushes at the same time on real threads; made for ThreadSanitizer.
#include "ingester_harness.h"
#include "support/quiet_stderr.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

namespace skald::write {
namespace {

TEST(IngesterThreads, EachQuerySeesEveryEarlierRowOnceWhilePushesAndFlushesRun) {
    const QuietStderr quiet;
    storage::FaultyFileSystem files;
    IngesterHarness harness(files);
    harness.options.block_bytes = 500;
    harness.options.shared_block_below = 200;
    harness.options.wal_bytes_max = 8 * kKiB;
    ASSERT_OK(harness.start());
    constexpr int kPushers = 4;
    constexpr int kPushes = 150;
    std::mutex mutex;
    std::set<std::string> acknowledged;
    std::atomic<int> running = kPushers;

    std::vector<std::thread> threads;
    for (int pusher = 0; pusher < kPushers; ++pusher) {
        threads.emplace_back([&, pusher] {
            for (int i = 0; i < kPushes; ++i) {
                const std::string row = std::to_string(pusher) + "/" + std::to_string(i);
                // Two streams that all pushers share, and times that do not ascend.
                EXPECT_OK(
                    harness.push(one_stream(std::to_string(i % 2), kNoon + (i * 37) % 100, {row})));
                const std::lock_guard hold(mutex);
                acknowledged.insert(row);
            }
            --running;
        });
    }
    threads.emplace_back([&] {
        while (running > 0) {
            EXPECT_OK(harness.ingester->flush());
            harness.ingester->tick();
        }
    });
    int queries = 0;
    while (running > 0 || queries == 0) {
        std::set<std::string> expected;
        {
            const std::lock_guard hold(mutex);
            expected = acknowledged;
        }
        const auto seen = harness.lines();
        EXPECT_OK(seen);
        if (!seen) break;
        for (const auto& [row, times] : *seen) EXPECT_EQ(times, 1) << row;
        for (const std::string& row : expected) EXPECT_TRUE(seen->contains(row)) << row;
        ++queries;
    }
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(harness.lines()->size(), static_cast<std::size_t>(kPushers * kPushes));
    const auto streams = harness.ingester->pin(TenantId::anonymous())
                             ->streams({TenantId::anonymous(), {}, kTimeMin, kTimeMax});
    EXPECT_OK(streams);
}

TEST(IngesterThreads, StopLetsTheAcceptedPushesFinish) {
    const QuietStderr quiet;
    storage::FaultyFileSystem files;
    IngesterHarness harness(files);
    ASSERT_OK(harness.start());
    std::vector<std::future<Result<void>>> pushes;
    for (int i = 0; i < 200; ++i) {
        pushes.push_back(harness.push_later(one_stream("a", kNoon + i, {std::to_string(i)})));
    }

    harness.ingester->stop();
    std::set<std::string> acknowledged;
    for (int i = 0; i < 200; ++i) {
        if (pushes[static_cast<std::size_t>(i)].get()) acknowledged.insert(std::to_string(i));
    }
    harness.stop();
    ASSERT_OK(harness.start());

    const auto seen = harness.lines();
    ASSERT_OK(seen);
    for (const std::string& row : acknowledged) EXPECT_TRUE(seen->contains(row)) << row;
}

}  // namespace
}  // namespace skald::write
