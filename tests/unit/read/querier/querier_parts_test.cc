// SPDX-License-Identifier: Apache-2.0
//
// Goal: the pieces that whole queries exercise only in part: parallel work, windows, time search,
// row groups, numbers.
#include "aggregate.h"
#include "binary_operation.h"
#include "parallel.h"
#include "row_groups.h"
#include "support/memory_block.h"
#include "support/result_assertions.h"
#include "support/run_task.h"
#include "support/sim_clock.h"
#include "time_search.h"
#include "windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace skald::read {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(RunParallel, CallsTheBodyOnceForEachIndexAndGivesTurns) {
    boost::asio::io_context context;
    WorkerPool workers({.threads = 2, .name = "test"});
    support::SimClock clock;
    std::vector<std::atomic<int>> calls(500);
    std::array<std::atomic<int>, 2> inside{};
    std::atomic<bool> shared_slot{false};

    support::run_task(context, run_parallel(workers, clock, Lane::kQuery, calls.size(), 2,
                                            [&](auto slot, auto index) {
                                                if (inside.at(slot)++ != 0) shared_slot = true;
                                                ++calls[index];
                                                // Each call takes a whole turn, so that every slot
                                                // is posted again and again.
                                                clock.advance(std::chrono::milliseconds(6));
                                                --inside.at(slot);
                                            }));

    for (const auto& each : calls) EXPECT_EQ(each, 1);
    EXPECT_FALSE(shared_slot);
}

TEST(RunParallel, OfNothingReturnsAtOnce) {
    boost::asio::io_context context;
    WorkerPool workers({.threads = 1, .name = "test"});
    support::SimClock clock;

    EXPECT_TRUE(support::run_task(
        context, run_parallel(workers, clock, Lane::kQuery, 0, 2, [](auto, auto) { FAIL(); })));
}

TEST(Windows, BucketsAreCutAtAllStartsAndEnds) {
    // Windows (-5, 10], (2, 17], (9, 24]: a step of 7 under a range of 15.
    const Windows windows({10, 7, 3}, 15, 0);

    EXPECT_EQ(windows.first_time(), -4);
    EXPECT_EQ(windows.last_time(), 24);
    EXPECT_EQ(windows.buckets(), 5U);
    EXPECT_EQ(windows.bucket_of(-4), 0U);
    EXPECT_EQ(windows.bucket_of(2), 0U);
    EXPECT_EQ(windows.bucket_of(3), 1U);
    EXPECT_EQ(windows.bucket_of(10), 2U);
    EXPECT_EQ(windows.bucket_of(24), 4U);
}

TEST(Windows, SumsAgreeWithCountingEachWindow) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 300; ++round) {
        const auto below = [&](int limit) {
            return static_cast<std::int64_t>(random() % static_cast<unsigned>(limit));
        };
        const Steps steps{below(100) - 50, 1 + below(20), 1 + static_cast<std::size_t>(below(20))};
        const DurationNs range = 1 + below(60);
        const DurationNs offset = below(40) - 20;
        const Windows windows(steps, range, offset);
        std::vector<std::uint64_t> buckets(windows.buckets(), 0);
        std::vector<TimeNs> times;
        for (TimeNs time = windows.first_time(); time <= windows.last_time(); ++time) {
            times.push_back(time);
            const std::size_t bucket = windows.bucket_of(time);
            EXPECT_EQ(windows.bucket_from(0, time), bucket);
            EXPECT_LE(time, windows.bucket_end(bucket));
            ++buckets[bucket];
        }
        std::vector<std::uint64_t> prefix;
        std::vector<std::uint64_t> sums;
        windows.sum_windows(buckets, prefix, sums);
        ASSERT_EQ(sums.size(), steps.count);
        for (std::size_t i = 0; i < steps.count; ++i) {
            const TimeNs last = steps.time(i) - offset;
            const auto expected = std::count_if(times.begin(), times.end(), [&](TimeNs time) {
                return time > last - range && time <= last;
            });
            EXPECT_EQ(sums[i], static_cast<std::uint64_t>(expected)) << "round " << round;
        }
    }
}

TEST(Steps, AlignNegativeTimesDownwards) {
    const auto steps = steps_of(
        {.tenant = TenantId::anonymous(), .query = "", .start = -25, .end = -11, .step = 10}, true);

    ASSERT_OK(steps);
    EXPECT_EQ(steps->start, -30);
    EXPECT_EQ(steps->count, 3U);
}

TEST(Steps, TimesAtTheEndsOfTheClockDoNotWrapAround) {
    const auto steps = steps_of({.tenant = TenantId::anonymous(),
                                 .query = "",
                                 .instant = true,
                                 .start = kTimeMin,
                                 .end = kTimeMin},
                                true);
    ASSERT_OK(steps);
    const Windows windows(*steps, 60, 60);

    EXPECT_EQ(windows.buckets(), 0U);
}

