// SPDX-License-Identifier: Apache-2.0
#include "run_set.h"

#include "label_fingerprint.h"
#include "support/fake_storage.h"
#include "support/memory_block.h"

#include <skald/foundation/base/units.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace skald::read {
namespace {

using storage::Run;

const std::vector<support::MemoryRow> kOneRow = {
    {.time = 1, .line = "x", .level = {}, .metadata = {}}};

std::vector<StreamPtr> make_streams(std::size_t count) {
    std::vector<StreamPtr> streams;
    for (std::size_t i = 0; i < count; ++i) {
        // Two objects of one stream now and then, as memory and segments have them.
        const std::string name = std::to_string(i * 2 / 3);
        streams.push_back(std::make_shared<const Stream>(Labels::from_pairs({{"app", name}})));
    }
    return streams;
}

/// Runs of blocks that hold several streams, and of blocks in memory, which hold one.
struct World {
    explicit World(std::uint32_t seed) : chance(seed) {
        const std::vector<StreamPtr> streams = make_streams(1 + below(12));
        for (std::size_t block = 0; block < 1 + below(6); ++block) add_block(streams, 1);
        in_memory = runs.size();
        std::vector<Run> stored;
        runs.swap(stored);
        for (std::size_t block = 0; block < below(6); ++block) add_block(streams, 1 + below(8));
        // A table has its runs by stream, not by block.
        std::shuffle(runs.begin(), runs.end(), chance);
        stored.insert(stored.end(), runs.begin(), runs.end());
        runs.swap(stored);
    }

    void add_block(const std::vector<StreamPtr>& streams, std::size_t count) {
        const auto block = std::make_shared<const support::MemoryBlock>(kOneRow);
        std::uint32_t row = 0;
        for (std::size_t i = 0; i < count; ++i) {
            Run run = support::run_of(block, streams[below(streams.size())], below(3), below(100));
            run.row_begin = row;
            run.row_end = row += static_cast<std::uint32_t>(below(4));
            run.min_time = static_cast<TimeNs>(below(50));
            run.max_time = run.min_time + static_cast<TimeNs>(below(10));
            runs.push_back(std::move(run));
        }
    }
    std::size_t below(std::size_t bound) { return chance() % bound; }

    std::mt19937 chance;
    std::vector<Run> runs;
    std::size_t in_memory = 0;
};

auto identity(const Run& run) {
    return std::tuple(run.block.get(), run.row_begin, run.row_end, run.stream->id, run.min_time,
                      run.max_time, run.generation, run.position);
}

void expect_all_runs_once(const RunSet& set, const World& world) {
    std::vector<decltype(identity(world.runs[0]))> expected;
    std::vector<decltype(identity(world.runs[0]))> found;
    for (const Run& run : world.runs)
        if (run.rows() > 0) expected.push_back(identity(run));
    for (const BlockTask& task : set.tasks())
        for (const Run& run : set.runs_of(task)) found.push_back(identity(run));
    std::sort(expected.begin(), expected.end());
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, expected);
}

void expect_tasks_are_blocks(const RunSet& set) {
    std::map<const storage::Block*, int> seen;
    for (const BlockTask& task : set.tasks()) {
        std::uint32_t row = 0;
        TimeNs min = kTimeMax;
        TimeNs max = kTimeMin;
        for (const Run& run : set.runs_of(task)) {
            EXPECT_EQ(run.block, set.runs_of(task).front().block);
            EXPECT_GE(run.row_begin, row);
            row = run.row_end;
            min = std::min(min, run.min_time);
            max = std::max(max, run.max_time);
        }
        EXPECT_EQ(std::pair(task.min_time, task.max_time), std::pair(min, max));
        EXPECT_EQ(++seen[set.runs_of(task).front().block.get()], 1);
    }
}

void expect_streams_are_ranked(const RunSet& set, std::size_t runs) {
    std::string scratch;
    std::map<std::uint32_t, std::pair<std::uint64_t, Labels>> by_rank;
    for (std::size_t i = 0; i < runs; ++i) {
        const Labels& labels = set.run(i).run.stream->labels;
        const std::pair ranked(fingerprint(labels, scratch), labels);
        EXPECT_EQ(by_rank.emplace(set.run(i).stream, ranked).first->second, ranked);
    }
    EXPECT_EQ(by_rank.size(), set.streams());
    for (auto rank = by_rank.begin(); rank != by_rank.end(); ++rank) {
        EXPECT_LT(rank->first, set.streams());
        if (rank != by_rank.begin()) {
            EXPECT_LT(std::prev(rank)->second, rank->second);
        }
    }
}

