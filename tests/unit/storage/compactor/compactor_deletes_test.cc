// SPDX-License-Identifier: Apache-2.0
//
// Goal: what a delete request takes is hidden from its acceptance on and gone in the end, and no
// other row is touched, whenever the power goes. Method: a selector of a tenth of the rows by their
// text, compared with plain sets; a crash at every operation of a run.
#include "compactor_deletes_harness.h"

#include <gtest/gtest.h>

#include <charconv>

namespace skald::storage {
namespace {

TEST_F(CompactorDeletesTest, RowsAreHiddenAtOnceAndGoneInTheEndAndOnlyThose) {
    RandomStreams random(1);
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        start_over();
        if (HasFatalFailure()) return;
        std::vector<TestGeneration> generations;
        for (std::uint64_t number = 1; number <= 2; ++number) {
            generations.push_back(TestGeneration::random(random, {"one", number}, 300));
            ASSERT_OK(generations.back().publish_to(*store_));
        }
        const std::set<TestRow> all = stored("a");
        const std::set<TestRow> others = stored("b");
        const TimeNs start = static_cast<TimeNs>(random.below(2000));
        const TimeNs end = start + static_cast<TimeNs>(random.below(2)) * kNanosPerDay + 900;
        const std::string ten = add("7");
        const std::string half = add("", start, end);
        const std::set<TestRow> left = without(without(all, "7"), "", start, end);
        EXPECT_LT(left.size(), all.size());
        EXPECT_EQ(shown("a"), left);
        EXPECT_EQ(shown("b"), others);
        EXPECT_EQ(stored("a"), all);

        ASSERT_OK(compactor_->run_once());
        EXPECT_TRUE(is_processed(ten) && is_processed(half));
        EXPECT_EQ(stored("a"), left);
        EXPECT_EQ(stored("b"), others);
        restart(seed % 2 == 0);
        EXPECT_EQ(stored("a"), left);
        EXPECT_EQ(stored("b"), others);
    }
}

TEST_F(CompactorDeletesTest, ACrashAtAnyOperationLosesNoOtherRowAndFinishesLater) {
    const QuietStderr quiet;
    bool crashed = true;
    for (std::uint64_t crash_at = 0; crashed; ++crash_at) {
        SCOPED_TRACE("crash at " + std::to_string(crash_at));
        start_over();
        if (HasFatalFailure()) return;
        RandomStreams random(crash_at);
        for (std::uint64_t number = 1; number <= 2; ++number) {
            ASSERT_OK(TestGeneration::random(random, {"one", number}, 60).publish_to(*store_));
        }
        const std::set<TestRow> others = stored("b");
        const std::string id = add("3");
        const std::set<TestRow> left = without(stored("a"), "3");
        files_.crash_after(crash_at);
        static_cast<void>(compactor_->run_once());
        crashed = files_.crashed();
        restart(crash_at % 2 == 0);
        EXPECT_EQ(shown("a"), left);
        EXPECT_EQ(shown("b"), others);
        for (int run = 0; run < 2 && !is_processed(id); ++run) ASSERT_OK(compactor_->run_once());
        EXPECT_TRUE(is_processed(id));
        EXPECT_EQ(stored("a"), left);
        EXPECT_EQ(stored("b"), others);
        if (HasFailure()) return;
    }
}

TEST_F(CompactorDeletesTest, ARequestWaitsForRowsThatAreInMemory) {
    open_with_deletes();
    RandomStreams random(3);
    in_memory_ = {{"one", 1}};
    const std::string id = add("7");
    ASSERT_OK(compactor_->run_once());
    EXPECT_FALSE(is_processed(id));
    EXPECT_NE(log_->list(a_).front().waits_for.find("lines in memory"), std::string::npos);
    // A newer generation does not matter.
    in_memory_ = {{"one", 1}, {"one", 2}};
    ASSERT_OK(compactor_->run_once());
    EXPECT_FALSE(is_processed(id));
    const TestGeneration generation = TestGeneration::random(random, {"one", 1}, 300);
    ASSERT_OK(generation.publish_to(*store_));
    in_memory_ = {{"one", 2}};
    ASSERT_OK(compactor_->run_once());
    EXPECT_TRUE(is_processed(id));
    EXPECT_EQ(stored("a"), without(generation.select(everything("a")), "7"));
}

TEST_F(CompactorDeletesTest, ARequestThatTakesNothingRewritesNothing) {
    open_with_deletes();
    RandomStreams random(4);
    ASSERT_OK(TestGeneration::random(random, {"one", 1}, 300).publish_to(*store_));
    const std::string id = add("7", 5 * kNanosPerDay, 6 * kNanosPerDay);
    ASSERT_OK(compactor_->run_once());
    EXPECT_TRUE(is_processed(id));
    ASSERT_EQ(segments().size(), 1U);
    EXPECT_EQ(segments().front().level, 0U);
}

TEST_F(CompactorDeletesTest, ADamagedSegmentKeepsTheRequestWaitingAndSaysSo) {
    const QuietStderr quiet;
    open_with_deletes();
    RandomStreams random(5);
    ASSERT_OK(TestGeneration::random(random, {"one", 1}, 300).publish_to(*store_));
    const std::string id = add("7");
    files_.damage("objects/segments/l0-one-0000000000000001.seg", 40, 30);
    EXPECT_FALSE(compactor_->run_once());
    EXPECT_FALSE(is_processed(id));
    EXPECT_NE(log_->list(a_).front().waits_for.find("l0-one-0000000000000001"), std::string::npos)
        << log_->list(a_).front().waits_for;
    EXPECT_EQ(objects(), 1U);
}

TEST_F(CompactorDeletesTest, ABlockThatAMergeWouldCopyLosesItsRowsToo) {
    options_.block_bytes = 16 * kKiB;
    open_with_deletes();
    TestGeneration generation;
    for (std::uint64_t number = 1; number <= 3; ++number) {
        generation = {};
        generation.id = {"one", number};
        for (int i = 0; i < 900; ++i)
            generation.add(a_, make_stream({{"app", "x"}}),
                           static_cast<TimeNs>(number) * 1'000'000 + i,
                           "a line of some length, so that blocks fill, " + std::to_string(i));
        ASSERT_OK(generation.publish_to(*store_));
    }
    ASSERT_OK(compactor_->run_once());
    ASSERT_EQ(segments().size(), 1U);
    const std::set<TestRow> all = stored("a");
    // Blocks of more than half of this size are copied.
    options_.block_bytes = 4 * kKiB;
    restart(false);
    const std::string id = add(" 77");
    ASSERT_OK(compactor_->run_once());
    EXPECT_TRUE(is_processed(id));
    EXPECT_EQ(stored("a"), without(all, " 77"));
    EXPECT_EQ(stored("a").size(), all.size() - 3);
}

TEST_F(CompactorDeletesTest, MergingRemovesTheRowsOfDueRequests) {
    open_with_deletes();
    RandomStreams random(6);
    for (std::uint64_t number = 1; number <= 3; ++number)
        ASSERT_OK(make_generation(random, number).publish_to(*store_));
    const std::set<TestRow> all = stored("a");
    in_memory_ = {{"one", 9}};
    const std::string id = add("7");
    ASSERT_OK(compactor_->run_once());
    EXPECT_EQ(stored("a"), without(all, "7"));
    for (const StoredSegment& segment : segments()) {
        EXPECT_GT(segment.level, 0U);
        EXPECT_EQ(segment.applied_deletes, std::vector<std::string>{"a/" + id});
    }
}

}  // namespace
}  // namespace skald::storage
