// SPDX-License-Identifier: Apache-2.0
//
// Goal: whatever call of RocksDB's the disk refuses, and whenever the power goes, a write is there
// if it was acknowledged and not if it was refused, and the database goes on without help. Method:
// a workload with flushes and compactions of RocksDB on a simulated disk, compared with a map; each
// call that changes the disk fails once, or is the last before a crash.
#include "database.h"
#include "support/faulty_file_system.h"
#include "support/quiet_stderr.h"
#include "support/result_assertions.h"
#include "support/rocks_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace skald::storage {
namespace {

class DatabaseFaultsTest : public testing::Test {
protected:
    using Rows = std::map<std::string, std::uint64_t>;  ///< The values as numbers.

    void TearDown() override { database_.reset(); }

    /// A new disk with an empty database.
    void begin(std::uint64_t seed) {
        database_.reset();
        files_ = std::make_unique<FaultyFileSystem>(seed);
        rocks_ = std::make_shared<RocksFiles>(*files_);
        acknowledged_.clear();
        history_.assign(1, {});
        open();
    }
    void open() {
        database_.reset();
        MetricsRegistry metrics;
        Result<Database::Opened> opened =
            Database::open({.directory = "catalog", .memory_bytes = 1, .files = rocks_}, reopened_);
        ASSERT_OK(opened);
        EXPECT_FALSE(opened->rebuilt);
        database_ = std::move(opened->database);
    }

    /// Bytes that do not compress, after the number.
    static std::string value_of(std::uint64_t number) {
        std::string value(number < 10 ? 16 : 30'000, '\0');
        std::memcpy(value.data(), &number, sizeof number);
        std::minstd_rand random(static_cast<unsigned>(number));
        for (std::size_t at = sizeof number; at + 4 <= value.size(); at += 4) {
            const std::uint32_t word = static_cast<std::uint32_t>(random());
            std::memcpy(value.data() + at, &word, sizeof word);
        }
        return value;
    }
    static std::uint64_t number_of(std::string_view value) {
        std::uint64_t number = 0;
        std::memcpy(&number, value.data(), sizeof number);
        EXPECT_EQ(value.size(), number < 10 ? 16U : 30'000U);
        return number;
    }

    bool put(const std::string& key, std::uint64_t number) {
        rocksdb::WriteBatch batch;
        batch.Put(key, value_of(number));
        Rows after = acknowledged_;
        after[key] = number;
        history_.push_back(after);
        if (!database_->write(batch)) return false;
        acknowledged_ = std::move(after);
        return true;
    }
    /// Enough for RocksDB to flush and to compact.
    void work(std::uint64_t seed) {
        for (std::uint64_t i = 0; i < 40; ++i)
            static_cast<void>(put("k" + std::to_string((seed + i) % 17), seed * 1000 + i));
    }
    Rows rows() {
        Rows rows;
        const std::string from = "k";
        const std::string to = "l";
        EXPECT_OK(database_->scan(
            from, to, nullptr, [&](std::string_view key, std::string_view value) -> Result<bool> {
                rows.emplace(key, number_of(value));
                return true;
            }));
        return rows;
    }
    void expect_acknowledged() { EXPECT_TRUE(rows() == acknowledged_); }
    std::uint64_t changes_of_work() {
        begin(1);
        const std::uint64_t before = files_->operations();
        work(1);
        expect_acknowledged();
        database_.reset();
        return files_->operations() - before;
    }

    QuietStderr quiet_;
    MetricsRegistry metrics_;
    Counter reopened_ = metrics_.counter("reopened_total", "For the test.");
    std::unique_ptr<FaultyFileSystem> files_;
    std::shared_ptr<RocksFiles> rocks_;
    std::unique_ptr<Database> database_;
    Rows acknowledged_;
    std::vector<Rows> history_;  ///< After each write, if it was done.
};

TEST_F(DatabaseFaultsTest, ARefusedWriteIsNotThereAndTheNextOneOpensTheDatabaseAgain) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        begin(seed);
        ASSERT_TRUE(put("k1", 1));
        // As much of the record as the seed says reaches the disk.
        files_->fail_next(FaultyFileSystem::Operation::kAppend, {ErrorCode::kUnavailable, "full"});
        rocksdb::WriteBatch batch;
        batch.Put("k2", "two");
        const Result<void> refused = database_->write(batch);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
        expect_acknowledged();
        ASSERT_TRUE(put("k3", 3));
        expect_acknowledged();
        EXPECT_EQ(reopened_.value(), static_cast<double>(seed));
        open();
        expect_acknowledged();
    }
}

TEST_F(DatabaseFaultsTest, AsLongAsTheDiskRefusesReadsGoOn) {
    begin(1);
    ASSERT_TRUE(put("k1", 1));
    const Result<Database::Moment> before = database_->moment();
    ASSERT_OK(before);
    files_->set_capacity(files_->used_bytes());
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(put("k2", 2));
        expect_acknowledged();
    }
    EXPECT_EQ(**database_->find("k1", *before), value_of(1));
    files_->set_capacity(std::uint64_t{1} << 30);
    // A reader that holds a moment is waited for.
    std::thread writer([&] { EXPECT_TRUE(put("k2", 2)); });
    EXPECT_EQ(**database_->find("k1", *before), value_of(1));
    const_cast<Database::Moment&>(*before).reset();
    writer.join();
    expect_acknowledged();
}

