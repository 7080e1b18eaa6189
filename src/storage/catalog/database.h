// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace skald::storage {

/// RocksDB with our options, its statuses turned into Results.
/// Threading: thread-safe, but for `clear`. Calls block.
class Database {
public:
    /// A moment of the database; reads through it see nothing that was written later.
    using Moment = std::shared_ptr<const rocksdb::Snapshot>;

    struct Opened {
        std::unique_ptr<Database> database;
        bool rebuilt = false;  ///< What was there could not be used and is gone.
    };
    /// Opens or makes it; files that RocksDB refuses, or that have another format version, are
    /// removed. Of `memory_bytes` half may be write buffers, the rest caches blocks.
    static Result<Opened> open(std::string directory, std::size_t memory_bytes);
    /// Only `open` makes one: others have no Token.
    class Token {
        friend class Database;
        Token() = default;
    };
    explicit Database(Token) {}
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    Result<std::optional<std::string>> find(const std::string& key) const;
    Result<std::optional<std::string>> find(const std::string& key, const Moment& at) const;
    Result<void> write(rocksdb::WriteBatch& batch);
    Moment moment() const;

    /// Walks the keys in [from, to) in order. `to` must outlive the cursor.
    std::unique_ptr<rocksdb::Iterator> cursor(const Moment& at, const rocksdb::Slice* to) const;
    /// Calls `visit(key, value)` for the keys in [from, to) in order, until it returns false or an
    /// error. `visit` returns Result<bool>.
    template <class Visit>
    Result<void> scan(const std::string& from, const std::string& to, const Moment& at,
                      Visit visit) const;

    /// Removes all rows.
    Result<void> clear();
    std::shared_ptr<rocksdb::Cache> cache() const { return cache_; }

private:
    Result<void> start();
    Result<void> destroy();

    std::string directory_;
    rocksdb::Options options_;
    // Shared with RocksDB, and with the metric that reads its size.
    std::shared_ptr<rocksdb::Cache> cache_;
    // Shared with the moments: a snapshot is released before the database closes.
    std::shared_ptr<rocksdb::DB> db_;
};

/// kCorruption, kUnavailable (disk full) or kIo.
Error to_error(const rocksdb::Status& status, std::string_view what);

inline std::string_view view_of(const rocksdb::Slice& slice) {
    return {slice.data(), slice.size()};
}

template <class Visit>
Result<void> Database::scan(const std::string& from, const std::string& to, const Moment& at,
                            Visit visit) const {
    const rocksdb::Slice end(to);
    const std::unique_ptr<rocksdb::Iterator> at_key = cursor(at, &end);
    for (at_key->Seek(from); at_key->Valid(); at_key->Next()) {
        SKALD_TRY(const bool more, visit(view_of(at_key->key()), view_of(at_key->value())));
        if (!more) return {};
    }
    if (!at_key->status().ok()) return to_error(at_key->status(), "read");
    return {};
}

}  // namespace skald::storage
