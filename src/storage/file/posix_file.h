// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "descriptor.h"

#include <skald/storage/file/file_system.h>

#include <string>

namespace skald::storage {

/// Appends where the descriptor stands, which is the file's end. Threading: single-owner.
class PosixWritableFile final : public WritableFile {
public:
    PosixWritableFile(Descriptor descriptor, std::string path, std::uint64_t size)
        : descriptor_(std::move(descriptor)),
          path_(std::move(path)),
          size_(size),
          handed_over_(size),
          dropped_(size) {}

    Result<void> append(std::string_view bytes) override;
    Result<void> append_all(std::span<const std::string_view> pieces) override;
    Result<void> prepare(std::uint64_t bytes) override;
    Result<void> sync() override;
    Result<void> truncate(std::uint64_t size) override;
    std::uint64_t size() const override { return size_; }
    void expect_no_reads() override { no_reads_ = true; }

private:
    void hand_over();
    void drop_from_cache();

    Descriptor descriptor_;
    std::string path_;
    std::uint64_t size_;
    std::uint64_t handed_over_;  ///< Bytes that the kernel was told to begin to write.
    std::uint64_t dropped_;      ///< Bytes that the kernel was told to forget.
    bool no_reads_ = false;
    bool sync_failed_ = false;
};

/// Reads with pread. Threading: thread-safe.
class PosixRandomAccessFile final : public RandomAccessFile {
public:
    PosixRandomAccessFile(Descriptor descriptor, std::string path, std::uint64_t size)
        : descriptor_(std::move(descriptor)), path_(std::move(path)), size_(size) {}

    Result<Buffer> read(std::uint64_t offset, std::size_t length) const override;
    std::uint64_t size() const override { return size_; }

private:
    Error shorter_than(std::uint64_t offset, std::size_t length) const;

    Descriptor descriptor_;
    std::string path_;
    std::uint64_t size_;  ///< When it was opened.
};

}  // namespace skald::storage