TEST_F(DatabaseFaultsTest, AnyCallMayFailOnce) {
    const std::uint64_t changes = changes_of_work();
    ASSERT_GT(changes, 60U);
    for (std::uint64_t at = 0; at < changes; ++at) {
        SCOPED_TRACE("change " + std::to_string(at));
        begin(at + 1);
        const bool is_full = at % 2 == 0;
        files_->fail_change(at, {is_full ? ErrorCode::kUnavailable : ErrorCode::kIo, "simulated"});
        work(1);
        expect_acknowledged();
        // RocksDB's threads do not make the same calls each time.
        files_->fail_change(std::uint64_t{1} << 40, {ErrorCode::kIo, "never"});
        ASSERT_TRUE(put("k99", 4));
        expect_acknowledged();
        open();
        if (HasFailure()) return;
        expect_acknowledged();
    }
}

TEST_F(DatabaseFaultsTest, AnyCallMayFailWhileItIsOpened) {
    begin(1);
    work(1);
    database_.reset();
    const std::uint64_t before = files_->operations();
    open();
    const std::uint64_t changes = files_->operations() - before;
    ASSERT_GT(changes, 20U);
    std::uint64_t refused = 0;
    for (std::uint64_t at = 0; at < changes; ++at) {
        SCOPED_TRACE("change " + std::to_string(at));
        begin(at + 1);
        work(1);
        database_.reset();
        files_->fail_change(at, {ErrorCode::kIo, "simulated"});
        Result<Database::Opened> again =
            Database::open({.directory = "catalog", .memory_bytes = 1, .files = rocks_}, reopened_);
        refused += again ? 0 : 1;
        if (again) {
            EXPECT_FALSE(again->rebuilt);
            database_ = std::move(again->database);
            expect_acknowledged();
        }
        files_->fail_change(std::uint64_t{1} << 40, {ErrorCode::kIo, "never"});
        open();
        if (HasFailure()) return;
        expect_acknowledged();
    }
    EXPECT_GT(refused, 5U);
}

TEST_F(DatabaseFaultsTest, AfterAPowerCutItIsAsItWasAfterSomeWrite) {
    const std::uint64_t changes = changes_of_work();
    std::uint64_t kept = 0;
    for (std::uint64_t at = 0; at < changes; ++at) {
        SCOPED_TRACE("change " + std::to_string(at));
        begin(at + 1);
        files_->crash_after(at);
        work(1);
        database_.reset();
        const bool is_kill = at % 4 == 0;
        files_->restart(is_kill ? FaultyFileSystem::Loss::kProcess
                                : FaultyFileSystem::Loss::kPower);
        // What was made anew is empty, and as good: the segments fill it.
        Result<Database::Opened> again =
            Database::open({.directory = "catalog", .memory_bytes = 1, .files = rocks_}, reopened_);
        ASSERT_OK(again);
        EXPECT_FALSE(is_kill && again->rebuilt);
        database_ = std::move(again->database);
        const Rows found = rows();
        EXPECT_NE(std::find(history_.begin(), history_.end(), found), history_.end());
        // A process that ends leaves everything to the next one.
        if (is_kill) EXPECT_TRUE(found.size() >= acknowledged_.size());
        kept += found.empty() ? 0 : 1;
        acknowledged_ = found;
        ASSERT_TRUE(put("k99", 4));
        expect_acknowledged();
        if (HasFailure()) return;
    }
    EXPECT_GT(kept, changes / 4);
}

TEST_F(DatabaseFaultsTest, ADiskThatOftenFailsLosesNothing) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE(seed);
        begin(seed);
        using Operation = FaultyFileSystem::Operation;
        for (const Operation operation :
             {Operation::kCreate, Operation::kAppend, Operation::kSync, Operation::kRename,
              Operation::kRemove, Operation::kSyncDirectory, Operation::kTruncate})
            files_->set_failure_rate(operation, 50);
        work(seed);
        work(seed + 1);
        files_->restart(FaultyFileSystem::Loss::kProcess);
        open();
        if (HasFailure()) return;
        expect_acknowledged();
        ASSERT_TRUE(put("k99", 4));
    }
}

TEST_F(DatabaseFaultsTest, ReadsThatFailInTheMiddleOfWorkNeverAnswerWrongly) {
    for (std::uint64_t at = 0; at < 200; at += 7) {
        begin(at + 1);
        files_->fail_next(FaultyFileSystem::Operation::kRead, {ErrorCode::kIo, "simulated"}, 2, at);
        work(1);
        for (int i = 0; i < 17; ++i) {
            const std::string key = "k" + std::to_string(i);
            const auto found = database_->find(key);
            if (!found) continue;
            const auto known = acknowledged_.find(key);
            EXPECT_EQ(found->has_value(), known != acknowledged_.end());
            if (found->has_value()) EXPECT_EQ(number_of(**found), known->second);
        }
        files_->fail_next(FaultyFileSystem::Operation::kRead, {ErrorCode::kIo, "never"}, 0);
        static_cast<void>(put("k99", 4));
        ASSERT_TRUE(put("k99", 4));
        expect_acknowledged();
        if (HasFailure()) return;
    }
}

TEST_F(DatabaseFaultsTest, AReadThatFailsIsAnErrorAndNoAnswer) {
    begin(1);
    // More than RocksDB reads of a table's end when it opens it.
    for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(put("k" + std::to_string(i), 1000 + i));
    open();
    files_->fail_next(FaultyFileSystem::Operation::kRead, {ErrorCode::kIo, "simulated"}, 1000);
    std::uint64_t refused = 0;
    for (const auto& [key, number] : acknowledged_) {
        const auto found = database_->find(key);
        if (!found) {
            ++refused;
            continue;
        }
        ASSERT_TRUE(found->has_value());
        EXPECT_EQ(number_of(**found), number);
    }
    EXPECT_GT(refused, 10U);
    files_->fail_next(FaultyFileSystem::Operation::kRead, {ErrorCode::kIo, "never"}, 0);
    expect_acknowledged();
}

}  // namespace
}  // namespace skald::storage
