// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/tools/data_folders.h>

#include <cstdint>
#include <functional>
#include <string>

namespace skald::tools {

/// What `skald snapshot` copies, and where to.
struct SnapshotOptions {
    DataFolders folders;
    std::string target;  ///< A folder that is not there, on the same file system.
    /// Writes what is in memory to segments. Null: no server runs, the log is copied.
    std::function<Result<void>()> flush;
};

/// What a snapshot holds.
struct SnapshotReport {
    std::uint64_t segments = 0;
    std::uint64_t delete_requests = 0;
    std::uint64_t wal_files = 0;
    std::uint64_t bytes = 0;
};

/// Makes `target/chunks` (and `target/wal` if no server runs): the segments of one moment by hard
/// links (those of a bucket are copied), while a server may go on writing, merging and removing. A
/// data folder that is made of it answers as the server did at a moment between begin and end of
/// the call. It is complete when it has its name: until then it is `target.unfinished`. Errors:
/// kInvalidArgument (the target is there), kIo, those of `flush`.
Result<SnapshotReport> make_snapshot(const SnapshotOptions& options);

}  // namespace skald::tools
