// SPDX-License-Identifier: Apache-2.0
#include "support/quiet_stderr.h"
#include "support/result_assertions.h"
#include "wal_harness.h"
#include "wal_path.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace skald::storage {
namespace {

using Operation = FaultyFileSystem::Operation;
using Records = std::vector<std::pair<std::uint64_t, std::string>>;
const Error kBroken{ErrorCode::kIo, "simulated failure"};

/// Counts operations, and stops the thread that comes to one of a kind until it is let go.
class Gate {
public:
    explicit Gate(FaultyFileSystem& files) {
        files.on_operation([this](Operation operation, const std::string&) {
            std::unique_lock lock(mutex_);
            ++counts_[static_cast<std::size_t>(operation)];
            changed_.notify_all();
            changed_.wait(lock, [&] { return closed_ != operation; });
        });
    }
    void close(Operation operation) {
        std::lock_guard lock(mutex_);
        closed_ = operation;
    }
    void open() {
        std::lock_guard lock(mutex_);
        closed_ = Operation::kCount;
        changed_.notify_all();
    }
    int count(Operation operation) {
        std::lock_guard lock(mutex_);
        return counts_[static_cast<std::size_t>(operation)];
    }
    void wait_for(Operation operation, int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return counts_[static_cast<std::size_t>(operation)] >= count; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::array<int, static_cast<std::size_t>(Operation::kCount) + 1> counts_{};
    Operation closed_ = Operation::kCount;
};

class WalTest : public testing::Test {
protected:
    std::vector<std::string> names() {
        std::vector<std::string> found;
        const auto entries = files_.list(kWalFolder);
        if (!entries) return found;
        for (const auto& entry : *entries) found.push_back(entry.name);
        return found;
    }

    static std::string path_of(std::uint64_t generation) {
        return wal_path(kWalFolder, generation);
    }

