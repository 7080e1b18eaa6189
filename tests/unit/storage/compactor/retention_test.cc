// SPDX-License-Identifier: Apache-2.0
#include "compactor_harness.h"

#include <skald/foundation/model/retention.h>

#include <gtest/gtest.h>

namespace skald::storage {
namespace {

class RetentionTest : public CompactorTest {
protected:
    TimeNs now() { return clock_.wall_now(); }

    void keep_for(DurationNs period) {
        Limits limits;
        limits.retention_period = period;
        use(std::move(limits));
    }
    void use(Limits limits) { limits_ = std::make_unique<FixedLimits>(std::move(limits)); }

    /// A generation with a row an hour, of the streams {app="x"} and {app="y"}.
    TestGeneration hours(std::uint64_t number, TimeNs from, int count) {
        TestGeneration generation;
        generation.id = {"one", number};
        for (int i = 0; i < count; ++i) {
            const TimeNs time = from + i * kNanosPerHour;
            generation.add(*TenantId::parse("a"), make_stream({{"app", i % 2 == 0 ? "x" : "y"}}),
                           time, "hour " + std::to_string(i));
        }
        return generation;
    }
};

TEST_F(RetentionTest, DropsWholeSegmentsThatHaveExpired) {
    keep_for(2 * kNanosPerDay);
    open_all();
    const TestGeneration old = hours(1, now() - 5 * kNanosPerDay, 10);
    const TestGeneration young = hours(2, now() - kNanosPerDay, 10);
    ASSERT_OK(old.publish_to(*store_));
    ASSERT_OK(young.publish_to(*store_));
    std::size_t writes = 0;
    files_.on_operation([&](FaultyFileSystem::Operation operation, const std::string&) {
        writes += operation == FaultyFileSystem::Operation::kCreate ? 1 : 0;
    });
    ASSERT_OK(compactor_->run_once());
    files_.on_operation({});
    EXPECT_EQ(writes, 0U);
    EXPECT_EQ(objects(), 1U);
    expect_once(everything("a"), young.select(everything("a")));
    const std::string status = compactor_->status_json();
    EXPECT_NE(status.find(R"("reason":"expired","segment":"l0-one-0000000000000001")"),
              std::string::npos)
        << status;
    EXPECT_NE(status.find(R"("segment":"l0-one-0000000000000002")"), std::string::npos) << status;
}

TEST_F(RetentionTest, TheLastNumberIsNotForgottenWhenEverythingExpires) {
    keep_for(2 * kNanosPerDay);
    open_all();
    for (std::uint64_t number = 1; number <= 3; ++number)
        ASSERT_OK(hours(number, now() - 9 * kNanosPerDay, 10).publish_to(*store_));
    for (int run = 0; run < 3; ++run) ASSERT_OK(compactor_->run_once());
    expect_once(everything("a"), {});
    EXPECT_EQ(objects(), 1U);
    close_all();
    lose_catalog();
    open_all();
    EXPECT_EQ(*store_->last_generation("one"), 3U);
    // With the next generation the empty segment goes, too.
    const TestGeneration young = hours(4, now() - kNanosPerHour, 1);
    ASSERT_OK(young.publish_to(*store_));
    options_.merge_segments = 100;
    make_compactor();
    ASSERT_OK(compactor_->run_once());
    EXPECT_EQ(objects(), 1U);
    expect_once(everything("a"), young.select(everything("a")));
}

TEST_F(RetentionTest, RulesOfStreamsTakeOutTheirRowsOnly) {
    Limits limits;
    limits.retention_period = 30 * kNanosPerDay;
    limits.retention_stream.push_back(
        {R"({app="x"})", {make_matcher(MatchOp::kEqual, "app", "x")}, 1, kNanosPerDay});
    use(limits);
    open_all();
    const TestGeneration generation = hours(1, now() - 3 * kNanosPerDay, 48);
    ASSERT_OK(generation.publish_to(*store_));
    ASSERT_OK(compactor_->run_once());
    Selection others = everything("a");
    others.matchers = {make_matcher(MatchOp::kNotEqual, "app", "x")};
    expect_once(everything("a"), generation.select(others));
    EXPECT_EQ(objects(), segments().size());
}

TEST_F(RetentionTest, DropsTheOldestWhenThereIsTooMuch) {
    // Less than three of them take.
    options_.max_size = 1000;
    open_all();
    for (std::uint64_t number = 1; number <= 3; ++number) {
        const TimeNs from = now() - static_cast<TimeNs>(number) * kNanosPerDay;
        ASSERT_OK(hours(number, from, 10).publish_to(*store_));
    }
    // The last generation is the oldest by its rows, but its number must not be forgotten.
    ASSERT_OK(compactor_->run_once());
    ASSERT_EQ(segments().size(), 2U);
    for (const StoredSegment& segment : segments())
        EXPECT_NE(segment.id, SegmentId::of_generation({"one", 2}));
    EXPECT_EQ(objects(), 2U);
}

TEST_F(RetentionTest, DropsTheOldestWhenTheDiskIsNearlyFull) {
    open_all();
    for (std::uint64_t number = 1; number <= 4; ++number) {
        const TimeNs from = now() - static_cast<TimeNs>(10 - number) * kNanosPerDay;
        ASSERT_OK(hours(number, from, 10).publish_to(*store_));
    }
    // A tenth of the disk is free, a fifth is to be.
    files_.set_capacity(files_.used_bytes() * 10 / 9);
    options_.min_free_percent = 20;
    options_.directory = "objects";
    options_.merge_segments = 100;
    options_.merge_after = 1000 * kNanosPerDay;
    make_compactor();
    static_cast<void>(compactor_->run_once());
    ASSERT_EQ(segments().size(), 3U);
    for (const StoredSegment& segment : segments())
        EXPECT_NE(segment.id, SegmentId::of_generation({"one", 1}));
    EXPECT_NE(compactor_->status_json().find(R"("reason":"disk")"), std::string::npos);
}

TEST(RetentionOf, TakesTheHighestPriorityThenTheShortest) {
    Limits limits;
    limits.retention_period = 100;
    const auto rule = [](const char* value, std::int64_t priority, DurationNs period) {
        return RetentionRule{"", {make_matcher(MatchOp::kRegex, "app", value)}, priority, period};
    };
    limits.retention_stream = {rule("x|y", 1, 50), rule("y", 2, 70), rule("y", 2, 60),
                               rule("z", 0, 10)};
    const auto of = [&](const char* app) {
        return retention_of(limits, make_stream({{"app", app}})->labels);
    };
    EXPECT_EQ(of("x"), 50);
    EXPECT_EQ(of("y"), 60);
    EXPECT_EQ(of("z"), 10);
    EXPECT_EQ(of("other"), 100);
    EXPECT_EQ(longest_retention(limits), 100);
    EXPECT_EQ(shortest_retention(limits), 10);
    limits.retention_period = 0;
    EXPECT_EQ(longest_retention(limits), 0);
    EXPECT_EQ(shortest_retention(limits), 10);
    EXPECT_EQ(kept_from(0, 5), kTimeMin);
    EXPECT_EQ(kept_from(10, kTimeMin + 5), kTimeMin);
}

}  // namespace
}  // namespace skald::storage
