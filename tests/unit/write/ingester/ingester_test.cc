// SPDX-License-Identifier: Apache-2.0
//
// Goal: what the contract of the ingester says, on the real WAL, object store and store.
// Method: an ingester on a disk in memory; rows are told apart by their lines.
#include "ingester_harness.h"
#include "support/quiet_stderr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace skald::write {
namespace {

using storage::FaultyFileSystem;
using Operation = FaultyFileSystem::Operation;
using Lines = std::map<std::string, int>;

class IngesterTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_OK(harness.start()); }

    void restart(FaultyFileSystem::Loss loss = FaultyFileSystem::Loss::kPower) {
        harness.stop();
        files.restart(loss);
        ASSERT_OK(harness.start());
    }
    Lines lines() {
        const auto seen = harness.lines();
        EXPECT_OK(seen);
        return seen ? *seen : Lines{};
    }
    /// Pushes until a generation has ended (the publisher may be done with it already).
    bool push_until_ended(const std::function<bool()>& ended) {
        for (int i = 0; i < 2000; ++i) {
            if (ended()) return true;
            EXPECT_OK(
                harness.push(one_stream("a", kNoon + i, {"filler " + std::string(1000, 'x')})));
        }
        return false;
    }
    std::uint64_t segments() { return harness.store->totals().segments; }

    FaultyFileSystem files;
    IngesterHarness harness{files};
};

TEST_F(IngesterTest, ShowsARowAsSoonAsItIsAcknowledged) {
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"hello"})));

    EXPECT_EQ(lines(), (Lines{{"hello", 1}}));
}