void expect_pairs_are_right(const RunSet& set, std::uint32_t runs) {
    for (std::uint32_t i = 0; i < runs; ++i) {
        const QueryRun a = set.run(i);
        std::uint32_t arrival = 0;
        bool overlaps = false;
        std::vector<std::uint32_t> earlier;
        for (std::uint32_t j = 0; j < runs; ++j) {
            const QueryRun b = set.run(j);
            if (i == j || a.stream != b.stream) continue;
            const bool shares =
                a.run.min_time <= b.run.max_time && b.run.min_time <= a.run.max_time;
            const bool is_earlier = std::tuple(b.run.generation, b.run.position, j) <
                                    std::tuple(a.run.generation, a.run.position, i);
            arrival += is_earlier ? 1 : 0;
            overlaps = overlaps || shares;
            if (is_earlier && shares) earlier.push_back(j);
        }
        EXPECT_EQ(a.arrival, arrival);
        EXPECT_TRUE(a.overlaps || !overlaps);
        std::vector<std::uint32_t> found = set.earlier_overlaps(i);
        std::sort(found.begin(), found.end());
        EXPECT_EQ(found, earlier);
    }
}

TEST(RunSet, OrdersRunsByBlockAndRanksStreamsAndArrivals) {
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
        SCOPED_TRACE(seed);
        const World world(seed);
        const auto set = RunSet::of(world.runs, world.in_memory);
        std::size_t runs = 0;
        std::size_t in_memory = 0;
        for (std::size_t i = 0; i < world.runs.size(); ++i) {
            if (world.runs[i].rows() == 0) continue;
            ++runs;
            in_memory += i < world.in_memory ? 1 : 0;
        }
        expect_all_runs_once(*set, world);
        expect_tasks_are_blocks(*set);
        expect_streams_are_ranked(*set, runs);
        expect_pairs_are_right(*set, static_cast<std::uint32_t>(runs));
        for (std::size_t i = 0; i < runs; ++i) EXPECT_EQ(set->run(i).in_memory, i < in_memory);
        if (HasFailure()) return;
    }
}

class RunSetMemory : public testing::Test {
protected:
    static constexpr std::size_t kStreams = 10'000;

    RunSetMemory() {
        const auto block = std::make_shared<const support::MemoryBlock>(kOneRow);
        for (std::size_t i = 0; i < kStreams; ++i) {
            const auto stream =
                std::make_shared<const Stream>(Labels::from_pairs({{"pod", std::to_string(i)}}));
            store.list.runs.push_back({support::run_of(block, stream, 1, i), {"store", 1}});
        }
    }
    Result<std::shared_ptr<const RunSet>> select(std::uint64_t bytes) {
        budget.emplace(bytes);
        memory = std::make_shared<QueryMemory>(&*budget);
        return RunSet::select(memtables, store, {TenantId::anonymous(), {}, kTimeMin, kTimeMax}, {},
                              StopSign({}, clock), memory);
    }

    support::FakeMemtables memtables;
    support::FakeRunStore store;
    SystemClock clock;
    std::optional<MemoryBudget> budget;
    std::shared_ptr<QueryMemory> memory;
};

TEST_F(RunSetMemory, IsTakenFromTheBudgetAsLongAsTheSetLives) {
    {
        const auto set = select(64 * kMiB);
        ASSERT_TRUE(set);
        EXPECT_EQ((*set)->streams(), kStreams);
        EXPECT_GT(budget->used(), kStreams * 160);
        EXPECT_LT(budget->used(), kStreams * 200 + kMiB);
    }
    EXPECT_EQ(budget->used(), 0U);  // Although the query goes on.
}

TEST_F(RunSetMemory, ThatIsNotThereIsAnErrorThatNamesTheShare) {
    // Too little for the runs, and too little for what the set makes of them.
    for (const std::uint64_t bytes : {kMiB / 2, kStreams * 160 + kMiB / 8}) {
        const auto set = select(bytes);
        ASSERT_FALSE(set) << bytes;
        EXPECT_NE(set.error().message.find("memory.queries"), std::string::npos);
        memory.reset();
        EXPECT_EQ(budget->used(), 0U);
    }
}

}  // namespace
}  // namespace skald::read
