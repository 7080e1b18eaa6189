// SPDX-License-Identifier: Apache-2.0
//
// Goal: what range functions over samples are made of says what their definitions say, however
// samples lie in cells, slots and windows.
// Method: random samples folded in pieces against plain loops over all of them.
#include "sample_cell.h"
#include "sample_functions.h"
#include "series_samples.h"
#include "sliding_fold.h"
#include "support/result_assertions.h"
#include "windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace skald::read {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double folded(RangeOp op, const std::vector<double>& values) {
    SampleCell cell;
    for (std::size_t i = 0; i < values.size(); ++i) {
        add_sample(op, cell, {static_cast<TimeNs>(i), 0, values[i]});
    }
    return value_of_cell(op, cell, 10);
}

TEST(SampleCell, SumsLoseNothingToTheOrder) {
    EXPECT_EQ(folded(RangeOp::kSum, {1e16, 1, -1e16}), 1);
    EXPECT_EQ(folded(RangeOp::kSum, {1, 1e16, -1e16}), 1);
    EXPECT_EQ(folded(RangeOp::kRate, {3, 4, 3}), 1);
    EXPECT_EQ(folded(RangeOp::kAvg, {1, 2, 6}), 3);
    EXPECT_EQ(folded(RangeOp::kSum, {1, kInf, 2}), kInf);
    EXPECT_TRUE(std::isnan(folded(RangeOp::kSum, {kInf, -kInf})));
}

TEST(SampleCell, ExtremesTakeAnyNumberBeforeNaN) {
    EXPECT_EQ(folded(RangeOp::kMax, {kNan, 1, kNan, 3, 2}), 3);
    EXPECT_EQ(folded(RangeOp::kMin, {kNan, 1, kNan, -3}), -3);
    EXPECT_TRUE(std::isnan(folded(RangeOp::kMax, {kNan, kNan})));
}

TEST(SampleCell, FirstAndLastGoByTimeThenByOrder) {
    SampleCell first;
    SampleCell last;
    for (const TimedSample& sample : {TimedSample{5, 2, 1.0}, TimedSample{5, 1, 2.0},
                                      TimedSample{4, 9, 3.0}, TimedSample{5, 2, 4.0}}) {
        add_sample(RangeOp::kFirst, first, sample);
        add_sample(RangeOp::kLast, last, sample);
    }
    EXPECT_EQ(first.value, 3);
    EXPECT_EQ(last.value, 4);
}

TEST(SlidingFold, SaysOfEachWindowWhatItsCellsSay) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 300; ++round) {
        const Steps steps{.start = 1000,
                          .step = static_cast<DurationNs>(1 + random() % 20),
                          .count = 1 + random() % 30};
        const Windows windows(steps, static_cast<DurationNs>(1 + random() % 60), 0);
        const RangeOp op = std::vector{RangeOp::kSum, RangeOp::kMin, RangeOp::kStdvar,
                                       RangeOp::kFirst, RangeOp::kLast}[random() % 5];
        std::vector<SampleCell> cells(windows.buckets());
        for (std::size_t i = 0; i < cells.size(); ++i) {
            for (std::size_t n = random() % 3; n > 0; --n) {
                add_sample(op, cells[i],
                           {static_cast<TimeNs>(i), n, static_cast<double>(random() % 100)});
            }
        }
        std::vector<double> got(windows.count(), kInf);
        SlidingFold(op, windows).run(cells, [&](std::size_t window, const SampleCell& cell) {
            got[window] = value_of_cell(op, cell, 1);
        });
        for (std::size_t window = 0; window < windows.count(); ++window) {
            SampleCell whole;
            const Windows::Span span = windows.span(window);
            for (std::size_t i = span.begin; i < span.end; ++i) merge_cells(op, whole, cells[i]);
            const double expected = whole.count == 0 ? kInf : value_of_cell(op, whole, 1);
            if (std::isinf(expected)) {
                ASSERT_EQ(got[window], expected);
            } else {
                ASSERT_NEAR(got[window], expected, 1e-6) << "round " << round;
            }
        }
    }
}

TEST(Quantile, IsLinearBetweenRanks) {
    const auto of = [](double phi, std::vector<double> values) { return quantile(phi, values); };
    EXPECT_EQ(of(0.5, {3, 1, 2}), 2);
    EXPECT_EQ(of(0.5, {4, 1, 2, 3}), 2.5);
    EXPECT_EQ(of(0, {3, 1, 2}), 1);
    EXPECT_EQ(of(1, {3, 1, 2}), 3);
    EXPECT_EQ(of(0.9, {7}), 7);
    EXPECT_EQ(of(-0.1, {7}), -kInf);
    EXPECT_EQ(of(1.1, {7}), kInf);
    EXPECT_TRUE(std::isnan(of(kNan, {7})));
    EXPECT_EQ(of(1, {1, kNan, 5}), 5);
}