TEST_F(IngesterTest, DoesNotAcknowledgeBeforeTheSync) {
    std::promise<void> reached;
    std::promise<void> go;
    std::atomic<bool> first = true;
    files.on_operation([&](Operation operation, const std::string& path) {
        if (operation != Operation::kSync || !path.ends_with(".wal") || !first.exchange(false))
            return;
        reached.set_value();
        go.get_future().wait();
    });
    std::future<Result<void>> push = harness.push_later(one_stream("a", kNoon, {"hello"}));
    reached.get_future().wait();

    EXPECT_EQ(lines(), Lines{});
    EXPECT_EQ(push.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    go.set_value();

    ASSERT_OK(push.get());
    EXPECT_EQ(lines(), (Lines{{"hello", 1}}));
    files.on_operation(nullptr);
}

/// An ingester whose log has a row "old" and is being replayed, as long as the test wants.
class ReplayTest : public IngesterTest {
protected:
    void SetUp() override {
        ASSERT_OK(harness.start());
        ASSERT_OK(harness.push(one_stream("a", kNoon, {"old"})));
        harness.stop();
        files.restart(FaultyFileSystem::Loss::kPower);
        harness.options.replay_failed = [this](const Error& error) { failed.set_value(error); };
        files.on_operation([this](Operation operation, const std::string& path) {
            if (operation != Operation::kRead || !path.ends_with(".wal")) return;
            if (!first.exchange(false)) return;
            reached.set_value();
            go.get_future().wait();
        });
    }
    void TearDown() override {
        harness.stop();
        files.on_operation(nullptr);
    }
    void start_and_reach() {
        ASSERT_OK(harness.start());
        reached.get_future().wait();
    }

    std::promise<void> reached;
    std::promise<void> go;
    std::promise<Error> failed;
    std::atomic<bool> first = true;
};

TEST_F(ReplayTest, TakesPushesMeanwhileAndReadsWaitForItsEnd) {
    start_and_reach();
    ASSERT_OK(harness.push(one_stream("a", kNoon + 1, {"new"})));
    std::future<Lines> read = std::async(std::launch::async, [&] { return lines(); });
    EXPECT_EQ(read.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
    go.set_value();

    EXPECT_EQ(read.get(), (Lines{{"old", 1}, {"new", 1}}));
}

TEST_F(ReplayTest, GenerationsThatEndMeanwhileArePublishedBehindIt) {
    harness.options.wal_bytes_max = 2000;
    start_and_reach();
    std::size_t pushed = 0;
    while (harness.wal_files().size() < 4) {
        ASSERT_LT(pushed, 2000U);
        ASSERT_OK(
            harness.push(one_stream("a", kNoon + 1 + static_cast<TimeNs>(pushed),
                                    {"new " + std::to_string(pushed) + std::string(500, 'x')})));
        ++pushed;
    }
    EXPECT_EQ(segments(), 0U) << "older rows come first";
    go.set_value();
    ASSERT_OK(harness.ingester->flush());

    EXPECT_GE(segments(), 4U);
    const Lines seen = lines();
    EXPECT_EQ(seen.size(), pushed + 1);
    for (const auto& [line, times] : seen) EXPECT_EQ(times, 1) << line;
}

TEST_F(ReplayTest, AStopBreaksItOffAndLosesNothing) {
    start_and_reach();
    ASSERT_OK(harness.push(one_stream("a", kNoon + 1, {"new"})));
    auto read = std::async(std::launch::async, [&] { return harness.lines(); });
    std::thread stopping([&] { harness.ingester->stop(); });
    const auto refused = read.get();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    go.set_value();
    stopping.join();
    harness.stop();
    files.restart(FaultyFileSystem::Loss::kPower);
    ASSERT_OK(harness.start());

    EXPECT_EQ(lines(), (Lines{{"old", 1}, {"new", 1}}));
}

TEST_F(ReplayTest, AFailureIsToldAndReadsGetNothingThatLacksRows) {
    files.fail_next(Operation::kRead, {ErrorCode::kIo, "simulated"}, 1000);
    go.set_value();
    ASSERT_OK(harness.start());
    EXPECT_EQ(failed.get_future().get().code, ErrorCode::kIo);
    auto read = std::async(std::launch::async, [&] { return harness.lines(); });
    EXPECT_EQ(read.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
    files.fail_next(Operation::kRead, {ErrorCode::kIo, "never"}, 0);
    harness.ingester->stop();
    const auto refused = read.get();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    harness.stop();
    ASSERT_OK(harness.start());

    EXPECT_EQ(lines(), (Lines{{"old", 1}}));
}

TEST_F(IngesterTest, KeepsTheOtherEntriesWhenItRefusesSome) {
    const Result<void> pushed = harness.push(BatchBuilder()
                                                 .stream({{"app", "a"}})
                                                 .entry(kNoon, "new")
                                                 .entry(kNoon - 2 * kNanosPerHour, "old")
                                                 .take());

    ASSERT_FALSE(pushed);
    EXPECT_EQ(pushed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(lines(), (Lines{{"new", 1}}));
}

TEST_F(IngesterTest, AcknowledgesNothingWhenTheLogCannotBeWritten) {
    const QuietStderr quiet;
    files.fail_next(Operation::kSync, {ErrorCode::kIo, "broken"});

    const Result<void> pushed = harness.push(one_stream("a", kNoon, {"lost"}));

    ASSERT_FALSE(pushed);
    EXPECT_EQ(pushed.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(lines(), Lines{});
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"lost"})));
    EXPECT_EQ(lines(), (Lines{{"lost", 1}}));
}

TEST_F(IngesterTest, GoesOnWhenTheDiskHasSpaceAgain) {
    const QuietStderr quiet;
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"before"})));
    // Not a capacity: what the log has prepared could be written to, and is given back.
    const Error no_space{ErrorCode::kUnavailable, "no space left on the device"};
    files.fail_next(Operation::kAppend, no_space, FaultyFileSystem::kUnlimited);
    const Result<void> full = harness.push(one_stream("a", kNoon + 1, {"no room"}));
    EXPECT_FALSE(harness.ingester->flush());
    EXPECT_EQ(lines(), (Lines{{"before", 1}}));
    files.fail_next(Operation::kAppend, no_space, 0);
    ASSERT_OK(harness.push(one_stream("a", kNoon + 2, {"after"})));

    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ErrorCode::kUnavailable);
    ASSERT_OK(harness.ingester->flush());
    EXPECT_EQ(lines(), (Lines{{"before", 1}, {"after", 1}}));
    EXPECT_EQ(segments(), 2U);  // The failed write ended a generation.
}

