// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/file/file_system.h>

#include <string>

namespace skald::app {

/// The file that says "write everything to segments at the next stop", kept across restarts; set
/// and removed by `/ingester/prepare_shutdown` before an instance is taken away. Threading:
/// thread-safe.
class ShutdownMarker {
public:
    ShutdownMarker(const std::string& folder, storage::FileSystem& disk);

    Result<bool> is_set() const;
    Result<void> set(bool wanted) const;

private:
    std::string folder_;
    std::string path_;
    storage::FileSystem& disk_;
};

}  // namespace skald::app
