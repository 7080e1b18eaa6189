// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/file/file_system.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace skald::storage {

/// Removes large files piece by piece, from their ends. Freeing a hundred MiB at once keeps the
/// syncs of other files waiting, for some 20 ms where the file system tells the disk what is free
/// (the mount option `discard`); a MiB takes a hundredth of that, and others come in between.
/// Threading: thread-safe.
class SlowRemoval {
public:
    explicit SlowRemoval(FileSystem& files) : files_(files) {}
    /// What is not gone yet is removed at once.
    ~SlowRemoval();
    SlowRemoval(const SlowRemoval&) = delete;
    SlowRemoval& operator=(const SlowRemoval&) = delete;

    /// Removes a small file in this call, begins with a large one. Errors: of the first kind as
    /// FileSystem::remove; later ones are logged, and the file stays, shorter.
    Result<void> remove(const std::string& path);

private:
    void run();
    void shrink(const std::string& path);
    /// True when the files are to go at once.
    bool pause();

    FileSystem& files_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> queue_;
    bool stopping_ = false;
    std::thread thread_;  ///< Only once there is a large file.
};

}  // namespace skald::storage
