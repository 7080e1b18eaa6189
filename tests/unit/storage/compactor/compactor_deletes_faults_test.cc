// SPDX-License-Identifier: Apache-2.0
//
// Goal: compactor_deletes_test.cc with the real catalog: whatever call of the objects' files or of
// RocksDB's the disk refuses, and whenever the power goes, while a request is accepted, its rows
// are removed and it is processed, what is hidden stays hidden and no other row is touched.
// Method: both on one simulated disk; each call that changes it fails once, or is the last before
// a crash.
#include "compactor_deletes_harness.h"

#include <gtest/gtest.h>

namespace skald::storage {
namespace {

class CompactorDeletesFaultsTest : public CompactorDeletesTest {
protected:
    CompactorDeletesFaultsTest() {
        memory_catalog_.reset();
        use_catalog_on_simulated_disk();
    }

    void begin(std::uint64_t seed) {
        start_over();
        if (HasFatalFailure()) return;
        RandomStreams random(seed);
        for (std::uint64_t number = 1; number <= 2; ++number)
            ASSERT_OK(TestGeneration::random(random, {"one", number}, 60).publish_to(*store_));
        others_ = stored("b");
        first_ = add("3");
        left_ = without(stored("a"), "3");
    }
    /// A second request, and a run that removes the rows of both. True if all was done.
    bool work() {
        const Result<std::string> second = log_->add(a_, "5", kTimeMin, kTimeMax);
        second_ = second ? *second : "";
        clock_.advance(std::chrono::seconds(1));
        return compactor_->run_once().has_value() && second.has_value();
    }
    /// A request that was refused is not there, unless the power went.
    void expect_hidden(bool refused_may_be_there) {
        const std::set<TestRow> found = shown("a");
        const std::set<TestRow> without_both = without(left_, "5");
        const bool is_there = found == without_both;
        if (!second_.empty() || (refused_may_be_there && is_there))
            EXPECT_EQ(found, without_both);
        else
            EXPECT_EQ(found, left_);
        EXPECT_EQ(shown("b"), others_);
    }
    void expect_it_is_finished() {
        for (int run = 0; run < 3 && !log_->pending(a_)->empty(); ++run)
            ASSERT_OK(compactor_->run_once());
        EXPECT_TRUE(is_processed(first_));
        if (!second_.empty()) EXPECT_TRUE(is_processed(second_));
        EXPECT_EQ(stored("a"), shown("a"));
        EXPECT_EQ(stored("b"), others_);
    }

    QuietStderr quiet_;
    std::set<TestRow> others_;
    std::set<TestRow> left_;
    std::string first_;
    std::string second_;
};

TEST_F(CompactorDeletesFaultsTest, AnyCallMayFailOnce) {
    begin(1);
    const std::uint64_t before = files_.operations();
    ASSERT_TRUE(work());
    const std::uint64_t changes = files_.operations() - before;
    ASSERT_GT(changes, 20U);
    for (std::uint64_t at = 0; at < changes; ++at) {
        SCOPED_TRACE("change " + std::to_string(at));
        begin(at + 1);
        if (HasFatalFailure()) return;
        files_.fail_change(at,
                           {at % 2 == 0 ? ErrorCode::kUnavailable : ErrorCode::kIo, "simulated"});
        static_cast<void>(work());
        expect_hidden(false);
        files_.fail_change(std::uint64_t{1} << 40, {ErrorCode::kIo, "never"});
        if (at % 2 == 0) expect_it_is_finished();
        restart(false);
        if (HasFatalFailure()) return;
        expect_hidden(false);
        expect_it_is_finished();
        if (HasFailure()) return;
    }
}

TEST_F(CompactorDeletesFaultsTest, AnyCallMayBeTheLastBeforeACrash) {
    bool crashed = true;
    for (std::uint64_t at = 0; crashed; ++at) {
        SCOPED_TRACE("crash at " + std::to_string(at));
        begin(at + 1);
        if (HasFatalFailure()) return;
        files_.crash_after(at);
        static_cast<void>(work());
        crashed = files_.crashed();
        restart(false);
        if (HasFatalFailure()) return;
        expect_hidden(true);
        expect_it_is_finished();
        if (HasFailure()) return;
    }
}

}  // namespace
}  // namespace skald::storage
