// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/file/file_system.h>

#include <cstdint>
#include <optional>
#include <string>

namespace skald::tools {

/// How `skald inspect` looks at a file.
struct InspectOptions {
    std::string file;
    bool json = false;
    bool all = false;                    ///< Blocks, streams and lines, not only their counts.
    std::optional<std::uint64_t> block;  ///< The rows of the segment's block at this offset.
};

/// What a stored file holds, as text or JSON: a segment, a file of the write-ahead log, a delete
/// request, saved patterns, the state of alerts, sealed rules, a file of the disk cache, an
/// instance's name. Changes nothing. Errors: kNotFound, kIo, kCorruption,
/// kInvalidArgument (a file of another kind, no such block).
Result<std::string> inspect_file(storage::FileSystem& files, const InspectOptions& options);

}  // namespace skald::tools
