// SPDX-License-Identifier: Apache-2.0
//
// Goal: how much there is, told without a line being read. Method: the index querier over lists of
// runs; the column counters of the blocks show what was read.
#include "detected_labels.h"
#include "run_meter.h"
#include "support/querier_fixture.h"
#include "time_buckets.h"

#include <skald/read/querier/index_querier.h>

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace skald::read {
namespace {

using support::MemoryRow;

class IndexQueries : public support::QuerierFixture {
protected:
    IndexRequest index(std::vector<Matcher> matchers, double from, double to) const {
        return {.tenant = TenantId::anonymous(),
                .matchers = std::move(matchers),
                .start = at(from),
                .end = at(to)};
    }
    static Matcher matcher(MatchOp op, std::string name, std::string value) {
        return *Matcher::create(op, std::move(name), std::move(value));
    }
    /// One row of ten bytes a second, from `from` on.
    static std::vector<MemoryRow> rows(double from, int count) {
        std::vector<MemoryRow> rows;
        for (int i = 0; i < count; ++i) {
            rows.push_back(
                {.time = at(from + i), .line = "0123456789", .level = {}, .metadata = {}});
        }
        return rows;
    }
    IndexQuerier& querier() {
        limits_source_ = std::make_unique<FixedLimits>(limits_);
        index_ =
            IndexQuerier::create(memtables_, store_, *limits_source_, clock_, workers_, metrics_);
        return *index_;
    }
    Result<IndexStats> stats(IndexRequest request) {
        return support::run_task(context_, querier().stats(std::move(request), {}));
    }
    Result<QueryResponse> volume(VolumeRequest request) {
        return support::run_task(context_, querier().volume(std::move(request), {}));
    }

    std::unique_ptr<IndexQuerier> index_;
};

TEST_F(IndexQueries, CountsMemoryAndSegmentsOnce) {
    const StreamPtr a = stream({{"app", "a"}});
    store_run(a, rows(0, 10), 1);
    memory_run(a, rows(10, 5), 2);
    memory_run(stream({{"app", "b"}}), rows(0, 7), 2);

    EXPECT_EQ(*stats(index({}, 0, 100)), (IndexStats{2, 3, 220, 22}));
    EXPECT_EQ(*stats(index({matcher(MatchOp::kEqual, "app", "a")}, 0, 100)),
              (IndexStats{1, 2, 150, 15}));
    EXPECT_EQ(*stats(index({matcher(MatchOp::kEqual, "app", "z")}, 0, 100)), IndexStats{});
    EXPECT_EQ(*stats(index({}, 1000, 2000)), IndexStats{});
}

TEST_F(IndexQueries, RefusesLongRanges) {
    const auto refused = stats(index({}, 0, 744 * 3600));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "the query time range exceeds the limit (query length: 744h0m0s, limit: 30d1h) "
              "(limits_config.max_query_length)");
    VolumeRequest large{.index = index({}, 0, 744 * 3600), .target_labels = {}};
    EXPECT_FALSE(volume(large));
}

TEST_F(IndexQueries, ReadsNoColumnOfARunInsideTheRange) {
    const auto block = store_run(stream({{"app", "a"}}), rows(0, 10));

    ASSERT_TRUE(stats(index({}, 0, 10)).has_value());

    EXPECT_EQ(block->time_reads, 0);
    EXPECT_EQ(block->line_reads, 0);
}

TEST_F(IndexQueries, CountsTheRowsOfACutRunByTheirTimes) {
    std::vector<MemoryRow> uneven = rows(0, 90);
    uneven.push_back({.time = at(1000), .line = "late", .level = {}, .metadata = {}});
    const auto block = store_run(stream({{"app", "a"}}), uneven);

    EXPECT_EQ(*stats(index({}, 0, 500)), (IndexStats{1, 1, 900, 90}));
    EXPECT_EQ(*stats(index({}, 1000, 2000)), (IndexStats{1, 1, 4, 1}));
    EXPECT_EQ(*stats(index({}, 0, 1000)), (IndexStats{1, 1, 900, 90}));
    EXPECT_EQ(*stats(index({}, 1000, 1000)), (IndexStats{1, 1, 4, 1}));
    EXPECT_EQ(block->line_reads, 0);
}

TEST_F(IndexQueries, CountsInProportionWhereColumnsWouldCostTooMuch) {
    const StreamPtr a = stream({{"app", "a"}});
    store_run(a, rows(0, 101));
    SelectedRuns runs{.pins = {}, .in_memory = {}, .stored = {store_.list.runs.front().run}};
    double rows_seen = 0;
    RunMeter meter(TimeBuckets(at(50), at(1000), 0), 100);

    ASSERT_TRUE(meter
                    .measure(runs, StopSign({}, clock_),
                             [&](const storage::Run&, std::size_t, RunShare share) {
                                 rows_seen += share.rows;
                             })
                    .has_value());

    EXPECT_NEAR(rows_seen, 50.5, 0.01);  // Half of 101 rows.
}

// The shares of a run add up to the run, however the range is cut.
TEST_F(IndexQueries, BucketsShareARunWithoutLoss) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 200; ++round) {
        std::vector<MemoryRow> list;
        double time = 0;
        for (int i = 0; i < 50; ++i) {
            time += static_cast<double>(random() % 40) / 10;
            list.push_back({.time = at(time), .line = "0123456789", .level = {}, .metadata = {}});
        }
        auto block = std::make_shared<support::MemoryBlock>(list);
        SelectedRuns runs{.pins = {},
                          .in_memory = {support::run_of(block, stream({{"app", "a"}}), 1, 0)},
                          .stored = {}};
        const DurationNs step = static_cast<DurationNs>(1 + random() % 20) * kNanosPerSecond;
        const TimeBuckets buckets(at(-3), at(time + 5), step);
        for (const std::uint64_t budget : {std::uint64_t{0}, RunMeter::kExactRowsMax}) {
            RunShare sum;
            RunMeter meter(buckets, budget);
            ASSERT_TRUE(meter
                            .measure(runs, StopSign({}, clock_),
                                     [&](const storage::Run&, std::size_t bucket, RunShare share) {
                                         sum.rows += share.rows;
                                         sum.bytes += share.bytes;
                                         ASSERT_LT(bucket, buckets.size());
                                     })
                            .has_value());
            ASSERT_NEAR(sum.rows, 50, 1e-6) << round;
            ASSERT_NEAR(sum.bytes, 500, 1e-6) << round;
        }
    }
}

