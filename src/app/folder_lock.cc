// SPDX-License-Identifier: Apache-2.0
#include "folder_lock.h"

#include <skald/storage/file/file_system.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace skald::app {

FolderLock::~FolderLock() {
    if (descriptor_ >= 0) close(descriptor_);
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Result<FolderLock> FolderLock::take(const std::string& folder) {
    SKALD_CHECK(storage::posix_file_system().make_directories(folder));
    const std::string path = storage::join_path(folder, "lock");
    FolderLock lock;
    lock.descriptor_ = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (lock.descriptor_ < 0)
        return Error{ErrorCode::kIo, "cannot open " + path + ": " + std::strerror(errno)};
    if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0)
        return Error{ErrorCode::kUnavailable, folder +
                                                  " is in use by another process; stop it, or set "
                                                  "common.path_prefix to another folder"};
    return lock;
}

}  // namespace skald::app
