// SPDX-License-Identifier: Apache-2.0
#include "cached_object_store.h"
#include "extent_files.h"
#include "support/temporary_folder.h"

#include <skald/storage/objstore/range_cache.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace skald::storage {
namespace {

std::string random_bytes(std::size_t size, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string bytes(size + sizeof(std::uint64_t), '\0');
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
        const std::uint64_t word = random();
        std::memcpy(bytes.data() + at, &word, sizeof word);
    }
    bytes.resize(size);
    return bytes;
}

/// A store in memory that counts what it is asked for and fails on demand.
class FarStore final : public ObjectStore {
public:
    struct Range {
        std::uint64_t offset;
        std::size_t length;
        bool operator==(const Range&) const = default;
    };

    Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override {
        return memory_->create(key);
    }
    Result<Buffer> read(const std::string& key, std::uint64_t offset,
                        std::size_t length) const override {
        reads_.lock()->push_back({offset, length});
        if (fails_) return Error{ErrorCode::kUnavailable, "far away"};
        return memory_->read(key, offset, length);
    }
    Result<std::uint64_t> size(const std::string& key) const override { return memory_->size(key); }
    Result<std::vector<Listed>> list(const std::string& prefix) const override {
        return memory_->list(prefix);
    }
    Result<void> remove(const std::string& key) override { return memory_->remove(key); }

    std::vector<Range> take_reads() const { return std::exchange(*reads_.lock(), {}); }
    void put(const std::string& key, const std::string& bytes) {
        const auto writer = *memory_->create(key);
        ASSERT_TRUE(writer->append(bytes));
        ASSERT_TRUE(writer->commit());
    }
    std::atomic<bool> fails_ = false;

private:
    std::unique_ptr<ObjectStore> memory_ = make_memory_object_store();
    mutable Guarded<std::vector<Range>> reads_;
};

