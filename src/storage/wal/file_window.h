// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>
#include <skald/storage/file/file_system.h>

#include <cstdint>
#include <string_view>

namespace skald::storage {

/// A part of a file in memory that moves along as it is read from front to back.
/// Threading: single-owner.
class FileWindow {
public:
    /// Read at once; more only if one view needs more.
    static constexpr std::size_t kBytes = 4U << 20;

    explicit FileWindow(const RandomAccessFile& file) : file_(file), size_(file.size()) {}

    /// Of the file when it was opened.
    std::uint64_t size() const { return size_; }
    /// `length` bytes at `offset`, valid until the next call. What the disk cannot read comes as
    /// zeros, which no frame has where it matters, as long as that is little: kUnreadableMax.
    /// Requires: they are inside the file. Errors: kIo if more is unreadable.
    Result<std::string_view> at(std::uint64_t offset, std::size_t length);
    /// Bytes that came as zeros so far.
    std::uint64_t unreadable_bytes() const { return unreadable_bytes_; }

private:
    static constexpr std::uint64_t kUnreadableMax = 1U << 20;
    static constexpr std::size_t kSectorBytes = 4096;

    Result<void> read_by_sectors(std::uint64_t offset, std::size_t length);

    const RandomAccessFile& file_;
    std::uint64_t size_;
    Buffer bytes_;
    std::uint64_t begin_ = 0;
    std::uint64_t unreadable_bytes_ = 0;
};

}  // namespace skald::storage
