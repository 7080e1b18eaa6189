// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/file/file_system.h>
#include <skald/tools/check.h>

#include <string>

namespace skald::tools {

// Threading: pure. What is wrong goes to the report.

/// `instance` in the folder of the log.
void check_instance(storage::FileSystem& files, const std::string& wal, CheckReport& report);

/// The saved patterns in their folder, by their checksum.
void check_patterns(storage::FileSystem& files, const std::string& folder, CheckReport& report);

}  // namespace skald::tools