double rate_of(const std::vector<double>& values, const std::vector<TimeNs>& seconds, TimeNs end) {
    std::vector<TimeNs> times;
    for (const TimeNs each : seconds) times.push_back(each * 1'000'000'000);
    return counter_rate({values, times}, 0, end * 1'000'000'000);
}

TEST(CounterRate, ExtrapolatesAndSeesResets) {
    EXPECT_EQ(rate_of({5}, {1}, 10), 0);
    // 10 a second over [1, 9], both edges near enough.
    EXPECT_DOUBLE_EQ(
        rate_of({110, 120, 130, 140, 150, 160, 170, 180, 190}, {1, 2, 3, 4, 5, 6, 7, 8, 9}, 10),
        10);
    // It starts over at 4: the increase is 5 + 4 + 6, and it cannot have been below 0 before.
    EXPECT_DOUBLE_EQ(rate_of({0, 5, 4, 10}, {2, 4, 6, 8}, 10), 15.0 * (8.0 / 6) / 10);
    // Far from the edges only half of the usual distance is added.
    EXPECT_DOUBLE_EQ(rate_of({100, 110}, {50, 60}, 120), 10.0 * (20.0 / 10) / 120);
}

TEST(SeriesSamples, OfSeveralSlotsAreSortedTogether) {
    const std::optional<Grouping> grouping = Grouping{.without = false, .labels = {"a"}};
    CellBudget budget;
    SampleLog::Used used{0};
    SeriesSamples first(RangeOp::kRateCounter, grouping, 2, budget, used);
    SeriesSamples second(RangeOp::kRateCounter, grouping, 2, budget, used);
    const Labels x = Labels::from_pairs({{"a", "x"}, {"b", "1"}});
    const Labels y = Labels::from_pairs({{"a", "y"}, {"b", "2"}});
    RowLabels row;
    row.reset(x);
    ASSERT_OK(first.add(row, 0, {20, 0, 2}));
    row.reset(y);
    ASSERT_OK(second.add(row, 1, {50, 0, 5}));
    row.reset(x);
    ASSERT_OK(second.add(row, 0, {10, 0, 1}));

    ASSERT_OK(first.add(second));

    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first.labels(1), Labels::from_pairs({{"a", "y"}}));
    const SortedSamples sorted = first.sort();
    const auto slice = sorted.of(0, 2);
    EXPECT_EQ(std::vector<double>(slice.values.begin(), slice.values.end()),
              (std::vector<double>{1, 2}));
    EXPECT_EQ(std::vector<TimeNs>(slice.times.begin(), slice.times.end()),
              (std::vector<TimeNs>{10, 20}));
    EXPECT_EQ(sorted.of(3, 4).values[0], 5);
}

TEST(SeriesSamples, PastTheLimitNameIt) {
    const std::optional<Grouping> grouping = Grouping{};
    CellBudget budget;
    SampleLog::Used used{SampleLog::kBytesMax};
    SeriesSamples samples(RangeOp::kQuantile, grouping, 1, budget, used);
    RowLabels row;

    const Result<void> added = samples.add(row, 0, {});

    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, ErrorCode::kLimitExceeded);
    EXPECT_NE(added.error().message.find("128 MiB"), std::string::npos);
}

TEST(SeriesIndex, TellsSeriesApartByWhatTheGroupingLeaves) {
    const std::optional<Grouping> grouping = Grouping{.without = true, .labels = {"b"}};
    SeriesIndex index(grouping);
    const auto number = [&](std::vector<Labels::Pair> pairs) {
        const Labels labels = Labels::from_pairs(std::move(pairs));
        RowLabels row;
        row.reset(labels);
        return index.number_of(row, [](const Labels&) { return true; });
    };
    EXPECT_EQ(number({{"a", "1"}, {"b", "1"}}), 0U);
    EXPECT_EQ(number({{"a", "2"}, {"b", "1"}}), 1U);
    EXPECT_EQ(number({{"a", "1"}, {"b", "2"}}), 0U);
    EXPECT_EQ(number({{"a", "1"}, {"b", "2"}, {"c", ""}}), 2U);
    EXPECT_EQ(index.labels(1), Labels::from_pairs({{"a", "2"}}));
}

}  // namespace
}  // namespace skald::read
