// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extent_files.h"

#include <skald/storage/objstore/object_store.h>
#include <skald/storage/objstore/range_cache.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace skald::storage {

/// A remote store behind ExtentFiles.
///
/// An extent is fetched once at a time: who needs what another one fetches waits for it.
class CachedObjectStore final : public ObjectStore {
public:
    CachedObjectStore(ObjectStore& remote, FileSystem& files, const RangeCacheOptions& options,
                      MetricsRegistry& metrics);
    ~CachedObjectStore() override;

    Result<void> open() { return files_.open(); }

    Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override;
    Result<Buffer> read(const std::string& key, std::uint64_t offset,
                        std::size_t length) const override;
    void prefetch(const std::string& key, std::uint64_t offset, std::size_t length) const override;
    Result<std::uint64_t> size(const std::string& key) const override;
    Result<std::vector<Listed>> list(const std::string& prefix) const override;
    Result<void> remove(const std::string& key) override;

    ExtentFiles& files() const { return files_; }
    bool keeps(const std::string& key) const { return key.starts_with(prefix_); }
    Hash128 id_of(const std::string& key) const;
    /// The object is there now.
    void know(const std::string& key, std::uint64_t size) const;

private:
    using Bytes = std::shared_ptr<const Buffer>;
    /// An object and a stretch of its extents, both ends included.
    struct Stretch {
        std::string key;
        Hash128 id;
        std::uint64_t size = 0;  ///< Of the object.
        std::uint32_t first = 0;
        std::uint32_t last = 0;
    };
    struct Flight {
        bool done = false;
        Bytes bytes;
        std::optional<Error> error;
    };
    using FlightPtr = std::shared_ptr<Flight>;
    struct Object {
        std::uint64_t size = 0;
        std::uint32_t next = 0;    ///< The extent behind the last read.
        std::uint32_t window = 0;  ///< Extents to read ahead; 0: reads are not in order.
        std::uint32_t ahead = 0;   ///< Behind the last one that was asked for ahead.
    };

    Result<std::uint64_t> known_size(const std::string& key) const;
    /// Fetches what no one else is fetching and waits for the rest; in order.
    Result<std::vector<Bytes>> fetch(const Stretch& stretch) const;
    void fetch_own(const Stretch& stretch, const std::vector<FlightPtr>& flights) const;
    static std::size_t extent_size(const Stretch& stretch, std::uint32_t extent);
    void read_ahead(const Stretch& read) const;
    /// Queues the missing extents of a stretch.
    void queue(Stretch stretch) const;
    void run_read_ahead();

    ObjectStore& remote_;
    const std::string place_;
    const std::string prefix_;
    mutable ExtentFiles files_;
    mutable Guarded<std::unordered_map<std::string, Object>> objects_;
    mutable std::mutex mutex_;
    mutable std::condition_variable landed_;
    mutable std::map<ExtentId, FlightPtr> flights_;  ///< Under mutex_.
    mutable std::condition_variable queued_;
    mutable std::deque<Stretch> queue_;  ///< Under mutex_.
    bool stopping_ = false;              ///< Under mutex_.
    mutable Counter hits_;
    mutable Counter misses_;
    mutable Counter ahead_;
    std::vector<std::thread> threads_;
};

}  // namespace skald::storage