class RangeCacheTest : public testing::Test {
protected:
    void open(std::uint64_t bytes_max = 64U << 20, std::size_t threads = 0,
              const std::string& place = "here") {
        store_.reset();
        metrics_ = std::make_unique<MetricsRegistry>();
        auto opened = open_range_cache(far_, posix_file_system(),
                                       {.directory = folder_ / "cache",
                                        .bytes_max = bytes_max,
                                        .place = place,
                                        .prefix = "",
                                        .read_ahead_threads = threads},
                                       *metrics_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = *std::move(opened);
    }
    std::string read(std::uint64_t offset, std::size_t length, const std::string& key = "a") {
        const Result<Buffer> bytes = store_->read(key, offset, length);
        return bytes ? std::string(bytes->view()) : "error: " + bytes.error().message;
    }
    std::vector<std::filesystem::path> cache_files() const {
        std::vector<std::filesystem::path> files;
        for (const auto& each : std::filesystem::recursive_directory_iterator(folder_ / "cache"))
            if (each.is_regular_file()) files.push_back(each.path());
        std::sort(files.begin(), files.end());
        return files;
    }
    void write(const std::string& key, const std::string& bytes) {
        auto writer = store_->create(key);
        ASSERT_TRUE(writer);
        for (std::size_t at = 0; at < bytes.size(); at += 100'000)
            ASSERT_TRUE((*writer)->append(std::string_view(bytes).substr(at, 100'000)));
        ASSERT_TRUE((*writer)->commit());
    }

    TemporaryFolder folder_;
    FarStore far_;
    std::unique_ptr<MetricsRegistry> metrics_;
    std::unique_ptr<ObjectStore> store_;
};

constexpr std::size_t kMiBs = 1U << 20;

TEST_F(RangeCacheTest, FetchesAnExtentOnceAndServesItFromTheDisk) {
    const std::string bytes = random_bytes(3 * kMiBs + 12345, 1);
    far_.put("a", bytes);
    open();
    EXPECT_EQ(read(10, 100), bytes.substr(10, 100));
    EXPECT_EQ(read(kMiBs - 50, 50), bytes.substr(kMiBs - 50, 50));
    EXPECT_EQ(far_.take_reads(), (std::vector<FarStore::Range>{{0, kMiBs}}));
    EXPECT_EQ(read(3 * kMiBs, 12345), bytes.substr(3 * kMiBs));
    EXPECT_EQ(far_.take_reads(), (std::vector<FarStore::Range>{{3 * kMiBs, 12345}}));
}

TEST_F(RangeCacheTest, AReadOverNeighboursIsOneRequestForThoseThatAreMissing) {
    const std::string bytes = random_bytes(8 * kMiBs, 2);
    far_.put("a", bytes);
    open();
    EXPECT_EQ(read(2 * kMiBs + 7, 1), bytes.substr(2 * kMiBs + 7, 1));
    static_cast<void>(far_.take_reads());
    EXPECT_EQ(read(kMiBs / 2, 4 * kMiBs), bytes.substr(kMiBs / 2, 4 * kMiBs));
    EXPECT_EQ(far_.take_reads(),
              (std::vector<FarStore::Range>{{0, 2 * kMiBs}, {3 * kMiBs, 2 * kMiBs}}));
    EXPECT_EQ(read(0, 8 * kMiBs), bytes);
    EXPECT_EQ(far_.take_reads(), (std::vector<FarStore::Range>{{5 * kMiBs, 3 * kMiBs}}));
}

TEST_F(RangeCacheTest, AnyRangeIsWhatTheObjectHolds) {
    const std::string bytes = random_bytes(5 * kMiBs + 333, 3);
    far_.put("a", bytes);
    open(3 * kMiBs, 2);
    std::mt19937 random(4);
    for (int i = 0; i < 100; ++i) {
        const std::size_t offset = random() % bytes.size();
        const std::size_t length =
            random() % std::min<std::size_t>(bytes.size() - offset, kMiBs * 2);
        ASSERT_EQ(read(offset, length), bytes.substr(offset, length)) << offset << " " << length;
    }
}

TEST_F(RangeCacheTest, WhatIsBehindTheEndIsAnErrorOfTheStore) {
    far_.put("a", "0123456789");
    open();
    EXPECT_EQ(store_->read("a", 8, 3).error().code, ErrorCode::kCorruption);
    EXPECT_EQ(store_->read("b", 0, 1).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(store_->read("a", 10, 0)->size(), 0U);
}

TEST_F(RangeCacheTest, KeepsWhatIsWrittenAndTellsItOnlyAfterTheCommit) {
    const std::string bytes = random_bytes(2 * kMiBs + 5, 5);
    open();
    {
        auto dropped = store_->create("a");
        ASSERT_TRUE((*dropped)->append(bytes));
    }
    EXPECT_TRUE(cache_files().empty());
    EXPECT_EQ(store_->read("a", 0, 1).error().code, ErrorCode::kNotFound);
    write("a", bytes);
    static_cast<void>(far_.take_reads());
    EXPECT_EQ(read(0, bytes.size()), bytes);
    EXPECT_TRUE(far_.take_reads().empty());
}

TEST_F(RangeCacheTest, AnObjectThatIsWrittenAgainIsReadAnew) {
    open();
    write("a", random_bytes(kMiBs, 6));
    const std::string again = random_bytes(kMiBs + 1, 7);
    write("a", again);
    EXPECT_EQ(read(0, again.size()), again);
}

TEST_F(RangeCacheTest, ARemovedObjectLeavesNothingOnTheDisk) {
    open();
    write("a", random_bytes(2 * kMiBs, 8));
    EXPECT_EQ(cache_files().size(), 2U);
    ASSERT_TRUE(store_->remove("a"));
    EXPECT_TRUE(cache_files().empty());
    EXPECT_EQ(store_->read("a", 0, 1).error().code, ErrorCode::kNotFound);
}

TEST_F(RangeCacheTest, TheLeastRecentlyUsedGoFirst) {
    far_.put("a", random_bytes(4 * kMiBs, 9));
    open(3 * kMiBs + 3 * 512);
    for (const std::uint64_t extent : {0U, 1U, 2U}) read(extent * kMiBs, 1);
    read(0, 1);
    read(3 * kMiBs, 1);
    static_cast<void>(far_.take_reads());
    read(0, 1);
    read(2 * kMiBs, 1);
    EXPECT_TRUE(far_.take_reads().empty());
    read(1 * kMiBs, 1);
    EXPECT_EQ(far_.take_reads().size(), 1U);
    EXPECT_EQ(cache_files().size(), 3U);
}

TEST_F(RangeCacheTest, AnObjectLargerThanTheCacheDoesNotFillIt) {
    open(8 * kMiBs);
    const std::string bytes = random_bytes(6 * kMiBs, 10);
    write("a", bytes);
    EXPECT_EQ(cache_files().size(), 2U);
    EXPECT_EQ(read(0, bytes.size()), bytes);
}

TEST_F(RangeCacheTest, IsFoundAgainAfterARestart) {
    const std::string bytes = random_bytes(3 * kMiBs, 11);
    far_.put("a", bytes);
    open();
    read(0, 3 * kMiBs);
    open();
    static_cast<void>(far_.take_reads());
    EXPECT_EQ(read(100, 2 * kMiBs), bytes.substr(100, 2 * kMiBs));
    EXPECT_TRUE(far_.take_reads().empty());
    open(64U << 20, 0, "elsewhere");
    read(100, 10);
    EXPECT_EQ(far_.take_reads().size(), 1U) << "another bucket has other bytes";
    open(kMiBs);
    EXPECT_LE(cache_files().size(), 1U);
}

TEST_F(RangeCacheTest, WhatACrashToreOrADiskChangedIsFetchedAgain) {
    const std::string bytes = random_bytes(kMiBs, 12);
    far_.put("a", bytes);
    open();
    read(0, 1);
    const std::filesystem::path file = cache_files().front();
    const std::uintmax_t size = std::filesystem::file_size(file);
    // Every page and a few places of the header: a changed bit; and cut files.
    std::vector<std::size_t> places = {0, 8, 24, 32, 160};
    for (std::size_t at = 200; at < size; at += kPageBytes / 2) places.push_back(at);
    for (const std::size_t place : places) {
        open();
        std::fstream io(file, std::ios::in | std::ios::out | std::ios::binary);
        io.seekg(static_cast<std::streamoff>(place));
        const auto byte = static_cast<char>(io.get() ^ 0x10);
        io.seekp(static_cast<std::streamoff>(place));
        io.put(byte);
        io.close();
        static_cast<void>(far_.take_reads());
        ASSERT_EQ(read(0, kMiBs), bytes) << place;
        ASSERT_EQ(far_.take_reads().size(), 1U) << place;
    }
    for (const std::uintmax_t cut : {std::uintmax_t{0}, std::uintmax_t{100}, size / 2, size - 1}) {
        std::filesystem::resize_file(file, cut);
        open();
        ASSERT_EQ(read(0, kMiBs), bytes) << cut;
        ASSERT_EQ(far_.take_reads().size(), 1U) << cut;
    }
    std::filesystem::resize_file(file, size / 2);
    ASSERT_EQ(read(0, kMiBs), bytes) << "cut while it is known";
    ASSERT_EQ(far_.take_reads().size(), 1U);
}

TEST_F(RangeCacheTest, RemovesWhatACrashLeftHalfWritten) {
    open();
    std::filesystem::create_directories(folder_ / "cache/ab");
    std::ofstream(folder_ / "cache/ab/ab000000000000000000000000000000-0.new") << "half";
    std::ofstream(folder_ / "cache/notes.txt") << "not ours";
    open();
    ASSERT_EQ(cache_files().size(), 1U);
    EXPECT_EQ(cache_files().front().filename(), "notes.txt");
}

TEST_F(RangeCacheTest, TroubleIsToldToAllWhoWaitAndNotKept) {
    const std::string bytes = random_bytes(kMiBs, 13);
    far_.put("a", bytes);
    open();
    ASSERT_TRUE(store_->size("a"));
    far_.fails_ = true;
    EXPECT_EQ(store_->read("a", 0, 1).error().code, ErrorCode::kUnavailable);
    far_.fails_ = false;
    EXPECT_EQ(read(0, 1), bytes.substr(0, 1));
}

TEST_F(RangeCacheTest, ManyReadersOfOneExtentMakeOneRequest) {
    const std::string bytes = random_bytes(4 * kMiBs, 14);
    far_.put("a", bytes);
    open();
    ASSERT_TRUE(store_->size("a"));
    std::vector<std::thread> readers;
    std::atomic<int> wrong = 0;
    for (int i = 0; i < 8; ++i) {
        readers.emplace_back([&] {
            for (std::size_t at = 0; at < 4 * kMiBs; at += 65'536)
                if (read(at, 65'536) != bytes.substr(at, 65'536)) ++wrong;
        });
    }
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(wrong, 0);
    // A reader may look at the disk just before another one has put the extent there.
    EXPECT_LE(far_.take_reads().size(), 8U);
}

TEST_F(RangeCacheTest, ReadsInOrderAreReadAheadInFewerRequests) {
    const std::string bytes = random_bytes(32 * kMiBs, 15);
    far_.put("a", bytes);
    open(64U << 20, 1);
    ASSERT_TRUE(store_->size("a"));
    for (std::size_t at = 0; at < bytes.size(); at += 50'000)
        ASSERT_EQ(read(at, 100), bytes.substr(at, 100));
    store_.reset();
    std::size_t fetched = 0;
    const auto reads = far_.take_reads();
    for (const FarStore::Range& range : reads) fetched += range.length;
    // How many depends on who is faster; some are for several extents at once.
    EXPECT_TRUE(std::ranges::any_of(reads, [](const auto& range) { return range.length > kMiBs; }));
    EXPECT_LE(fetched, bytes.size() + 4 * kMiBs);
}

TEST_F(RangeCacheTest, ReadsHereAndThereAreNotReadAhead) {
    far_.put("a", random_bytes(32 * kMiBs, 16));
    open(64U << 20, 1);
    ASSERT_TRUE(store_->size("a"));
    for (const std::uint64_t extent : {20U, 3U, 30U, 9U, 15U}) read(extent * kMiBs, 10);
    store_.reset();
    EXPECT_EQ(far_.take_reads().size(), 5U);
}

TEST_F(RangeCacheTest, WhatIsFetchedBeforeIsThereWhenItIsAskedFor) {
    const std::string bytes = random_bytes(8 * kMiBs, 17);
    far_.put("a", bytes);
    open(64U << 20, 2);
    ASSERT_TRUE(store_->size("a"));
    store_->prefetch("a", kMiBs, 2 * kMiBs);
    EXPECT_EQ(read(kMiBs, 2 * kMiBs), bytes.substr(kMiBs, 2 * kMiBs));
    std::size_t fetched = 0;
    for (const FarStore::Range& range : far_.take_reads()) fetched += range.length;
    EXPECT_EQ(fetched, 2 * kMiBs);
    store_->prefetch("nothing", 0, 10);
    store_->prefetch("a", 9 * kMiBs, 10);
}

TEST_F(RangeCacheTest, ADiskThatTakesNothingOnlyMakesItSlower) {
    far_.put("a", "0123456789");
    open();
    std::filesystem::remove_all(folder_ / "cache");
    std::ofstream(folder_ / "cache") << "a file where the folder was";
    EXPECT_EQ(read(2, 3), "234");
    EXPECT_EQ(read(2, 3), "234");
    EXPECT_EQ(far_.take_reads().size(), 2U);
}

}  // namespace
}  // namespace skald::storage
