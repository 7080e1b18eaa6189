// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk_trouble.h"
#include "guarded_env.h"

#include <skald/foundation/base/result.h>

#include <rocksdb/db.h>
#include <rocksdb/wal_filter.h>

#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace skald::storage {

/// At replay, leaves out what was written after a number: writes whose failure was told, though
/// they may have reached the log. Threading: as RocksDB calls it.
class ReplayUpTo final : public rocksdb::WalFilter {
public:
    explicit ReplayUpTo(std::uint64_t last) : last_(last) {}
    const char* Name() const override { return "SkaldReplayUpTo"; }
    WalProcessingOption LogRecord(const rocksdb::WriteBatch& batch, rocksdb::WriteBatch*,
                                  bool*) const override;

private:
    std::uint64_t last_;
};

/// RocksDB from one opening to the closing, under a GuardedFileSystem. After the first failing call
/// it only reads, and only what was acknowledged; to write again, another must be opened after this
/// one is gone. Threading: thread-safe; one writes at a time.
class OpenDatabase : public std::enable_shared_from_this<OpenDatabase> {
public:
    /// What is read through it was written before it was taken. It keeps the database open.
    class View {
    public:
        View(std::shared_ptr<OpenDatabase> database, const rocksdb::Snapshot* snapshot, bool owns)
            : database_(std::move(database)), snapshot_(snapshot), owns_(owns) {}
        ~View();
        View(const View&) = delete;
        View& operator=(const View&) = delete;
        rocksdb::DB& database() const { return *database_->db_; }
        const rocksdb::Snapshot* snapshot() const { return snapshot_; }

    private:
        std::shared_ptr<OpenDatabase> database_;
        const rocksdb::Snapshot* snapshot_;
        bool owns_;
    };

    struct How {
        std::string directory;
        rocksdb::Options options;
        std::shared_ptr<rocksdb::FileSystem> files;
        bool read_only = false;
        /// If set: the number of the last write to be there; less is an error, more is left out.
        std::optional<std::uint64_t> up_to;
    };
    /// Errors: kCorruption if the files, not the circumstances, are the reason; the disk's.
    static Result<std::shared_ptr<OpenDatabase>> open(How how);
    class Token {
        friend class OpenDatabase;
        Token() = default;
    };
    OpenDatabase(Token, How how);
    ~OpenDatabase();
    OpenDatabase(const OpenDatabase&) = delete;
    OpenDatabase& operator=(const OpenDatabase&) = delete;

    /// Whole and in the log, or an error and not there, whatever reached the disk.
    Result<void> write(rocksdb::WriteBatch& batch);
    std::shared_ptr<const View> view();
    /// False if another must be opened to write.
    bool can_write() const { return !how_.read_only && !trouble_->is_there(); }
    /// The number of the last acknowledged write.
    std::uint64_t last_write() const { return last_write_; }
    /// Requires: !can_write(). Why.
    Error trouble() const;
    /// Ready when the files are closed. Call it once.
    std::future<void> closed() { return closed_.get_future(); }

private:
    Result<void> start();
    Result<void> check_version();

    How how_;
    std::shared_ptr<DiskTrouble> trouble_;  // Shared with the files.
    GuardedEnv env_;
    std::optional<ReplayUpTo> replay_;
    std::unique_ptr<rocksdb::DB> db_;
    std::uint64_t last_write_ = 0;
    std::mutex mutex_;
    /// While something is written, and after that failed: what was before.
    const rocksdb::Snapshot* before_ = nullptr;
    std::promise<void> closed_;
};

}  // namespace skald::storage
