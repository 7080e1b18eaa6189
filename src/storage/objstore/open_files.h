// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/guarded.h>
#include <skald/storage/file/file_system.h>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace skald::storage {

/// Files that are open to be read, the most recently used ones. Threading: thread-safe.
class OpenFiles {
public:
    /// Shared with readers that are in the middle of a read when it is dropped here.
    using FilePtr = std::shared_ptr<const RandomAccessFile>;

    OpenFiles(FileSystem& files, std::size_t files_max) : files_(files), files_max_(files_max) {}

    /// Errors: as FileSystem::open_read.
    Result<FilePtr> open(const std::string& path);
    /// To be called after the file was removed or replaced.
    void forget(const std::string& path);
    std::size_t count() const;

private:
    using Recent = std::list<std::pair<std::string, FilePtr>>;
    struct State {
        Recent recent;  ///< Last used first.
        std::unordered_map<std::string, Recent::iterator> by_path;
        std::uint64_t forgotten = 0;  ///< Calls of `forget`.
    };

    FileSystem& files_;
    std::size_t files_max_;
    Guarded<State> state_;
};

}  // namespace skald::storage