TEST(TimeBuckets, EndAtMultiplesOfTheStep) {
    const TimeBuckets buckets(15 * kNanosPerSecond, 40 * kNanosPerSecond, 10 * kNanosPerSecond);

    ASSERT_EQ(buckets.size(), 3U);
    EXPECT_EQ(buckets.sample_ms(0), 19'999);
    EXPECT_EQ(buckets.sample_ms(1), 29'999);
    EXPECT_EQ(buckets.sample_ms(2), 40'000);
    EXPECT_EQ(buckets.first(0), 15 * kNanosPerSecond);
    EXPECT_EQ(buckets.index_of(20 * kNanosPerSecond), 1U);
    EXPECT_EQ(buckets.index_of(20 * kNanosPerSecond - 1), 0U);
    EXPECT_EQ(buckets.index_of(40 * kNanosPerSecond - 1), 2U);
    EXPECT_EQ(buckets.last(2), 40 * kNanosPerSecond - 1);
}

TEST(TimeBuckets, StandTheEndsOfTime) {
    const TimeBuckets all(kTimeMin, kTimeMax, 0);
    EXPECT_EQ(all.size(), 1U);
    EXPECT_EQ(all.first(0), kTimeMin);
    EXPECT_EQ(all.last(0), kTimeMax - 1);

    const DurationNs day = kNanosPerDay;
    const TimeBuckets early(kTimeMin, kTimeMin + 3 * day, day);
    for (std::size_t i = 0; i < early.size(); ++i) {
        EXPECT_EQ(early.index_of(early.first(i)), i);
        EXPECT_EQ(early.index_of(early.last(i)), i);
    }
}

class Volumes : public IndexQueries {
protected:
    Volumes() {
        store_run(stream({{"app", "a"}, {"env", "prod"}}), rows(0, 30), 1, 0);
        store_run(stream({{"app", "a"}, {"env", "dev"}}), rows(0, 10), 1, 1);
        memory_run(stream({{"app", "b"}, {"env", "prod"}}), rows(0, 20), 2, 0);
        memory_run(stream({{"app", "c"}}), rows(0, 5), 2, 1);
    }
    VolumeRequest request(std::vector<Matcher> matchers) const {
        return {.index = index(std::move(matchers), 0, 100), .target_labels = {}};
    }
    std::vector<std::string> ask(VolumeRequest request) {
        return samples(*volume(std::move(request)));
    }
    const Matcher any_app_ = matcher(MatchOp::kRegex, "app", ".+");
};

TEST_F(Volumes, AddUpByTheLabelsInTheSelector) {
    EXPECT_EQ(ask(request({any_app_})),
              (std::vector<std::string>{R"({app="a"} 400@100)", R"({app="b"} 200@100)",
                                        R"({app="c"} 50@100)"}));
    EXPECT_EQ(ask(request({any_app_, matcher(MatchOp::kRegex, "env", ".+")})),
              (std::vector<std::string>{R"({app="a", env="prod"} 300@100)",
                                        R"({app="b", env="prod"} 200@100)",
                                        R"({app="a", env="dev"} 100@100)"}));
    EXPECT_EQ(ask(request({})).size(), 4U);
}

TEST_F(Volumes, AddUpByTargetLabelsOfStreamsThatHaveThemAll) {
    VolumeRequest by_env = request({any_app_});
    by_env.target_labels = {"env"};
    EXPECT_EQ(ask(by_env),
              (std::vector<std::string>{R"({env="prod"} 500@100)", R"({env="dev"} 100@100)"}));
    by_env.target_labels = {"nosuch"};
    EXPECT_EQ(ask(by_env), std::vector<std::string>{});
}

TEST_F(Volumes, AddUpByLabelName) {
    VolumeRequest by_name = request({any_app_});
    by_name.by_label_names = true;
    EXPECT_EQ(ask(by_name),
              (std::vector<std::string>{R"({app=""} 650@100)", R"({env=""} 600@100)"}));
    by_name.target_labels = {"env"};
    EXPECT_EQ(ask(by_name), std::vector<std::string>{R"({env=""} 600@100)"});
}

TEST_F(Volumes, KeepTheLargest) {
    VolumeRequest largest = request({any_app_});
    largest.limit = 1;
    EXPECT_EQ(ask(largest), std::vector<std::string>{R"({app="a"} 400@100)"});
}

TEST_F(Volumes, AreCutIntoSteps) {
    VolumeRequest steps = request({matcher(MatchOp::kEqual, "app", "b")});
    steps.step = 15 * kNanosPerSecond;

    const auto response = volume(steps);

    ASSERT_TRUE(std::holds_alternative<MatrixResult>(response->data));
    double sum = 0;
    for (const Sample& sample : std::get<MatrixResult>(response->data).series.at(0).samples) {
        EXPECT_EQ((sample.time_ms + 1) % 15'000, 0);
        sum += sample.value;
    }
    EXPECT_EQ(sum, 200);
}

TEST_F(Volumes, StopAtTheLimitOfSeries) {
    limits_.volume_max_series = 2;

    const auto response = volume(request({any_app_}));

    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().message,
              "the query hit the max number of series limit (limit: 2 series) "
              "(limits_config.volume_max_series)");
    EXPECT_EQ(response.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Volumes, ShardsCoverAllFingerprintsAndAllBytes) {
    const auto plan = support::run_task(context_, querier().shards(index({}, 0, 100), 150, {}));

    ASSERT_GT(plan->shards.size(), 1U);
    EXPECT_EQ(plan->shards.front().min, 0U);
    EXPECT_EQ(plan->shards.back().max, std::numeric_limits<std::uint64_t>::max());
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < plan->shards.size(); ++i) {
        if (i > 0) EXPECT_EQ(plan->shards[i].min, plan->shards[i - 1].max + 1);
        bytes += plan->shards[i].stats.bytes;
    }
    EXPECT_EQ(bytes, plan->total.bytes);
    EXPECT_EQ(plan->total, *stats(index({}, 0, 100)));
}

TEST_F(IndexQueries, DetectedLabelsOfSeveralTenantsAreByCardinality) {
    store_run(stream({{"app", "a"}, {"pod", "x"}}), rows(0, 1), 1, 0);
    store_run(stream({{"app", "b"}, {"pod", "x"}}), rows(0, 1), 1, 1);
    IndexRequest request = index({}, 0, 100);
    const auto one = support::run_task(context_, querier().detected_labels(request, {}));
    request.more_tenants = {*TenantId::parse("other")};
    const auto several = support::run_task(context_, querier().detected_labels(request, {}));

    const auto names = [](const std::vector<DetectedLabel>& labels) {
        std::vector<std::string> found;
        for (const DetectedLabel& label : labels) found.push_back(label.name);
        return found;
    };
    ASSERT_TRUE(one && several);
    EXPECT_EQ(names(*one), (std::vector<std::string>{"app", "pod"}));
    EXPECT_EQ(names(*several), (std::vector<std::string>{"pod", "__tenant_id__", "app"}));
}

TEST(DetectedLabels, LeaveOutWhatIsOnlyIds) {
    const auto streams_of = [](std::vector<std::vector<Labels::Pair>> sets) {
        std::vector<StreamPtr> streams;
        for (auto& pairs : sets) {
            streams.push_back(std::make_shared<const Stream>(Labels::from_pairs(std::move(pairs))));
        }
        return streams;
    };
    SystemClock clock;
    Allowance allowance(nullptr, StopSign({}, clock));
    const auto labels = detect_labels(
        streams_of({{{"app", "x"}, {"num", "1"}, {"flag", "0"}, {"pod", "7"}, {"mix", "1"}},
                    {{"app", "y"}, {"num", "2.5"}, {"flag", "1"}, {"mix", "one"}},
                    {{"uuid", "0188c5e2-7b1c-7000-8000-00805f9b34fb"}}}),
        allowance);

    EXPECT_EQ(*labels,
              (std::vector<DetectedLabel>{{"app", 2}, {"flag", 2}, {"mix", 2}, {"pod", 1}}));
}

}  // namespace
}  // namespace skald::read
