// SPDX-License-Identifier: Apache-2.0
//
// Goal: compactor_crash_test.cc with the real catalog: whatever call of the objects' files or of
// RocksDB's the disk refuses, and whenever the power goes, while segments are merged, replaced and
// removed, every row is there once, and going on works. Method: both on one simulated disk; each
// call that changes it fails once, or is the last before a crash.
#include "compactor_harness.h"

#include <gtest/gtest.h>

namespace skald::storage {
namespace {

class CompactorFaultsTest : public CompactorTest {
protected:
    CompactorFaultsTest() {
        use_catalog_on_simulated_disk();
        options_.own_segment_bytes = kKiB;
    }

    void begin(std::uint64_t seed) {
        close_all();
        start_anew();
        generations_.clear();
        RandomStreams random(seed);
        open_all();
        if (HasFatalFailure()) return;
        for (std::uint64_t number = 1; number <= 4; ++number) {
            generations_.push_back(TestGeneration::random(random, {"one", number}, 40));
            ASSERT_OK(generations_.back().publish_to(*store_));
        }
    }
    void expect_all_once() {
        for (const char* tenant : {"a", "b"})
            expect_once(everything(tenant), expected_rows(generations_, everything(tenant)));
        for (const TestGeneration& generation : generations_)
            EXPECT_TRUE(*store_->has_generation(generation.id));
    }
    /// Merges, and sweeps what was replaced.
    bool run() {
        const bool merged = compactor_->run_once().has_value();
        return compactor_->run_once().has_value() && merged;
    }
    void expect_it_goes_on() {
        ASSERT_OK(compactor_->run_once());
        ASSERT_OK(compactor_->run_once());
        expect_all_once();
        EXPECT_EQ(objects(), segments().size());
        EXPECT_LT(segments().size(), generations_.size());
    }

    QuietStderr quiet_;
    std::vector<TestGeneration> generations_;
};

TEST_F(CompactorFaultsTest, AnyCallMayFailOnce) {
    begin(1);
    const std::uint64_t before = files_.operations();
    ASSERT_TRUE(run());
    const std::uint64_t changes = files_.operations() - before;
    ASSERT_GT(changes, 15U);
    for (std::uint64_t at = 0; at < changes; ++at) {
        SCOPED_TRACE("change " + std::to_string(at));
        begin(at + 1);
        if (HasFatalFailure()) return;
        files_.fail_change(at,
                           {at % 2 == 0 ? ErrorCode::kUnavailable : ErrorCode::kIo, "simulated"});
        static_cast<void>(run());
        expect_all_once();
        files_.fail_change(std::uint64_t{1} << 40, {ErrorCode::kIo, "never"});
        expect_it_goes_on();
        close_all();
        files_.restart();
        open_all();
        expect_all_once();
        if (HasFailure()) return;
    }
}

TEST_F(CompactorFaultsTest, AnyCallMayBeTheLastBeforeACrash) {
    bool crashed = true;
    for (std::uint64_t at = 0; crashed; ++at) {
        for (std::uint64_t seed = 1; seed <= 2; ++seed) {
            SCOPED_TRACE("crash at " + std::to_string(at) + ", seed " + std::to_string(seed));
            begin(seed + at);
            if (HasFatalFailure()) return;
            files_.crash_after(at);
            static_cast<void>(run());
            crashed = files_.crashed();
            close_all();
            files_.restart((at + seed) % 3 == 0 ? FaultyFileSystem::Loss::kProcess
                                                : FaultyFileSystem::Loss::kPower);
            open_all();
            if (HasFatalFailure()) return;
            expect_all_once();
            expect_it_goes_on();
            if (HasFailure()) return;
        }
    }
}

}  // namespace
}  // namespace skald::storage
