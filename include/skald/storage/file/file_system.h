// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

/// A file that grows at its end. Threading: single-owner.
class WritableFile {
public:
    virtual ~WritableFile() = default;

    /// Appends all of `bytes`. Errors: kIo (kUnavailable if the disk is full). After an error any
    /// prefix of `bytes` may be in the file.
    virtual Result<void> append(std::string_view bytes) = 0;
    /// Appends the pieces one after the other, as one `append` of all of them would, without
    /// copying them together first.
    virtual Result<void> append_all(std::span<const std::string_view> pieces);
    /// Writes zeros where the next `bytes` will be appended, which then take their place: a sync
    /// after an append has no new blocks or length to save, only the bytes. The file is longer on
    /// the disk from then on, `size` is not. A hint: an error means only that less is prepared.
    virtual Result<void> prepare(std::uint64_t /*bytes*/) { return {}; }
    /// Returns when everything appended is on the disk (fdatasync). After an error nothing is known
    /// about what is: never sync the same file again.
    virtual Result<void> sync() = 0;
    /// A hint: hardly anybody will read what is appended. Once it is on the disk the system's cache
    /// need not keep it, and what is appended next can have that memory.
    virtual void expect_no_reads() {}
    /// Cuts the file to `size`.
    virtual Result<void> truncate(std::uint64_t size) = 0;
    virtual std::uint64_t size() const = 0;
};

/// A file that is read in places. Threading: thread-safe.
class RandomAccessFile {
public:
    virtual ~RandomAccessFile() = default;

    /// Exactly `length` bytes from `offset`. Errors: kIo; kCorruption if the file is shorter.
    virtual Result<Buffer> read(std::uint64_t offset, std::size_t length) const = 0;
    virtual std::uint64_t size() const = 0;
};

/// The operating system's files, behind an interface so that tests can lose unsynced writes, fill
/// the disk and crash between any two operations.
/// Paths are plain strings; keys of several parts are joined with '/'.
/// Threading: thread-safe.
class FileSystem {
public:
    struct Entry {
        std::string name;  ///< Without the folder.
        bool is_directory = false;
        std::uint64_t size = 0;  ///< Bytes; 0 for a folder.
    };
    struct Space {
        std::uint64_t free_bytes = 0;
        std::uint64_t total_bytes = 0;
    };

    virtual ~FileSystem() = default;

    /// Makes or empties the file.
    virtual Result<std::unique_ptr<WritableFile>> create(const std::string& path) = 0;
    /// Opens to append; makes the file if it is not there.
    virtual Result<std::unique_ptr<WritableFile>> open_append(const std::string& path) = 0;
    /// Errors: kNotFound, kIo.
    virtual Result<std::unique_ptr<RandomAccessFile>> open_read(const std::string& path) = 0;
    /// The whole file.
    virtual Result<Buffer> read_all(const std::string& path);
    /// Atomic; durable only after sync_directory of both folders.
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    /// Errors: kNotFound, kIo.
    virtual Result<void> remove(const std::string& path) = 0;
    /// With all missing parents.
    virtual Result<void> make_directories(const std::string& path) = 0;
    virtual Result<void> remove_directory(const std::string& path) = 0;
    /// Makes renames, creations and removals inside the folder durable.
    virtual Result<void> sync_directory(const std::string& path) = 0;
    /// Entries of a folder in name order. Errors: kNotFound, kIo.
    virtual Result<std::vector<Entry>> list(const std::string& path) = 0;
    virtual Result<bool> exists(const std::string& path) = 0;
    virtual Result<Space> space(const std::string& path) = 0;
};

/// POSIX. Lives as long as the process.
FileSystem& posix_file_system();

/// `folder/name`, without doubling the slash.
std::string join_path(std::string_view folder, std::string_view name);

/// The folder that holds `path`; "." for a bare name, "/" for what is in the root.
std::string parent_path(std::string_view path);

/// Makes `path` with all missing parents, and makes their entries durable, also those that an
/// earlier process made and may not have lived to sync.
Result<void> make_durable_directories(FileSystem& files, const std::string& path);

}  // namespace skald::storage
