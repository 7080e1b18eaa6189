// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/block/block.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace skald::storage {

/// Times, offsets, level codes and text of rows, in one allocation, because most open blocks are
/// small and four would cost more than the rows. A copy is a snapshot, as with Arena.
///
/// Threading: caller locks, but for rows below a snapshot's size, which never change.
class RowArena {
public:
    RowArena() = default;
    RowArena(std::uint32_t row_capacity, std::uint32_t text_capacity);

    std::uint32_t size() const { return size_; }
    std::uint32_t text_size() const { return size_ == 0 ? 0 : offsets()[size_]; }
    const TimeNs* times() const { return words_.get(); }
    const std::uint32_t* offsets() const {
        return reinterpret_cast<const std::uint32_t*>(times() + row_capacity_);
    }
    const std::uint8_t* levels() const {
        return reinterpret_cast<const std::uint8_t*>(offsets() + row_capacity_ + 1);
    }
    const char* text() const { return reinterpret_cast<const char*>(levels() + row_capacity_); }
    std::string_view line(std::uint32_t row) const {
        return {text() + offsets()[row], offsets()[row + 1] - offsets()[row] - 1};
    }
    std::size_t memory_bytes() const;
    std::shared_ptr<const void> owner() const { return words_; }

    /// Adds a row and the '\n' after its line; grows by half when full. Requires: the text stays
    /// below 4 GiB.
    void append(TimeNs time, std::string_view line, std::uint8_t level);
    /// Room for so many more rows and so many more bytes of lines, each with its '\n'. Exact for an
    /// empty arena. Requires: as for append.
    void reserve(std::size_t rows, std::size_t text_bytes);

private:
    void grow(std::size_t rows, std::size_t text_bytes);
    void copy_rows(const RowArena& from);
    void put(TimeNs time, std::string_view line, std::uint8_t level);

    // Shared with snapshots, which only read below their size. Words, for the alignment of times.
    std::shared_ptr<TimeNs[]> words_;
    std::uint32_t row_capacity_ = 0;
    std::uint32_t text_capacity_ = 0;
    std::uint32_t size_ = 0;
};

}  // namespace skald::storage
