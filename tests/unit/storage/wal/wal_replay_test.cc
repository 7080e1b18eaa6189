// SPDX-License-Identifier: Apache-2.0
#include "support/quiet_stderr.h"
#include "support/result_assertions.h"
#include "wal_format.h"
#include "wal_harness.h"
#include "wal_path.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>

#include <random>

namespace skald::storage {
namespace {

const std::string kPath = wal_path(kWalFolder, 1);

/// A file of generation 1 and where its records begin (and the last ends).
struct Sample {
    std::vector<std::string> payloads;
    std::vector<std::uint64_t> offsets;
    std::string bytes;
};

Sample make_sample(const std::vector<std::size_t>& sizes, std::uint64_t salt = 42) {
    Sample sample;
    const wal_format::FileIdentity identity{1, salt};
    sample.bytes = wal_format::encode_file_header(identity);
    std::mt19937_64 random(3);
    for (const std::size_t size : sizes) {
        std::string payload(size, '\0');
        for (char& c : payload) c = static_cast<char>('a' + random() % 6);
        std::string frame = wal_format::make_frame(payload);
        wal_format::seal_frame(frame, identity, sample.bytes.size());
        sample.offsets.push_back(sample.bytes.size());
        sample.bytes += frame;
        sample.payloads.push_back(std::move(payload));
    }
    sample.offsets.push_back(sample.bytes.size());
    return sample;
}

struct Outcome {
    std::vector<std::string> payloads;
    WalFileReport report;
};

Outcome replay(FaultyFileSystem& files) {
    Outcome outcome;
    const auto report = replay_wal_file(files, kWalFolder, 1, [&](std::string_view payload) {
        outcome.payloads.emplace_back(payload);
        return Result<void>();
    });
    EXPECT_OK(report);
    if (report) outcome.report = *report;
    return outcome;
}

Outcome replay(std::string_view bytes) {
    FaultyFileSystem files;
    files.put(kPath, bytes);
    return replay(files);
}

/// `part` without at most `missing` elements of `whole`, in order.
bool is_all_but(const std::vector<std::string>& part, const std::vector<std::string>& whole,
                std::size_t missing) {
    std::size_t at = 0;
    for (const std::string& payload : part) {
        while (at < whole.size() && whole[at] != payload) ++at;
        if (at++ == whole.size()) return false;
    }
    return part.size() + missing >= whole.size();
}

/// Twenty records of some 4 KiB, so that a sector touches two of them at most.
Sample make_large_sample() {
    return make_sample(std::vector<std::size_t>(20, 9000));
}

TEST(WalReplay, SkipsWhatTheDiskCannotReadAndCutsNothing) {
    const QuietStderr quiet;
    const Sample sample = make_large_sample();
    FaultyFileSystem files;
    files.put(kPath, sample.bytes);
    // The read of the whole window, and then that of its first sector.
    files.fail_next(FaultyFileSystem::Operation::kRead, Error{ErrorCode::kIo, "bad sector"}, 2);

    const Outcome outcome = replay(files);

    EXPECT_LT(outcome.payloads.size(), sample.payloads.size());
    EXPECT_TRUE(is_all_but(outcome.payloads, sample.payloads, 2));
    EXPECT_GE(outcome.report.damaged_records, 1U);
    EXPECT_EQ(outcome.report.torn_bytes, 0U);
    // A later start reads all of it.
    EXPECT_EQ(replay(files).payloads, sample.payloads);
}

TEST(WalReplay, OfAFileThatCannotBeReadAtAllIsAnError) {
    const QuietStderr quiet;
    for (const std::size_t records : {3U, 600U}) {
        const Sample sample = make_sample(std::vector<std::size_t>(records, 9000));
        FaultyFileSystem files;
        files.put(kPath, sample.bytes);
        files.set_failure_rate(FaultyFileSystem::Operation::kRead, 1000);

        const auto report =
            replay_wal_file(files, kWalFolder, 1, [](std::string_view) { return Result<void>(); });

        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().code, ErrorCode::kIo);
        files.set_failure_rate(FaultyFileSystem::Operation::kRead, 0);
        EXPECT_EQ(replay(files).payloads, sample.payloads);
    }
}

TEST(WalReplay, LosesAtMostTheRecordInWhichABitFlipped) {
    const QuietStderr quiet;
    const Sample sample = make_sample({10, 300, 0, 700, 40});
    for (std::size_t bit = 0; bit < sample.bytes.size() * 8; ++bit) {
        std::string damaged = sample.bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        const Outcome outcome = replay(damaged);
        const bool in_file_header = bit / 8 < sample.offsets[0];
        ASSERT_TRUE(is_all_but(outcome.payloads, sample.payloads, in_file_header ? 0 : 1)) << bit;
        const bool in_last = bit / 8 >= sample.offsets[sample.payloads.size() - 1];
        EXPECT_EQ(outcome.report.damaged_records, in_file_header || in_last ? 0u : 1u) << bit;
        EXPECT_EQ(outcome.report.torn_bytes > 0, in_last) << bit;
    }
}

TEST(WalReplay, CutsTheFileBackToItsLastWholeRecordWhereverItIsTorn) {
    const QuietStderr quiet;
    const Sample sample = make_sample({10, 300, 0, 700, 40});
    for (std::size_t length = 0; length <= sample.bytes.size(); ++length) {
        FaultyFileSystem files;
        files.put(kPath, sample.bytes.substr(0, length));
        std::size_t whole = 0;
        while (whole < sample.payloads.size() && sample.offsets[whole + 1] <= length) ++whole;
        const std::size_t good = length < sample.offsets[0] ? 0 : sample.offsets[whole];

        const Outcome outcome = replay(files);

        ASSERT_EQ(outcome.payloads.size(), whole) << length;
        EXPECT_EQ(outcome.report.bytes, good);
        EXPECT_EQ(outcome.report.torn_bytes + outcome.report.room_bytes, length - good);
        EXPECT_EQ(outcome.report.torn_bytes > 0, length > good) << "not all of it is room";
        EXPECT_EQ(outcome.report.damaged_records, 0u);
        EXPECT_EQ(files.read_all(kPath)->size(), good);
        EXPECT_EQ(replay(files).report.torn_bytes, 0u) << "the second replay finds it whole";
    }
}

TEST(WalReplay, TakesZerosBehindTheLastRecordForRoom) {
    const Sample sample = make_sample({10, 300, 700});
    for (const std::size_t room : {1U, 39U, 40U, 5000U, 3U << 20}) {
        FaultyFileSystem files;
        files.put(kPath, sample.bytes + std::string(room, '\0'));

        const Outcome outcome = replay(files);

        EXPECT_EQ(outcome.payloads, sample.payloads);
        EXPECT_EQ(outcome.report.bytes, sample.bytes.size());
        EXPECT_EQ(outcome.report.room_bytes, room);
        EXPECT_EQ(outcome.report.torn_bytes, 0u);
        EXPECT_EQ(files.read_all(kPath)->size(), sample.bytes.size() + room) << "nothing to cut";
    }
}

TEST(WalReplay, CutsOffATornRecordWithTheRoomBehindIt) {
    const QuietStderr quiet;
    const Sample sample = make_sample({10, 300, 700});
    for (std::size_t length = sample.offsets[2] + 1; length < sample.bytes.size(); length += 7) {
        FaultyFileSystem files;
        files.put(kPath, sample.bytes.substr(0, length) + std::string(9000, '\0'));

        const Outcome outcome = replay(files);

        EXPECT_EQ(outcome.payloads.size(), 2u);
        EXPECT_GT(outcome.report.torn_bytes, 0u);
        EXPECT_LE(outcome.report.torn_bytes, length - sample.offsets[2]);
        EXPECT_EQ(files.read_all(kPath)->size(), sample.offsets[2]);
    }
}

TEST(WalReplay, FindsTheNextRecordAfterAnyDamagedStretch) {
    const QuietStderr quiet;
    const Sample sample = make_sample({1000, 2000, 3000, 1000, 500, 1200});
    std::mt19937_64 random(11);
    for (int round = 0; round < 2000; ++round) {
        const std::size_t begin = random() % sample.offsets[4];
        const std::size_t end =
            std::min<std::size_t>(begin + 1 + random() % 2000, sample.offsets[4]);
        std::string damaged = sample.bytes;
        for (std::size_t i = begin; i < end; ++i) {
            damaged[i] = round % 2 == 0 ? '\0' : static_cast<char>(random());
        }
        std::vector<std::string> expected;
        for (std::size_t i = 0; i < sample.payloads.size(); ++i) {
            if (sample.offsets[i + 1] <= begin || sample.offsets[i] >= end) {
                expected.push_back(sample.payloads[i]);
            }
        }

        const Outcome outcome = replay(damaged);

        ASSERT_EQ(outcome.payloads, expected) << begin << " to " << end;
        EXPECT_EQ(outcome.report.torn_bytes, 0u);
    }
}

TEST(WalReplay, TakesNoFrameFromInsideAPayload) {
    // A client sends bytes of another log file; then the header of its record is damaged.
    const QuietStderr quiet;
    const Sample foreign = make_sample({100, 100}, 7);
    const wal_format::FileIdentity identity{1, 42};
    std::string bytes = wal_format::encode_file_header(identity);
    for (const std::string& payload :
         {std::string("before"), foreign.bytes.substr(0, 200), std::string("after")}) {
        std::string frame = wal_format::make_frame(payload);
        wal_format::seal_frame(frame, identity, bytes.size());
        bytes += frame;
    }
    bytes[40 + 46 + 10] ^= 1;

    EXPECT_EQ(replay(bytes).payloads, (std::vector<std::string>{"before", "after"}));
}

TEST(WalReplay, LeavesAFileOfAFutureVersionAsItIs) {
    Sample sample = make_sample({10});
    sample.bytes[8] = 2;
    std::string checksum;
    ByteWriter(checksum).u64(hash64(std::string_view(sample.bytes).substr(0, 32)));
    sample.bytes.replace(32, 8, checksum);
    FaultyFileSystem files;
    files.put(kPath, sample.bytes);

    const auto report =
        replay_wal_file(files, kWalFolder, 1, [](std::string_view) { return Result<void>(); });

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::kNotSupported);
    EXPECT_EQ(report.error().message,
              "write-ahead log: wal/0000000000000001.wal: the file has format version 2, this "
              "server reads version 1");
    EXPECT_EQ(files.read_all(kPath)->view(), sample.bytes);
}

