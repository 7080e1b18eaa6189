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
    /// `length` bytes at `offset`, valid until the next call.
    /// Requires: they are inside the file.
    Result<std::string_view> at(std::uint64_t offset, std::size_t length);

private:
    const RandomAccessFile& file_;
    std::uint64_t size_;
    Buffer bytes_;
    std::uint64_t begin_ = 0;
};

}  // namespace skald::storage
