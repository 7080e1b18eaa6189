// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk_trouble.h"
#include "open_database.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/telemetry/metrics.h>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace skald::storage {

/// RocksDB with our options, its statuses turned into Results.
///
/// A disk call that fails under it makes the write that needed it an error, and the database is
/// read-only, at what was acknowledged, until a later write finds that the disk works: then it is
/// closed and opened again from the files, with exactly the acknowledged writes.
/// Threading: thread-safe, but for `clear`. Calls block.
class Database {
public:
    /// A moment of the database; reads through it see nothing that was written later. While it is
    /// held the database is not opened again: a few seconds at most.
    using Moment = std::shared_ptr<const OpenDatabase::View>;

    struct Options {
        std::string directory;
        /// Half may be write buffers, the rest caches blocks.
        std::size_t memory_bytes = 0;
        /// What RocksDB's files are on. Null: the disk.
        std::shared_ptr<rocksdb::FileSystem> files;
    };
    struct Opened {
        std::unique_ptr<Database> database;
        bool rebuilt = false;  ///< What was there could not be used and is gone.
    };
    /// Opens or makes it; files that RocksDB refuses, or that have another format version, are
    /// removed. `reopened` counts openings after trouble.
    static Result<Opened> open(Options options, Counter reopened);
    /// Only `open` makes one: others have no Token.
    class Token {
        friend class Database;
        Token() = default;
    };
    Database(Token, Options options, Counter reopened);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    Result<std::optional<std::string>> find(const std::string& key) const;
    Result<std::optional<std::string>> find(const std::string& key, const Moment& at) const;
    /// Errors: the batch is not there, and will not be.
    Result<void> write(rocksdb::WriteBatch& batch);
    Result<Moment> moment() const;

    /// Holds the moment.
    using Cursor = std::shared_ptr<rocksdb::Iterator>;
    /// Walks the keys below `to` (null: all) in order. `to` must outlive the cursor.
    static Cursor cursor(const Moment& at, const rocksdb::Slice* to);
    /// Calls `visit(key, value)` for the keys in [from, to) in order, until it returns false or an
    /// error. `visit` returns Result<bool>. Without a moment: of now.
    template <class Visit>
    Result<void> scan(const std::string& from, const std::string& to, const Moment& at,
                      Visit visit) const;

    /// Removes all rows.
    Result<void> clear();
    std::shared_ptr<rocksdb::Cache> cache() const { return cache_; }

private:
    OpenDatabase::How how() const;
    Result<void> start();
    Result<void> destroy();
    /// Waits until nobody has it open any more. Requires reopening_.
    Result<void> close() const;
    /// Requires reopening_, and that it is closed.
    Result<void> open_again() const;
    Result<void> check_disk() const;
    Result<std::shared_ptr<OpenDatabase>> readable() const;
    Result<std::shared_ptr<OpenDatabase>> writable();
    std::shared_ptr<OpenDatabase> current() const;
    void set_current(std::shared_ptr<OpenDatabase> opened) const;

    Options options_;
    rocksdb::Options rocksdb_options_;
    // Shared with RocksDB, and with the metric that reads its size.
    std::shared_ptr<rocksdb::Cache> cache_;
    mutable Counter reopened_;
    std::mutex writing_;
    /// Held while it is closed and opened again.
    mutable std::mutex reopening_;
    mutable std::future<void> closed_;  ///< Of what was current last; under reopening_.
    mutable std::mutex mutex_;          ///< For what follows.
    mutable std::shared_ptr<OpenDatabase> current_;
    mutable std::uint64_t last_write_ = 0;
};

inline std::string_view view_of(const rocksdb::Slice& slice) {
    return {slice.data(), slice.size()};
}

template <class Visit>
Result<void> Database::scan(const std::string& from, const std::string& to, const Moment& at,
                            Visit visit) const {
    Moment held = at;
    if (held == nullptr) {
        SKALD_TRY(held, moment());
    }
    const rocksdb::Slice end(to);
    const Cursor at_key = cursor(held, &end);
    for (at_key->Seek(from); at_key->Valid(); at_key->Next()) {
        SKALD_TRY(const bool more, visit(view_of(at_key->key()), view_of(at_key->value())));
        if (!more) return {};
    }
    if (!at_key->status().ok()) return to_error(at_key->status(), "read");
    return {};
}

}  // namespace skald::storage