TEST(WalReplay, ReadsARenamedFile) {
    const Sample sample = make_sample({10, 20});
    FaultyFileSystem files;
    files.put(wal_path(kWalFolder, 9), sample.bytes);
    const Replayed replayed = replay_all(files);
    ASSERT_EQ(replayed.records.size(), 2u);
    EXPECT_EQ(replayed.records[0].first, 9u);
}

TEST(WalReplay, ReadsRecordsLargerThanItsWindow) {
    const Sample sample = make_sample({3'000'000, 20'000'000, 5, 9'000'000, 4'000'000});
    const Outcome outcome = replay(sample.bytes);
    EXPECT_TRUE(outcome.payloads == sample.payloads);
}

TEST(WalReplay, StopsWithTheErrorOfApply) {
    FaultyFileSystem files;
    files.put(kPath, make_sample({10, 20}).bytes);
    const auto report = replay_wal_file(files, kWalFolder, 1, [](std::string_view) {
        return Result<void>(Error{ErrorCode::kInternal, "no"});
    });
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().message, "no");
}

TEST(WalReplay, LosesNothingByAReadThatFailsOnce) {
    const Sample sample = make_sample({10, 20});
    FaultyFileSystem files;
    files.put(kPath, sample.bytes);
    files.fail_next(FaultyFileSystem::Operation::kRead, Error{ErrorCode::kIo, "no answer"});

    const Outcome outcome = replay(files);

    EXPECT_EQ(outcome.payloads, sample.payloads);
    EXPECT_EQ(outcome.report.damaged_records, 0U);
}

}  // namespace
}  // namespace skald::storage