    FaultyFileSystem files_;
    std::vector<std::uint64_t> ended_;  ///< Written on the WAL thread, read after it is idle.
    Wal::GenerationEnded note_end_ = [this](std::uint64_t g) { ended_.push_back(g); };
};

TEST_F(WalTest, ReplaysWhatItAcknowledged) {
    auto wal = open_wal(files_);

    const auto first = append_now(*wal, "one");
    const auto second = append_now(*wal, std::string(5000, 'x'));

    ASSERT_OK(first);
    EXPECT_EQ(*first, 1u);
    ASSERT_OK(second);
    EXPECT_EQ(*second, 1u);
    files_.restart();
    EXPECT_EQ(replay_all(files_).records, (Records{{1, "one"}, {1, std::string(5000, 'x')}}));
}

TEST_F(WalTest, ReplaysRecordsWhosePackedPartIsNotCopied) {
    const std::string packed(70'000, 'p');
    auto wal = open_wal(files_);
    std::promise<void> done;

    wal->append(frame_packed_record("head, ", packed), [](const auto&) {});
    wal->append(frame_record("between"), [](const auto&) {});
    wal->append(frame_packed_record("other, ", std::string_view(packed).substr(1)),
                [&](const auto&) { done.set_value(); });
    done.get_future().wait();

    EXPECT_EQ(wal->current_bytes(), 40U + 3 * 40 + 6 + 7 + 7 + 2 * packed.size() - 1);
    files_.restart();
    EXPECT_EQ(replay_all(files_).records,
              (Records{{1, "head, " + packed}, {1, "between"}, {1, "other, " + packed.substr(1)}}));
}

TEST_F(WalTest, MakesNoFileUntilTheFirstAppend) {
    auto wal = open_wal(files_);
    rotate_now(*wal);
    EXPECT_EQ(names(), std::vector<std::string>{});
    EXPECT_EQ(wal->current_generation(), 1u);
    EXPECT_EQ(wal->current_bytes(), 0u);

    ASSERT_OK(append_now(*wal, "x"));

    EXPECT_EQ(names(), std::vector<std::string>{"0000000000000001.wal"});
    EXPECT_EQ(wal->current_bytes(), 81u);
}

TEST_F(WalTest, SyncsOnceForAllThatQueuedUpMeanwhile) {
    Gate gate(files_);
    auto wal = open_wal(files_);
    std::promise<void> done;
    gate.close(Operation::kSync);

    wal->append(frame_record("first"),
                [](const Result<std::uint64_t>& outcome) { EXPECT_OK(outcome); });
    gate.wait_for(Operation::kSync, 1);
    for (int i = 0; i < 100; ++i) {
        wal->append(frame_record("more"), [&, i](const Result<std::uint64_t>& outcome) {
            EXPECT_OK(outcome);
            if (i == 99) done.set_value();
        });
    }
    gate.open();
    done.get_future().wait();

    EXPECT_EQ(gate.count(Operation::kSync), 2);
    EXPECT_EQ(gate.count(Operation::kAppend), 2);
}

TEST_F(WalTest, StartsANewGenerationAtARotation) {
    auto wal = open_wal(files_, note_end_);
    ASSERT_OK(append_now(*wal, "a"));

    rotate_now(*wal);
    EXPECT_EQ(ended_, std::vector<std::uint64_t>{1});
    EXPECT_EQ(wal->current_generation(), 2u);
    EXPECT_EQ(wal->current_bytes(), 0u);
    rotate_now(*wal);
    EXPECT_EQ(ended_, std::vector<std::uint64_t>{1}) << "an empty generation does not end";

    const auto next = append_now(*wal, "b");
    ASSERT_OK(next);
    EXPECT_EQ(*next, 2u);
    EXPECT_EQ(replay_all(files_).records, (Records{{1, "a"}, {2, "b"}}));
}

TEST_F(WalTest, CallsBackInTheOrderOfTheCalls) {
    auto wal = open_wal(files_, note_end_);
    std::vector<std::string> events;
    const auto append = [&](const std::string& name) {
        wal->append(frame_record(name), [&events, name](const Result<std::uint64_t>& outcome) {
            events.push_back(name + std::to_string(*outcome));
        });
    };

    append("a");
    append("b");
    wal->rotate([&] { events.push_back("rotated, ended " + std::to_string(ended_.size())); });
    append("c");
    wal->stop();

    EXPECT_EQ(events, (std::vector<std::string>{"a1", "b1", "rotated, ended 1", "c2"}));
}

TEST_F(WalTest, CutsTheFileAndStartsANewOneAfterAFailedSync) {
    const double failures = metric_value("skald_wal_sync_failures_total");
    auto wal = open_wal(files_, note_end_);
    ASSERT_OK(append_now(*wal, "kept"));
    files_.fail_next(Operation::kSync, kBroken);

    const auto failed = append_now(*wal, "refused");
    const auto after = append_now(*wal, "next");

    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(failed.error().message,
              "write-ahead log: simulated failure: wal/0000000000000001.wal");
    ASSERT_OK(after);
    EXPECT_EQ(*after, 2u);
    EXPECT_EQ(ended_, std::vector<std::uint64_t>{1});
    EXPECT_EQ(replay_all(files_).records, (Records{{1, "kept"}, {2, "next"}}));
    EXPECT_EQ(metric_value("skald_wal_sync_failures_total"), failures + 1);
}

TEST_F(WalTest, RemovesAFileWithoutADurableRecord) {
    auto wal = open_wal(files_, note_end_);
    files_.fail_next(Operation::kSyncDirectory, kBroken);

    EXPECT_FALSE(append_now(*wal, "refused"));

    EXPECT_EQ(names(), std::vector<std::string>{});
    EXPECT_EQ(ended_, std::vector<std::uint64_t>{});
    const auto next = append_now(*wal, "next");
    ASSERT_OK(next);
    EXPECT_EQ(*next, 2u);
}

TEST_F(WalTest, UsesANumberAgainWhoseFileCouldNotBeMade) {
    auto wal = open_wal(files_, note_end_);
    files_.fail_next(Operation::kCreate, kBroken, 3);

    for (int i = 0; i < 3; ++i) EXPECT_FALSE(append_now(*wal, "refused"));

    const auto next = append_now(*wal, "next");
    ASSERT_OK(next);
    EXPECT_EQ(*next, 1u);
}

TEST_F(WalTest, RecoversByItselfWhenTheDiskHasSpaceAgain) {
    const double full = metric_value("loki_ingester_wal_disk_full_failures_total");
    auto wal = open_wal(files_, note_end_);
    ASSERT_OK(append_now(*wal, "kept"));
    files_.set_capacity(100);

    for (int i = 0; i < 10; ++i) {
        const auto failed = append_now(*wal, "a payload that does not fit");
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
        EXPECT_NE(failed.error().message.find("the disk is full"), std::string::npos);
    }
    EXPECT_EQ(names().size(), 1u) << "no pile of empty files";
    EXPECT_EQ(metric_value("loki_ingester_wal_disk_full_failures_total"), full + 10);

    files_.set_capacity(1000);
    ASSERT_OK(append_now(*wal, "fits"));
    const auto replayed = replay_all(files_);
    ASSERT_EQ(replayed.records.size(), 2u);
    EXPECT_EQ(replayed.records[0].second, "kept");
    EXPECT_EQ(replayed.records[1].second, "fits");
    EXPECT_EQ(replayed.total.torn_bytes, 0u);
}

TEST_F(WalTest, RefusesAtOnceWhatDoesNotFitInTheQueue) {
    Gate gate(files_);
    Wal::Options options = without_room();
    options.queue_bytes_max = 200;
    auto wal = open_wal(files_, {}, options);
    gate.close(Operation::kSync);
    const std::string payload(100, 'x');
    std::atomic<int> written = 0;
    const auto count = [&](const Result<std::uint64_t>& outcome) { written += outcome ? 1 : 0; };

    wal->append(frame_record(payload), count);
    gate.wait_for(Operation::kSync, 1);
    std::optional<Error> refused;
    wal->append(frame_record(payload),
                [&](const Result<std::uint64_t>& outcome) { refused = outcome.error(); });
    ASSERT_TRUE(refused) << "the record being written counts too";
    EXPECT_EQ(refused->code, ErrorCode::kUnavailable);

    gate.open();
    rotate_now(*wal);
    EXPECT_EQ(written, 1);
    EXPECT_TRUE(append_now(*wal, std::string(1000, 'x'))) << "one record always fits";
}

TEST_F(WalTest, RefusesARecordThatHasNoFrame) {
    auto wal = open_wal(files_);
    WalRecord record;
    record.payload_bytes = 2U << 30;
    std::optional<Error> refused;

    wal->append(std::move(record),
                [&](const Result<std::uint64_t>& outcome) { refused = outcome.error(); });

    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::kTooLarge);
}

TEST_F(WalTest, WritesWhatIsQueuedBeforeItStopsAndNothingAfter) {
    auto wal = open_wal(files_, note_end_);
    std::atomic<int> written = 0;
    for (int i = 0; i < 50; ++i) {
        wal->append(frame_record("x"), [&](const Result<std::uint64_t>& outcome) {
            EXPECT_OK(outcome);
            ++written;
        });
    }

    wal->stop();

    EXPECT_EQ(written, 50);
    EXPECT_EQ(ended_, std::vector<std::uint64_t>{});
    const auto late = append_now(*wal, "late");
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().message, "write-ahead log: it is stopping");
    rotate_now(*wal);
    wal->stop();
    EXPECT_EQ(replay_all(files_).records.size(), 50u);
}

TEST_F(WalTest, NeverWritesOverAFileThatIsThere) {
    ASSERT_OK(append_now(*open_wal(files_), "old"));

    const auto generation = append_now(*open_wal(files_), "new");

    ASSERT_OK(generation);
    EXPECT_EQ(*generation, 2u);
    EXPECT_EQ(replay_all(files_).records, (Records{{1, "old"}, {2, "new"}}));
}

TEST_F(WalTest, RemovesAnEndedGenerationOnce) {
    auto wal = open_wal(files_);
    ASSERT_OK(append_now(*wal, "x"));
    rotate_now(*wal);

    EXPECT_OK(wal->remove(1));
    EXPECT_EQ(names(), std::vector<std::string>{});
    EXPECT_OK(wal->remove(1));
}

TEST_F(WalTest, PreparesRoomBeforeItIsNeeded) {
    constexpr std::uint64_t kRoom = 4000;
    Gate gate(files_);
    {
        auto wal =
            open_wal(files_, {}, {.directory = kWalFolder, .room_bytes = kRoom, .room_lasts = {}});
        ASSERT_OK(append_now(*wal, "one"));
        gate.wait_for(Operation::kPrepare, 1);
        for (int i = 0; i < 20; ++i) ASSERT_OK(append_now(*wal, "x"));
        EXPECT_EQ(gate.count(Operation::kPrepare), 1) << "of 4000 bytes 820 are used";

        for (int i = 0; i < 80; ++i) ASSERT_OK(append_now(*wal, "x"));
        gate.wait_for(Operation::kPrepare, 2);
        EXPECT_EQ(wal->current_bytes(), 40U + 43 + 100 * 41) << "of the records alone";
    }
    EXPECT_GT(files_.read_all(path_of(1))->size(), 40U + 43 + 100 * 41);
    const Replayed replayed = replay_all(files_);
    EXPECT_EQ(replayed.records.size(), 101u);
    EXPECT_EQ(replayed.total.torn_bytes, 0u);
}

TEST_F(WalTest, PreparesNoRoomWhereTheLastOneDidNotLast) {
    Gate gate(files_);
    {
        auto wal = open_wal(
            files_, {},
            {.directory = kWalFolder, .room_bytes = 4000, .room_lasts = std::chrono::hours(1)});
        for (int i = 0; i < 20; ++i) ASSERT_OK(append_now(*wal, std::string(1000, 'x') + "?"));
    }
    EXPECT_EQ(gate.count(Operation::kPrepare), 1);
}

TEST_F(WalTest, DoesWithoutRoomWhereThereIsNone) {
    const QuietStderr quiet;
    Gate gate(files_);
    files_.fail_next(Operation::kPrepare, Error{ErrorCode::kUnavailable, "the disk is full"}, 100);
    auto wal =
        open_wal(files_, note_end_, {.directory = kWalFolder, .room_bytes = 100, .room_lasts = {}});

    for (int i = 0; i < 10; ++i) ASSERT_OK(append_now(*wal, "x"));

    wal->stop();
    EXPECT_GT(gate.count(Operation::kPrepare), 1);
    EXPECT_EQ(ended_, std::vector<std::uint64_t>{});
    EXPECT_EQ(replay_all(files_).records.size(), 10u);
}

TEST_F(WalTest, EndsTheGenerationWhenItsRoomCannotBeSynced) {
    const QuietStderr quiet;
    // The sync of the record comes first.
    files_.fail_next(Operation::kSync, kBroken, 1, 1);
    auto wal = open_wal(files_, note_end_, {.directory = kWalFolder, .room_bytes = 4000});

    ASSERT_OK(append_now(*wal, "a"));
    const auto next = append_now(*wal, "b");

    ASSERT_OK(next);
    EXPECT_EQ(*next, 2u);
    EXPECT_EQ(ended_, std::vector<std::uint64_t>{1});
    wal->stop();
    EXPECT_EQ(replay_all(files_).records, (Records{{1, "a"}, {2, "b"}}));
}

TEST_F(WalTest, RemovesALargeFilePieceByPiece) {
    constexpr int kMiBytes = 9;
    files_.put(path_of(1), std::string(kMiBytes << 20, 'x'));
    Gate gate(files_);
    auto wal = open_wal(files_);
    ASSERT_EQ(wal->current_generation(), 2u);

    EXPECT_OK(wal->remove(1));

    gate.wait_for(Operation::kRemove, 1);
    EXPECT_EQ(gate.count(Operation::kTruncate), kMiBytes - 1);
    wal.reset();
    EXPECT_EQ(names(), std::vector<std::string>{});
}

TEST_F(WalTest, RemovesALargeFileAtOnceWhenItStops) {
    files_.put(path_of(1), std::string(9U << 20, 'x'));
    Gate gate(files_);
    auto wal = open_wal(files_);
    gate.close(Operation::kTruncate);
    EXPECT_OK(wal->remove(1));
    gate.wait_for(Operation::kTruncate, 1);

    std::thread end([&] { wal.reset(); });
    gate.open();
    end.join();

    EXPECT_EQ(gate.count(Operation::kRemove), 1);
    EXPECT_EQ(names(), std::vector<std::string>{});
}

TEST_F(WalTest, ListsOnlyWhatIsAWalFile) {
    EXPECT_EQ(*list_wal_generations(files_, "nowhere"), std::vector<std::uint64_t>{});
    for (const char* name :
         {"00000000000000ff.wal", "0000000000000002.wal", "2.wal", "notes", "00000000000000FF.wal",
          "000000000000000g.wal", "0000000000000003.wal.tmp", "0000000000000004.wal/x"}) {
        files_.put(join_path(kWalFolder, name), "");
    }
    EXPECT_EQ(*list_wal_generations(files_, kWalFolder), (std::vector<std::uint64_t>{2, 255}));
}

TEST_F(WalTest, CountsRecordsAndBytes) {
    const double records = metric_value("skald_wal_records_total");
    const double bytes = metric_value("skald_wal_bytes_written_total");
    auto wal = open_wal(files_);

    ASSERT_OK(append_now(*wal, "a"));
    ASSERT_OK(append_now(*wal, "b"));

    EXPECT_EQ(metric_value("skald_wal_records_total"), records + 2);
    EXPECT_EQ(metric_value("skald_wal_bytes_written_total"), bytes + 40 + 2 * 41);
}

TEST_F(WalTest, TakesAppendsFromManyThreadsAndFromCallbacks) {
    constexpr int kThreads = 8;
    constexpr int kRecords = 200;
    Wal::Options options = without_room();
    std::mutex mutex;
    std::vector<std::pair<std::uint64_t, std::string>> acknowledged;
    std::atomic<int> left = kThreads * kRecords;
    std::promise<void> all;
    {
        auto wal = open_wal(files_, {}, options);
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < kRecords; ++i) {
                    const std::string payload = std::to_string(t) + "/" + std::to_string(i);
                    wal->append(frame_record(payload),
                                [&, payload](const Result<std::uint64_t>& outcome) {
                                    if (outcome) {
                                        std::lock_guard lock(mutex);
                                        acknowledged.emplace_back(*outcome, payload);
                                    }
                                    if (payload.ends_with("7")) wal->rotate({});
                                    if (--left == 0) all.set_value();
                                });
                    static_cast<void>(wal->current_bytes());
                }
            });
        }
        threads.clear();
        all.get_future().wait();
    }
    EXPECT_EQ(acknowledged.size(), std::size_t{kThreads * kRecords});
    EXPECT_EQ(replay_all(files_).records, acknowledged) << "in the order of the callbacks";
}

}  // namespace
}  // namespace skald::storage
