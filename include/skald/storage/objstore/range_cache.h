// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/file/file_system.h>
#include <skald/storage/objstore/object_store.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace skald::storage {

/// A store whose objects are far away, with a part of them on the local disk: what was read or
/// written last, in aligned extents of 1 MiB, least recently used ones go first. One request
/// fetches all extents that a read lacks and that are neighbours, and reads in order of an object
/// are read ahead. Nothing is only here: what a crash or a bad disk tears is found by its checksums
/// and fetched again. docs/formats/range-cache.md has the files.
///
/// Read path: store -> [range cache] -> remote store.
struct RangeCacheOptions {
    std::string directory;
    std::uint64_t bytes_max = 4ULL << 30;  ///< Of the files; 0: nothing is kept.
    std::string place;                     ///< Tells stores apart that take turns in one folder.
    /// Only keys that start with it are kept: objects that never change.
    std::string prefix = "segments/";
    std::size_t read_ahead_threads = 4;
};

/// `remote`, `files` and `metrics` must outlive the answer. Errors: kIo if the folder can't be made
/// or read.
Result<std::unique_ptr<ObjectStore>> open_range_cache(ObjectStore& remote, FileSystem& files,
                                                      RangeCacheOptions options,
                                                      MetricsRegistry& metrics);

}  // namespace skald::storage
