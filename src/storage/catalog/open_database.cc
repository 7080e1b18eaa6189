// SPDX-License-Identifier: Apache-2.0
#include "open_database.h"

#include "catalog_format.h"

#include <bit>
#include <cstring>
#include <utility>

namespace skald::storage {

namespace {

/// True if the files, not the circumstances, are the reason: to begin anew will help.
bool files_are_at_fault(const rocksdb::Status& status) {
    return status.IsCorruption() || status.IsInvalidArgument() || status.IsNotSupported() ||
           status.IsPathNotFound();
}

}  // namespace

rocksdb::WalFilter::WalProcessingOption ReplayUpTo::LogRecord(const rocksdb::WriteBatch& batch,
                                                              rocksdb::WriteBatch*, bool*) const {
    // A batch begins with its number.
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t number = 0;
    if (batch.Data().size() < sizeof number) return WalProcessingOption::kCorruptedRecord;
    std::memcpy(&number, batch.Data().data(), sizeof number);
    return number > last_ ? WalProcessingOption::kIgnoreCurrentRecord
                          : WalProcessingOption::kContinueProcessing;
}

OpenDatabase::View::~View() {
    if (owns_) database_->db_->ReleaseSnapshot(snapshot_);
}

OpenDatabase::OpenDatabase(Token, How how)
    : how_(std::move(how)), trouble_(std::make_shared<DiskTrouble>()), env_(how_.files, trouble_) {
    how_.options.env = &env_;
    if (how_.up_to.has_value()) how_.options.wal_filter = &replay_.emplace(*how_.up_to);
}

OpenDatabase::~OpenDatabase() {
    trouble_->close();
    if (db_ != nullptr) {
        if (before_ != nullptr) db_->ReleaseSnapshot(before_);
        static_cast<void>(db_->Close());
        db_.reset();
    }
    closed_.set_value();
}

Result<std::shared_ptr<OpenDatabase>> OpenDatabase::open(How how) {
    auto opened = std::make_shared<OpenDatabase>(Token(), std::move(how));
    const Result<void> started = opened->start();
    // What follows from trouble is not the reason.
    if (opened->trouble_->is_there()) return opened->trouble_->error();
    if (!started) return started.error();
    opened->trouble_->report();
    return opened;
}

Result<void> OpenDatabase::start() {
    rocksdb::DB* raw = nullptr;
    const rocksdb::Status status =
        how_.read_only ? rocksdb::DB::OpenForReadOnly(how_.options, how_.directory, &raw)
                       : rocksdb::DB::Open(how_.options, how_.directory, &raw);
    db_.reset(raw);
    if (!status.ok()) {
        Error error = to_error(status, "cannot open " + how_.directory);
        if (files_are_at_fault(status)) error.code = ErrorCode::kCorruption;
        return error;
    }
    last_write_ = db_->GetLatestSequenceNumber();
    if (last_write_ < how_.up_to.value_or(0))
        return Error{ErrorCode::kCorruption,
                     "catalog: " + how_.directory + " lacks what was written last"};
    return check_version();
}

Result<void> OpenDatabase::check_version() {
    std::string version;
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), version_key(), &version);
    if (status.ok() && version == version_value()) return {};
    if (status.ok())
        return Error{ErrorCode::kCorruption,
                     "catalog: " + how_.directory + " has another format version"};
    if (!status.IsNotFound()) return to_error(status, "read");
    rocksdb::WriteBatch batch;
    batch.Put(version_key(), version_value());
    return write(batch);
}

Result<void> OpenDatabase::write(rocksdb::WriteBatch& batch) {
    const rocksdb::Snapshot* before = db_->GetSnapshot();
    {
        const std::lock_guard hold(mutex_);
        before_ = before;
    }
    // No sync: what a power loss takes is added again from the footers at start-up.
    const rocksdb::Status status = db_->Write(rocksdb::WriteOptions(), &batch);
    if (!status.ok()) {
        // RocksDB itself gave up, maybe for a file that it could not read.
        trouble_->set(status, "write");
        trouble_->cut_log();
    }
    if (trouble_->is_log_cut()) return trouble_->error();
    last_write_ = db_->GetLatestSequenceNumber();
    {
        const std::lock_guard hold(mutex_);
        before_ = nullptr;
    }
    db_->ReleaseSnapshot(before);
    return {};
}

std::shared_ptr<const OpenDatabase::View> OpenDatabase::view() {
    const rocksdb::Snapshot* now = db_->GetSnapshot();
    // The log is cut before a write that it lacks is in memory, so this snapshot is without it.
    if (!trouble_->is_log_cut()) return std::make_shared<const View>(shared_from_this(), now, true);
    db_->ReleaseSnapshot(now);
    const std::lock_guard hold(mutex_);
    return std::make_shared<const View>(shared_from_this(), before_, false);
}

Error OpenDatabase::trouble() const {
    if (trouble_->is_there()) return trouble_->error();
    return {ErrorCode::kUnavailable, "catalog: " + how_.directory + " is open for reading only"};
}

}  // namespace skald::storage
