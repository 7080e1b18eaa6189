// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/file/file_system.h>
#include <skald/tools/check.h>

#include <string>

namespace skald::tools {

/// Reads all records of the log. Errors: of listing it. Requires: files that nothing changes.
Result<void> check_wal(storage::FileSystem& files, const std::string& folder, CheckReport& report);

}  // namespace skald::tools
