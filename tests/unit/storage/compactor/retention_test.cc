// SPDX-License-Identifier: Apache-2.0
#include "compactor_harness.h"

#include <skald/foundation/model/retention.h>

#include <gtest/gtest.h>

#include <algorithm>

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
    /// So many days with ten rows each; a tenth of the disk is free, a fifth is to be.
    void fill_the_disk(std::uint64_t days) {
        for (std::uint64_t number = 1; number <= days; ++number) {
            const TimeNs from = now() - static_cast<TimeNs>(10 - number) * kNanosPerDay;
            ASSERT_OK(hours(number, from, 10).publish_to(*store_));
        }
        files_.set_capacity(files_.used_bytes() * 10 / 9);
        options_.min_free_percent = 20;
        options_.directory = "objects";
        options_.merge_segments = 100;
        options_.merge_after = 1000 * kNanosPerDay;
        make_compactor();
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
    const std::string status = compactor_->status_json();
    EXPECT_NE(status.find(R"("reason":"expired","tenant":"a","lines":24})"), std::string::npos)
        << status;
}

TEST_F(RetentionTest, TheStatusSaysWhatComesNext) {
    Limits limits;
    limits.retention_stream.push_back(
        {R"({app="x"})", {make_matcher(MatchOp::kEqual, "app", "x")}, 1, 2 * kNanosPerDay});
    use(limits);
    options_.max_size = 1'000'000;
    open_all();
    const TimeNs from = now() - kNanosPerDay;
    ASSERT_OK(hours(1, from, 10).publish_to(*store_));
    ASSERT_OK(hours(2, from, 10).publish_to(*store_));
    ASSERT_OK(compactor_->run_once());
    const std::string status = compactor_->status_json();
    const std::string expires = format_rfc3339(from + 2 * kNanosPerDay);
    EXPECT_NE(status.find(R"({"expires":")" + expires +
                          R"(","reason":"partly expired","segment":"l0-one-0000000000000001")"),
              std::string::npos)
        << status;
    // The other one keeps the number.
    EXPECT_NE(status.find(R"({"expires":null,"reason":"size","segment":"l0-one-0000000000000001")"),
              std::string::npos)
        << status;
    EXPECT_EQ(status.find(R"("reason":"size","segment":"l0-one-0000000000000002")"),
              std::string::npos);
}

