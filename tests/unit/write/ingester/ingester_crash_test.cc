// SPDX-License-Identifier: Apache-2.0
//
// Goal: the commit protocol (docs/formats/commit.md) as a state machine. Whatever happens in
// whatever order, and wherever the power fails: a row that was acknowledged is visible exactly
// once, in each query that begins after the acknowledgement and after recovery; a row that was not,
// at most once. Method: a seed makes a program of pushes, flushes, rotations, ticks, faults and
// queries, runs it on a disk that crashes at a random operation, recovers (crashing again at
// times), and compares with a model: a set of rows, each acknowledged, refused or unknown. Rows are
// told apart by their lines.
#include "ingester_harness.h"
#include "support/quiet_stderr.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <set>
#include <thread>

namespace skald::write {
namespace {

using storage::FaultyFileSystem;
using Operation = FaultyFileSystem::Operation;

/// What a program does and how far the disk lets it.
class CommitProtocol {
public:
    explicit CommitProtocol(std::uint64_t seed) : random_(seed), files_(seed), harness_(files_) {
        harness_.options.block_bytes = 30 + below(400);
        harness_.options.shared_block_below = below(200);
        harness_.options.wal_bytes_max = below(3) == 0 ? 300 + below(1500) : 100 * kMiB;
        harness_.options.memtable_bytes_max = below(3) == 0 ? 2000 + below(20'000) : 100 * kMiB;
    }
    /// The catalog on a real disk, which crashes with the process only.
    void use_rocksdb(const std::string& folder) {
        harness_.make_catalog = [this, folder]() -> storage::Catalog& {
            rocksdb_.reset();
            auto opened = storage::Catalog::open({.directory = folder}, harness_.metrics);
            EXPECT_OK(opened);
            rocksdb_ = *std::move(opened);
            return *rocksdb_;
        };
    }

    void run() {
        const std::uint64_t lives = 1 + below(4);
        for (std::uint64_t life = 0; life < lives && !::testing::Test::HasFailure(); ++life) {
            if (below(4) > 0) files_.crash_after(below(120));
            if (start()) live();
            die();
        }
        recover_and_check();
    }

private:
    enum class Fate { kAcknowledged, kUnknown };
    struct Waiting {
        std::vector<std::string> rows;
        std::future<Result<void>> result;
    };

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

    bool start() {
        const Result<void> started = harness_.start();
        if (!started) EXPECT_TRUE(files_.crashed()) << started.error().message;
        return started.has_value();
    }

    void live() {
        const std::uint64_t steps = 5 + below(40);
        for (std::uint64_t i = 0; i < steps; ++i) step();
        if (below(2) == 0) collect();
    }

    void step() {
        switch (below(16)) {
            case 0: flush(); break;
            case 1: tick(); break;
            case 2: fault(); break;
            case 3:
            case 4: query(); break;
            case 5: collect(); break;
            case 6: query_across_a_flush(); break;
            default: push(); break;
        }
    }

    void push() {
        BatchBuilder builder;
        std::vector<std::string> rows;
        const std::uint64_t streams = 1 + below(3);
        for (std::uint64_t s = 0; s < streams; ++s) {
            builder.stream({{"app", std::to_string((s * 3 + below(3)) % 9)}});
            const std::uint64_t entries = 1 + below(4);
            for (std::uint64_t i = 0; i < entries; ++i) {
                std::string row =
                    "row " + std::to_string(next_row_++) + std::string(below(30), '.');
                builder.entry(some_time(), row, below(2) == 0 ? "info" : "");
                fates_.emplace(row, Fate::kUnknown);
                rows.push_back(std::move(row));
            }
        }
        waiting_.push_back({std::move(rows), harness_.push_later(builder.take())});
        if (below(3) == 0) collect();
    }
    /// Around a midnight, so that streams have two periods.
    TimeNs some_time() {
        return kNoon + 12 * kNanosPerHour + static_cast<TimeNs>(below(2000)) - 1000;
    }
    /// Waits for what was pushed.
    void collect() {
        for (Waiting& push : waiting_) {
            const Result<void> result = push.result.get();
            if (!result) {
                EXPECT_EQ(result.error().code, ErrorCode::kUnavailable) << result.error().message;
                continue;
            }
            for (const std::string& row : push.rows) fates_[row] = Fate::kAcknowledged;
        }
        waiting_.clear();
    }
    void flush() {
        const Result<void> flushed = harness_.ingester->flush();
        if (!flushed) EXPECT_TRUE(files_.crashed() || faults_) << flushed.error().message;
    }
    void tick() {
        harness_.clock.advance(std::chrono::minutes(below(20)));
        harness_.ingester->tick();
    }
    void fault() {
        static constexpr Operation kKinds[] = {
            Operation::kSync,   Operation::kAppend,        Operation::kCreate,  Operation::kRename,
            Operation::kRemove, Operation::kSyncDirectory, Operation::kTruncate};
        faults_ = true;
        if (below(5) == 0) {
            harness_.memory_catalog.fail_adds(1 + below(2));
            return;
        }
        files_.fail_next(kKinds[below(std::size(kKinds))],
                         {below(2) == 0 ? ErrorCode::kIo : ErrorCode::kUnavailable, "fault"},
                         1 + below(2), below(3));
    }
    void query_across_a_flush() {
        std::thread flushing([this] { static_cast<void>(harness_.ingester->flush()); });
        harness_.between_pin_and_store = [&] { flushing.join(); };
        query();
        harness_.between_pin_and_store = nullptr;
        if (flushing.joinable()) flushing.join();
    }

    void query() {
        std::set<std::string> acknowledged;
        for (const auto& [row, fate] : fates_) {
            if (fate == Fate::kAcknowledged) acknowledged.insert(row);
        }
        const auto seen = harness_.lines();
        if (!seen) {
            EXPECT_TRUE(files_.crashed()) << seen.error().message;
            return;
        }
        check(*seen, acknowledged);
    }
    void check(const std::map<std::string, int>& seen, const std::set<std::string>& acknowledged) {
        for (const auto& [row, times] : seen) {
            EXPECT_TRUE(fates_.contains(row)) << "a row that nobody pushed: " << row;
            EXPECT_EQ(times, 1) << row;
        }
        for (const std::string& row : acknowledged)
            EXPECT_TRUE(seen.contains(row)) << "lost: " << row;
    }

    void die() {
        if (below(3) > 0) collect();
        harness_.stop();
        collect();
        harness_.memory_catalog.fail_adds(0);
        // The catalog is a cache: it may be behind the objects, or gone.
        if (below(4) == 0) EXPECT_OK(harness_.memory_catalog.clear());
        files_.restart(below(4) == 0 ? FaultyFileSystem::Loss::kProcess
                                     : FaultyFileSystem::Loss::kPower);
        faults_ = false;
    }
    void recover_and_check() {
        ASSERT_OK(harness_.start());
        query();
        ASSERT_OK(harness_.push(one_stream("last", kNoon, {"the last row"})));
        fates_.emplace("the last row", Fate::kAcknowledged);
        ASSERT_OK(harness_.ingester->flush());
        query();
        EXPECT_EQ(harness_.ingester->totals().generations, 0U);
        harness_.stop();
    }

    std::mt19937_64 random_;
    FaultyFileSystem files_;
    std::unique_ptr<storage::Catalog> rocksdb_;
    IngesterHarness harness_;
    std::map<std::string, Fate> fates_;
    std::vector<Waiting> waiting_;
    std::uint64_t next_row_ = 0;
    bool faults_ = false;
};

/// SKALD_SEEDS=first:count looks at others than the usual seeds.
std::pair<std::uint64_t, std::uint64_t> seeds(std::uint64_t usual) {
    const char* wanted = std::getenv("SKALD_SEEDS");
    if (wanted == nullptr) return {1, usual};
    const std::string text(wanted);
    return {std::stoull(text), std::stoull(text.substr(text.find(':') + 1))};
}

TEST(CommitProtocol, KeepsEachAcknowledgedRowOnceWhateverFailsInWhateverOrder) {
    const QuietStderr quiet;
    const auto [first, count] = seeds(2000);
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        CommitProtocol(seed).run();
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
}

TEST(CommitProtocol, HoldsWithTheRealCatalogToo) {
    const QuietStderr quiet;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const TemporaryFolder folder;
        CommitProtocol protocol(seed);
        protocol.use_rocksdb(folder / "catalog");
        protocol.run();
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace skald::write