TEST(Gallop, AgreesWithBinarySearch) {
    std::mt19937_64 random(11);
    for (int round = 0; round < 500; ++round) {
        std::vector<TimeNs> times(random() % 60);
        for (TimeNs& time : times) time = static_cast<TimeNs>(random() % 30);
        std::sort(times.begin(), times.end());
        const auto size = static_cast<std::uint32_t>(times.size());
        const std::uint32_t from = size == 0 ? 0 : static_cast<std::uint32_t>(random() % size);
        const auto wanted = static_cast<TimeNs>(random() % 32);
        const auto begin = times.begin() + from;
        EXPECT_EQ(first_at_least(times, from, size, wanted),
                  std::lower_bound(begin, times.end(), wanted) - times.begin());
        EXPECT_EQ(first_after(times, from, size, wanted),
                  std::upper_bound(begin, times.end(), wanted) - times.begin());
    }
}

TEST(RowGroups, PartRowsByTheirValues) {
    std::mt19937_64 random(3);
    std::vector<support::MemoryRow> rows;
    for (int i = 0; i < 3000; ++i) {
        support::MemoryRow row{i, "", random() % 2 == 0 ? "info" : "warn", {}};
        if (random() % 3 > 0) row.metadata.emplace_back("id", std::to_string(random() % 500));
        if (random() % 3 > 0) row.metadata.emplace_back("user", std::to_string(random() % 700));
        rows.push_back(row);
    }
    const auto block = std::make_shared<support::MemoryBlock>(rows);
    BlockColumns columns(block);
    NeededLabels needed;
    needed.add_all_but({});
    const Labels stream = Labels::from_pairs({{"app", "web"}});

    auto named = needed_columns(needed, stream, columns);
    ASSERT_OK(named);
    EXPECT_EQ(named->size(), 3U);
    const RowGroups groups(*std::move(named), 3000);

    RowLabels labels;
    for (std::uint32_t row = 0; row < 3000; ++row) {
        ASSERT_LT(groups.of(row), groups.count());
        labels.reset(stream);
        groups.add_labels(groups.of(row), labels);
        EXPECT_EQ(labels.find("detected_level"), rows[row].level);
        std::size_t found = 0;
        for (const auto& [name, value] : rows[row].metadata) {
            EXPECT_EQ(labels.find(name), value);
            ++found;
        }
        EXPECT_EQ(labels.merged().size(), 2 + found);
    }
}

StepMatrix column_of(const std::vector<double>& values) {
    StepMatrix matrix{.steps = 1, .series = {}};
    for (std::size_t i = 0; i < values.size(); ++i) {
        matrix.add(Labels::from_pairs({{"i", std::to_string(i)}})).values[0] = values[i];
    }
    return matrix;
}

double aggregated(VectorOp op, const std::vector<double>& values) {
    const VectorAggregation aggregation{
        .op = op, .parameter = {}, .inner = nullptr, .grouping = {}};
    return aggregate(aggregation, column_of(values)).series.at(0).values.at(0);
}

TEST(Aggregate, InfinitiesAndNaN) {
    const double inf = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();

    EXPECT_EQ(aggregated(VectorOp::kAvg, {inf, 1, 2}), inf);
    EXPECT_TRUE(std::isnan(aggregated(VectorOp::kAvg, {inf, 1, -inf})));
    EXPECT_DOUBLE_EQ(aggregated(VectorOp::kAvg, {1.5e308, 1.7e308}), 1.6e308);
    EXPECT_EQ(aggregated(VectorOp::kMax, {nan, 1, 2}), 2);
    EXPECT_EQ(aggregated(VectorOp::kMin, {nan, 1, 2}), 1);
    EXPECT_TRUE(std::isnan(aggregated(VectorOp::kMax, {nan})));
}

TEST(Aggregate, TopkPrefersNumbersAndThenTheFirst) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    VectorAggregation top{.op = VectorOp::kTopk, .parameter = 2, .inner = nullptr, .grouping = {}};

    const StepMatrix best = aggregate(top, column_of({nan, 1, 3, 3, 3}));
    const StepMatrix few = aggregate(top, column_of({nan}));

    ASSERT_EQ(best.series.size(), 2U);
    EXPECT_EQ(best.series[0].labels.value_or_empty("i"), "2");
    EXPECT_EQ(best.series[1].labels.value_or_empty("i"), "3");
    ASSERT_EQ(few.series.size(), 1U);
}

TEST(StepMatrix, ArithmeticDoesNotMakeAbsentSamples) {
    const double nan = std::numeric_limits<double>::quiet_NaN();

    EXPECT_TRUE(is_absent(absent_sample()));
    EXPECT_FALSE(is_absent(nan));
    EXPECT_FALSE(is_absent(-nan));
    EXPECT_FALSE(is_absent(*apply_number(BinaryOp::kDiv, false, 1, 0)));
}

}  // namespace
}  // namespace skald::read
