// SPDX-License-Identifier: Apache-2.0
#include "shutdown_marker.h"

#include <memory>

namespace skald::app {

ShutdownMarker::ShutdownMarker(const std::string& folder, storage::FileSystem& disk)
    : folder_(folder), path_(storage::join_path(folder, "shutdown-requested.txt")), disk_(disk) {}

Result<bool> ShutdownMarker::is_set() const {
    return disk_.exists(path_);
}

Result<void> ShutdownMarker::set(bool wanted) const {
    SKALD_TRY(const bool there, is_set());
    if (there == wanted) return {};
    if (wanted) {
        SKALD_CHECK(disk_.make_directories(folder_));
        SKALD_TRY(const std::unique_ptr<storage::WritableFile> file, disk_.create(path_));
        SKALD_CHECK(file->sync());
    } else {
        SKALD_CHECK(disk_.remove(path_));
    }
    return disk_.sync_directory(folder_);
}

}  // namespace skald::app
