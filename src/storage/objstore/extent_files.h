// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "open_files.h"

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/file/file_system.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

/// Bytes of an object that one file of the cache holds; its last extent may be shorter.
inline constexpr std::size_t kExtentBytes = 1U << 20;
/// Each page of an extent has a checksum: a read of a few bytes reads and checks only theirs.
inline constexpr std::size_t kPageBytes = 64U << 10;

/// A place in an object.
struct ExtentId {
    Hash128 object;
    std::uint32_t extent = 0;

    auto operator<=>(const ExtentId&) const = default;
};

/// Extents as files under one folder, up to a number of bytes; the least recently used go first.
/// Nothing is synced: whatever is not as it was written counts as not there.
/// Threading: thread-safe.
class ExtentFiles {
public:
    static constexpr std::size_t kPages = kExtentBytes / kPageBytes;

    ExtentFiles(FileSystem& files, std::string root, std::uint64_t bytes_max,
                MetricsRegistry& metrics);

    /// Finds what an earlier process left, and removes what it left half written.
    Result<void> open();

    bool contains(const ExtentId& id) const;
    /// Bytes of an extent; nothing if they are not there or not whole.
    std::optional<Buffer> read(const ExtentId& id, std::size_t offset, std::size_t length);
    /// Keeps an extent. Failing means only that it will be fetched again.
    void put(const ExtentId& id, std::string_view bytes);
    /// The same for an object that is not there before `adopt`. False if there is no room for more
    /// of these.
    bool put_pending(const ExtentId& id, std::string_view bytes);
    void adopt(const Hash128& object);
    /// Removes all extents of the object, pending ones too.
    void forget(const Hash128& object);
    std::uint64_t bytes() const;

private:
    using Checksums = std::array<std::uint64_t, kPages>;
    struct Entry {
        std::uint32_t size = 0;                      ///< Of the extent.
        std::shared_ptr<const Checksums> checksums;  ///< Null: the file's header is to be read.
        std::list<ExtentId>::iterator recent;
    };
    struct Pending {
        ExtentId id;
        std::uint32_t size = 0;
        std::shared_ptr<const Checksums> checksums;
    };
    struct State {
        std::map<ExtentId, Entry> entries;
        std::list<ExtentId> recent;  ///< Last used first.
        std::map<Hash128, std::vector<Pending>> pending;
        std::uint64_t bytes = 0;
        std::uint64_t pending_bytes = 0;
    };

    std::string path_of(const ExtentId& id) const;
    Result<void> index_folder(const std::string& folder);
    Result<void> write(const ExtentId& id, std::string_view bytes, const Checksums& checksums);
    std::shared_ptr<const Checksums> load(const ExtentId& id, const RandomAccessFile& file,
                                          std::uint32_t size);
    void insert(const ExtentId& id, std::uint32_t size, std::shared_ptr<const Checksums> checksums);
    /// The entry goes; the file must be removed by the caller.
    static void erase(State& state, std::map<ExtentId, Entry>::iterator at);
    void drop_damaged(const ExtentId& id);
    void remove_file(const std::string& path);
    void make_room();

    FileSystem& files_;
    const std::string root_;
    const std::uint64_t bytes_max_;
    OpenFiles open_files_;
    mutable Guarded<State> state_;
    Counter evictions_;
    Counter damaged_;
    Counter write_failures_;
    Gauge bytes_gauge_;
};

}  // namespace skald::storage
