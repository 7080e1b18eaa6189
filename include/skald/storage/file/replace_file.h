// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/file/file_system.h>

#include <string>
#include <string_view>

namespace skald::storage {

/// Writes `folder/name` anew, durable when it returns: beside it first and renamed over it, so that
/// a crash leaves the old content or the new. Requires: the folder is there; one writer a name.
/// Errors: those of the file system.
Result<void> replace_file(FileSystem& files, const std::string& folder, std::string_view name,
                          std::string_view content);

}  // namespace skald::storage
