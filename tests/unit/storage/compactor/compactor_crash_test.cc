// SPDX-License-Identifier: Apache-2.0
//
// Goal: whenever the power goes while segments are merged, dropped and removed, every row is there
// once afterwards, and going on works. Method: a crash (or one failing operation) at every
// operation of a run, for several seeds of what the disk loses; and long random walks of
// publishing, merging, sweeping, crashing and losing the catalog, compared with a plain set of
// rows. The catalog is MemoryCatalog: RocksDB's own syncs would take most of the time.
#include "compactor_harness.h"

#include <gtest/gtest.h>

namespace skald::storage {
namespace {

class CompactorCrashTest : public CompactorTest {
protected:
    CompactorCrashTest() {
        use_memory_catalog();
        options_.own_segment_bytes = kKiB;
    }

    void begin(std::uint64_t seed) {
        close_all();
        start_anew();
        generations_.clear();
        RandomStreams random(seed);
        open_all();
        for (std::uint64_t number = 1; number <= 4; ++number) publish(random);
    }

    void publish(RandomStreams& random) {
        TestGeneration generation =
            TestGeneration::random(random, {"one", generations_.size() + 1}, 60);
        if (generation.publish_to(*store_)) generations_.push_back(std::move(generation));
    }

    void restart(bool is_kill, bool loses_catalog) {
        close_all();
        files_.restart(is_kill ? FaultyFileSystem::Loss::kProcess : FaultyFileSystem::Loss::kPower);
        if (loses_catalog) lose_catalog();
        open_all();
    }

    void expect_all_once() {
        for (const char* tenant : {"a", "b"})
            expect_once(everything(tenant), expected_rows(generations_, everything(tenant)));
        for (const TestGeneration& generation : generations_)
            EXPECT_TRUE(*store_->has_generation(generation.id));
        EXPECT_EQ(*store_->last_generation("one"), generations_.size());
    }

    std::vector<TestGeneration> generations_;
};

TEST_F(CompactorCrashTest, ACrashAtAnyOperationLeavesEveryRowThereOnce) {
    const QuietStderr quiet;
    bool crashed = true;
    std::uint64_t merges = 0;
    for (std::uint64_t crash_at = 0; crashed; ++crash_at) {
        for (std::uint64_t seed = 1; seed <= 6; ++seed) {
            SCOPED_TRACE("crash at " + std::to_string(crash_at) + ", seed " + std::to_string(seed));
            begin(seed);
            if (HasFatalFailure()) return;
            files_.crash_after(crash_at);
            const Result<void> done = compactor_->run_once();
            crashed = files_.crashed();
            EXPECT_TRUE(done || crashed);
            restart(seed % 3 == 0, seed % 2 == 0);
            expect_all_once();
            ASSERT_OK(compactor_->run_once());
            expect_all_once();
            merges += segments().front().level;
            restart(false, true);
            expect_all_once();
            EXPECT_EQ(objects(), segments().size());
            if (HasFailure()) return;
        }
    }
    EXPECT_GT(merges, 0U);
}

TEST_F(CompactorCrashTest, AFailedOperationLeavesEveryRowAndCanBeTriedAgain) {
    const QuietStderr quiet;
    using Operation = FaultyFileSystem::Operation;
    for (const Operation operation :
         {Operation::kCreate, Operation::kAppend, Operation::kSync, Operation::kRename,
          Operation::kSyncDirectory, Operation::kRead, Operation::kOpenRead, Operation::kRemove}) {
        for (std::uint64_t after = 0; after < 8; ++after) {
            SCOPED_TRACE("operation " + std::to_string(static_cast<int>(operation)) + " after " +
                         std::to_string(after));
            begin(after + 1);
            if (HasFatalFailure()) return;
            files_.fail_next(operation, {ErrorCode::kIo, "simulated"}, 1, after);
            static_cast<void>(compactor_->run_once());
            expect_all_once();
            ASSERT_OK(compactor_->run_once());
            expect_all_once();
            restart(false, after % 2 == 0);
            expect_all_once();
            if (HasFailure()) return;
        }
    }
}

TEST_F(CompactorCrashTest, AFailedCatalogLeavesTheInputs) {
    const QuietStderr quiet;
    begin(1);
    memory_catalog_->fail_adds(1);
    EXPECT_FALSE(compactor_->run_once());
    expect_all_once();
    EXPECT_EQ(objects(), 4U);
    ASSERT_OK(compactor_->run_once());
    expect_all_once();
    EXPECT_EQ(objects(), segments().size());
}

TEST_F(CompactorCrashTest, RandomWalksLoseAndDoubleNothing) {
    const QuietStderr quiet;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        begin(seed);
        RandomStreams random(seed);
        for (int step = 0; step < 14; ++step) {
            const std::size_t what = random.below(10);
            if (what < 3) {
                publish(random);
            } else if (what < 6) {
                static_cast<void>(compactor_->run_once());
            } else if (what < 7) {
                static_cast<void>(store_->rewriter()->sweep(clock_.now(), {}));
            } else {
                files_.crash_after(random.below(60));
                static_cast<void>(compactor_->run_once());
                restart(random.below(2) == 0, random.below(2) == 0);
            }
            expect_all_once();
            if (HasFailure()) return;
        }
    }
}

TEST_F(CompactorCrashTest, AFullDiskStopsNothingAndEndsBySpace) {
    const QuietStderr quiet;
    begin(1);
    files_.set_capacity(files_.used_bytes() + 700);
    EXPECT_FALSE(compactor_->run_once());
    expect_all_once();
    EXPECT_EQ(objects(), 4U);
    files_.set_capacity(FaultyFileSystem::kUnlimited);
    ASSERT_OK(compactor_->run_once());
    expect_all_once();
}

}  // namespace
}  // namespace skald::storage
