// SPDX-License-Identifier: Apache-2.0
#include "database.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/telemetry/log.h>

#include <rocksdb/file_checksum.h>
#include <rocksdb/file_system.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace skald::storage {

namespace {

constexpr std::size_t kMemoryMin = 1 * kMiB;
constexpr int kOpenFilesMax = 64;
// How long a query may hold up the opening again.
constexpr std::chrono::seconds kReadersMax{10};
// To open it, what the log has is written again, and some small files.
constexpr std::uint64_t kRoomMin = 256 * kKiB;
constexpr std::uint64_t kRoomMax = 8 * kMiB;

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
    // For verify_catalog: bytes of a table that belong to no block have no other checksum.
    options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
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

/// Writes and removes a file of that size.
rocksdb::IOStatus try_writing(rocksdb::FileSystem& files, const std::string& path,
                              std::uint64_t size) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    rocksdb::IOStatus status = files.NewWritableFile(path, {}, &file, nullptr);
    if (!status.ok()) return status;
    const std::string bytes(64 * kKiB, '\0');
    for (std::uint64_t written = 0; status.ok() && written < size; written += bytes.size())
        status = file->Append(bytes, {}, nullptr);
    if (status.ok()) status = file->Sync({}, nullptr);
    const rocksdb::IOStatus closed = file->Close({}, nullptr);
    const rocksdb::IOStatus removed = files.DeleteFile(path, {}, nullptr);
    if (!status.ok()) return status;
    return closed.ok() ? removed : closed;
}

}  // namespace

Result<Database::Opened> Database::open(Options options, Counter reopened) {
    std::error_code failed;
    // RocksDB makes one folder, not its parents.
    if (options.files == nullptr) std::filesystem::create_directories(options.directory, failed);
    if (failed)
        return Error{ErrorCode::kIo,
                     "catalog: cannot make folder " + options.directory + ": " + failed.message()};

    Opened opened;
    opened.database = std::make_unique<Database>(Token(), std::move(options), reopened);
    Database& database = *opened.database;
    const Result<void> started = database.start();
    if (started) return opened;
    if (started.error().code != ErrorCode::kCorruption) return started.error();
    log_warn("the catalog cannot be used and is made again from the segments",
             {{"directory", database.options_.directory}, {"reason", started.error().message}});
    SKALD_CHECK(database.clear());
    opened.rebuilt = true;
    return opened;
}

Database::Database(Token, Options options, Counter reopened)
    : options_(std::move(options)), reopened_(reopened) {
    if (options_.files == nullptr) options_.files = rocksdb::FileSystem::Default();
    const std::size_t memory = std::max(options_.memory_bytes, kMemoryMin);
    constexpr int kShardBits = 2;
    cache_ = rocksdb::NewLRUCache(memory, kShardBits);
    rocksdb_options_ = make_options(memory, cache_);
}

Database::~Database() = default;

OpenDatabase::How Database::how() const {
    return {.directory = options_.directory,
            .options = rocksdb_options_,
            .files = options_.files,
            .read_only = false,
            .up_to = {}};
}

Result<void> Database::start() {
    SKALD_TRY(std::shared_ptr<OpenDatabase> opened, OpenDatabase::open(how()));
    set_current(std::move(opened));
    return {};
}

Result<void> Database::destroy() {
    const std::lock_guard hold(reopening_);
    SKALD_CHECK(close());
    const auto trouble = std::make_shared<DiskTrouble>();
    GuardedEnv env(options_.files, trouble);
    rocksdb::Options options = rocksdb_options_;
    options.env = &env;
    const rocksdb::Status status = rocksdb::DestroyDB(options_.directory, options);
    if (trouble->is_there()) return trouble->error();
    if (!status.ok()) return to_error(status, "cannot remove " + options_.directory);
    return {};
}

Result<void> Database::clear() {
    SKALD_CHECK(destroy());
    return start();
}

std::shared_ptr<OpenDatabase> Database::current() const {
    const std::lock_guard hold(mutex_);
    return current_;
}

void Database::set_current(std::shared_ptr<OpenDatabase> opened) const {
    const std::lock_guard hold(mutex_);
    closed_ = opened->closed();
    last_write_ = opened->last_write();
    current_ = std::move(opened);
}