TEST_F(RetentionTest, TheStatusSaysWhyARunFailed) {
    const QuietStderr quiet;
    open_all();
    for (std::uint64_t number = 1; number <= 4; ++number)
        ASSERT_OK(hours(number, now() - kNanosPerDay, 10).publish_to(*store_));
    EXPECT_NE(compactor_->status_json().find(R"("last_failure":null,"last_error":"")"),
              std::string::npos);
    files_.fail_next(FaultyFileSystem::Operation::kCreate, {ErrorCode::kIo, "a bad sector"});
    EXPECT_FALSE(compactor_->run_once());
    const std::string failed = compactor_->status_json();
    EXPECT_NE(failed.find(R"("last_error":"merging: )"), std::string::npos) << failed;
    EXPECT_NE(failed.find("a bad sector"), std::string::npos) << failed;
    EXPECT_OK(compactor_->run_once());
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

TEST_F(RetentionTest, OneMemberOfAMergeStaysWhenThereIsTooMuch) {
    options_.own_segment_bytes = 1;
    open_all();
    const TimeNs day = now() / kNanosPerDay * kNanosPerDay - 5 * kNanosPerDay;
    TestGeneration last;
    for (std::uint64_t number = 1; number <= 4; ++number) {
        last = hours(number, day, 48);
        ASSERT_OK(last.publish_to(*store_));
    }
    ASSERT_OK(compactor_->run_once());
    ASSERT_EQ(segments().size(), 2U);
    options_.max_size = 1;
    make_compactor();
    for (int run = 0; run < 3; ++run) ASSERT_OK(compactor_->run_once());
    ASSERT_EQ(segments().size(), 1U);
    Selection second_day = everything("a");
    second_day.start = day + kNanosPerDay;
    expect_once(everything("a"), last.select(second_day));
    close_all();
    lose_catalog();
    open_all();
    EXPECT_EQ(*store_->last_generation("one"), 4U);
}

TEST_F(RetentionTest, DropsTheOldestWhenTheDiskIsNearlyFull) {
    open_all();
    ASSERT_NO_FATAL_FAILURE(fill_the_disk(4));
    static_cast<void>(compactor_->run_once());
    ASSERT_EQ(segments().size(), 3U);
    for (const StoredSegment& segment : segments())
        EXPECT_NE(segment.id, SegmentId::of_generation({"one", 1}));
    EXPECT_NE(compactor_->status_json().find(R"("reason":"disk")"), std::string::npos);
}

/// Merges take minutes: what happens while one runs is done when it asks whether to go on.
class SizeWhileMerging : public RetentionTest {
protected:
    /// A generation of several blocks.
    static TestGeneration blocks(std::uint64_t number, TimeNs from) {
        TestGeneration generation;
        generation.id = {"one", number};
        for (TimeNs i = 0; i < 300; ++i)
            generation.add(*TenantId::parse("a"), make_stream({{"app", "x"}}),
                           from + i * kNanosPerSecond,
                           std::to_string(number) + std::to_string(i * i) + std::string(100, 'z'));
        return generation;
    }
    TestGeneration publish(std::uint64_t number, TimeNs from) {
        TestGeneration generation = blocks(number, from);
        EXPECT_OK(generation.publish_to(*store_));
        return generation;
    }
    std::uint64_t stored_bytes() {
        std::uint64_t bytes = 0;
        for (const StoredSegment& segment : segments()) bytes += segment.stored_bytes;
        return bytes;
    }
    /// Does `act` when the merge asks for the first time, with the time of a look at the size over.
    void in_a_merge(std::function<void()> act) {
        is_busy_ = [this, act = std::move(act)] {
            if (++asked_ == 1) {
                clock_.advance(std::chrono::seconds(11));
                act();
            } else if (asked_ == 2) {
                seen_at_second_ = segments();
            }
            return false;
        };
        make_compactor();
    }

    void begin_anew() {
        close_all();
        start_anew();
        use_no_limits();
        open_all();
    }
    void begin_again(bool loses_catalog) {
        close_all();
        files_.restart();
        if (loses_catalog) lose_catalog();
        use_no_limits();
        open_all();
    }
    void use_no_limits() {
        options_.max_size = 0;
        is_busy_ = {};
        asked_ = 0;
    }
    bool is_there(const TestGeneration& generation) {
        const Selection all = everything("a");
        const Result<std::vector<storage::Run>> runs = store_->select(all, {});
        EXPECT_OK(runs);
        const Result<std::set<TestRow>> rows = read_rows(*runs, all);
        EXPECT_OK(rows);
        const std::set<TestRow> own = generation.select(all);
        return std::ranges::any_of(own, [&](const TestRow& row) { return rows->contains(row); });
    }

    int asked_ = 0;
    std::vector<StoredSegment> seen_at_second_;
};

TEST_F(SizeWhileMerging, TheOldestGoesBeforeTheMergeHasEnded) {
    open_all();
    static_cast<void>(publish(1, now() - 5 * kNanosPerDay));
    make_compactor();
    ASSERT_OK(compactor_->run_once());
    ASSERT_EQ(segments().size(), 1U);
    const SegmentId oldest = segments().front().id;
    std::vector<TestGeneration> kept;
    for (std::uint64_t number = 2; number <= 5; ++number)
        kept.push_back(publish(number, now() - static_cast<TimeNs>(10 - number) * kNanosPerHour));
    options_.max_size = stored_bytes() + segments().front().stored_bytes / 2;
    in_a_merge([&] { kept.push_back(publish(6, now())); });

    ASSERT_OK(compactor_->run_once());

    ASSERT_GT(asked_, 2);
    ASSERT_EQ(seen_at_second_.size(), 5U);
    for (const StoredSegment& segment : seen_at_second_) EXPECT_NE(segment.id, oldest);
    expect_once(everything("a"), expected_rows(kept, everything("a")));
    EXPECT_EQ(objects(), segments().size());
    close_all();
    lose_catalog();
    open_all();
    expect_once(everything("a"), expected_rows(kept, everything("a")));
}

TEST_F(SizeWhileMerging, AMergeGivesWayIfItReadsTheOldest) {
    open_all();
    std::vector<TestGeneration> kept;
    static_cast<void>(publish(1, now() - 9 * kNanosPerHour));
    for (std::uint64_t number = 2; number <= 4; ++number)
        kept.push_back(publish(number, now() - static_cast<TimeNs>(10 - number) * kNanosPerHour));
    options_.max_size = stored_bytes() + segments().front().stored_bytes / 2;
    in_a_merge([&] { kept.push_back(publish(5, now())); });

    ASSERT_OK(compactor_->run_once());

    expect_once(everything("a"), expected_rows(kept, everything("a")));
    EXPECT_EQ(objects(), segments().size());
    EXPECT_NE(
        compactor_->status_json().find(R"("reason":"size","segment":"l0-one-0000000000000001")"),
        std::string::npos);
    EXPECT_NE(compactor_->status_json().find(R"("merges":1,"merged_segments":4,)"),
              std::string::npos)
        << compactor_->status_json();
}

TEST_F(SizeWhileMerging, ACrashAtAnyOperationLosesNothingElse) {
    const QuietStderr quiet;
    use_memory_catalog();
    bool crashed = true;
    for (std::uint64_t crash_at = 0; crashed; ++crash_at) {
        SCOPED_TRACE("crash at " + std::to_string(crash_at));
        begin_anew();
        const TestGeneration oldest = publish(1, now() - 5 * kNanosPerDay);
        make_compactor();
        ASSERT_OK(compactor_->run_once());
        std::vector<TestGeneration> kept;
        for (std::uint64_t number = 2; number <= 5; ++number)
            kept.push_back(publish(number, now() - static_cast<TimeNs>(number) * kNanosPerHour));
        options_.max_size = stored_bytes() + segments().front().stored_bytes / 2;
        const TestGeneration late = blocks(6, now());
        bool is_late_there = false;
        in_a_merge([&] { is_late_there = late.publish_to(*store_).has_value(); });
        files_.crash_after(crash_at);
        static_cast<void>(compactor_->run_once());
        crashed = files_.crashed();

        begin_again(crash_at % 2 == 0);
        if (is_late_there || is_there(late)) kept.push_back(late);
        if (is_there(oldest)) kept.push_back(oldest);
        EXPECT_TRUE(crashed || kept.size() == 5);
        for (int run = 0; run < 2; ++run) {
            expect_once(everything("a"), expected_rows(kept, everything("a")));
            ASSERT_OK(compactor_->run_once());
        }
        EXPECT_EQ(objects(), segments().size());
        if (HasFailure()) return;
    }
}

TEST_F(RetentionTest, WhatWasReplacedCountsAndGoesFirst) {
    open_all();
    options_.removal_delay = kNanosPerHour;
    std::vector<TestGeneration> kept;
    for (std::uint64_t number = 1; number <= 4; ++number) {
        kept.push_back(hours(number, now() - static_cast<TimeNs>(number) * kNanosPerDay, 10));
        ASSERT_OK(kept.back().publish_to(*store_));
    }
    make_compactor();
    ASSERT_OK(compactor_->run_once());
    ASSERT_GT(objects(), segments().size());
    std::uint64_t bytes = 0;
    for (const StoredSegment& segment : segments()) bytes += segment.stored_bytes;
    options_.max_size = bytes;
    make_compactor();
    ASSERT_OK(compactor_->run_once());
    EXPECT_EQ(objects(), segments().size());
    expect_once(everything("a"), expected_rows(kept, everything("a")));
}

TEST_F(RetentionTest, NoMoreIsDroppedBecauseAQueryStillReadsWhatWas) {
    open_all();
    ASSERT_NO_FATAL_FAILURE(fill_the_disk(6));
    const Result<std::vector<storage::Run>> read = store_->select(everything("a"), {});
    ASSERT_OK(read);
    for (int run = 0; run < 4; ++run) static_cast<void>(compactor_->run_once());
    EXPECT_EQ(segments().size(), 5U);
    EXPECT_EQ(objects(), 6U);
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
