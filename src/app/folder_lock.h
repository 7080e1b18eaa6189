// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <string>

namespace skald::app {

/// Holds a folder for this process: two servers on one folder would take each other's data for
/// their own. The lock goes with the process, however it ends. Threading: single-owner.
class FolderLock {
public:
    FolderLock() = default;
    ~FolderLock();
    FolderLock(FolderLock&& other) noexcept;
    FolderLock& operator=(FolderLock&& other) noexcept;

    /// Makes the folder if it is not there. Errors: kUnavailable if another process holds it, kIo.
    static Result<FolderLock> take(const std::string& folder);

private:
    int descriptor_ = -1;
};

}  // namespace skald::app