Result<void> Database::close() const {
    {
        const std::lock_guard hold(mutex_);
        current_.reset();
    }
    if (closed_.valid() && closed_.wait_for(kReadersMax) != std::future_status::ready)
        return Error{ErrorCode::kUnavailable,
                     "catalog: it is to be opened again after a disk error and waits for queries "
                     "that read it; try again"};
    return {};
}

Result<void> Database::check_disk() const {
    std::vector<rocksdb::FileAttributes> entries;
    rocksdb::FileSystem& files = *options_.files;
    rocksdb::IOStatus status =
        files.GetChildrenFileAttributes(options_.directory, {}, &entries, nullptr);
    std::uint64_t logs = 0;
    for (const auto& entry : entries) logs += entry.name.ends_with(".log") ? entry.size_bytes : 0;
    // RocksDB removes such a name when it opens.
    if (status.ok())
        status = try_writing(files, options_.directory + "/000000.dbtmp",
                             std::min(logs + kRoomMin, kRoomMax));
    if (!status.ok()) return to_error(status, "the disk still fails");
    return {};
}

Result<void> Database::open_again() const {
    OpenDatabase::How wanted = how();
    wanted.up_to = last_write_;
    Result<std::shared_ptr<OpenDatabase>> opened = OpenDatabase::open(wanted);
    if (opened) {
        reopened_.add();
        log_info("the catalog was opened again", {{"directory", options_.directory}});
        set_current(*std::move(opened));
        return {};
    }
    Error error = opened.error();
    if (error.code == ErrorCode::kCorruption) {
        error.code = ErrorCode::kIo;
        error.message += "; restart the server: the catalog is then made again from the segments";
    }
    wanted.read_only = true;
    if (opened = OpenDatabase::open(wanted); opened) set_current(*std::move(opened));
    return error;
}

Result<std::shared_ptr<OpenDatabase>> Database::readable() const {
    if (std::shared_ptr<OpenDatabase> opened = current()) return opened;
    const std::lock_guard hold(reopening_);
    if (std::shared_ptr<OpenDatabase> opened = current()) return opened;
    SKALD_CHECK(close());
    const Result<void> again = open_again();
    if (std::shared_ptr<OpenDatabase> opened = current()) return opened;
    return again.error();
}

Result<std::shared_ptr<OpenDatabase>> Database::writable() {
    SKALD_TRY(std::shared_ptr<OpenDatabase> opened, readable());
    if (opened->can_write()) return opened;
    opened.reset();
    const std::lock_guard hold(reopening_);
    // To be able to read is worth more than an attempt that will fail.
    SKALD_CHECK(check_disk());
    SKALD_CHECK(close());
    SKALD_CHECK(open_again());
    return current();
}

Result<std::optional<std::string>> Database::find(const std::string& key) const {
    SKALD_TRY(const Moment now, moment());
    return find(key, now);
}

Result<std::optional<std::string>> Database::find(const std::string& key, const Moment& at) const {
    rocksdb::ReadOptions options;
    options.snapshot = at->snapshot();
    std::string value;
    const rocksdb::Status status = at->database().Get(options, key, &value);
    if (status.IsNotFound()) return std::optional<std::string>{};
    if (!status.ok()) return to_error(status, "read");
    return std::optional<std::string>(std::move(value));
}

Result<void> Database::write(rocksdb::WriteBatch& batch) {
    const std::lock_guard hold(writing_);
    SKALD_TRY(const std::shared_ptr<OpenDatabase> opened, writable());
    SKALD_CHECK(opened->write(batch));
    const std::lock_guard hold_numbers(mutex_);
    last_write_ = opened->last_write();
    return {};
}

Result<Database::Moment> Database::moment() const {
    SKALD_TRY(const std::shared_ptr<OpenDatabase> opened, readable());
    return opened->view();
}

Database::Cursor Database::cursor(const Moment& at, const rocksdb::Slice* to) {
    rocksdb::ReadOptions options;
    options.snapshot = at->snapshot();
    options.iterate_upper_bound = to;
    struct Held {
        Moment at;
        std::unique_ptr<rocksdb::Iterator> cursor;
    };
    const auto held = std::make_shared<Held>();
    held->at = at;
    held->cursor.reset(at->database().NewIterator(options));
    return {held, held->cursor.get()};
}

}  // namespace skald::storage