TEST_F(IngesterTest, FlushMovesAllRowsIntoOneSegmentAndRemovesTheLog) {
    const TenantId other = *TenantId::parse("other");
    ASSERT_OK(harness.push(one_stream("b", kNoon, {"1", "2"})));
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"3"})));
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"5"}, other)));
    ASSERT_OK(harness.push(one_stream("a", kNoon + kNanosPerDay, {"4"}, other)));

    ASSERT_OK(harness.ingester->flush());

    EXPECT_EQ(lines(), (Lines{{"1", 1}, {"2", 1}, {"3", 1}}));
    EXPECT_EQ(*harness.lines({}, kTimeMin, kTimeMax, other), (Lines{{"4", 1}, {"5", 1}}));
    EXPECT_EQ(segments(), 1U);
    EXPECT_EQ(harness.ingester->totals().generations, 0U);
    EXPECT_TRUE(harness.wal_files().empty());
}

TEST_F(IngesterTest, FlushWithNothingToDoMakesNothing) {
    ASSERT_OK(harness.ingester->flush());
    EXPECT_EQ(segments(), 0U);
}

TEST_F(IngesterTest, LetsSmallStreamsShareBlocksAndKeepsLargeOnesApart) {
    for (int i = 0; i < 50; ++i) {
        ASSERT_OK(harness.push(
            one_stream("small" + std::to_string(i), kNoon, {"s" + std::to_string(i)})));
    }
    std::vector<std::string> many;
    for (int i = 0; i < 1000; ++i) many.push_back(std::to_string(i) + std::string(100, 'x'));
    ASSERT_OK(harness.push(one_stream("large", kNoon, many)));
    ASSERT_OK(harness.ingester->flush());

    const auto runs = harness.select({TenantId::anonymous(), {}, kTimeMin, kTimeMax});
    ASSERT_OK(runs);
    EXPECT_EQ(runs->size(), 51U);
    for (const auto& run : *runs) {
        const bool large = run.stream->labels.value_or_empty("app") == "large";
        EXPECT_EQ(run.block->summary().rows, large ? 1000U : 50U);
        EXPECT_EQ(run.rows(), large ? 1000U : 1U);
    }
}

TEST_F(IngesterTest, BringsEverythingBackAfterACrash) {
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"1", "2"})));
    ASSERT_OK(harness.ingester->flush());
    ASSERT_OK(harness.push(one_stream("a", kNoon + 5, {"3"})));
    ASSERT_OK(harness.push(one_stream("b", kNoon, {"4"})));

    restart();

    EXPECT_EQ(lines(), (Lines{{"1", 1}, {"2", 1}, {"3", 1}, {"4", 1}}));
    // The replayed stream knows its last entry and its newest time.
    ASSERT_OK(harness.push(one_stream("a", kNoon + 5, {"3"})));
    EXPECT_FALSE(harness.push(one_stream("a", kNoon - 2 * kNanosPerHour, {"old"})));
    ASSERT_OK(harness.ingester->flush());
    EXPECT_EQ(lines(), (Lines{{"1", 1}, {"2", 1}, {"3", 1}, {"4", 1}}));
    EXPECT_EQ(segments(), 2U);
}

TEST_F(IngesterTest, NeverUsesAGenerationsNumberTwice) {
    for (int round = 0; round < 4; ++round) {
        ASSERT_OK(harness.push(one_stream("a", kNoon + round, {"round " + std::to_string(round)})));
        ASSERT_OK(harness.ingester->flush());
        EXPECT_TRUE(harness.wal_files().empty());
        restart();
    }
    EXPECT_EQ(lines().size(), 4U);
    EXPECT_EQ(segments(), 4U);
}

TEST_F(IngesterTest, DoesNotReplayAGenerationWhoseSegmentIsThere) {
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"1"})));
    files.fail_next(Operation::kRemove, {ErrorCode::kIo, "stays"}, 1);
    ASSERT_OK(harness.ingester->flush());
    ASSERT_EQ(harness.wal_files().size(), 1U);

    restart(FaultyFileSystem::Loss::kProcess);

    EXPECT_NE(harness.metrics.exposition().find("\nloki_ingester_wal_recovered_entries_total 0"),
              std::string::npos);
    EXPECT_EQ(lines(), (Lines{{"1", 1}}));
    ASSERT_OK(harness.push(one_stream("a", kNoon + 1, {"2"})));
    ASSERT_OK(harness.ingester->flush());
    EXPECT_EQ(lines(), (Lines{{"1", 1}, {"2", 1}}));
    EXPECT_TRUE(harness.wal_files().empty());
}

