// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/file/file_system.h>
#include <skald/tools/data_folders.h>

#include <cstdint>
#include <string>
#include <vector>

namespace skald::tools {

/// How `skald check` looks at a data folder.
struct CheckOptions {
    DataFolders folders;
    /// Decode every block, and compare it with its header, its runs and its filter.
    bool deep = false;
    /// A server works on the folder: files that go meanwhile are no damage; log and catalog, which
    /// it is writing, are left out.
    bool is_running = false;
};

/// One thing that is wrong.
struct Damage {
    std::string file;    ///< The object's key, or the file's name.
    std::string place;   ///< "block at 4096, column text"; empty: all of it.
    std::string reason;  ///< What is wrong.
    std::string advice;  ///< What to do.
};

/// What was looked at, and what is wrong with it.
struct CheckReport {
    std::uint64_t segments = 0;
    std::uint64_t blocks = 0;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    std::uint64_t filters = 0;
    std::uint64_t wal_files = 0;
    std::uint64_t wal_records = 0;
    std::uint64_t delete_requests = 0;
    std::vector<Damage> damage;
    std::vector<std::string> notes;  ///< What is odd, but repaired at the next start.

    /// For people, several lines.
    std::string text() const;
};

/// Looks at every byte below the folders, or in the bucket, and changes none. Damage is in the
/// report; progress is shown on a terminal. Errors: of what keeps it from looking at all:
/// kNotFound, kIo.
Result<CheckReport> check_data(storage::FileSystem& files, const CheckOptions& options);

}  // namespace skald::tools
