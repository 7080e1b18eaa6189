// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/config/access_rules.h>

#include <cstdint>
#include <string>

namespace skald::api {

/// What tells one state of a file from the next; all 0 if it can't be looked at.
struct FileStamp {
    std::int64_t changed_ns = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::uint32_t mode = 0;
    bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_of(const std::string& file);

/// Reads the rules of a file that only its owner, who is this user or root, may read. Errors:
/// kInvalidArgument with all that is wrong and how to put it right; kNotFound; kIo.
Result<LoadedAccessRules> read_access_file(const std::string& file);

}  // namespace skald::api