TEST_F(IngesterTest, SkipsADamagedRecordAndKeepsTheOthers) {
    const QuietStderr quiet;
    for (int i = 0; i < 3; ++i) {
        ASSERT_OK(harness.push(one_stream("a", kNoon + i, {"record " + std::to_string(i)})));
    }
    harness.stop();
    const std::string path = "wal/0000000000000001.wal";
    const std::string bytes((*files.read_all(path)).view());
    ASSERT_TRUE(files.damage(path, bytes.find("record 1"), 0xFF));

    ASSERT_OK(harness.start());

    EXPECT_EQ(lines(), (Lines{{"record 0", 1}, {"record 2", 1}}));
    EXPECT_NE(harness.metrics.exposition().find(
                  "loki_ingester_wal_corruptions_total{type=\"segment\"} 1"),
              std::string::npos);
}

TEST_F(IngesterTest, EndsAGenerationWhenItsLogIsLarge) {
    harness.options.wal_bytes_max = 2000;
    restart();

    EXPECT_TRUE(push_until_ended([&] { return segments() >= 3; }));
}

TEST_F(IngesterTest, EndsAGenerationWhenItsRowsTakeMuchMemory) {
    harness.options.memtable_bytes_max = 100 * kKiB;
    restart();

    EXPECT_TRUE(push_until_ended([&] { return segments() >= 1; }));
    EXPECT_LT(harness.ingester->totals().memory_bytes, 400 * kKiB);
}

TEST_F(IngesterTest, EndsAGenerationWhenItIsOld) {
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"1"})));
    harness.clock.advance(std::chrono::minutes(14));
    harness.ingester->tick();
    ASSERT_OK(harness.push(one_stream("a", kNoon + 1, {"2"})));
    EXPECT_EQ(harness.ingester->totals().wal_bytes > 0, true);
    harness.clock.advance(std::chrono::minutes(2));
    harness.ingester->tick();

    EXPECT_TRUE(push_until_ended([&] { return segments() == 1; }));
}

TEST_F(IngesterTest, KeepsRowsThatCannotBePublishedAndTriesAgainLater) {
    const QuietStderr quiet;
    harness.memory_catalog.fail_adds(1000);
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"1"})));

    EXPECT_FALSE(harness.ingester->flush());
    EXPECT_EQ(lines(), (Lines{{"1", 1}}));
    EXPECT_EQ(harness.wal_files().size(), 1U);
    harness.memory_catalog.fail_adds(0);
    harness.ingester->tick();  // Too early.
    EXPECT_EQ(harness.ingester->totals().generations, 1U);
    harness.clock.advance(std::chrono::seconds(5));
    harness.ingester->tick();
    while (harness.ingester->totals().generations > 0) std::this_thread::yield();

    EXPECT_EQ(lines(), (Lines{{"1", 1}}));
    EXPECT_EQ(segments(), 1U);
}

TEST_F(IngesterTest, DelaysAndThenRefusesWhenMemoryIsUsedUp) {
    const QuietStderr quiet;
    harness.options.memory_budget = 200 * kKiB;
    harness.options.memtable_bytes_max = 50 * kKiB;
    restart();
    harness.clock.jump_on_sleep(true);
    harness.memory_catalog.fail_adds(1'000'000);

    Result<void> pushed;
    int accepted = 0;
    for (; pushed && accepted < 1000; ++accepted) {
        pushed = harness.push(
            one_stream("a", kNoon + accepted, {std::to_string(accepted) + std::string(1000, 'x')}));
    }

    ASSERT_FALSE(pushed);
    EXPECT_EQ(pushed.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(pushed.error().message, "ingester memory budget exhausted, retry (memory.ingest)");
    EXPECT_GT(accepted, 50);
    EXPECT_GT(harness.clock.sleeps(), 100U);
    EXPECT_LE(harness.ingester->totals().memory_bytes, 220 * kKiB);
    harness.memory_catalog.fail_adds(0);
    ASSERT_OK(harness.ingester->flush());
    EXPECT_OK(harness.push(one_stream("a", kNoon + accepted, {"after"})));
}

TEST_F(IngesterTest, StreamsTakeOfTheMemoryThatRowsMayHave) {
    harness.options.memory_budget = 400 * kKiB;
    restart();
    // No row of the many is left: what they take is what is remembered of them.
    BatchBuilder many;
    for (int i = 0; i < 2000; ++i) many.stream({{"pod", std::to_string(i)}}).entry(kNoon, "x");
    ASSERT_OK(harness.push(many.take()));
    ASSERT_OK(harness.ingester->flush());
    const std::uint64_t before = segments();

    EXPECT_TRUE(push_until_ended([&] {
        EXPECT_LT(harness.ingester->totals().memory_bytes, 250 * kKiB);
        return segments() > before;
    }));
}

TEST_F(IngesterTest, SegmentsNameTheStreamsOfTheIngester) {
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"1"})));
    ASSERT_OK(harness.ingester->flush());
    ASSERT_OK(harness.push(one_stream("a", kNoon + 1, {"2"})));

    const auto runs = harness.select({TenantId::anonymous(), {}, kTimeMin, kTimeMax});

    ASSERT_OK(runs);
    ASSERT_EQ(runs->size(), 2U);
    EXPECT_EQ((*runs)[0].stream, (*runs)[1].stream);
}

