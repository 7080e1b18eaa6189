// SPDX-License-Identifier: Apache-2.0
#include "database.h"

#include "catalog_format.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/telemetry/log.h>

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace skald::storage {

namespace {

constexpr std::size_t kMemoryMin = 1 * kMiB;
constexpr int kOpenFilesMax = 64;

rocksdb::Options make_options(std::size_t memory_bytes, std::shared_ptr<rocksdb::Cache> cache) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = 16 * kKiB;
    // Index and filter blocks are charged to the cache too, so that many files cost no extra
    // memory.
    table.cache_index_and_filter_blocks = true;
    table.format_version = 5;

    rocksdb::Options options;
    options.create_if_missing = true;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.write_buffer_manager =
        std::make_shared<rocksdb::WriteBufferManager>(memory_bytes / 2, std::move(cache));
    options.write_buffer_size = std::min(memory_bytes / 4, 4 * kMiB);
    options.max_write_buffer_number = 2;
    options.compression = rocksdb::kLZ4Compression;
    options.target_file_size_base = 8 * kMiB;
    options.max_bytes_for_level_base = 32 * kMiB;
    options.max_open_files = kOpenFilesMax;
    options.max_file_opening_threads = 1;
    options.max_background_jobs = 2;
    options.table_cache_numshardbits = 2;
    options.max_log_file_size = 1 * kMiB;
    options.keep_log_file_num = 2;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    return options;
}

/// True if the files, not the circumstances, are the reason: to begin anew will help.
bool files_are_at_fault(const rocksdb::Status& status) {
    return status.IsCorruption() || status.IsInvalidArgument() || status.IsNotSupported() ||
           status.IsPathNotFound();
}

}  // namespace

Error to_error(const rocksdb::Status& status, std::string_view what) {
    const std::string message = "catalog: " + std::string(what) + ": " + status.ToString();
    if (status.IsCorruption()) return {ErrorCode::kCorruption, message};
    if (status.IsNoSpace()) return {ErrorCode::kUnavailable, message};
    return {ErrorCode::kIo, message};
}

Result<Database::Opened> Database::open(std::string directory, std::size_t memory_bytes) {
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    if (failed)
        return Error{ErrorCode::kIo,
                     "catalog: cannot make folder " + directory + ": " + failed.message()};

    Opened opened;
    opened.database = std::make_unique<Database>(Token());
    Database& database = *opened.database;
    database.directory_ = std::move(directory);
    const std::size_t memory = std::max(memory_bytes, kMemoryMin);
    constexpr int kShardBits = 2;
    database.cache_ = rocksdb::NewLRUCache(memory, kShardBits);
    database.options_ = make_options(memory, database.cache_);

    const Result<void> started = database.start();
    if (started) return opened;
    if (started.error().code != ErrorCode::kCorruption) return started.error();
    log_warn("the catalog cannot be used and is made again from the segments",
             {{"directory", database.directory_}, {"reason", started.error().message}});
    SKALD_CHECK(database.destroy());
    SKALD_CHECK(database.start());
    opened.rebuilt = true;
    return opened;
}

Database::~Database() {
    if (db_ != nullptr) static_cast<void>(db_->Close());
}

Result<void> Database::start() {
    rocksdb::DB* raw = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(options_, directory_, &raw);
    db_.reset(raw);
    if (!status.ok()) {
        Error error = to_error(status, "cannot open " + directory_);
        if (files_are_at_fault(status)) error.code = ErrorCode::kCorruption;
        return error;
    }
    SKALD_TRY(const std::optional<std::string> version, find(version_key()));
    if (version.has_value()) {
        if (*version == version_value()) return {};
        return Error{ErrorCode::kCorruption,
                     "catalog: " + directory_ + " has another format version"};
    }
    rocksdb::WriteBatch batch;
    batch.Put(version_key(), version_value());
    return write(batch);
}

Result<void> Database::destroy() {
    db_.reset();
    const rocksdb::Status status = rocksdb::DestroyDB(directory_, options_);
    if (!status.ok()) return to_error(status, "cannot remove " + directory_);
    return {};
}

Result<void> Database::clear() {
    SKALD_CHECK(destroy());
    return start();
}

Result<std::optional<std::string>> Database::find(const std::string& key) const {
    return find(key, nullptr);
}

Result<std::optional<std::string>> Database::find(const std::string& key, const Moment& at) const {
    rocksdb::ReadOptions options;
    options.snapshot = at.get();
    std::string value;
    const rocksdb::Status status = db_->Get(options, key, &value);
    if (status.IsNotFound()) return std::optional<std::string>{};
    if (!status.ok()) return to_error(status, "read");
    return std::optional<std::string>(std::move(value));
}

Result<void> Database::write(rocksdb::WriteBatch& batch) {
    // No sync: what a power loss takes is added again from the footers at start-up.
    rocksdb::Status status = db_->Write(rocksdb::WriteOptions(), &batch);
    // After a background error (a full disk) RocksDB refuses writes until it is told to go on.
    if (!status.ok() && db_->Resume().ok()) status = db_->Write(rocksdb::WriteOptions(), &batch);
    if (!status.ok()) return to_error(status, "write");
    return {};
}

Database::Moment Database::moment() const {
    return {db_->GetSnapshot(),
            [db = db_](const rocksdb::Snapshot* snapshot) { db->ReleaseSnapshot(snapshot); }};
}

std::unique_ptr<rocksdb::Iterator> Database::cursor(const Moment& at,
                                                    const rocksdb::Slice* to) const {
    rocksdb::ReadOptions options;
    options.snapshot = at.get();
    options.iterate_upper_bound = to;
    return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options));
}

}  // namespace skald::storage
