// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <rocksdb/status.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace skald::storage {

/// kCorruption, kUnavailable (disk full) or kIo.
Error to_error(const rocksdb::Status& status, std::string_view what);

/// The first call that failed to change the files of one open database; later ones say nothing new.
/// Threading: thread-safe.
class DiskTrouble {
public:
    bool is_there() const noexcept { return there_.load(); }
    /// True if the database's log lacks what the database has in memory.
    bool is_log_cut() const noexcept { return log_cut_.load(); }

    void set(const rocksdb::Status& status, std::string_view what);
    /// Requires: it is there.
    void cut_log() noexcept { log_cut_.store(true); }
    /// Nobody shall wait for the disk any more: there is trouble, or the database is being closed.
    bool is_hurried() const noexcept { return is_there() || closing_.load(); }
    void close() noexcept { closing_.store(true); }
    /// From now on `set` writes to our log.
    void report() noexcept { reports_.store(true); }
    /// Requires: it is there.
    Error error() const;

private:
    std::atomic<bool> there_{false};
    std::atomic<bool> log_cut_{false};
    std::atomic<bool> closing_{false};
    std::atomic<bool> reports_{false};
    mutable std::mutex mutex_;
    std::optional<Error> error_;
};

}  // namespace skald::storage