TEST_F(IngesterTest, ReplaysMoreGenerationsThanFitIntoMemory) {
    const QuietStderr quiet;
    harness.options.wal_bytes_max = 20 * kKiB;
    restart();
    harness.memory_catalog.fail_adds(1'000'000);
    std::mt19937_64 random(1);
    Lines expected;
    for (int i = 0; i < 200; ++i) {
        std::string line = std::to_string(i) + " ";
        for (int k = 0; k < 1000; ++k) line.push_back(static_cast<char>('a' + random() % 26));
        ASSERT_OK(harness.push(one_stream("a", kNoon + i, {line})));
        expected[line] = 1;
    }
    harness.memory_catalog.fail_adds(0);
    harness.options.memory_budget = 100 * kKiB;

    restart();

    EXPECT_EQ(lines(), expected);
    EXPECT_LE(harness.ingester->totals().memory_bytes, 150 * kKiB);
}

TEST_F(IngesterTest, SeesEachRowOnceWhenAGenerationIsPublishedUnderAQuery) {
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"1", "2"})));
    harness.between_pin_and_store = [&] {
        EXPECT_OK(harness.push(one_stream("a", kNoon + 10, {"3"})));
        EXPECT_OK(harness.ingester->flush());
        EXPECT_OK(harness.push(one_stream("a", kNoon + 20, {"4"})));
    };

    EXPECT_EQ(lines(), (Lines{{"1", 1}, {"2", 1}, {"3", 1}}));
}

TEST_F(IngesterTest, KeepsTheOrderOfEqualTimesThroughFlushAndReplay) {
    const auto order = [&] {
        auto runs = *harness.select({TenantId::anonymous(), {}, kTimeMin, kTimeMax});
        std::ranges::sort(runs, {},
                          [](const auto& r) { return std::pair(r.generation, r.position); });
        std::vector<std::string> all;
        for (const auto& run : runs) {
            const auto column = *run.block->lines();
            for (auto row = run.row_begin; row < run.row_end; ++row)
                all.emplace_back(column.line(row));
        }
        return all;
    };
    harness.options.block_bytes = 20;
    restart();
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) {
        expected.push_back("row " + std::to_string(i));
        ASSERT_OK(harness.push(one_stream("a", kNoon, {expected.back()})));
        if (i == 7) ASSERT_OK(harness.ingester->flush());
    }

    EXPECT_EQ(order(), expected);
    restart();
    EXPECT_EQ(order(), expected);
    ASSERT_OK(harness.ingester->flush());
    EXPECT_EQ(order(), expected);
}

TEST_F(IngesterTest, RefusesPushesAfterStopAndKeepsTheRows) {
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"1"})));
    harness.ingester->stop();
    harness.ingester->stop();

    const Result<void> pushed = harness.push(one_stream("a", kNoon, {"2"}));
    ASSERT_FALSE(pushed);
    EXPECT_EQ(pushed.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(pushed.error().message, "Ingester is shutting down");
    EXPECT_FALSE(harness.ingester->flush());
    restart(FaultyFileSystem::Loss::kProcess);
    EXPECT_EQ(lines(), (Lines{{"1", 1}}));
}

TEST_F(IngesterTest, APinOutlivesTheIngester) {
    ASSERT_OK(harness.push(one_stream("a", kNoon, {"1"})));
    const auto pin = harness.ingester->pin(TenantId::anonymous());
    harness.stop();

    EXPECT_EQ((*pin->select({TenantId::anonymous(), {}, kTimeMin, kTimeMax})).size(), 1U);
}

}  // namespace
}  // namespace skald::write
