// SPDX-License-Identifier: Apache-2.0
#include "disk_trouble.h"

#include <skald/foundation/telemetry/log.h>

namespace skald::storage {

Error to_error(const rocksdb::Status& status, std::string_view what) {
    const std::string message = "catalog: " + std::string(what) + ": " + status.ToString();
    if (status.IsCorruption()) return {ErrorCode::kCorruption, message};
    if (status.IsNoSpace()) return {ErrorCode::kUnavailable, message};
    return {ErrorCode::kIo, message};
}

void DiskTrouble::set(const rocksdb::Status& status, std::string_view what) {
    const std::lock_guard hold(mutex_);
    if (error_.has_value()) return;
    error_ = to_error(status, what);
    there_.store(true);
    if (!reports_.load()) return;
    log_error(
        "a disk call under the catalog failed: the catalog can only be read until the disk works, "
        "then it is opened again; nothing acknowledged is lost",
        {{"err", error_->message},
         {"do", "make room on the disk, or look for its errors in the kernel's log"}});
}

Error DiskTrouble::error() const {
    const std::lock_guard hold(mutex_);
    return *error_;
}

}  // namespace skald::storage
